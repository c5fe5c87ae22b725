"""What a policy promises beside the answer, and when each stage is told, and told again."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from said import ask, at
from slamon.model import DAY, HOUR, MINUTE, Kind, Target
from slamon.sla.calendar import OpenDays
from slamon.sla.calendars import Weekly
from slamon.sla.policy import WHOLE, AnsweredBy, Policy, Stage, match
from slamon.sla.subject import Subject
from slamon.sla.timer import Promise, began_at, beside, greeting, promise, stage_instants, steps

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Weekly("office", BERLIN, [(day, 9 * 60, 17 * 60) for day in range(5)])
FRIDAY_16 = 1_795_791_600_000
"""2026-11-27T16:00:00+01:00."""
MONDAY_9 = FRIDAY_16 + 3 * DAY - 7 * HOUR
FIRST, ACK, FOLLOW, WINDOW = (
    Target.FIRST_RESPONSE,
    Target.ACKNOWLEDGEMENT,
    Target.FOLLOW_UP,
    Target.REPLY_WINDOW,
)


def told(policy: Policy, held: Promise) -> list[tuple[str, int, int]]:
    """(stage, repeat, minutes from start) of each telling."""
    return [(step.stage.name, step.repeat, (step.at - held.started_at) // MINUTE) for step in steps(policy, held)]


def held(policy: Policy, target: Target = FIRST, started_at: int = FRIDAY_16) -> Promise:
    found = promise(policy, target, started_at)
    assert found is not None
    return found


class TestALengthInOpenDays:
    def test_is_due_at_the_same_time_on_the_next_open_day(self) -> None:
        found = held(Policy("a", {FIRST: OpenDays(1)}, calendar=OFFICE))
        assert (found.due_at, found.length) == (FRIDAY_16 + 3 * DAY, 8 * HOUR)

    def test_has_stages_by_its_open_time(self) -> None:
        policy = Policy("a", {FIRST: OpenDays(1)}, calendar=OFFICE, stages=(Stage("50%", share=WHOLE // 2),))
        assert stage_instants(policy, held(policy)) == (MONDAY_9 + 3 * HOUR,)


class TestAStageThatRepeats:
    POLICY = Policy(
        "a",
        {FIRST: HOUR},
        stages=(
            Stage("50%", share=WHOLE // 2, repeat=20 * MINUTE, at_most=3),
            Stage("100%", share=WHOLE),
            Stage("+30m", offset=30 * MINUTE, repeat=30 * MINUTE, at_most=2),
        ),
    )

    def test_is_told_so_often_among_the_others_in_the_order_of_time(self) -> None:
        assert told(self.POLICY, held(self.POLICY)) == [
            ("50%", 0, 30),
            ("50%", 1, 50),
            ("100%", 0, 60),
            ("50%", 2, 70),
            ("+30m", 0, 90),
            ("+30m", 1, 120),
        ]

    def test_repeats_in_open_time(self) -> None:
        policy = Policy("a", {FIRST: 30 * MINUTE}, calendar=OFFICE, stages=self.POLICY.stages)
        assert [step.at for step in steps(policy, held(policy))][-2:] == [
            FRIDAY_16 + HOUR + 1,
            MONDAY_9 + 30 * MINUTE + 1,
        ]

    @given(st.integers(1, 30 * DAY), st.integers(2, 20), st.integers(MINUTE, DAY))
    def test_never_goes_back_in_time(self, length: int, often: int, pause: int) -> None:
        stages = (Stage("50%", share=WHOLE // 2, repeat=pause, at_most=often), Stage("100%", share=WHOLE))
        policy = Policy("a", {FIRST: length}, calendar=OFFICE, stages=stages)
        instants = stage_instants(policy, held(policy))
        assert list(instants) == sorted(instants)
        assert len(instants) == often + 1


class TestBesideTheAnswer:
    POLICY = Policy("a", {FIRST: HOUR, ACK: 5 * MINUTE, FOLLOW: 4 * HOUR, WINDOW: DAY}, calendar=OFFICE)

    def test_a_sign_of_arrival_is_owed_by_the_policy_that_the_first_message_fits(self) -> None:
        listening = replace(self.POLICY, name="b", names_listening=True)
        plain = replace(self.POLICY, conditions=())
        said = (ask("1", 0, kind=Kind.LISTENING), ask("2", 1))
        assert greeting((plain, listening), Subject("c", "p", said), 1) is listening
        assert greeting((plain, listening), Subject("c", "p", said[1:]), 1) is plain

    def test_later_turns_are_owed_none(self) -> None:
        assert greeting((self.POLICY,), Subject("c", "p", (ask("1", 0),)), 2) is None

    def test_a_holding_text_begins_what_it_announces(self) -> None:
        found = next(one for one in beside(self.POLICY, 0, FRIDAY_16) if one.target is FOLLOW)
        assert (found.started_at, found.due_at) == (FRIDAY_16, MONDAY_9 + 3 * HOUR)

    def test_the_platforms_window_runs_from_the_newest_message_around_the_clock(self) -> None:
        (found,) = beside(self.POLICY, FRIDAY_16 + HOUR, None)
        assert found.due_at == FRIDAY_16 + HOUR + DAY

    def test_of_the_window_is_told_four_hours_before_it_ends(self) -> None:
        assert told(self.POLICY, held(self.POLICY, WINDOW)) == [("-4h", 0, 20 * 60), ("100%", 0, 24 * 60)]

    def test_of_a_short_window_is_told_halfway(self) -> None:
        policy = Policy("a", {WINDOW: 4 * HOUR})
        assert told(policy, held(policy, WINDOW)) == [("50%", 0, 120), ("100%", 0, 240)]

    def test_a_wait_that_begins_with_a_hand_over_owes_the_sign_from_the_first_message(self) -> None:
        assert began_at((ask("1", 0), ask("2", 5)), at(3)) == at(0)
        assert began_at((), at(3)) == at(3)
        assert began_at((ask("1", 0, surfaced_at=at(2)),), at(3)) == at(2)

    def test_nothing_else_is_promised_where_a_policy_names_nothing(self) -> None:
        assert beside(Policy("a", {FIRST: HOUR}), 0, 5) == []


class TestWhoEndsATarget:
    def test_a_person_unless_rules_say_otherwise(self) -> None:
        plain = Policy("a", {FIRST: HOUR})
        assert [plain.ends(target, automatic=True) for target in (FIRST, ACK)] == [False, True]
        assert plain.ends(FIRST, automatic=False)

    def test_whoever_the_rules_name(self) -> None:
        policy = Policy("a", {FIRST: HOUR}, answered_by={FIRST: AnsweredBy.ANYONE, ACK: AnsweredBy.HUMAN})
        assert [policy.ends(target, automatic=True) for target in (FIRST, ACK)] == [True, False]


class TestAPolicyThatIsNotForSuchWaits:
    def test_is_passed_over_before_and_after_its_days(self) -> None:
        sale = Policy("sale", {FIRST: HOUR}, valid_from=at(10), valid_until=at(20))
        asked = {minute: Subject("c", "p", (ask("1", minute),)) for minute in (9.9, 10, 19.9, 20)}
        assert [match((sale,), subject).policy is sale for subject in asked.values()] == [False, True, True, False]

    def test_takes_keyword_listening_only_where_it_names_that(self) -> None:
        heard = Subject("c", "p", (ask("1", 0, kind=Kind.LISTENING),))
        everyone = Policy("everyone", {FIRST: HOUR})
        listening = Policy("listening", {FIRST: HOUR}, names_listening=True)
        found = match((everyone, listening), heard)
        assert (found.policy, found.failed) == (listening, (("everyone", "naming kind: listening"),))

    def test_takes_what_a_filter_held_back_only_where_it_names_that(self) -> None:
        held_back = Subject("c", "p", (ask("1", 0, filtered=True),))
        assert match((Policy("everyone", {FIRST: HOUR}),), held_back).policy is None

    def test_takes_a_wait_once_one_of_its_messages_is_for_it(self) -> None:
        both = Subject("c", "p", (ask("1", 0, kind=Kind.LISTENING), ask("2", 1)))
        everyone = Policy("everyone", {FIRST: HOUR})
        assert match((everyone,), both).policy is everyone
