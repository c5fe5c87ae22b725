"""Several promises on one wait: each is told, settled and counted by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from desk import Desk, rules
from said import SETTINGS, ask, at, reply
from slamon.model import DAY, HOUR, MINUTE, Mark, Target
from slamon.sla.policy import WHOLE, ChannelRules, Policy, RuleSet, Stage
from slamon.store import facts

if TYPE_CHECKING:
    from slamon.model import Message
    from slamon.store.facts import WaitFacts
    from slamon.store.store import Store

FIRST, ACK, FOLLOW, WINDOW = (
    Target.FIRST_RESPONSE,
    Target.ACKNOWLEDGEMENT,
    Target.FOLLOW_UP,
    Target.REPLY_WINDOW,
)
FULL = (Stage("100%", share=WHOLE),)
LISTED = frozenset({Mark.AUTOMATION.value})


def promising(*, stages: tuple[Stage, ...] = FULL, **targets: int) -> RuleSet:
    return rules(Policy("everyone", {Target(name): length for name, length in targets.items()}, stages=stages))


BOTH = promising(first_response=HOUR, acknowledgement=10 * MINUTE)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, BOTH)


def bot(id_: str, minute: float, **more: Any) -> Message:
    return reply(id_, minute, to="1", marks=LISTED, **more)


def timers(desk: Desk) -> dict[str, WaitFacts]:
    (wait,) = [row.id for row in desk.shelf.waits()]
    with desk.store.read() as tx:
        return {one.target: one for one in facts.of_targets(tx, wait)}


def statuses(desk: Desk) -> dict[str, str]:
    return {target: one.status.value for target, one in timers(desk).items()}


class TestASignOfArrival:
    def test_of_a_machine_meets_its_promise_and_leaves_the_answer_owed(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=0)
        desk.sweep()
        desk.poll(bot("2", 3), minute=5)
        desk.sweep()
        assert statuses(desk) == {FIRST: "on_track", ACK: "met"}
        assert timers(desk)[ACK].elapsed == 3 * MINUTE

    def test_that_does_not_come_is_told_while_the_answer_is_not_due(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=0)
        desk.passes(10.1)
        assert [(letter.target, letter.stage) for letter in desk.letters()] == [(ACK, "100%")]
        desk.passes(60.1)
        assert [(letter.target, letter.stage) for letter in desk.letters()] == [(ACK, "100%"), (FIRST, "100%")]

    def test_that_comes_late_is_counted_late_and_the_answer_in_time(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=0)
        desk.poll(reply("2", 30, to="1"), minute=31)
        desk.sweep()
        assert desk.shelf.counts("settled:") == {
            ("everyone", FIRST, "settled:in_time"): 1,
            ("everyone", ACK, "settled:late"): 1,
        }

    def test_is_named_in_the_alert_about_it(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=0)
        desk.passes(10.1)
        (wait,) = [row.id for row in desk.shelf.waits()]
        with desk.store.read() as tx:
            found = facts.of_wait(tx, wait, ACK)
            assert found is not None
            assert (found.target, found.due_at, found.length) == (ACK, at(10), 10 * MINUTE)


class TestWhatAHoldingTextAnnounces:
    def test_is_due_although_the_wait_is_answered(self, store: Store) -> None:
        desk = Desk(store, promising(first_response=HOUR, follow_up=4 * HOUR))
        desk.poll(ask("1", 0), minute=0)
        desk.poll(reply("2", 5, to="1", marks=frozenset({Mark.HOLDING.value})), minute=6)
        desk.sweep()
        assert statuses(desk) == {FIRST: "met", FOLLOW: "on_track"}
        desk.passes(245.1)
        assert [(letter.target, letter.stage) for letter in desk.letters()] == [(FOLLOW, "100%")]
        desk.poll(reply("3", 250, to="1"), minute=251)
        desk.sweep()
        assert statuses(desk) == {FIRST: "met", FOLLOW: "missed"}
        assert desk.next_at() is None

    def test_keeps_its_due_date_when_rules_change_behind_the_answer(self, store: Store) -> None:
        desk = Desk(store, promising(first_response=HOUR, follow_up=4 * HOUR))
        desk.poll(ask("1", 0), minute=0)
        desk.poll(reply("2", 5, to="1", marks=frozenset({Mark.HOLDING.value})), minute=6)
        desk.sweep()
        desk.rules = replace(promising(first_response=HOUR, follow_up=HOUR), version="two")
        desk.passes(120)
        assert desk.letters() == []
        desk.passes(245.1)
        assert [letter.target for letter in desk.letters()] == [FOLLOW]


class TestHistory:
    def test_of_the_answer_is_that_of_everything_beside_it(self, store: Store) -> None:
        desk = Desk(store, promising(first_response=HOUR, acknowledgement=2 * HOUR))
        desk.poll(ask("1", 0), minute=90)
        desk.sweep()
        assert {target: one.history for target, one in timers(desk).items()} == {FIRST: True, ACK: True}


class TestThePlatformsWindow:
    def test_moves_with_the_customers_newest_message(self, store: Store) -> None:
        desk = Desk(store, promising(first_response=HOUR, reply_window=DAY))
        desk.poll(ask("1", 0), minute=0)
        desk.sweep()
        desk.poll(ask("2", 30), minute=31)
        desk.sweep()
        assert timers(desk)[WINDOW].due_at == at(30) + DAY
        assert timers(desk)[FIRST].due_at == at(60)


class TestABotThatIsLeftStanding:
    CLOSES = ChannelRules((Policy("everyone", {FIRST: HOUR}, stages=FULL),), bot_closes_after=2 * HOUR)

    def test_closes_the_wait_after_so_much_silence(self, store: Store) -> None:
        desk = Desk(store, RuleSet("one", {}, self.CLOSES))
        settings = replace(SETTINGS, bot_closes_after=2 * HOUR)
        desk.poll(ask("1", 0), bot("2", 1), minute=2, settings=settings)
        desk.passes(60.1)
        assert desk.status() == "breached"
        desk.passes(121)
        row = desk.shelf.the_wait()
        assert (row.state, desk.status(), desk.next_at()) == ("bot_closed", "met", None)
        desk.poll(ask("1", 0), bot("2", 1), bot("3", 1.5), minute=122, settings=settings)
        assert desk.shelf.the_wait().state == "bot_closed"

    def test_leaves_a_wait_open_that_the_customer_goes_on_with(self, store: Store) -> None:
        desk = Desk(store, RuleSet("one", {}, self.CLOSES))
        settings = replace(SETTINGS, bot_closes_after=2 * HOUR)
        desk.poll(ask("1", 0), bot("2", 1), ask("3", 100), minute=101, settings=settings)
        desk.passes(300)
        assert (desk.shelf.the_wait().state, desk.status()) == ("open", "breached")


class TestAStageThatRepeats:
    def test_is_told_again_until_the_answer_comes(self, store: Store) -> None:
        again = Stage("100%", share=WHOLE, repeat=30 * MINUTE, at_most=3)
        desk = Desk(store, promising(first_response=HOUR, stages=(again,)))
        desk.poll(ask("1", 0), minute=0)
        for minute in (60.1, 90.1):
            desk.passes(minute)
        assert [(letter.stage, letter.repeat) for letter in desk.letters()] == [("100%", 0), ("100%", 1)]
        desk.poll(reply("2", 100, to="1"), minute=101)
        desk.passes(200)
        assert len(desk.letters()) == 2

    def test_is_told_so_often_and_no_more(self, store: Store) -> None:
        again = Stage("100%", share=WHOLE, repeat=30 * MINUTE, at_most=3)
        desk = Desk(store, promising(first_response=HOUR, stages=(again,)))
        desk.poll(ask("1", 0), minute=0)
        for minute in range(61, 400, 10):
            desk.passes(minute)
        assert [letter.repeat for letter in desk.letters()] == [0, 1, 2]


class TestRulesThatStopPromising:
    def test_end_the_timer_and_tell_no_more_of_it(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=0)
        desk.sweep()
        desk.rules = replace(promising(first_response=HOUR), version="two")
        desk.store.rematch("two")
        desk.passes(20)
        assert statuses(desk) == {FIRST: "on_track", ACK: "cancelled"}
        assert desk.letters() == []


class TestRulesForNewWaitsOnly:
    def test_leave_an_open_wait_to_those_it_was_matched_with(self, store: Store) -> None:
        first = RuleSet("one", {}, ChannelRules((Policy("everyone", {FIRST: HOUR}, stages=FULL),)))
        short = ChannelRules((Policy("short", {FIRST: 10 * MINUTE}, stages=FULL),), new_waits_only=True)
        desk = Desk(store, first)
        desk.poll(ask("1", 0), minute=0)
        desk.sweep()
        desk.rules = RuleSet("two", {}, short, past={"one": first})
        desk.store.rematch("two")
        desk.poll(ask("2", 2, thread="u", by="ben"), minute=3)
        desk.passes(12.5)
        assert desk.told() == [("ben", "100%")]
        desk.poll(ask("3", 15), minute=16)
        desk.passes(59)
        assert desk.told() == [("ben", "100%")]
        desk.passes(60.1)
        assert desk.told() == [("ben", "100%"), ("anna", "100%")]

    def test_hold_for_open_waits_too_unless_they_say_so(self, store: Store) -> None:
        first = RuleSet("one", {}, ChannelRules((Policy("everyone", {FIRST: HOUR}, stages=FULL),)))
        short = ChannelRules((Policy("short", {FIRST: 10 * MINUTE}, stages=FULL),))
        desk = Desk(store, first)
        desk.poll(ask("1", 0), minute=0)
        desk.sweep()
        desk.rules = RuleSet("two", {}, short, past={"one": first})
        desk.store.rematch("two")
        desk.sweep(1)
        desk.passes(12.5)
        assert desk.told() == [("anna", "100%")]


class TestAShorterPromise:
    @pytest.mark.parametrize(("since", "told"), [(9, [("anna", "100%")]), (11, [])])
    def test_is_told_of_what_it_leaves_to_come_however_late_it_is_decided(
        self, store: Store, since: float, told: list[tuple[str, str]]
    ) -> None:
        desk = Desk(store, promising(first_response=HOUR))
        desk.poll(ask("1", 0), minute=0)
        desk.sweep()
        desk.rules = replace(promising(first_response=10 * MINUTE), version="two", since=at(since))
        desk.store.rematch("two")
        desk.passes(12.5)
        assert desk.told() == told
