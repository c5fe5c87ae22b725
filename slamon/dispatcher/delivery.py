"""One letter: judged again, intended, sent, and its receipt written; or looked for, where that is unknown."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from slamon.alerts import mark
from slamon.dispatcher.cases import case_of
from slamon.dispatcher.content import Contents
from slamon.dispatcher.failing import failed, moved, unseen
from slamon.dispatcher.judging import Close, Hold, judge
from slamon.dispatcher.line import LOOK_AGAIN, MENDABLE, purpose
from slamon.dispatcher.sharing import shared
from slamon.errors import StoreError
from slamon.model import SECOND
from slamon.notifiers.base import Receipt, SendError
from slamon.store import facts, livings, outbox, sharing

if TYPE_CHECKING:
    from slamon.dispatcher.line import Line
    from slamon.notifiers.base import Content
    from slamon.store.facts import WaitFacts
    from slamon.store.livings import Living
    from slamon.store.outbox import Letter

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
        with self.line.store.read() as tx:
            stands, case = outbox.stands(tx, letter), case_of(tx, self.line, letter, self.line.world.now())
        if not stands:
            return
        if not letter.waiting:
            self._look(letter, case.living)
        elif verdict := judge(case):
            self._obey(letter, verdict)
        elif self.line.shunned(letter.destination):
            moved(self.line, letter, "nothing is taken there")
        else:
            self._send(letter, case.wait, case.living)

    def _obey(self, letter: Letter, verdict: Close | Hold) -> None:
        if isinstance(verdict, Close):
            self.line.close(letter, "superseded", verdict.reason)
        else:
            self.line.put_off(letter, "held", verdict.reason, verdict.until - self.line.world.now())

    def _send(self, letter: Letter, wait: WaitFacts | None, living: Living | None) -> None:
        joins = self._joins(letter, living)
        living = joins or living
        began, what = self.line.world.seconds(), purpose(letter, living)
        tried = False
        try:
            content = self.contents.of_letter(letter, wait)
            if content is None:
                self.line.close(letter, "superseded", "there is nothing left to tell")
                return
            place = living.place if living and living.ts else self.contents.place(letter.destination)
            self._intend(letter, place, joins)
            tried = True
            receipt = self._deliver(letter, content, place, living)
        except SendError as error:
            failed(self.line, letter, error, living, tried=tried)
            self.line.tell(letter, what, error.outcome.value, began, error.code)
            return
        self._sent(letter, receipt, wait, living)
        self.line.tell(letter, what, "sent", began)

    def _joins(self, letter: Letter, living: Living | None) -> Living | None:
        """The message that it shares from now on; `None` where its own stands, or has to be opened."""
        if living and living.ts:
            return None
        with self.line.store.read() as tx:
            return shared(tx, letter)

    def _intend(self, letter: Letter, place: str, joins: Living | None) -> None:
        line, now = self.line, self.line.world.now()
        with line.store.write() as tx:
            since = line.notifier.server_time() or livings.newest_at(tx, place)
            lease = line.settle + LEASED_REQUESTS * int(line.notifier.timeout * SECOND)
            intent = outbox.Intent(self.intent(letter), line.world.owner, now, now + lease, since)
            outbox.sending(tx, letter, intent)
            if joins:
                sharing.join(tx, letter, joins)

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
                livings.posted(tx, letter, receipt.place, receipt.ts)
            if living and living.leader is not None:
                livings.want_again(tx, living.leader, letter.destination)
            if letter.digest:
                livings.want_again(tx, letter.wait, letter.destination)
                return
            current = facts.of_wait(tx, letter.wait, letter.target)
            if wait is None or current is None or mark(current) != mark(wait):
                livings.want_again(tx, letter.wait, letter.destination)

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
