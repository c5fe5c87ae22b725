from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from slack_parts import BREACHED, IN_TIME, NASTY, STARTED, TOKEN, WAITING, Clock, fails, find, pretend
from slamon.model import DAY, SECOND
from slamon.notifiers.base import Outcome
from slamon.notifiers.slack import Slack
from slamon.sim.faults import Fault
from slamon.sim.slack import PretendSlack, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[PretendSlack]:
    with pretend(clock) as server:
        yield server


@pytest.fixture
def notifier(slack: PretendSlack) -> Slack:
    return Slack(TOKEN, slack.api_url, "Europe/Berlin", timeout=5.0)


@pytest.fixture
def desk(notifier: Slack) -> str:
    return notifier.resolve("#desk")


class TestPlaces:
    @pytest.mark.parametrize(
        ("written", "id_"),
        [
            ("#desk", "C00000001"),
            ("#Oncall", "C00000002"),
            ("@social-oncall", "S0SOCIAL"),
            ("lead@acme.example", "U0LEAD"),
            ("C0123ABC", "C0123ABC"),
            ("D0123ABC", "D0123ABC"),
            ("S0SOCIAL", "S0SOCIAL"),
        ],
    )
    def test_a_destination_becomes_an_id(self, notifier: Slack, written: str, id_: str) -> None:
        assert notifier.resolve(written) == id_

    @pytest.mark.parametrize("written", ["#nowhere", "@nobody", "nobody@acme.example", "desk", ""])
    def test_a_destination_that_does_not_exist_is_a_bad_place(self, notifier: Slack, written: str) -> None:
        with fails(Outcome.BAD_PLACE):
            notifier.resolve(written)

    def test_an_archived_channel_is_a_bad_place(self, slack: PretendSlack, notifier: Slack) -> None:
        slack.channel("#desk").archived = True
        with fails(Outcome.BAD_PLACE, "channel_not_found"):
            notifier.resolve("#desk")

    def test_a_channel_on_a_later_page_is_found(self, clock: Clock) -> None:
        names = [f"#c{number}" for number in range(1_500)]
        with PretendSlack(clock=clock, token=TOKEN, channels=names) as slack:
            assert Slack(TOKEN, slack.api_url, "UTC").resolve("#c1400") == "C00001401"
            assert slack.calls("conversations.list") == 2

    @pytest.mark.parametrize(
        ("written", "scope"),
        [
            ("#desk", "channels:read"),
            ("@social-oncall", "usergroups:read"),
            ("lead@acme.example", "users:read.email"),
        ],
    )
    def test_a_missing_scope_is_named_and_costs_only_that_destination(
        self, slack: PretendSlack, notifier: Slack, written: str, scope: str
    ) -> None:
        slack.methods.scopes.discard(scope)
        with fails(Outcome.BAD_PLACE, "missing_scope") as caught:
            notifier.resolve(written)
        assert scope in str(caught.value)


class TestSending:
    def test_a_post_stands_where_its_receipt_says_and_carries_its_intent(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        receipt = notifier.post(desk, BREACHED, "intent-1")
        (message,) = slack.messages
        assert (desk, message.ts) == (receipt.place, receipt.ts)
        expected = {"event_type": "slamon_alert", "event_payload": {"intent": "intent-1", "wait": 7}}
        assert expected == message.metadata
        assert "12 min over the limit of 1 h" in message.text

    @pytest.mark.parametrize(("refusals", "left"), [(1, "where is my parcel?"), (2, "wait 7")])
    def test_what_slack_refuses_for_its_form_is_said_more_and_more_plainly(
        self, slack: PretendSlack, notifier: Slack, desk: str, refusals: int, left: str
    ) -> None:
        slack.faults.add(refuse("invalid_blocks", method="chat.postMessage", calls=refusals))
        notifier.post(desk, BREACHED, "i")
        (message,) = slack.messages
        assert (message.blocks, left in message.text) == ([], True)
        assert ("Anna" in message.text) == (refusals == 1)

    def test_an_edit_changes_the_message_and_keeps_its_intent(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        receipt = notifier.post(desk, WAITING, "i")
        notifier.edit(receipt, IN_TIME)
        (message,) = slack.messages
        assert "Answered in time after 42 min" in message.text
        assert "Answered in time after 42 min" in json.dumps(message.blocks)
        assert len(message.edits) == 1
        assert receipt == find(notifier, desk, "i")

    @pytest.mark.parametrize("broadcast", [True, False])
    def test_a_reply_stands_in_the_thread(
        self, slack: PretendSlack, notifier: Slack, desk: str, *, broadcast: bool
    ) -> None:
        parent = notifier.post(desk, WAITING, "root")
        receipt = notifier.reply(parent, BREACHED, "later", broadcast=broadcast)
        reply = slack.messages[1]
        assert (parent.ts, broadcast, receipt.ts) == (reply.thread_ts, reply.broadcast, reply.ts)

    def test_a_person_is_written_to_directly_and_found_there(self, slack: PretendSlack, notifier: Slack) -> None:
        place = notifier.resolve("lead@acme.example")
        receipt = notifier.post(place, WAITING, "i")
        assert (receipt.place, "D0LEAD") == ("D0LEAD", slack.messages[0].channel)
        notifier.edit(receipt, IN_TIME)
        assert receipt == find(notifier, place, "i")
        assert slack.calls("conversations.open") == 1

    def test_a_scope_that_only_direct_messages_need_costs_only_those(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        slack.methods.scopes.discard("im:write")
        with fails(Outcome.BAD_PLACE, "missing_scope"):
            notifier.post("U0LEAD", WAITING, "i")
        assert notifier.post(desk, WAITING, "i").place == desk

    def test_a_person_can_be_mentioned_by_the_id_of_their_address(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        notifier.post(desk, replace(BREACHED, mention=notifier.resolve("lead@acme.example")), "i")
        assert slack.messages[0].text.startswith("<@U0LEAD> ")

    @pytest.mark.parametrize("text", NASTY)
    def test_slack_takes_whatever_a_stranger_wrote(
        self, slack: PretendSlack, notifier: Slack, desk: str, text: str
    ) -> None:
        alert = replace(BREACHED, text=text, customer=text, handle=text)
        parent = notifier.post(desk, alert, "a")
        notifier.reply(parent, alert, "b", broadcast=True)
        notifier.edit(parent, replace(alert, text=text * 2))
        assert all(message.blocks for message in slack.messages)

    def test_nothing_is_unfurled_and_no_name_in_the_text_becomes_a_mention(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        receipt = notifier.post(desk, BREACHED, "i")
        notifier.edit(receipt, IN_TIME)
        posted, edited = slack.bodies("chat.postMessage")[0], slack.bodies("chat.update")[0]
        assert (posted["unfurl_links"], posted["unfurl_media"]) == (False, False)
        assert all((body["parse"], body["link_names"]) == ("none", False) for body in (posted, edited))


class TestDegrading:
    def test_an_edit_that_slack_finds_too_rich_becomes_one_plain_line(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        receipt = notifier.post(desk, BREACHED, "i")
        slack.faults.add(refuse("invalid_blocks", method="chat.update"))
        notifier.edit(receipt, IN_TIME)
        (message,) = slack.messages
        assert message.blocks == []
        assert "Answered in time" in message.text

    def test_a_reply_that_slack_finds_too_rich_becomes_one_plain_line(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        parent = notifier.post(desk, WAITING, "i")
        slack.faults.add(refuse("invalid_blocks", method="chat.postMessage"))
        notifier.reply(parent, BREACHED, "later", broadcast=True)
        assert slack.messages[1].blocks == []
        assert slack.messages[1].broadcast

    @pytest.mark.parametrize("method", ["chat.update", "chat.postMessage"])
    def test_only_bad_content_is_sent_again_plainer(
        self, slack: PretendSlack, notifier: Slack, desk: str, method: str
    ) -> None:
        parent = notifier.post(desk, WAITING, "i")
        slack.faults.add(refuse("internal_error", method=method))
        before = slack.calls(method)
        with fails(Outcome.UNKNOWN):
            if method == "chat.update":
                notifier.edit(parent, BREACHED)
            else:
                notifier.reply(parent, BREACHED, "later", broadcast=False)
        assert before + 1 == slack.calls(method)


class TestFinding:
    def test_a_root_is_found_by_its_intent_among_many_pages(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        wanted = notifier.post(desk, BREACHED, "wanted")
        place = slack.channel("#desk")
        for number in range(450):
            slack.workspace.post(place, {"text": str(number)})
        assert wanted == find(notifier, desk, "wanted")
        assert slack.calls("conversations.history") == 3
        assert find(notifier, desk, "other") is None

    def test_replies_and_broadcasts_are_found_in_their_thread_only(self, notifier: Slack, desk: str) -> None:
        parent = notifier.post(desk, WAITING, "root")
        quiet = notifier.reply(parent, BREACHED, "quiet", broadcast=False)
        loud = notifier.reply(parent, BREACHED, "loud", broadcast=True)
        assert [quiet, loud] == [find(notifier, desk, intent, parent) for intent in ("quiet", "loud")]
        assert find(notifier, desk, "loud") is None
        assert find(notifier, desk, "quiet", notifier.post(desk, WAITING, "another")) is None

    def test_another_apps_message_with_our_intent_is_not_ours(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        forged = {"event_type": "slamon_alert", "event_payload": {"intent": "i"}}
        slack.other_bot_posts("#desk", "hello", forged)
        assert find(notifier, desk, "i") is None

    def test_the_lower_bound_is_in_slacks_own_time(self, slack: PretendSlack, notifier: Slack, desk: str) -> None:
        slack.set(skew=-600_000)
        receipt = notifier.post(desk, WAITING, "i")
        seen = notifier.server_time()
        assert seen == STARTED - 600_000
        assert receipt == find(notifier, desk, "i", since=seen - 5 * SECOND)
        assert find(notifier, desk, "i", since=STARTED) is None

    def test_without_a_lower_bound_a_day_is_looked_through(self, notifier: Slack, desk: str, clock: Clock) -> None:
        old = notifier.post(desk, WAITING, "old")
        clock.now += DAY - 1
        notifier.post(desk, WAITING, "new")
        assert old == find(notifier, desk, "old")
        clock.now += 2 * SECOND
        notifier.post(desk, WAITING, "newer")
        assert find(notifier, desk, "old") is None

    def test_a_message_that_slack_does_not_show_yet_is_not_found_yet(
        self, slack: PretendSlack, notifier: Slack, desk: str, clock: Clock
    ) -> None:
        slack.set(history_delay=5 * SECOND)
        receipt = notifier.post(desk, WAITING, "i")
        clock.now += 5 * SECOND - 1
        assert find(notifier, desk, "i") is None
        clock.now += 1
        assert receipt == find(notifier, desk, "i")

    def test_a_deleted_message_is_not_found(self, slack: PretendSlack, notifier: Slack, desk: str) -> None:
        notifier.post(desk, WAITING, "i")
        slack.delete(slack.messages[0])
        assert find(notifier, desk, "i") is None

    def test_a_name_cannot_be_looked_into(self, notifier: Slack) -> None:
        with fails(Outcome.BAD_PLACE, "channel_not_found"):
            find(notifier, "#desk", "i")

    def test_a_deleted_thread_is_gone(self, slack: PretendSlack, notifier: Slack, desk: str) -> None:
        parent = notifier.post(desk, WAITING, "i")
        slack.delete(slack.messages[0])
        with fails(Outcome.GONE, "thread_not_found"):
            find(notifier, desk, "later", parent)

    def test_a_page_token_that_does_not_move_is_an_error(self, slack: PretendSlack, notifier: Slack, desk: str) -> None:
        body = json.dumps({"ok": True, "messages": [], "response_metadata": {"next_cursor": "7"}})
        slack.faults.add(Fault(path="/api/conversations.history", calls=3, status=200, body=body))
        with fails(Outcome.UNKNOWN, "stuck_cursor"):
            find(notifier, desk, "i")
