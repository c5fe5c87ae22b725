"""Whatever goes wrong on the way to Slack, in the end there is exactly one message for each letter."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from desk import Desk
from office import KilledError, Mortal, Office, opened
from said import ask, reply
from slack_parts import POST
from slamon.dispatcher import LOOK_AGAIN, SETTLE
from slamon.errors import StoreError
from slamon.model import MINUTE, SECOND
from slamon.notifiers.base import Alert
from slamon.sim.faults import Fault
from slamon.sim.slack import refuse
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from slamon.notifiers.base import Content, Receipt


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with opened(Desk(store)) as office:
        yield office


UNKIND = {
    "accepted, then the connection is reset": Fault(path=POST, accept=True, drop="before"),
    "accepted, the answer is cut": Fault(path=POST, drop="middle"),
    "accepted, then 500": Fault(path=POST, accept=True, status=500),
    "accepted, then 503 in HTML": Fault(path=POST, accept=True, status=503, body="<html>"),
    "accepted, then 429": Fault(path=POST, accept=True, status=429, headers={"retry-after": "3"}),
    "accepted, then ok: false": Fault(path=POST, accept=True, status=200, body='{"ok":false,"error":"internal_error"}'),
    "refused with 500": Fault(path=POST, status=500),
    "never accepted, connection reset": Fault(path=POST, drop="before"),
    "refused with 429": Fault(path=POST, status=429, headers={"retry-after": "3"}),
    "not now": refuse("external_channel_migrating", method="chat.postMessage"),
    "bad token": refuse("token_revoked", method="chat.postMessage"),
    "not in the channel": refuse("not_in_channel", method="chat.postMessage"),
    "unknown code": refuse("a_code_of_tomorrow", method="chat.postMessage"),
    "blocks refused": refuse("invalid_blocks", method="chat.postMessage"),
}


class TestUnkindAnswers:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """What is tested here is the talk with Slack: one kind of database will do."""
        return sqlite_url

    @pytest.mark.parametrize("trouble", UNKIND.values(), ids=UNKIND)
    def test_to_the_first_post_end_in_exactly_one_message(self, office: Office, trouble: Fault) -> None:
        office.warned()
        office.slack.faults.add(trouble)
        office.sends()
        office.waits(3 * MINUTE)
        assert (len(office.roots), office.replies, office.states()) == (1, [], [("80%", "sent")])

    @pytest.mark.parametrize("trouble", UNKIND.values(), ids=UNKIND)
    def test_to_a_reply_end_in_exactly_one_reply(self, office: Office, trouble: Fault) -> None:
        office.warned()
        office.sends()
        office.slack.faults.add(trouble)
        office.desk.passes(60.1)
        office.sends()
        office.waits(3 * MINUTE)
        assert (len(office.roots), len(office.replies)) == (1, 1)
        assert office.states() == [("80%", "sent"), ("100%", "sent")]

    @pytest.mark.parametrize("trouble", UNKIND.values(), ids=UNKIND)
    def test_to_an_edit_end_in_the_truth(self, office: Office, trouble: Fault) -> None:
        office.warned()
        office.sends()
        office.slack.faults.add(replace(trouble, path="/api/chat.update"))
        office.desk.poll(reply("2", 50, to="1", by="acmehelp"), minute=51)
        office.desk.sweep()
        office.sends()
        office.waits(3 * MINUTE)
        assert "Answered in time" in office.roots[0].text

    def test_twice_in_a_row_need_a_look_after_each(self, office: Office) -> None:
        office.warned()
        office.slack.faults.add(Fault(path=POST, status=500), Fault(path=POST, accept=True, status=500))
        office.waits(3 * MINUTE)
        assert len(office.roots) == 1

    def test_a_message_that_shows_up_late_within_the_bound_is_found(self, office: Office) -> None:
        office.slack.set(history_delay=SETTLE + LOOK_AGAIN - 1)
        office.warned()
        office.slack.faults.add(Fault(path=POST, accept=True, status=500))
        office.sends()
        office.waits(3 * MINUTE)
        assert len(office.roots) == 1

    @pytest.mark.parametrize("skew", [-10 * MINUTE, 10 * MINUTE])
    def test_a_clock_of_slack_that_is_wrong_is_no_matter(self, office: Office, skew: int) -> None:
        office.slack.set(skew=skew)
        office.warned()
        office.slack.faults.add(Fault(path=POST, accept=True, status=500))
        office.sends()
        office.waits(MINUTE)
        assert (len(office.roots), office.states()) == (1, [("80%", "sent")])

    def test_nothing_is_sent_again_before_it_was_looked_for_twice(self, office: Office) -> None:
        office.warned()
        office.slack.faults.add(Fault(path=POST, status=500))
        office.sends()
        office.waits(SETTLE - SECOND)
        assert office.slack.calls("conversations.history") == 0
        office.waits(2 * SECOND)
        assert (office.slack.calls("conversations.history"), office.slack.calls("chat.postMessage")) == (1, 1)
        office.waits(LOOK_AGAIN)
        assert (office.slack.calls("conversations.history"), office.slack.calls("chat.postMessage")) == (2, 2)

    def test_to_a_look_are_no_reason_to_send_again(self, office: Office) -> None:
        office.warned()
        office.slack.faults.add(Fault(path=POST, accept=True, status=500))
        office.slack.faults.add(Fault(path="/api/conversations.history", status=500, calls=4))
        office.sends()
        office.waits(5 * MINUTE)
        assert (len(office.roots), office.slack.calls("chat.postMessage")) == (1, 1)

    def test_to_looks_leave_slack_in_peace_and_are_made_good_at_once(self, office: Office) -> None:
        office.desk.poll(*(ask(str(n), 0, by=f"c{n}", thread=f"t{n}") for n in range(5)), minute=1)
        office.desk.passes(48)
        office.slack.faults.add(Fault(path=POST, accept=True, status=500, calls=5))
        office.slack.faults.add(Fault(path="/api/conversations.history", status=503, calls=6))
        office.sends()
        office.waits(SETTLE + 50 * SECOND)
        assert office.slack.calls("conversations.history") == 6
        office.waits(10 * SECOND)
        assert (len(office.roots), office.slack.calls("chat.postMessage")) == (5, 5)
        assert {state for _, state in office.states()} == {"sent"}

    def test_to_a_token_that_may_not_look_cost_a_duplicate_and_lose_nothing(self, office: Office) -> None:
        office.slack.methods.scopes.discard("channels:history")
        office.warned()
        office.slack.faults.add(Fault(path=POST, status=500))
        office.sends()
        office.waits(2 * MINUTE)
        assert len(office.roots) == 1

    def test_while_a_name_is_looked_up_delay_by_a_moment_not_by_the_time_for_a_look(self, office: Office) -> None:
        office.warned()
        office.slack.faults.add(Fault(path="/api/conversations.list", status=500))
        office.sends()
        office.waits(2 * SECOND)
        assert (len(office.roots), office.slack.calls("conversations.history")) == (1, 0)

    def test_a_reply_waits_while_the_fate_of_its_root_is_unknown(self, office: Office) -> None:
        office.warned()
        office.desk.move(59.9)
        office.slack.faults.add(Fault(path=POST, accept=True, status=500))
        office.sends()
        office.desk.passes(60.1)
        office.sends()
        assert (len(office.roots), office.replies) == (1, [])
        office.waits(MINUTE)
        assert (len(office.roots), len(office.replies)) == (1, 1)


DEATHS = [(call, when) for call in ("resolve", "post", "reply", "edit", "find") for when in ("before", "after")]


class TestKilled:
    @pytest.mark.parametrize("death", DEATHS, ids=" ".join)
    def test_at_any_call_and_started_again_there_is_one_message_and_one_reply(
        self, office: Office, death: tuple[str, str]
    ) -> None:
        office.notifier.dies = death
        if death[0] == "find":
            office.slack.faults.add(Fault(path=POST, accept=True, status=500))
        office.warned()
        self.lives(office)
        office.desk.passes(60.1)
        self.lives(office)
        office.waits(2 * MINUTE)
        assert (len(office.roots), len(office.replies)) == (1, 1)
        assert {state for _, state in office.states()} == {"sent"}

    def lives(self, office: Office) -> None:
        try:
            office.sends()
            office.waits(40 * SECOND)
        except KilledError:
            office.starts()
            office.waits(2 * MINUTE)

    def test_a_receipt_that_could_not_be_written_is_found_when_the_lease_is_over(self, office: Office) -> None:
        office.warned()
        letters, _ = office.dispatcher.ready()["#desk"]
        office.dispatcher.line.store = Forgetful(office.desk.store)
        with pytest.raises(StoreError):
            office.dispatcher.delivery.deliver(letters[0])
        office.dispatcher.line.store = office.desk.store
        assert (len(office.roots), office.states()) == (1, [("80%", "sending")])
        office.waits(20 * SECOND)
        assert office.states() == [("80%", "sending")]
        office.waits(MINUTE)
        assert (len(office.roots), office.states()) == (1, [("80%", "sent")])

    def test_a_letter_in_two_hands_is_sent_once(self, office: Office) -> None:
        office.warned()
        stale = office.dispatcher.ready()
        office.sends()
        for destination, (letters, edits) in stale.items():
            office.dispatcher.serve(destination, letters, edits)
        assert (len(office.roots), office.replies) == (1, [])

    def test_a_letter_that_breaks_the_program_lets_the_others_go(self, office: Office) -> None:
        office.desk.poll(ask("1", 0), ask("2", 0, by="ben"), minute=1)
        office.desk.passes(48)
        office.dispatcher.line.notifier = Clumsy(office.notifier)
        (work,) = office.dispatcher.ready().values()
        with pytest.raises(ZeroDivisionError):
            office.dispatcher.serve("#desk", *work)
        office.sends()
        assert len(office.roots) == 1
        office.dispatcher.line.notifier = office.notifier
        office.waits(3 * MINUTE)
        assert len(office.roots) == 2


class Clumsy(Mortal):
    """Breaks on the first message it is to post."""

    def post(self, place: str, content: Content, intent: str) -> Receipt:
        if isinstance(content, Alert) and content.customer == "anna":
            raise ZeroDivisionError
        return super().post(place, content, intent)


class Forgetful(Store):
    """A store whose disk is full once something was sent."""

    def __init__(self, store: Store) -> None:
        self.database, self.id = store.database, store.id
        self.writes = 0

    @contextmanager
    def write(self, *, urgent: bool = True) -> Iterator[Connection]:
        self.writes += 1
        if self.writes > 3:  # two resolved names, the intent; then the receipt
            raise StoreError("the disk is full")
        with super().write(urgent=urgent) as tx:
            yield tx
