"""People who act about the waits of a desk."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from slamon.acting import Acted, Acting, Order, Person
from slamon.history.stored import settings_of
from slamon.rules.orders import Finder
from slamon.sla.orders import ordered
from slamon.store import actions, history, orders
from slamon.store.save import Batch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from desk import Desk
    from slamon.audiences import Audience
    from slamon.events import Event
    from slamon.model import Message
    from slamon.sla.handling import Verb
    from slamon.store.actions import Action
    from slamon.store.save import Saved

IDENTITY = '{"account": "acme", "handle": "acme", "team": ["acmehelp"]}'
ANN, BEN = Person("U0ANN", "Ann"), Person("U0BEN", "Ben")


class Doers:
    """Ann and Ben at a desk; what they do is named by a fresh key unless told otherwise."""

    def __init__(self, desk: Desk, audiences: Mapping[str, Audience] | None = None) -> None:
        self.desk = desk
        self.store = desk.store
        self.woken = 0
        self.heard: list[Event] = []
        self._keys = count(1)
        self.store.pin(desk.shelf.channel, IDENTITY)
        self.acting = Acting(self.store, lambda: desk.rules, audiences or {}, lambda: desk.now, self._wake, self._hear)

    def _hear(self, event: Event) -> None:
        self.heard.append(event)

    def _wake(self) -> None:
        self.woken += 1

    def act(self, verb: Verb, wait: int = 1, *, by: Person = ANN, **more: Any) -> Acted:
        given = {"via": "button", "key": f"click-{next(self._keys)}"} | more
        return self.acting.act(Order(verb=verb, wait=wait, by=by, **given))

    def undo(self, acted: Acted, *, by: Person = BEN) -> Acted:
        return self.acting.undo(acted.action, by, "command")

    def actions(self, wait: int = 1) -> Sequence[Action]:
        with self.store.read() as tx:
            return actions.of_wait(tx, wait)

    def reads(self, *messages: Message, minute: float | None = None) -> Saved:
        """A poll brings these messages; standing orders are looked up as `poller` does."""
        desk = self.desk
        desk.move(minute)
        with self.store.read() as tx:
            (channel,) = history.channels(tx)
            standing = orders.standing(tx, channel.id, min(said.created_at for said in messages))
        settings = settings_of(channel, desk.rules)
        meant = ordered(messages, standing, settings.ours, Finder())
        return self.store.save(Batch(channel.id, messages, ordered=meant), settings, desk.now)
