from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from said import ask, at
from slamon.model import DAY, HOUR, MINUTE, OPEN_STATUSES, SECOND, Message, Settled, Status, Target
from slamon.sla.decide import TOLD_WITHIN, Facts, Reading, Terms, decide, verify_within
from slamon.sla.policy import Policy, Stage
from slamon.sla.subject import Subject
from slamon.sla.timer import Promise, held_to, promise, stage_instants

WARN, DUE = at(48), at(60)
STAGES = (WARN, DUE + 1, DUE + 30 * MINUTE + 1)
OPEN = Facts(due_at=DUE, stages=STAGES, last_message_at=at(0))
TERMS = Terms(verify_within=30 * SECOND, up_since=at(0), abandoned_after=14 * DAY)


def read(seen: int, visible_after: int = 0) -> Reading:
    return Reading(seen, seen - visible_after)


class TestStatus:
    @pytest.mark.parametrize(
        ("now", "seen", "status"),
        [
            (WARN - 1, 0, Status.ON_TRACK),
            (WARN, 0, Status.AT_RISK),
            (DUE, DUE, Status.AT_RISK),
            (DUE + 1, DUE, Status.UNVERIFIED),
            (DUE + 1, DUE + 1, Status.BREACHED),
            (DUE + HOUR, DUE + 1, Status.BREACHED),
        ],
    )
    def test_of_an_open_wait_follows_from_the_clock_and_the_newest_read(
        self, now: int, seen: int, status: Status
    ) -> None:
        assert decide(OPEN, read(seen), now, TERMS).status is status

    @pytest.mark.parametrize(
        ("answered_at", "status", "settled"),
        [
            (at(1), Status.MET, Settled.IN_TIME),
            (DUE, Status.MET, Settled.IN_TIME),
            (DUE + 1, Status.MISSED, Settled.LATE),
        ],
    )
    def test_of_an_answered_one_follows_from_two_timestamps_whenever_it_is_read(
        self, answered_at: int, status: Status, settled: Settled
    ) -> None:
        for now in (answered_at, DUE + DAY):
            decision = decide(replace(OPEN, answered_at=answered_at), read(0), now, TERMS)
            assert (decision.status, decision.settled, decision.next_at) == (status, settled, None)

    def test_of_a_cancelled_one_is_final_and_counts_nowhere(self) -> None:
        decision = decide(replace(OPEN, cancelled=True), read(DUE + 1), DUE + DAY, TERMS)
        assert (decision.status, decision.settled, decision.next_at) == (Status.CANCELLED, None, None)

    def test_without_a_warning_stage_it_stays_on_track_until_due(self) -> None:
        assert decide(replace(OPEN, stages=(DUE + 1,)), read(0), DUE, TERMS).status is Status.ON_TRACK


class TestSettlement:
    def test_late_once_a_complete_read_has_passed_due(self) -> None:
        assert decide(OPEN, read(DUE), DUE + HOUR, TERMS).settled is None
        assert decide(OPEN, read(DUE + 1), DUE + HOUR, TERMS).settled is Settled.LATE

    def test_what_the_platform_may_still_hold_back_is_waited_for(self) -> None:
        assert decide(OPEN, read(DUE + MINUTE, MINUTE), DUE + HOUR, TERMS).settled is None
        assert decide(OPEN, read(DUE + MINUTE + 1, MINUTE), DUE + HOUR, TERMS).settled is Settled.LATE

    @pytest.mark.parametrize("settled", list(Settled))
    @pytest.mark.parametrize(
        "facts",
        [
            OPEN,
            replace(OPEN, answered_at=at(1)),
            replace(OPEN, answered_at=DUE + 1),
            replace(OPEN, cancelled=True),
            replace(OPEN, history=True),
        ],
    )
    def test_once_settled_nothing_moves_it(self, settled: Settled, facts: Facts) -> None:
        decision = decide(replace(facts, settled=settled), read(DUE + HOUR), DUE + DAY, TERMS)
        assert decision.settled is settled


class TestTelling:
    def test_a_stage_is_told_when_a_read_that_began_at_or_after_it_found_no_answer(self) -> None:
        decision = decide(OPEN, read(WARN), WARN, TERMS)
        assert (decision.announce, decision.told, decision.verified, decision.check) == (0, 1, True, False)

    def test_before_that_the_thread_is_read_again(self) -> None:
        decision = decide(OPEN, read(WARN - 1), WARN, TERMS)
        assert (decision.announce, decision.told, decision.check) == (None, 0, True)
        assert decision.next_at == WARN + 30 * SECOND

    def test_a_read_that_does_not_come_delays_it_by_no_more_than_the_bound(self) -> None:
        asked = replace(OPEN, asked_at=WARN + 10)
        assert decide(asked, read(0), WARN + 10 + 30 * SECOND - 1, TERMS).check
        decision = decide(asked, read(0), WARN + 10 + 30 * SECOND, TERMS)
        assert (decision.announce, decision.verified, decision.check) == (0, False, False)

    def test_time_in_which_this_process_was_not_up_does_not_count_against_the_check(self) -> None:
        terms = replace(TERMS, up_since=WARN + HOUR)
        assert decide(OPEN, read(0), WARN + HOUR, terms).next_at == WARN + HOUR + 30 * SECOND

    def test_a_stage_is_told_once(self) -> None:
        decision = decide(replace(OPEN, told=1), read(WARN), WARN + MINUTE, TERMS)
        assert (decision.announce, decision.told, decision.next_at) == (None, 1, DUE + 1)

    def test_stages_passed_on_the_way_are_overtaken_by_the_newest(self) -> None:
        decision = decide(OPEN, read(DUE + HOUR), DUE + HOUR, TERMS)
        assert (decision.announce, decision.told) == (2, 3)

    def test_while_it_waits_for_the_check_a_later_stage_takes_over_without_more_patience(self) -> None:
        close = (DUE - 10 * SECOND, DUE + 1)
        waiting = replace(OPEN, stages=close, asked_at=close[0])
        assert decide(waiting, read(0), close[0], TERMS).next_at == close[1]
        decision = decide(waiting, read(0), close[0] + 30 * SECOND, TERMS)
        assert (decision.announce, decision.verified) == (1, False)

    def test_unverified_and_read_afterwards_it_is_confirmed_without_telling_again(self) -> None:
        told = replace(OPEN, told=2)
        before = decide(told, read(DUE), DUE + MINUTE, TERMS)
        after = decide(told, read(DUE + 1), DUE + MINUTE, TERMS)
        assert (before.status, before.announce) == (Status.UNVERIFIED, None)
        assert (after.status, after.announce, after.settled) == (Status.BREACHED, None, Settled.LATE)

    def test_the_bound_is_a_tenth_of_a_short_target(self) -> None:
        assert verify_within(30 * SECOND, 10 * SECOND) == SECOND
        assert verify_within(30 * SECOND, HOUR) == 30 * SECOND
        assert verify_within(30 * SECOND, 5) == 1


class TestALateAnswer:
    def test_that_is_read_together_with_the_breach_is_told_however_late_that_is(self) -> None:
        late = replace(OPEN, told=1, answered_at=DUE + SECOND)
        for now in (DUE + MINUTE, DUE + TOLD_WITHIN + 1, DUE + DAY):
            decision = decide(late, read(now), now, TERMS)
            assert (decision.announce, decision.told, decision.status) == (1, 2, Status.MISSED)

    def test_to_a_breach_that_was_settled_before_is_told_for_five_minutes(self) -> None:
        late = replace(OPEN, told=1, answered_at=DUE + SECOND, settled=Settled.IN_TIME)
        assert decide(late, read(DUE + HOUR), DUE + TOLD_WITHIN, TERMS).announce == 1
        assert decide(late, read(DUE + HOUR), DUE + TOLD_WITHIN + 1, TERMS).announce is None

    def test_to_a_breach_that_was_told_is_not_told_again(self) -> None:
        assert decide(replace(OPEN, told=2, answered_at=DUE + SECOND), read(0), DUE + MINUTE, TERMS).announce is None

    def test_tells_of_no_stage_that_came_after_it(self) -> None:
        late = replace(OPEN, stages=(WARN, DUE + 1, DUE + MINUTE), told=1, answered_at=DUE + SECOND)
        assert decide(late, read(0), DUE + 2 * MINUTE, TERMS).announce == 1

    def test_in_time_tells_nothing_whenever_it_is_read(self) -> None:
        assert decide(replace(OPEN, answered_at=DUE), read(0), DUE + 1, TERMS).announce is None


class TestHistory:
    FACTS = replace(OPEN, history=True)

    def test_is_shown_as_it_is_and_neither_told_nor_counted(self) -> None:
        decision = decide(self.FACTS, read(DUE + HOUR), DUE + HOUR, TERMS)
        assert (decision.status, decision.settled, decision.announce) == (Status.BREACHED, None, None)
        assert decision.told == len(STAGES)

    def test_its_late_answer_is_neither_told_nor_counted(self) -> None:
        decision = decide(replace(self.FACTS, answered_at=DUE + 1), read(DUE + 1), DUE + 2, TERMS)
        assert (decision.status, decision.settled, decision.announce) == (Status.MISSED, None, None)

    def test_is_abandoned_like_any_other(self) -> None:
        silent = at(0) + 14 * DAY
        assert decide(self.FACTS, read(0), silent - 1, TERMS).next_at == silent
        assert decide(self.FACTS, read(0), silent, TERMS).abandoned


class TestAbandoned:
    def test_after_so_long_a_silence_it_is_late_for_ever_and_out_of_the_queue(self) -> None:
        silent = at(0) + 14 * DAY
        assert not decide(replace(OPEN, told=3), read(0), silent - 1, TERMS).abandoned
        decision = decide(replace(OPEN, told=3), read(0), silent, TERMS)
        assert (decision.abandoned, decision.settled, decision.next_at) == (True, Settled.LATE, None)

    def test_never_before_it_is_due(self) -> None:
        slow = replace(OPEN, due_at=at(0) + 20 * DAY, stages=(at(0) + 20 * DAY + 1,))
        assert not decide(slow, read(0), slow.due_at, TERMS).abandoned
        assert decide(slow, read(0), slow.due_at + 1, TERMS).abandoned


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    due = draw(st.integers(0, 5_000))
    stages = tuple(sorted(draw(st.lists(st.integers(0, 9_000), max_size=4))))
    return Facts(
        due_at=due,
        stages=stages,
        told=draw(st.integers(0, len(stages))),
        settled=draw(st.none() | st.sampled_from(list(Settled))),
        answered_at=draw(st.none() | st.integers(0, 9_000)),
        cancelled=draw(st.booleans()),
        last_message_at=draw(st.integers(0, 9_000)),
        asked_at=draw(st.none() | st.integers(0, 9_000)),
        history=draw(st.booleans()),
    )


READINGS = st.builds(read, st.integers(0, 12_000), st.integers(0, 500))
SOME_TERMS = st.builds(Terms, st.integers(1, 1_000), st.integers(0, 9_000), st.integers(1, 9_000))


class TestAnyTimer:
    @given(facts(), READINGS, st.integers(0, 20_000), SOME_TERMS)
    def test_an_open_one_always_knows_when_to_look_again_and_a_closed_one_never_does(
        self, known: Facts, reading: Reading, now: int, terms: Terms
    ) -> None:
        decision = decide(known, reading, now, terms)
        if decision.status in OPEN_STATUSES and not decision.abandoned:
            assert decision.next_at is not None
            assert decision.next_at > now
        else:
            assert decision.next_at is None

    @given(facts(), READINGS, st.integers(0, 20_000), SOME_TERMS)
    def test_told_never_goes_down_and_what_is_settled_stays(
        self, known: Facts, reading: Reading, now: int, terms: Terms
    ) -> None:
        decision = decide(known, reading, now, terms)
        assert decision.told >= known.told
        assert decision.told <= len(known.stages)
        if known.settled:
            assert decision.settled is known.settled

    @given(facts(), READINGS, st.integers(0, 20_000), SOME_TERMS)
    def test_nothing_is_told_before_its_instant_nor_twice(
        self, known: Facts, reading: Reading, now: int, terms: Terms
    ) -> None:
        decision = decide(known, reading, now, terms)
        if decision.announce is not None:
            assert known.told <= decision.announce < decision.told
            assert known.stages[decision.announce] <= max(now, known.answered_at or 0)
            assert not decision.check


SHORT = Policy("vip", {Target.FIRST_RESPONSE: 15 * MINUTE, Target.NEXT_RESPONSE: HOUR})
LONG = Policy("everyone", {Target.FIRST_RESPONSE: HOUR, Target.NEXT_RESPONSE: 2 * HOUR})
UNWATCHED = Policy("praise", {Target.FIRST_RESPONSE: None, Target.NEXT_RESPONSE: None})


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


def subject(*messages: Message) -> Subject:
    return Subject("acme-x", "x", messages)


def only_if(word: str, policy: Policy) -> Policy:
    return replace(policy, conditions=(Says(word),))


class TestWhichPromise:
    def test_the_first_policy_that_matches_the_first_message(self) -> None:
        found = held_to([only_if("vip", SHORT), LONG], subject(ask("1", 0, text="hello")), 1, at(0))
        assert found == (LONG, Promise(Target.FIRST_RESPONSE, at(0), at(60), HOUR))

    def test_a_later_message_may_shorten_it_counted_from_that_message(self) -> None:
        said = subject(ask("1", 0, text="hello"), ask("2", 10, text="vip"))
        policy, held = held_to([vip := only_if("vip", SHORT), LONG], said, 1, at(0))
        assert (policy, held) == (vip, Promise(Target.FIRST_RESPONSE, at(10), at(25), 15 * MINUTE))

    def test_a_later_message_never_lengthens_it(self) -> None:
        said = subject(ask("1", 0, text="vip"), ask("2", 10, text="slow"))
        vip = only_if("vip", SHORT)
        assert held_to([only_if("slow", LONG), vip], said, 1, at(0))[0] is vip

    def test_a_later_match_whose_due_lies_behind_the_first_ones_changes_nothing(self) -> None:
        said = subject(ask("1", 0, text="hello"), ask("2", 50, text="vip"))
        assert held_to([only_if("vip", SHORT), LONG], said, 1, at(0))[0] is LONG

    def test_a_wait_that_was_not_watched_is_watched_once_a_message_needs_it(self) -> None:
        said = subject(ask("1", 0, text="lovely"), ask("2", 10, text="it broke"))
        policy, held = held_to([broke := only_if("broke", LONG), UNWATCHED], said, 1, at(0))
        assert (policy, held and held.started_at) == (broke, at(10))

    def test_a_target_that_is_off_watches_nothing(self) -> None:
        assert held_to([UNWATCHED], subject(ask("1", 0)), 1, at(0)) == (UNWATCHED, None)

    def test_where_nothing_matches_there_is_neither_policy_nor_promise(self) -> None:
        assert held_to([only_if("vip", SHORT)], subject(ask("1", 0)), 1, at(0)) == (None, None)

    def test_a_later_turn_is_held_to_the_next_response(self) -> None:
        held = promise(SHORT, Target.NEXT_RESPONSE, at(0))
        assert held == Promise(Target.NEXT_RESPONSE, at(0), at(60), HOUR)

    def test_beyond_fifty_messages_a_flood_changes_nothing_and_costs_nothing(self) -> None:
        flood = [ask(str(n), n / 100, text="hello") for n in range(60)]
        flood[55] = replace(flood[55], text="vip")
        assert held_to([only_if("vip", SHORT), LONG], subject(*flood), 1, at(0))[0] is LONG


class TestStages:
    def test_what_accuses_begins_a_millisecond_after_due(self) -> None:
        stages = (
            Stage("80%", share=800_000),
            Stage("100%", share=1_000_000),
            Stage("150%", share=1_500_000),
            Stage("+30m", offset=30 * MINUTE),
        )
        policy = replace(LONG, stages=stages)
        held = promise(policy, Target.FIRST_RESPONSE, at(0))
        assert held is not None
        assert stage_instants(policy, held) == (at(48), at(60) + 1, at(90) + 1, at(90) + 1)
        assert [stage.accuses for stage in stages] == [False, True, True, True]
