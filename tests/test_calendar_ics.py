"""iCal files that close a calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from clocks import BERLIN, at, daily
from slamon.model import HOUR
from slamon.rules._ics import MOST_EVENTS, MOST_SERIES, parse_ics
from slamon.sla.calendars import Without

if TYPE_CHECKING:
    from datetime import tzinfo

REPEATED = ("DTSTART;TZID=Europe/Berlin:20260105T090000", "DURATION:PT2H", "RRULE:FREQ=WEEKLY;COUNT=4", "UID:weekly")


def event(*lines: str) -> str:
    unnamed = not any(line.startswith("UID") for line in lines)
    return "\r\n".join(["BEGIN:VEVENT", *lines, *(["UID:" + "/".join(lines)] if unnamed else []), "END:VEVENT", ""])


def file(*events: str, head: str = "") -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//acme//EN\r\n{head}{''.join(events)}END:VCALENDAR\r\n".encode()


def closed(content: bytes, day: str, zone: tzinfo = BERLIN) -> float:
    """How many hours of a day, open around the clock otherwise, the file closes."""
    closures = parse_ics(content, "closures.ics", zone)
    base = daily(0, 1440, zone if isinstance(zone, ZoneInfo) else BERLIN)
    calendar = Without("council", base, closures.of, closures.content)
    begin, end = at(f"{day}T00:00", base.zone), at(f"{day}T23:59", base.zone) + HOUR // 60  # type: ignore[arg-type]
    return (end - begin - calendar.open_between(begin, end)) / HOUR


def fault(content: bytes) -> str:
    with pytest.raises(PydanticCustomError) as caught:
        parse_ics(content, "closures.ics", BERLIN)
    context = caught.value.context or {}
    return str(context["message"]).removeprefix("`closures.ics`")


def test_a_day_is_a_day_of_the_calendars_zone() -> None:
    holiday = file(event("DTSTART;VALUE=DATE:20261123", "DTEND;VALUE=DATE:20261125"))

    for zone in (BERLIN, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Los_Angeles")):
        assert [closed(holiday, day, zone) for day in ("2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25")] == [
            0,
            24,
            24,
            0,
        ]


def test_a_day_without_an_end_is_one_day_whatever_its_clocks_do() -> None:
    assert closed(file(event("DTSTART;VALUE=DATE:20260329")), "2026-03-29") == 23
    assert closed(file(event("DTSTART;VALUE=DATE:20261025")), "2026-10-25") == 25


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        ("DTSTART;TZID=Europe/Berlin:20261123T220000", 2),
        ("DTSTART:20261123T210000Z", 2),
        ("DTSTART;TZID=America/New_York:20261123T160000", 2),
        ("DTSTART;TZID=W. Europe Standard Time:20261123T220000", 2),
        ("DTSTART:20261123T220000", 2),  # without a zone: that of the calendar
    ],
)
def test_times_are_in_the_zone_that_they_name(start: str, hours: float) -> None:
    content = file(event(start, "DURATION:PT4H"))

    assert closed(content, "2026-11-23") == hours
    assert closed(content, "2026-11-24") == 4 - hours


def test_events_repeat_with_their_exceptions() -> None:
    content = file(
        event(*REPEATED, "EXDATE;TZID=Europe/Berlin:20260112T090000"),
        event(
            "UID:weekly",
            "RECURRENCE-ID;TZID=Europe/Berlin:20260119T090000",
            "DTSTART:20260120T080000Z",
            "DURATION:PT1H",
        ),
        event(
            "UID:weekly",
            "RECURRENCE-ID;TZID=Europe/Berlin:20260126T090000",
            "DTSTART;TZID=Europe/Berlin:20260126T090000",
            "DURATION:PT2H",
            "STATUS:CANCELLED",
        ),
    )
    days = ("2026-01-05", "2026-01-12", "2026-01-19", "2026-01-20", "2026-01-26", "2026-02-02")

    assert [closed(content, day) for day in days] == [2, 0, 0, 1, 0, 0]


def test_a_yearly_day_is_expanded_year_by_year() -> None:
    content = file(event("DTSTART;VALUE=DATE:20201224", "RRULE:FREQ=YEARLY"))

    assert [closed(content, f"{year}-12-24") for year in (2019, 2020, 2026, 2099)] == [0, 24, 24, 24]


def test_a_repeated_time_follows_its_zone_through_daylight_saving() -> None:
    content = file(event("DTSTART;TZID=Europe/Berlin:20260301T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"))
    closures = parse_ics(content, "closures.ics", BERLIN)
    calendar = Without("council", daily(0, 1440), closures.of, closures.content)

    assert not calendar.is_open(at("2026-03-22T09:30"))
    assert not calendar.is_open(at("2026-04-05T09:30"))
    assert calendar.is_open(at("2026-04-05T10:30"))


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED"])
def test_what_is_shown_as_free_or_was_cancelled_does_not_close(line: str) -> None:
    assert closed(file(event("DTSTART;VALUE=DATE:20261123", line)), "2026-11-23") == 0


def test_an_event_closes_over_the_turn_of_the_year() -> None:
    content = file(event("DTSTART;VALUE=DATE:20261220", "DTEND;VALUE=DATE:20270110"))

    assert [closed(content, day) for day in ("2026-12-31", "2027-01-01", "2027-01-09", "2027-01-10")] == [24, 24, 24, 0]


def test_an_event_far_longer_than_the_tables_closes_for_good() -> None:
    content = file(event("DTSTART;VALUE=DATE:19000101", "DTEND;VALUE=DATE:29991231"))

    assert [closed(content, day) for day in ("1970-01-02", "2026-11-23", "2100-12-30")] == [24, 24, 24]


def test_a_file_without_events_closes_nothing() -> None:
    assert closed(file(), "2026-11-23") == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", " is no whole iCal file"),
        (b"<html>sign in</html>", " cannot be read as iCal: Content line could not be parsed"),
        (file(event("DTSTART;VALUE=DATE:20261123"))[:-20], " is no whole iCal file"),
        (file(event("SUMMARY:Party")), ": the event `Party` has no DTSTART"),
        (file(event("SUMMARY:Party", "DTSTART:20261301")), ": the event `Party` has a DTSTART that cannot be read"),
        (
            file(event("SUMMARY:Party", "DTSTART;VALUE=DATE:20261123", "DTEND:20261124T080000Z")),
            ": the event `Party` cannot be read: DTSTART and DTEND must be of the same type",
        ),
        (
            file(event("SUMMARY:Party", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261123")),
            ": the event `Party` ends before it begins",
        ),
        (
            file(event("UID:7", "DTSTART;TZID=Mars/Base:20261123T090000")),
            ": the event `7` is in the zone `Mars/Base`, which is not known",
        ),
        (
            file(event("UID:7", "DTSTART:20261123T090000Z", "RRULE:FREQ=HOURLY")),
            ": the event `7` repeats within a day",
        ),
        (
            file(event("UID:7", "DTSTART:20261123T090000Z", "RRULE:FREQ=DAILY;BYMINUTE=0,1,2")),
            ": the event `7` repeats within a day",
        ),
        (
            file(event("UID:7", "DTSTART;VALUE=DATE:20261123", "RRULE:FREQ=DAILY;INTERVAL=0")),
            ": the event `7` repeats at no interval",
        ),
        (
            file(event("UID:7", "DTSTART;VALUE=DATE:20261123", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
            ": the event `7` repeats on a day that does not exist",
        ),
        (
            file(event("UID:7", "DTSTART;VALUE=DATE:16040101", "RRULE:FREQ=DAILY")),
            ": the event `7` repeats since before 1900",
        ),
        (
            file(event("UID:7", "DTSTART;VALUE=DATE:20261123", "RRULE:FREQ=SOMETIMES")),
            ": the event `7` has a RRULE that cannot be read",
        ),
        (file(*[event("DTSTART;VALUE=DATE:20261123")] * (MOST_EVENTS + 1)), " holds more than 2000 events"),
        (
            file(*[event("DTSTART;VALUE=DATE:20261123", "RRULE:FREQ=YEARLY")] * (MOST_SERIES + 1)),
            " holds more than 200 events that repeat",
        ),
        (
            file(*[event(f"UID:{i}", "DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=DAILY") for i in range(14)]),
            " closes more than 5000 times a year",
        ),
        (b" " * 1_048_577, " is larger than 1 MiB"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_cannot_close_is_one_clear_fault(content: bytes, words: str) -> None:
    assert fault(content).startswith(words)


LINES = st.sampled_from(
    [
        "DTSTART;VALUE=DATE:20260228",
        "DTSTART:20261025T003000Z",
        "DTSTART;TZID=Europe/Berlin:20260329T023000",
        "DTEND;VALUE=DATE:20260301",
        "DTEND:20261026T003000",
        "DURATION:-PT1H",
        "DURATION:P3W",
        "RRULE:FREQ=MONTHLY;BYDAY=-1SU;UNTIL=20270101",
        "RRULE:FREQ=YEARLY;COUNT=-1",
        "EXDATE:20260228T000000Z",
        "RDATE;VALUE=DATE:20260401",
        "RECURRENCE-ID;VALUE=DATE:20260228",
        "SEQUENCE:1",
        "X:\x00\xff",
        "BEGIN:VALARM",
        "END:VEVENT",
    ]
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(LINES, max_size=6), max_size=3), st.binary(max_size=20))
def test_whatever_stands_in_a_file_is_closures_or_a_fault(events: list[list[str]], rest: bytes) -> None:
    content = file(*(event("UID:1", *lines) for lines in events)) + rest
    try:
        found = parse_ics(content, "closures.ics", BERLIN)
    except PydanticCustomError:
        return
    for day in ("1970-01-01", "2026-01-01", "2100-01-01"):
        assert all(isinstance(edge, int) for span in found.of(at(day), at(day) + 366 * 24 * HOUR) for edge in span)
