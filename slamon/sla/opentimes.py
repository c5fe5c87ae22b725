"""Weekly windows of local time → a table of open intervals on the axis of instants: all that knows about time zones."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING, cast

from slamon.model import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from slamon.model import Instant, Millis

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Before the first and after the last of these years, all time is open."""
INFINITY = cast("int", inf)
"""A float in truth: it is only ever compared with integers, and is larger than any."""
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a local time, of whatever zone
MONDAY = date(1970, 1, 5).toordinal()
DAYS_A_WEEK = 7
MINUTES_A_DAY = 1_440
MILLI = timedelta(milliseconds=1)


class Table:
    """Open intervals in order, with the open time that has run before and after each, counted from the first year.

    The first and the last entry are the edges of the table: empty, or endless where the years end. Never changed
    once made.
    """

    __slots__ = ("after", "before", "ends", "high", "inner", "low", "shift", "starts", "windows", "years", "zone")

    def __init__(
        self,
        zone: tzinfo,
        windows: Sequence[tuple[int, int, int]],
        years: range = range(0),
        inner: Sequence[tuple[Instant, Instant]] = (),
    ) -> None:
        self.zone, self.windows, self.years, self.inner = zone, windows, years, inner
        first, stop = (_new_year(zone, years.start), _new_year(zone, years.stop)) if years else (0, 0)
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

    def extended(self, years: range) -> Table:
        """A table of these years too, and of those between."""
        if not self.years:
            return Table(self.zone, self.windows, years, list(_open_times(self.zone, self.windows, years)))
        before = range(min(years.start, self.years.start), self.years.start)
        after = range(self.years.stop, max(years.stop, self.years.stop))
        inner = [
            *_open_times(self.zone, self.windows, before),
            *self.inner,
            *_open_times(self.zone, self.windows, after),
        ]
        return Table(self.zone, self.windows, range(before.start, after.stop), inner)


def year_of(instant: Instant) -> int:
    """The year in UTC, as far as tables reach."""
    first, last = (_new_year(UTC, year) for year in (FIRST_YEAR, LAST_YEAR))
    return datetime.fromtimestamp(min(max(instant, first), last) // SECOND, UTC).year


def _open_times(
    zone: tzinfo, windows: Sequence[tuple[int, int, int]], years: range
) -> Iterator[tuple[Instant, Instant]]:
    """Open intervals in order, without the overlaps that a repeated hour makes, cut to the years."""
    reached, stop = _new_year(zone, years.start), _new_year(zone, years.stop)
    for day in range(_first_day(years.start), _first_day(years.stop)):
        for weekday, opens, closes in windows:
            if weekday == (day - MONDAY) % DAYS_A_WEEK:
                start = max(_edge(zone, day, opens, closing=False), reached)
                end = min(_edge(zone, day, closes, closing=True), stop)
                if start < end:
                    yield start, end
                    reached = end


def _first_day(year: int) -> int:
    return date(year, 1, 1).toordinal()


def _new_year(zone: tzinfo, year: int) -> Instant:
    return _edge(zone, _first_day(year), 0, closing=False)


def _edge(zone: tzinfo, day: int, minute: int, *, closing: bool) -> Instant:
    """The instant of a local time, given as an ordinal day and minutes since its midnight."""
    local = ((day - EPOCH.toordinal()) * MINUTES_A_DAY + minute) * MINUTE
    naive = EPOCH + timedelta(milliseconds=local)
    first, second = _offset(naive, zone, fold=0), _offset(naive, zone, fold=1)
    if first >= second:
        return local - (second if closing else first)
    return _jump(zone, local - second, local - first)


def _offset(naive: datetime, zone: tzinfo, fold: int) -> Millis:
    offset = naive.replace(tzinfo=zone, fold=fold).utcoffset()
    return (offset or timedelta(0)) // MILLI


def _jump(zone: tzinfo, before: Instant, after: Instant) -> Instant:
    """The instant in (before, after] at which the clocks of `zone` leap forward, to the second."""
    earlier = _offset_at(before, zone)
    while after - before > SECOND:
        middle = (before + after) // (2 * SECOND) * SECOND
        before, after = (middle, after) if _offset_at(middle, zone) == earlier else (before, middle)
    return after


def _offset_at(instant: Instant, zone: tzinfo) -> timedelta | None:
    return datetime.fromtimestamp(instant // SECOND, zone).utcoffset()
