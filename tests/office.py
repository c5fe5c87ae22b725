"""An office that sends letters to a pretend Slack, and may be killed while it does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from said import ask
from slack_parts import TOKEN
from slamon.dispatcher import Dispatcher, Sending
from slamon.events import AlertSent
from slamon.model import SECOND
from slamon.notifiers.base import Notifier, Receipt
from slamon.notifiers.slack import Slack
from slamon.sim.slack import PretendSlack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desk import Desk
    from slamon.notifiers.base import Content
    from slamon.sim._slack_workspace import Posted


ROUNDS = 40
"""More than any letter needs; a loop that does not end is a fault."""


class KilledError(BaseException):
    """The process ends here."""


class Mortal(Notifier):
    """Passes everything on, and dies before or after the call that it was told of."""

    def __init__(self, inner: Notifier) -> None:
        self.inner = inner
        self.name, self.timeout = inner.name, inner.timeout
        self.dies: tuple[str, str] | None = None

    def _through(self, call: str, *given: Any, **named: Any) -> Any:
        if self.dies == (call, "before"):
            raise KilledError
        answer = getattr(self.inner, call)(*given, **named)
        if self.dies == (call, "after"):
            raise KilledError
        return answer

    def resolve(self, destination: str) -> str:
        return str(self._through("resolve", destination))

    def post(self, place: str, content: Content, intent: str) -> Receipt:
        receipt: Receipt = self._through("post", place, content, intent)
        return receipt

    def reply(self, parent: Receipt, content: Content, intent: str, *, broadcast: bool) -> Receipt:
        receipt: Receipt = self._through("reply", parent, content, intent, broadcast=broadcast)
        return receipt

    def edit(self, message: Receipt, content: Content) -> None:
        self._through("edit", message, content)

    def find(self, place: str, intent: str, *, parent: Receipt | None, since: int | None) -> Receipt | None:
        found: Receipt | None = self._through("find", place, intent, parent=parent, since=since)
        return found

    def answers(self) -> None:
        self._through("answers")

    def server_time(self) -> int | None:
        return self.inner.server_time()


class Office:
    """A desk whose letters are sent."""

    def __init__(self, desk: Desk, slack: PretendSlack, *, token: str = TOKEN) -> None:
        self.desk = desk
        self.slack = slack
        self.heard: list[AlertSent] = []
        self.starts(token)

    def starts(self, token: str = TOKEN) -> None:
        """A new process takes up what the last one left."""
        self.notifier = Mortal(Slack(token, self.slack.api_url, "Europe/Berlin", timeout=5.0))
        clock = Sending(
            lambda: self.desk.now, lambda: self.desk.now / SECOND, lambda: self.desk.rules, self._hear, "me"
        )
        self.dispatcher = Dispatcher(self.desk.store, self.notifier, clock)
        self.desk.store.recover(self.dispatcher.settle, self.desk.now)

    def _hear(self, event: object) -> None:
        assert isinstance(event, AlertSent)
        self.heard.append(event)

    def sends(self) -> None:
        """Work off all that can go now."""
        for _ in range(ROUNDS):
            work = self.dispatcher.ready()
            if not work:
                return
            for destination, (letters, stale) in work.items():
                self.dispatcher.serve(destination, letters, stale)
        pytest.fail("the sending does not come to an end")

    def waits(self, millis: int) -> None:
        """Let time pass, in steps of ten seconds, as the daemon would look again and again."""
        until = self.desk.now + millis
        while self.desk.now < until:
            self.desk.now = min(until, self.desk.now + 10 * SECOND)
            self.sends()

    def warned(self) -> None:
        """Anna's wait reaches its first stage."""
        self.desk.poll(ask("1", 0, text="where is my parcel?"), minute=1)
        self.desk.passes(48)

    @property
    def roots(self) -> list[Posted]:
        return [message for message in self.slack.messages if message.thread_ts is None]

    @property
    def replies(self) -> list[Posted]:
        return [message for message in self.slack.messages if message.thread_ts is not None]

    def states(self) -> list[tuple[str, str]]:
        """(stage, state) of every letter."""
        return [(letter.stage, letter.state) for letter in self.desk.letters()]


@contextmanager
def opened(desk: Desk) -> Iterator[Office]:
    """An office and its Slack."""
    groups, users = {"social": "S0SOCIAL"}, {"lead@acme.example": "U0LEAD"}
    channels = ["#desk", "#oncall"]
    with PretendSlack(clock=lambda: desk.now, token=TOKEN, channels=channels, groups=groups, users=users) as slack:
        yield Office(desk, slack)
