"""One letter: judged again, intended, sent, and its receipt written; or looked for, where that is unknown."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from slamon.alerts import mark
from slamon.dispatcher.content import Contents, handling_of
from slamon.dispatcher.failing import failed, unseen
from slamon.dispatcher.judging import Case, Close, Hold, judge
from slamon.dispatcher.line import LOOK_AGAIN, MENDABLE, purpose
from slamon.errors import StoreError
from slamon.model import SECOND
from slamon.notifiers.base import Receipt, SendError
from slamon.sla.handling import UNHANDLED
from slamon.store import facts, outbox

if TYPE_CHECKING:
    from slamon.dispatcher.line import Line
    from slamon.notifiers.base import Content
    from slamon.store.facts import WaitFacts
    from slamon.store.outbox import Letter, Living

LOOKS = 2
LEASED_REQUESTS = 3
"""A message is sent at most three times in one go: richly, plainly, and in one line."""


class Delivery:
    """Brings letters one step further."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.contents = Contents(line)

    def guarded(self, letter: Letter) -> None:
        """Deliver; a letter that breaks the program waits, so that those behind it go first next time."""
        try:
            self.deliver(letter)
        except StoreError:
            raise
        except Exception:
            self.line.put_off(letter, "unknown", "a fault of slamon", MENDABLE)
            raise

    def deliver(self, letter: Letter) -> None:
        """Bring one letter one step further, unless that was done since it was read."""
        now = self.line.world.now()
        with self.line.store.read() as tx:
            stands = outbox.stands(tx, letter)
            wait = facts.of_wait(tx, letter.wait, letter.target) if letter.wait > outbox.NOTICE else None
            living = outbox.living_of(tx, letter.wait, letter.destination)
            handled = handling_of(tx, wait, now) if wait else UNHANDLED
        if not stands:
            return
        if not letter.waiting:
            self._look(letter, living)
            return
        verdict = None
        if letter.wait > outbox.NOTICE:
            audience = self.line.world.audiences.get(letter.audience)
            verdict = judge(Case(letter, wait, living, handled, audience, now))
        if verdict is None:
            self._send(letter, wait, living)
        else:
            self._obey(letter, verdict)

    def _obey(self, letter: Letter, verdict: Close | Hold) -> None:
        if isinstance(verdict, Close):
            self.line.close(letter, "superseded", verdict.reason)
        else:
            self.line.put_off(letter, "held", verdict.reason, verdict.until - self.line.world.now())

    def _send(self, letter: Letter, wait: WaitFacts | None, living: Living | None) -> None:
        began, what = self.line.world.seconds(), purpose(letter, living)
        tried = False
        try:
            content = self.contents.of_letter(letter, wait)
            if content is None:
                self.line.close(letter, "superseded", "there is nothing left to tell")
                return
            place = living.place if living and living.ts else self.contents.place(letter.destination)
            self._intend(letter, place)
            tried = True
            receipt = self._deliver(letter, content, place, living)
        except SendError as error:
            failed(self.line, letter, error, living, tried=tried)
            self.line.tell(letter, what, error.outcome.value, began, error.code)
            return
        self._sent(letter, receipt, wait, living)
        self.line.tell(letter, what, "sent", began)

    def _intend(self, letter: Letter, place: str) -> None:
        line, now = self.line, self.line.world.now()
        with line.store.write() as tx:
            since = line.notifier.server_time() or outbox.newest_at(tx, place)
            lease = line.settle + LEASED_REQUESTS * int(line.notifier.timeout * SECOND)
            intent = outbox.Intent(self.intent(letter), line.world.owner, now, now + lease, since)
            outbox.sending(tx, letter, intent)

    def _deliver(self, letter: Letter, content: Content, place: str, living: Living | None) -> Receipt:
        intent = self.intent(letter)
        self.line.paces.took(letter.destination)
        if living and living.ts:
            parent = Receipt(living.place, living.ts)
            return self.line.notifier.reply(parent, content, intent, broadcast=letter.accuses and letter.broadcast)
        return self.line.notifier.post(place, content, intent)

    def _sent(self, letter: Letter, receipt: Receipt, wait: WaitFacts | None, living: Living | None) -> None:
        """Write the receipt; what changed while the message was on its way is shown by an edit."""
        with self.line.store.write() as tx:
            outbox.finish(tx, letter.id, "sent", "", self.line.world.now())
            if letter.notice:
                return
            if not (living and living.ts):
                outbox.posted(tx, letter, receipt.place, receipt.ts)
            if letter.digest:
                outbox.want_again(tx, letter.wait, letter.destination)
                return
            current = facts.of_wait(tx, letter.wait, letter.target)
            if wait is None or current is None or mark(current) != mark(wait):
                outbox.want_again(tx, letter.wait, letter.destination)

    def _look(self, letter: Letter, living: Living | None) -> None:
        """Whether the send whose outcome is unknown arrived after all."""
        line = self.line
        parent = Receipt(living.place, living.ts) if living and living.ts else None
        began = line.world.seconds()
        try:
            place = living.place if living and living.ts else self.contents.place(letter.destination)
            found = line.notifier.find(place, letter.intent, parent=parent, since=letter.since)
        except SendError as error:
            unseen(line, letter, error)
            line.tell(letter, "look", error.outcome.value, began, error.code)
            return
        if found:
            self._sent(letter, found, None, living)
            line.tell(letter, "look", "found", began)
        elif letter.looks + 1 < LOOKS:
            line.put_off(letter, "unknown", "not there yet", LOOK_AGAIN, letter.looks + 1)
        else:
            line.put_off(letter, "pending", "never arrived", 0)

    def intent(self, letter: Letter) -> str:
        """The name that a message carries, so that a restored database finds its own messages."""
        of = (self.line.store.id, letter.wait, letter.target, letter.stage, letter.episode, letter.repeat)
        return hashlib.sha256(repr((*of, letter.destination)).encode()).hexdigest()[:32]
