"""One read of a mailbox: every folder from where the last one ended, customers' folders before those of sent mail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from slamon.connectors._email.automatic import is_bounce
from slamon.connectors._email.cursor import Cursor, Position
from slamon.connectors._email.messages import UNPROVEN, judge, message
from slamon.connectors._email.reading import id_criteria, is_searchable, letters, links, report, since_day, texts
from slamon.connectors.base import Page
from slamon.model import DAY, Message, Reject, Side, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.connectors._email.bounces import Bounce
    from slamon.connectors._email.imap import Mail, Status
    from slamon.connectors._email.messages import Letter
    from slamon.connectors._email.settings import EmailSettings
    from slamon.connectors._email.threads import Links, Threads
    from slamon.model import Instant, Millis

PAGE_SIZE = 25
PAGE_LIMIT = 800
"""Pages of one poll: 20,000 mails. What is left comes with the next one."""
LOOK_UPS = 100
"""Mails that a poll searches for by their id."""
REPORTS = 50
"""Reports of failed delivery that a poll takes apart."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The folders of a mailbox that are read."""

    customers: tuple[str, ...]
    sent: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Customers' folders first."""
        return self.customers + self.sent


@dataclass(frozen=True, slots=True)
class Reader:
    """What every poll of a channel shares."""

    settings: EmailSettings
    threads: Threads
    count: Callable[[str], None]
    """Told why a mail was skipped."""


class Poll:
    """Reads on from a cursor; `cursor` and `whole` are good once all pages were taken."""

    def __init__(self, mail: Mail, reader: Reader, watched: Watched, old: Cursor, start: Instant) -> None:
        self._mail = mail
        self._reader = reader
        self._watched = watched
        self._old = old
        self._start = start
        self.cursor = Cursor({name: place for name, place in old.folders.items() if name in watched.all}, old.at)
        self.whole = True
        self.shrunk = False
        """Mails left a folder since the last poll."""
        self._pages_left = PAGE_LIMIT
        self._look_ups_left = LOOK_UPS
        self._seen: set[str] = set()
        self._missing: set[str] = set()
        self._bounces: list[Bounce] = []
        self._ours: dict[str, Message] = {}

    def pages(self) -> Iterator[Page]:
        """All that is new, page by page."""
        for folder in self._watched.all:
            yield from self._folder(folder)
        failed = [found for bounce in self._bounces for found in self._failed(bounce)]
        if failed:
            yield Page(messages=failed)

    def one(self, folder: str, uids: Sequence[int]) -> Page:
        """These mails of a folder, whenever they came."""
        return self._page(folder, uids, 0)

    def _folder(self, folder: str) -> Iterator[Page]:
        if self._mail.selected == folder:
            self._mail.leave()
        status = self._mail.status(folder)
        uids = self._new(folder, status)
        last, mails = self._place(folder, status), self._mails(folder, status, uids)
        for first in range(0, len(uids), PAGE_SIZE):
            if not self._pages_left:
                self.whole = False
                self.cursor = self.cursor.moved(folder, Position(status.validity, last, mails))
                return
            some = uids[first : first + PAGE_SIZE]
            page = self._page(folder, some, self._start)
            self._pages_left -= 1
            if page.messages or page.rejects:
                yield page
            last = some[-1]
        last = max(last, (status.next_uid or 1) - 1)
        self.cursor = self.cursor.moved(folder, Position(status.validity, last, mails))

    def _mails(self, folder: str, status: Status, uids: Sequence[int]) -> int:
        """How many it holds now, with those that came while it was read; notes when some have left it."""
        later = sum(status.next_uid is not None and uid >= status.next_uid for uid in uids)
        old = self._old.folders.get(folder)
        if old is not None:
            self.shrunk |= self._place(folder, status) != old.uid or status.mails < old.mails + len(uids) - later
        return status.mails + later

    def _place(self, folder: str, status: Status) -> int:
        """The uid up to which the folder was read; 0 where that is not known, or means nothing any more."""
        place = self._old.folders.get(folder)
        if place is None or place.validity != status.validity:
            return 0
        # Uids that went back: the folder was set up again without saying so.
        return place.uid if status.next_uid is None or status.next_uid > place.uid else 0

    def _new(self, folder: str, status: Status) -> list[int]:
        last = self._place(folder, status)
        if status.next_uid == last + 1 or not (status.mails or last):
            return []
        self._mail.examine(folder)
        if not last:
            return self._mail.search(since_day(self._start))
        # `n:*` holds the newest mail also when its uid is below n.
        return [uid for uid in self._mail.search(f"UID {last + 1}:*") if uid > last]

    def _page(self, folder: str, uids: Sequence[int], start: Instant) -> Page:
        reader, sent = self._reader, folder in self._watched.sent
        found = letters(self._mail, folder, uids, start, sent=sent)
        judged = {uid: judge(letter, reader.settings) for uid, letter in found.letters.items()}
        words = texts(self._mail, [uid for uid, each in judged.items() if not each.skipped])
        for uid, letter in found.letters.items():
            self._note(uid, letter, sent=sent)
        good, bad = [], list(found.rejects)
        for uid, letter in found.letters.items():
            if judged[uid].skipped:
                reader.count(judged[uid].skipped)
            if judged[uid].skipped == UNPROVEN or letter.links.own in self._seen:
                continue
            self._seen.add(letter.links.own)
            try:
                thread = reader.threads.of(letter.links, self._look_up)
                said = message(letter, judged[uid], words.get(uid, ""), thread)
            except ValueError as error:
                bad.append(Reject(clean(letter.links.own, 512) or "?", clean(str(error), 512), ""))
                continue
            if said.side is Side.OURS:
                self._ours[said.id] = said
            good.append(said)
        return Page(messages=good, rejects=bad)

    def _note(self, uid: int, letter: Letter, *, sent: bool) -> None:
        self._reader.threads.learn(letter.links)
        if not sent and is_bounce(letter.header) and len(self._bounces) < REPORTS:
            told = report(self._mail, uid, letter)
            self._bounces += [told] if told else []

    def _look_up(self, ident: str) -> Links | None:
        """The mail of that id in any watched folder; sent mail first, for that is what customers answer."""
        if self._look_ups_left <= 0 or ident in self._missing or not is_searchable(ident):
            return None
        self._look_ups_left -= 1
        for folder in (*self._watched.sent, *self._watched.customers):
            for found in self._named(folder, ident).values():
                return found
        self._missing.add(ident)
        return None

    def _named(self, folder: str, ident: str) -> dict[int, Links]:
        self._mail.examine(folder)
        uids = self._mail.search(id_criteria([ident]))[:PAGE_SIZE]
        named = links(self._mail, folder, uids) if uids else {}
        return {uid: each for uid, each in named.items() if each.own == ident}

    def _failed(self, bounce: Bounce) -> Iterator[Message]:
        """Mails of ours that did not reach the one they were written to."""
        for ident in sorted(bounce.ids):
            said = self._ours.get(ident) or self._sent(ident)
            if said is None:
                continue
            outward = (each for each in said.mentions if each not in self._reader.settings.ours)
            if next(outward, None) in bounce.addresses:
                self._ours[ident] = replace(said, failed=True)
                yield self._ours[ident]

    def _sent(self, ident: str) -> Message | None:
        if self._look_ups_left <= 0 or not is_searchable(ident):
            return None
        self._look_ups_left -= 1
        for folder in self._watched.sent:
            uids = list(self._named(folder, ident))
            for said in self.one(folder, uids).messages if uids else ():
                return said
        return None


def start_of(old: Cursor, now: Instant, lookback: Millis) -> Instant:
    """What came before that is never read: a folder of old mail that somebody files is no news."""
    since = now - lookback if old.at is None else min(now - lookback, old.at - DAY)
    return max(since, 0)
