"""`slamon demo`: the daemon on a practice range, to be watched. No credentials, no network."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import click

from slamon.cli import _demo_metrics as metrics
from slamon.cli._demo_folder import write
from slamon.cli._demo_processes import Range, start_daemon, stop, tail
from slamon.errors import UsageError
from slamon.model import SECOND

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

PORT = 9877
READY_SECONDS = 30.0
SLAMON_LOG, RANGE_LOG = "slamon.log", "range.log"
FIGURES_SECONDS = 5.0
LOOK_SECONDS = 0.2

INTRODUCTION = """\
slamon demo: a practice range on this machine. No credentials, no network, nothing real.

On a pretend X, customers ask @acme for help. Agents answer most of them in time, some late, some never.
slamon reads that X every 2 seconds and holds every question to a promise: an answer within 20 seconds
(12 for people with many followers). In a pretend Slack it warns when half of that has passed, says when
a promise was broken, and edits its message when the answer comes.

  Slack, as the team sees it   {slack}
  X, newest posts first        {x}
  slamon: who is waiting       http://127.0.0.1:{port}/
          sign in to act       {page_token}
  slamon: metrics              http://127.0.0.1:{port}/metrics
  slamon: health               http://127.0.0.1:{port}/-/healthy
  configuration, rules, log    {folder}

Ask something yourself, and leave it unanswered:
  curl -s {x}/_range/post -d '{{"handle": "you", "text": "@acme is anybody there?"}}'

Ctrl-C stops everything. What happens, with times in UTC:
"""


@click.command("demo", short_help="Watch slamon at work on a practice range.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after so many seconds.  [default: at Ctrl-C]")
@click.option("--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True, help="slamon's; 0: any free.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another story.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Work in this new folder, and leave it.")
@click.option("--no-world", is_flag=True, help="Nobody writes on the pretend X but you.")
def command(seconds: float | None, port: int, seed: int, keep: Path | None, *, no_world: bool) -> None:
    """Run slamon on a pretend X and a pretend Slack, and tell what happens.

    Needs no credentials and no network. Ends at Ctrl-C, with nothing left behind.
    """
    try:
        port = free_port(port)
        with _folder(keep) as folder, _stop_signals() as stopping:
            _run(folder, port, seed, seconds, stopping, world=not no_world)
    except UsageError as error:
        click.echo(f"slamon demo: {error}", err=True)
        raise SystemExit(2) from None


def free_port(port: int) -> int:
    """`port` if nobody listens there, or any free one for 0.

    :raises UsageError: somebody does.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UsageError(
                f"127.0.0.1:{port} is taken, perhaps by another slamon. Stop that one, or use --port 0"
            ) from None
        chosen: int = probe.getsockname()[1]
        return chosen


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="slamon-demo-") as name:
            yield Path(name)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
        used = any(keep.iterdir())
    except OSError as error:
        raise UsageError(f"{keep} cannot be used: {error.strerror}") from None
    if used:
        raise UsageError(f"{keep} is not empty: choose a new folder, since the pretend X forgets what it showed before")
    yield keep.absolute()


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and the closing of the terminal set."""
    stopping = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in numbers}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run(folder: Path, port: int, seed: int, seconds: float | None, stopping: threading.Event, *, world: bool) -> None:
    ground = Range(folder, seed, world=world)
    show = _Show(folder, port, ground)
    try:
        page_token = secrets.token_urlsafe(24)
        show.config = write(folder, port, ground.addresses, page_token)
        click.echo(INTRODUCTION.format(port=port, folder=folder, page_token=page_token, **ground.addresses))
        show.start()
        _tell_all(show, seconds, stopping)
    finally:
        stop(*([show.daemon] if show.daemon else []), ground.process)
    click.echo("Stopped: slamon, the pretend X and the pretend Slack.")


class _Show:
    """The two processes, and what the ticker looks at. As a service manager would, it starts a killed slamon again."""

    def __init__(self, folder: Path, port: int, ground: Range) -> None:
        self.folder = folder
        self.port = port
        self.ground = ground
        self.config = folder
        self.daemon: subprocess.Popen[bytes] | None = None
        self.news: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._read, args=(ground,), daemon=True).start()

    def start(self) -> None:
        """Start slamon; the range ends it if this process should be killed."""
        self.daemon = start_daemon(self.folder, self.config, self.ground.addresses["x_token"])
        self.ground.watch(self.daemon)
        _line(_now(), "slamon", f"starts as process {self.daemon.pid}; kill -9 it if you like, it is started again")

    def check(self) -> None:
        """Notice a process that ended by itself; slamon killed by a signal starts again.

        :raises UsageError: the range ended, or slamon gave up.
        """
        if self.daemon and (self.daemon.poll() or 0) < 0:
            _line(_now(), "slamon", f"was ended by signal {-self.daemon.returncode}")
            self.start()
        for log, process in ((SLAMON_LOG, self.daemon), (RANGE_LOG, self.ground.process)):
            if process and process.poll() is not None:
                raise UsageError(
                    f"the process that writes {log} ended by itself, with exit code {process.returncode}. "
                    f"Its last words:\n{tail(self.folder / log)}"
                )

    def _read(self, ground: Range) -> None:
        for line in ground.news:
            self.news.put(line)


def _tell_all(show: _Show, seconds: float | None, stopping: threading.Event) -> None:
    """Print what happens until told to stop or the time is up."""
    began = time.monotonic()
    figures, next_figures, was_ready = "", 0.0, False
    while not stopping.is_set():
        passed = time.monotonic() - began
        if seconds is not None and passed >= seconds:
            return
        _tell_news(show.news)
        if not was_ready and (was_ready := metrics.ready(show.port)):
            _line(_now(), "slamon", f"is ready, {passed:.1f} s after its start")
        if not was_ready and passed > READY_SECONDS:
            raise UsageError(f"slamon was not ready within {READY_SECONDS:.0f} s")
        if passed >= next_figures:
            next_figures = passed + FIGURES_SECONDS
            figures = _tell_figures(metrics.figures(show.port), figures)
        show.check()


def _tell_news(news: SimpleQueue[str]) -> None:
    """Print what the range told, waiting a moment for the first line of it."""
    try:
        line = news.get(timeout=LOOK_SECONDS)
        while True:
            told = json.loads(line)
            _line(told["at"], told["where"], told["what"])
            line = news.get_nowait()
    except Empty:
        return


def _tell_figures(figures: str, before: str) -> str:
    if figures and figures != before:
        _line(_now(), "slamon", figures)
    return figures or before


def _line(at: int, where: str, what: str) -> None:
    moment = datetime.fromtimestamp(at / SECOND, UTC).strftime("%H:%M:%S")
    click.echo(f"{moment}  {where:<6}  {what}")


def _now() -> int:
    return time.time_ns() // 1_000_000
