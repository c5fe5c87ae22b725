"""One request gives one good answer, or one verdict; hostile and broken platforms get no further than that."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.connectors._answers import BODY_CAP, decoded
from slamon.connectors._verdicts import PAYMENT_WAIT, UNNAMED_WAIT, VERDICTS, Problem
from slamon.connectors.base import Call, Context, Quota
from slamon.connectors.http import Dialect, Http, Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, MINUTE, SECOND
from slamon.sim.faults import Fault
from slamon.sim.server import Answer, PretendServer, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_764_000_000_000
TOKEN = "canary-token-4711"
QUICK = Timeouts(connect=1.0, read=0.2, whole=0.5)


class World:
    """A pretend platform, an `Http` that talks to it, and what it reported."""

    def __init__(self, server: PretendServer, **options: Any) -> None:
        self.server = server
        self.calls: list[Call] = []
        self.now = NOW
        context = Context("acme", lambda: self.now, DAY, self.calls.append)
        options.setdefault("timeouts", Timeouts())
        self.http = Http(server.url, context, headers=lambda: {"Authorization": f"Bearer {TOKEN}"}, **options)

    def answers(self, answer: Answer) -> None:
        self.server.route("GET", "/thing")(lambda _request: answer)

    def refusal(self, status: int, body: str = "", headers: dict[str, str] | None = None) -> PlatformError:
        """The error for an answer of that status."""
        self.answers(Answer(status, body.encode(), headers or {}))
        return self.error()

    def error(self, path: str = "/thing") -> PlatformError:
        with pytest.raises(PlatformError) as caught:
            self.http.get("thing", path)
        return caught.value

    @property
    def codes(self) -> list[str]:
        return [call.code for call in self.calls]


@contextmanager
def world(**options: Any) -> Iterator[World]:
    with PretendServer(lambda: NOW) as server:
        each = World(server, **options)
        yield each
        each.http.close()


@pytest.fixture
def here() -> Iterator[World]:
    with world(timeouts=QUICK) as each:
        yield each


class TestGoodAnswers:
    def test_json_headers_and_the_platforms_clock_come_back(self, here: World) -> None:
        here.answers(Answer.json({"a": [1]}, headers={"x-thing": "5"}))
        answer = here.http.get("thing", "/thing")
        assert (answer.json, answer.status, answer.headers["X-Thing"], answer.date) == ({"a": [1]}, 200, "5", NOW)

    def test_the_credential_and_the_parameters_are_sent(self, here: World) -> None:
        seen: list[Request] = []

        @here.server.route("GET", "/thing")
        def thing(request: Request) -> Answer:
            seen.append(request)
            return Answer.json({})

        here.http.get("thing", "/thing", {"ids": "1,2", "n": 5})
        assert seen[0].headers["authorization"] == f"Bearer {TOKEN}"
        assert seen[0].query == {"ids": "1,2", "n": "5"}

    def test_every_call_is_reported_with_the_difference_of_the_clocks(self, here: World) -> None:
        here.answers(Answer.json([]))
        here.now = NOW - 3 * MINUTE
        here.http.get("thing", "/thing")
        (call,) = here.calls
        assert (call.endpoint, call.code, call.clock_skew) == ("thing", "200", 3 * MINUTE + SECOND // 2)
        assert 0 < call.seconds < 5

    def test_compressed_answers_are_read(self, here: World) -> None:
        here.answers(Answer(200, gzip.compress(b'{"a": 1}'), {"content-encoding": "gzip"}))
        assert here.http.get("thing", "/thing").json == {"a": 1}

    def test_threads_have_connections_of_their_own(self, here: World) -> None:
        here.answers(Answer.json({}))
        crowd = [threading.Thread(target=here.http.get, args=("thing", "/thing")) for _ in range(4)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        assert here.codes == ["200"] * 4

    def test_no_cookie_of_the_platform_is_sent_back(self, here: World) -> None:
        here.answers(Answer.json({}, headers={"set-cookie": "guest=1; Path=/"}))
        here.http.get("thing", "/thing")
        here.http.get("thing", "/thing")
        assert "cookie" not in here.server.ledger[-1].request.headers

    def test_a_netrc_file_does_not_replace_the_credential(
        self, here: World, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login wrong password wrong")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        here.http._sessions.of(here.http._timeouts, private=True).session.trust_env = True  # as for a public host
        here.answers(Answer.json({}))
        here.http.get("thing", "/thing")
        assert here.server.ledger[-1].request.headers["authorization"] == f"Bearer {TOKEN}"


class TestVerdicts:
    @pytest.mark.parametrize(
        ("status", "verdict"),
        [
            (301, Verdict.BAD_ANSWER),
            (302, Verdict.BAD_ANSWER),
            (400, Verdict.BAD_REQUEST),
            (401, Verdict.REFRESH),
            (402, Verdict.PAYMENT),
            (403, Verdict.PERMISSION),
            (404, Verdict.NOT_FOUND),
            (408, Verdict.RETRY),
            (410, Verdict.NOT_FOUND),
            (418, Verdict.BAD_REQUEST),
            (429, Verdict.WAIT),
            (500, Verdict.RETRY),
            (503, Verdict.RETRY),
            (599, Verdict.RETRY),
        ],
    )
    def test_a_status_has_one_verdict(self, here: World, status: int, verdict: Verdict) -> None:
        error = here.refusal(status, "<html>")
        assert (error.verdict, error.code, here.codes) == (verdict, str(status), [str(status)])

    def test_nothing_is_tried_twice(self, here: World) -> None:
        here.refusal(503)
        assert len(here.server.ledger) == 1

    def test_a_connector_overrides_single_lines_by_code_by_status_and_by_class(self) -> None:
        lines = {"capped": Verdict.PAYMENT, "401": Verdict.CREDENTIAL, "5xx": Verdict.NOT_FOUND}
        problem = lambda document: Problem((document or {}).get("code", ""), "used up")  # noqa: E731 - a short fake
        with world(dialect=Dialect(verdicts=lines, problem=problem)) as each:
            assert each.refusal(429, '{"code": "capped"}').verdict is Verdict.PAYMENT
        with world(dialect=Dialect(verdicts=lines)) as each:
            assert each.refusal(401).verdict is Verdict.CREDENTIAL
        with world(dialect=Dialect(verdicts=lines)) as each:
            assert each.refusal(502).verdict is Verdict.NOT_FOUND
        assert VERDICTS["401"] is Verdict.REFRESH

    def test_the_platforms_words_are_told_cut_and_without_secrets(self) -> None:
        words = f"token=abc Bearer {TOKEN} " + "x" * 500
        with world(dialect=Dialect(problem=lambda _document: Problem("odd", words))) as each:
            error = each.refusal(403)
        assert TOKEN not in str(error)
        assert len(str(error)) < 260
        assert str(error).startswith("thing: the platform answered 403 (token=abc Bearer *** xxx")


class TestWaiting:
    @pytest.mark.parametrize(
        ("headers", "wait"),
        [
            ({"retry-after": "17"}, 17 * SECOND),
            ({"retry-after": "0"}, SECOND),
            ({"retry-after": "99999999999999999999"}, DAY),
            ({"retry-after": "-5"}, UNNAMED_WAIT),
            ({"retry-after": "soon"}, UNNAMED_WAIT),
            ({}, UNNAMED_WAIT),
        ],
    )
    def test_the_platforms_own_wish_is_respected_within_a_day(
        self, here: World, headers: dict[str, str], wait: int
    ) -> None:
        assert here.refusal(429, headers=headers).until == NOW + wait

    def test_a_date_is_taken_in_the_platforms_time(self, here: World) -> None:
        here.now = NOW + 10 * MINUTE
        until = here.refusal(429, headers={"retry-after": "Mon, 24 Nov 2025 16:01:00 GMT"}).until
        assert until == here.now + MINUTE

    def test_an_unavailable_platform_that_says_when_is_waited_for(self, here: World) -> None:
        error = here.refusal(503, headers={"retry-after": "30"})
        assert (error.verdict, error.until) == (Verdict.WAIT, NOW + 30 * SECOND)

    def test_a_used_up_budget_says_when_by_its_header_in_our_time(self) -> None:
        quota = Quota("thing", 450, 0, NOW + 5 * MINUTE)
        with world(dialect=Dialect(budget=lambda _endpoint, _headers: quota)) as each:
            each.now = NOW - MINUTE
            error = each.refusal(429)
            assert error.until == pytest.approx(each.now + 5 * MINUTE + SECOND, abs=SECOND)
            (told,) = each.http.quotas()
            assert told.resets_at == pytest.approx(each.now + 5 * MINUTE, abs=SECOND)

    def test_used_up_credits_are_looked_for_once_an_hour(self, here: World) -> None:
        assert here.refusal(402).until == NOW + PAYMENT_WAIT


class TestBrokenAnswers:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<!doctype html><title>Log in</title>",
            b'{"data": [1, 2',
            b'"text"',
            b"5",
            b"null",
            b'{"a": NaN}',
            b'{"a": "\xff"}',
            b"[" * 200_000,
            b"[" * 500 + b"]" * 500,
            b'{"a":' * 100 + b"1" + b"}" * 100,
            b"[" + b"9" * 5000 + b"]",
        ],
        ids=lambda body: body[:12],
    )
    def test_what_is_no_json_document_is_a_bad_answer(self, here: World, body: bytes) -> None:
        here.answers(Answer(200, body))
        assert here.error().verdict is Verdict.BAD_ANSWER
        assert here.codes == ["bad_answer"]

    @given(st.binary(max_size=200))
    def test_no_bytes_at_all_do_worse_than_that(self, body: bytes) -> None:
        try:
            assert isinstance(decoded("thing", body), (dict, list))
        except PlatformError as error:
            assert error.verdict is Verdict.BAD_ANSWER  # noqa: PT017 - either outcome is right

    def test_brackets_in_a_text_are_no_depth(self) -> None:
        document = {"text": "[" * 5000}
        assert decoded("thing", json.dumps(document).encode()) == document

    def test_a_body_cut_short_is_a_bad_answer(self, here: World) -> None:
        here.answers(Answer.json({"a": "b" * 5000}))
        here.server.faults.add(Fault(drop="middle"))
        assert here.error().verdict is Verdict.BAD_ANSWER
        assert here.codes == ["bad_answer"]

    def test_wrong_compression_is_a_bad_answer(self, here: World) -> None:
        here.answers(Answer(200, b"not gzip", {"content-encoding": "gzip"}))
        assert here.error().verdict is Verdict.BAD_ANSWER

    def test_a_gzip_bomb_goes_off_at_the_cap(self) -> None:
        bomb = gzip.compress(b'["' + b"a" * (4 * BODY_CAP) + b'"]')
        with world() as each:
            each.answers(Answer(200, bomb, {"content-encoding": "gzip"}))
            error = each.error()
        assert (error.verdict, "16 MiB" in str(error)) == (Verdict.BAD_ANSWER, True)

    def test_a_connection_closed_without_an_answer_is_passing(self, here: World) -> None:
        here.answers(Answer.json({}))
        here.server.faults.add(Fault(drop="before"))
        assert (here.error().verdict, here.codes) == (Verdict.RETRY, ["connection"])

    def test_nobody_listening_is_passing(self) -> None:
        with world() as each:
            pass
        assert (each.error().verdict, each.codes) == (Verdict.RETRY, ["connection"])

    def test_a_platform_that_never_answers_is_given_up(self, here: World) -> None:
        here.answers(Answer.json({}))
        here.server.faults.add(Fault(hang=True))
        error = here.error()
        assert (error.verdict, error.code, here.codes) == (Verdict.RETRY, "timeout", ["timeout"])


class Dripping:
    """Sends `start`, then a byte now and then, for as long as anyone listens."""

    def __init__(self, start: bytes) -> None:
        self.start = start
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.left = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(65_536)
            try:
                connection.sendall(self.start)
                while not self.left.wait(0.05):
                    connection.sendall(b"x")
            except OSError:
                return

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.left.set()
        self.thread.join()
        self.listener.close()


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n["]
)
def test_a_platform_that_drips_is_given_up_when_the_whole_time_is_over(start: bytes) -> None:
    calls: list[Call] = []
    with Dripping(start) as url:
        http = Http(url, Context("acme", lambda: NOW, DAY, calls.append), headers=dict, timeouts=QUICK)
        with pytest.raises(PlatformError) as caught:
            http.get("thing", "/thing")
        http.close()
    assert (caught.value.verdict, calls[0].code) == (Verdict.RETRY, "timeout")
    assert QUICK.whole <= calls[0].seconds < 5


class TestSecrets:
    def test_redirects_are_not_followed(self, here: World) -> None:
        with PretendServer(lambda: NOW) as elsewhere:
            error = here.refusal(302, headers={"location": f"{elsewhere.url}/catch"})
            assert not elsewhere.ledger
        assert error.verdict is Verdict.BAD_ANSWER

    def test_a_link_to_another_host_is_refused_before_anything_is_sent(self, here: World) -> None:
        with PretendServer(lambda: NOW) as elsewhere:
            error = here.error(f"{elsewhere.url}/thing?page=2")
            assert not elsewhere.ledger
        assert (error.verdict, error.code) == (Verdict.BAD_ANSWER, "other_host")

    def test_a_link_to_the_same_host_is_followed(self, here: World) -> None:
        here.answers(Answer.json({"page": 2}))
        assert here.http.get("thing", f"{here.server.url}/thing?page=2").json == {"page": 2}

    @pytest.mark.parametrize("path", ["@evil.example/x", "//evil.example", ".evil.example/x", "thing", ""])
    def test_no_path_turns_into_a_host(self, here: World, path: str) -> None:
        assert here.error(path).code in {"other_host", "404"}

    @pytest.mark.parametrize("token", ["two\nlines", "ünïcode ✓"])
    def test_a_credential_that_cannot_be_sent_is_not_shown_either(self, token: str) -> None:
        with world() as each:
            context, headers = Context("a", lambda: NOW, DAY), lambda: {"Authorization": token}
            http = Http(each.server.url, context, headers=headers, timeouts=QUICK)
            with pytest.raises(PlatformError) as caught:
                http.get("thing", "/thing")
            http.close()
        assert caught.value.verdict is Verdict.CREDENTIAL
        assert token not in str(caught.value)
        assert caught.value.__suppress_context__

    def test_errors_show_no_url(self) -> None:
        with world() as each:
            pass
        error = each.error("/thing?access_token=abcdef")
        assert "abcdef" not in str(error)
        assert error.__suppress_context__

    def test_a_public_name_that_leads_to_a_private_address_gets_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with PretendServer(lambda: NOW) as server:
            port = int(server.url.rsplit(":", 1)[1])
            found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
            context = Context("a", lambda: NOW, DAY)
            http = Http("http://api.public.example", context, headers=dict, timeouts=QUICK)
            with pytest.raises(PlatformError, match="private address") as caught:
                http.get("thing", "/thing")
            http.close()
            assert not server.ledger
        assert caught.value.verdict is Verdict.RETRY
