"""The whole of slamon but for its threads, on a clock that only a test moves, before pretend services.

A test says what people do and how much time passes; polls, sweeps, last looks and sends follow as in the daemon.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

from prometheus_client.parser import text_string_to_metric_families as parsed

from slamon.app import App, Clocks
from slamon.explain import explain
from slamon.loading import load
from slamon.model import MINUTE, SECOND
from slamon.sim.faults import Fault
from slamon.sim.slack import PretendSlack
from slamon.sim.x import PretendX
from x_client import NOON, Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from slamon.model import Instant, Millis
    from slamon.reload import Report
    from slamon.sim._slack_workspace import Posted
    from slamon.store.facts import WaitFacts

EVERY = 5 * MINUTE
"""Between two polls, unless a test sets it otherwise."""

HOUR_FOR_EVERYBODY = "policies: [{name: everyone, first_response: 1h}]"

CONFIG = """\
database: {{file: database-url}}
channels:
  - name: acme-x
    connector: x
    account: {account}
    team: [acmehelp]
    every: 5m
    base_url: {x}
    visible_after: 0s
    credentials: {{bearer_token: {{file: x-token}}}}
notify:
  slack: {{token: {{file: slack-token}}, api_url: {slack}}}
  audiences:
    desk: {{slack: "#desk", default: true}}
"""


OFFICE = "calendars: {office: {timezone: Europe/Berlin, open: {mon-fri: '9:00-17:00'}}}"

CHANNEL_OF_RECORDS = "  - {{name: {brand}, connector: archive, account: {brand}, path: records.jsonl, every: 5m}}\n"


class KilledError(BaseException):
    """The process ends here: nothing may catch it but the stage."""


class Stage:
    """slamon over a folder of its own. `config` and `rules` are the files as an admin writes them."""

    app: App

    def __init__(self, folder: Path, config: str, rules: str = HOUR_FOR_EVERYBODY, database: str = "") -> None:
        self.folder = folder
        self.clock = Clock()
        self.every = EVERY
        self.polls = True
        self.look: Callable[[Callable[[], None]], None] = lambda run: run()
        self.lives: Iterator[int] = iter(())
        """How many commits and sends each App outlives, one after the other; the ones after these live on."""
        self._next_poll: Instant = 0
        self._apps: list[App] = []
        (folder / "rules").mkdir()
        self.write("config.yaml", config)
        self.write("database-url", database or f"sqlite:///{folder / 'slamon.db'}")
        self.promise(rules)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def promise(self, rules: str) -> None:
        """What holds from the next start on."""
        self.write("rules/default.yaml", rules)

    @property
    def now(self) -> Instant:
        return self.clock.now

    # --- life

    def start(self) -> None:
        clocks = Clocks(self.clock, lambda: self.clock.now / SECOND)
        self.app = App(*load(self.folder / "config.yaml"), clocks)
        self._apps.append(self.app)
        self.app.evaluator.recheck = self._recheck
        if (steps := next(self.lives, None)) is not None:
            _mortal(self.app, steps)
        self.app._take_up()
        self.app.reloader.finish()
        self._next_poll = self.now

    def reload(self, rules: str | None = None) -> Report | None:
        """Promise something else, and have it taken up; `None` where the process dies over it."""
        if rules is not None:
            self.promise(rules)
        try:
            return self.app.reloader.reload("command")
        except KilledError:
            self.restart()
            return None

    def reload_as_it_stands(self) -> Report:
        """Have the folder taken up as it is."""
        return self.app.reloader.reload("command")

    def kill(self) -> None:
        """The process is gone: of all that it held, the kernel gives back the lock."""
        if lock := self.app.store.database.lock:
            lock.release()
        self.app.store.database.lock = None

    def restart(self) -> None:
        """Start again, as often as it takes."""
        while True:
            self.kill()
            with suppress(KilledError):
                self.start()
                return

    def close(self) -> None:
        for app in self._apps:
            app.store.database.writer.dispose()
            app.stop()

    # --- time

    def passes(self, span: Millis) -> None:
        """Let time pass; whatever falls due on the way is done at its instant."""
        end = self.now + span
        self._step()
        while self.now < end:
            self.clock.now = self._following(end)
            self._step()

    def settles(self) -> None:
        """Do what can be done at this very instant, a poll included."""
        self._next_poll = self.now
        self.passes(0)

    def _step(self) -> None:
        while True:
            try:
                self.app.reloader.finish()
                self._poll()
                self.app._sweep_all()
                self._send()
            except KilledError:
                self.restart()
            else:
                return

    def _poll(self) -> None:
        if self.now < self._next_poll:
            return
        for poller in self.app.pollers.values() if self.polls else ():
            poller.poll()
        self._next_poll = self.now + self.every

    def _recheck(self, channel: str, waits: Sequence[int]) -> None:
        self.app.scheduler.work.rechecks[channel].ask(waits, self.look)

    def _send(self) -> None:
        dispatcher = self.app.dispatcher
        while dispatcher and (ready := dispatcher.ready()):
            for destination, (letters, stale) in ready.items():
                dispatcher.serve(destination, letters, stale)

    def _following(self, end: Instant) -> Instant:
        sends = self.app.dispatcher.next_at() if self.app.dispatcher else None
        known = (end, self._next_poll, self.app.store.next_at(), sends)
        return min(at if at > self.now else self.now + SECOND for at in known if at is not None)

    # --- what can be seen

    def waits(self, name: str) -> list[WaitFacts]:
        """The waits of a post, a thread, or a customer."""
        return [one.wait for one in explain(self.app.store, self.app.rules, name, self.now)]

    def wait(self, name: str) -> WaitFacts:
        (only,) = self.waits(name)
        return only

    def metric(self, name: str, **labels: str) -> float | None:
        """The sum over all series with these labels; `None` where there is none."""
        page = self.app.exporter.render("", zipped=False)[0].decode()
        samples = [sample for family in parsed(page) for sample in family.samples if sample.name == name]
        found = [sample.value for sample in samples if labels.items() <= sample.labels.items()]
        return sum(found) if found else None


class Desk(Stage):
    """A brand on the pretend X with a desk in the pretend Slack. A context manager."""

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, "", **more)
        self.x = PretendX(self.clock, team=["acmehelp"])
        self.slack = PretendSlack(clock=self.clock, channels=["#desk"])
        self.watches("acme")
        self.write("x-token", self.x.token)
        self.write("slack-token", "xoxb-pretend")

    def __enter__(self) -> Self:
        self.x.__enter__()
        self.slack.__enter__()
        self.start()
        self.settles()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self.slack.close()
        self.x.server.close()

    def watches(self, account: str) -> None:
        """Which account is watched from the next start on."""
        self.write("config.yaml", CONFIG.format(account=account, x=self.x.url, slack=self.slack.api_url))

    def asks(self, text: str = "where is my parcel?", *, by: str = "ann", reply_to: str | None = None) -> str:
        """A customer posts a moment from now."""
        self.clock.now += SECOND
        return self.x.customer_posts(by, text if reply_to else f"@acme {text}", reply_to)

    def answers(self, post: str, text: str = "on its way", *, by: str | None = None) -> str:
        return self.x.brand_replies(post, text, by)

    @contextmanager
    def x_hangs(self) -> Iterator[None]:
        """X takes requests and never answers; polls are left out, for they would hang just so."""
        looks: list[Thread] = []

        def start(run: Callable[[], None]) -> None:
            looks.append(Thread(target=run))
            looks[-1].start()

        self.x.faults.add(Fault(path="/2/", calls=None, hang=True))
        self.polls, at_once, self.look = False, self.look, start
        try:
            yield
        finally:
            self.x.faults.clear()
            for look in looks:
                look.join()
            self.polls, self.look = True, at_once

    @contextmanager
    def x_fails(self) -> Iterator[None]:
        """X answers nothing but 503."""
        self.x.faults.add(Fault(path="/2/", calls=None, status=503))
        try:
            yield
        finally:
            self.x.faults.clear()

    @property
    def roots(self) -> list[Posted]:
        """The messages that the desk sees in its channel."""
        return [message for message in self.slack.messages if message.thread_ts is None]

    @property
    def root(self) -> Posted:
        (only,) = self.roots
        return only

    @property
    def replies(self) -> list[Posted]:
        return [message for message in self.slack.messages if message.thread_ts is not None]


class Records(Stage):
    """Brands whose messages another program writes into a file in the replay format. A context manager."""

    def __init__(self, folder: Path, *brands: str, begins: Instant = NOON, **more: Any) -> None:
        super().__init__(folder, "", **more)
        self.clock.now = begins
        self.write("rules/calendars.yaml", OFFICE)
        lines = "".join(CHANNEL_OF_RECORDS.format(brand=brand) for brand in brands)
        self.write("config.yaml", "database: {file: database-url}\nchannels:\n" + lines)
        self.write("records.jsonl", "")

    def __enter__(self) -> Self:
        self.start()
        self.settles()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def says(self, **record: Any) -> None:
        """A record is added to the file, created now unless it says otherwise."""
        with (self.folder / "records.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"text": "", "created_at": iso(self.now)} | record) + "\n")


def iso(at: Instant) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat()


def _mortal(app: App, steps: int) -> None:
    """The process dies before or after one of its commits or sends, once so many are behind it.

    A reply that never comes back after the message was taken is death after a send.
    """
    left = iter(range(steps))

    def dies() -> None:
        if next(left, None) is None:
            raise KilledError

    write = app.store.database.write

    @contextmanager
    def writing(*, urgent: bool = False) -> Iterator[Any]:
        with write(urgent=urgent) as tx:
            yield tx
            dies()
        dies()

    app.store.database.write = writing  # type: ignore[method-assign]
    notifier: Any = app.notifier
    for name in ("post", "reply", "edit"):
        setattr(notifier, name, _perilous(getattr(notifier, name), dies))


def _perilous(send: Callable[..., Any], dies: Callable[[], None]) -> Callable[..., Any]:
    def sent(*args: Any, **more: Any) -> Any:
        dies()
        receipt = send(*args, **more)
        dies()
        return receipt

    return sent
