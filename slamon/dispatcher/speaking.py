"""When a digest of folded letters speaks anew, and when it takes no more.

An edit wakes nobody. So it speaks by a reply that is broadcast when what it tells of has doubled since it last spoke,
and a quarter of an hour after that when anything was added; never while an earlier word of it is on its way, and never
of what is answered. Nothing more comes into it once its time is over and all of it was said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import MINUTE, SECOND, Instant, Millis
from slamon.store import digests, folding, livings, outbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from slamon.dispatcher.line import Line
    from slamon.store.digests import StoredDigest

ANEW_AFTER: Millis = 15 * MINUTE
LOOKS_EVERY: Millis = 30 * SECOND
"""At a digest whose time has come while a word of it is still on its way."""
FOLDED_INTO = ("storm", "catch_up", "quiet")
"""Kinds that speak by this rule; the others have occasions of their own."""
NOT_TRIED = ("pending", "held")


class Speaker:
    """Lets digests speak."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._next: Instant = 0
        self._any = True

    def look_again(self) -> None:
        """Something came into a digest."""
        self._next = 0

    def tend_all(self) -> None:
        """Let all speak whose time has come; nearly always there is nothing to do, and nothing is asked."""
        now = self.line.world.now()
        if now < self._next:
            return
        with self.line.store.read() as tx:
            mine = [one for one in digests.open_ones(tx) if one.kind in FOLDED_INTO]
        if any(_next_at(one) <= now for one in mine):
            with self.line.store.write() as tx:
                self._tend(tx, mine, now)
        self._any = bool(mine)
        ahead = (at if (at := _next_at(one)) > now else now + LOOKS_EVERY for one in mine)
        self._next = min(ahead, default=now + LOOKS_EVERY)

    def next_at(self) -> Instant | None:
        """When there is something to do; `None` while no digest is open."""
        return self._next if self._any else None

    def tend(self, tx: Connection, destination: str, now: Instant) -> None:
        """As `tend_all`, for one destination, in a transaction that is under way."""
        self._tend(tx, (one for one in digests.open_at(tx, destination) if one.kind in FOLDED_INTO), now)

    def at_work(self, tx: Connection, of: StoredDigest) -> bool:
        """Whether a word of it is on its way; one that waits for the end of quiet hours is not."""
        return any(state != "held" for state, _ in self._unsaid(tx, of))

    def next_word_at(self, tx: Connection, of: StoredDigest) -> Instant:
        """When its word is tried next."""
        return min((at for _, at in self._unsaid(tx, of)), default=0)

    def spoke_of(self, tx: Connection, number: int, letters: int) -> None:
        """So many letters more were in what it said last: they were listed in it, and are folded only now."""
        of = digests.of(tx, number)
        if of is not None:
            digests.spoke(tx, number, of.spoken + letters, of.spoken_at)

    def _unsaid(self, tx: Connection, of: StoredDigest) -> list[tuple[str, Instant]]:
        return [word for word in folding.words(tx, of.id) if word[0] in outbox.UNFINISHED]

    def _tend(self, tx: Connection, several: Iterable[StoredDigest], now: Instant) -> None:
        for one in several:
            current = digests.of(tx, one.id)
            if current is not None and current.closed_at is None:
                self._tend_one(tx, current, now)

    def _tend_one(self, tx: Connection, of: StoredDigest, now: Instant) -> None:
        count = folding.folded(tx, of.id)
        unsaid = self._unsaid(tx, of)
        if unsaid:
            if count > of.spoken and all(state in NOT_TRIED for state, _ in unsaid):
                digests.spoke(tx, of.id, count, of.spoken_at)  # what it says is read when it is sent
        elif count > of.spoken and (count >= 2 * max(of.spoken, 1) or now >= of.spoken_at + ANEW_AFTER):
            self._speak(tx, of, count, now)
        elif of.until is not None and now >= of.until and count <= of.spoken:
            digests.close(tx, of.id, now)
            livings.want_again(tx, -of.id, of.destination)

    def _speak(self, tx: Connection, of: StoredDigest, count: int, now: Instant) -> None:
        if folding.still_open(tx, of.id):
            audience = self.line.world.audiences.get(of.audience)
            mention = audience.wakes(now) if audience else ""
            digests.speak(tx, of, len(folding.words(tx, of.id)), now, mention=mention)
        digests.spoke(tx, of.id, count, now)


def _next_at(of: StoredDigest) -> Instant:
    """When its time comes next, whatever came into it."""
    return min(of.spoken_at + ANEW_AFTER, of.until if of.until is not None else of.spoken_at + ANEW_AFTER)
