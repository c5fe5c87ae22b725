from __future__ import annotations

import gzip
import json
import socket
import threading
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from slamon.errors import UsageError
from slamon.web import Health, Pages, WebServer
from slamon.web.protocol import MOST_CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from http.client import HTTPResponse

GOOD = Health(healthy=True, ready=True)


def echo(accept: str, zipped: bool) -> tuple[bytes, str]:  # noqa: FBT001 - as the exporter's
    body = f"accept {accept}\n".encode()
    return (gzip.compress(body) if zipped else body), "text/plain; version=0.0.4; charset=utf-8"


@contextmanager
def serving(
    render: Callable[[str, bool], tuple[bytes, str]] = echo,
    health: Callable[[], Health] = lambda: GOOD,
    patience: float = 30,
    reload: Callable[[], Mapping[str, object]] | None = None,
) -> Iterator[WebServer]:
    server = WebServer("127.0.0.1:0", Pages(render, health, reload), patience=patience)
    server.start()
    try:
        yield server
    finally:
        server.stop(5)


@pytest.fixture(scope="module")
def plain() -> Iterator[WebServer]:
    """One server for all tests that only ask."""
    with serving() as server:
        yield server


def ask(server: WebServer, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(server.address, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def connect(server: WebServer, said: bytes = b"") -> socket.socket:
    host, port = server.address.split(":")
    client = socket.create_connection((host, int(port)), timeout=10)
    client.sendall(said)
    return client


def test_metrics_are_served_as_the_client_accepts_them(plain: WebServer) -> None:
    answer, body = ask(plain, "/metrics", Accept="application/openmetrics-text")
    assert answer.status == 200
    assert body == b"accept application/openmetrics-text\n"
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_metrics_are_zipped_for_those_who_can_unzip(plain: WebServer) -> None:
    answer, body = ask(plain, "/metrics", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).startswith(b"accept")


def test_head_answers_like_get_without_a_body(plain: WebServer) -> None:
    answer, body = ask(plain, "/metrics", method="HEAD")
    assert (answer.status, body) == (200, b"")


@pytest.mark.parametrize("path", ["/metricsx", "/metrics/", "/favicon.ico", "/../etc/passwd", "/-/reload"])
def test_anything_else_is_not_found(plain: WebServer, path: str) -> None:
    answer, _ = ask(plain, path)
    assert answer.status == 404


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/ready"])
def test_nothing_can_be_written(plain: WebServer, path: str) -> None:
    answer, _ = ask(plain, path, method="POST")
    assert answer.status == 405


def reloading(answer: Mapping[str, object] | None, asked: list[str]) -> Callable[[], Mapping[str, object]]:
    """A reload that notes that it was asked for; one without an answer fails."""

    def reload() -> Mapping[str, object]:
        asked.append("reload")
        if answer is None:
            raise RuntimeError("secret detail")
        return answer

    return reload


def test_a_reload_is_answered_with_what_changed() -> None:
    with serving(reload=reloading({"outcome": "loaded", "version": "abc"}, [])) as server:
        answer, body = ask(server, "/-/reload", method="POST")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body) == {"outcome": "loaded", "version": "abc"}


def test_faults_for_which_the_old_rules_stay_are_a_conflict() -> None:
    with serving(reload=reloading({"outcome": "faults", "faults": ["x.yaml:1:1: is no rule"]}, [])) as server:
        answer, body = ask(server, "/-/reload", method="POST")
    assert (answer.status, json.loads(body)["faults"]) == (409, ["x.yaml:1:1: is no rule"])


def test_a_reload_that_could_not_be_tried_is_a_503_with_the_reason() -> None:
    with serving(reload=reloading({"outcome": "failed", "faults": ["the database is full"]}, [])) as server:
        answer, body = ask(server, "/-/reload", method="POST")
    assert (answer.status, b"the database is full" in body) == (503, True)


def test_a_reload_that_fails_is_a_503_without_a_traceback() -> None:
    with serving(reload=reloading(None, [])) as server:
        answer, body = ask(server, "/-/reload", method="POST")
    assert (answer.status, b"secret" in body) == (503, False)


def test_looking_at_the_address_of_the_reload_reloads_nothing() -> None:
    asked: list[str] = []
    with serving(reload=reloading({}, asked)) as server:
        assert [ask(server, "/-/reload", method=method)[0].status for method in ("GET", "HEAD", "PUT")] == [405] * 3
    assert asked == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "anything"},
        {"Host": "evil.example"},
    ],
)
def test_a_page_of_another_site_can_reload_nothing(headers: dict[str, str]) -> None:
    asked: list[str] = []
    with serving(reload=reloading({}, asked)) as server:
        answer, _ = ask(server, "/-/reload", method="POST", **headers)
    assert (answer.status in {403, 421}, asked) == (True, [])


@pytest.mark.parametrize("headers", [{}, {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}])
def test_whoever_is_no_page_of_another_site_can_reload(headers: dict[str, str]) -> None:
    with serving(reload=reloading({}, [])) as server:
        own = {"Origin": f"http://{server.address}"} if headers else {}
        answer, _ = ask(server, "/-/reload", method="POST", **headers, **own)
    assert answer.status == 200


def test_a_hanging_reload_delays_no_scrape_and_no_health_check() -> None:
    free = threading.Event()

    def hang() -> Mapping[str, object]:
        free.wait(10)
        return {}

    with serving(reload=hang) as server, ExitStack() as clients:
        clients.callback(free.set)
        for _ in range(3):
            clients.enter_context(connect(server, b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        assert [ask(server, path)[0].status for path in ("/-/healthy", "/metrics")] == [200, 200]
        assert not free.is_set()


def test_the_front_page_says_what_is_where(plain: WebServer) -> None:
    answer, body = ask(plain, "/")
    assert answer.status == 200
    for path in ("/metrics", "/-/healthy", "/-/ready"):
        assert f'href="{path}"'.encode() in body


@pytest.mark.parametrize("host", ["evil.example", "evil.example:9877", "127.0.0.1.evil.example", "", "[::2]:9877"])
def test_an_unknown_host_name_is_misdirected(plain: WebServer, host: str) -> None:
    answer, body = ask(plain, "/metrics", Host=host)
    assert answer.status == 421
    assert b"accept" not in body


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9877", "[::1]:80", "[::1]"])
def test_loopback_names_are_served_under_any_port(plain: WebServer, host: str) -> None:
    answer, _ = ask(plain, "/metrics", Host=host)
    assert answer.status == 200


def test_health_and_readiness_are_told_apart_with_reasons() -> None:
    with serving(health=lambda: Health(healthy=True, ready=False, reasons=("acme-x was not tried yet",))) as server:
        healthy, _ = ask(server, "/-/healthy")
        ready, body = ask(server, "/-/ready")
    assert healthy.status == 200
    assert (ready.status, body) == (503, b"not ready\nacme-x was not tried yet\n")


def test_a_fault_behind_a_page_is_a_503_without_a_traceback() -> None:
    def broken(*_: object) -> tuple[bytes, str]:
        raise RuntimeError("secret detail")

    with serving(render=broken) as server:
        answer, body = ask(server, "/metrics")
    assert answer.status == 503
    assert b"secret" not in body


def test_a_hanging_scrape_delays_no_health_check() -> None:
    free = threading.Event()

    def hang(accept: str, zipped: bool) -> tuple[bytes, str]:  # noqa: FBT001 - as the exporter's
        free.wait(10)
        return echo(accept, zipped)

    with serving(render=hang) as server, ExitStack() as clients:
        clients.callback(free.set)
        for _ in range(10):
            clients.enter_context(connect(server, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        answer, _ = ask(server, "/-/healthy")
        assert answer.status == 200
        assert not free.is_set()


@pytest.mark.parametrize("said", [b"", b"GET /metrics HTTP/1.1\r\nHost: local", b"GET /metrics HTTP/1.1\r\nX: y\r\n"])
def test_fifty_idle_or_half_asked_connections_delay_no_scrape(said: bytes) -> None:
    with serving() as server, ExitStack() as clients:
        for _ in range(50):
            clients.enter_context(connect(server, said))
        answer, _ = ask(server, "/metrics")
        assert answer.status == 200


def test_more_connections_than_allowed_push_out_the_oldest_idle_one() -> None:
    with serving() as server, ExitStack() as clients:
        first, *_rest = [clients.enter_context(connect(server)) for _ in range(MOST_CONNECTIONS + 20)]
        answer, _ = ask(server, "/metrics")
        assert answer.status == 200
        assert first.recv(1) == b""


def test_a_client_that_never_finishes_its_request_is_cut_off() -> None:
    with serving(patience=0.05) as server, connect(server, b"GET /metrics HT") as client:
        assert client.recv(1) == b""


def test_a_client_that_never_reads_keeps_its_answer_out_of_nobodys_way() -> None:
    page = b"x" * 30_000_000
    with serving(render=lambda *_: (page, "text/plain")) as server, ExitStack() as clients:
        for _ in range(3):
            clients.enter_context(connect(server, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        answer, body = ask(server, "/metrics")
    assert (answer.status, len(body)) == (200, len(page))


@pytest.mark.parametrize("garbage", [b"\0\1\2\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/9\r\n\r\n"])
def test_what_is_no_http_is_refused_and_the_server_lives(plain: WebServer, garbage: bytes) -> None:
    with connect(plain, garbage) as client:
        assert client.recv(12) == b"HTTP/1.1 400"
    assert ask(plain, "/metrics")[0].status == 200


def test_stopping_lets_an_answer_under_way_finish() -> None:
    asked, free = threading.Event(), threading.Event()

    def slow(accept: str, zipped: bool) -> tuple[bytes, str]:  # noqa: FBT001 - as the exporter's
        asked.set()
        free.wait(10)
        return echo(accept, zipped)

    server = WebServer("127.0.0.1:0", Pages(slow, lambda: GOOD))
    server.start()
    with connect(server, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") as client:
        assert asked.wait(10)
        stopping = threading.Thread(target=server.stop, args=(10,))
        stopping.start()
        free.set()
        assert client.recv(12) == b"HTTP/1.1 200"
        stopping.join(10)
    assert not stopping.is_alive()


def test_after_a_stop_the_address_is_free_again() -> None:
    with serving() as server:
        address = server.address
    again = WebServer(address, Pages(echo, lambda: GOOD))
    again.start()
    assert again.address == address
    again.stop(5)


def test_a_taken_address_is_named_with_what_to_do(plain: WebServer) -> None:
    second = WebServer(plain.address, Pages(echo, lambda: GOOD))
    with pytest.raises(UsageError, match=f"cannot bind {plain.address}: .*use.*set another `listen`"):
        second.start()


@pytest.mark.parametrize(
    "listen",
    ["9877", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:99999", "x@127.0.0.1:1", "", "::1:80", "slamon.example:9877"],
)
def test_an_address_that_cannot_be_read_is_refused(listen: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        WebServer(listen, Pages(echo, lambda: GOOD))


@pytest.mark.parametrize("listen", ["0.0.0.0:9877", "[::]:9877", "10.0.0.5:9877"])
def test_an_address_that_others_can_reach_is_refused(listen: str) -> None:
    with pytest.raises(UsageError, match="reached by other machines"):
        WebServer(listen, Pages(echo, lambda: GOOD))


@pytest.mark.parametrize("listen", ["localhost:0", "127.0.0.2:0"])
def test_other_loopback_addresses_are_served(listen: str) -> None:
    server = WebServer(listen, Pages(echo, lambda: GOOD))
    server.start()
    assert ask(server, "/metrics")[0].status == 200
    server.stop(5)
