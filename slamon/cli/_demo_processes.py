"""The two processes of the demo: the practice range and the daemon.

Each is in a process group of its own, so that Ctrl-C on a terminal reaches the demo alone and each of them gets one
signal, the demo's: a second one would tell the daemon to drop everything.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from slamon.cli._demo_folder import X_TOKEN_VARIABLE
from slamon.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

RANGE = ("-m", "slamon.sim", "--tell", "--lifeline")
DAEMON = ("-c", "from slamon.cli import main; main()", "run", "--config")
STOP_SECONDS = 12.0
"""The daemon promises to end within ten."""
LOG_LINES = 12


class Range:
    """The pretend X and the pretend Slack; `news` are the lines in which it tells what happens."""

    def __init__(self, folder: Path, seed: int, *, world: bool) -> None:
        more = ("--seed", str(seed)) if world else ("--no-world",)
        with (folder / "range.log").open("w") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
                [sys.executable, *RANGE, *more],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                process_group=0,
            )
        self.news = cast("IO[str]", self.process.stdout)
        first = self.news.readline()
        if not first:
            raise UsageError(f"the practice range did not start:\n{tail(folder / 'range.log')}")
        self.addresses: dict[str, str] = json.loads(first)

    def watch(self, daemon: subprocess.Popen[bytes]) -> None:
        """Have the range end the daemon if this process should be killed."""
        if self.process.stdin:
            self.process.stdin.write(f"watch {daemon.pid}\n")
            self.process.stdin.flush()


def start_daemon(folder: Path, config: Path, x_token: str) -> subprocess.Popen[bytes]:
    """Start `slamon run`; what it logs goes to slamon.log in `folder`."""
    # A proxy would be asked for loopback addresses, too.
    inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with (folder / "slamon.log").open("a") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [sys.executable, *DAEMON, str(config)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**inherited, X_TOKEN_VARIABLE: x_token},
            process_group=0,
        )


def stop(*processes: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """End every process: asked first, made to after `STOP_SECONDS`."""
    for process in processes:
        with suppress(ProcessLookupError):
            process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-LOG_LINES:])
