"""Restarts, new rules, new messages: what was promised and told before meets what holds now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import pytest
from sqlalchemy import select

from desk import DESK, Desk, policy, rules
from said import DAY_LONG, ask, at, reply
from slamon.audiences import Audience
from slamon.model import MINUTE, Target
from slamon.sla.policy import Policy, Stage
from slamon.store.schema import wait as waits_table
from slamon.store.store import Store

if TYPE_CHECKING:
    from slamon.sla.subject import Subject

HALF = Stage("50%", share=500_000)
WARN = Stage("80%", share=800_000)
FULL = Stage("100%", share=1_000_000)
LATER = Stage("+30m", offset=30 * MINUTE, audience="lead")


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


class Says:
    """A condition: one of the messages says the word."""

    reads_thread: ClassVar[bool] = False

    def __init__(self, word: str) -> None:
        self.word = word

    @property
    def words(self) -> str:
        return f"text: {self.word}"

    def holds(self, subject: Subject) -> bool:
        return any(self.word in message.text for message in subject.messages)


class TestARestart:
    @pytest.mark.parametrize("minute", [10, 48.01, 59, 60.01, 75])
    def test_at_any_time_repeats_nothing_and_loses_nothing(self, database_url: str, minute: float) -> None:
        desk = Desk(Store(database_url))
        desk.poll(ask("1", 0), minute=1)
        for passed in (10, 48, 60):
            if passed < minute:
                desk.passes(passed + 1 / 1_000)
        desk.sweep(minute)
        desk.store.close()
        again = Desk(Store(database_url), up_since=minute)
        again.store.recover(0, again.now)
        again.store.rematch(again.rules.version)
        for moment in (minute, 48.1, 60.1, 80):
            if moment >= minute:
                again.passes(moment)
        told = again.told()
        again.store.close()
        assert told == [("anna", "80%"), ("anna", "100%")]

    def test_asks_the_questions_anew_that_died_with_the_last_process(self, database_url: str) -> None:
        desk = Desk(Store(database_url))
        desk.poll(ask("1", 0), minute=1)
        desk.sweep(48)
        assert desk.asked == [1]
        desk.store.close()
        again = Desk(Store(database_url), up_since=48.2)
        again.store.recover(0, again.now)
        again.sweep()
        asked, told = list(again.asked), again.told()
        again.store.close()
        assert (asked, told) == ([1], [])


class TestNewRules:
    def restarted(self, desk: Desk, version: str, *policies: Policy, minute: float) -> None:
        desk.rules = rules(*policies, version=version)
        desk.move(minute)
        desk.store.rematch(version)
        desk.passes(minute)

    def test_hold_open_waits_anew_and_leave_closed_ones(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), ask("2", 0, by="ben"), reply("3", 5, to="2"), minute=6)
        desk.sweep()
        self.restarted(desk, "two", policy("slow", 120 * MINUTE), minute=10)
        timers = desk.shelf.timers()
        assert [(t.policy, t.due_at, t.status) for t in timers.values()] == [
            ("slow", at(120), "on_track"),
            ("everyone", at(60), "met"),
        ]

    def test_that_put_a_stage_into_the_past_show_it_and_do_not_announce_it(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        self.restarted(desk, "two", policy(length=10 * MINUTE), minute=30)
        assert (desk.told(), desk.asked, desk.status()) == ([], [], "unverified")

    def test_with_a_shorter_ladder_still_tell_of_the_breach(self, store: Store) -> None:
        desk = Desk(store, rules(policy(stages=(HALF, WARN))))
        desk.poll(ask("1", 0), minute=1)
        desk.passes(30)
        desk.passes(48)
        self.restarted(desk, "two", policy(stages=(FULL,)), minute=50)
        desk.passes(60.1)
        assert [stage for _, stage in desk.told()] == ["50%", "80%", "100%"]

    def test_with_a_longer_ladder_tell_no_stage_that_lies_before_the_last_one_told(self, store: Store) -> None:
        desk = Desk(store, rules(policy(stages=(WARN, FULL))))
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        self.restarted(desk, "two", policy(stages=(HALF, WARN, FULL)), minute=50)
        assert [stage for _, stage in desk.told()] == ["80%"]
        desk.passes(60.1)
        assert [stage for _, stage in desk.told()] == ["80%", "100%"]

    def test_tell_of_a_stage_that_came_while_nobody_looked(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        self.restarted(desk, "two", policy(), minute=70)
        assert [stage for _, stage in desk.told()] == ["80%", "100%"]

    def test_that_match_no_more_leave_the_wait_counted_as_unmatched_and_silent(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        self.restarted(desk, "two", replace(policy(), conditions=(Says("vip"),)), minute=50)
        desk.passes(61)
        desk.passes(70)
        assert [stage for _, stage in desk.told()] == ["80%"]
        assert desk.shelf.counts("open:") == {("", "first_response", "open:on_track"): 1}
        assert desk.shelf.counts("settled:") == {}

    def test_that_match_no_more_do_not_rewrite_what_is_settled(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(61)
        settled = desk.shelf.counts("settled:")
        self.restarted(desk, "two", replace(policy(), conditions=(Says("vip"),)), minute=62)
        desk.passes(200)
        assert desk.shelf.counts("settled:") == settled == {("everyone", "first_response", "settled:late"): 1}
        assert len(desk.letters()) == 1

    def test_that_match_no_more_tell_nothing_more_of_a_settled_wait(self, store: Store) -> None:
        desk = Desk(store, rules(policy(stages=(FULL, LATER))))
        desk.tells(DESK, Audience("lead", "boss@acme.example"))
        desk.poll(ask("1", 0), minute=1)
        desk.passes(61)
        vip = replace(policy(stages=(FULL, LATER)), conditions=(Says("vip"),))
        self.restarted(desk, "two", vip, minute=62)
        desk.passes(91)
        desk.poll(minute=92)
        desk.passes(93)
        assert [stage for _, stage in desk.told()] == ["100%"]

    def test_that_switch_a_target_off_end_its_timer(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        off = Policy("everyone", dict.fromkeys(Target))
        self.restarted(desk, "two", off, minute=10)
        assert (desk.status(), desk.shelf.counts("open:"), desk.next_at()) == ("cancelled", {}, None)

    def test_in_a_row_settle_nothing_twice(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(61)
        for n in range(3):
            self.restarted(desk, f"v{n}", policy(length=(30 + n) * MINUTE), minute=70 + n)
        assert sum(desk.shelf.counts("settled:").values()) == 1


class TestASecondMessage:
    VIP = replace(policy("vip", 15 * MINUTE, stages=(FULL,)), conditions=(Says("vip"),))

    def test_may_bring_a_shorter_promise_with_a_ladder_of_its_own(self, store: Store) -> None:
        desk = Desk(store, rules(self.VIP, policy()))
        desk.poll(ask("1", 0, text="hello"), minute=1)
        desk.passes(20)
        desk.poll(ask("2", 20, text="vip"), minute=21)
        desk.passes(35.1)
        assert desk.told() == [("anna", "100%")]

    def test_that_comes_after_a_warning_does_not_swallow_the_breach(self, store: Store) -> None:
        desk = Desk(store, rules(self.VIP, policy(length=2 * 60 * MINUTE)))
        desk.poll(ask("1", 0, text="hello"), minute=1)
        desk.passes(96)
        desk.poll(ask("2", 97, text="vip"), minute=98)
        desk.passes(112.1)
        assert [stage for _, stage in desk.told()] == ["80%", "100%"]

    def test_has_the_living_message_shown_anew(self, desk: Desk, store: Store) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        before = desk.shelf.the_wait().revision
        desk.poll(ask("1", 0, text="edited"), minute=2)
        desk.sweep()
        with store.read() as tx:
            row = tx.execute(select(waits_table.c.revision, waits_table.c.matched)).one()
        assert row.revision == row.matched > before


class TestHistory:
    def test_what_was_past_due_at_the_first_poll_is_measured_apart(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), ask("2", 170, by="ben"), minute=180)
        desk.passes(181)
        desk.passes(231)
        assert desk.told() == [("ben", "100%")]
        assert desk.shelf.counts("settled:") == {("everyone", "first_response", "settled:late"): 1}

    def test_becomes_live_with_the_customers_next_message_and_is_held_from_that(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=180)
        desk.passes(181)
        desk.poll(ask("2", 190), minute=191)
        desk.passes(250.1)
        assert desk.told() == [("anna", "100%")]
        (timer,) = desk.shelf.timers().values()
        assert (timer.started_at, timer.due_at, desk.shelf.the_wait().started_at) == (at(190), at(250), at(0))

    def test_is_what_a_day_of_blindness_hid(self, desk: Desk) -> None:
        desk.poll(minute=0)
        desk.poll(ask("1", 10), minute=2 * DAY_LONG)
        desk.sweep()
        assert desk.shelf.the_wait().started_at == at(10)
        assert desk.shelf.timers()[1].history

    def test_a_wait_that_was_watched_before_the_blindness_stays_live(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        desk.poll(ask("2", 2 * DAY_LONG - 5), minute=2 * DAY_LONG)
        desk.passes(2 * DAY_LONG + 1)
        assert desk.told()[-1] == ("anna", "100%")
        assert not desk.shelf.timers()[1].history
