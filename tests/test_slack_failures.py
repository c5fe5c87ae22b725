from __future__ import annotations

import logging
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from slack_parts import BREACHED, POST, TOKEN, WAITING, Clock, fails, find, pretend
from slamon.model import SECOND
from slamon.notifiers._slack_errors import CODES, OUTCOMES, outcome_of
from slamon.notifiers.base import Outcome, Receipt
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


class TestLostAnswers:
    @pytest.mark.parametrize(
        "trouble",
        [
            Fault(path=POST, accept=True, status=500),
            Fault(path=POST, accept=True, status=502, body="<html>bad gateway</html>"),
            Fault(path=POST, accept=True, drop="before"),
            Fault(path=POST, drop="middle"),
            Fault(path=POST, accept=True, status=200, body='{"ok":false,"error":"internal_error"}'),
            Fault(path=POST, accept=True, status=200, body="<html>"),
            Fault(path=POST, accept=True, status=200, body="[]"),
            Fault(path=POST, accept=True, status=200, body='{"ok":true}'),
            Fault(path=POST, accept=True, status=200, body="[" * 100_000),
            Fault(path=POST, accept=True, status=302, headers={"location": "/elsewhere"}),
        ],
    )
    def test_an_accepted_message_whose_answer_was_lost_is_found_and_was_sent_once(
        self, slack: PretendSlack, notifier: Slack, desk: str, trouble: Fault
    ) -> None:
        slack.faults.add(trouble)
        with fails(Outcome.UNKNOWN):
            notifier.post(desk, BREACHED, "i")
        assert slack.calls("chat.postMessage") == 1
        (message,) = slack.messages
        assert find(notifier, desk, "i") == Receipt(desk, message.ts)

    @pytest.mark.parametrize("trouble", [Fault(path=POST, status=500), Fault(path=POST, drop="before")])
    def test_a_message_that_was_never_accepted_is_unknown_and_is_not_found(
        self, slack: PretendSlack, notifier: Slack, desk: str, trouble: Fault
    ) -> None:
        slack.faults.add(trouble)
        with fails(Outcome.UNKNOWN):
            notifier.post(desk, BREACHED, "i")
        assert slack.calls("chat.postMessage") == 1
        assert find(notifier, desk, "i") is None

    def test_a_request_can_land_after_the_client_gave_it_up(self, slack: PretendSlack, desk: str) -> None:
        hasty = Slack(TOKEN, slack.api_url, "UTC", timeout=0.1)
        slack.faults.add(Fault(path=POST, delay=0.4))
        with fails(Outcome.UNKNOWN, "no_answer"):
            hasty.post(desk, BREACHED, "i")
        assert slack.messages == []
        slack.faults.clear()
        patient = Slack(TOKEN, slack.api_url, "UTC")
        assert any(find(patient, desk, "i") for _ in range(200))

    def test_a_redirect_is_not_followed_with_the_token(
        self, slack: PretendSlack, notifier: Slack, desk: str, clock: Clock
    ) -> None:
        with PretendSlack(clock=clock, token=TOKEN) as elsewhere:
            there = elsewhere.api_url + "chat.postMessage"
            slack.faults.add(Fault(path=POST, status=307, headers={"location": there}))
            slack.faults.add(Fault(path=POST, status=302, headers={"location": there}))
            for _ in range(2):
                with fails(Outcome.UNKNOWN):
                    notifier.post(desk, BREACHED, "i")
            assert elsewhere.calls("chat.postMessage") == 0


class TestNeverSent:
    def test_a_refused_connection_sent_nothing(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}/api/"
            with fails(Outcome.NOT_SENT, "no_connection"):
                Slack(TOKEN, url, "UTC").post("C0DESK", WAITING, "i")

    def test_a_name_that_does_not_resolve_sent_nothing(self) -> None:
        with fails(Outcome.NOT_SENT, "no_connection"):
            Slack(TOKEN, "http://slack.invalid/api/", "UTC", timeout=5.0).post("C0DESK", WAITING, "i")

    def test_a_failed_tls_handshake_sent_nothing(self, slack: PretendSlack) -> None:
        with fails(Outcome.NOT_SENT, "no_connection"):
            Slack(TOKEN, slack.api_url.replace("http:", "https:"), "UTC").post("C0DESK", WAITING, "i")
        assert slack.messages == []


class TestTimeout:
    def test_an_answer_that_drips_is_given_up_as_a_whole(self) -> None:
        with dripping() as url, fails(Outcome.UNKNOWN, "no_answer"):
            Slack(TOKEN, url, "UTC", timeout=0.3).post("C0DESK", WAITING, "i")


class TestRefusals:
    @pytest.mark.parametrize(("code", "outcome"), OUTCOMES.items())
    def test_each_known_code_has_its_class(
        self, slack: PretendSlack, notifier: Slack, desk: str, code: str, outcome: Outcome
    ) -> None:
        slack.faults.add(refuse(code, method="chat.postMessage", calls=None))
        with fails(outcome, code):
            notifier.post(desk, BREACHED, "i")

    def test_no_code_stands_in_two_classes(self) -> None:
        assert len(OUTCOMES) == sum(len(codes) for codes in CODES.values())

    @pytest.mark.parametrize("code", ["a_code_of_next_year", "internal_error", "fatal_error", "service_unavailable"])
    def test_a_code_that_promises_nothing_is_unknown(self, code: str) -> None:
        assert outcome_of(code) is Outcome.UNKNOWN

    def test_a_bad_code_with_a_server_error_is_unknown_all_the_same(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        slack.faults.add(Fault(path=POST, status=503, body='{"ok":false,"error":"invalid_blocks"}'))
        with fails(Outcome.UNKNOWN):
            notifier.post(desk, BREACHED, "i")

    def test_a_wrong_token_is_a_bad_credential(self, slack: PretendSlack, desk: str) -> None:
        with fails(Outcome.BAD_CREDENTIAL, "invalid_auth"):
            Slack("xoxb-wrong", slack.api_url, "UTC").post(desk, BREACHED, "i")

    def test_a_token_that_is_no_bots_is_a_bad_credential(self, slack: PretendSlack, notifier: Slack, desk: str) -> None:
        slack.faults.add(Fault(path="/api/auth.test", status=200, body='{"ok":true,"user_id":"U1"}'))
        with fails(Outcome.BAD_CREDENTIAL, "not_a_bot"):
            find(notifier, desk, "i")

    @pytest.mark.parametrize(
        ("trouble", "code"),
        [({"archive": "#desk"}, "is_archived"), ({"leave": "#desk"}, "not_in_channel")],
    )
    def test_a_channel_that_cannot_be_written_to_is_a_bad_place(
        self, slack: PretendSlack, notifier: Slack, desk: str, trouble: dict[str, str], code: str
    ) -> None:
        slack.set(**trouble)
        with fails(Outcome.BAD_PLACE, code):
            notifier.post(desk, BREACHED, "i")

    def test_a_deleted_message_cannot_be_edited_or_replied_to(
        self, slack: PretendSlack, notifier: Slack, desk: str
    ) -> None:
        receipt = notifier.post(desk, WAITING, "i")
        slack.delete(slack.messages[0])
        with fails(Outcome.GONE, "message_not_found"):
            notifier.edit(receipt, BREACHED)
        with fails(Outcome.GONE, "thread_not_found"):
            notifier.reply(receipt, BREACHED, "later", broadcast=True)

    def test_slacks_limit_is_obeyed_with_its_own_delay(self, slack: PretendSlack, notifier: Slack, desk: str) -> None:
        slack.set(burst=1)
        notifier.post(desk, BREACHED, "a")
        with fails(Outcome.PACE, "ratelimited") as caught:
            notifier.post(desk, BREACHED, "b")
        assert caught.value.retry_after == SECOND
        notifier.post(notifier.resolve("#oncall"), BREACHED, "c")

    @pytest.mark.parametrize(
        ("headers", "millis"),
        [({"Retry-After": "30"}, 30_000), ({"retry-after": "1"}, 1_000), ({}, None), ({"retry-after": "soon"}, None)],
    )
    def test_a_429_says_how_long_to_wait_where_it_says_so(
        self, slack: PretendSlack, notifier: Slack, desk: str, headers: dict[str, str], millis: int | None
    ) -> None:
        slack.faults.add(Fault(path=POST, accept=True, status=429, headers=headers))
        with fails(Outcome.PACE) as caught:
            notifier.post(desk, BREACHED, "i")
        assert caught.value.retry_after == millis
        assert find(notifier, desk, "i") is not None


class TestDiscretion:
    def test_nothing_of_a_message_or_a_token_reaches_logs_or_errors(
        self, slack: PretendSlack, notifier: Slack, desk: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        secret = replace(BREACHED, text="my password is hunter2")
        receipt = notifier.post(desk, secret, "i")
        slack.faults.add(Fault(path=POST, status=400, body='{"ok":false,"error":"hunter2 is no password!"}'))
        with fails(Outcome.UNKNOWN, "http_400") as caught:
            notifier.post(desk, secret, "j")
        notifier.edit(receipt, secret)
        for place in (caplog.text, str(caught.value), repr(caught.value.__cause__), repr(notifier)):
            assert "hunter2" not in place
            assert TOKEN not in place

    def test_a_certificate_is_checked(self) -> None:
        context = Slack(TOKEN, "https://slack.invalid/api/", "UTC")._client._context
        assert context is not None
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname

    def test_loopback_never_goes_through_a_proxy(
        self, slack: PretendSlack, desk: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        assert Slack(TOKEN, slack.api_url, "UTC").post(desk, WAITING, "i").place == desk


@contextmanager
def dripping() -> Iterator[str]:
    """A server that sends a byte of its answer now and then, until the client is gone."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with listener.accept()[0] as connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                for _ in range(100):
                    if done.wait(0.02):
                        return
                    try:
                        connection.sendall(b"a")
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/"
        finally:
            done.set()
            thread.join()
