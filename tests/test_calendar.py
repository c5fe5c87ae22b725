from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamon.model import DAY, HOUR, MAX_INSTANT, MINUTE, SECOND
from slamon.sla.calendar import ALWAYS, Weekly

BERLIN = ZoneInfo("Europe/Berlin")
WORKDAYS = range(5)
# Clocks that go half an hour, at midnight, twice a year, never, and over the date line.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Nuuk",
    "Africa/Casablanca",
)


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()) * SECOND


def office(begin: int, end: int) -> Weekly:
    return Weekly("office", BERLIN, [(day, begin * 60, end * 60) for day in WORKDAYS])


def daily(begin: int, end: int, zone: ZoneInfo = BERLIN) -> Weekly:
    """The same window every day; edges are minutes since midnight."""
    return Weekly("daily", zone, [(day, begin, end) for day in range(7)])


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


# ---- an oracle that walks: every minute of a day, in the clock of the zone, without any arithmetic on offsets


@lru_cache(maxsize=4_096)
def minutes_of(zone: str, day: date) -> list[tuple[int, datetime]]:
    """Each UTC minute around a local day, with what the clocks of the zone show."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    steps = (begin + timedelta(minutes=i) for i in range(84 * 60))
    return [(int(s.timestamp()) * SECOND, s.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for s in steps]


def walked_edges(zone: str, day: date, begin: int, end: int) -> tuple[int, int]:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a local time
    opens, closes = midnight + timedelta(minutes=begin), midnight + timedelta(minutes=end)
    minutes = minutes_of(zone, day)
    opened = next(instant for instant, shown in minutes if shown >= opens)
    shown_then = [instant for instant, shown in minutes if shown == closes]
    closed = shown_then[-1] if shown_then else next(instant for instant, shown in minutes if shown >= closes)
    return opened, closed


def walked_open(zone: str, windows: list[tuple[int, int, int]], start: int, end: int) -> int:
    """The open milliseconds of [start, end), from windows found by walking, minute by minute."""
    first = datetime.fromtimestamp(start // SECOND, UTC).date() - timedelta(days=2)
    last = datetime.fromtimestamp(end // SECOND, UTC).date() + timedelta(days=2)
    spans = []
    while first <= last:
        spans += [walked_edges(zone, first, b, e) for d, b, e in windows if d == first.weekday()]
        first += timedelta(days=1)
    begin = start - start % MINUTE
    return sum(
        min(minute + MINUTE, end) - max(minute, start)
        for minute in range(begin, end, MINUTE)
        if any(opens <= minute < closes for opens, closes in spans)
    )


WINDOW = st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)).filter(lambda w: w[1] < w[2])
WINDOWS = st.lists(WINDOW, min_size=1, max_size=6)
INSTANTS = st.integers(at("1995-01-01T00:00"), at("2045-01-01T00:00"))


def transitions(zone: ZoneInfo) -> list[int]:
    """Days on which the clocks of a zone changed since 1995."""
    days = [datetime(1995, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(35 * 365)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return [int(days[i].timestamp()) * SECOND for i in range(len(days) - 1) if offsets[i] != offsets[i + 1]]


@st.composite
def near_a_change(draw: st.DrawFn) -> tuple[str, int]:
    """A zone and an instant at most a day and a half away from a change of its clocks, if it has any."""
    zone = draw(st.sampled_from(ZONES))
    changes = transitions_of(zone)
    moment = draw(st.sampled_from(changes)) if changes else draw(INSTANTS)
    return zone, moment + draw(st.integers(-36 * HOUR, 36 * HOUR))


@lru_cache(maxsize=64)
def transitions_of(zone: str) -> list[int]:
    return transitions(ZoneInfo(zone))


@settings(deadline=None, max_examples=60)
@given(near_a_change(), WINDOWS, st.integers(0, 2 * DAY))
def test_open_time_equals_a_walk_minute_by_minute(
    moment: tuple[str, int], windows: list[tuple[int, int, int]], span: int
) -> None:
    zone, start = moment
    calendar = Weekly("any", ZoneInfo(zone), windows)

    assert calendar.open_between(start, start + span) == walked_open(zone, windows, start, start + span)


# ---- laws


@settings(deadline=None)
@given(st.sampled_from(ZONES), WINDOWS, INSTANTS, st.integers(1, 60 * DAY))
def test_add_then_measure_is_identity(zone: str, windows: list[tuple[int, int, int]], start: int, span: int) -> None:
    calendar = Weekly("any", ZoneInfo(zone), windows)
    due = calendar.add(start, span)

    assert calendar.open_between(start, due) == span
    assert calendar.open_between(start, due - 1) == span - 1, "due is the first instant at which it has passed"


@settings(deadline=None)
@given(st.sampled_from(ZONES), WINDOWS, INSTANTS, st.integers(1, 60 * DAY))
def test_going_back_then_measuring_is_identity(
    zone: str, windows: list[tuple[int, int, int]], end: int, span: int
) -> None:
    calendar = Weekly("any", ZoneInfo(zone), windows)
    start = calendar.add(end, -span)

    assert calendar.open_between(start, end) == span
    assert calendar.open_between(start + 1, end) == span - 1, "start is the last instant from which it leads up"


def test_going_back_to_an_opening_edge_stays_there() -> None:
    assert office(9, 17).add(at("2026-11-23T10:00"), -HOUR) == at("2026-11-23T09:00")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("hours", range(-15, 16))
def test_the_turn_of_the_year_is_covered_in_every_zone(zone: str, hours: int) -> None:
    start = at("2026-01-01T00:00", ZoneInfo("UTC")) + hours * HOUR
    fresh, seasoned = (daily(540, 1020, ZoneInfo(zone)) for _ in range(2))
    seasoned.open_between(start - 400 * DAY, start + 400 * DAY)

    assert fresh.add(start, HOUR) == seasoned.add(start, HOUR)


@settings(deadline=None)
@given(WINDOWS, st.lists(INSTANTS, min_size=3, max_size=3).map(sorted))
def test_open_time_adds_up(windows: list[tuple[int, int, int]], instants: list[int]) -> None:
    a, b, c = instants
    calendar = Weekly("any", BERLIN, windows)

    assert calendar.open_between(a, b) + calendar.open_between(b, c) == calendar.open_between(a, c)


@given(INSTANTS)
def test_nothing_added_is_the_start_itself_open_or_not(start: int) -> None:
    assert office(9, 17).add(start, 0) == start


@given(INSTANTS, st.integers(0, DAY))
def test_nothing_passes_backwards(start: int, span: int) -> None:
    assert office(9, 17).open_between(start, start - span) == 0


@settings(deadline=None)
@given(INSTANTS, st.integers(-10 * DAY, 10 * DAY))
def test_a_calendar_that_never_closes_is_always(start: int, span: int) -> None:
    assert daily(0, 1440).add(start, span) == ALWAYS.add(start, span)


@pytest.mark.parametrize("start", [-(10**15), 0, MAX_INSTANT, 10**20])
@pytest.mark.parametrize("span", [1, HOUR, 10**13, -1, -(10**13)])
def test_the_far_past_and_future_count_around_the_clock_and_never_raise(start: int, span: int) -> None:
    calendar = office(9, 17)
    other = calendar.add(start, span)

    assert calendar.open_between(min(start, other), max(start, other)) == abs(span)


def test_a_target_longer_than_the_table_grows_it() -> None:
    calendar = Weekly("an hour a week", BERLIN, [(0, 540, 600)])

    assert calendar.add(at("2026-11-23T08:00"), 520 * HOUR) == at("2036-11-03T10:00")


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    asked = office(9, 17)
    instants = [at(f"{year}-06-15T16:30") for year in (2026, 1990, 2060, 2025, 2090, 1971)]
    answers = [asked.add(instant, HOUR) for instant in instants]

    assert answers == [office(9, 17).add(instant, HOUR) for instant in instants]


def test_threads_that_make_the_table_grow_at_once_agree() -> None:
    calendar = office(9, 17)
    instants = [at(f"{year}-06-15T16:30") for year in range(1980, 2060)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda instant: calendar.add(instant, 300 * HOUR), instants))

    assert answers == [office(9, 17).add(instant, 300 * HOUR) for instant in instants]


@pytest.mark.parametrize("windows", [[], [(7, 0, 60)], [(0, 60, 60)], [(0, 120, 60)], [(0, -1, 60)], [(0, 0, 1441)]])
def test_windows_that_cannot_be_are_refused(windows: list[tuple[int, int, int]]) -> None:
    with pytest.raises(ValueError, match="windows must open before they close"):
        Weekly("none", BERLIN, windows)


def test_a_calendar_knows_whether_it_ever_closes() -> None:
    assert office(9, 17).closes
    assert daily(0, 1439).closes
    assert not daily(0, 1440).closes
    assert not Weekly("shifts", BERLIN, [(day, *edges) for day in range(7) for edges in ((0, 500), (400, 1440))]).closes
