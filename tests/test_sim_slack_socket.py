"""The pretend Slack is as strict about people and sockets as the real one."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from slack_answers import button, submission
from slack_parts import Clock
from slamon.notifiers._slack_form import form
from slamon.notifiers._slack_inbound import Click, read
from slamon.sim.slack import PretendSlack
from test_sim_slack import call, post, section

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "xoxb-1"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[PretendSlack]:
    with PretendSlack(clock=clock, token=TOKEN, channels=["#desk"], groups={"desk": "S0DESK"}) as server:
        yield server


def handshake(slack: PretendSlack, query: str, **headers: str) -> str:
    """The first line of the answer."""
    host, port = slack.sockets._listener.server_address[:2]
    told = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    told |= {"Sec-WebSocket-Key": "x"} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    with socket.create_connection((str(host), port), 5) as client:
        client.sendall(f"GET /link/?{query} HTTP/1.1\r\n{lines}\r\n".encode())
        return client.makefile("rb").readline().decode().strip()


def ticket(slack: PretendSlack) -> str:
    url: str = call(slack, "apps.connections.open", token="xapp-pretend")["url"]
    return url.partition("?")[2]


class TestTheSocket:
    def test_only_the_app_token_opens_one(self, slack: PretendSlack) -> None:
        assert call(slack, "apps.connections.open", token=TOKEN)["error"] == "not_allowed_token_type"
        assert call(slack, "apps.connections.open", token="xapp-2")["error"] == "invalid_auth"
        assert call(slack, "auth.test", token="xapp-pretend")["error"] == "invalid_auth"

    def test_an_address_is_good_for_one_time(self, slack: PretendSlack) -> None:
        query = ticket(slack)
        assert handshake(slack, query).endswith("101 Switching Protocols")
        assert handshake(slack, query).endswith("403 Forbidden")

    @pytest.mark.parametrize("headers", [{"Upgrade": "h2c"}, {"Sec_WebSocket_Version": "8"}])
    def test_it_is_a_websocket_or_nothing(self, slack: PretendSlack, headers: dict[str, str]) -> None:
        assert handshake(slack, ticket(slack), **headers).endswith("403 Forbidden")

    def test_what_nobody_hears_is_lost(self, slack: PretendSlack) -> None:
        slack.sockets.deliver("interactive", {})
        assert slack.sockets.acknowledged == []

    def test_a_frame_that_is_not_masked_ends_the_connection(self, slack: PretendSlack) -> None:
        host, port = slack.sockets._listener.server_address[:2]
        head = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n"
        with socket.create_connection((str(host), port), 5) as client:
            client.sendall(f"GET /link/?{ticket(slack)} HTTP/1.1\r\n{head}".encode())
            assert slack.sockets.waits_for(lambda: slack.sockets.connected == 1)
            client.sendall(b"\x89\x00")
            assert slack.sockets.waits_for(lambda: slack.sockets.connected == 0)


class TestPeople:
    def test_users_info(self, slack: PretendSlack) -> None:
        user = call(slack, "users.info", user="U0ANN")["user"]
        assert (user["profile"]["display_name"], user["team_id"], user["is_bot"]) == ("Ann", "T0PRETEND", False)
        assert call(slack, "users.info", user="U0NOBODY")["error"] == "user_not_found"

    def test_the_members_of_a_group(self, slack: PretendSlack) -> None:
        slack.members.groups["S0DESK"] = ["U0ANN"]
        assert call(slack, "usergroups.users.list", usergroup="S0DESK")["users"] == ["U0ANN"]
        assert call(slack, "usergroups.users.list", usergroup="S0X")["error"] == "no_such_subteam"

    def test_a_word_for_one_person(self, slack: PretendSlack) -> None:
        told: dict[str, Any] = {"channel": "C00000001", "text": "done", "blocks": [section("done")]}
        assert call(slack, "chat.postEphemeral", user="U0ANN", **told)["ok"]
        assert [(one.user, one.text) for one in slack.whispers] == [("U0ANN", "done")]
        assert slack.messages == []
        assert call(slack, "chat.postEphemeral", user="U0X", **told)["error"] == "user_not_in_channel"
        assert call(slack, "chat.postEphemeral", user="U0ANN", channel="C00000001")["error"] == "no_text"

    def test_reactions_are_read_back(self, slack: PretendSlack) -> None:
        ts = post(slack)
        (message,) = slack.messages
        assert "reactions" not in call(slack, "chat.update", channel="C00000001", ts=ts, text="x")
        slack.reacts(message, "eyes")
        slack.reacts(message, "eyes", by="U0BEN")
        slack.reacts(message, "zzz")
        slack.unreacts(message, "zzz")
        found = call(slack, "reactions.get", channel="C00000001", timestamp=ts)["message"]["reactions"]
        assert found == [{"name": "eyes", "users": ["U0ANN", "U0BEN"], "count": 2}]
        assert call(slack, "reactions.get", channel="C00000001", timestamp="1.0")["error"] == "message_not_found"

    @pytest.mark.parametrize(
        ("method", "scope"),
        [
            ("users.info", "users:read"),
            ("usergroups.users.list", "usergroups:read"),
            ("reactions.get", "reactions:read"),
            ("chat.postEphemeral", "chat:write"),
        ],
    )
    def test_each_needs_its_scope(self, slack: PretendSlack, method: str, scope: str) -> None:
        slack.methods.scopes.discard(scope)
        assert call(slack, method)["error"] == "missing_scope"


class TestForms:
    def view(self) -> dict[str, Any]:
        click = read(button("dismiss"))
        assert isinstance(click, Click)
        return form(click)

    def opened(self, slack: PretendSlack, **wrong: Any) -> dict[str, Any]:
        post(slack, blocks=[{"type": "actions", "elements": [{**BUTTON, "action_id": "dismiss"}]}])
        trigger = slack.clicks(slack.messages[-1], "dismiss")["trigger_id"]
        return call(slack, "views.open", **({"trigger_id": trigger, "view": self.view()} | wrong))

    def test_a_click_opens_one_form(self, slack: PretendSlack) -> None:
        assert self.opened(slack)["view"]["id"] == slack.views[0].id
        assert slack.views[0].user == "U0ANN"

    def test_a_made_up_trigger_opens_none(self, slack: PretendSlack) -> None:
        assert self.opened(slack, trigger_id="1.2.x")["error"] == "invalid_trigger_id"

    def test_after_three_seconds_it_is_too_late(self, slack: PretendSlack, clock: Clock) -> None:
        post(slack, blocks=[{"type": "actions", "elements": [BUTTON]}])
        trigger = slack.clicks(slack.messages[-1], "acknowledge")["trigger_id"]
        clock.now += 3_001
        assert call(slack, "views.open", trigger_id=trigger, view=self.view())["error"] == "expired_trigger_id"

    @pytest.mark.parametrize("wrong", [{"type": "home"}, {"title": {"type": "plain_text", "text": "x" * 25}}])
    def test_a_form_that_slack_does_not_show_is_refused(self, slack: PretendSlack, wrong: dict[str, Any]) -> None:
        assert self.opened(slack, view=self.view() | wrong)["error"] == "invalid_arguments"


class TestShapes:
    """What the pretend Slack hands over has the shape of the reference."""

    def taken(self, slack: PretendSlack) -> list[Any]:
        taken: list[Any] = []
        slack.sockets.instead = taken.append
        return taken

    def test_a_click(self, slack: PretendSlack) -> None:
        taken = self.taken(slack)
        post(slack, blocks=[{"type": "actions", "elements": [BUTTON]}])
        slack.clicks(slack.messages[-1], "acknowledge")
        (envelope,) = taken
        reference = button()
        assert set(envelope) == set(reference)
        assert set(envelope["payload"]) <= set(reference["payload"])
        assert set(envelope["payload"]["actions"][0]) <= set(reference["payload"]["actions"][0])
        assert isinstance(read(json.loads(json.dumps(envelope))), Click)

    def test_what_a_message_does_not_show_cannot_be_clicked(self, slack: PretendSlack) -> None:
        post(slack, blocks=[{"type": "actions", "elements": [BUTTON]}])
        with pytest.raises(LookupError):
            slack.clicks(slack.messages[-1], "dismiss")

    def test_a_form_sent_off(self, slack: PretendSlack) -> None:
        post(slack, blocks=[{"type": "actions", "elements": [{**BUTTON, "action_id": "dismiss"}]}])
        trigger = slack.clicks(slack.messages[-1], "dismiss")["trigger_id"]
        click = read(button("dismiss"))
        assert isinstance(click, Click)
        call(slack, "views.open", trigger_id=trigger, view=form(click))
        taken = self.taken(slack)
        slack.submits(slack.views[0], "a duplicate", how="mute", scope="thread")
        found = read(taken[0])
        assert found is not None
        assert set(taken[0]["payload"]["view"]["state"]["values"]) == set(
            submission()["payload"]["view"]["state"]["values"]
        )


BUTTON = {
    "type": "button",
    "action_id": "acknowledge",
    "text": {"type": "plain_text", "text": "Acknowledge"},
    "value": "7",
}
