"""Yesterday's figures, by the clock of a zone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from clockwork import BERLIN, fact, letters, looks, opened, shown, the, world
from desk import DESK, Desk, policy, rules
from said import START, ask, reply
from slamon.audiences import Audience
from slamon.cron import Cron, line_of
from slamon.model import DAY, HOUR, MINUTE, SECOND, Gone, Target
from slamon.notify.timed import DailyConfig
from slamon.occasions.daily import Daily
from slamon.replay import replay
from slamon.store import daily

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.model import Instant
    from slamon.store.store import Store

LEAD = Audience("lead", "#lead")
EIGHT = DailyConfig(None, "30 8 * * *", "Europe/Berlin")


def at(text: str) -> Instant:
    """An instant as the clocks of Berlin show it: `2026-11-24 08:00`."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * SECOND


def minute(text: str) -> float:
    return (at(text) - START) / MINUTE


class TestALine:
    @pytest.mark.parametrize(
        "line",
        ["", "* * * *", "61 8 * * *", "x 8 * * *", "30 8 * * 1-5", "30 8 * * 0", "0 0 30 2 *", "30 8 * * monday"],
    )
    def test_that_means_nothing_or_something_else_elsewhere_is_refused(self, line: str) -> None:
        with pytest.raises(PydanticCustomError):
            Cron(line, "Europe/Berlin")

    def test_fires_at_the_hours_of_its_zone(self) -> None:
        found = list(Cron("30 8 * * mon-fri", "Europe/Berlin").fires(at("2026-10-23 08:30"), at("2026-10-27 08:30")))
        assert found == [at("2026-10-26 08:30"), at("2026-10-27 08:30")]

    def test_of_a_time_that_the_clocks_skip_fires_at_the_jump_and_of_one_shown_twice_at_both(self) -> None:
        skipped = list(Cron("30 2 * * *", "Europe/Berlin").fires(at("2026-03-29 00:00"), at("2026-03-30 00:00")))
        twice = list(Cron("30 2 * * *", "Europe/Berlin").fires(at("2026-10-25 00:00"), at("2026-10-26 00:00")))
        assert (skipped, len(twice)) == ([at("2026-03-29 03:30")], 2)

    @given(
        st.integers(0, 400 * 24 * 60), st.integers(1, 3 * 24 * 60), st.sampled_from(["30 2 * * *", "*/7 1-3 * * sun"])
    )
    def test_fires_the_same_whatever_pieces_the_time_is_looked_at_in(self, begin: int, length: int, line: str) -> None:
        cron = Cron(line, "Europe/Berlin")
        first = at("2026-01-01 00:00") + begin * MINUTE + begin % MINUTE
        stop = first + length * MINUTE
        middle = (first + stop) // 2
        assert [*cron.fires(first, middle), *cron.fires(middle, stop)] == list(cron.fires(first, stop))

    def test_is_made_of_a_time_and_days(self) -> None:
        assert line_of("08:05", [0, 4]) == "5 8 * * mon,fri"
        for wrong in ("8", "24:00", "8:60", 8, None):
            with pytest.raises(PydanticCustomError):
                line_of(wrong, [0])


@pytest.fixture
def desk(store: Store) -> Desk:
    desk = Desk(store, rules(policy()), up_since=minute("2026-11-22 12:00"))
    desk.poll(minute=minute("2026-11-22 12:00"))
    return desk


def asks(desk: Desk, id_: str, when: str, answered: str = "", **more: Any) -> None:
    """A customer asks in a thread of its own, and is answered then."""
    desk.poll(ask(id_, minute(when), thread=f"t{id_}", by=f"c{id_}", **more), minute=minute(when) + 0.5)
    desk.sweep()
    if answered:
        answer = reply(f"r{id_}", minute(answered), to=id_, thread=f"t{id_}")
        desk.poll(answer, minute=minute(answered) + 0.5)
        desk.sweep()


def looks_at(desk: Desk, when: str, *entries: DailyConfig, **more: Any) -> None:
    """The channel was read until then, and the daily digests look."""
    desk.poll(minute=minute(when))
    desk.sweep()
    looks(desk, Daily(world(desk, DESK, LEAD, **more), entries or (EIGHT,)))


class TestTheDigest:
    def test_has_the_figures_of_the_day_before_and_the_worst(self, desk: Desk) -> None:
        asks(desk, "0", "2026-11-22 23:59")
        asks(desk, "1", "2026-11-23 00:00", "2026-11-23 00:20")
        asks(desk, "2", "2026-11-23 10:00", "2026-11-23 10:40")
        asks(desk, "3", "2026-11-23 12:00", "2026-11-23 15:00")
        asks(desk, "4", "2026-11-23 16:00", permalink="https://x.example/4")
        asks(desk, "5", "2026-11-23 23:59")
        asks(desk, "6", "2026-11-24 00:00")
        looks_at(desk, "2026-11-24 08:30")
        said = shown(desk, the(desk.store, "daily"))
        assert said.title == "Mon 23 Nov: 5 received, 40 % in time"
        words = "5 received: 2 in time, 1 late, 2 open (2 past due); 40 % in time; median 40 min"
        assert said.facts == (("acme-x", words),)
        assert [row.customer for row in said.rows] == ["c4", "c5", "c3"]
        assert said.rows[0].permalink == "https://x.example/4"
        assert letters(desk.store) == [(1, 0, "", "pending")]
        assert the(desk.store, "daily").closed_at is not None

    def test_shows_the_five_that_are_the_longest_past_due(self, desk: Desk) -> None:
        for n in range(8):
            asks(desk, f"{n}", f"2026-11-23 1{n}:00")
        looks_at(desk, "2026-11-24 08:30")
        said = shown(desk, the(desk.store, "daily"))
        assert [row.customer for row in said.rows] == ["c0", "c1", "c2", "c3", "c4"]

    def test_comes_once_at_its_hour_whatever_the_clock_and_the_process_do(self, desk: Desk) -> None:
        asks(desk, "1", "2026-11-23 10:00")
        looks_at(desk, "2026-11-24 08:29")
        assert opened(desk.store, "daily") == []
        for when in ("2026-11-24 08:30", "2026-11-24 12:00", "2026-11-24 08:00", "2026-11-24 08:31"):
            looks_at(desk, when)
        assert len(opened(desk.store, "daily")) == 1

    @pytest.mark.parametrize(("comes_up", "times"), [("2026-11-24 14:29", 1), ("2026-11-24 14:31", 0)])
    def test_is_made_up_for_six_hours(self, desk: Desk, comes_up: str, times: int) -> None:
        asks(desk, "1", "2026-11-23 10:00")
        asks(desk, "2", "2026-11-24 08:00")
        looks_at(desk, comes_up)
        assert len(opened(desk.store, "daily")) == times

    def test_waits_until_the_channels_were_tried_after_a_start(self, desk: Desk) -> None:
        asks(desk, "1", "2026-11-23 10:00")
        looks_at(desk, "2026-11-24 08:30", tried=lambda: False, up_since=at("2026-11-24 08:29"))
        assert opened(desk.store, "daily") == []

    def test_of_a_day_before_anything_was_read_is_none(self, store: Store) -> None:
        desk = Desk(store)
        looks_at(desk, "2026-11-24 08:30")
        assert opened(store, "daily") == []

    def test_of_a_day_on_which_nobody_asked_says_so(self, desk: Desk) -> None:
        desk.poll(minute=minute("2026-11-23 10:00"))
        looks_at(desk, "2026-11-24 08:30")
        said = shown(desk, the(desk.store, "daily"))
        assert (said.title, said.facts, said.rows) == ("Mon 23 Nov: nobody asked", (), ())

    def test_stays_as_it_was_said(self, desk: Desk) -> None:
        asks(desk, "1", "2026-11-23 10:00")
        looks_at(desk, "2026-11-24 08:30")
        before = shown(desk, the(desk.store, "daily"))
        desk.poll(reply("r1", minute("2026-11-24 09:00"), to="1", thread="t1"), minute=minute("2026-11-24 09:01"))
        desk.sweep()
        after = shown(desk, the(desk.store, "daily"))
        assert (after.title, after.facts) == (before.title, before.facts)

    def test_goes_to_whom_it_is_for_in_a_zone_of_its_own(self, desk: Desk) -> None:
        asks(desk, "1", "2026-11-23 06:00")
        manila = DailyConfig("lead", "0 6 * * *", "Asia/Manila")
        looks_at(desk, "2026-11-24 00:00", EIGHT, manila)
        of = the(desk.store, "daily")
        assert (of.destination, shown(desk, of).title) == ("#lead", "Mon 23 Nov: 1 received, 0 % in time")

    def test_counts_a_day_of_25_hours_whole(self, store: Store) -> None:
        desk = Desk(store, rules(policy()), up_since=minute("2026-10-24 12:00"))
        desk.poll(minute=minute("2026-10-24 12:00"))
        for n in range(26):
            when = at("2026-10-24 23:30") + n * HOUR
            desk.poll(ask(f"{n}", (when - START) / MINUTE, thread=f"t{n}", by=f"c{n}"), minute=(when - START) / MINUTE)
            desk.sweep()
        looks_at(desk, "2026-10-26 08:30")
        assert shown(desk, the(store, "daily")).title == "Sun 25 Oct: 25 received, 0 % in time"

    def test_names_channels_that_were_not_read_on_that_day(self, desk: Desk) -> None:
        desk.poll(minute=minute("2026-11-23 10:00"))
        desk.store.register("new", "x")
        desk.store.register("gone", "x")
        looks_at(desk, "2026-11-24 08:30", channels=("acme-x", "new"))
        assert shown(desk, the(desk.store, "daily")).facts == (("Not read on that day", "new"),)

    def test_shows_the_busiest_channels_and_counts_all(self, desk: Desk) -> None:
        desk.poll(minute=minute("2026-11-23 10:00"))
        for n in range(20):
            name = f"brand-{n:02}"
            other = Desk(desk.store, desk.rules, name=name, up_since=minute("2026-11-22 12:00"))
            other.poll(minute=minute("2026-11-22 12:00"))
            asks(other, f"{n}", "2026-11-23 10:00", "2026-11-23 10:10")
        looks_at(desk, "2026-11-24 08:30")
        said = shown(desk, the(desk.store, "daily"))
        assert fact(said, "All channels").startswith("20 received: 20 in time, 0 late; 100 % in time; median 10 min")
        assert (len(said.facts), fact(said, "Further channels")) == (17, "5, counted in the first line")


class TestTheFigures:
    def test_are_those_of_a_replay_of_the_same_day(self, desk: Desk, tmp_path: Path) -> None:
        asks(desk, "1", "2026-11-23 09:00", "2026-11-23 09:30")
        asks(desk, "2", "2026-11-23 10:00", "2026-11-23 13:00")
        asks(desk, "3", "2026-11-23 11:00")
        asks(desk, "4", "2026-11-23 12:00")
        desk.poll(gone=(Gone("4", at("2026-11-23 12:10")),), minute=minute("2026-11-23 12:10"))
        desk.sweep()
        asks(desk, "5", "2026-11-23 23:50")
        now = at("2026-11-24 00:20")
        desk.poll(minute=minute("2026-11-24 00:20"))
        desk.sweep()
        first = at("2026-11-23 00:00")
        with desk.store.read() as tx:
            (day,) = daily.figures(tx, first, first + DAY, now)
        told = replay(_recorded(tmp_path), desk.rules, now).channels["acme-x"][Target.FIRST_RESPONSE]
        assert (day.met, day.missed, day.open, day.cancelled) == (told.met, told.missed, told.open, told.cancelled)
        assert (day.open_past_due, day.received, day.median) == (told.open_past_due, told.count, told.percentile(50))
        assert day.met / day.judged == told.answered_within_target
        assert (day.met, day.missed, day.open, day.cancelled, day.open_past_due) == (1, 1, 2, 1, 1)

    def test_leave_history_out(self, store: Store) -> None:
        desk = Desk(store, rules(policy()))
        desk.poll(ask("1", minute("2026-11-23 10:00")), minute=minute("2026-11-23 20:00"))
        desk.sweep()
        with store.read() as tx:
            assert daily.figures(tx, at("2026-11-23 00:00"), at("2026-11-24 00:00"), desk.now) == []

    def test_count_what_no_policy_is_for_apart(self, store: Store) -> None:
        desk = Desk(store, rules())
        desk.poll(minute=minute("2026-11-22 12:00"))
        asks(desk, "1", "2026-11-23 10:00")
        with store.read() as tx:
            (day,) = daily.figures(tx, at("2026-11-23 00:00"), at("2026-11-24 00:00"), desk.now)
        assert (day.received, day.unmatched, day.open, day.judged) == (1, 1, 0, 0)

    def test_are_empty_for_an_empty_store(self, store: Store) -> None:
        with store.read() as tx:
            assert daily.figures(tx, 0, DAY, DAY) == []
            assert daily.worst(tx, 0, DAY, DAY, 5) == []


def _recorded(folder: Path) -> Path:
    """The same messages as a file for `slamon replay`."""
    told = [
        ("1", "2026-11-23 09:00", "customer", None),
        ("r1", "2026-11-23 09:30", "brand", "1"),
        ("2", "2026-11-23 10:00", "customer", None),
        ("r2", "2026-11-23 13:00", "brand", "2"),
        ("3", "2026-11-23 11:00", "customer", None),
        ("4", "2026-11-23 12:00", "customer", None),
        ("5", "2026-11-23 23:50", "customer", None),
    ]
    path = folder / "day.jsonl"
    rows = []
    for id_, when, role, to in told:
        row = {"id": id_, "brand": "acme-x", "conversation": f"t{id_[-1]}", "role": role, "in_reply_to": to}
        row |= {"author": f"c{id_}" if role == "customer" else "acme-x", "created_at": _iso(when), "text": "?"}
        rows.append(row | ({"gone_at": _iso("2026-11-23 12:10")} if id_ == "4" else {}))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _iso(text: str) -> str:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).isoformat()
