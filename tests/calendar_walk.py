"""Calendars told by walking the clock, minute by minute, without arithmetic on offsets and without tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from slamon.model import HOUR, MINUTE, SECOND
from slamon.sla.calendars import Union, Weekly
from slamon.sla.calendars.openhours import Exceptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sla.calendar import Calendar

Hours: TypeAlias = tuple[tuple[int, int], ...]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Plan:
    """One calendar as its admin would tell it."""

    zone: str
    windows: tuple[tuple[int, int, int], ...]
    dates: dict[date, Hours] = field(default_factory=dict)
    yearly: dict[tuple[int, int], Hours] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()

    def on(self, day: date) -> Hours:
        """The windows that begin on a day."""
        if day in self.dates:
            return self.dates[day]
        if (day.month, day.day) in self.yearly:
            return self.yearly[day.month, day.day]
        return () if day in self.holidays else tuple((b, e) for d, b, e in self.windows if d == day.weekday())

    @property
    def calendar(self) -> Weekly:
        days = {day.toordinal(): hours for day, hours in self.dates.items()}
        exceptions = Exceptions(
            days, self.yearly, lambda year: [day for day in self.holidays if day.year == year], str(self.holidays)
        )
        return Weekly("plan", ZoneInfo(self.zone), self.windows, exceptions)


def calendar_of(plans: list[Plan]) -> Calendar:
    return plans[0].calendar if len(plans) == 1 else Union("plans", [plan.calendar for plan in plans])


@lru_cache(maxsize=64)
def shown(zone: str, first: int, stop: int) -> dict[int, datetime]:
    """What the clocks of a zone show at each minute of [first, stop)."""
    clocks, begin = ZoneInfo(zone), datetime.fromtimestamp(first // SECOND, UTC)
    return {
        first + i * MINUTE: (begin + timedelta(minutes=i)).astimezone(clocks).replace(tzinfo=None)
        for i in range((stop - first) // MINUTE)
    }


def open_minutes(plans: list[Plan], first: int, stop: int) -> set[int]:
    """The minutes of [first, stop) in which any of them is open; both are whole minutes."""
    return {
        minute for plan in plans for opens, closes in _spans(plan, first, stop) for minute in _minutes(opens, closes)
    }


def _minutes(opens: int, closes: int) -> range:
    return range(opens, closes, MINUTE)


def _spans(plan: Plan, first: int, stop: int) -> Iterator[tuple[int, int]]:
    clock = shown(plan.zone, first - 60 * HOUR, stop + 60 * HOUR)
    day, last = min(clock.values()).date() + DAY, max(clock.values()).date() - 2 * DAY
    earliest: dict[datetime, int] = {}
    latest: dict[datetime, int] = {}
    for minute, at in clock.items():
        earliest.setdefault(at, minute)
        latest[at] = minute
    while day <= last:
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a local time
        for begin, end in plan.on(day):
            opens, closes = midnight + timedelta(minutes=begin), midnight + timedelta(minutes=end)
            yield _edge(clock, earliest, opens), _edge(clock, latest, closes)
        day += DAY


def _edge(clock: dict[int, datetime], minutes: dict[datetime, int], at: datetime) -> int:
    """Where it is shown, else the first minute at which more is shown."""
    if at in minutes:
        return minutes[at]
    return next(minute for minute, now in clock.items() if now >= at)


def whole(instant: int) -> int:
    """The minute that an instant lies in."""
    return instant - instant % MINUTE


def walked_open(minutes: set[int], start: int, end: int) -> int:
    """The open milliseconds of [start, end)."""
    return sum(
        min(minute + MINUTE, end) - max(minute, start)
        for minute in range(whole(start), end, MINUTE)
        if minute in minutes
    )


def walked_add(minutes: set[int], start: int, span: int) -> int:
    """The instant at which so much has been open since `start`."""
    minute = whole(start)
    while True:
        counted = minute + MINUTE - max(minute, start) if minute in minutes else 0
        if counted >= span:
            return max(minute, start) + span
        span -= counted
        minute += MINUTE


def walked_back(minutes: set[int], end: int, span: int) -> int:
    """The instant from which so much is open up to `end`."""
    minute = whole(end)
    while True:
        counted = min(minute + MINUTE, end) - minute if minute in minutes else 0
        if counted >= span:
            return min(minute + MINUTE, end) - span
        span -= counted
        minute -= MINUTE


def walked_days(minutes: set[int], zone: str, start: int, days: int, stop: int) -> int:
    """`add_days`, by walking to the first open minute, over the days, and back out of closed time."""
    clock = shown(zone, whole(start), stop)
    opens = next(max(minute, start) for minute in clock if minute in minutes)
    time = clock[whole(opens)] + timedelta(milliseconds=opens % MINUTE)
    dates = sorted(
        {clock[minute].date() for minute in clock if minute in minutes and clock[minute].date() > time.date()}
    )
    that_day = [minute for minute in clock if clock[minute].date() == dates[days - 1]]
    wanted = datetime.combine(dates[days - 1], time.time())
    rest = opens % MINUTE
    at = next((m for m in that_day if clock[m] >= wanted - timedelta(milliseconds=rest)), None)
    closes = max(minute + MINUTE for minute in that_day if minute in minutes)
    if at is None or at + rest > closes:
        return closes
    if clock[at] + timedelta(milliseconds=rest) == wanted:
        at += rest
    if whole(at) in minutes or (at % MINUTE == 0 and at - MINUTE in minutes and at > that_day[0]):
        return at
    return next((minute for minute in that_day if minute > at and minute in minutes), closes)
