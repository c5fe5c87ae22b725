from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from said import DAY_LONG, SETTINGS, START, aside, ask, at, reply
from slamon.model import MINUTE, Kind, Message, Role, Side
from slamon.sla.fold import Folded, FoldedWait, FoldSettings, fold
from threads import threads

if TYPE_CHECKING:
    from collections.abc import Sequence


def waits(*messages: Message, settings: FoldSettings = SETTINGS) -> tuple[FoldedWait, ...]:
    return fold(messages, settings).waits


def the_wait(*messages: Message, settings: FoldSettings = SETTINGS) -> FoldedWait:
    (found,) = waits(*messages, settings=settings)
    return found


def answered(found: Sequence[FoldedWait]) -> list[tuple[str, str | None]]:
    return [(wait.customer, wait.answered_by) for wait in found]


def dm(id_: str, minute: float) -> Message:
    return aside(id_, minute, by="anna", kind=Kind.DIRECT_MESSAGE)


def sent(id_: str, minute: float) -> Message:
    return reply(id_, minute, kind=Kind.DIRECT_MESSAGE)


class TestAWait:
    def test_starts_at_the_first_message_and_further_ones_do_not_move_it(self) -> None:
        wait = the_wait(ask("1", 0), ask("2", 5))
        assert (wait.started_at, wait.last_message_at, wait.messages) == (at(0), at(5), ("1", "2"))
        assert (wait.number, wait.turn, wait.episode, wait.answered_at) == (1, 1, 1, None)

    def test_ends_when_the_reply_was_written(self) -> None:
        wait = the_wait(ask("1", 0), reply("2", 7, to="1"))
        assert (wait.answered_at, wait.answered_by) == (at(7), "2")

    def test_two_replies_in_a_row_measure_one_response(self) -> None:
        assert answered(waits(ask("1", 0), reply("2", 7, to="1"), reply("3", 8, to="1"))) == [("anna", "2")]

    def test_the_next_message_after_the_reply_starts_the_next_turn(self) -> None:
        found = waits(ask("1", 0), reply("2", 7, to="1"), ask("3", 9), ask("4", 10), reply("5", 12, to="3"))
        assert [(w.number, w.turn, w.started_at, w.answered_at) for w in found] == [
            (1, 1, at(0), at(7)),
            (2, 2, at(9), at(12)),
        ]

    def test_a_post_of_the_brand_alone_makes_nobody_wait(self) -> None:
        assert waits(reply("1", 0)) == ()

    def test_bystanders_and_staff_start_nothing(self) -> None:
        settings = replace(SETTINGS, staff=frozenset({"bea"}))
        assert waits(aside("1", 0, by="ben"), ask("2", 1, by="bea"), settings=settings) == ()

    def test_neither_staff_nor_automation_ends_a_wait(self) -> None:
        settings = replace(SETTINGS, staff=frozenset({"bea"}))
        thread = (ask("1", 0), ask("2", 1, by="bea", in_reply_to="1"), reply("3", 2, to="1", automated=True))
        assert the_wait(*thread, settings=settings).answered_at is None

    def test_a_direct_reply_that_is_stamped_earlier_ends_it_after_no_time(self) -> None:
        wait = the_wait(ask("1", 5), reply("2", 4, to="1"))
        assert (wait.started_at, wait.answered_at) == (at(5), at(5))

    def test_a_message_that_surfaced_late_waits_since_it_surfaced(self) -> None:
        assert the_wait(ask("1", 0, surfaced_at=at(3_000))).started_at == at(3_000)

    def test_a_message_that_surfaces_late_does_not_move_a_wait_that_runs(self) -> None:
        assert the_wait(ask("1", 0, surfaced_at=at(3_000)), ask("2", 2_000)).started_at == at(2_000)


class TestConversations:
    def test_each_commenter_waits_alone_and_answering_one_answers_nobody_else(self) -> None:
        thread = (reply("0", 0), ask("1", 1, in_reply_to="0"), ask("2", 2, by="ben", in_reply_to="0"))
        assert answered(waits(*thread, reply("3", 3, to="2"))) == [("anna", None), ("ben", "3")]

    def test_one_reply_may_answer_all_whom_it_mentions(self) -> None:
        thread = (ask("1", 0), ask("2", 1, by="ben"), reply("3", 2, to="1", mentions=("ben",)))
        assert answered(waits(*thread)) == [("anna", "3"), ("ben", "3")]

    def test_an_undirected_reply_ends_no_wait_and_is_counted(self) -> None:
        found = fold([ask("1", 0), ask("2", 1, by="ben"), reply("3", 2)], SETTINGS)
        assert (answered(found.waits), found.undirected) == ([("anna", None), ("ben", None)], 1)

    def test_the_waits_of_a_hidden_author_go_by_the_branch(self) -> None:
        thread = (reply("0", 0), ask("1", 1, by="", in_reply_to="0"), ask("2", 2, by="", in_reply_to="0"))
        assert answered(waits(*thread, reply("3", 3, to="2"))) == [("anon:1", None), ("anon:2", "3")]

    def test_a_reply_that_failed_is_none(self) -> None:
        assert the_wait(ask("1", 0), reply("2", 1, to="1", failed=True)).answered_at is None


class TestOrder:
    def test_within_one_millisecond_the_parent_goes_first_whatever_its_id(self) -> None:
        assert the_wait(ask("9", 0), reply("1", 0, to="9")).answered_by == "1"

    def test_within_one_millisecond_the_customer_goes_before_the_brand(self) -> None:
        assert the_wait(ask("9", 0), reply("1", 0)).answered_by == "1"

    def test_numeric_ids_go_by_number(self) -> None:
        assert the_wait(ask("10", 0), ask("9", 0), ask("b", 0)).messages == ("9", "10", "b")

    def test_a_reply_that_came_before_the_message_does_not_answer_it(self) -> None:
        found = waits(ask("1", 0), reply("2", 1, to="1"), ask("3", 2))
        assert answered(found) == [("anna", "2"), ("anna", None)]

    def test_two_messages_that_claim_one_alias_are_told_apart_the_same_way_in_any_order(self) -> None:
        one, other = ask("1", 0, aliases=("x",)), ask("2", 1, by="ben", aliases=("x",))
        said = reply("3", 2, to="x")
        assert waits(one, other, said) == waits(said, other, one)

    @pytest.mark.parametrize("loop", [{"1": "1"}, {"1": "2", "2": "1"}, {"1": "3", "2": "1", "3": "2"}])
    def test_chains_that_run_in_a_circle_come_to_an_end(self, loop: dict[str, str]) -> None:
        thread = [ask("1", 0), ask("2", 0), reply("3", 0)]
        assert len(waits(*(replace(said, in_reply_to=loop.get(said.id)) for said in thread))) == 1

    def test_a_very_long_chain_is_walked_without_recursion(self) -> None:
        chain = [ask(str(n), 0, in_reply_to=str(n - 1)) for n in range(1, 1_200)]
        assert len(the_wait(*chain).messages) == 1_199


class TestDeletedMessages:
    def test_the_start_is_the_first_one_left(self) -> None:
        assert the_wait(ask("1", 0, gone_at=at(3)), ask("2", 1)).started_at == at(1)

    def test_all_gone_before_any_reply_cancels_the_wait_when_the_last_went(self) -> None:
        wait = the_wait(ask("1", 0, gone_at=at(9)), ask("2", 1, gone_at=at(3)))
        assert (wait.cancelled_at, wait.answered_at, wait.started_at) == (at(9), None, at(0))

    def test_a_reply_to_what_is_gone_answers_nothing_and_uses_no_turn(self) -> None:
        found = waits(ask("1", 0, gone_at=at(1)), reply("2", 2), ask("3", 3))
        assert [(w.turn, w.answered_by, w.cancelled_at) for w in found] == [(1, None, at(1)), (1, None, None)]

    def test_a_message_after_all_others_were_gone_is_a_wait_of_its_own(self) -> None:
        found = waits(ask("1", 0, gone_at=at(1)), ask("2", 2))
        assert [(w.number, w.cancelled_at, w.started_at) for w in found] == [(1, at(1), at(0)), (2, None, at(2))]

    def test_a_closed_wait_stays_as_it_was(self) -> None:
        wait = the_wait(ask("1", 0, gone_at=at(9)), reply("2", 5, to="1"))
        assert (wait.started_at, wait.answered_at, wait.cancelled_at) == (at(0), at(5), None)


class TestDeletedReplies:
    def test_within_a_day_it_opens_the_wait_again_with_its_old_start(self) -> None:
        wait = the_wait(ask("1", 0), reply("2", 5, to="1", gone_at=at(60)))
        assert (wait.started_at, wait.answered_at, wait.episode) == (at(0), None, 2)

    def test_posted_again_within_a_quarter_of_an_hour_it_keeps_the_first_ones_time(self) -> None:
        wait = the_wait(ask("1", 0), reply("2", 5, to="1", gone_at=at(6)), reply("3", 21, to="1"))
        assert (wait.answered_at, wait.answered_by, wait.episode) == (at(5), "2", 1)

    def test_posted_again_later_than_that_it_counts_from_then(self) -> None:
        wait = the_wait(ask("1", 0), reply("2", 5, to="1", gone_at=at(6)), reply("3", 21.1, to="1"))
        assert (wait.answered_at, wait.answered_by, wait.episode) == (at(21.1), "3", 2)

    def test_later_than_a_day_it_is_recorded_only(self) -> None:
        wait = the_wait(ask("1", 0), reply("2", 5, to="1", gone_at=at(5 + DAY_LONG) + 1))
        assert (wait.answered_at, wait.episode) == (at(5), 1)

    def test_exactly_a_day_is_within_a_day(self) -> None:
        assert the_wait(ask("1", 0), reply("2", 5, to="1", gone_at=at(5 + DAY_LONG))).answered_at is None

    def test_it_joins_the_waits_that_it_had_parted(self) -> None:
        wait = the_wait(ask("1", 0), reply("2", 5, to="1", gone_at=at(60)), ask("3", 9))
        assert (wait.messages, wait.number, wait.turn, wait.episode) == (("1", "3"), 1, 1, 2)

    def test_a_second_deletion_is_a_third_episode(self) -> None:
        gone = (reply("2", 5, to="1", gone_at=at(60)), reply("3", 90, to="1", gone_at=at(200)))
        assert the_wait(ask("1", 0), *gone).episode == 3

    def test_a_deleted_reply_after_the_wait_had_ended_opens_nothing(self) -> None:
        wait = the_wait(ask("1", 0), reply("2", 5, to="1"), reply("3", 6, to="1", gone_at=at(60)))
        assert (wait.answered_by, wait.episode) == ("2", 1)


class TestDirectMessages:
    def test_after_a_day_of_silence_a_new_conversation_starts_with_its_first_turn(self) -> None:
        found = waits(dm("1", 0), sent("2", 1), dm("3", 1 + DAY_LONG))
        assert [(w.number, w.turn) for w in found] == [(1, 1), (2, 1)]

    def test_within_a_day_it_goes_on(self) -> None:
        found = waits(dm("1", 0), sent("2", 1), dm("3", DAY_LONG))
        assert [(w.number, w.turn) for w in found] == [(1, 1), (2, 2)]

    def test_a_word_of_the_brand_breaks_the_silence(self) -> None:
        found = waits(dm("1", 0), sent("2", 1), sent("3", DAY_LONG - 5), dm("4", DAY_LONG + 5))
        assert [w.turn for w in found] == [1, 2]

    def test_an_open_wait_goes_on_however_long_it_is_silent(self) -> None:
        assert the_wait(dm("1", 0), dm("2", 3 * DAY_LONG)).messages == ("1", "2")

    def test_public_threads_know_no_such_gap(self) -> None:
        found = waits(ask("1", 0), reply("2", 1, to="1"), ask("3", 9 * DAY_LONG))
        assert [w.turn for w in found] == [1, 2]


def by_hand(messages: Sequence[Message], folded: Folded) -> None:
    """What must hold of any fold, whatever was said."""
    said = {message.id: message for message in messages}
    placed = [id_ for wait in folded.waits for id_ in wait.messages]
    assert len(placed) == len(set(placed))
    assert set(placed) == {id_ for id_, role in folded.roles.items() if role is Role.CUSTOMER}
    for customer in {wait.customer for wait in folded.waits}:
        own = [wait for wait in folded.waits if wait.customer == customer]
        assert [wait.number for wait in own] == list(range(1, len(own) + 1))
        assert sum(wait.answered_at is None and wait.cancelled_at is None for wait in own) <= 1
    for wait in folded.waits:
        assert {said[id_].side for id_ in wait.messages} == {Side.OTHER}
        assert wait.started_at in {said[id_].created_at for id_ in wait.messages}
        assert wait.answered_at is None or (wait.answered_at >= wait.started_at and wait.cancelled_at is None)
        assert (wait.answered_at is None) == (wait.answered_by is None)


class TestAnyThread:
    @given(threads(), st.randoms(use_true_random=False))
    def test_whatever_the_order_of_arrival_the_waits_are_the_same(
        self, messages: list[Message], random: object
    ) -> None:
        folded = fold(messages, SETTINGS)
        shuffled = list(messages)
        random.shuffle(shuffled)  # type: ignore[attr-defined] # a random.Random of hypothesis' own
        assert fold(shuffled, SETTINGS) == folded
        by_hand(messages, folded)

    @given(threads())
    def test_flat_replies_watched_bystanders_and_colleagues_keep_to_the_same_rules(
        self, messages: list[Message]
    ) -> None:
        settings = replace(SETTINGS, flat_replies=True, watch_bystanders=True, staff=frozenset({"ben"}))
        folded = fold(messages, settings)
        assert fold(messages[::-1], settings) == folded
        by_hand(messages, folded)

    @given(threads(), st.integers(0, 30 * DAY_LONG))
    def test_the_time_of_day_plays_no_part(self, messages: list[Message], minutes: int) -> None:
        later = [moved(message, minutes * MINUTE) for message in messages]
        starts = [wait.started_at - START for wait in fold(messages, SETTINGS).waits]
        assert [wait.started_at - START - minutes * MINUTE for wait in fold(later, SETTINGS).waits] == starts


def moved(message: Message, by: int) -> Message:
    gone = None if message.gone_at is None else message.gone_at + by
    return replace(message, created_at=message.created_at + by, gone_at=gone)
