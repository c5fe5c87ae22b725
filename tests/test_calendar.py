from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from clocks import BERLIN, at, daily, office
from slamon.model import DAY, HOUR, MINUTE
from slamon.sla.calendar import ALWAYS, Calendar
from slamon.sla.calendars import Union, Weekly, Without
from slamon.sla.calendars.openhours import Exceptions

NIGHT = (22 * 60, 30 * 60)
"""22:00 to 06:00."""
XMAS_EVE = date(2026, 12, 24)


def special(hours: dict[date, tuple[tuple[int, int], ...]], *holidays: date) -> Exceptions:
    return Exceptions({day.toordinal(): edges for day, edges in hours.items()}, {}, lambda _: holidays, str(holidays))


def nights(exceptions: Exceptions | None = None) -> Weekly:
    return Weekly("nights", BERLIN, [(day, *NIGHT) for day in range(7)], exceptions)


# ---- the worked examples of the published help desks


@pytest.mark.parametrize(
    ("hours", "start", "span", "due"),
    [
        ((9, 17), "2026-11-20T16:45", 30 * MINUTE, "2026-11-23T09:15"),
        ((9, 17), "2026-11-20T16:00", 4 * HOUR, "2026-11-23T12:00"),
        ((8, 17), "2026-11-20T16:00", 4 * HOUR, "2026-11-23T11:00"),
        ((9, 17), "2026-11-20T16:45", 15 * MINUTE, "2026-11-20T17:00"),
        ((9, 17), "2026-11-21T12:00", HOUR, "2026-11-23T10:00"),
    ],
)
def test_a_weekend_is_skipped_and_a_closing_edge_is_kept(
    hours: tuple[int, int], start: str, span: int, due: str
) -> None:
    assert office(*hours).add(at(start), span) == at(due)


def test_a_millisecond_past_the_closing_edge_is_monday() -> None:
    assert office(9, 17).add(at("2026-11-20T16:45"), 15 * MINUTE + 1) == at("2026-11-23T09:00") + 1


def test_windows_are_half_open() -> None:
    calendar = office(9, 17)

    assert calendar.open_between(at("2026-11-20T08:59"), at("2026-11-20T09:00")) == 0
    assert calendar.open_between(at("2026-11-20T09:00"), at("2026-11-20T09:00") + 1) == 1
    assert calendar.open_between(at("2026-11-20T17:00") - 1, at("2026-11-20T18:00")) == 1


def test_several_windows_a_day_count_one_after_the_other() -> None:
    calendar = Weekly("support", BERLIN, [(4, 480, 750), (4, 780, 1200), (5, 600, 960)])

    assert calendar.add(at("2026-11-20T12:00"), HOUR) == at("2026-11-20T13:30")
    assert calendar.open_between(at("2026-11-20T00:00"), at("2026-11-22T00:00")) == (270 + 420 + 360) * MINUTE


# ---- daylight saving


def test_a_night_in_which_an_hour_is_skipped_is_an_hour_short() -> None:
    night = daily(0, 360)

    assert night.open_between(at("2026-03-29T00:00"), at("2026-03-29T12:00")) == 5 * HOUR
    assert night.add(at("2026-03-29T00:00"), 3 * HOUR) == at("2026-03-29T04:00")


def test_a_night_in_which_an_hour_is_repeated_is_an_hour_longer() -> None:
    night = daily(0, 360)

    assert night.open_between(at("2026-10-25T00:00"), at("2026-10-25T12:00")) == 7 * HOUR
    assert night.add(at("2026-10-25T00:00"), 3 * HOUR) == at("2026-10-25T02:00", fold=1)


def test_an_edge_that_does_not_exist_is_the_jump() -> None:
    jump = at("2026-03-29T03:00")

    opens_in_gap, closes_in_gap = daily(150, 360), daily(0, 150)

    assert opens_in_gap.open_between(at("2026-03-29T00:00"), jump) == 0
    assert opens_in_gap.open_between(jump, at("2026-03-29T06:00")) == 3 * HOUR
    assert closes_in_gap.open_between(at("2026-03-29T00:00"), at("2026-03-29T12:00")) == 2 * HOUR


def test_a_window_that_lies_in_the_skipped_hour_is_not_there_that_day() -> None:
    calendar = daily(135, 165)

    assert calendar.open_between(at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 0
    assert calendar.add(at("2026-03-29T00:00"), MINUTE) == at("2026-03-30T02:16")


def test_an_edge_that_exists_twice_opens_at_the_first_and_closes_at_the_second() -> None:
    first, second = at("2026-10-25T02:30"), at("2026-10-25T02:30", fold=1)

    assert second - first == HOUR
    assert daily(150, 360).add(at("2026-10-25T00:00"), 1) == first + 1
    assert daily(0, 150).add(at("2026-10-25T00:00"), 3 * HOUR + 30 * MINUTE) == second


def test_time_that_two_windows_share_through_a_repeated_hour_counts_once() -> None:
    calendar = Weekly("split", BERLIN, [(6, 0, 150), (6, 150, 360)])

    assert calendar.open_between(at("2026-10-25T00:00"), at("2026-10-25T06:00")) == 7 * HOUR


def test_a_midnight_that_exists_twice_counts_once() -> None:
    havana = ZoneInfo("America/Havana")  # on 1 November 2026 it is 00:00 to 01:00 twice
    calendar = daily(0, 1440, havana)

    assert calendar.open_between(at("2026-10-31T12:00", havana), at("2026-11-02T12:00", havana)) == 49 * HOUR


def test_a_day_that_the_date_line_took_away_is_not_counted() -> None:
    apia = ZoneInfo("Pacific/Apia")  # 30 December 2011 did not take place

    counted = daily(540, 1020, apia).open_between(at("2011-12-29T00:00", apia), at("2012-01-01T00:00", apia))

    assert counted == 2 * 8 * HOUR


@pytest.mark.parametrize(
    ("start", "due", "fold"),
    [("2026-03-28T23:00", "2026-03-29T04:00", 0), ("2026-10-24T23:00", "2026-10-25T02:00", 1)],
)
def test_a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn(start: str, due: str, fold: int) -> None:
    assert nights().add(at(start), 4 * HOUR) == at(due, fold=fold)


CHANGES = [
    ("America/New_York", "2026-03-07", 7 * HOUR),
    ("America/New_York", "2026-10-31", 9 * HOUR),
    ("Australia/Lord_Howe", "2026-04-04", 8 * HOUR + 30 * MINUTE),
    ("Australia/Lord_Howe", "2026-10-03", 7 * HOUR + 30 * MINUTE),
    ("Africa/Cairo", "2026-04-23", 7 * HOUR),
    ("Africa/Cairo", "2026-10-29", 9 * HOUR),
    ("America/Santiago", "2026-04-04", 9 * HOUR),
    ("America/Santiago", "2026-09-05", 7 * HOUR),
    ("America/Sao_Paulo", "2018-11-03", 7 * HOUR),
    ("America/Sao_Paulo", "2019-02-16", 9 * HOUR),
    ("Asia/Kathmandu", "2026-03-28", 8 * HOUR),
]


@pytest.mark.parametrize(("zone", "evening", "length"), CHANGES)
def test_a_night_over_a_change_of_the_clocks_has_the_hours_that_pass(zone: str, evening: str, length: int) -> None:
    clocks = ZoneInfo(zone)
    begin = at(f"{evening}T22:00", clocks)
    night = daily(*NIGHT, clocks)

    assert night.open_between(begin - 6 * HOUR, begin + 14 * HOUR) == length
    assert night.add(begin, length) == begin + length
    assert night.next_open(begin + length) == begin + length + (24 * HOUR - 8 * HOUR)


@pytest.mark.parametrize(
    ("zone", "day", "hours", "length"),
    [
        ("Europe/Berlin", "2026-03-29", (0, 720), 11 * HOUR),
        ("Europe/Berlin", "2026-10-25", (0, 720), 13 * HOUR),
        ("America/New_York", "2026-03-08", (0, 720), 11 * HOUR),
        ("America/New_York", "2026-11-01", (0, 720), 13 * HOUR),
        ("Australia/Lord_Howe", "2026-04-05", (0, 720), 12 * HOUR + 30 * MINUTE),
        ("Australia/Lord_Howe", "2026-10-04", (0, 720), 11 * HOUR + 30 * MINUTE),
        ("Africa/Cairo", "2026-04-24", (0, 720), 11 * HOUR),
        ("Africa/Cairo", "2026-10-29", (720, 1440), 13 * HOUR),
        ("Africa/Cairo", "2026-10-29", (1380, 1410), 90 * MINUTE),
        ("Asia/Beirut", "2026-03-29", (0, 60), 0),
        ("Asia/Beirut", "2026-03-28", (1080, 1440), 6 * HOUR),
    ],
)
def test_half_a_day_over_a_change_of_the_clocks_has_the_hours_that_pass(
    zone: str, day: str, hours: tuple[int, int], length: int
) -> None:
    clocks = ZoneInfo(zone)
    weekday = date.fromisoformat(day).weekday()
    noon = at(f"{day}T12:00", clocks)

    assert Weekly("half", clocks, [(weekday, *hours)]).open_between(noon - DAY, noon + DAY) == length


# ---- windows over midnight


def test_a_night_that_began_on_sunday_ends_on_monday() -> None:
    calendar = Weekly("sunday night", BERLIN, [(6, *NIGHT)])

    assert calendar.add(at("2026-11-22T12:00"), 5 * HOUR) == at("2026-11-23T03:00")
    assert calendar.is_open(at("2026-11-23T05:59"))
    assert not calendar.is_open(at("2026-11-23T06:00"))


def test_the_first_night_of_a_table_began_in_the_year_before() -> None:
    assert nights().open_between(at("2025-12-31T23:00"), at("2026-01-01T12:00")) == 7 * HOUR
    assert daily(*NIGHT, ZoneInfo("Asia/Manila")).add(at("2026-01-01T00:00", ZoneInfo("UTC")), HOUR) == at(
        "2026-01-01T23:00", ZoneInfo("Asia/Manila")
    )


# ---- dates and holidays


def test_a_closed_date_is_skipped_and_another_has_hours_of_its_own() -> None:
    calendar = Weekly(
        "office",
        BERLIN,
        [(day, 540, 1020) for day in range(5)],
        special({XMAS_EVE: (), date(2026, 12, 26): ((600, 720), (780, 840))}, date(2026, 12, 25)),
    )

    assert calendar.add(at("2026-12-23T16:00"), 2 * HOUR) == at("2026-12-26T11:00")
    assert calendar.open_between(at("2026-12-24T00:00"), at("2026-12-28T00:00")) == 3 * HOUR


@pytest.mark.parametrize("closed", [special({XMAS_EVE: ()}), special({}, XMAS_EVE)])
def test_a_window_begun_the_evening_before_a_closed_day_runs_to_its_end(closed: Exceptions) -> None:
    calendar = nights(closed)

    assert calendar.open_between(at("2026-12-23T21:00"), at("2026-12-24T12:00")) == 8 * HOUR
    assert calendar.open_between(at("2026-12-24T12:00"), at("2026-12-25T12:00")) == 0
    assert calendar.next_open(at("2026-12-24T06:00")) == at("2026-12-25T22:00")


def test_a_date_outranks_a_holiday_and_a_single_day_what_holds_every_year() -> None:
    exceptions = Exceptions(
        {XMAS_EVE.toordinal(): ((600, 660),)},
        {(12, 24): (), (2, 29): ((0, 60),)},
        lambda year: [date(year, 12, 24), date(year, 12, 25)],
        "christmas",
    )
    calendar = Weekly("office", BERLIN, [(day, 540, 1020) for day in range(7)], exceptions)

    assert calendar.open_between(at("2026-12-24T00:00"), at("2026-12-26T00:00")) == HOUR
    assert calendar.open_between(at("2027-12-24T00:00"), at("2027-12-25T00:00")) == 0
    assert calendar.open_between(at("2028-02-29T00:00"), at("2028-03-01T00:00")) == HOUR
    assert calendar.open_between(at("2027-02-28T00:00"), at("2027-03-02T00:00")) == 16 * HOUR


def test_a_calendar_may_open_on_dates_alone() -> None:
    calendar = Weekly("fair", BERLIN, [], special({XMAS_EVE: ((540, 600),)}))

    assert calendar.add(at("2026-01-01T00:00"), HOUR) == at("2026-12-24T10:00")


def test_a_calendar_that_stays_closed_opens_again_with_the_year_2101() -> None:
    calendar = Weekly("fair", BERLIN, [], special({XMAS_EVE: ((540, 600),)}))
    end = at("2101-01-01T00:00", ZoneInfo("UTC"))

    assert calendar.next_open(at("2026-12-24T10:00")) == end
    assert calendar.add(at("2026-12-24T10:00"), HOUR) == end + HOUR
    assert calendar.add_days(at("2026-12-24T09:30"), 3) == end + 2 * DAY


# ---- unions, and what closes a calendar


def test_a_union_is_open_while_any_of_its_parts_is() -> None:
    manila = ZoneInfo("Asia/Manila")
    sun = Union("sun", [office(9, 17), office(9, 17, manila)])

    assert sun.open_between(at("2026-11-23T00:00"), at("2026-11-24T00:00")) == 15 * HOUR, (
        "02:00 to 10:00, 09:00 to 17:00"
    )
    assert sun.add(at("2026-11-23T16:30"), HOUR) == at("2026-11-24T02:30")
    assert sun.zone is BERLIN


def test_hours_that_parts_share_count_once() -> None:
    both = Union("both", [office(9, 17), office(12, 20)])

    assert both.open_between(at("2026-11-23T00:00"), at("2026-11-24T00:00")) == 11 * HOUR


def test_a_union_of_unions_is_one() -> None:
    inner = Union("inner", [office(9, 12), office(12, 13)])
    outer = Union("outer", [inner, Weekly("saturday", BERLIN, [(5, 0, 60)]), inner])

    assert outer.open_between(at("2026-11-23T00:00"), at("2026-11-30T00:00")) == (5 * 4 + 1) * HOUR


def test_unions_that_stand_on_each_other_are_compiled_once_each() -> None:
    calendar: Weekly | Union = office(9, 17)
    for i in range(40):
        calendar = Union(f"level {i}", [calendar, Union(f"twin {i}", [calendar])])

    assert calendar.add(at("2026-11-20T16:30"), HOUR) == at("2026-11-23T09:30")
    assert len(calendar._table.years) == 2, "and no more years for each level"


def test_a_union_with_always_is_always_open() -> None:
    calendar = Union("any", [ALWAYS, office(9, 17)])

    assert not calendar.closes
    assert calendar.zone is BERLIN
    assert calendar.add(at("2026-11-21T12:00"), HOUR) == at("2026-11-21T13:00")


def test_a_union_closes_unless_its_parts_leave_no_gap() -> None:
    assert Union("days", [office(9, 17), office(17, 24)]).closes
    assert not Union("shifts", [daily(8 * 60, 20 * 60), daily(20 * 60, 32 * 60)]).closes


def test_a_calendar_without_its_closures() -> None:
    def closed(first: int, stop: int) -> list[tuple[int, int]]:
        del first, stop
        return [
            (at("2026-11-23T16:00"), at("2026-11-24T10:00")),
            (at("2026-11-23T10:00"), at("2026-11-23T11:00")),
            (at("2026-11-23T10:30"), at("2026-11-23T10:45")),
        ]

    calendar = Without("council", office(9, 17), closed, "")

    assert calendar.closes
    assert calendar.open_between(at("2026-11-23T00:00"), at("2026-11-25T00:00")) == (8 - 2 + 7) * HOUR
    assert calendar.add(at("2026-11-23T09:30"), HOUR) == at("2026-11-23T11:30")
    assert calendar.add(at("2026-11-23T15:30"), HOUR) == at("2026-11-24T10:30")


# ---- what tells calendars from each other


def test_equal_content_has_equal_fingerprints_whatever_the_name() -> None:
    first, second = (Weekly(name, BERLIN, [(0, 540, 600)]) for name in ("a", "b"))
    unions = [Union("u", [first, ALWAYS]), Union("v", [second, ALWAYS])]

    assert first.fingerprint == second.fingerprint
    assert unions[0].fingerprint == unions[1].fingerprint


def test_any_other_content_has_another_fingerprint() -> None:
    base = Weekly("a", BERLIN, [(0, 540, 600)])
    others: list[Calendar] = [
        Weekly("a", ZoneInfo("Europe/Paris"), [(0, 540, 600)]),
        Weekly("a", BERLIN, [(0, 540, 601)]),
        Weekly("a", BERLIN, [(0, 540, 600)], special({XMAS_EVE: ()})),
        Weekly("a", BERLIN, [(0, 540, 600)], Exceptions({}, {(12, 24): ()})),
        Weekly("a", BERLIN, [(0, 540, 600)], special({}, XMAS_EVE)),
        Union("a", [base]),
        Without("a", base, lambda _first, _stop: [], "file"),
        Without("a", base, lambda _first, _stop: [], "other file"),
        ALWAYS,
    ]

    assert len({base.fingerprint, *(other.fingerprint for other in others)}) == 1 + len(others)


def test_a_calendar_knows_whether_it_ever_closes() -> None:
    assert office(9, 17).closes
    assert daily(0, 1439).closes
    assert not daily(0, 1440).closes
    assert not daily(*(22 * 60, 46 * 60)).closes, "each night runs to the next"
    assert not Weekly("shifts", BERLIN, [(day, *edges) for day in range(7) for edges in ((0, 500), (400, 1440))]).closes
    assert Weekly("but", BERLIN, [(day, 0, 1440) for day in range(7)], special({XMAS_EVE: ()})).closes
    assert Weekly("but", BERLIN, [(day, 0, 1440) for day in range(7)], special({}, XMAS_EVE)).closes
    assert not ALWAYS.closes


@pytest.mark.parametrize("windows", [[], [(7, 0, 60)]])
def test_a_calendar_needs_a_window_on_a_day_of_the_week(windows: list[tuple[int, int, int]]) -> None:
    with pytest.raises(ValueError, match="it needs a window"):
        Weekly("none", BERLIN, windows)


@pytest.mark.parametrize("window", [(0, 60, 60), (0, 120, 60), (0, -1, 60), (0, 60, 1501), (0, 1440, 1500)])
def test_windows_that_cannot_be_are_refused(window: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="windows must open before they close"):
        Weekly("none", BERLIN, [window])
    with pytest.raises(ValueError, match="windows must open before they close"):
        Weekly("none", BERLIN, [(0, 0, 60)], special({XMAS_EVE: (window[1:],)}))
