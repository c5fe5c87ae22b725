"""Carrying orders out: who does what about a wait, once a click, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from slamon.acting import words
from slamon.acting.closing import Closing, reopened
from slamon.acting.order import NUMBERS, Acted, checked, person, span_of
from slamon.errors import UsageError
from slamon.events import ActionTaken
from slamon.sla.handling import Verb
from slamon.sla.orders import WAIT
from slamon.store import actions, digests, livings, orders, outbox, snoozes, subjects
from slamon.store.actions import Action
from slamon.store.snoozes import Snooze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.acting.order import Order, Person
    from slamon.audiences import Audience
    from slamon.events import Event, Listener
    from slamon.model import Instant
    from slamon.sla.policy import RuleSet
    from slamon.store.snoozes import Reader
    from slamon.store.store import Store
    from slamon.store.subjects import Subject


def _unheard(event: Event) -> None:
    del event


class Acting:
    """Carries orders out, each in one transaction."""

    def __init__(
        self,
        store: Store,
        rules: Callable[[], RuleSet],
        audiences: Mapping[str, Audience],
        now: Callable[[], Instant],
        wake: Callable[[], None],
        hear: Listener = _unheard,
    ) -> None:
        self.store = store
        self.rules = rules
        self.audiences = audiences
        self.now = now
        self.wake = wake
        self.hear = hear
        self.zone = ZoneInfo("UTC")
        """In which answers say times; whoever has read the configuration sets it."""

    def act(self, order: Order) -> Acted:
        """Do it.

        :raises UsageError: why it cannot be done, for the person who asked.
        """
        order = checked(order)
        closing = Closing(self.store, self.rules(), order, self.now) if order.verb.closes else None
        with self.store.write() as tx:
            known = actions.keyed(tx, order.key)
            action = known or self._done(tx, order, closing)
            ended = len(orders.waits_of(tx, action.id))
        if known is None:
            self._tell(action, action.verb, order.via, order.by)
        return Acted(action.id, new=known is None, words=words.done(action, ended, self.zone), until=action.until)

    def undo(self, action: int, by: Person, via: str) -> Acted:
        """Take an action back.

        :raises UsageError: there is no such action, or it was taken back before.
        """
        by = person(by)
        with self.store.write() as tx:
            one = actions.of_id(tx, action) if 0 < action < NUMBERS else None
            if one is None:
                raise UsageError(f"there is no action {str(action)[:20]}")
            if one.undone_at is not None:
                raise UsageError(f"action {one.id} was taken back before, by {one.undone_by}")
            waits = self._undone(tx, one)
            actions.undo(tx, one.id, by.name, self.now())
            _show(tx, [*waits, *([] if one.wait is None else [one.wait])])
        self._tell(one, "undo", via, by)
        return Acted(one.id, new=True, words=words.undone(one, len(waits)), until=None)

    # --- what is done

    def _done(self, tx: Connection, order: Order, closing: Closing | None) -> Action:
        number, now = actions.take_number(tx), self.now()
        if order.wait < 0:
            digest = digests.of(tx, -order.wait)
            if digest is None:
                raise UsageError(f"there is no digest {-order.wait}")
            return self._record(tx, _action(number, order, now, self._until(order, now, [digest.audience])))
        wait = subjects.named(tx, order.wait)
        if wait is None:
            raise UsageError(f"there is no wait {order.wait}")
        if wait.state != "open":
            raise UsageError(words.closed(wait))
        readers = snoozes.readers(tx, wait.id)
        until = self._until(order, now, [reader.audience for reader in readers])
        action = self._record(tx, _action(number, order, now, until, wait))
        if closing is not None:
            _show(tx, closing.carried_out(tx, action, wait))
        elif order.verb is Verb.SNOOZE and until is not None:
            snoozes.close(tx, wait.id, "snoozed anew")
            snoozes.write(tx, Snooze(wait.id, wait.episode, number, until), readers, self._wakes(until))
        return action

    def _record(self, tx: Connection, action: Action) -> Action:
        actions.write(tx, action)
        _show(tx, [] if action.wait is None else [action.wait])
        return action

    def _until(self, order: Order, now: Instant, audiences: Iterable[str]) -> Instant | None:
        """When it ends: with the first shift to end of those who were told, where the order says nothing else."""
        span = span_of(order)
        if order.until_shift_ends or (order.verb is Verb.ACKNOWLEDGE and order.span is None):
            known = (self.audiences.get(name) for name in audiences)
            ends = [end for one in known if one and (end := one.shift_ends_at(now)) is not None]
            if ends:
                return min(ends)
            if order.verb is Verb.SNOOZE:
                raise UsageError("nobody who was told of it has shifts: say how long")
        return None if span is None else now + span

    def _wakes(self, at: Instant) -> Callable[[Reader], str]:
        def wakes(reader: Reader) -> str:
            audience = self.audiences.get(reader.audience)
            return audience.wakes(at) if audience else reader.mention

        return wakes

    def _undone(self, tx: Connection, one: Action) -> list[int]:
        """:returns: the waits that it had ended."""
        if Verb(one.verb).closes:
            return reopened(tx, self.rules(), one, self.now())
        if one.verb == Verb.SNOOZE and one.wait is not None:
            snoozes.close(tx, one.wait, "the snooze was taken back", one.id)
        return []

    def _tell(self, action: Action, verb: str, via: str, by: Person) -> None:
        self.wake()
        self.hear(ActionTaken(verb, via, action=action.id, wait=action.wait, scope=action.scope, by_id=by.id))


def _show(tx: Connection, subjects: Sequence[int]) -> None:
    """Messages that stand show it, and letters that were held for another reason are judged anew."""
    livings.changed(tx, subjects)
    outbox.stir(tx, subjects)


def _action(number: int, order: Order, now: Instant, until: Instant | None, wait: Subject | None = None) -> Action:
    subject = {"author": wait.customer, "thread": wait.thread, "match": order.pattern} if wait else {}
    return Action(
        id=number,
        key=order.key,
        verb=order.verb.value,
        wait=wait.id if wait else order.wait,
        channel=wait.channel.id if wait else None,
        scope=order.scope,
        subject="" if order.scope == WAIT else subject[order.scope],
        reason=order.reason,
        at=now,
        until=until,
        by=order.by.name,
        by_id=order.by.id,
        via=order.via,
    )
