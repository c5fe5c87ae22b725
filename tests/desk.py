"""A store, its evaluator and a clock that only a test moves, in minutes after a fixed instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from said import START, at
from shelves import Shelf
from slamon.audiences import Audience
from slamon.evaluator import Decided, Evaluator
from slamon.evaluator import Watch as Terms
from slamon.model import MINUTE, RESPONSES, SECOND
from slamon.sla.policy import ChannelRules, Policy, RuleSet
from slamon.store.schema import outbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

    from slamon.events import Event
    from slamon.model import Instant, Message, Millis
    from slamon.store.save import Saved
    from slamon.store.store import Store

DESK = Audience("desk", "#desk", "@social")
VERIFY_WITHIN = 30 * SECOND
SWEEPS = 20
"""More than any test needs in a row."""


def rules(*policies: Policy, version: str = "one", **more: Any) -> RuleSet:
    """A rule set with the same rules for every channel."""
    return RuleSet(version, {}, ChannelRules(policies, **more))


def policy(name: str = "everyone", length: Millis = 60 * MINUTE, **more: Any) -> Policy:
    """Both targets of the same length."""
    return Policy(name, dict.fromkeys(RESPONSES, length), **more)


HOUR = rules(policy())


class Desk:
    """One channel, watched. Nothing happens but what a test asks for."""

    def __init__(self, store: Store, in_force: RuleSet = HOUR, *, name: str = "acme-x", up_since: float = 0) -> None:
        self.store = store
        self.shelf = Shelf(store, name)
        self.now = at(up_since)
        self.rules = in_force
        self.asked: list[int] = []
        self.events: list[Event] = []
        self.evaluator = self._evaluator({None: DESK, "desk": DESK}, visible_after=0)

    def _evaluator(self, audiences: Mapping[str | None, Audience], visible_after: Millis) -> Evaluator:
        return Evaluator(
            self.store,
            {self.shelf.name: Terms(VERIFY_WITHIN, visible_after)},
            audiences,
            up_since=self.now,
            recheck=lambda _channel, waits: self.asked.extend(waits),
            hear=self._hear,
        )

    def _hear(self, event: Event) -> None:
        self.events.append(event)

    def tells(self, *audiences: Audience, visible_after: Millis = 0) -> None:
        """Have these audiences; the first is the default."""
        named: dict[str | None, Audience] = {audience.name: audience for audience in audiences}
        self.evaluator = self._evaluator(named | ({None: audiences[0]} if audiences else {}), visible_after)

    def poll(self, *messages: Message, minute: float | None = None, **more: Any) -> Saved:
        """A complete poll that brings these messages."""
        self.move(minute)
        self.store.begin_poll(self.shelf.channel, self.now)
        saved = self.shelf.save(*messages, now=self.minute, **more)
        self.store.complete_poll(self.shelf.channel, "c", self.now, self.now)
        return saved

    def sweep(self, minute: float | None = None) -> Decided:
        """Decide all that is due, in as many sweeps as that takes."""
        self.move(minute)
        waits = announced = 0
        for _ in range(SWEEPS):
            done = self.evaluator.sweep(self.rules, lambda: self.now, lambda: 0.0)
            waits, announced = waits + done.waits, announced + done.announced
            following = self.next_at()
            if following is None or following > self.now:
                return Decided(waits, announced)
        raise AssertionError("the sweeps do not come to an end")

    def look(self, *messages: Message) -> None:
        """The last look that was asked for: a complete one, which brings these messages."""
        waits, started = list(dict.fromkeys(self.asked)), self.now
        self.asked.clear()
        self.shelf.save(*messages, now=self.minute)
        self.store.checked(waits, started, self.now)

    def passes(self, minute: float, *messages: Message) -> None:
        """Time passes up to then: a sweep, the last look it asks for, and the sweep after that."""
        self.sweep(minute)
        if self.asked:
            self.look(*messages)
            self.sweep()

    def move(self, minute: float | None) -> None:
        """Move the clock."""
        if minute is not None:
            self.now = at(minute)

    @property
    def minute(self) -> float:
        """What the clock shows."""
        return (self.now - START) / MINUTE

    def letters(self) -> Sequence[Row[Any]]:
        """Everything that was ever put into the outbox for this channel's waits."""
        with self.store.read() as tx:
            return tx.execute(select(outbox).order_by(outbox.c.id)).all()

    def told(self) -> list[tuple[str, str]]:
        """(customer, stage) of each letter, in order."""
        customers = {row.id: row.customer for row in self.shelf.waits()}
        return [(customers[letter.wait], letter.stage) for letter in self.letters()]

    def status(self, customer: str = "anna") -> str:
        """The status of the newest wait of a customer."""
        newest = [row.id for row in self.shelf.waits() if row.customer == customer][-1]
        return str(self.shelf.timers()[newest].status)

    def next_at(self) -> Instant | None:
        """When there is something to decide next."""
        return self.store.next_at()
