"""Open intervals on the axis of instants: joined, cut, taken away, and in a table that bisection searches."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING, TypeAlias, cast

from slamon.sla.calendars.localtime import FIRST_YEAR, LAST_YEAR, new_year

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from slamon.model import Instant, Millis

    Interval: TypeAlias = tuple[Instant, Instant]
    """Half-open: [begin, end)."""
    OpenTimes: TypeAlias = Callable[[Instant, Instant], Iterable[Interval]]
    """Open time within [first, stop): intervals in order that neither touch nor overlap."""

INFINITY = cast("int", inf)
"""A float in truth: it is only ever compared with integers, and is larger than any."""


def joined(intervals: Iterable[Interval], first: Instant, stop: Instant) -> Iterator[Interval]:
    """Intervals, given in the order of their begin, cut to [first, stop); those that touch or overlap become one."""
    opened = reached = first
    for begin, end in intervals:
        if end <= reached or end <= begin:
            continue
        if begin > reached:
            if opened < reached:
                yield opened, min(reached, stop)
            opened = begin
        if opened >= stop:
            return
        reached = end
    if opened < reached:
        yield opened, min(reached, stop)


def without(intervals: Iterable[Interval], closed: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of intervals when the `closed` ones are taken away; both in order, neither touching its like."""
    i = 0
    for begin, end in intervals:
        while i < len(closed) and closed[i][1] <= begin:
            i += 1
        rest, j = begin, i
        while j < len(closed) and closed[j][0] < end:
            if rest < closed[j][0]:
                yield rest, closed[j][0]
            rest = closed[j][1]
            j += 1
        if rest < end:
            yield rest, end


class Table:
    """Open intervals in order, with the open time that has run before and after each, counted from the first year.

    The first and the last entry are the edges of the table: empty, or endless where the years end. Never changed
    once made.
    """

    __slots__ = ("after", "before", "ends", "high", "inner", "low", "shift", "starts", "times", "years")

    def __init__(self, times: OpenTimes, years: range = range(0), inner: Sequence[Interval] = ()) -> None:
        self.times, self.years, self.inner = times, years, inner
        first, stop = (new_year(years.start), new_year(years.stop)) if years else (0, 0)
        self.low = -INFINITY if years.start == FIRST_YEAR else first
        self.high = INFINITY if years.stop > LAST_YEAR else stop
        self.starts = [self.low, *(start for start, _ in inner), stop]
        self.ends = [first, *(end for _, end in inner), self.high]
        self.after = list(accumulate((end - start for start, end in inner), initial=0))
        self.before = [self.low if self.low == -INFINITY else 0, *self.after]
        self.after.append(self.high if self.high == INFINITY else self.after[-1])
        self.shift = [first, *(start - b for start, b in zip(self.starts[1:], self.before[1:], strict=True))]
        """What turns a reading within an interval into an instant."""

    def reading(self, instant: Instant) -> Millis:
        """The open time from the table's zero to `instant`, which lies in [low, high)."""
        i = bisect_right(self.starts, instant) - 1
        end = self.ends[i]
        return (instant if instant < end else end) - self.shift[i]  # noqa: FURB136 - min() takes twice as long

    def opening(self, instant: Instant) -> Instant:
        """The first open instant at or after `instant`; the table's stop when it holds no further one."""
        i = bisect_right(self.starts, instant) - 1
        return instant if instant < self.ends[i] else self.starts[i + 1]

    def closing(self, instant: Instant) -> Instant:
        """`instant` where the time just before it is open, else the last closing edge, in the table, before it."""
        reading = self.reading(instant)
        return reading + self.shift[bisect_left(self.after, reading)]

    def between(self, first: Instant, stop: Instant) -> Iterator[Interval]:
        """The open time within [first, stop), which the years of the table cover."""
        known = self.inner[max(bisect_right(self.starts, first) - 2, 0) : bisect_left(self.starts, stop)]
        return joined(known, first, stop)

    def extended(self, years: range) -> Table:
        """A table of these years too, and of those between."""
        if not self.years:
            return Table(self.times, years, list(self._times(years)))
        before = range(min(years.start, self.years.start), self.years.start)
        after = range(self.years.stop, max(years.stop, self.years.stop))
        inner = [*self._times(before), *self.inner, *self._times(after)]
        return Table(self.times, range(before.start, after.stop), inner)

    def _times(self, years: range) -> Iterable[Interval]:
        return self.times(new_year(years.start), new_year(years.stop)) if years else ()
