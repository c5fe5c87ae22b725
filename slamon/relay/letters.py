"""Letters by webhook: each at least once, in order, with a name by which a receiver knows those it has already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.dispatcher.cases import case_of
from slamon.dispatcher.judging import Close, Hold, judge
from slamon.dispatcher.line import backoff
from slamon.model import DAY
from slamon.notifiers.base import Outcome, SendError
from slamon.notifiers.webhook import document
from slamon.store import facts, outbox
from slamon.store import relay as stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.dispatcher import Dispatcher
    from slamon.model import Instant
    from slamon.notifiers.webhook import Json, Webhook
    from slamon.relay.routes import Report
    from slamon.store.relay import Carried

ROUTE = "webhook"
CLOSING = "webhook closed"
AT_ONCE = 50
"""Deliveries in one go."""
GIVE_UP_AFTER = DAY
REFUSED_TRIES = 10
"""Of what the receiver refuses for its content."""


class Letters:
    """Carries letters to one webhook."""

    def __init__(
        self, dispatcher: Dispatcher, webhook: Webhook, now: Callable[[], Instant], report: Report, *, always: bool
    ) -> None:
        self.store = dispatcher.line.store
        self.delivery = dispatcher.delivery
        self.webhook = webhook
        self.now = now
        self.report = report
        self.always = always
        self._failures = 0
        self._not_before: Instant = 0
        """The receiver cannot be reached: nothing is tried before."""

    def take_up(self) -> None:
        """Carry what is to be carried from now on."""
        with self.store.read() as tx:
            new = stored.has_new(tx) if self.always else stored.owes(tx, ROUTE)
        if new:
            take = stored.take_up_new if self.always else stored.take_up
            with self.store.write() as tx:
                take(tx, ROUTE, self.now())

    def leave(self) -> None:
        """What was not carried yet is told in Slack, which works again."""
        with self.store.write() as tx:
            stored.drop(tx, ROUTE, "Slack works again")

    def carry(self) -> None:
        """Deliver what can be delivered now, and word of what ended."""
        with self.store.read() as tx:
            over = stored.over(tx, ROUTE)
        if over:
            with self.store.write() as tx:
                stored.end(tx, ROUTE, CLOSING, self.now())
        for route in (ROUTE, CLOSING):
            for carried in self._due(route):
                if not self._bring(carried, route):
                    return

    def _due(self, route: str) -> list[Carried]:
        now = self.now()
        if now < self._not_before:
            return []
        with self.store.read() as tx:
            return stored.due(tx, route, now, AT_ONCE)

    def _bring(self, carried: Carried, route: str) -> bool:
        """Bring one to its receiver; :returns: whether to go on with the next."""
        verdict = self._verdict(carried) if route == ROUTE else None
        if isinstance(verdict, Hold):
            with self.store.write() as tx:
                stored.put_off(tx, carried.letter.id, route, verdict.reason, verdict.until)
            return True
        said = None if verdict else self._said(carried, route)
        if said is None:
            self._settle(carried, route, "done", verdict.reason if verdict else "there is nothing left to tell")
            return True
        try:
            self.webhook.deliver(self._name(carried, route), said, self.now())
        except SendError as error:
            self.report(self.webhook.name, error)
            return self._failed(carried, route, error)
        self.report(self.webhook.name, None)
        self._failures = 0
        stands = route == ROUTE and carried.letter.wait > outbox.NOTICE
        self._settle(carried, route, "sent" if stands else "done", "")
        return True

    def _verdict(self, carried: Carried) -> Close | Hold | None:
        if carried.state in stored.GIVEN_UP:
            return Close(f"{carried.state} before it was carried")
        with self.store.read() as tx:
            return judge(case_of(tx, self.delivery.line, carried.letter, self.now()))

    def _said(self, carried: Carried, route: str) -> Json | None:
        letter = carried.letter
        with self.store.read() as tx:
            wait = facts.of_wait(tx, letter.wait, letter.target) if letter.wait > outbox.NOTICE else None
        content = self.delivery.contents.unaddressed(letter, wait)
        if content is None:
            return None
        said = document(content, "closed" if route == CLOSING else None)
        of = {"name": letter.stage, "repeat": letter.repeat, "audience": letter.audience, "accuses": letter.accuses}
        return said | ({"stage": of} if letter.wait > outbox.NOTICE else {})

    def _name(self, carried: Carried, route: str) -> str:
        intent = self.delivery.intent(carried.letter)
        return f"{intent}-closed" if route == CLOSING else intent

    def _failed(self, carried: Carried, route: str, error: SendError) -> bool:
        now, attempt = self.now(), carried.attempt + 1
        refused = error.outcome is Outcome.BAD_CONTENT
        if now - carried.at > GIVE_UP_AFTER or (refused and attempt >= REFUSED_TRIES):
            self._settle(carried, route, "done", f"given up: {error}")
            return refused
        until = now + max(error.retry_after or 0, backoff(attempt))
        with self.store.write() as tx:
            stored.put_off(tx, carried.letter.id, route, str(error), until)
        if not refused:
            self._failures += 1
            self._not_before = now + max(error.retry_after or 0, backoff(self._failures))
        return refused

    def _settle(self, carried: Carried, route: str, state: str, reason: str) -> None:
        with self.store.write() as tx:
            stored.settle(tx, carried.letter.id, route, state, reason, self.now())
