"""Waits that end by a person's word, and come back when it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.errors import UsageError
from slamon.history.stored import settings_of
from slamon.model import SECOND, Instant, Millis
from slamon.rules.orders import Finder
from slamon.sla.handling import Verb
from slamon.sla.orders import MATCH, WAIT
from slamon.store import orders, queue, subjects
from slamon.store.byhand import close_by_hand, reopen

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from slamon.acting.order import Order
    from slamon.sla.policy import RuleSet
    from slamon.store.actions import Action
    from slamon.store.store import Store
    from slamon.store.subjects import Subject

MOST = 1_000
"""Waits that one order ends at once."""
MOST_PATTERNS = 20
"""On one channel at a time: each is searched for in every new message."""
SEARCHED_FOR: Millis = 3 * SECOND
"""In what waits already, the oldest first: somebody is looking at a button."""


class Closing:
    """An order that ends waits: made before the transaction, for in that no pattern may run."""

    def __init__(self, store: Store, rules: RuleSet, order: Order, now: Callable[[], Instant]) -> None:
        self.rules = rules
        self.order = order
        self.now = now
        self.fitting = self._fitting(store) if order.scope == MATCH else frozenset()

    def _fitting(self, store: Store) -> frozenset[int]:
        """The open waits of the channel in which the pattern is found."""
        with store.read() as tx:
            wait = subjects.named(tx, self.order.wait)
            if wait is None:
                return frozenset()
            messages = queue.messages_of(tx, subjects.open_waits(tx, wait, MATCH, MOST))
        finds, ends_at = Finder(self.rules.patience), self.now() + SEARCHED_FOR
        return frozenset(
            wait
            for wait, said in messages.items()
            if any(self.now() < ends_at and finds(self.order.pattern, one.text) for one in said)
        )

    def carried_out(self, tx: Connection, action: Action, wait: Subject) -> list[int]:
        """End the waits that the action reaches; :returns: them."""
        standing = orders.standing(tx, wait.channel.id, action.at)
        if action.scope == MATCH and sum(one.scope == MATCH for one in standing) > MOST_PATTERNS:
            raise UsageError(f"{MOST_PATTERNS} patterns hold on {wait.channel.name} already: take one back first")
        waits = [wait.id] if action.scope == WAIT else subjects.open_waits(tx, wait, action.scope, MOST)
        if action.scope == MATCH:
            waits = [one for one in waits if one in self.fitting or one == wait.id]
        waits = waits if wait.id in waits else [*waits, wait.id]
        messages = subjects.messages(tx, waits)
        mark, settings = Verb(action.verb).mark, settings_of(wait.channel, self.rules)
        close_by_hand(tx, wait.channel.id, [said for said, _ in messages], mark, settings, action.at)
        orders.drop(tx, wait.channel.id, [(action.id, said, of) for said, of in messages])
        return waits


def reopened(tx: Connection, rules: RuleSet, action: Action, now: Instant) -> list[int]:
    """Bring back what the action ended, and what it dropped; :returns: the waits that it had ended."""
    waits = orders.waits_of(tx, action.id)
    wait = subjects.named(tx, action.wait) if action.wait is not None else None
    if wait is not None:
        freed = orders.freed(tx, action.id, action.verb)
        reopen(tx, wait.channel.id, freed, Verb(action.verb).mark, settings_of(wait.channel, rules), now)
    return waits
