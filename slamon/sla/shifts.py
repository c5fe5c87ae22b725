"""Who is to be woken at which hour, and when nobody is: the shifts and the quiet hours of those who are told. Pure.

Edges follow local time as those of calendars do: one that the clocks skip is the instant of the jump, one that they
show twice begins at the first and ends at the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from slamon.model import DAY, MINUTE
from slamon.sla.calendars.localtime import instant_of, local
from slamon.sla.calendars.openhours import DAYS_A_WEEK, MONDAY, Exceptions, Week

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from slamon.model import Instant

Window: TypeAlias = tuple[int, int, int]
"""Weekday from Monday 0, and minutes since its midnight of both edges; an end past 1440 lies on the next day."""

BEFORE, AFTER = 2, 1
"""Days to look at around an instant: a window runs into the next day, and may meet one that the clocks pushed there."""
LONGEST = 2 * DAYS_A_WEEK + 1
"""Days: what is the same for longer is so for good, since all repeats weekly but the turns, and those change weekly."""
DAILY, WEEKLY = 1, DAYS_A_WEEK


@dataclass(frozen=True, slots=True)
class Turns:
    """Persons relieve each other every so many days, beginning with the first one on that day (an ordinal)."""

    every: int
    first: int


@dataclass(frozen=True, slots=True)
class Shift:
    """Whom to wake in some windows of the week: the first person first, each repetition the next one, then anew."""

    windows: tuple[Window, ...]
    wake: tuple[str, ...]
    turns: Turns | None = None

    def order(self, day: int) -> tuple[str, ...]:
        """In which order they are woken where it began on that day."""
        if self.turns is None:
            return self.wake
        first = (day - self.turns.first) // self.turns.every % len(self.wake)
        return self.wake[first:] + self.wake[:first]


@dataclass(frozen=True, slots=True)
class Duty:
    """The same persons, in the same order, in [begin, end)."""

    begin: Instant
    end: Instant
    wake: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shifts:
    """Shifts that do not overlap on any clock, in a time zone."""

    zone: tzinfo
    shifts: Sequence[Shift]

    def on(self, at: Instant) -> tuple[str, ...]:
        """Whom to wake then, the first one first; empty outside shifts."""
        duty = self._holding(at, AFTER)
        return () if duty is None else duty.wake

    def ends_at(self, at: Instant) -> Instant | None:
        """When others take over, or nobody does; `None` outside shifts, and where it goes on for good."""
        duty = self._holding(at, LONGEST + AFTER)
        return None if duty is None or duty.end > at + LONGEST * DAY else duty.end

    def starts(self, after: Instant, until: Instant) -> list[Instant]:
        """The instants in (after, until] at which a shift begins with others, or after nobody."""
        first, last = local(after, self.zone)[0], local(until, self.zone)[0]
        return [duty.begin for duty in self._duties(first - BEFORE, last + AFTER) if after < duty.begin <= until]

    def _holding(self, at: Instant, further: int) -> Duty | None:
        day = local(at, self.zone)[0]
        duties = self._duties(day - BEFORE, day + further)
        return next((duty for duty in duties if duty.begin <= at < duty.end), None)

    def _duties(self, first: int, last: int) -> Iterator[Duty]:
        """Those that begin on these days, in order; what goes on with the same persons is one."""
        joined: Duty | None = None
        for duty in _relieved(sorted(self._windows(first, last), key=lambda duty: duty.begin)):
            if joined is not None and (joined.end, joined.wake) == (duty.begin, duty.wake):
                joined = Duty(joined.begin, duty.end, duty.wake)
                continue
            if joined is not None:
                yield joined
            joined = duty
        if joined is not None:
            yield joined

    def _windows(self, first: int, last: int) -> Iterator[Duty]:
        for day in range(first, last + 1):
            for shift in self.shifts:
                for weekday, begin, end in shift.windows:
                    if weekday == (day - MONDAY) % DAYS_A_WEEK:
                        begins = instant_of(self.zone, day, begin * MINUTE)
                        yield Duty(begins, instant_of(self.zone, day, end * MINUTE, closing=True), shift.order(day))


def _relieved(duties: Sequence[Duty]) -> Iterator[Duty]:
    """Where an hour is shown twice, one shift has begun before the other ended: then the later one has it."""
    whole = [duty for duty in duties if duty.begin < duty.end]
    for duty, following in pairwise(whole):
        yield Duty(duty.begin, min(duty.end, following.begin), duty.wake)
    yield from whole[-1:]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Windows of the week in which nobody is told, in a time zone; they leave some time."""

    zone: tzinfo
    windows: tuple[Window, ...]

    def until(self, at: Instant) -> Instant | None:
        """When the quiet hours end that it is then; `None` outside them."""
        week = Week(self.zone, self.windows, Exceptions())
        begin, end = next(iter(week.open_times(at, at + LONGEST * DAY)), (at + 1, at))
        return end if begin <= at else None
