"""Letters on their way to a pretend Slack that can be as unkind as the real one, on a clock moved by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from desk import DESK, Desk, policy, rules
from office import Office, opened
from said import ask, reply
from slack_parts import POST
from slamon.audiences import Audience
from slamon.model import MINUTE, SECOND, Gone
from slamon.sim.faults import Fault
from slamon.sla.policy import Stage
from slamon.store import outbox as boxes
from slamon.store.schema import living, outbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.store.store import Store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with opened(Desk(store)) as office:
        yield office


class TestOneLivingMessage:
    def test_is_posted_edited_with_each_later_stage_and_with_the_answer(self, office: Office) -> None:
        office.warned()
        office.sends()
        (root,) = office.roots
        assert "where is my parcel?" in str(root.blocks)
        assert root.edits == []
        office.desk.passes(60.1)
        office.sends()
        (stage,) = office.replies
        assert (stage.thread_ts, stage.broadcast, len(root.edits)) == (root.ts, True, 1)
        office.desk.poll(reply("2", 61, to="1", by="acmehelp"), minute=62)
        office.desk.sweep()
        office.sends()
        assert (len(office.roots), len(office.replies), len(root.edits)) == (1, 1, 2)
        assert "acmehelp" in root.text + str(root.blocks)
        assert office.states() == [("80%", "sent"), ("100%", "sent")]

    def test_needs_no_edit_where_nothing_changed(self, office: Office) -> None:
        office.warned()
        office.sends()
        office.desk.poll(minute=50)
        office.desk.sweep()
        office.sends()
        assert office.slack.calls("chat.update") == 0

    def test_is_not_broadcast_where_the_stage_says_no(self, office: Office) -> None:
        quiet = Stage("100%", share=1_000_000, broadcast=False)
        office.desk.rules = rules(policy(stages=(Stage("50%", share=500_000), quiet)))
        office.warned()
        office.sends()
        office.desk.passes(60.1)
        office.sends()
        assert [message.broadcast for message in office.replies] == [False]

    def test_wakes_whom_the_audience_names_by_id(self, office: Office) -> None:
        office.warned()
        office.sends()
        assert "<!subteam^S0SOCIAL>" in office.roots[0].text + str(office.roots[0].blocks)

    def test_goes_out_although_whom_to_wake_is_unknown(self, office: Office) -> None:
        office.desk.tells(Audience("desk", "#desk", "@nobody"))
        office.warned()
        office.sends()
        assert len(office.roots) == 1

    def test_is_one_for_each_destination(self, office: Office) -> None:
        lead = Stage("100%", share=1_000_000, audience="lead")
        office.desk.rules = rules(policy(stages=(Stage("80%", share=800_000), lead)))
        office.desk.tells(DESK, Audience("lead", "lead@acme.example"))
        office.warned()
        office.sends()
        office.desk.passes(60.1)
        office.sends()
        assert sorted(message.channel for message in office.roots) == ["C00000001", "D0LEAD"]
        assert office.replies == []

    def test_of_the_next_wait_is_another_one(self, office: Office) -> None:
        office.warned()
        office.sends()
        office.desk.poll(reply("2", 50, to="1"), ask("3", 51), minute=52)
        office.desk.passes(52)
        office.desk.passes(99.1)
        office.sends()
        assert len(office.roots) == 2

    def test_follows_an_edit_of_the_customers_words(self, office: Office) -> None:
        office.warned()
        office.sends()
        office.desk.poll(ask("1", 0, text="never mind"), minute=50)
        office.desk.sweep()
        office.sends()
        assert "never mind" in str(office.roots[0].blocks)
        assert "parcel" not in str(office.roots[0].blocks)

    def test_says_that_a_deleted_question_needs_no_answer(self, office: Office) -> None:
        office.warned()
        office.sends()
        office.desk.poll(minute=50, gone=[Gone("1", office.desk.now)])
        office.desk.sweep()
        office.sends()
        assert len(office.roots[0].edits) == 1
        assert "parcel" not in str(office.roots[0].blocks)

    def test_tells_how_late_it_left(self, office: Office) -> None:
        office.warned()
        office.desk.now += 700
        office.sends()
        (sent,) = [event for event in office.heard if event.outcome == "sent"]
        assert (sent.purpose, sent.audience, sent.lateness, sent.wait) == ("post", "desk", 700, 1)


class TestSuperseded:
    def test_an_answer_that_was_read_before_the_letter_left_keeps_it_back(self, office: Office) -> None:
        office.warned()
        office.desk.poll(reply("2", 30, to="1"), minute=49)
        office.desk.sweep()
        office.sends()
        assert (office.slack.messages, office.states()) == ([], [("80%", "superseded")])
        assert office.desk.letters()[0].reason == "answered in time"

    def test_a_later_stage_takes_the_place_of_one_that_still_waits(self, office: Office) -> None:
        office.warned()
        office.desk.passes(60.1)
        office.sends()
        assert office.states() == [("80%", "superseded"), ("100%", "sent")]
        assert (len(office.roots), office.replies) == (1, [])

    def test_a_deleted_question_is_no_longer_told_of(self, office: Office) -> None:
        office.warned()
        office.desk.poll(minute=49, gone=[Gone("1", office.desk.now)])
        office.desk.sweep()
        office.sends()
        assert (office.slack.messages, office.desk.letters()[0].reason) == ([], "the wait was cancelled")

    def test_a_warning_is_not_sent_after_a_late_answer_but_the_accusation_is(self, office: Office) -> None:
        office.warned()
        office.desk.passes(60.1)
        office.desk.poll(reply("2", 60.2, to="1"), minute=61)
        office.desk.sweep()
        office.sends()
        assert office.states() == [("80%", "superseded"), ("100%", "sent")]


class TestThingsForAPerson:
    def test_a_wrong_token_keeps_everything_and_pauses(self, office: Office) -> None:
        office.starts("xoxb-wrong")
        office.warned()
        office.sends()
        calls = len(office.heard)
        assert (office.dispatcher.ready(), office.states()) == ({}, [("80%", "pending")])
        office.waits(50 * SECOND)
        assert len(office.heard) == calls
        office.starts()
        office.waits(MINUTE)
        assert len(office.roots) == 1

    def test_a_missing_channel_delays_no_other(self, office: Office) -> None:
        office.desk.rules = rules(
            policy(stages=(Stage("50%", share=500_000), Stage("80%", share=800_000, audience="gone")))
        )
        office.desk.tells(DESK, Audience("gone", "#no-such"))
        office.warned()
        office.desk.poll(ask("2", 60, by="ben"), minute=61)
        office.desk.passes(90.1)
        office.sends()
        assert len(office.roots) == 1
        assert {letter.destination: letter.state for letter in office.desk.letters()} == {
            "#no-such": "pending",
            "#desk": "sent",
        }

    def test_a_channel_that_comes_back_gets_what_waited(self, office: Office) -> None:
        office.slack.channel("#desk").member = False
        office.warned()
        office.sends()
        office.waits(3 * MINUTE)
        assert office.slack.messages == []
        office.slack.channel("#desk").member = True
        office.waits(MINUTE)
        assert len(office.roots) == 1

    def test_a_deleted_living_message_is_posted_once_more_and_then_let_be(self, office: Office) -> None:
        plus = [Stage(f"+{n}m", offset=n * MINUTE) for n in (10, 20)]
        office.desk.rules = rules(policy(stages=(Stage("80%", share=800_000), *plus)))
        office.warned()
        office.sends()
        office.slack.delete(office.roots[0])
        office.desk.passes(70.1)
        office.sends()
        assert (len(office.roots), office.replies) == (1, [])
        office.slack.delete(office.roots[0])
        office.desk.passes(80.1)
        office.sends()
        office.waits(MINUTE)
        assert office.slack.messages == []
        assert office.states()[-1] == ("+20m", "superseded")


class TestPaces:
    def test_one_channel_that_is_told_to_wait_delays_no_other(self, office: Office) -> None:
        office.desk.rules = rules(
            policy(stages=(Stage("50%", share=500_000), Stage("80%", share=800_000, audience="oncall")))
        )
        office.desk.tells(DESK, Audience("oncall", "#oncall"))
        office.desk.poll(ask("1", 0), ask("2", 20, by="ben"), minute=21)
        office.desk.passes(48)
        office.desk.passes(50.1)
        assert [letter.destination for letter in office.desk.letters()] == ["#oncall", "#desk"]
        office.slack.faults.add(Fault(path=POST, status=429, headers={"retry-after": "30"}))
        office.sends()
        assert [message.channel for message in office.roots] == ["C00000001"]
        office.waits(2 * MINUTE)
        assert len(office.roots) == 2

    def test_a_flood_to_one_destination_leaves_the_others_their_turn(self, office: Office) -> None:
        many = boxes.AT_ONCE + 20
        office.desk.rules = rules(
            policy(stages=(Stage("50%", share=500_000), Stage("80%", share=800_000, audience="oncall")))
        )
        office.desk.tells(DESK, Audience("oncall", "#oncall"))
        office.desk.poll(ask("0", 0), minute=1)
        office.desk.poll(*(ask(str(n), 10, by=f"c{n}") for n in range(1, many + 1)), minute=11)
        office.desk.passes(40.1)
        office.desk.passes(48.1)
        work = office.dispatcher.ready()
        assert {destination: len(letters) for destination, (letters, _) in work.items()} == {
            "#desk": boxes.AT_ONCE,
            "#oncall": 1,
        }


class TestTheRows:
    def test_an_intent_names_the_try_and_is_the_same_for_every_try_of_a_letter(
        self, office: Office, store: Store
    ) -> None:
        office.warned()
        office.slack.faults.add(Fault(path=POST, status=500))
        office.sends()
        with store.read() as tx:
            first = tx.execute(select(outbox)).one()
        assert (first.state, first.owner, first.attempt, len(first.intent)) == ("unknown", "me", 1, 32)
        office.waits(2 * MINUTE)
        with store.read() as tx:
            second = tx.execute(select(outbox)).one()
        assert (second.state, second.attempt, second.intent) == ("sent", 2, first.intent)

    def test_a_living_message_is_known_by_the_id_of_its_place(self, office: Office, store: Store) -> None:
        office.warned()
        office.sends()
        with store.read() as tx:
            row = tx.execute(select(living)).one()
        assert (row.place, row.ts, row.wanted_version) == ("C00000001", office.roots[0].ts, row.shown_version)

    def test_no_send_raises_past_the_dispatcher(self, office: Office) -> None:
        office.warned()
        office.slack.close()
        office.sends()
        assert [event.outcome for event in office.heard] == ["not_sent"]
        assert office.states() == [("80%", "pending")]
