"""Laws that hold for every calendar, and what far instants, growing tables and threads may not change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clocks import BERLIN, at, daily, office
from slamon.model import DAY, HOUR, MAX_INSTANT
from slamon.sla.calendar import ALWAYS
from slamon.sla.calendars import Weekly

ZONES = ("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Nuuk")
EDGES = st.tuples(st.integers(0, 1439), st.integers(1, 1440))
WINDOWS = st.lists(
    st.tuples(st.integers(0, 6), EDGES).map(lambda w: (w[0], w[1][0], sum(w[1]))), min_size=1, max_size=6
)
INSTANTS = st.integers(at("1995-01-01T00:00"), at("2045-01-01T00:00"))


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


@settings(deadline=None, max_examples=40)
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
