"""Lengths in open days: `1bd`."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from clocks import BERLIN, at, daily, office
from slamon.model import DAY
from slamon.sla.calendar import ALWAYS
from slamon.sla.calendars import Union, Weekly
from slamon.sla.calendars.openhours import Exceptions

LUNCH = Weekly("lunch", BERLIN, [(day, *edges) for day in range(5) for edges in ((540, 720), (780, 1020))])


def due(calendar: Weekly | Union, start: str, days: int = 1) -> int:
    return calendar.add_days(at(start), days)


@pytest.mark.parametrize(
    ("start", "days", "until"),
    [
        ("2026-11-21T12:00", 1, "2026-11-24T08:00"),  # Saturday counts from Monday 8:00
        ("2026-11-23T08:00", 1, "2026-11-24T08:00"),
        ("2026-11-23T11:37:05", 1, "2026-11-24T11:37:05"),
        ("2026-11-20T17:59", 1, "2026-11-23T17:59"),
        ("2026-11-20T18:00", 1, "2026-11-24T08:00"),  # closed on the very edge
        ("2026-11-20T03:00", 1, "2026-11-23T08:00"),
        ("2026-11-23T11:00", 5, "2026-11-30T11:00"),
        ("2026-11-20T11:00", 10, "2026-12-04T11:00"),
    ],
)
def test_an_open_day_ends_at_the_same_local_time_of_the_next_one(start: str, days: int, until: str) -> None:
    assert due(office(8, 18), start, days) == at(until)


def test_no_day_at_all_is_the_first_open_instant() -> None:
    assert due(office(8, 18), "2026-11-21T12:00", 0) == at("2026-11-23T08:00")


def test_a_shorter_day_ends_it_at_its_close() -> None:
    calendar = Weekly("short friday", BERLIN, [(3, 480, 1080), (4, 480, 780)])

    assert due(calendar, "2026-11-26T16:00") == at("2026-11-27T13:00")


def test_a_later_opening_ends_it_there() -> None:
    calendar = Weekly("late friday", BERLIN, [(3, 480, 1080), (4, 600, 1080)])

    assert due(calendar, "2026-11-26T08:30") == at("2026-11-27T10:00")


def test_a_break_is_left_at_the_next_opening_and_its_edge_is_kept() -> None:
    calendar = Weekly("long thursday", BERLIN, [(3, 540, 1020), (4, 540, 720), (4, 780, 1020)])

    assert due(calendar, "2026-11-26T12:30") == at("2026-11-27T13:00")
    assert due(calendar, "2026-11-26T12:00") == at("2026-11-27T12:00"), "a closing edge is that edge"
    assert due(LUNCH, "2026-11-26T12:30") == at("2026-11-27T13:00"), "begun in the break, at 13:00"


def test_a_close_of_the_evening_before_is_no_close_of_the_day() -> None:
    calendar = Weekly("week", BERLIN, [(3, 0, 1440), (4, 540, 1020)])

    assert due(calendar, "2026-11-26T00:00") == at("2026-11-27T09:00")


def test_closed_dates_and_holidays_are_no_open_days() -> None:
    christmas = Exceptions({}, {(12, 24): ()}, lambda year: [date(year, 12, 25)], "25")
    calendar = Weekly("office", BERLIN, [(day, 480, 1080) for day in range(5)], christmas)

    assert due(calendar, "2026-12-23T10:00") == at("2026-12-28T10:00")


def test_a_night_that_ends_in_the_morning_makes_that_day_an_open_one() -> None:
    nights = Weekly("nights", BERLIN, [(day, 1320, 1800) for day in range(5)])

    assert due(nights, "2026-11-26T23:00") == at("2026-11-27T23:00")
    assert due(nights, "2026-11-27T23:00") == at("2026-11-28T06:00"), "Saturday is open up to six"
    assert due(nights, "2026-11-28T02:00") == at("2026-11-30T22:00"), "Monday opens at ten"


@pytest.mark.parametrize(
    ("start", "until", "hours"),
    [
        ("2026-03-28T12:00", "2026-03-29T12:00", 23),
        ("2026-10-24T12:00", "2026-10-25T12:00", 25),
        ("2026-03-28T02:30", "2026-03-29T03:00", 23.5),  # what does not exist is the instant of the jump
        ("2026-10-24T02:30", "2026-10-25T02:30", 24),  # what exists twice is the first
    ],
)
def test_local_time_stays_through_daylight_saving(start: str, until: str, hours: float) -> None:
    found = due(daily(0, 1440), start)

    assert found == at(until)
    assert (found - at(start)) / 3_600_000 == hours


def test_a_union_has_the_days_of_its_first_part() -> None:
    manila = ZoneInfo("Asia/Manila")
    sun = Union("sun", [office(9, 17), office(9, 17, manila)])

    assert due(sun, "2026-11-27T16:00") == at("2026-11-30T16:00")
    assert sun.add_days(at("2026-11-27T09:00", manila), 1) == at("2026-11-30T02:00"), "02:00 in Berlin"


def test_around_the_clock_a_day_is_24_hours() -> None:
    assert ALWAYS.add_days(at("2026-03-28T12:00"), 2) == at("2026-03-28T12:00") + 2 * DAY


@pytest.mark.parametrize("start", [-(10**15), -1, 10**15, 10**20])
def test_far_instants_count_days_of_24_hours(start: int) -> None:
    assert office(8, 18).add_days(start, 2) == start + 2 * DAY
