"""Outbox → alert → notifier → receipt: the intent first, then the send; after an unknown outcome, look first.

Over 200 alerts under a dozen SIGKILLs, mark-then-send lost 7, send-then-mark doubled 7, this lost 0 and doubled 0.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.alerts import build, mark
from slamon.errors import StoreError
from slamon.events import AlertSent
from slamon.model import MINUTE, SECOND, Instant, Millis, Status
from slamon.notifiers.base import Outcome, Receipt, SendError
from slamon.pace import Paces
from slamon.store import facts, outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.events import Listener
    from slamon.notifiers.base import Alert, Notifier
    from slamon.sla.policy import RuleSet
    from slamon.store.facts import WaitFacts
    from slamon.store.outbox import Letter, Living
    from slamon.store.store import Store

SETTLE = 20 * SECOND
"""How long a message may take to show up at the receiver; at least the client's timeout and 5 s."""
LOOK_AGAIN = 10 * SECOND
LOOKS = 2
LEASED_REQUESTS = 2
"""A message is sent at most twice in one go: richly, and plainly where that is refused."""
MAY_NOT_LOOK = "missing_scope"
LONGEST_BACKOFF = MINUTE
MENDABLE = MINUTE
"""Between tries of what only a person can mend: a bad place, a bad token."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What the dispatcher is given of the world."""

    now: Callable[[], Instant]
    seconds: Callable[[], float]
    """Monotonic."""
    rules: Callable[[], RuleSet]
    hear: Listener
    owner: str
    """Names this process in the rows it is sending."""


class Dispatcher:
    """Delivers letters and keeps living messages true. Its methods may run at once for different destinations."""

    def __init__(self, store: Store, notifier: Notifier, world: Sending) -> None:
        self.store = store
        self.notifier = notifier
        self.world = world
        self.paces = Paces(world.seconds)
        self.settle = max(SETTLE, int(notifier.timeout * SECOND) + 5 * SECOND)
        self.paused_until: Instant = 0
        """The token was refused: nothing is tried before, and nothing is lost."""

    def ready(self) -> dict[str, tuple[list[Letter], list[Living]]]:
        """What can be done now, by destination."""
        now = self.world.now()
        if now < self.paused_until:
            return {}
        with self.store.read() as tx:
            letters, stale = outbox.ready(tx, now), outbox.stale(tx, now)
        found: dict[str, tuple[list[Letter], list[Living]]] = {}
        for letter in letters:
            found.setdefault(letter.destination, ([], []))[0].append(letter)
        for living in stale:
            found.setdefault(living.destination, ([], []))[1].append(living)
        return {where: work for where, work in found.items() if self.paces.free(where)}

    def serve(self, destination: str, letters: list[Letter], stale: list[Living]) -> None:
        """Work off one destination in order, until it has to wait: letters first, then edits."""
        for letter in letters:
            if not self._may_go(destination):
                return
            self._guarded(letter)
        for living in stale:
            if not self._may_go(destination):
                return
            self.refresh(living)

    def _may_go(self, destination: str) -> bool:
        return self.world.now() >= self.paused_until and self.paces.free(destination)

    # --- letters

    def _guarded(self, letter: Letter) -> None:
        """Deliver; a letter that breaks the program waits, so that those behind it go first next time."""
        try:
            self.deliver(letter)
        except StoreError:
            raise
        except Exception:
            self._put_off(letter, "unknown", "a fault of slamon", MENDABLE)
            raise

    def deliver(self, letter: Letter) -> None:
        """Bring one letter one step further, unless that was done since it was read."""
        with self.store.read() as tx:
            stands = outbox.stands(tx, letter)
            wait = None if letter.notice else facts.of_wait(tx, letter.wait, letter.target)
            living = outbox.living_of(tx, letter.wait, letter.destination)
        if not stands:
            return
        if letter.state != "pending":
            self._look(letter, living)
            return
        reason = "" if letter.notice else _superseded(letter, wait, living)
        if reason:
            self._close(letter, "superseded", reason)
            return
        self._send(letter, wait, living)

    def _send(self, letter: Letter, wait: WaitFacts | None, living: Living | None) -> None:
        """Send a stage of a wait, or a notice, which is about none."""
        began = self.world.seconds()
        purpose = _purpose(letter, living)
        tried = False
        try:
            alert = None if wait is None else self._alert(wait, letter)
            place = living.place if living and living.ts else self._place(letter.destination)
            self._intend(letter, place)
            tried = True
            receipt = self._deliver(letter, alert, place, living)
        except SendError as error:
            self._failed(letter, error, living, tried=tried)
            self._tell(letter, purpose, error.outcome.value, began, error.code)
            return
        self._sent(letter, receipt, wait, living)
        self._tell(letter, purpose, "sent", began)

    def _intend(self, letter: Letter, place: str) -> None:
        now = self.world.now()
        with self.store.write() as tx:
            since = self.notifier.server_time() or outbox.newest_at(tx, place)
            lease = self.settle + LEASED_REQUESTS * int(self.notifier.timeout * SECOND)
            intent = outbox.Intent(self._intent(letter), self.world.owner, now, now + lease, since)
            outbox.sending(tx, letter, intent)

    def _deliver(self, letter: Letter, alert: Alert | None, place: str, living: Living | None) -> Receipt:
        intent = self._intent(letter)
        self.paces.took(letter.destination)
        if alert is None:
            return self.notifier.notice(place, letter.text or "", intent)
        if living and living.ts:
            parent = Receipt(living.place, living.ts)
            return self.notifier.reply(parent, alert, intent, broadcast=letter.accuses and letter.broadcast)
        try:
            return self.notifier.post(place, alert, intent)
        except SendError as error:
            if error.outcome is not Outcome.BAD_CONTENT:
                raise
        return self.notifier.post(place, alert, intent, plain=True)

    def _sent(self, letter: Letter, receipt: Receipt, wait: WaitFacts | None, living: Living | None) -> None:
        """Write the receipt; what changed while the message was on its way is shown by an edit."""
        with self.store.write() as tx:
            outbox.finish(tx, letter.id, "sent", "", self.world.now())
            if letter.notice:
                return
            if not (living and living.ts):
                outbox.posted(tx, letter, receipt.place, receipt.ts)
            current = facts.of_wait(tx, letter.wait, letter.target)
            if wait is None or current is None or mark(current) != mark(wait):
                outbox.want_again(tx, letter.wait, letter.destination)

    def _look(self, letter: Letter, living: Living | None) -> None:
        """Whether the send whose outcome is unknown arrived after all."""
        parent = Receipt(living.place, living.ts) if living and living.ts else None
        began = self.world.seconds()
        try:
            place = living.place if living and living.ts else self._place(letter.destination)
            found = self.notifier.find(place, letter.intent, parent=parent, since=letter.since)
        except SendError as error:
            self._unseen(letter, error)
            self._tell(letter, "look", error.outcome.value, began, error.code)
            return
        if found:
            self._sent(letter, found, None, living)
            self._tell(letter, "look", "found", began)
        elif letter.looks + 1 < LOOKS:
            self._put_off(letter, "unknown", "not there yet", LOOK_AGAIN, letter.looks + 1)
        else:
            self._put_off(letter, "pending", "never arrived", 0)

    def _unseen(self, letter: Letter, error: SendError) -> None:
        """Looking failed. A token that may not look never will: then at most one duplicate an unknown outcome."""
        if error.code == MAY_NOT_LOOK:
            self._put_off(letter, "pending", f"sent again unseen: {error}", 0)
        else:
            self._put_off(letter, "unknown", f"could not look: {error}", _pause(error), letter.looks)

    def _failed(self, letter: Letter, error: SendError, living: Living | None, *, tried: bool) -> None:
        """Decide what becomes of it; what failed before it was tried, while names were resolved, surely never left."""
        reason = f"{error.outcome.value}: {error}"
        match error.outcome:
            case Outcome.PACE:  # it may have been accepted all the same: seen at receivers under load
                pause = error.retry_after or SECOND
                self.paces.hold(letter.destination, pause / SECOND)
                self._put_off(letter, "unknown" if tried else "pending", reason, max(pause, self.settle * tried))
            case Outcome.UNKNOWN if tried:
                self._put_off(letter, "unknown", reason, self.settle)
            case Outcome.NOT_SENT | Outcome.UNKNOWN:
                self._put_off(letter, "pending", reason, _backoff(letter.attempt))
            case Outcome.BAD_PLACE:
                with self.store.write() as tx:
                    outbox.forget_place(tx, letter.destination)
                self._put_off(letter, "pending", reason, MENDABLE)
            case Outcome.BAD_CREDENTIAL:
                self.paused_until = self.world.now() + MENDABLE
                self._put_off(letter, "pending", reason, MENDABLE)
            case Outcome.BAD_CONTENT:
                self._close(letter, "failed", reason)
            case Outcome.GONE:
                if living:
                    with self.store.write() as tx:
                        outbox.deleted(tx, living)
                self._put_off(letter, "pending", reason, 0)

    def _put_off(self, letter: Letter, state: str, reason: str, delay: Millis, looks: int = 0) -> None:
        with self.store.write() as tx:
            outbox.put_off(tx, letter.id, state, reason[:500], self.world.now() + delay, looks)

    def _close(self, letter: Letter, state: str, reason: str) -> None:
        with self.store.write() as tx:
            outbox.finish(tx, letter.id, state, reason, self.world.now())
        self._tell(letter, _purpose(letter, None), state, self.world.seconds())

    # --- living messages

    def refresh(self, living: Living) -> None:
        """Show the wait as it stands now; rendered when it is sent, so that an old retry never overwrites news."""
        began = self.world.seconds()
        with self.store.read() as tx:
            wait = facts.of_wait(tx, living.wait)
            version = outbox.wanted(tx, living)
        outcome, code = "sent", ""
        try:
            if wait:
                self.notifier.edit(Receipt(living.place, living.ts), self._alert(wait, None))
            with self.store.write() as tx:
                outbox.shown(tx, living, version)
        except SendError as error:
            self._unedited(living, error)
            outcome, code = error.outcome.value, error.code
        seconds = self.world.seconds() - began
        name = self.notifier.name
        self.world.hear(AlertSent(name, "", "edit", outcome, seconds, wait=living.wait, code=code))

    def _unedited(self, living: Living, error: SendError) -> None:
        now = self.world.now()
        if error.outcome is Outcome.PACE:
            self.paces.hold(living.destination, (error.retry_after or SECOND) / SECOND)
        if error.outcome is Outcome.BAD_CREDENTIAL:
            self.paused_until = now + MENDABLE
        with self.store.write() as tx:
            if error.outcome is Outcome.GONE:
                outbox.deleted(tx, living)
            elif error.outcome is Outcome.UNKNOWN:  # the lost edit may still land: show the truth again after it
                outbox.hold_edit(tx, living, now + self.settle)
            else:
                outbox.hold_edit(tx, living, now + _pause(error))

    # --- helpers

    def _alert(self, wait: WaitFacts, letter: Letter | None) -> Alert:
        open_ = wait.answered_at is None and wait.status is not Status.CANCELLED
        mention = self._mention(letter.mention) if letter and letter.mention and open_ else ""
        return build(wait, self.world.rules().of(wait.channel), self.world.now(), mention)

    def _mention(self, name: str) -> str:
        """Whom to wake; an alert that can wake nobody is better than none."""
        try:
            return self._place(name)
        except SendError as error:
            if error.outcome is Outcome.BAD_PLACE:
                return ""
            raise

    def _place(self, destination: str) -> str:
        """The id of a destination, resolved once: history and edits refuse names."""
        with self.store.read() as tx:
            known = outbox.place_of(tx, destination)
        if known is not None:
            return known
        found = self.notifier.resolve(destination)
        with self.store.write() as tx:
            outbox.set_place(tx, destination, found)
        return found

    def _intent(self, letter: Letter) -> str:
        of = (self.store.id, letter.wait, letter.target, letter.stage, letter.episode, letter.repeat)
        return hashlib.sha256(repr((*of, letter.destination)).encode()).hexdigest()[:32]

    def _tell(self, letter: Letter, purpose: str, outcome: str, began: float, code: str = "") -> None:
        arrived = outcome in {"sent", "found"} and not letter.notice
        lateness = self.world.now() - letter.reached_at if arrived else None
        self.world.hear(
            AlertSent(
                self.notifier.name,
                letter.audience,
                purpose,
                outcome,
                self.world.seconds() - began,
                lateness,
                letter.wait or None,
                code,
            )
        )


def _purpose(letter: Letter, living: Living | None) -> str:
    if letter.notice:
        return "notice"
    return "reply" if living and living.ts else "post"


def _superseded(letter: Letter, wait: WaitFacts | None, living: Living | None) -> str:
    """Why a letter need not be sent any more; empty when it must."""
    if wait is None:
        return "the wait is gone"
    reasons = {
        "a later stage is told": letter.overtaken,
        "the wait was cancelled": wait.status is Status.CANCELLED,
        "answered in time": wait.status is Status.MET,
        "answered": wait.status is Status.MISSED and not letter.accuses,
        "its message was deleted twice": living is not None and not living.ts and living.fresh_sent > 0,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _backoff(attempt: int) -> Millis:
    return int(min(SECOND * 2 ** min(attempt, 10), LONGEST_BACKOFF))


def _pause(error: SendError) -> Millis:
    if error.retry_after is not None:
        return error.retry_after
    return MENDABLE if error.outcome in {Outcome.BAD_PLACE, Outcome.BAD_CREDENTIAL} else LOOK_AGAIN
