from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from desk import DESK, HOUR, Desk, policy, rules
from said import DAY_LONG, aside, ask, at, reply
from shelves import everything
from slamon.audiences import Audience
from slamon.events import SweepEnded
from slamon.model import DAY, MINUTE, Gone
from slamon.sla.policy import Stage
from slamon.store.queue import due

if TYPE_CHECKING:
    from slamon.store.store import Store

HALF = Stage("50%", share=500_000)
WARN = Stage("80%", share=800_000)
FULL = Stage("100%", share=1_000_000)
LATER = Stage("+30m", offset=30 * MINUTE, audience="lead")


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


class TestAStory:
    def test_of_a_wait_that_is_warned_of_and_breached_tells_each_stage_once(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        for minute in range(2, 80):
            desk.passes(minute)
        assert desk.told() == [("anna", "80%"), ("anna", "100%")]
        warning, breach = desk.letters()
        assert (warning.reached_at, warning.accuses, warning.verified) == (at(48), False, True)
        assert (breach.reached_at, breach.accuses, breach.verified) == (at(60) + 1, True, True)
        assert (breach.destination, breach.audience, breach.mention) == ("#desk", "desk", "@social")
        assert desk.status() == "breached"

    def test_of_an_answer_that_the_last_look_reads_tells_nothing(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        desk.passes(60.1, reply("2", 59, to="1"))
        assert desk.told() == [("anna", "80%")]
        assert (desk.status(), desk.next_at()) == ("met", None)

    def test_of_an_answer_that_the_last_look_reads_late_tells_of_the_miss(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        desk.passes(60.5, reply("2", 60.2, to="1"))
        assert desk.told() == [("anna", "80%"), ("anna", "100%")]
        assert desk.status() == "missed"

    def test_of_an_answer_that_was_polled_long_after_tells_of_the_breach_once(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        desk.poll(reply("2", 90, to="1"), minute=200)
        desk.sweep()
        desk.sweep(300)
        assert (desk.told(), desk.status()) == ([("anna", "100%")], "missed")

    def test_of_a_look_that_hangs_tells_in_time_as_unverified_and_confirms_afterwards(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        desk.sweep(60 + 1 / 60)
        assert desk.told() == [("anna", "80%")]
        desk.sweep(60 + 31 / 60)
        assert [letter.verified for letter in desk.letters()] == [True, False]
        assert desk.status() == "unverified"
        desk.look()
        desk.sweep()
        assert (desk.status(), len(desk.letters())) == ("breached", 2)

    def test_of_a_complete_poll_after_the_instant_needs_no_further_look(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        desk.poll(minute=48)
        desk.sweep()
        assert (desk.told(), desk.asked) == ([("anna", "80%")], [])

    def test_of_a_poll_that_began_before_the_instant_is_no_proof(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        desk.poll(minute=47.9)
        desk.sweep(48)
        assert (desk.told(), len(desk.asked)) == ([], 1)

    def test_of_a_thread_that_was_cut_off_is_no_proof_either(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        desk.poll(minute=48, partial=["t"])
        desk.sweep()
        assert (desk.told(), len(desk.asked)) == ([], 1)

    def test_of_everything_found_after_an_hour_of_downtime_tells_the_newest_stage_only(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        desk.passes(120)
        assert desk.told() == [("anna", "100%")]

    def test_of_a_second_turn_is_held_to_the_next_response(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), reply("2", 5, to="1"), ask("3", 10), minute=11)
        desk.sweep()
        first, second = desk.shelf.timers().values()
        assert (first.target, first.status, first.elapsed) == ("first_response", "met", 5 * MINUTE)
        assert (second.target, second.status, second.due_at) == ("next_response", "on_track", at(70))

    def test_of_a_deleted_reply_tells_the_stages_once_more_in_the_new_episode(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(60.1)
        desk.poll(reply("2", 61, to="1"), minute=62)
        desk.sweep()
        assert desk.status() == "missed"
        desk.poll(minute=70, gone=[Gone("2", at(70))])
        desk.sweep()
        assert desk.told() == [("anna", "100%"), ("anna", "100%")]
        assert [letter.episode for letter in desk.letters()] == [1, 2]

    def test_of_a_silent_fortnight_ends_outside_the_queue_and_the_gauges(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(61)
        desk.sweep(14 * DAY_LONG)
        assert (desk.shelf.the_wait().state, desk.next_at(), desk.shelf.counts("open:")) == ("abandoned", None, {})
        assert desk.poll(aside("3", 14 * DAY_LONG, by="ben"), minute=14 * DAY_LONG + 1).touched == 0
        desk.poll(ask("2", 14 * DAY_LONG + 1), minute=14 * DAY_LONG + 2)
        desk.sweep()
        assert desk.shelf.the_wait().state == "open"
        assert list(desk.shelf.counts("open:").values()) == [1]

    def test_of_an_abandoned_wait_a_late_reply_still_closes_as_missed(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(61)
        desk.sweep(14 * DAY_LONG)
        desk.poll(reply("2", 14 * DAY_LONG + 5, to="1"), minute=14 * DAY_LONG + 6)
        desk.sweep()
        assert (desk.status(), desk.shelf.the_wait().state) == ("missed", "answered")


class TestWhoIsTold:
    def test_each_stage_tells_its_own_audience(self, store: Store) -> None:
        desk = Desk(store, rules(policy(stages=(WARN, LATER))))
        desk.tells(DESK, Audience("lead", "boss@acme.example"))
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        desk.passes(91)
        assert [(letter.stage, letter.destination) for letter in desk.letters()] == [
            ("80%", "#desk"),
            ("+30m", "boss@acme.example"),
        ]

    def test_without_any_audience_all_is_measured_and_nobody_told(self, desk: Desk) -> None:
        desk.tells()
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        desk.passes(61)
        assert (desk.letters(), desk.status()) == ([], "breached")

    def test_bystanders_are_nobodys_wait(self, desk: Desk) -> None:
        desk.poll(aside("1", 0, by="ben"), minute=1)
        assert desk.sweep().waits == 0


class TestASweep:
    def test_that_finds_nothing_due_writes_nothing(self, desk: Desk, store: Store) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(48)
        before = everything(store)
        assert desk.sweep(49).waits == 0
        assert everything(store) == before

    def test_says_what_it_did_once(self, desk: Desk) -> None:
        desk.poll(*(ask(str(n), 0, by=f"c{n}") for n in range(120)), minute=1)
        assert desk.sweep().waits == 120
        assert {type(event) for event in desk.events} == {SweepEnded}
        assert sum(event.decided for event in desk.events if isinstance(event, SweepEnded)) == 120

    def test_asks_for_one_look_for_all_waits_of_a_channel_that_are_due(self, desk: Desk) -> None:
        desk.poll(*(ask(str(n), 0, by=f"c{n}") for n in range(5)), minute=1)
        desk.sweep(48)
        assert sorted(desk.asked) == [1, 2, 3, 4, 5]

    def test_takes_stages_that_are_due_before_new_waits(self, desk: Desk, store: Store) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        desk.poll(ask("2", 48, by="ben"), minute=48)
        with store.read() as tx:
            assert [wait.customer for wait in due(tx, at(48), HOUR, 9)] == ["anna"]

    def test_leaves_a_decision_alone_that_was_overtaken_by_a_save(self, desk: Desk, store: Store) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        (stale,) = store.due(at(48), HOUR, 9)
        desk.poll(reply("2", 40, to="1"), minute=48)
        outcome, _ = desk.evaluator.decide(stale, HOUR, at(48))
        assert store.record([outcome], at(48), urgent=True) == 0
        desk.sweep()
        assert desk.status() == "met"

    def test_does_not_swallow_the_news_of_a_look_that_ended_meanwhile(self, desk: Desk, store: Store) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep(48)
        desk.poll(ask("2", 47), minute=47.9)
        desk.move(48.1)
        (stale,) = store.due(desk.now, HOUR, 9)
        desk.look()
        outcome, _ = desk.evaluator.decide(stale, HOUR, desk.now)
        store.record([outcome], desk.now, urgent=True)
        desk.sweep()
        assert desk.told() == [("anna", "80%")]


class TestSettlement:
    def test_waits_for_what_the_platform_may_hold_back(self, desk: Desk) -> None:
        desk.tells(DESK, visible_after=5 * MINUTE)
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        desk.poll(minute=64)
        desk.sweep()
        assert desk.shelf.counts("settled:") == {}
        desk.poll(minute=65.1)
        desk.sweep()
        assert sum(desk.shelf.counts("settled:").values()) == 1

    def test_in_time_is_settled_when_the_reply_is_read(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), reply("2", 7, to="1"), minute=8)
        desk.sweep()
        assert desk.shelf.counts("settled:") == {("everyone", "first_response", "settled:in_time"): 1}
        assert desk.shelf.counts("rung:") == {("everyone", "first_response", "rung:6"): 1}
        assert desk.shelf.counts("response_ms") == {("everyone", "first_response", "response_ms"): 7 * MINUTE}

    def test_a_change_of_mind_later_moves_a_correction_once_and_no_counter(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), reply("2", 7, to="1"), minute=8)
        desk.sweep()
        desk.poll(minute=100, gone=[Gone("2", at(100))])
        desk.passes(101)
        desk.poll(reply("3", 130, to="1"), minute=131)
        desk.sweep()
        assert desk.shelf.counts("settled:") == {("everyone", "first_response", "settled:in_time"): 1}
        assert desk.shelf.counts("corrected:") == {("", "", "corrected:in_time:late"): 1}
        assert sum(desk.shelf.counts("rung:").values()) == 1

    def test_a_wait_deleted_before_any_reply_counts_nowhere(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        desk.poll(minute=5, gone=[Gone("1", at(5))])
        desk.sweep()
        assert (desk.status(), desk.shelf.counts("open:"), desk.shelf.counts("settled:")) == ("cancelled", {}, {})

    def test_a_blind_channel_settles_nothing_and_tells_all_the_same(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        desk.sweep(61)
        desk.sweep(62)
        assert [(letter.stage, letter.verified) for letter in desk.letters()] == [("100%", False)]
        assert desk.shelf.counts("settled:") == {}
        desk.poll(minute=DAY_LONG - 1)
        desk.sweep()
        assert sum(desk.shelf.counts("settled:").values()) == 1

    def test_of_more_timers_than_one_slice_needs_one_poll(self, desk: Desk) -> None:
        desk.poll(*(ask(str(n), n / 100, by=f"c{n}") for n in range(120)), minute=3)
        desk.sweep()
        desk.poll(minute=100)
        desk.sweep()
        assert sum(desk.shelf.counts("settled:").values()) == 120
        assert at(0) + DAY > desk.now
