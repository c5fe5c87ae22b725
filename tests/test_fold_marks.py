"""What the rules make of single messages, as the fold reads it: automation, hand-over, holding texts, no reply."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from said import DAY_LONG, SETTINGS, ask, at, reply
from slamon.model import HOUR, MINUTE, SECOND, Kind, Mark, Message, Role
from slamon.sla.fold import AUTOMATION, BOT_CLOSED, DELETED, HANDED_OVER, FoldedWait, FoldSettings, fold
from threads import threads

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTED = frozenset({Mark.AUTOMATION.value})
BOT_MAY_ANSWER = replace(SETTINGS, bot_answers=lambda _messages, _turn, _thread: True)
BOT_CLOSES = replace(SETTINGS, bot_closes_after=2 * HOUR)
REASONS = st.sampled_from(["thanks", "emoji", "giveaway", *Mark])


def bot(id_: str, minute: float, *marks: str, **more: Any) -> Message:
    return reply(id_, minute, marks=LISTED | set(marks), **more)


def marked(message: Message, *marks: str) -> Message:
    return replace(message, marks=frozenset(marks))


def waits(*messages: Message, settings: FoldSettings = SETTINGS) -> tuple[FoldedWait, ...]:
    return fold(messages, settings).waits


def the_wait(*messages: Message, settings: FoldSettings = SETTINGS) -> FoldedWait:
    (found,) = waits(*messages, settings=settings)
    return found


def roles(*messages: Message, settings: FoldSettings = SETTINGS) -> dict[str, Role]:
    return dict(fold(messages, settings).roles)


class TestAMachinesAnswer:
    def test_ends_no_wait_and_is_a_sign_of_arrival(self) -> None:
        wait = the_wait(ask("1", 0), bot("2", 1, to="1"))
        assert (wait.answered_at, wait.acknowledged_at) == (None, at(1))

    def test_is_one_although_the_source_calls_it_the_brands(self) -> None:
        assert roles(ask("1", 0), bot("2", 1, to="1", role=Role.BRAND))["2"] is Role.AUTOMATION

    def test_is_one_although_its_author_is_none_of_the_brands_own(self) -> None:
        assert roles(ask("1", 0), ask("2", 1, by="acme_bot", marks=LISTED))["2"] is Role.AUTOMATION

    def test_that_the_source_calls_automation_needs_no_mark(self) -> None:
        wait = the_wait(ask("1", 0), reply("2", 1, to="1", role=Role.AUTOMATION))
        assert (wait.answered_at, wait.acknowledged_at) == (None, at(1))

    def test_ends_the_wait_where_anyone_may(self) -> None:
        first, second = waits(ask("1", 0), bot("2", 1, to="1"), ask("3", 5), settings=BOT_MAY_ANSWER)
        assert (first.answered_at, first.answered_by, first.reason) == (at(1), "2", AUTOMATION)
        assert (second.turn, second.started_at) == (2, at(5))

    def test_is_asked_about_with_the_messages_that_wait_and_their_turn(self) -> None:
        asked: list[tuple[list[str], int]] = []

        def only_the_first(messages: Sequence[Message], turn: int, _thread: Sequence[Message]) -> bool:
            asked.append(([m.id for m in messages], turn))
            return turn == 1

        settings = replace(SETTINGS, bot_answers=only_the_first)
        found = waits(ask("1", 0), ask("2", 1), bot("3", 2), ask("4", 3), bot("5", 4), settings=settings)
        assert asked == [(["1", "2"], 1), (["4"], 2)]
        assert [wait.answered_by for wait in found] == ["3", None]

    def test_deleted_within_a_day_ends_nothing(self) -> None:
        wait = the_wait(ask("1", 0), bot("2", 1, to="1", gone_at=at(9)), settings=BOT_MAY_ANSWER)
        assert (wait.answered_at, wait.acknowledged_at) == (None, None)

    def test_goes_to_the_customer_whom_it_answers(self) -> None:
        found = waits(ask("1", 0), ask("2", 1, by="ben"), bot("3", 2, to="2"))
        assert {wait.customer: wait.acknowledged_at for wait in found} == {"anna": None, "ben": at(2)}

    def test_invites_the_customer_to_answer_it(self) -> None:
        assert roles(ask("1", 0), bot("2", 1, to="1"), ask("3", 2, by="eve", mentions=(), in_reply_to="2"))["3"] is (
            Role.CUSTOMER
        )

    def test_does_not_break_the_silence_between_two_conversations(self) -> None:
        private = {"kind": Kind.DIRECT_MESSAGE}
        said = (ask("1", 0, **private), reply("2", 1, **private), bot("3", DAY_LONG - 5, **private))
        assert [wait.turn for wait in waits(*said, ask("4", 2 + DAY_LONG, **private))] == [1, 1]

    def test_comes_before_a_persons_without_hiding_it(self) -> None:
        wait = the_wait(ask("1", 0), bot("2", 1, to="1"), reply("3", 9, to="1"))
        assert (wait.acknowledged_at, wait.answered_at, wait.reason) == (at(1), at(9), "")

    def test_a_persons_answer_is_a_sign_of_arrival_too(self) -> None:
        assert the_wait(ask("1", 0), reply("2", 9, to="1")).acknowledged_at == at(9)


class TestABotThatIsLeftStanding:
    def test_closes_the_wait_when_the_customer_comes_back_after_long_enough(self) -> None:
        first, second = waits(ask("1", 0), bot("2", 1, to="1"), ask("3", 121), settings=BOT_CLOSES)
        assert (first.answered_at, first.reason, second.turn, second.started_at) == (at(1), BOT_CLOSED, 2, at(121))

    def test_leaves_it_open_when_he_writes_sooner(self) -> None:
        wait = the_wait(ask("1", 0), bot("2", 1, to="1"), ask("3", 120.9), settings=BOT_CLOSES)
        assert (wait.messages, wait.bot_at) == (("1", "3"), None)

    def test_is_remembered_while_the_wait_is_open(self) -> None:
        assert the_wait(ask("1", 0), bot("2", 1, to="1")).bot_at == at(1)

    def test_must_be_listed(self) -> None:
        unlisted = reply("2", 1, to="1", automated=True)
        assert the_wait(ask("1", 0), unlisted, ask("3", 500), settings=BOT_CLOSES).bot_at is None

    def test_is_not_answered_by_a_bot_that_hands_it_to_people(self) -> None:
        wait = the_wait(ask("1", 0), bot("2", 1, to="1"), bot("3", 2, Mark.HAND_OVER, to="1"), settings=BOT_CLOSES)
        assert wait.bot_at is None


class TestAHandOver:
    def test_by_a_person_ends_the_wait_with_that_reason(self) -> None:
        wait = the_wait(ask("1", 0), marked(reply("2", 4, to="1"), Mark.HAND_OVER))
        assert (wait.answered_at, wait.reason) == (at(4), HANDED_OVER)

    def test_by_a_bot_begins_the_wait_for_a_person_where_rules_say_so(self) -> None:
        said = (ask("1", 0), bot("2", 1, to="1"), bot("3", 6, Mark.HAND_OVER, to="1"), bot("4", 7, Mark.HAND_OVER))
        assert the_wait(*said).started_at == at(0)
        assert the_wait(*said, settings=replace(SETTINGS, waits_from_hand_over=True)).started_at == at(6)


class TestAHoldingText:
    HOLDING = marked(reply("2", 4, to="1"), Mark.HOLDING)

    def test_meets_the_response_and_opens_a_follow_up(self) -> None:
        wait = the_wait(ask("1", 0), self.HOLDING)
        assert (wait.answered_at, wait.holding_at, wait.followed_up_at) == (at(4), at(4), None)

    def test_is_followed_up_by_the_next_answer_that_is_none(self) -> None:
        wait = the_wait(
            ask("1", 0), self.HOLDING, marked(reply("3", 6, to="1"), Mark.HOLDING), bot("4", 7), reply("5", 9, to="1")
        )
        assert wait.followed_up_at == at(9)

    def test_is_followed_up_by_the_answer_to_a_later_question_too(self) -> None:
        first, second = waits(ask("1", 0), self.HOLDING, ask("3", 6), reply("4", 9, to="3"))
        assert (first.followed_up_at, second.answered_at) == (at(9), at(9))


class TestAMessageThatNeedsNoReply:
    def test_starts_no_wait_and_is_listed_with_its_reason(self) -> None:
        folded = fold([marked(ask("1", 0), "giveaway")], SETTINGS)
        assert (folded.waits, folded.no_reply) == ((), {"1": "giveaway"})

    def test_of_thanks_only_from_the_second_turn_on(self) -> None:
        folded = fold([marked(ask("1", 0), "thanks"), reply("2", 1, to="1"), marked(ask("3", 2), "thanks")], SETTINGS)
        assert ([wait.messages for wait in folded.waits], folded.no_reply) == ([("1",)], {"3": "thanks"})

    def test_leaves_the_next_message_that_needs_one_to_start_the_wait(self) -> None:
        found = waits(ask("1", 0), reply("2", 1, to="1"), marked(ask("3", 2), "thanks"), ask("4", 9))
        assert [(w.turn, w.started_at, w.messages) for w in found] == [(1, at(0), ("1",)), (2, at(9), ("4",))]

    def test_joins_a_wait_that_is_open(self) -> None:
        wait = the_wait(ask("1", 0), marked(ask("2", 3), "emoji"))
        assert (wait.messages, wait.last_message_at) == (("1", "2"), at(3))

    def test_waits_again_once_a_person_took_it_back(self) -> None:
        assert the_wait(marked(ask("1", 0), "giveaway", Mark.KEPT)).started_at == at(0)

    def test_of_thanks_in_a_new_conversation_of_a_dialogue_is_the_first_turn_again(self) -> None:
        said = [ask("1", 0, kind=Kind.DIRECT_MESSAGE), reply("2", 1, kind=Kind.DIRECT_MESSAGE)]
        late = marked(ask("3", 1 + DAY_LONG, kind=Kind.DIRECT_MESSAGE), "thanks")
        assert [wait.turn for wait in waits(*said, late)] == [1, 1]


class TestSuspicion:
    SOON = replace(SETTINGS, suspect_within=5 * SECOND)

    @pytest.mark.parametrize(("seconds", "suspected"), [(4.9, True), (5, False)])
    def test_falls_on_an_answer_that_comes_sooner_than_anybody_types(self, seconds: float, *, suspected: bool) -> None:
        wait = the_wait(ask("1", 0), ask("2", 3), reply("3", 3 + seconds / 60, to="2"), settings=self.SOON)
        assert (wait.suspected, wait.answered_by) == (suspected, "3")

    def test_falls_on_a_text_that_was_used_before(self) -> None:
        assert the_wait(ask("1", 0), marked(reply("2", 9, to="1"), Mark.REPEATED)).suspected

    def test_falls_on_nobody_where_rules_do_not_ask(self) -> None:
        assert not the_wait(ask("1", 0), reply("2", 0.01, to="1")).suspected


class TestWhatTheBrandHides:
    def test_waits_on(self) -> None:
        assert the_wait(ask("1", 0, hidden=True, hidden_at=at(5))).cancelled_at is None

    def test_is_as_good_as_deleted_where_rules_say_so(self) -> None:
        hides = replace(SETTINGS, hidden_cancels=True)
        wait = the_wait(ask("1", 0, hidden=True, hidden_at=at(5)), settings=hides)
        assert (wait.cancelled_at, wait.reason) == (at(5), DELETED)


class TestColleagues:
    def test_who_are_listed_start_nothing_whatever_the_source_calls_them(self) -> None:
        settings = replace(SETTINGS, staff=frozenset({"jane"}))
        assert roles(ask("1", 0, by="Jane", role=Role.CUSTOMER), settings=settings)["1"] is Role.STAFF

    def test_who_are_listed_end_nothing(self) -> None:
        settings = replace(SETTINGS, staff=frozenset({"jane"}))
        assert the_wait(ask("1", 0), reply("2", 5, by="jane", role=Role.BRAND), settings=settings).answered_at is None


class TestAnyMarks:
    @given(threads(), st.data())
    def test_each_customer_message_either_waits_or_is_listed_and_the_order_of_arrival_plays_no_part(
        self, messages: list[Message], data: st.DataObject
    ) -> None:
        given_marks = [data.draw(st.frozensets(REASONS, max_size=2)) for _ in messages]
        said = [replace(m, marks=marks) for m, marks in zip(messages, given_marks, strict=True)]
        settings = replace(BOT_CLOSES, suspect_within=MINUTE, waits_from_hand_over=True)
        folded = fold(said, settings)
        placed = [id_ for wait in folded.waits for id_ in wait.messages]
        customers = {id_ for id_, role in folded.roles.items() if role is Role.CUSTOMER}
        assert sorted([*placed, *folded.no_reply]) == sorted(customers)
        assert fold(said[::-1], settings) == folded
        for wait in folded.waits:
            assert wait.acknowledged_at is None or wait.cancelled_at is None
            assert wait.answered_at is None or (wait.acknowledged_at or 0) <= wait.answered_at
