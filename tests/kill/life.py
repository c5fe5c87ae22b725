"""One process of slamon on the virtual clock, which ends by SIGKILL at the fail point that it was told of.

A fail point stands before and after every commit, and before and after every request to Slack.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kill.story import BEGINS, EVERY
from slamon.acting import Order, Person
from slamon.app import App, Clocks
from slamon.loading import load
from slamon.model import MINUTE, SECOND
from slamon.store import facts
from slamon.store.outbox import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from kill.clock import SharedClock
    from kill.story import Story
    from slamon.model import Instant

ROUNDS = 5_000
"""More than a life needs; one that goes on for longer hangs."""


class Points:
    """Counts fail points, and dies at one of them."""

    def __init__(self, dies_at: int | None) -> None:
        self.dies_at = dies_at
        self.labels: list[str] = []

    def __call__(self, label: str) -> None:
        if len(self.labels) == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.labels.append(label)


class Life:
    """From the start of a process to the end of the story."""

    def __init__(self, folder: Path, clock: SharedClock, story: Story, points: Points) -> None:
        self.folder = folder
        self.story = story
        self.clock = clock
        self.app = App(*load(folder / "config.yaml"), Clocks(clock, lambda: clock() / SECOND))
        self.app.evaluator.recheck = self._look
        _mortal(self.app, points)
        self.next_poll: Instant = 0
        self.acted: set[str] = set()

    def run(self) -> None:
        """Take up what the last process left, and go on."""
        self.app._take_up()
        self.app.reloader.finish()
        for _ in range(ROUNDS):
            self._step()
            if self.clock() >= self.story.ends and not self._busy():
                self.app.stop()
                return
            self.clock.move(self._following())
        raise AssertionError("the story does not come to an end")

    def _step(self) -> None:
        self.story.written_by(self.folder, self.clock())
        self._notify()
        if self.clock() >= self.next_poll:
            for poller in self.app.pollers.values():
                poller.poll()
            self.next_poll = self.clock() + EVERY
        self._act()
        self.app._sweep_all()
        self.app.occasions.look()
        dispatcher = self.app.dispatcher
        while dispatcher and (ready := dispatcher.ready()):
            for destination, (letters, stale) in ready.items():
                dispatcher.serve(destination, letters, stale)

    def _act(self) -> None:
        """People click, and whatever they click on is sent again and again until it is known to have arrived."""
        for act in self.story.acts:
            if act.at > self.clock() or act.key in self.acted:
                continue
            with self.app.store.read() as tx:
                wait = facts.waits_named(tx, act.customer)[0]
            more: Any = {"span": act.span, "reason": "done by phone", "via": "button", "key": act.key}
            self.app.acting.act(Order(verb=act.verb, wait=wait, by=Person("U1", "Eve"), **more))
            self.acted.add(act.key)

    def _notify(self) -> None:
        at = self.story.notice_at
        if at and self.clock() >= BEGINS + at * MINUTE and "notice" not in self.acted:
            self.app.store.notify("kill:1", "something about no wait", [Reader("desk", "#desk")], self.clock())
            self.acted.add("notice")

    def _look(self, channel: str, waits: Sequence[int]) -> None:
        self.app.scheduler.work.rechecks[channel].ask(waits, lambda run: run())

    def _sends_at(self) -> Instant | None:
        return self.app.dispatcher.next_at() if self.app.dispatcher else None

    def _busy(self) -> bool:
        return self._sends_at() is not None

    def _following(self) -> Instant:
        now = self.clock()
        known = (self._sends_at(), self.app.store.next_at(), self.next_poll, *self.story.moments(now))
        return min(at if at > now else now + SECOND for at in known if at is not None)


def _mortal(app: App, point: Callable[[str], None]) -> None:
    write = app.store.database.write

    @contextmanager
    def writing(*, urgent: bool = False) -> Iterator[Any]:
        with write(urgent=urgent) as tx:
            yield tx
            point("before commit")
        point("after commit")

    app.store.database.write = writing  # type: ignore[method-assign]
    slack: Any = app.notifier
    call = slack._call

    def calling(method: str, *given: Any, **named: Any) -> Any:
        point(f"before {method}")
        try:
            return call(method, *given, **named)
        finally:
            point(f"after {method}")

    slack._call = calling
