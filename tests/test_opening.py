"""The digest at an opening, or when a shift begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockwork import BERLIN, acts, edits, fact, letters, looks, opened, sent, shown, the, world
from desk import DESK, Desk, policy, rules
from said import START, ask, reply
from slamon.audiences import Audience
from slamon.model import HOUR, MINUTE, SECOND
from slamon.occasions.opening import Openings
from slamon.sla.calendar import ALWAYS
from slamon.sla.calendars.kinds import Union, Weekly
from slamon.sla.calendars.openhours import Exceptions
from slamon.sla.calendars.openings import Opens, openings
from slamon.sla.handling import Verb
from slamon.sla.policy import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant
    from slamon.sla.calendar import Calendar
    from slamon.store.store import Store

LEAD = Audience("lead", "#lead")


def weekdays(name: str, *windows: str, exceptions: Exceptions | None = None) -> Weekly:
    edges = [window.split("-") for window in windows]
    week = [(day, _minutes(begin), _minutes(end)) for day in range(5) for begin, end in edges]
    return Weekly(name, BERLIN, week, exceptions)


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def at(text: str) -> Instant:
    """An instant as the clocks of Berlin show it: `2026-11-24 08:00`."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * SECOND


def minute(text: str) -> float:
    return (at(text) - START) / MINUTE


OFFICE = weekdays("office", "08:00-12:00", "12:30-18:00")
NIGHTS = Weekly("nights", BERLIN, [(day, 22 * 60, 30 * 60) for day in range(7)])
EIGHT = "2026-11-24 08:00"
"""A Tuesday."""


class TestAnOpening:
    @pytest.mark.parametrize(
        ("calendar", "begin", "end", "found"),
        [
            (OFFICE, "2026-11-24 07:00", "2026-11-24 19:00", [("2026-11-24 08:00", "2026-11-23 18:00")]),
            (OFFICE, "2026-11-24 08:00", "2026-11-24 19:00", []),
            (OFFICE, "2026-11-24 07:59", "2026-11-24 08:00", [("2026-11-24 08:00", "2026-11-23 18:00")]),
            (OFFICE, "2026-11-20 18:00", "2026-11-23 09:00", [("2026-11-23 08:00", "2026-11-20 18:00")]),
            (NIGHTS, "2026-11-24 00:00", "2026-11-24 23:00", [("2026-11-24 22:00", "2026-11-24 06:00")]),
            (ALWAYS, "2026-11-24 00:00", "2026-11-24 23:00", []),
            (Union("both", [OFFICE, NIGHTS]), "2026-11-24 00:00", "2026-11-25 00:00", [
                ("2026-11-24 08:00", "2026-11-24 06:00"), ("2026-11-24 22:00", "2026-11-24 18:00"),
            ]),
        ],
    )  # fmt: skip
    def test_is_where_a_calendar_opens_after_an_hour_closed(
        self, calendar: Calendar, begin: str, end: str, found: Sequence[tuple[str, str]]
    ) -> None:
        expected = [Opens(at(opens), at(closed)) for opens, closed in found]
        assert list(openings(calendar, at(begin), at(end))) == expected

    def test_follows_holidays_and_the_clocks_of_its_zone(self) -> None:
        closed = Exceptions(days={datetime.fromisoformat("2026-03-30").toordinal(): ()})
        calendar = weekdays("office", "08:00-18:00", exceptions=closed)
        found = [one.at for one in openings(calendar, at("2026-03-26 00:00"), at("2026-04-01 00:00"))]
        assert found == [at("2026-03-26 08:00"), at("2026-03-27 08:00"), at("2026-03-31 08:00")]

    @given(st.integers(0, 30 * 24 * 60), st.integers(1, 3 * 24 * 60))
    def test_is_the_same_whatever_pieces_the_time_is_looked_at_in(self, begin: int, length: int) -> None:
        first, stop = at("2026-10-10 00:00") + begin * MINUTE, at("2026-10-10 00:00") + (begin + length) * MINUTE
        middle = (first + stop) // 2
        whole = list(openings(OFFICE, first, stop))
        assert [*openings(OFFICE, first, middle), *openings(OFFICE, middle, stop)] == whole
        for one in whole:
            assert OFFICE.is_open(one.at)
            assert OFFICE.open_between(one.at - HOUR, one.at) == 0

    def test_has_none_outside_the_years_of_the_tables(self) -> None:
        assert list(openings(OFFICE, at("2200-01-01 00:00"), at("2200-01-10 00:00"))) == []


@dataclass
class Morning:
    """A desk on Tuesday at eight, with an hour to answer in office hours."""

    desk: Desk
    openings: Openings

    def at(self, text: str) -> None:
        self.desk.move(minute(text))
        self.desk.sweep()
        looks(self.desk, self.openings)


@pytest.fixture
def morning(store: Store) -> Morning:
    desk = Desk(store, rules(policy(calendar=OFFICE)), up_since=minute("2026-11-23 12:00"))
    desk.poll(minute=minute("2026-11-23 12:00"))
    return Morning(desk, Openings(world(desk), always=False))


def asks(morning: Morning, id_: str, text: str, **more: str) -> None:
    when = minute(text)
    morning.desk.poll(ask(id_, when, thread=f"t{id_}", by=f"c{id_}", **more), minute=when + 1)
    morning.desk.sweep()


class TestTheDigest:
    def test_comes_at_the_opening_and_says_who_waits_since_when_and_what_is_due(self, morning: Morning) -> None:
        asks(morning, "1", "2026-11-23 17:30")
        asks(morning, "2", "2026-11-23 21:00")
        asks(morning, "3", "2026-11-24 03:00")
        morning.at("2026-11-24 07:59")
        assert opened(morning.desk.store, "opening") == []
        morning.at(EIGHT)
        said = shown(morning.desk, the(morning.desk.store, "opening"))
        assert said.title == "Open since 08:00: 3 customers wait, 3 due by 09:00"
        assert fact(said, "Oldest") == "since Mon 23 Nov 17:30"
        assert fact(said, "Since closing, Mon 23 Nov 18:00") == "2"
        assert fact(said, "Already past due") == "0"
        assert [row.customer for row in said.rows] == ["c1", "c2", "c3"]
        assert letters(morning.desk.store) == [(1, 0, "@social", "pending")]

    def test_does_not_come_where_nobody_waits_unless_always(self, morning: Morning) -> None:
        morning.at(EIGHT)
        assert opened(morning.desk.store, "opening") == []
        looks(morning.desk, Openings(world(morning.desk), always=True))
        assert shown(morning.desk, the(morning.desk.store, "opening")).title == "Open since 08:00: nobody waits"

    def test_comes_once_whatever_the_clock_and_the_process_do(self, morning: Morning) -> None:
        asks(morning, "1", "2026-11-23 21:00")
        for text in (EIGHT, "2026-11-24 08:20", "2026-11-24 07:50", "2026-11-24 08:01"):
            morning.openings = Openings(world(morning.desk), always=False)
            morning.at(text)
        assert len(letters(morning.desk.store)) == 1

    @pytest.mark.parametrize(("comes_up", "times"), [("2026-11-24 08:29", 1), ("2026-11-24 08:30", 0)])
    def test_is_made_up_for_half_an_hour(self, morning: Morning, comes_up: str, times: int) -> None:
        asks(morning, "1", "2026-11-23 21:00")
        morning.at(comes_up)
        assert len(opened(morning.desk.store, "opening")) == times

    def test_waits_until_the_channels_were_tried_after_a_start(self, morning: Morning) -> None:
        asks(morning, "1", "2026-11-23 21:00")
        fresh = world(morning.desk, tried=lambda: False, up_since=at(EIGHT))
        morning.openings = Openings(fresh, always=False)
        morning.at("2026-11-24 08:04")
        assert opened(morning.desk.store, "opening") == []
        morning.at("2026-11-24 08:05")
        assert len(opened(morning.desk.store, "opening")) == 1

    def test_does_not_count_who_comes_after_the_opening_nor_history(self, morning: Morning) -> None:
        asks(morning, "1", "2026-11-23 21:00")
        morning.at(EIGHT)
        asks(morning, "2", "2026-11-24 08:05")
        morning.at("2026-11-24 08:10")
        assert fact(shown(morning.desk, the(morning.desk.store, "opening")), "Waiting") == "1"

    def test_lunch_is_no_closing(self, morning: Morning) -> None:
        asks(morning, "1", "2026-11-24 11:50")
        morning.at("2026-11-24 12:31")
        assert opened(morning.desk.store, "opening") == []

    def test_is_kept_true_for_an_hour_and_then_left(self, morning: Morning) -> None:
        store = morning.desk.store
        asks(morning, "1", "2026-11-23 21:00")
        asks(morning, "2", "2026-11-23 22:00")
        morning.at(EIGHT)
        sent(store)
        morning.at("2026-11-24 08:30")
        assert edits(store, the(store, "opening")) == 0
        answer = reply("r", minute("2026-11-24 08:31"), to="1", thread="t1")
        morning.desk.poll(answer, minute=minute("2026-11-24 08:32"))
        morning.at("2026-11-24 08:33")
        of = the(store, "opening")
        assert (edits(store, of), of.closed_at) == (1, None)
        said = shown(morning.desk, of)
        assert said.title == "Open since 08:00: 1 customer waits, 1 due by 09:00"
        assert [(row.customer, row.status.value) for row in said.rows] == [("c2", "on_track"), ("c1", "met")]
        morning.at("2026-11-24 09:00")
        assert the(store, "opening").closed_at == at("2026-11-24 09:00")

    def test_names_who_has_what_in_hand(self, morning: Morning) -> None:
        asks(morning, "1", "2026-11-23 21:00")
        asks(morning, "2", "2026-11-23 22:00")
        waits = [row.id for row in morning.desk.shelf.waits()]
        acts(morning.desk, waits[0], Verb.ACKNOWLEDGE, "Ann", at("2026-11-24 07:30"))
        acts(morning.desk, waits[1], Verb.SNOOZE, "Ben", at("2026-11-24 07:30"))
        morning.at(EIGHT)
        said = shown(morning.desk, the(morning.desk.store, "opening"))
        assert (fact(said, "Acknowledged"), fact(said, "Snoozed")) == ("1 by Ann", "1 by Ben")


class TestSeveral:
    def test_channels_and_policies_with_one_opening_are_one_digest_a_destination(self, store: Store) -> None:
        late = Stage("100%", share=1_000_000, audience="lead")
        half = Stage("50%", share=500_000)
        longer = policy("two", calendar=weekdays("longer", "08:00-20:00"))
        desk = Desk(store, rules(policy("one", calendar=OFFICE, stages=(half, late)), longer))
        store.register("acme-y", "x")
        desk.poll(ask("1", minute("2026-11-23 21:00")), minute=minute("2026-11-23 21:01"))
        desk.sweep(minute(EIGHT))
        looks(desk, Openings(world(desk, DESK, LEAD, channels=("acme-x", "acme-y")), always=False))
        assert [of.destination for of in opened(store, "opening")] == ["#desk", "#lead"]

    def test_a_calendar_that_never_closes_has_none(self, store: Store) -> None:
        desk = Desk(store)
        desk.poll(ask("1", minute("2026-11-23 23:30")), minute=minute("2026-11-23 23:31"))
        desk.sweep(minute("2026-11-24 00:00"))
        looks(desk, Openings(world(desk), always=True))
        assert opened(store, "opening") == []


class Shifted(Audience):
    """Its shift begins at eight."""

    def shift_starts(self, after: Instant, until: Instant) -> list[Instant]:
        return [one for one in (at(EIGHT),) if after < one <= until]


class TestAShift:
    def test_begins_with_a_digest_where_somebody_waits(self, store: Store) -> None:
        desk = Desk(store, rules(policy(length=24 * HOUR)))
        shifted = Shifted("desk", "#desk", "@early")
        desk.move(minute(EIGHT))
        looks(desk, Openings(world(desk, shifted), always=True))
        assert opened(store, "opening") == []
        desk.poll(ask("1", minute("2026-11-24 07:00")), minute=minute("2026-11-24 07:01"))
        desk.sweep(minute("2026-11-24 08:02"))
        looks(desk, Openings(world(desk, shifted), always=True))
        assert shown(desk, the(store, "opening")).title == "Shift since 08:00: 1 customer waits, 0 due by 09:00"

    def test_at_an_opening_is_one_digest_with_it(self, morning: Morning) -> None:
        asks(morning, "1", "2026-11-23 21:00")
        morning.openings = Openings(world(morning.desk, Shifted("desk", "#desk", "@early")), always=False)
        morning.at(EIGHT)
        assert letters(morning.desk.store) == [(1, 0, "@early", "pending")]
        assert shown(morning.desk, the(morning.desk.store, "opening")).title.startswith("Open since 08:00")
