"""What is counted while the waits are read one by one: numbers and spans of time, never the waits themselves."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING

from slamon.model import OPEN_STATUSES, RESPONSES, Settled, Status
from slamon.report.week import WeekCount
from slamon.sla.fate import Fate

if TYPE_CHECKING:
    from slamon.model import Instant, Millis, Target
    from slamon.sla.calendar import Calendar
    from slamon.store.cohort import TimerRow

ANSWERED = (Fate.ANSWERED, Fate.AUTOMATION, Fate.HANDED_OVER, Fate.ELSEWHERE)
OWED = (*ANSWERED, Fate.ABANDONED, Fate.OPEN, Fate.UNVERIFIED)
"""All that was received but what needs no reply, was dismissed, or was taken back by the customer."""
OPEN = frozenset(OPEN_STATUSES)
_OTHERWISE = {
    (Settled.LATE, Status.MET): "late_to_in_time",
    (Settled.IN_TIME, Status.MISSED): "in_time_to_late",
    (Settled.IN_TIME, Status.BREACHED): "in_time_to_late",
    (Settled.IN_TIME, Status.CANCELLED): "in_time_to_cancelled",
    (Settled.LATE, Status.CANCELLED): "late_to_cancelled",
}
"""As the metric counts corrections, in `store.record`."""


def judged(timer: TimerRow, now: Instant) -> tuple[int, int]:
    """(due, met) of one promise: due is what was kept or broken, or is open past its time."""
    if timer.status is Status.MET:
        return 1, 1
    late = timer.status is Status.MISSED or (timer.status in OPEN and timer.due_at < now)
    return int(late), 0


class PromiseCount:
    """The promises of one target."""

    __slots__ = (
        "business",
        "cancelled",
        "met",
        "missed",
        "open",
        "open_past_due",
        "out_of_hours",
        "waiting",
        "waiting_business",
        "wall",
    )

    def __init__(self) -> None:
        self.met = self.missed = self.open = self.open_past_due = self.cancelled = self.out_of_hours = 0
        self.wall, self.business = array("q"), array("q")
        self.waiting, self.waiting_business = array("q"), array("q")

    def count(self, timer: TimerRow, began_at: Instant, now: Instant, calendar: Calendar) -> None:
        """Count one. `began_at`: what its time is measured from."""
        if timer.status is Status.CANCELLED:
            self.cancelled += 1
        elif timer.status in OPEN:
            self.open += 1
            self.open_past_due += timer.due_at < now
            self.waiting.append(max(0, now - began_at))
            self.waiting_business.append(calendar.open_between(began_at, now))
        else:
            self.met += timer.status is Status.MET
            self.missed += timer.status is Status.MISSED
            self._answered(timer, began_at, calendar)

    def _answered(self, timer: TimerRow, began_at: Instant, calendar: Calendar) -> None:
        if timer.answered_at is None:
            return
        self.wall.append(max(0, timer.answered_at - began_at))
        elapsed = timer.elapsed or 0
        if elapsed == 0 and calendar.closes and not (calendar.is_open(began_at) or calendar.is_open(timer.answered_at)):
            self.out_of_hours += 1
        else:
            self.business.append(elapsed)

    def add(self, other: PromiseCount) -> None:
        """Count those of `other` too."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class HoursCount:
    """Waits that began in opening hours, or outside."""

    __slots__ = ("answers", "arrivals", "due", "met", "wall")

    def __init__(self) -> None:
        self.arrivals = self.answers = self.due = self.met = 0
        self.wall = array("q")

    def add(self, other: HoursCount) -> None:
        """Count those of `other` too."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class CellCount:
    """All that is counted of a policy on a channel; sums of these are the figures of everything larger."""

    __slots__ = (
        "conversations",
        "corrections",
        "fates",
        "handed_private",
        "in_hours",
        "oldest_open_at",
        "out_of_hours",
        "rounds",
        "suspected",
        "targets",
        "unmatched",
        "waits",
        "week",
    )

    def __init__(self) -> None:
        self.fates: Counter[Fate] = Counter()
        self.waits = self.unmatched = self.suspected = self.conversations = self.rounds = 0
        self.corrections: Counter[str] = Counter()
        self.targets: dict[Target, PromiseCount] = {}
        self.oldest_open_at: Instant | None = None
        self.handed_private = array("q")
        self.in_hours, self.out_of_hours = HoursCount(), HoursCount()
        self.week = WeekCount()

    def promise(self, timer: TimerRow, began_at: Instant, now: Instant, calendar: Calendar) -> None:
        """Count one of a wait's promises."""
        if timer.target not in self.targets:
            self.targets[timer.target] = PromiseCount()
        self.targets[timer.target].count(timer, began_at, now, calendar)
        if timer.settled and (otherwise := _OTHERWISE.get((Settled(timer.settled), timer.status))):
            self.corrections[otherwise] += 1

    def waits_since(self, at: Instant) -> None:
        """Somebody waits since then."""
        self.oldest_open_at = at if self.oldest_open_at is None else min(self.oldest_open_at, at)

    def add(self, other: CellCount, *, conversations: bool) -> None:
        """Count those of `other` too; `conversations`: none of them is in both."""
        self.fates += other.fates
        self.corrections += other.corrections
        for name in ("waits", "unmatched", "suspected"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if conversations:
            self.conversations += other.conversations
            self.rounds += other.rounds
        for target, count in other.targets.items():
            self.targets.setdefault(target, PromiseCount()).add(count)
        if other.oldest_open_at is not None:
            self.waits_since(other.oldest_open_at)
        self.handed_private += other.handed_private
        self.in_hours.add(other.in_hours)
        self.out_of_hours.add(other.out_of_hours)
        self.week.add(other.week)

    @property
    def response(self) -> PromiseCount:
        """Both kinds of answers together."""
        both = PromiseCount()
        for target in RESPONSES:
            if target in self.targets:
                both.add(self.targets[target])
        return both


def span_of(count: array[int]) -> list[Millis]:
    """Its spans in order."""
    return sorted(count)
