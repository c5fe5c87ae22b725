"""When time counts. The interface is final; a calendar is asked in epoch milliseconds and answers in them.

A weekly calendar is compiled to a table of open intervals, by whole years and on demand, and searched by bisection.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from slamon.sla.opentimes import DAYS_A_WEEK, FIRST_YEAR, LAST_YEAR, MINUTES_A_DAY, Table, year_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from slamon.model import Instant, Millis


@dataclass(frozen=True, slots=True, order=True)
class OpenDays:
    """A length in open days of a calendar, however long each of them is: `1bd`."""

    days: int


class Calendar(Protocol):
    """Open time on the axis of instants. Windows are half-open: [open, close)."""

    @property
    def name(self) -> str:
        """The name that admins gave it; `always` is built in."""
        ...

    def add(self, start: Instant, span: Millis) -> Instant:
        """The instant at which `span` of open time has passed since `start`; on a closing edge it stays there."""
        ...

    def open_between(self, start: Instant, end: Instant) -> Millis:
        """The open time in [start, end); 0 where end is not after start."""
        ...


class Always:
    """Around the clock."""

    name = "always"

    def add(self, start: Instant, span: Millis) -> Instant:
        """`start` + `span`."""
        return start + span

    def open_between(self, start: Instant, end: Instant) -> Millis:
        """The wall time in [start, end)."""
        return max(0, end - start)


ALWAYS = Always()


class Weekly:
    """The same windows every week, in a time zone; safe from any thread.

    Windows are (weekday, open minute, close minute): Monday is 0, minutes count from local midnight, 1440 closes the
    day. A local edge that the clocks skip is the instant of the jump; one they show twice opens at the first and
    closes at the second. Before 1970 and after 2100 it counts around the clock.

    :raises ValueError: no window, or one that does not end after it begins on its day.
    """

    __slots__ = ("_table", "name", "windows", "zone")

    def __init__(self, name: str, zone: tzinfo, windows: Iterable[tuple[int, int, int]]) -> None:
        self.name = name
        self.zone = zone
        self.windows = tuple(sorted(windows))
        days = range(DAYS_A_WEEK)
        if not self.windows or not all(d in days and 0 <= a < b <= MINUTES_A_DAY for d, a, b in self.windows):
            raise ValueError(f"calendar {name}: windows must open before they close, on weekdays 0 to 6")
        self._table = Table(zone, self.windows)

    @property
    def closes(self) -> bool:
        """Whether any time of the week is closed."""
        reached = 0
        for day, begin, end in self.windows:
            if day * MINUTES_A_DAY + begin > reached:
                return True
            reached = max(reached, day * MINUTES_A_DAY + end)
        return reached < DAYS_A_WEEK * MINUTES_A_DAY

    def add(self, start: Instant, span: Millis) -> Instant:
        """The instant at which `span` of open time has passed since `start`; on a closing edge it stays there.

        Nothing added is `start` itself. A negative span goes back, to the latest instant from which so much open
        time leads up to `start`.
        """
        table = self._table
        if not table.low <= start < table.high:
            table = self._covering(start)
        if span <= 0:
            return self._back(table, start, -span) if span else start
        while (want := table.reading(start) + span) > table.after[-1]:
            table = self._grown(table.years.start, table.years.stop + len(table.years))
        return want + table.shift[bisect_left(table.after, want)]

    def open_between(self, start: Instant, end: Instant) -> Millis:
        """The open time in [start, end); 0 where end is not after start."""
        if end <= start:
            return 0
        table = self._table
        if not (table.low <= start and end < table.high):
            table = self._covering(start, end)
        return table.reading(end) - table.reading(start)

    def _back(self, table: Table, start: Instant, span: Millis) -> Instant:
        while (want := table.reading(start) - span) < table.before[0]:
            table = self._grown(table.years.start - len(table.years), table.years.stop)
        return want + table.shift[bisect_right(table.before, want) - 1]

    def _covering(self, *instants: Instant) -> Table:
        years = [year_of(instant) for instant in instants]
        return self._grown(min(years) - 1, max(years) + 2)  # a year more each: local years differ from UTC's

    def _grown(self, first: int, stop: int) -> Table:
        # Two threads may grow at once: each goes on with its own table, whichever is kept for the next call.
        years = range(max(first, FIRST_YEAR), min(stop, LAST_YEAR + 1))
        self._table = table = self._table.extended(years)
        return table
