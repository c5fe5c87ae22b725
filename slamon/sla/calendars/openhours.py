"""Windows of local time, by weekday and by date → open intervals."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from slamon.model import MINUTE
from slamon.sla.calendars.localtime import instant_of, local
from slamon.sla.calendars.opentimes import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import tzinfo

    from slamon.model import Instant
    from slamon.sla.calendars.opentimes import Interval

Hours: TypeAlias = tuple[tuple[int, int], ...]
"""Windows that begin on one day, as minutes since its midnight; an end past 1440 lies on the next day."""

DAYS_A_WEEK = 7
MINUTES_A_DAY = 1_440
MINUTES_A_WEEK = DAYS_A_WEEK * MINUTES_A_DAY
MONDAY = date(1970, 1, 5).toordinal()
MARGIN = 2
"""Days to look at on both sides: a window runs into the next day, and zones differ from UTC by more than half a day."""


def no_holidays(year: int) -> Iterable[date]:
    """None."""
    del year
    return ()


@dataclass(frozen=True, slots=True)
class Exceptions:
    """What holds on certain dates in place of the week's windows: those that begin on that date."""

    days: Mapping[int, Hours] = field(default_factory=dict)
    """By day, as an ordinal."""
    yearly: Mapping[tuple[int, int], Hours] = field(default_factory=dict)
    """By month and day; `days` outranks it."""
    holidays: Callable[[int], Iterable[date]] = no_holidays
    """The days of a year on which no window begins; both others outrank it."""
    holiday_words: str = ""
    """What `holidays` depends on: equal text, equal days. Empty: there are none."""

    def of(self, year: int) -> Mapping[int, Hours]:
        """What holds in a year, by day."""
        found: dict[int, Hours] = {day.toordinal(): () for day in self.holidays(year)}
        for (month, day), hours in self.yearly.items():
            if (month, day) != (2, 29) or isleap(year):
                found[date(year, month, day).toordinal()] = hours
        return {**found, **self.days}

    @property
    def close(self) -> bool:
        """Whether they leave any of their days partly closed, as far as that day's own windows say."""
        return bool(self.holiday_words) or any(
            not covers(hours, MINUTES_A_DAY) for hours in (*self.days.values(), *self.yearly.values())
        )

    @property
    def content(self) -> object:
        """What tells them from others."""
        return sorted(self.days.items()), sorted(self.yearly.items()), self.holiday_words


class Week:
    """The same windows every week, but for exceptions, in a time zone."""

    __slots__ = ("exceptions", "hours", "zone")

    def __init__(self, zone: tzinfo, windows: Iterable[tuple[int, int, int]], exceptions: Exceptions) -> None:
        self.zone = zone
        self.exceptions = exceptions
        self.hours: list[Hours] = [()] * DAYS_A_WEEK
        for day, begin, end in sorted(windows):
            self.hours[day] += ((begin, end),)

    def open_times(self, first: Instant, stop: Instant) -> Iterator[Interval]:
        """Open time within [first, stop)."""
        return joined(self._windows(local(first, self.zone)[0], local(stop, self.zone)[0]), first, stop)

    def _windows(self, first: int, last: int) -> Iterator[Interval]:
        """The windows around these days, in the order of their begin."""
        zone, year, exceptions = self.zone, 0, dict[int, Hours]()
        for day in range(first - MARGIN, last + MARGIN + 1):
            if (now := date.fromordinal(day).year) != year:
                year, exceptions = now, dict(self.exceptions.of(now))
            hours = sorted(exceptions[day]) if day in exceptions else self.hours[(day - MONDAY) % DAYS_A_WEEK]
            for begin, end in hours:
                yield instant_of(zone, day, begin * MINUTE), instant_of(zone, day, end * MINUTE, closing=True)


def covers(windows: Iterable[tuple[int, int]], length: int) -> bool:
    """Whether windows fill [0, length)."""
    reached = 0
    for begin, end in sorted(windows):
        if begin > reached:
            return False
        reached = max(reached, end)
    return reached >= length


def covers_week(windows: Iterable[tuple[int, int, int]]) -> bool:
    """Whether windows of weekdays leave no gap in the week; what runs over its end fills its begin."""
    spans = [(day * MINUTES_A_DAY + begin, day * MINUTES_A_DAY + end) for day, begin, end in windows]
    return covers([*spans, *((begin - MINUTES_A_WEEK, end - MINUTES_A_WEEK) for begin, end in spans)], MINUTES_A_WEEK)
