from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from slack_parts import STARTED, Clock
from slamon.model import SECOND
from slamon.sim._slack_checks import refusal
from slamon.sim.faults import Fault
from slamon.sim.slack import PretendSlack, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "xoxb-1"
OPENER = build_opener(ProxyHandler({}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[PretendSlack]:
    with PretendSlack(clock=clock, token=TOKEN, channels=["#desk", "#oncall"], groups={"oncall": "S0ONCALL"}) as server:
        yield server


def ask(slack: PretendSlack, path: str, data: Any = None, *, token: str = TOKEN) -> tuple[str, Any]:
    """The answer's body and its headers."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    body = None if data is None else json.dumps(data).encode()
    with OPENER.open(Request(slack.url + path, body, headers), timeout=5) as answer:
        return answer.read().decode(), answer.headers


def call(slack: PretendSlack, method: str, *, token: str = TOKEN, **data: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(ask(slack, f"/api/{method}", data, token=token)[0])
    return answer


def post(slack: PretendSlack, text: str = "hello", channel: str = "C00000001", **more: Any) -> str:
    answer = call(slack, "chat.postMessage", channel=channel, text=text, **more)
    assert answer["ok"], answer
    return str(answer["ts"])


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


class TestAccess:
    @pytest.mark.parametrize(("token", "code"), [("", "not_authed"), ("xoxb-2", "invalid_auth")])
    def test_without_the_token_nothing_is_answered(self, slack: PretendSlack, token: str, code: str) -> None:
        assert call(slack, "auth.test", token=token) == {"ok": False, "error": code}

    def test_a_missing_scope_is_named(self, slack: PretendSlack) -> None:
        slack.methods.scopes.discard("chat:write")
        answer = call(slack, "chat.postMessage", channel="C00000001", text="x")
        assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")


class TestPlaces:
    def test_a_name_will_do_for_posting_and_for_nothing_else(self, slack: PretendSlack) -> None:
        answer = call(slack, "chat.postMessage", channel="#desk", text="x")
        assert answer["channel"] == "C00000001"
        for method in ("chat.update", "conversations.history", "conversations.replies"):
            more = {"text": "y", "ts": answer["ts"]}
            assert call(slack, method, channel="#desk", **more)["error"] == "channel_not_found"

    def test_each_ts_is_the_only_one_in_its_channel_at_the_same_instant(self, slack: PretendSlack) -> None:
        stamps = [post(slack) for _ in range(3)]
        assert stamps == ["1795437120.000000", "1795437120.000001", "1795437120.000002"]
        assert post(slack, channel="C00000002") == "1795437120.000000"


class TestReading:
    def test_history_shows_roots_newest_first_and_metadata_only_when_asked(self, slack: PretendSlack) -> None:
        metadata = {"event_type": "a", "event_payload": {"intent": "i"}}
        root = post(slack, "first", metadata=metadata)
        post(slack, "reply", thread_ts=root)
        post(slack, "loud reply", thread_ts=root, reply_broadcast=True)
        post(slack, "second")
        bare = call(slack, "conversations.history", channel="C00000001")["messages"]
        full = call(slack, "conversations.history", channel="C00000001", include_all_metadata=True)["messages"]
        assert [message["text"] for message in bare] == ["second", "first"]
        assert [message.get("metadata") for message in bare] == [None, None]
        assert [None, metadata] == [message.get("metadata") for message in full]

    def test_a_thread_shows_its_root_and_every_reply(self, slack: PretendSlack) -> None:
        root = post(slack, "root")
        post(slack, "quiet", thread_ts=root)
        post(slack, "loud", thread_ts=root, reply_broadcast=True)
        thread = call(slack, "conversations.replies", channel="C00000001", ts=root)["messages"]
        assert [message["text"] for message in thread] == ["root", "quiet", "loud"]

    def test_pages_follow_each_other_without_gap_or_repeat(self, slack: PretendSlack) -> None:
        for number in range(5):
            post(slack, str(number))
        seen, cursor = [], ""
        while True:
            answer = call(slack, "conversations.history", channel="C00000001", limit=2, cursor=cursor)
            seen += [message["text"] for message in answer["messages"]]
            cursor = answer["response_metadata"]["next_cursor"]
            if not cursor:
                break
        assert seen == ["4", "3", "2", "1", "0"]

    @pytest.mark.parametrize(("inclusive", "texts"), [(False, ["b"]), (True, ["b", "a"])])
    def test_oldest_counts_itself_only_when_asked(
        self, slack: PretendSlack, *, inclusive: bool, texts: list[str]
    ) -> None:
        oldest = post(slack, "a")
        post(slack, "b")
        answer = call(slack, "conversations.history", channel="C00000001", oldest=oldest, inclusive=inclusive)
        assert texts == [message["text"] for message in answer["messages"]]

    def test_history_can_lag_behind(self, slack: PretendSlack, clock: Clock) -> None:
        slack.set(history_delay=5_000)
        root = post(slack)
        for method, more in (("conversations.history", {}), ("conversations.replies", {"ts": root})):
            assert call(slack, method, channel="C00000001", **more)["messages"] == []
        clock.now += 5_000
        assert len(call(slack, "conversations.history", channel="C00000001")["messages"]) == 1

    def test_its_clock_can_be_wrong_while_the_ledger_tells_the_truth(self, slack: PretendSlack) -> None:
        slack.set(skew=600_000)
        assert post(slack) == "1795437720.000000"
        assert slack.messages[0].at == STARTED
        assert ask(slack, "/api/auth.test", {})[1]["date"] == "Mon, 23 Nov 2026 12:42:00 GMT"


class TestChanging:
    def test_an_edit_without_blocks_keeps_the_old_blocks_and_always_the_metadata(self, slack: PretendSlack) -> None:
        ts = post(slack, "a", blocks=[section("a")], metadata={"event_type": "a", "event_payload": {}})
        call(slack, "chat.update", channel="C00000001", ts=ts, text="b")
        assert slack.messages[0].blocks == [section("a")]
        call(slack, "chat.update", channel="C00000001", ts=ts, text="c", blocks=[])
        (message,) = slack.messages
        assert (message.text, message.blocks, message.metadata) == ("c", [], {"event_type": "a", "event_payload": {}})
        assert [edit.text for edit in message.edits] == ["a", "b"]

    def test_another_apps_message_cannot_be_edited(self, slack: PretendSlack) -> None:
        message = slack.other_bot_posts("#desk", "mine")
        answer = call(slack, "chat.update", channel="C00000001", ts=message.ts, text="yours")
        assert answer["error"] == "cant_update_message"

    def test_what_was_deleted_can_be_neither_edited_nor_replied_to_nor_read(self, slack: PretendSlack) -> None:
        ts = post(slack)
        assert call(slack, "chat.delete", channel="C00000001", ts=ts)["ok"]
        where = {"channel": "C00000001", "text": "x"}
        assert call(slack, "chat.update", ts=ts, **where)["error"] == "message_not_found"
        assert call(slack, "chat.postMessage", thread_ts=ts, **where)["error"] == "thread_not_found"
        assert call(slack, "conversations.replies", ts=ts, **where)["error"] == "thread_not_found"
        assert call(slack, "conversations.history", **where)["messages"] == []


class TestLimits:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "no_text"),
            ({"text": "x" * 40_001}, "msg_too_long"),
            ({"text": 1}, "invalid_arguments"),
            ({"text": "x", "metadata": {"intent": "i"}}, "invalid_metadata_format"),
            ({"blocks": [section("x")] * 51}, "invalid_blocks"),
            ({"blocks": [section("x" * 3_001)]}, "invalid_blocks"),
            ({"blocks": [section("")]}, "invalid_blocks"),
            ({"blocks": [section("x" * 3_000)] * 5}, "msg_blocks_too_long"),
            ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
            ({"blocks": [{"type": "section", "fields": [section("x")["text"]] * 11}]}, "invalid_blocks"),
            ({"blocks": [{"type": "section", "fields": [section("x" * 2_001)["text"]]}]}, "invalid_blocks"),
            ({"blocks": [{"type": "header", "text": section("x")["text"]}]}, "invalid_blocks"),
            ({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}, "invalid_blocks"),
            ({"blocks": [{"type": "actions", "elements": []}]}, "invalid_blocks"),
            ({"blocks": [{"type": "context", "elements": []}]}, "invalid_blocks"),
            ({"blocks": [{"type": "marquee"}]}, "invalid_blocks"),
            ({"blocks": ["x"]}, "invalid_blocks"),
        ],
    )
    def test_a_message_beyond_a_limit_is_refused(self, slack: PretendSlack, body: dict[str, Any], code: str) -> None:
        assert call(slack, "chat.postMessage", channel="C00000001", **body)["error"] == code
        assert slack.messages == []

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x.com/" + "a" * 3_000, "https://x.com/a b"])
    def test_a_button_leads_to_a_web_address(self, url: str) -> None:
        button = {"type": "button", "text": {"type": "plain_text", "text": "go"}, "url": url}
        assert refusal({"blocks": [{"type": "actions", "elements": [button]}]})[0] == "invalid_blocks"

    def test_pace_is_one_a_second_in_each_channel_once_it_is_switched_on(
        self, slack: PretendSlack, clock: Clock
    ) -> None:
        slack.set(burst=2)
        answers = [call_paced(slack, "C00000001") for _ in range(4)]
        assert answers == [(200, None), (200, None), (429, "1"), (429, "1")]
        assert call_paced(slack, "C00000002") == (200, None)
        clock.now += SECOND
        assert call_paced(slack, "C00000001") == (200, None)
        assert call_paced(slack, "C00000001") == (429, "1")


def call_paced(slack: PretendSlack, channel: str) -> tuple[int, str | None]:
    try:
        _, headers = ask(slack, "/api/chat.postMessage", {"channel": channel, "text": "x"})
    except OSError as error:
        return int(getattr(error, "code", 0)), getattr(error, "headers", {}).get("retry-after")
    return 200, headers.get("retry-after")


class TestOtherProcesses:
    def test_the_ledger_tells_every_accepted_message_with_its_wait_and_its_edits(self, slack: PretendSlack) -> None:
        metadata = {"event_type": "slamon_alert", "event_payload": {"intent": "i", "wait": 7}}
        ts = post(slack, "a", metadata=metadata)
        call(slack, "chat.update", channel="C00000001", ts=ts, text="b")
        (line,) = json.loads(ask(slack, "/_range/ledger")[0])["messages"]
        told = {key: line[key] for key in ("channel", "ts", "at", "text", "wait", "intent", "thread_ts", "deleted")}
        expected = {"channel": "C00000001", "ts": ts, "at": STARTED, "text": "b", "wait": 7, "intent": "i"}
        assert told == {**expected, "thread_ts": None, "deleted": False}
        assert [(edit["at"], edit["text"]) for edit in line["edits"]] == [(STARTED, "a")]

    def test_unkindness_is_ordered_by_json(self, slack: PretendSlack) -> None:
        ts = post(slack)
        ask(
            slack, "/_range/slack", {"skew": -1_000, "delete": {"channel": "C00000001", "ts": ts}, "archive": "#oncall"}
        )
        assert slack.messages == []
        assert slack.workspace.skew == -1_000
        answer = call(slack, "chat.postMessage", channel="C00000002", text="x")
        assert answer["error"] == "is_archived"

    @pytest.mark.parametrize("order", [{"sqew": 1}, {"delete": {"channel": "C1", "ts": "1"}}, {"skew": "far"}])
    def test_an_order_it_does_not_understand_is_refused(self, slack: PretendSlack, order: dict[str, Any]) -> None:
        with pytest.raises(OSError, match="400"):
            ask(slack, "/_range/slack", order)

    def test_a_refusal_of_any_code_can_be_ordered_for_one_method(self, slack: PretendSlack) -> None:
        slack.faults.add(refuse("team_added_to_org", method="chat.update"))
        ts = post(slack)
        answers = [call(slack, "chat.update", channel="C00000001", ts=ts, text="x") for _ in range(2)]
        assert [answer.get("error") for answer in answers] == ["team_added_to_org", None]

    def test_a_429_can_come_after_the_message_was_accepted(self, slack: PretendSlack) -> None:
        slack.faults.add(Fault(path="/api/chat.postMessage", accept=True, status=429))
        assert call_paced(slack, "C00000001") == (429, None)
        assert len(slack.messages) == 1


class TestPage:
    def test_it_runs_nothing_but_its_own_script(self, slack: PretendSlack) -> None:
        page, headers = ask(slack, "/")
        assert "default-src 'none'; script-src 'self'" in headers["content-security-policy"]
        assert "<script src=" in page
        assert page.count("<script") == 1
        assert "innerHTML" not in ask(slack, "/slack.js")[0]
        assert ask(slack, "/slack.css")[1]["content-type"].startswith("text/css")

    def test_its_data_shows_channels_threads_edits_and_deletions(self, slack: PretendSlack) -> None:
        root = post(slack, "root")
        gone = post(slack, "gone")
        post(slack, "loud", thread_ts=root, reply_broadcast=True)
        call(slack, "chat.update", channel="C00000001", ts=root, text="edited")
        call(slack, "chat.delete", channel="C00000001", ts=gone)
        state = json.loads(ask(slack, "/page.json")[0])
        desk, oncall = state["channels"]
        assert (desk["name"], oncall["name"], oncall["messages"]) == ("#desk", "#oncall", [])
        assert state["names"] == {"S0ONCALL": "@oncall"}
        rows = [(m["text"], m["edits"], m["deleted"], m["thread"], m["broadcast"]) for m in desk["messages"]]
        assert rows == [
            ("edited", 1, False, None, False),
            ("gone", 0, True, None, False),
            ("loud", 0, False, root, True),
        ]

    def test_nothing_is_sent_twice_while_nothing_changes(self, slack: PretendSlack) -> None:
        version = json.loads(ask(slack, "/page.json")[0])["version"]
        assert json.loads(ask(slack, f"/page.json?version={version}")[0]) == {"version": version}
        post(slack)
        assert "channels" in json.loads(ask(slack, f"/page.json?version={version}")[0])
