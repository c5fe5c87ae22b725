"""The waits of a span, read one by one → counts by channel and policy, and beside them the flow and the worst."""

from __future__ import annotations

import heapq
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.model import DAY, RESPONSES, Status
from slamon.report.counts import CellCount, judged
from slamon.report.signatures import signature
from slamon.report.week import Clock
from slamon.sla.calendar import ALWAYS
from slamon.sla.fate import Fate
from slamon.sla.timer import calendar_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import tzinfo

    from slamon.model import Instant, Millis
    from slamon.report.flow import FlowCount
    from slamon.sla.calendar import Calendar
    from slamon.sla.policy import Policy, RuleSet
    from slamon.store.cohort import Carried, Handed, TimerRow, WaitRow

WORST = 20
PRIVATE_WITHIN: Millis = 7 * DAY
"""A private answer later than this after the hand-over is taken for another matter."""
SIGNATURES = 1_000
"""Accounts and signatures that are told apart; all further ones count as unsigned."""
SAID = (Fate.ANSWERED, Fate.AUTOMATION, Fate.HANDED_OVER)
RUNS = (Fate.OPEN, Fate.UNVERIFIED)


class AnswererCount:
    """The answers of one account under one signature."""

    __slots__ = ("answers", "due", "met", "wall")

    def __init__(self) -> None:
        self.answers = self.due = self.met = 0
        self.wall = array("q")


@dataclass(slots=True)
class Terms:
    """By what a wait is measured: the rules, the zone where its policy has none, and now."""

    rules: RuleSet
    zone: tzinfo
    now: Instant
    names: Mapping[int, str]
    """Channels by number."""
    _policies: dict[tuple[int, str], Policy | None] = field(default_factory=dict)
    _clocks: dict[tzinfo, Clock] = field(default_factory=dict)

    def policy(self, channel: int, name: str) -> Policy | None:
        """The policy of that name, if today's rules have it."""
        key = channel, name
        if key not in self._policies:
            rules = self.rules.of(self.names[channel])
            self._policies[key] = next((policy for policy in rules.policies if policy.name == name), None)
        return self._policies[key]

    def calendar(self, channel: int, name: str) -> Calendar:
        """In which time its answers are counted."""
        policy = self.policy(channel, name)
        return policy.calendar if policy else ALWAYS

    def clock(self, calendar: Calendar) -> Clock:
        """The clocks that its hours of the week are told by."""
        zone = calendar.zone or self.zone
        found = self._clocks.get(zone)
        if found is None:
            found = self._clocks[zone] = Clock(zone)
        return found

    def abandoned_after(self, channel: int) -> Millis:
        """How long the customer has to be silent there."""
        return self.rules.of(self.names[channel]).abandoned_after


class Counting:
    """All that is counted. Cells are by channel and policy."""

    def __init__(self, terms: Terms, flow: FlowCount, only: Collection[str] = ()) -> None:
        """Count those of the policies in `only`; of all, where it is empty."""
        self.terms, self.flow, self.only = terms, flow, only
        self.cells: dict[tuple[int, str], CellCount] = {}
        self.answerers: dict[tuple[int, str, str], AnswererCount] = {}
        self.handed: dict[int, CellCount] = {}
        """Waits that were handed over, and where they are counted."""
        self._worst: list[tuple[Millis, int, str]] = []

    def cell(self, channel: int, policy: str) -> CellCount:
        """The one of that policy."""
        key = channel, policy
        if key not in self.cells:
            self.cells[key] = CellCount()
        return self.cells[key]

    def count(self, row: WaitRow) -> None:
        """Count one wait."""
        if self.only and row.policy not in self.only:
            return
        cell = self.cell(row.channel, row.policy)
        cell.waits += 1
        cell.fates[row.fate] += 1
        cell.suspected += row.suspected
        if row.fate in RUNS:
            cell.waits_since(row.started_at)
        if row.fate is Fate.HANDED_OVER:
            self.handed[row.id] = cell
        calendar = self.terms.calendar(row.channel, row.policy)
        counted = () if row.by_hand else _held(row)
        self._promises(cell, row, counted, calendar)
        main = row.main if row.main in counted else None
        due, met = judged(main, self.terms.now) if main else (0, 0)
        self._hours(cell, row, calendar, (due, met))
        self._answer(row, (due, met))
        self._passes(row)

    def _promises(self, cell: CellCount, row: WaitRow, held: Iterable[TimerRow], calendar: Calendar) -> None:
        now = self.terms.now
        cell.unmatched += not row.by_hand and (row.main is None or not row.main.policy)
        for timer in held:
            if timer.target in RESPONSES:
                cell.promise(timer, row.started_at, now, calendar)
                self._late(row, timer)
            else:
                policy = self.terms.policy(row.channel, timer.policy)
                mine = cell if timer.policy == row.policy else self.cell(row.channel, timer.policy)
                mine.promise(timer, timer.started_at, now, calendar_of(policy, timer.target) if policy else ALWAYS)

    def _late(self, row: WaitRow, timer: TimerRow) -> None:
        late = (self.terms.now if timer.answered_at is None else timer.answered_at) - timer.due_at
        if late <= 0 or timer.status is Status.CANCELLED:
            return
        keep = heapq.heappush if len(self._worst) < WORST else heapq.heappushpop
        keep(self._worst, (late, -row.id, timer.target.value))

    def _hours(self, cell: CellCount, row: WaitRow, calendar: Calendar, judgement: tuple[int, int]) -> None:
        due, met = judgement
        hour = self.terms.clock(calendar).hour(row.started_at)
        cell.week.arrivals[hour] += 1
        cell.week.due[hour] += due
        cell.week.met[hour] += met
        began = cell.in_hours if calendar.is_open(row.started_at) else cell.out_of_hours
        began.arrivals += 1
        began.due += due
        began.met += met
        if row.answered_at is not None:
            (cell.in_hours if calendar.is_open(row.answered_at) else cell.out_of_hours).answers += 1
            began.wall.append(max(0, row.answered_at - row.started_at))

    def _answer(self, row: WaitRow, judgement: tuple[int, int]) -> None:
        if row.fate not in SAID or row.answered_at is None or not row.answerer:
            return
        key = row.channel, row.answerer, signature(row.ending)
        if key not in self.answerers and len(self.answerers) >= SIGNATURES:
            key = row.channel, "", ""
        count = self.answerers.setdefault(key, AnswererCount())
        count.answers += 1
        count.due += judgement[0]
        count.met += judgement[1]
        count.wall.append(max(0, row.answered_at - row.started_at))

    def _passes(self, row: WaitRow) -> None:
        self.flow.began(row.started_at)
        if row.answered_at is not None:
            self.flow.ended(row.answered_at, answered=not row.by_hand)
        elif row.fate is Fate.ABANDONED:
            self.flow.ended(row.last_message_at + self.terms.abandoned_after(row.channel), answered=False)
        elif row.cancelled_at is not None:
            self.flow.ended(row.cancelled_at, answered=False)

    def carry(self, row: Carried) -> None:
        """Count one that began before, and goes on into the span."""
        if self.only and row.policy not in self.only:
            return
        ended = row.ended_at
        if row.silent_since is not None:
            ended = row.silent_since + self.terms.abandoned_after(row.channel)
            if ended < self.flow.edges[0]:
                return
        self.flow.carried()
        if row.answered_at is not None:
            self.flow.ended(row.answered_at, answered=True)
        elif ended is not None:
            self.flow.ended(ended, answered=False)

    def go_on(self, handed: Iterable[Handed], answers: Iterable[tuple[str, str, Instant]]) -> None:
        """Look for the private answer to each customer who was asked to go on elsewhere."""
        waiting: dict[tuple[str, str], list[Handed]] = {}
        first: dict[int, Instant] = {}
        for one in handed:
            if one.wait in self.handed:
                waiting.setdefault((one.platform, one.customer), []).append(one)
        for platform, customer, at in answers:
            for one in waiting.get((platform, customer), ()):
                if one.answered_at <= at <= one.answered_at + PRIVATE_WITHIN:
                    first[one.wait] = min(at, first.get(one.wait, at))
        for of in waiting.values():
            for one in of:
                if one.wait in first:
                    self.handed[one.wait].handed_private.append(first[one.wait] - one.started_at)

    @property
    def worst(self) -> list[tuple[int, str, Millis]]:
        """(wait, target, how late), the longest past due first."""
        return [(-number, target, late) for late, number, target in sorted(self._worst, reverse=True)]


def _held(row: WaitRow) -> tuple[TimerRow, ...]:
    """The promises that count: where no policy is for a wait, none was made."""
    main = (row.main,) if row.main and row.main.policy else ()
    return (*main, *row.beside)
