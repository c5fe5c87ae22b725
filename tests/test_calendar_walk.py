"""Every answer of a calendar, held against a walk minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calendar_walk import (
    Plan,
    calendar_of,
    open_minutes,
    walked_add,
    walked_back,
    walked_days,
    walked_open,
    whole,
)
from slamon.model import DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from calendar_walk import Hours

ZONES = sorted(available_timezones())
# Clocks that go half an hour, at midnight, twice a year, never, and over the date line.
ODD_ZONES = (
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Nuuk",
    "Africa/Casablanca",
    "America/Santiago",
    "Antarctica/Troll",
)
FIRST, LAST = 2012, 2040
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@lru_cache(maxsize=1_000)
def changes(zone: str) -> list[int]:
    """Days, as instants, on which the clocks of a zone changed."""
    days = [datetime(FIRST, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range((LAST - FIRST) * 365)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    return [int(days[i].timestamp()) * SECOND for i in range(len(days) - 1) if offsets[i] != offsets[i + 1]]


def to_instant(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * SECOND


zones = st.sampled_from(ODD_ZONES) | st.sampled_from(ZONES)
begins = st.integers(0, 1439) | st.sampled_from([0, 60, 90, 120, 150, 540, 1320, 1380])


@st.composite
def windows_of_a_day(draw: st.DrawFn) -> tuple[int, int]:
    """A window that may run over midnight."""
    begin = draw(begins)
    length = draw(st.integers(1, 1440) | st.sampled_from([60, 480, 1440]))
    return begin, begin + length


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, int]:
    """A zone and an instant, mostly at most a day and a half away from a change of its clocks."""
    zone = draw(zones)
    around = changes(zone)
    if not around or draw(st.integers(0, 4)) == 0:
        return zone, draw(st.integers(to_instant(FIRST), to_instant(LAST)))
    return zone, draw(st.sampled_from(around)) + draw(st.integers(-36 * HOUR, 36 * HOUR))


@st.composite
def plans(draw: st.DrawFn, zone: str, at: int) -> Plan:
    """A calendar with windows, and exceptions around an instant."""
    near = st.integers(-3, 5).map(lambda i: datetime.fromtimestamp(at // SECOND, UTC).date() + timedelta(days=i))
    hours = st.lists(windows_of_a_day(), max_size=2).map(tuple)
    week = draw(st.lists(st.tuples(st.integers(0, 6), windows_of_a_day()), min_size=1, max_size=6))
    dates: dict[date, Hours] = draw(st.dictionaries(near, hours, max_size=2))
    yearly = draw(st.dictionaries(near.map(lambda day: (day.month, day.day)), hours, max_size=1))
    holidays = draw(st.frozensets(near, max_size=2))
    return Plan(zone, tuple((day, begin, end) for day, (begin, end) in week), dates, yearly, holidays)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Plan], int]:
    """One calendar, or some that a union makes one, and an instant."""
    zone, at = draw(moments())
    others = draw(st.lists(zones, max_size=2)) if draw(st.booleans()) else []
    return [draw(plans(each, at)) for each in (zone, *others)], at


@settings(CALM, max_examples=80)
@given(worlds(), st.integers(1, 3 * DAY), st.data())
def test_added_and_measured_time_equals_a_walk_minute_by_minute(
    world: tuple[list[Plan], int], length: int, data: st.DataObject
) -> None:
    told, start = world
    end, calendar = start + length, calendar_of(told)
    minutes = open_minutes(told, whole(start), whole(end) + MINUTE)
    opened = walked_open(minutes, start, end)

    assert calendar.open_between(start, end) == opened
    assert calendar.is_open(start) == (whole(start) in minutes)
    if opened:
        span = data.draw(st.integers(1, opened), "span")
        assert calendar.add(start, span) == walked_add(minutes, start, span)
        assert calendar.add(end, -span) == walked_back(minutes, end, span)
        assert calendar.next_open(start) == walked_add(minutes, start, 1) - 1


@settings(CALM, max_examples=25)
@given(worlds(), st.integers(1, 3))
def test_open_days_equal_a_walk_from_day_to_day(world: tuple[list[Plan], int], days: int) -> None:
    told, start = world
    stop = whole(start) + (10 + 4 * days) * DAY
    daily = [
        Plan(plan.zone, (*plan.windows, (0, 600, 660), (3, 600, 660)), plan.dates, plan.yearly, plan.holidays)
        for plan in told
    ]
    minutes = open_minutes(daily, whole(start), stop)

    assert calendar_of(daily).add_days(start, days) == walked_days(minutes, told[0].zone, start, days, stop)
