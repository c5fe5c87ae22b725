"""People and programs act over HTTP: who may, in which shape they ask, and what they are answered."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.errors import UsageError
from slamon.model import HOUR, MINUTE
from slamon.secret import Secret
from slamon.web import Guard, Health, Pages, WebServer
from slamon.web.api.acts import LARGEST, Acts
from slamon.web.entry.throttle import FAILURES
from stage import CONFIG, Desk
from test_web import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TOKEN = "canary-duty-0123456789"
OTHER = "canary-else-0123456789"
TOKENS = {"duty": Secret(TOKEN), "robot": Secret(OTHER)}
DONE = {"outcome": "done", "action": 7, "new": True, "words": "wait 3 is acknowledged", "until": None}
ACK = "/api/v1/waits/3/acknowledge"


class Noted:
    """Does nothing but note what it was asked for."""

    def __init__(self, answer: Mapping[str, Any] | Exception = DONE) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.answer = answer

    def act(self, *asked: object) -> dict[str, Any]:
        return self._note(*asked)

    def undo(self, *asked: object) -> dict[str, Any]:
        return self._note("undo", *asked)

    def _note(self, *asked: object) -> dict[str, Any]:
        self.asked.append(asked)
        if isinstance(self.answer, Exception):
            raise self.answer
        return {**self.answer}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def serving(doing: Any, clock: Clock | None = None) -> Iterator[WebServer]:
    guard = Guard(people=TOKENS, seconds=clock or Clock())
    health = Health(healthy=True, ready=True)
    server = WebServer("127.0.0.1:0", Pages(lambda *_: (b"", "text/plain"), lambda: health, None, [Acts(doing)]), guard)
    server.start()
    try:
        yield server
    finally:
        server.stop(5)


@pytest.fixture(scope="module")
def noted() -> Noted:
    return Noted()


@pytest.fixture(scope="module")
def server(noted: Noted) -> Iterator[WebServer]:
    """One for all tests that show a good token, or none at all and are turned away before that matters."""
    with serving(noted) as started:
        yield started


def post(server: WebServer | str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, Any], Any]:
    """Status, body and headers of the answer; with a good token unless another is given."""
    address = server if isinstance(server, str) else server.address
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    sent = {"Authorization": f"Bearer {TOKEN}"} | ({"Content-Type": "application/json"} if raw else {})
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = HTTPConnection(address, timeout=10)
    connection.request("POST", path, raw, {name: value for name, value in sent.items() if value})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    found = json.loads(text) if answer.headers["Content-Type"] == "application/json" else {}
    return answer.status, found, answer.headers


class TestWhatIsAskedFor:
    @pytest.mark.parametrize("verb", ["acknowledge", "snooze", "dismiss"])
    def test_it_is_handed_on_with_the_name_of_the_token(self, verb: str, server: WebServer, noted: Noted) -> None:
        said = {"for": "1h", "reason": "by phone"}
        status, answer, headers = post(server, f"/api/v1/waits/3/{verb}", said, Idempotency_Key="k1")
        assert (status, answer) == (200, {"action": 7, "new": True, "words": DONE["words"], "until": None})
        assert noted.asked[-1] == (verb, 3, said, "duty", f"http:duty:{verb}:3:k1")
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")

    def test_taking_back_is_handed_on(self, server: WebServer, noted: Noted) -> None:
        status, _, _ = post(server, "/api/v1/actions/7/undo", Authorization=f"bearer {OTHER}")
        assert (status, noted.asked[-1]) == (200, ("undo", 7, "robot"))

    def test_no_body_is_an_empty_one(self, server: WebServer, noted: Noted) -> None:
        assert post(server, ACK)[0] == 200
        assert noted.asked[-1][2] == {}

    def test_without_an_idempotency_key_each_request_is_one_of_its_own(self, server: WebServer, noted: Noted) -> None:
        for _ in range(2):
            post(server, ACK)
        assert noted.asked[-1][-1] != noted.asked[-2][-1]

    def test_the_same_key_of_another_name_or_for_another_wait_is_another(self, server: WebServer, noted: Noted) -> None:
        before = len(noted.asked)
        for path, token in ((ACK, TOKEN), (ACK, OTHER), (ACK.replace("3", "4"), TOKEN), (ACK, TOKEN)):
            post(server, path, Idempotency_Key="k", Authorization=f"Bearer {token}")
        keys = [asked[-1] for asked in noted.asked[before:]]
        assert len(set(keys)) == 3
        assert keys[0] == keys[3]

    @pytest.mark.parametrize("key", ["x" * 201, "caf\xe9", "a\tb"])
    def test_a_key_that_is_none_is_refused(self, key: str, server: WebServer) -> None:
        assert post(server, ACK, Idempotency_Key=key)[0] == 400

    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"{}", "text/plain", 415),
            (b"{}", "application/x-www-form-urlencoded", 415),
            (b"{}", "application/json; charset=utf-8", 200),
            (b"[]", "application/json", 400),
            (b"{", "application/json", 400),
            (b"\xff\xfe", "application/json", 400),
            (b"[" * LARGEST, "application/json", 400),
            (b'{"a": ' + b"9" * 5_000 + b"}", "application/json", 400),
            (b" " * LARGEST + b"{}", "application/json", 413),
        ],
    )
    def test_a_body_is_a_json_object_of_16_kilobytes(
        self, body: bytes, kind: str, status: int, server: WebServer, noted: Noted
    ) -> None:
        before = len(noted.asked)
        assert post(server, ACK, body, Content_Type=kind)[0] == status
        assert len(noted.asked) - before == (status == 200)

    @pytest.mark.parametrize("number", ["-3", "x", "9" * 16, "9" * 5_000, "%D9%A3", "3/", ""])
    def test_what_is_no_number_is_not_found(self, number: str, server: WebServer) -> None:
        assert post(server, f"/api/v1/waits/{number}/acknowledge")[0] == 404

    def test_looking_does_nothing(self, server: WebServer, noted: Noted) -> None:
        before = len(noted.asked)
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            connection = HTTPConnection(server.address, timeout=10)
            connection.request(method, ACK, headers={"Authorization": f"Bearer {TOKEN}"})
            assert connection.getresponse().status == 405
            connection.close()
        assert len(noted.asked) == before

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
    @given(body=st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
    def test_whatever_is_sent_is_answered(self, server: WebServer, body: bytes) -> None:
        assert post(server, ACK, body)[0] in {200, 400}

    def test_half_a_body_is_nothing(self, server: WebServer, noted: Noted) -> None:
        before = len(noted.asked)
        head = f"POST {ACK} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
        with connect(server, head.encode() + b"{}"):
            pass
        assert post(server, ACK)[0] == 200
        assert len(noted.asked) == before + 1


class TestWhatIsAnswered:
    @pytest.mark.parametrize(("outcome", "status"), [("refused", 409), ("unknown", 404)])
    def test_what_is_not_done_is_said_in_words(self, outcome: str, status: int) -> None:
        with serving(Noted({"outcome": outcome, "words": "wait 3 is over"})) as server:
            assert post(server, ACK)[:2] == (status, {"error": "wait 3 is over"})

    def test_a_shape_that_nobody_understands_is_a_bad_request(self) -> None:
        with serving(Noted(UsageError("unknown key `four`\ud800"))) as server:
            assert post(server, ACK)[:2] == (400, {"error": "unknown key `four`\ud800"})

    def test_a_fault_of_ours_says_how_to_ask_again_and_nothing_else(self) -> None:
        with serving(Noted(RuntimeError("secret detail"))) as server:
            status, answer, _ = post(server, ACK)
        assert status == 503
        assert "Idempotency-Key" in answer["error"]
        assert "secret" not in str(answer)

    def test_one_that_hangs_delays_no_scrape_and_no_health_check(self) -> None:
        free, begun = threading.Event(), threading.Semaphore(0)

        class Hanging(Noted):
            def act(self, *asked: object) -> dict[str, Any]:
                begun.release()
                free.wait(10)
                return super().act(*asked)

        head = f"POST {ACK} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        with serving(Hanging()) as server, ExitStack() as clients:
            clients.callback(free.set)
            for _ in range(4):
                clients.enter_context(connect(server, head.encode()))
            assert begun.acquire(timeout=10)
            for path in ("/-/healthy", "/metrics"):
                connection = HTTPConnection(server.address, timeout=10)
                connection.request("GET", path)
                assert connection.getresponse().status == 200
                connection.close()
            assert not free.is_set()


class TestWhoAsks:
    @pytest.mark.parametrize(
        "shown",
        [
            "",
            "Bearer",
            "Bearer ",
            f"Bearer {TOKEN}x",
            f"Bearer {TOKEN[:-1]}",
            f"Basic {TOKEN}",
            TOKEN,
            f"Bearer {TOKEN} {TOKEN}",
            f"Bearer {TOKEN}, Bearer {OTHER}",
            "Bearer caf\xe9",
        ],
    )
    def test_nothing_is_done_without_a_good_token(self, shown: str) -> None:
        doing = Noted()
        with serving(doing) as server:
            status, answer, headers = post(server, ACK, Authorization=shown)
        assert (status, headers["WWW-Authenticate"], doing.asked) == (401, 'Bearer realm="slamon"', [])
        assert TOKEN not in str(answer)

    def test_two_tokens_at_once_are_none(self) -> None:
        head = f"POST {ACK} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        with (
            serving(Noted()) as server,
            connect(server, f"{head}Authorization: Bearer {TOKEN}\r\n\r\n".encode()) as client,
        ):
            assert client.recv(12) == b"HTTP/1.1 401"

    def test_a_body_of_somebody_without_a_token_is_not_looked_at(self) -> None:
        with serving(Noted()) as server:
            assert post(server, ACK, b"[" * 100, Authorization="Bearer x")[0] == 401

    def test_too_many_wrong_tokens_in_a_minute_are_told_to_slow_down(self) -> None:
        clock, doing = Clock(), Noted()
        with serving(doing, clock) as server:
            shown = [post(server, ACK, Authorization="Bearer wrong") for _ in range(FAILURES + 2)]
            assert [status for status, _, _ in shown] == [401] * FAILURES + [429] * 2
            clock.now += 20
            status, _, headers = post(server, ACK, Authorization="Bearer wrong")
            assert (status, headers["Retry-After"]) == (429, "41")
            clock.now += 40
            assert post(server, ACK, Authorization="Bearer wrong")[0] == 401

    def test_a_good_token_is_let_in_meanwhile(self) -> None:
        doing = Noted()
        with serving(doing) as server:
            for _ in range(FAILURES + 1):
                post(server, ACK, Authorization="Bearer wrong")
            assert post(server, ACK)[0] == 200
        assert len(doing.asked) == 1

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
        ],
    )
    def test_a_page_of_another_site_can_do_nothing(
        self, headers: dict[str, str], server: WebServer, noted: Noted
    ) -> None:
        before = len(noted.asked)
        assert post(server, ACK, **headers)[0] == 403
        assert len(noted.asked) == before

    def test_a_wrong_token_is_logged_without_it(self, caplog: Any, capsys: Any) -> None:
        with serving(Noted()) as server:
            post(server, ACK, Authorization="Bearer canary-wrong")
        assert "canary-wrong" not in caplog.text + "".join(capsys.readouterr())


PEOPLE = "  people: {http: {duty: {file: duty-token}}}\n"


class TestTheDaemon:
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Iterator[Desk]:
        with Desk(tmp_path) as desk:
            yield desk

    def serves(self, desk: Desk, people: str = PEOPLE) -> str:
        """Started again with that configuration; where it listens."""
        config = CONFIG.format(account="acme", x=desk.x.url, slack=desk.slack.api_url)
        desk.write("config.yaml", f"listen: 127.0.0.1:0\n{config}{people}")
        desk.write("duty-token", TOKEN)
        desk.restart()
        desk.app.web.start()
        return desk.app.web.address

    def test_without_a_token_nobody_can_do_anything(self, desk: Desk) -> None:
        desk.asks()
        desk.settles()
        assert post(self.serves(desk, ""), ACK.replace("3", "1"))[0] == 401

    def test_a_wait_is_acknowledged_dismissed_and_waits_again(self, desk: Desk) -> None:
        address = self.serves(desk)
        post_id = desk.asks()
        desk.settles()
        began = desk.wait(post_id).started_at
        status, first, _ = post(address, "/api/v1/waits/1/acknowledge", Idempotency_Key="one")
        assert (status, first["new"]) == (200, True)
        status, second, _ = post(address, "/api/v1/waits/1/acknowledge", Idempotency_Key="one")
        assert (status, second["new"], second["action"]) == (200, False, first["action"])
        desk.passes(10 * MINUTE)
        status, done, _ = post(address, "/api/v1/waits/1/dismiss", {"reason": "by phone", "as": "elsewhere"})
        desk.settles()
        assert (status, desk.wait(post_id).status.value) == (200, "cancelled")
        assert [post(address, f"/api/v1/actions/{done['action']}/undo")[0] for _ in range(2)] == [200, 409]
        desk.settles()
        assert [(wait.state, wait.started_at) for wait in desk.waits(post_id)][-1] == ("open", began)
        assert desk.metric("slamon_actions_total", via="http") == 3
        assert desk.metric("slamon_actions_total", verb="answered_elsewhere", via="http") == 1

    def test_what_cannot_be_done_is_a_sentence(self, desk: Desk) -> None:
        address = self.serves(desk)
        question = desk.asks()
        desk.settles()
        assert post(address, "/api/v1/waits/99/acknowledge")[:2] == (404, {"error": "there is no wait 99"})
        assert post(address, "/api/v1/actions/99/undo")[:2] == (404, {"error": "there is no action 99"})
        status, answer, _ = post(address, "/api/v1/waits/1/snooze", {"four": "1h"})
        assert (status, answer["error"]) == (400, "unknown key `four`: snooze takes `for`, `until_shift_ends`")
        assert post(address, "/api/v1/waits/1/dismiss", {"reason": " "})[0] == 400
        desk.answers(question)
        desk.passes(HOUR)
        status, answer, _ = post(address, "/api/v1/waits/1/acknowledge")
        assert status == 409
        assert answer["error"]
