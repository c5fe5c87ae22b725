"""What the JSON interface refuses, and what it holds up: nothing but whoever asks too much."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from starlette.routing import Route

from api_server import Served, fits, serving
from slamon.errors import StoreError
from slamon.web import Health, Pages, WebServer
from slamon.web.api.acts import Acts
from slamon.web.api.query import LONGEST_NAME, LONGEST_TEXT, MOST_VALUES
from slamon.web.api.resource import QUEUED, Resource, Turns, answer
from slamon.web.api.routes import Nowhere
from slamon.web.entry.who import KEY, Who
from test_web import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Nothing of it is changed by a test."""
    with serving(tmp_path_factory.mktemp("served")) as made:
        yield made


class TestWhoMayAsk:
    def test_whoever_reaches_the_port_may_read_without_signing_in(self, served: Served) -> None:
        assert served.get("/waiting")[0] == 200

    @pytest.mark.parametrize("path", ["/waiting", "/conversations/1", "/channels", "/policies", "/openapi.json"])
    @pytest.mark.parametrize(
        "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}]
    )
    def test_pages_of_other_sites_may_not(self, path: str, headers: dict[str, str], served: Served) -> None:
        status, body, _ = served.get(path, **headers)
        assert (status, body) == (403, {"error": "pages of other sites may not ask for this"})

    def test_another_host_name_is_refused_in_json(self, served: Served) -> None:
        status, body, _ = served.get("/waiting", Host="evil.example")
        fits("/waiting", 421, body)
        assert status == 421

    def test_a_wrong_token_is_wrong_for_reading_too(self, served: Served) -> None:
        status, body, headers = served.get("/waiting", Authorization="Bearer wrong")
        fits("/waiting", 401, body)
        assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="slamon"')


class TestOtherRequests:
    @pytest.mark.parametrize("path", ["/waiting", "/conversations/1", "/channels", "/policies", "/openapi.json"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
    def test_other_methods_are_refused(self, path: str, method: str, served: Served) -> None:
        status, body, headers = served.get(path, method)
        assert (status, headers["Allow"], headers["Content-Type"]) == (405, "GET, HEAD", "application/json")
        assert body == {"error": f"{method} is not for this address"}

    @pytest.mark.parametrize("path", ["/waits/1/acknowledge", "/actions/1/undo"])
    def test_what_acts_is_posted(self, path: str, served: Served) -> None:
        status, _, headers = served.get(path)
        assert (status, headers["Allow"]) == (405, "POST")

    @pytest.mark.parametrize("path", ["", "/", "/waiting/", "/conversations/", "/conversations", "/waits/1", "/../v2"])
    def test_other_addresses_are_refused_in_json(self, path: str, served: Served) -> None:
        status, body, headers = served.get(path)
        assert (status, headers["Content-Type"]) == (404, "application/json")
        assert body["error"]

    @pytest.mark.parametrize(
        ("accept", "status"),
        [
            ("application/json", 200),
            ("text/html, application/*;q=0.1", 200),
            ("text/html,*/*;q=0.8", 200),
            ("", 200),
            ("text/html", 406),
            ("application/json;q=0, text/html", 406),
            ("application/json; q=0.0", 406),
            ("application/json-seq", 406),
        ],
    )
    def test_who_takes_no_json_is_told(self, accept: str, status: int, served: Served) -> None:
        assert served.get("/channels", Accept=accept)[0] == status

    def test_all_filters_at_once_in_their_longest_form_are_taken(self, served: Served) -> None:
        longest = {"channel": "c" * 64, "policy": quote("\U0001f3f4" * LONGEST_NAME), "status": "unverified"}
        filters = "&".join(f"{name}={value}" for name, value in longest.items() for _ in range(MOST_VALUES))
        text = quote("\U0001f3f4" * LONGEST_TEXT)
        assert served.get(f"/waiting?{filters}&text={text}&limit=200")[0] == 200


@contextmanager
def resource(get: Callable[[Request], Any]) -> Iterator[WebServer]:
    class Part:
        def routes(self) -> list[Route]:
            return [Route("/api/v1/waiting", Resource(GET=get)), *Nowhere().routes()]

        def close(self) -> None:
            pass

    health = Health(healthy=True, ready=True)
    server = WebServer("127.0.0.1:0", Pages(lambda *_: (b"", "text/plain"), lambda: health, None, [Part()]))
    server.start()
    try:
        yield server
    finally:
        server.stop(5)


def asked(server: WebServer) -> HTTPConnection:
    connection = HTTPConnection(server.address, timeout=10)
    connection.request("GET", "/api/v1/waiting")
    return connection


class TestTurns:
    def test_a_database_that_refuses_is_said_and_logged_without_detail(self, logged: list[Any]) -> None:
        turns = Turns(1, "t")

        async def get(_: Request) -> Response:
            def work() -> None:
                raise StoreError("secret detail")

            return answer(await turns.take(work))

        with resource(get) as server:
            found, body = ask(server, "/api/v1/waiting")
        assert (found.status, found.headers["Retry-After"]) == (503, "5")
        assert b"secret" not in body
        assert [line["event"] for line in logged] == ["page_failed"]

    def test_who_would_wait_too_long_is_told_at_once_and_nothing_else_is_held_up(self) -> None:
        free, turns = threading.Event(), Turns(1, "t")

        taken = threading.Semaphore(0)

        async def get(_: Request) -> Response:
            taken.release()
            return answer(await turns.take(lambda: free.wait(10)))

        with resource(get) as server, ExitStack() as clients:
            clients.callback(free.set)
            waiting = [clients.enter_context(closing(asked(server))) for _ in range(1 + QUEUED)]
            assert all(taken.acquire(timeout=10) for _ in waiting)
            assert ask(server, "/-/healthy")[0].status == 200
            refused, _ = ask(server, "/api/v1/waiting")
            assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
            assert not free.is_set()
            free.set()
            assert [client.getresponse().status for client in waiting] == [200] * (1 + QUEUED)


class TestSearching:
    def test_it_holds_up_no_look_at_the_queue(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        free, begun = threading.Event(), threading.Event()

        def slow(text: str) -> str:
            begun.set()
            free.wait(10)
            return text

        made = Served(tmp_path)
        with made.desk as desk, ExitStack() as clients:
            desk.asks()
            desk.settles()
            made.begin()
            monkeypatch.setattr("slamon.store.listing._folded", slow)
            clients.callback(free.set)
            searching = [HTTPConnection(made.address, timeout=10) for _ in range(5)]
            for client in searching:
                clients.enter_context(closing(client))
                client.request("GET", "/api/v1/waiting?text=parcel")
            assert begun.wait(10)
            assert made.get("/waiting")[1]["total"] == 1
            assert made.get("/conversations/1")[0] == 200
            assert not free.is_set()
            free.set()
            assert [client.getresponse().status for client in searching] == [200] * 5


def test_who_may_only_read_may_not_act_whoever_stands_before() -> None:
    said: list[Any] = []

    async def ask_it() -> None:
        nobody: Any = None
        acts = Acts(nobody)
        (route, *_) = acts.routes()
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "path": "/",
            "query_string": b"",
            "path_params": {},
        }
        scope |= {"headers": [(b"host", b"localhost")], "server": ("localhost", 80), KEY: Who("board", may_act=False)}

        async def send(part: Any) -> None:
            said.append(part)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        await route.app(scope, receive, send)
        acts.close()

    asyncio.run(ask_it())
    assert said[0]["status"] == 403
