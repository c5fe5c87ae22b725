"""Who is woken at which hour, and when nobody is: against an oracle that walks through every minute on the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.model import DAY, HOUR, MINUTE
from slamon.sla.shifts import DAILY, WEEKLY, Quiet, Shift, Shifts, Turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from slamon.sla.shifts import Window

BERLIN = ZoneInfo("Europe/Berlin")
MON, FRI, SAT, SUN = 0, 4, 5, 6
WEEK = range(7)
MONDAY = date(2026, 11, 23)
LAPS = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # half an hour only
    "Africa/Cairo": (date(2026, 4, 24), date(2026, 10, 30)),  # at midnight
    "UTC": (date(2026, 3, 29), date(2026, 10, 25)),
}
"""Days on which the clocks change."""


def at(text: str, zone: str = "Europe/Berlin", *, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1_000)


def daily(begin: int, end: int, days: Iterable[int] = WEEK) -> tuple[Window, ...]:
    """Hours, on these days."""
    return tuple((day, begin * 60, end * 60) for day in days)


DAYS = Shift(daily(8, 16, range(5)), ("ann", "ben"))
NIGHTS = Shift(daily(16, 32), ("cleo", "dan", "eve"), Turns(WEEKLY, MONDAY.toordinal()))
DESK = Shifts(BERLIN, [DAYS, NIGHTS])


@pytest.mark.parametrize(
    ("when", "wake"),
    [
        ("2026-11-25T08:00", ("ann", "ben")),
        ("2026-11-25T15:59:59.999", ("ann", "ben")),
        ("2026-11-25T16:00", ("cleo", "dan", "eve")),
        ("2026-11-26T07:59:59.999", ("cleo", "dan", "eve")),
        ("2026-11-28T12:00", ()),  # no day shift on Saturday
        ("2026-11-30T07:59", ("cleo", "dan", "eve")),  # Sunday's night, which is of the first week
        ("2026-11-30T16:00", ("dan", "eve", "cleo")),
        ("2026-12-07T16:00", ("eve", "cleo", "dan")),
        ("2026-12-14T16:00", ("cleo", "dan", "eve")),
        ("2026-11-22T16:00", ("eve", "cleo", "dan")),  # before the first turn they went round just so
    ],
)
def test_a_shift_wakes_by_weekday_hour_and_turn(when: str, wake: tuple[str, ...]) -> None:
    assert DESK.on(at(when)) == wake


def test_turns_by_the_day_belong_to_the_day_on_which_the_shift_began() -> None:
    shifts = Shifts(BERLIN, [Shift(daily(9, 33), ("ann", "ben"), Turns(DAILY, MONDAY.toordinal()))])

    assert [shifts.on(at(f"2026-11-{day}T08:59"))[0] for day in (24, 25, 26)] == ["ann", "ben", "ann"]
    assert [shifts.on(at(f"2026-11-{day}T09:00"))[0] for day in (24, 25, 26)] == ["ben", "ann", "ben"]
    assert shifts.starts(at("2026-11-24T09:00"), at("2026-11-26T09:00")) == [
        at("2026-11-25T09:00"),
        at("2026-11-26T09:00"),
    ]


def test_a_shift_ends_when_others_take_over_or_nobody_does() -> None:
    assert DESK.ends_at(at("2026-11-25T12:00")) == at("2026-11-25T16:00")
    assert DESK.ends_at(at("2026-11-25T23:00")) == at("2026-11-26T08:00")
    assert DESK.ends_at(at("2026-11-28T12:00")) is None
    assert DESK.starts(at("2026-11-27T15:00"), at("2026-11-30T08:00")) == [
        at("2026-11-27T16:00"),
        at("2026-11-28T16:00"),
        at("2026-11-29T16:00"),
        at("2026-11-30T08:00"),
    ]


def test_what_goes_on_with_the_same_persons_does_not_end_at_midnight() -> None:
    week = Shifts(BERLIN, [Shift(daily(0, 24), ("ann", "ben"), Turns(WEEKLY, MONDAY.toordinal()))])

    assert week.ends_at(at("2026-11-23T00:00")) == at("2026-11-30T00:00")
    assert week.ends_at(at("2026-11-29T23:59")) == at("2026-11-30T00:00")
    assert week.starts(at("2026-11-23T00:00"), at("2026-12-07T00:00")) == [
        at("2026-11-30T00:00"),
        at("2026-12-07T00:00"),
    ]


@pytest.mark.parametrize("hour", range(0, 24, 5))
@pytest.mark.parametrize("month", [3, 10])
def test_what_goes_on_for_good_has_no_end(hour: int, month: int) -> None:
    for_good = Shifts(BERLIN, [Shift(daily(0, 24, range(5)), ("ann",)), Shift(daily(0, 24, (SAT, SUN)), ("ann",))])

    for day in range(8, 26):
        assert for_good.ends_at(at(f"2026-{month:02}-{day:02}T{hour:02}:30")) is None
    assert for_good.starts(at("2026-03-01T00:00"), at("2026-04-20T00:00")) == []


def test_a_turn_that_meets_a_fixed_shift_of_the_same_order_ends_after_nine_days() -> None:
    turns = Shift(daily(0, 24, range(5)), ("ann", "ben"), Turns(WEEKLY, MONDAY.toordinal()))
    shifts = Shifts(BERLIN, [turns, Shift(daily(0, 24, (SAT, SUN)), ("ann", "ben"))])

    assert shifts.ends_at(at("2026-12-05T00:00")) == at("2026-12-14T00:00")


def test_an_hour_that_is_shown_twice_belongs_to_the_shift_that_began_in_it() -> None:
    shifts = Shifts(BERLIN, [Shift(((SUN, 0, 150),), ("ann",)), Shift(((SUN, 150, 480),), ("ben",))])
    first, second = at("2026-10-25T02:30"), at("2026-10-25T02:30", fold=1)

    assert second - first == HOUR
    assert (shifts.on(first - 1), shifts.on(first), shifts.on(second)) == (("ann",), ("ben",), ("ben",))
    assert shifts.ends_at(first - 1) == first
    assert shifts.starts(first - DAY, first + DAY)[-1] == first


def test_an_edge_that_the_clocks_skip_is_the_instant_of_the_jump() -> None:
    shifts = Shifts(BERLIN, [Shift(((SUN, 0, 150),), ("ann",)), Shift(((SUN, 150, 480),), ("ben",))])
    jump = at("2026-03-29T03:00")

    assert (shifts.on(jump - 1), shifts.on(jump)) == (("ann",), ("ben",))
    assert shifts.ends_at(jump - HOUR) == jump


@pytest.mark.parametrize(
    ("when", "until"),
    [
        ("2026-11-27T23:59:59.999", None),
        ("2026-11-28T00:00", "2026-11-30T00:00"),  # both days of the weekend are one
        ("2026-11-29T23:59", "2026-11-30T00:00"),
        ("2026-11-30T00:00", None),
    ],
)
def test_quiet_hours_that_touch_are_one(when: str, until: str | None) -> None:
    quiet = Quiet(BERLIN, daily(0, 24, (SAT, SUN)))

    assert quiet.until(at(when)) == (None if until is None else at(until))


def test_quiet_hours_over_midnight_follow_the_zone() -> None:
    quiet = Quiet(BERLIN, daily(22, 31))

    assert quiet.until(at("2026-10-24T22:00")) == at("2026-10-25T07:00")
    assert at("2026-10-25T07:00") - at("2026-10-24T22:00") == 10 * HOUR
    assert quiet.until(at("2026-10-25T07:00")) is None
    assert quiet.until(at("2026-10-24T21:59")) is None


# --- every minute


@dataclass(frozen=True)
class Clocks:
    """What the clocks of a zone show at each minute of some days, and of a day before and after them."""

    minutes: Sequence[tuple[int, datetime]]
    first_shown: Mapping[datetime, int]
    last_shown: Mapping[datetime, int]

    def edge(self, shown: datetime, *, closing: bool) -> int:
        """Of a time that is shown twice the first, for a closing edge the last; of one that is skipped the jump."""
        known = self.last_shown if closing else self.first_shown
        return known[shown] if shown in known else next(t for t, later in self.minutes if later > shown)

    def inside(self, first: date, days: int) -> list[int]:
        """The minutes of these days."""
        return [t for t, shown in self.minutes if first <= shown.date() < first + timedelta(days)]


@cache
def clocks(zone: str, first: date) -> Clocks:
    begin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp() * 1_000) - 2 * DAY
    instants = range(begin, begin + 8 * DAY, MINUTE)
    minutes = [(t, datetime.fromtimestamp(t / 1_000, ZoneInfo(zone)).replace(tzinfo=None)) for t in instants]
    return Clocks(minutes, {shown: t for t, shown in reversed(minutes)}, {shown: t for t, shown in minutes})


def oracle(shifts: Sequence[Shift], seen: Clocks, first: date) -> dict[int, tuple[str, ...]]:
    """Whom each minute wakes: of the windows that hold it, the one that began last."""
    found: list[tuple[int, int, tuple[str, ...]]] = []
    for n in range(-1, 4):
        day = first + timedelta(n)
        midnight = datetime.combine(day, datetime.min.time())
        for shift in shifts:
            for weekday, begin, end in shift.windows:
                if weekday == day.weekday():
                    begins = seen.edge(midnight + timedelta(minutes=begin), closing=False)
                    ends = seen.edge(midnight + timedelta(minutes=end), closing=True)
                    found.append((begins, ends, shift.order(day.toordinal())))
    found.sort(key=lambda window: window[0])
    whom: dict[int, tuple[str, ...]] = {}
    for begins, ends, wake in found:
        whom |= dict.fromkeys(range(begins, ends, MINUTE), wake)
    return whom


@st.composite
def rotas(draw: st.DrawFn) -> list[Shift]:
    """Shifts that do not overlap: the week cut into pieces at quarters of an hour, some pieces left out."""
    quarters = st.integers(0, 7 * 96 - 1)
    cuts = sorted(draw(st.sets(quarters, min_size=7, max_size=24)) | {day * 96 + 10 for day in WEEK})
    found = []
    for begin, end in zip(cuts, [*cuts[1:], cuts[0] + 7 * 96], strict=True):
        day, minute = divmod(begin * 15, 1_440)
        wake = draw(st.sampled_from([("ann",), ("ben",), ("ann", "ben"), ("cleo", "dan", "eve")]))
        turns = draw(st.sampled_from([None, Turns(WEEKLY, MONDAY.toordinal()), Turns(DAILY, MONDAY.toordinal())]))
        if draw(st.integers(0, 4)) and end - begin <= 96:
            found.append(Shift(((day, minute, minute + (end - begin) * 15),), wake, turns if wake[1:] else None))
    return found


def changes() -> Iterator[tuple[str, date]]:
    for zone, days in LAPS.items():
        for day in days:
            yield zone, day


@given(rotas(), st.sampled_from(list(changes())))
def test_every_minute_around_a_change_of_the_clocks_wakes_whom_the_oracle_says(
    rota: list[Shift], change: tuple[str, date]
) -> None:
    name, day = change
    zone, first = ZoneInfo(name), day - timedelta(1)
    seen = clocks(name, first)
    whom, inside = oracle(rota, seen, first), seen.inside(first, 3)
    shifts = Shifts(zone, rota)

    assert [(t, shifts.on(t)) for t in inside[::31]] == [(t, whom.get(t, ())) for t in inside[::31]]
    starts = [t for t in inside[1:] if whom.get(t, ()) not in {(), whom.get(t - MINUTE, ())}]
    assert shifts.starts(inside[0], inside[-1]) == starts
    for t in inside[::97]:
        if t in whom:
            end = next((later for later in inside if later > t and whom.get(later, ()) != whom[t]), None)
            assert end is None or shifts.ends_at(t) == end


@given(
    st.sets(st.tuples(st.integers(0, 6), st.integers(0, 95), st.integers(1, 96)), min_size=1, max_size=5),
    st.sampled_from(list(changes())),
)
def test_every_minute_around_a_change_of_the_clocks_is_quiet_when_the_oracle_says(
    drawn: set[tuple[int, int, int]], change: tuple[str, date]
) -> None:
    name, day = change
    zone, first = ZoneInfo(name), day - timedelta(1)
    windows = tuple((weekday, begin * 15, (begin + length) * 15) for weekday, begin, length in sorted(drawn))
    seen = clocks(name, first)
    whom = oracle([Shift((window,), ("quiet",)) for window in windows], seen, first)
    inside = seen.inside(first, 2)
    quiet = Quiet(zone, windows)

    assert [(t, quiet.until(t) is not None) for t in inside[::31]] == [(t, t in whom) for t in inside[::31]]
    for t in inside[::97]:
        until = quiet.until(t)
        if until is not None and until <= inside[-1]:
            assert until not in whom
            assert all(between in whom for between in range(t, until, MINUTE))
