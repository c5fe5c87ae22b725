"""The kinds of calendars: windows of a week with exceptions, several as one, one without what closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import DAY
from slamon.sla.calendars.localtime import new_year
from slamon.sla.calendars.openhours import DAYS_A_WEEK, MINUTES_A_DAY, Exceptions, Week, covers_week
from slamon.sla.calendars.opentimes import joined, without
from slamon.sla.calendars.tabled import Tabled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import tzinfo

    from slamon.model import Instant
    from slamon.sla.calendar import Calendar
    from slamon.sla.calendars.opentimes import Interval, OpenTimes

FORTNIGHT = 14 * DAY
LOOKED_AT = range(2024, 2032)
"""The years in which a gap between the parts of a union would be found."""


class Weekly(Tabled):
    """The same windows every week, but for exceptions, in a time zone.

    Windows are (weekday, open minute, close minute): Monday is 0, minutes count from local midnight, 1440 closes the
    day, more lies on the next one; none lasts longer than a day. A local edge that the clocks skip is the instant of
    the jump; one they show twice opens at the first and closes at the second.

    :raises ValueError: no window at all, or one that cannot be.
    """

    __slots__ = ("_closes", "_week", "windows")

    def __init__(
        self, name: str, zone: tzinfo, windows: Iterable[tuple[int, int, int]], exceptions: Exceptions | None = None
    ) -> None:
        exceptions = exceptions or Exceptions()
        self.windows = tuple(sorted(windows))
        on_dates = [hours for hours in (*exceptions.days.values(), *exceptions.yearly.values()) if hours]
        edges = [*((a, b) for _, a, b in self.windows), *(edges for hours in on_dates for edges in hours)]
        if not edges or not all(day in range(DAYS_A_WEEK) for day, _, _ in self.windows):
            raise ValueError(f"calendar {name}: it needs a window, and weekdays are 0 to 6")
        if not all(0 <= begin < MINUTES_A_DAY and begin < end <= begin + MINUTES_A_DAY for begin, end in edges):
            raise ValueError(f"calendar {name}: windows must open before they close, within a day")
        self._closes = exceptions.close or not covers_week(self.windows)
        self._week = Week(zone, self.windows, exceptions)
        super().__init__(name, zone, ("weekly", str(zone), self.windows, exceptions.content))

    @property
    def closes(self) -> bool:
        """Whether any time is closed."""
        return self._closes

    def _compiled(self, first: Instant, stop: Instant) -> Iterable[Interval]:
        return self._week.open_times(first, stop)


class Union(Tabled):
    """Open while any of its parts is. Its local time, and with it its days, is that of the first part that has one."""

    __slots__ = ("_closes", "parts")

    def __init__(self, name: str, parts: Sequence[Calendar]) -> None:
        self.parts = tuple(parts)
        self._closes: bool | None = None
        zone = next((part.zone for part in parts if part.zone), None)
        super().__init__(name, zone, ("union", str(zone), *(part.fingerprint for part in parts)))

    @property
    def closes(self) -> bool:
        """Whether any time is closed, as far as a few years show."""
        if self._closes is None:
            self._closes = all(part.closes for part in self.parts) and (self._gapes() or any(map(self._gap, LOOKED_AT)))
        return self._closes

    def _gapes(self) -> bool:
        """Whether two weeks show a gap: no table of whole years is compiled for that."""
        first = new_year(LOOKED_AT.start)
        stop = first + FORTNIGHT
        times = (
            each
            for part in self.parts
            for each in (part._compiled if isinstance(part, Tabled) else part.open_times)(first, stop)  # noqa: SLF001 - of its own kind
        )
        return list(joined(sorted(times), first, stop)) != [(first, stop)]

    def _gap(self, year: int) -> bool:
        first, stop = new_year(year), new_year(year + 1)
        return list(self.open_times(first, stop)) != [(first, stop)]

    def _compiled(self, first: Instant, stop: Instant) -> Iterable[Interval]:
        return joined(sorted(times for part in self.parts for times in part.open_times(first, stop)), first, stop)


class Without(Tabled):
    """Another calendar, closed at further times: `closed` gives them within [first, stop), in any order.

    `content` is what they depend on.
    """

    __slots__ = ("_closed", "base")

    closes = True

    def __init__(
        self, name: str, base: Calendar, closed: Callable[[Instant, Instant], Iterable[Interval]], content: str
    ) -> None:
        self.base = base
        self._closed: OpenTimes = closed
        super().__init__(name, base.zone, ("without", base.fingerprint, content))

    def _compiled(self, first: Instant, stop: Instant) -> Iterable[Interval]:
        closed = list(joined(sorted(self._closed(first, stop)), first, stop))
        return without(self.base.open_times(first, stop), closed)
