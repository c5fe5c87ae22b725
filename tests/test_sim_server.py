"""The server under every pretend platform: routes, faults on command, and a ledger."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from slamon.sim.faults import Fault, Faults
from slamon.sim.server import Answer, PretendServer, Request
from x_client import NOON, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[PretendServer]:
    with PretendServer(Clock()) as pretend:
        pretend.done = []  # type: ignore[attr-defined]

        @pretend.route("POST", "/things/{name}/{part}")
        def things(request: Request) -> Answer:
            pretend.done.append(request.body)  # type: ignore[attr-defined]
            return Answer.json({"parts": dict(request.parts), "query": dict(request.query), "form": request.form()})

        yield pretend


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as asking:
        yield asking


def post(server: PretendServer, session: requests.Session, **more: Any) -> requests.Response:
    return session.post(f"{server.url}/things/a%2Fb/c", data={"x": "ü &"}, **{"timeout": 5, **more})


class TestRoutes:
    def test_parts_query_and_form_reach_the_route(self, server: PretendServer, session: requests.Session) -> None:
        assert post(server, session, params={"q": "1"}).json() == {
            "parts": {"name": "a/b", "part": "c"},
            "query": {"q": "1"},
            "form": {"x": "ü &"},
        }

    def test_an_unknown_path_has_an_empty_body(self, server: PretendServer, session: requests.Session) -> None:
        answer = session.get(server.url + "/nowhere", timeout=5)
        assert (answer.status_code, answer.content) == (404, b"")

    def test_the_date_is_the_injected_clock_s(self, server: PretendServer, session: requests.Session) -> None:
        assert post(server, session).headers["date"] == "Sun, 22 Nov 2026 12:00:00 GMT"

    def test_the_ledger_knows_every_request_and_no_control(
        self, server: PretendServer, session: requests.Session
    ) -> None:
        post(server, session)
        session.get(server.url + "/_range/requests", timeout=5)
        assert [(taken.at, taken.request.method, taken.status) for taken in server.ledger] == [(NOON, "POST", 200)]

    def test_one_connection_serves_many_requests(self, server: PretendServer, session: requests.Session) -> None:
        answers = [post(server, session) for _ in range(3)]
        assert [answer.headers.get("connection") for answer in answers] == [None] * 3
        assert len(session.adapters["http://"].poolmanager.pools) == 1  # type: ignore[attr-defined]


class TestFaults:
    def test_they_come_in_their_order_and_pass(self, server: PretendServer, session: requests.Session) -> None:
        server.faults.add(Fault(status=500, calls=2), Fault(status=429, headers={"retry-after": "7"}, body="slow"))
        answers = [post(server, session) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [500, 500, 429, 200]
        assert (answers[2].headers["retry-after"], answers[2].text) == ("7", "slow")

    def test_a_fault_of_one_path_leaves_others_alone(self) -> None:
        faults = Faults()
        faults.add(Fault(path="/a", status=500))
        assert faults.take("/b") is None
        assert faults.take("/a/b") is not None
        assert faults.take("/a/b") is None

    def test_without_a_count_they_stay_until_cleared(self) -> None:
        faults = Faults()
        faults.add(Fault(status=500, calls=None))
        assert [faults.take("/") is not None for _ in range(3)] == [True] * 3
        faults.clear()
        assert faults.take("/") is None

    @pytest.mark.parametrize("accept", [True, False])
    def test_a_refused_request_may_have_been_carried_out(
        self, server: PretendServer, session: requests.Session, *, accept: bool
    ) -> None:
        server.faults.add(Fault(status=503, accept=accept))
        assert post(server, session).status_code == 503
        assert len(server.done) == accept  # type: ignore[attr-defined]

    @pytest.mark.parametrize("drop", ["before", "middle"])
    def test_a_connection_is_cut_where_it_was_asked(
        self, server: PretendServer, session: requests.Session, drop: str
    ) -> None:
        server.faults.add(Fault(drop=drop, accept=True))
        with pytest.raises(requests.RequestException):
            post(server, session)
        assert len(server.done) == 1  # type: ignore[attr-defined]
        assert post(server, session).status_code == 200

    def test_a_request_may_land_after_its_client_left(self, server: PretendServer, session: requests.Session) -> None:
        server.faults.add(Fault(delay=30))
        with pytest.raises(requests.Timeout):
            post(server, session, timeout=0.05)
        assert server.done == []  # type: ignore[attr-defined]
        wait_for(lambda: server.faults.left == 0)
        server.faults.clear()
        wait_for(lambda: bool(server.done))  # type: ignore[attr-defined]

    def test_what_hangs_is_let_go_when_the_server_closes(self) -> None:
        outcome = list[str]()
        with PretendServer(Clock()) as server:
            server.faults.add(Fault(hang=True))
            asking = threading.Thread(target=lambda: outcome.append(_outcome(server.url)))
            asking.start()
            wait_for(lambda: server.faults.left == 0)
        asking.join(5)
        assert outcome == ["ConnectionError"]

    def test_they_are_set_and_cleared_from_outside(self, server: PretendServer, session: requests.Session) -> None:
        session.post(server.url + "/_range/faults", json=[{"status": 500, "calls": None}], timeout=5)
        assert post(server, session).status_code == 500
        session.delete(server.url + "/_range/faults", timeout=5)
        assert post(server, session).status_code == 200

    @pytest.mark.parametrize("fault", [{"staus": 500}, {"drop": "late"}, {"delay": -1}, 7, {"calls": "x"}])
    def test_a_senseless_fault_is_refused(
        self, server: PretendServer, session: requests.Session, fault: object
    ) -> None:
        answer = session.post(server.url + "/_range/faults", json=fault, timeout=5)
        assert answer.status_code == 400
        assert answer.json()["error"]


def _outcome(url: str) -> str:
    try:
        requests.get(url, timeout=10)
    except requests.RequestException as error:
        return type(error).__name__
    return "answered"


def wait_for(truth: Any) -> None:
    deadline = time.monotonic() + 5
    while not truth():
        assert time.monotonic() < deadline
        time.sleep(0.002)
