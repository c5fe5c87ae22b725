"""No flood: letters that come in numbers are told by one digest in place of a message each.

The rule, for one destination at a time and in one transaction before anything is sent there. Of the letters about
waits that can go now, exempt ones aside, the first line that fits decides:

1. Judged as always: what is over is closed, what has to wait is held.
2. Unverified, while its channel is known to be blind: folded into the `blind` digest here, opened where there is none.
3. Of a wait that began before the `opening` digest that is open: folded into that one.
4. Of an audience with an open `storm`: folded into it.
5. Found late (it could have gone `catch_up_after` ago or longer), and more than one of them, or answered meanwhile,
   or a `catch_up` is open: the digest tells of it. What is answered, or history, is folded. What is still open is
   listed: it goes by itself too once the digest spoke; if more than a storm's number are open, it is folded then.
6. Reached in quiet hours that are over, and more than one of them: folded into a `quiet` digest.
7. More of an audience than a storm's number, those told one by one within the window included: a `storm` opens, and
   all are folded (into a `catch_up` of the destination, if one is just about to speak).
8. Told one by one.

A folded letter is never sent, and one that may have been sent is never folded: none is told twice by its letter, and
none is lost, since it changes its state in the transaction that makes the digest.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.digests import blind
from slamon.dispatcher.cases import cases_of
from slamon.dispatcher.judging import Case, Close, Hold, judge
from slamon.dispatcher.line import purpose
from slamon.dispatcher.speaking import FOLDED_INTO, Speaker
from slamon.model import MINUTE, OPEN_STATUSES, Instant, Millis, Status
from slamon.store import digests, folding, livings, outbox
from slamon.store.digests import Opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.dispatcher.line import Line
    from slamon.notify.digests import DigestsConfig
    from slamon.store.digests import StoredDigest
    from slamon.store.folding import Ready
    from slamon.store.outbox import Letter

OPEN_FOR: Millis = 5 * MINUTE
"""After the last letter that came into a digest of what was late, or waited: so long further ones come into it."""
CHAIN = 10
"""More stages of one wait than wait behind one another."""
REASONS = {
    "blind": "told by the digest of the blind channel",
    "opening": "told by the opening digest",
    "storm": "told by the storm digest",
    "catch_up": "found late: told by the catch-up digest",
    "quiet": "told by the digest at the end of quiet hours",
}


@dataclass(frozen=True, slots=True)
class Free:
    """A letter that could go now."""

    ready: Ready
    case: Case
    could_go_at: Instant
    """When nothing that was done on purpose stood in its way any more."""

    @property
    def letter(self) -> Letter:
        """The letter itself."""
        return self.ready.letter

    @property
    def over(self) -> bool:
        """Whether nothing is left to be done about it."""
        wait = self.case.wait
        return wait is None or wait.history or wait.state != "open" or wait.status not in OPEN_STATUSES


class Folder:
    """Decides what is told by digests. Its methods may run at once for different destinations."""

    def __init__(self, line: Line, config: DigestsConfig) -> None:
        self.line = line
        self.config = config
        self.window: Millis = config.storm.within if config.storm else OPEN_FOR
        self.number = config.storm.more_than if config.storm else sys.maxsize
        self.speaker = Speaker(line)

    def plan(self, destination: str, letters: Sequence[Letter]) -> Sequence[Letter]:
        """Of the letters for a destination, those to send one by one; the others are folded into a digest."""
        now = self.line.world.now()
        with self.line.store.read() as tx:
            plain = not self._concerned(tx, destination, letters, now)
        if plain:
            return letters
        told: list[Letter] = []
        with self.line.store.write() as tx:
            fold = Fold(self, tx, destination, now)
            withheld = fold.run()
            told, closed = fold.to_send(withheld), fold.closed
        self.speaker.look_again()
        for letter in closed:
            self.line.tell(letter, purpose(letter, None), "superseded", self.line.world.seconds())
        return told

    def _concerned(self, tx: Connection, destination: str, letters: Sequence[Letter], now: Instant) -> bool:
        """Whether there may be anything to fold: nearly always there is not, and nothing is written."""
        mine = [letter for letter in letters if _foldable(letter)]
        if not mine:
            return False
        late = any(now - letter.reached_at > self.config.catch_up_after for letter in mine)
        if late or any(letter.state == "held" for letter in mine) or digests.open_at(tx, destination):
            return True
        if any(one.kind == blind.KIND for one in digests.open_ones(tx)):
            return True
        recent = folding.recent(tx, destination, now - self.window)
        return any(number > self.number for number in _together(mine, recent).values())


class Fold:
    """One destination, in one transaction."""

    def __init__(self, folder: Folder, tx: Connection, destination: str, now: Instant) -> None:
        self.folder = folder
        self.line = folder.line
        self.tx = tx
        self.destination = destination
        self.now = now
        self.closed: list[Letter] = []
        self.judged: set[int] = set()
        """Letters that nobody objects to; one beyond what is looked at in one go has its turn later."""
        self.open: list[StoredDigest] = []
        self.news: dict[int, list[Free]] = {}
        """What each catch-up, by its number, lists only now."""

    def run(self) -> set[int]:
        """Fold what is to be folded; :returns: the letters that wait for a digest to speak first."""
        self.folder.speaker.tend(self.tx, self.destination, self.now)
        self.open = digests.open_at(self.tx, self.destination)
        left = self._judged()
        self.judged = {one.letter.id for one in left}
        listed = [one for one in left if one.ready.digest is not None]
        left = [one for one in left if one.ready.digest is None]
        for step in (self._blind, self._opening, self._storming, self._late, self._quiet, self._storm):
            left = step(left)
        withheld = self._beside(listed)
        self.folder.speaker.tend(self.tx, self.destination, self.now)
        return withheld

    def to_send(self, withheld: set[int]) -> list[Letter]:
        """What can go now: digests first."""
        room = outbox.AT_ONCE + len(withheld)
        found = folding.to_send(self.tx, self.destination, self.now, room)
        return [one for one in found if one.id not in withheld and (one.id in self.judged or not _foldable(one))]

    # --- who could go

    def _judged(self) -> list[Free]:
        """Those that nobody objects to; the others are closed or held at once, and those behind them looked at too."""
        released: dict[int, Instant] = {}
        for _ in range(CHAIN):
            found = folding.ready(self.tx, self.destination, self.now)
            cases = cases_of(self.tx, self.line, [one.letter for one in found], self.now)
            judged = [(one, case, judge(case)) for one, case in zip(found, cases, strict=True)]
            for one, _, verdict in judged:
                self._obey(one, verdict, released)
            if not any(isinstance(verdict, Close) for _, _, verdict in judged):
                return [Free(one, case, self._could_go_at(one, case, released)) for one, case, v in judged if v is None]
        return []

    def _obey(self, one: Ready, verdict: Close | Hold | None, released: dict[int, Instant]) -> None:
        match verdict:
            case Close(reason):
                outbox.finish(self.tx, one.letter.id, "superseded", reason, self.now)
                self.closed.append(one.letter)
                if one.letter.state == "held":
                    released[one.letter.wait] = one.not_before
            case Hold(until, reason):
                outbox.put_off(self.tx, one.letter.id, "held", reason, until)

    def _could_go_at(self, one: Ready, case: Case, released: Mapping[int, Instant]) -> Instant:
        """What was held on purpose, or stood behind such a letter, is not late."""
        held = one.not_before if one.letter.state == "held" else 0
        return max(one.letter.reached_at, held, released.get(one.letter.wait, 0), _quiet_ended_at(case) or 0)

    # --- the lines of the rule

    def _blind(self, free: list[Free]) -> list[Free]:
        known: dict[str, StoredDigest | None] = {}

        def home(one: Free) -> StoredDigest | None:
            wait = one.case.wait
            if wait is None or (one.letter.verified and wait.status is not Status.UNVERIFIED):
                return None
            if wait.channel not in known:
                reader = outbox.Reader(one.letter.audience, self.destination)
                number = blind.told_at(self.tx, wait.channel, reader, self.now, one.letter.mention)
                known[wait.channel] = None if number is None else digests.of(self.tx, number)
            return known[wait.channel]

        return self._into(free, home)

    def _opening(self, free: list[Free]) -> list[Free]:
        opening = next((one for one in self.open if one.kind == "opening" and _takes(one, self.now)), None)

        def home(one: Free) -> StoredDigest | None:
            wait = one.case.wait
            return opening if opening and wait and wait.started_at < opening.opened_at else None

        return self._into(free, home)

    def _storming(self, free: list[Free]) -> list[Free]:
        return self._into(free, lambda one: self._open("storm", one.letter.audience))

    def _late(self, free: list[Free]) -> list[Free]:
        after = self.folder.config.catch_up_after
        late = [one for one in free if self.now - one.could_go_at > after]
        home = self._open("catch_up")
        if not late or not (home or len(late) > 1 or late[0].over):
            return free
        home = home or self._start("catch_up", late)
        if home is None:
            return free
        self._fold([one for one in late if one.over], home)
        self._list([one for one in late if not one.over], home)
        return _without(free, late)

    def _quiet(self, free: list[Free]) -> list[Free]:
        waited = [one for one in free if (ended := _quiet_ended_at(one.case)) is not None and ended <= self.now]
        for audience, ones in _by_audience(waited).items():
            home = self._open("quiet", audience)
            if home is None and len(ones) > 1:
                home = self._start("quiet", ones)
            if home is not None:
                self._fold(ones, home)
                free = _without(free, ones)
        return free

    def _storm(self, free: list[Free]) -> list[Free]:
        recent = folding.recent(self.tx, self.destination, self.now - self.folder.window)
        for audience, ones in _by_audience(free).items():
            if len(ones) + recent.get(audience, 0) <= self.folder.number:
                continue
            home = self._unsaid_catch_up() or self._start("storm", ones)
            if home is not None:
                self._fold(ones, home)
                free = _without(free, ones)
        return free

    def _unsaid_catch_up(self) -> StoredDigest | None:
        home = self._open("catch_up")
        return home if home and self.folder.speaker.at_work(self.tx, home) else None

    def _beside(self, listed: Sequence[Free]) -> set[int]:
        """Those that a catch-up lists go once it spoke, or not at all when they are too many."""
        withheld: set[int] = set()
        groups: dict[int, list[Free]] = {}
        for one in listed:
            groups.setdefault(one.ready.digest or 0, []).append(one)
        for number in groups | self.news:
            home = digests.of(self.tx, number)
            if home is not None:
                withheld |= self._beside_one(home, groups.get(number, []), self.news.get(number, []))
        return withheld

    def _beside_one(self, home: StoredDigest, said: Sequence[Free], news: Sequence[Free]) -> set[int]:
        """Of one digest: `said` are those that it listed before, `news` those that it lists only now."""
        speaker = self.folder.speaker
        if speaker.at_work(self.tx, home):
            gone = [one for one in said if one.over]
            self._fold(gone, home)
            return self._withhold(_without([*said, *news], gone), home)
        many = folding.still_open(self.tx, home.id) > self.folder.number
        gone = [one for one in said if one.over or many]
        self._fold([*gone, *(news if many else ())], home)
        speaker.spoke_of(self.tx, home.id, len(gone))
        return set()

    def _withhold(self, free: Sequence[Free], home: StoredDigest) -> set[int]:
        """They go after the digest, and are not looked at again before it can go."""
        ids = {one.letter.id for one in free}
        next_at = self.folder.speaker.next_word_at(self.tx, home)
        if ids and next_at > self.now:
            folding.wait_for(self.tx, sorted(ids), next_at)
        return ids

    # --- how

    def _open(self, kind: str, audience: str | None = None) -> StoredDigest | None:
        fits = (one for one in self.open if one.kind == kind and audience in {None, one.audience})
        return next(fits, None)

    def _start(self, kind: str, ones: Sequence[Free]) -> StoredDigest | None:
        """Open a digest of that kind; its key names its first letter, so that no second one is opened for it."""
        first = ones[0].letter
        audience = self.line.world.audiences.get(first.audience)
        opening = Opening(
            key=f"{kind}:{self.destination}:{first.audience}:{first.id}",
            kind=kind,
            destination=self.destination,
            audience=first.audience,
            at=self.now,
            until=self.now + self._lasts(kind),
            mention=audience.wakes(self.now) if audience else first.mention,
        )
        number = digests.open_(self.tx, opening)
        opened = None if number is None else digests.of(self.tx, number)
        self.open += [opened] if opened else []
        return opened

    def _into(self, free: list[Free], home: Callable[[Free], StoredDigest | None]) -> list[Free]:
        """Fold each into its home; :returns: those that have none."""
        homes = [(one, home(one)) for one in free]
        for into in {at.id: at for _, at in homes if at}.values():
            self._fold([one for one, at in homes if at and at.id == into.id], into)
        return [one for one, at in homes if at is None]

    def _fold(self, ones: Sequence[Free], home: StoredDigest) -> None:
        if ones:
            outbox.fold(self.tx, [one.letter.id for one in ones], home.id, REASONS[home.kind])
            self._extend(home)

    def _list(self, ones: Sequence[Free], home: StoredDigest) -> None:
        if ones:
            folding.list_(self.tx, [one.letter.id for one in ones], home.id)
            livings.want_again(self.tx, -home.id, home.destination)
            self._extend(home)
            self.news.setdefault(home.id, []).extend(ones)

    def _extend(self, home: StoredDigest) -> None:
        if home.kind in FOLDED_INTO:
            digests.extend(self.tx, home.id, self.now + self._lasts(home.kind))

    def _lasts(self, kind: str) -> Millis:
        return self.folder.window if kind == "storm" else OPEN_FOR


def _foldable(letter: Letter) -> bool:
    """As `folding.ready` has them."""
    return letter.wait > outbox.NOTICE and letter.waiting and not letter.exempt


def _quiet_ended_at(case: Case) -> Instant | None:
    """When the quiet hours ended in which its stage was reached, if it was in any."""
    return case.audience.quiet_until(case.letter.reached_at) if case.audience else None


def _takes(of: StoredDigest, now: Instant) -> bool:
    return of.until is None or now < of.until


def _by_audience(free: Iterable[Free]) -> dict[str, list[Free]]:
    found: dict[str, list[Free]] = {}
    for one in free:
        found.setdefault(one.letter.audience, []).append(one)
    return found


def _without(free: Iterable[Free], gone: Iterable[Free]) -> list[Free]:
    ids = {one.letter.id for one in gone}
    return [one for one in free if one.letter.id not in ids]


def _together(letters: Iterable[Letter], recent: Mapping[str, int]) -> dict[str, int]:
    """By audience, those that want to go and those that were told one by one of late."""
    found: dict[str, int] = {}
    for letter in letters:
        found[letter.audience] = found.get(letter.audience, recent.get(letter.audience, 0)) + 1
    return found
