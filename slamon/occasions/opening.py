"""One digest when a calendar opens, and when a shift begins: who waits, what is due within the hour, who has what.

For an hour it is open: stages of those waits are folded into it, and it is brought up to date.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.digests.rows import SHOWN, handling_of
from slamon.digests.said import Said, loads
from slamon.model import HOUR, MINUTE
from slamon.notifiers.text import clock
from slamon.occasions.base import Paced, keep, opens, people
from slamon.sla.calendars.openings import openings
from slamon.store import digests, facts, occasions
from slamon.store.digests import Opening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from slamon.audiences import Audience
    from slamon.model import Instant, Millis
    from slamon.occasions.base import World
    from slamon.sla.calendar import Calendar
    from slamon.sla.policy import ChannelRules, RuleSet
    from slamon.store.digests import StoredDigest
    from slamon.store.occasions import Crowd

KIND = "opening"
LASTS: Millis = HOUR
LATE: Millis = 30 * MINUTE
"""A daemon that comes up so long after an opening still tells of it; later on, catching up does."""
NIGHT: Millis = 12 * HOUR
"""How far back "since closing" reaches where nothing says when that was."""
NOTE = "What falls due in this hour is told here, not one by one."
NAMES = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant at which people at one destination begin."""

    at: Instant
    audience: Audience
    shift: bool
    closed_at: Instant | None = None

    @property
    def key(self) -> str:
        """One digest for each."""
        return f"opening:{self.audience.destination}:{self.at}"


@dataclass(slots=True)
class Reach:
    """What one destination hears of."""

    audience: Audience
    calendars: dict[str, Calendar] = field(default_factory=dict)
    """Those that close, by what they are."""
    policies: set[tuple[str, str]] = field(default_factory=set)
    """(channel, policy)."""


class Openings:
    """Openings of calendars and changes of shifts."""

    name = "opening"

    def __init__(self, world: World, *, always: bool) -> None:
        self.world = world
        self.always = always
        self.paced = Paced()
        self._gathered: tuple[RuleSet, dict[str, Reach]] | None = None

    def look(self, now: Instant) -> None:
        """Open what begins, and keep what is open."""
        reaches = self._reaches()
        if self.world.may_count():
            for moment in self._moments(reaches, now):
                self._begin(moment, reaches[moment.audience.destination], now)
        with self.world.store.read() as tx:
            standing = occasions.standing(tx, KIND)
        for of in standing:
            self._keep(of, reaches.get(of.destination), now)

    def _reaches(self) -> dict[str, Reach]:
        """By destination; gathered once for each rule set."""
        rules = self.world.rules()
        if self._gathered is None or self._gathered[0] is not rules:
            found: dict[str, Reach] = {}
            for channel in self.world.channels:
                _gather(found, channel, rules.of(channel), self.world)
            self._gathered = rules, found
        return self._gathered[1]

    def _moments(self, reaches: dict[str, Reach], now: Instant) -> Iterator[Moment]:
        """What began within `LATE`, once for each instant and destination."""
        for reach in reaches.values():
            shifts = [
                (at, audience)
                for audience in self.world.audiences.values()
                if audience.destination == reach.audience.destination
                for at in audience.shift_starts(now - LATE, now)
            ]
            found = {at: Moment(at, audience, shift=True) for at, audience in shifts}
            for calendar in reach.calendars.values():
                for edge in openings(calendar, now - LATE, now):
                    known = found.get(edge.at)
                    found[edge.at] = Moment(
                        edge.at,
                        known.audience if known else reach.audience,
                        shift=False,
                        closed_at=_earlier(edge.closed_at, known.closed_at if known else None),
                    )
            yield from found.values()

    def _begin(self, moment: Moment, reach: Reach, now: Instant) -> None:
        with self.world.store.read() as tx:
            if occasions.opened(tx, moment.key):
                return
            said = self._said(tx, _about(moment), reach, (), now)
        if not said.about["waits"] and not (self.always and not moment.shift):
            return
        opening = Opening(
            key=moment.key,
            kind=KIND,
            destination=moment.audience.destination,
            audience=moment.audience.name,
            at=now,
            until=moment.at + LASTS,
            spoken=int(said.about["waits"]),
            said=said.dumps(),
            mention=moment.audience.wakes(now),
        )
        opens(self.world.store, opening)

    def _keep(self, of: StoredDigest, reach: Reach | None, now: Instant) -> None:
        """The same about those who still wait; for the last time when its hour is over."""
        before, over = loads(of.said), of.until is not None and now >= of.until
        if not over and not self.paced.due(of.id, now):
            return
        with self.world.store.read() as tx:
            said = self._said(tx, dict(before.about), reach, before.rows, now) if reach else before
        if not over and said == before:
            return
        with self.world.store.write() as tx:
            keep(tx, of, said)
            if over:
                digests.close(tx, of.id, now)

    def _said(
        self,
        tx: Connection,
        about: dict[str, object],
        reach: Reach,
        before: Sequence[tuple[int, str, str]],
        now: Instant,
    ) -> Said:
        at, closed_at = int(str(about["at"])), int(str(about["closed_at"]))
        crowds = [
            one
            for one in occasions.crowds(tx, at, closed_at, at + LASTS)
            if (one.channel, one.policy) in reach.policies
        ]
        soon = [one for one in occasions.due_soon(tx, at, at + LASTS) if (one.channel, one.policy) in reach.policies]
        listed = [*((wait, target) for wait, target, _ in before), *((one.wait, one.target) for one in soon)]
        stand = occasions.statuses(tx, dict.fromkeys(listed).keys())
        rows = [(*one, stand[one]) for one in dict.fromkeys(listed) if one in stand][:SHOWN]
        words = _Words(crowds, self.world, now, at, closed_at if about["closed"] else None)
        return Said(
            title=words.title(shift=bool(about["shift"])),
            facts=(*words.facts(), *self._hands(tx, reach, now)),
            rows=tuple(rows),
            more=max(0, len({one.wait for one in soon} - {row[0] for row in rows})),
            note=NOTE if crowds else "",
            open=bool(crowds),
            about={**about, "waits": sum(one.waits for one in crowds)},
        )

    def _hands(self, tx: Connection, reach: Reach, now: Instant) -> list[tuple[str, str]]:
        """Who has acknowledged and snoozed how many."""
        by: dict[str, list[str]] = {"Acknowledged": [], "Snoozed": []}
        mine = [one for one, *place in occasions.in_hand(tx, now) if tuple(place) in reach.policies]
        found = facts.of_waits(tx, mine) if mine else {}
        for waits in found.values():
            for hand in (handling_of(tx, one, now) for one in waits[:1]):
                by["Acknowledged"] += [hand.acknowledged.by] if hand.acknowledged else []
                by["Snoozed"] += [hand.snoozed.by] if hand.snoozed else []
        return [(label, _by(names)) for label, names in by.items() if names]


@dataclass(frozen=True, slots=True)
class _Words:
    crowds: Sequence[Crowd]
    world: World
    now: Instant
    at: Instant
    closed_at: Instant | None

    def _clock(self, at: Instant) -> str:
        return clock(at, self.world.zone, self.now)

    def _sum(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.crowds)

    def title(self, *, shift: bool) -> str:
        """How many, in one line."""
        what = "Shift since" if shift else "Open since"
        if not self.crowds:
            return f"{what} {self._clock(self.at)}: nobody waits"
        late = self._sum("late")
        parts = [people(self._sum("waits")), f"{self._sum('due')} due by {self._clock(self.at + LASTS)}"]
        return f"{what} {self._clock(self.at)}: {', '.join([*parts, *([f'{late} past due'] if late else [])])}"

    def facts(self) -> list[tuple[str, str]]:
        """The figures, of those who began to wait before."""
        if not self.crowds:
            return []
        oldest = min(one.oldest for one in self.crowds)
        facts = [("Waiting", str(self._sum("waits"))), ("Oldest", f"since {self._clock(oldest)}")]
        if self.closed_at is not None:
            facts.append((f"Since closing, {self._clock(self.closed_at)}", str(self._sum("recent"))))
        return [*facts, ("Due in the first hour", str(self._sum("due"))), ("Already past due", str(self._sum("late")))]


def _gather(found: dict[str, Reach], channel: str, rules: ChannelRules, world: World) -> None:
    for policy in rules.policies:
        for stage in policy.stages:
            audience = world.audiences.get(stage.audience)
            if audience is None:
                continue
            reach = found.setdefault(audience.destination, Reach(audience))
            reach.policies.add((channel, policy.name))
            if policy.calendar.closes:
                reach.calendars[policy.calendar.fingerprint] = policy.calendar


def _about(moment: Moment) -> dict[str, object]:
    closed_at = moment.at - NIGHT if moment.closed_at is None else moment.closed_at
    known = moment.closed_at is not None
    return {"at": moment.at, "closed_at": closed_at, "closed": known, "shift": moment.shift}


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _by(names: Sequence[str]) -> str:
    """`3 by Ann, Ben`."""
    different = list(dict.fromkeys(names))
    more = f" and {len(different) - NAMES} more" if len(different) > NAMES else ""
    return f"{len(names)} by {', '.join(different[:NAMES])}{more}"
