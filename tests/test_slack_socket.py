"""The socket by which clicks come, against a pretend Slack that hangs up, falls silent, and refuses."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from slack_parts import STARTED, TOKEN, Clock, pretend
from slamon.events import SocketChanged
from slamon.notifiers._slack_socket import Patience, SlackSocket, _connection
from slamon.notifiers.slack import Slack
from slamon.sim.slack import PretendSlack, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slamon.events import Event

OPEN = "apps.connections.open"
APP_TOKEN = "xapp-1-canary"
HASTY = Patience(ping=0.05, silence=0.3, greeting=0.3, first=0.01, longest=0.05, refused=0.05)
"""Nothing here waits for long; the distances are those of a daemon, divided by a hundred."""


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    with pretend(Clock()) as server:
        server.methods.app_token = APP_TOKEN
        yield server


class Ear:
    """Hears all that a socket tells."""

    def __init__(self, slack: PretendSlack) -> None:
        self.slack = slack
        self.envelopes: list[Mapping[str, Any]] = []
        self.events: list[SocketChanged] = []
        self.refusals: list[str] = []
        self._changed = threading.Condition()

    def event(self, event: Event) -> None:
        assert isinstance(event, SocketChanged)
        self._note(self.events, event)

    def envelope(self, envelope: Mapping[str, Any]) -> None:
        self._note(self.envelopes, envelope)

    def refused(self, code: str) -> None:
        self._note(self.refusals, code)

    def _note(self, notes: list[Any], note: object) -> None:
        with self._changed:
            notes.append(note)
            self._changed.notify_all()

    def until(self, seen: Any) -> None:
        with self._changed:
            assert self._changed.wait_for(seen, 5.0), (self.events, self.envelopes, self.refusals)


@contextmanager
def heard(slack: PretendSlack, patience: Patience = HASTY, token: str = APP_TOKEN) -> Iterator[tuple[SlackSocket, Ear]]:
    ear, client = Ear(slack), Slack(token, slack.api_url, "UTC", timeout=2.0)
    socket = SlackSocket(
        lambda: str(client.ask(OPEN, {})["url"]),
        ear.envelope,
        ear.event,
        ear.refused,
        now=lambda: STARTED,
        seconds=time.monotonic,
        patience=patience,
    )
    socket.start()
    try:
        yield socket, ear
    finally:
        socket.stop()


def up(ear: Ear, times: int = 1) -> None:
    ear.until(lambda: sum(event.connected for event in ear.events) >= times)


class TestListening:
    def test_an_envelope_arrives_and_is_acknowledged(self, slack: PretendSlack) -> None:
        with heard(slack) as (socket, ear):
            up(ear)
            sent = slack.sockets.deliver("interactive", {"type": "block_actions"})
            ear.until(lambda: ear.envelopes)
            assert slack.sockets.waits_for(lambda: slack.sockets.acknowledged == [sent])
            assert ear.envelopes[0]["payload"] == {"type": "block_actions"}
            assert (socket.connected_since, socket.last_envelope_at) == (STARTED, STARTED)

    def test_it_is_acknowledged_before_anything_is_done(self, slack: PretendSlack) -> None:
        with heard(slack) as (socket, ear):
            up(ear)
            acknowledged: list[bool] = []

            def work(_envelope: Mapping[str, Any]) -> None:
                acknowledged.append(slack.sockets.waits_for(lambda: bool(slack.sockets.acknowledged)))
                ear.envelope({})

            socket._hear = work
            slack.sockets.deliver("interactive", {})
            ear.until(lambda: ear.envelopes)
            assert acknowledged == [True]

    @pytest.mark.parametrize("size", [10, 126, 10_000, 150_000])
    def test_envelopes_of_every_size_arrive_whole(self, slack: PretendSlack, size: int) -> None:
        with heard(slack) as (_, ear):
            up(ear)
            slack.sockets.deliver("interactive", {"text": "ä" * size})
            slack.sockets.deliver("interactive", {"text": "after"})
            ear.until(lambda: len(ear.envelopes) == 2)
            assert [len(one["payload"]["text"]) for one in ear.envelopes] == [size, 5]

    def test_many_at_once_arrive_in_order(self, slack: PretendSlack) -> None:
        with heard(slack) as (_, ear):
            up(ear)
            sent = [slack.sockets.deliver("interactive", {"n": n}) for n in range(300)]
            ear.until(lambda: len(ear.envelopes) == 300)
            assert [one["envelope_id"] for one in ear.envelopes] == sent

    def test_what_makes_no_sense_ends_nothing(self, slack: PretendSlack) -> None:
        with heard(slack) as (_, ear):
            up(ear)
            (line,) = slack.sockets._lines
            for text in (b"{", b"[]", b"null", b"[" * 100_000, b'{"type": "hello"}', b'{"envelope_id": 5}'):
                line._send(0x1, text)
            slack.sockets.deliver("interactive", {"n": 1})
            ear.until(lambda: ear.envelopes)
            assert [one["payload"] for one in ear.envelopes] == [{"n": 1}]
            assert slack.sockets.opened == 1


class TestRecovery:
    def test_a_cut_connection_is_replaced(self, slack: PretendSlack) -> None:
        with heard(slack) as (_, ear):
            up(ear)
            slack.sockets.drops()
            up(ear, 2)
            told = [(event.connected, event.reason) for event in ear.events]
            assert told == [(True, ""), (False, "closed"), (True, "")]

    def test_a_cut_connection_costs_no_processor(self, slack: PretendSlack) -> None:
        slow = replace(HASTY, ping=60.0, silence=60.0, first=1.0)
        with heard(slack, slow) as (_, ear):
            up(ear)
            slack.sockets.drops()
            ear.until(lambda: ear.events[-1].reason == "closed")  # at once, and not with the next ping

    def test_a_silent_connection_is_replaced(self, slack: PretendSlack) -> None:
        with heard(slack) as (_, ear):
            up(ear)
            slack.sockets.goes_silent()
            up(ear, 2)
            slack.sockets.deliver("interactive", {"n": 1})
            ear.until(lambda: ear.envelopes)

    def test_the_daemon_replaces_a_silent_one_within_a_minute(self) -> None:
        usual = Patience()
        noticed = usual.silence + usual.ping
        assert noticed + usual.first + usual.greeting < 60

    def test_a_connection_that_is_never_greeted_is_replaced(self, slack: PretendSlack) -> None:
        slack.sockets.greets = False
        with heard(slack) as (_, ear):
            assert slack.sockets.waits_for(lambda: slack.sockets.opened > 1)
            slack.sockets.greets = True
            up(ear)

    def test_a_living_connection_stays(self, slack: PretendSlack) -> None:
        with heard(slack, replace(HASTY, ping=0.02, silence=0.6)) as (_, ear):
            up(ear)
            assert not slack.sockets.waits_for(lambda: slack.sockets.opened > 1, 1.5)

    @pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
    def test_a_recycled_connection_is_replaced_before_it_ends(self, slack: PretendSlack, reason: str) -> None:
        with heard(slack, replace(HASTY, silence=60.0, greeting=60.0)) as (_, ear):
            up(ear)
            slack.sockets.says_goodbye(reason)
            assert slack.sockets.waits_for(lambda: slack.sockets.opened == 2)
            assert slack.sockets.waits_for(lambda: slack.sockets.connected == 1)
            slack.sockets.deliver("interactive", {"n": 1})
            ear.until(lambda: ear.envelopes)
            assert [event.connected for event in ear.events] == [True]

    def test_until_then_it_is_listened_to(self, slack: PretendSlack) -> None:
        with heard(slack, replace(HASTY, greeting=60.0)) as (_, ear):
            up(ear)
            slack.sockets.greets = False
            (old,) = slack.sockets._lines
            slack.sockets.says_goodbye("warning")
            assert slack.sockets.waits_for(lambda: slack.sockets.opened == 2)
            old.say({"envelope_id": "e1", "type": "interactive", "payload": {}})
            ear.until(lambda: ear.envelopes)

    def test_goodbyes_without_end_are_answered_with_pauses(self, slack: PretendSlack) -> None:
        with heard(slack, replace(HASTY, first=60.0, longest=60.0)) as (_, ear):
            up(ear)
            slack.sockets.says_goodbye("warning")
            assert slack.sockets.waits_for(lambda: slack.sockets.opened == 2)
            slack.sockets.says_goodbye("warning")
            ear.until(lambda: ear.events[-1] == SocketChanged(connected=False, reason="warning"))
            assert slack.sockets.opened == 2


class TestRefusals:
    def test_a_refused_token_is_told_once_and_tried_again(self, slack: PretendSlack) -> None:
        with heard(slack, token="xapp-1-wrong") as (_, ear):
            ear.until(lambda: ear.refusals)
            assert not slack.sockets.waits_for(lambda: slack.sockets.opened > 0, 0.3)  # tried again and again
            slack.methods.app_token = "xapp-1-wrong"
            up(ear)
            assert slack.calls(OPEN) > 3
            assert ear.refusals == ["invalid_auth"]
            assert [event.reason for event in ear.events] == ["invalid_auth", ""]

    def test_a_bot_token_in_its_place_is_refused(self, slack: PretendSlack) -> None:
        with heard(slack, token=TOKEN) as (_, ear):
            ear.until(lambda: ear.refusals == ["not_allowed_token_type"])

    @pytest.mark.parametrize("reason", ["too_many_websockets", "link_disabled"])
    def test_what_a_person_has_to_mend_is_told_once(self, slack: PretendSlack, reason: str) -> None:
        with heard(slack, replace(HASTY, refused=60.0, first=60.0)) as (_, ear):
            up(ear)
            slack.sockets.says_goodbye(reason)
            ear.until(lambda: ear.refusals == [reason])

    def test_a_limit_is_waited_for(self, slack: PretendSlack) -> None:
        fault = replace(refuse("ratelimited", method=OPEN, calls=None), status=429, headers={"retry-after": "60"})
        slack.faults.add(fault)
        with heard(slack) as (_, ear):
            ear.until(lambda: ear.events == [SocketChanged(connected=False, reason="ratelimited")])
            slack.faults.clear()
            assert not slack.sockets.waits_for(lambda: slack.sockets.opened > 0, 0.5)

    @pytest.mark.parametrize("url", ["ws://slack.example/link", "wss://slack.example:8443/link", "http://[", ""])
    def test_an_address_that_is_not_encrypted_is_never_dialled(self, slack: PretendSlack, url: str) -> None:
        with pytest.raises(ValueError, match=r"encrypted|IPv6"):
            _connection(url, lambda _text: None)
        ear = Ear(slack)
        socket = SlackSocket(
            lambda: url, ear.envelope, ear.event, ear.refused, now=Clock(), seconds=time.monotonic, patience=HASTY
        )
        socket.start()
        ear.until(lambda: ear.events == [SocketChanged(connected=False, reason="no_connection")])
        socket.stop()


class TestEnd:
    def test_it_stops_at_once_while_it_listens(self, slack: PretendSlack) -> None:
        with heard(slack, Patience()) as (socket, ear):
            up(ear)
            socket.stop()
            assert not socket._thread.is_alive()
            assert slack.sockets.waits_for(lambda: slack.sockets.connected == 0)

    def test_nothing_is_heard_after_the_end(self, slack: PretendSlack) -> None:
        with heard(slack) as (socket, ear):
            up(ear)
            socket.stop()
            socket._took({"envelope_id": "late"})
            assert ear.envelopes == []

    def test_it_stops_while_slack_hangs(self, slack: PretendSlack) -> None:
        slack.faults.add(replace(refuse("x", method=OPEN), hang=True, status=None))
        with heard(slack) as (socket, _):
            socket.stop(within=0.1)
        slack.faults.clear()
