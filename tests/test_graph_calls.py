"""How the Graph API is asked: tokens, signatures, versions, pages, batches, and what is done when it says no."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from slamon import logs
from slamon.connectors._graph.client import BATCH, Access, Ask, Graph
from slamon.connectors._graph.errors import GONE
from slamon.connectors._graph.settings import GraphSettings
from slamon.connectors.base import Context
from slamon.connectors.http import Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim._graph.api import Edge, GraphToken, Kind, PretendGraph, Ref
from slamon.sim._graph.refusals import unknown_object
from slamon.sim.faults import Fault
from slamon.sim.server import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Call
    from slamon.sim.server import Request

NOW = 1_795_348_800_000
TOKEN = "page-token-4711"
PATIENT = Timeouts(connect=5.0, read=5.0, whole=10.0)


@dataclass(frozen=True)
class Thing:
    id: str


ITEM = Kind("Item", {"id": lambda item, _: item.id})
BOX = Kind(
    "Box",
    {"id": lambda box, _: box.id},
    {
        "items": Edge(
            of=lambda: ITEM,
            rows=lambda _box, _asked: [Thing(f"i{number}") for number in range(30)],
            shown=lambda item, _asked: not 10 <= int(item.id[1:]) < 20,
        )
    },
)


class Boxes(PretendGraph):
    """A Graph API with one box of thirty items, ten of which nobody is shown."""

    def find(self, node: str, token: GraphToken) -> Ref:
        if node != token.node:
            raise unknown_object(node)
        return Ref(BOX, Thing(node))


class Desk:
    """A pretend Graph API, and clients of it."""

    def __init__(self) -> None:
        self.now = NOW
        self.api = Boxes(lambda: self.now, "1")
        self.token = self.api.tokens.add(GraphToken(value=TOKEN, node="1", scopes={"a"}))
        self.calls: list[Call] = []
        self.opened: list[Graph] = []

    def graph(self, *, secret: bool = False, access: Access | None = None, **keys: Any) -> Graph:
        credentials: dict[str, Any] = {"access_token": {"env": "TOKEN"}}
        if secret:
            credentials |= {"app_id": self.api.tokens.app_id, "app_secret": {"env": "APP"}}
        environ = {"TOKEN": TOKEN, "APP": self.api.tokens.app_secret}
        data = {"credentials": credentials, "base_url": self.api.url, **keys}
        settings = GraphSettings.model_validate(data, context={"environ": environ})
        context = Context("acme", lambda: self.now, DAY, on_call=self.calls.append)
        self.opened.append(Graph(settings, context, ["box", BATCH], timeouts=PATIENT, access=access))
        return self.opened[-1]

    def requests(self) -> list[Request]:
        return [taken.request for taken in self.api.server.ledger]


@pytest.fixture
def desk() -> Iterator[Desk]:
    each = Desk()
    with each.api:
        yield each
        for graph in each.opened:
            graph.close()


def refused(graph: Graph) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        graph.node("box", "/me")
    return caught.value


class TestAsking:
    def test_the_token_goes_in_a_header_and_the_version_in_the_path(self, desk: Desk) -> None:
        assert desk.graph().node("box", "/me", {"fields": "id"}) == {"id": "1"}
        (request,) = desk.requests()
        assert (request.path, request.query) == ("/v25.0/me", {"fields": "id"})
        assert request.headers["authorization"] == f"Bearer {TOKEN}"

    def test_with_the_apps_secret_each_request_is_signed(self, desk: Desk) -> None:
        desk.api.tokens.proof_required = True
        assert refused(desk.graph()).code == "#100/proof"
        graph = desk.graph(secret=True)
        assert graph.node("box", "/me")["id"] == "1"
        assert len(graph.many([Ask("/1"), Ask("/1")])) == 2

    def test_another_version_that_answers_is_told_once(self, desk: Desk) -> None:
        root = logging.getLogger()
        handlers, level = list(root.handlers), root.level
        stream = io.StringIO()
        logs.configure("info", json=True, stream=stream)
        try:
            graph = desk.graph(graph_version="v20.0")
            for _ in range(3):
                graph.node("box", "/me")
            desk.graph().node("box", "/me")
        finally:
            root.handlers, root.level = handlers, level
            structlog.reset_defaults()
        lines = [json.loads(line) for line in stream.getvalue().splitlines() if "other_graph_version" in line]
        assert [(line["asked"], line["answered"], line["channel"]) for line in lines] == [("v20.0", "v22.0", "acme")]

    def test_a_refusal_under_a_good_status_is_a_refusal(self, desk: Desk) -> None:
        body = json.dumps({"error": {"message": "no", "code": 190, "type": "OAuthException"}})
        desk.api.faults.add(Fault(status=200, body=body))
        assert refused(desk.graph()).verdict is Verdict.CREDENTIAL


class TestPages:
    def pages(self, graph: Graph, limit: int) -> list[int]:
        return [len(page.data) for page in graph.pages("box", "/1/items", {"fields": "id"}, limit)]

    def test_an_empty_page_with_a_next_one_goes_on(self, desk: Desk) -> None:
        assert self.pages(desk.graph(), 10) == [10, 0, 10]

    def test_the_next_request_is_built_anew_and_holds_no_token(self, desk: Desk) -> None:
        self.pages(desk.graph(), 20)
        first, second = desk.requests()
        assert set(second.query) - set(first.query) == {"after"}
        assert TOKEN not in str(second.query)

    def test_too_much_data_halves_the_page_and_loses_nothing(self, desk: Desk) -> None:
        desk.api.heavy = 12
        graph = desk.graph()
        assert sum(self.pages(graph, 30)) == 20
        assert [int(request.query["limit"]) for request in desk.requests()][:3] == [30, 15, 7]
        assert desk.requests()[-1].query["limit"] == "7"
        self.pages(graph, 30)
        assert {call.code for call in desk.calls[-3:]} == {"200"}, "it is remembered"

    def test_a_page_of_five_that_is_still_too_much_is_given_up(self, desk: Desk) -> None:
        desk.api.heavy = 0
        with pytest.raises(PlatformError) as caught:
            self.pages(desk.graph(), 30)
        assert caught.value.verdict is Verdict.RETRY
        assert len(desk.calls) == 4, "30, 15, 7, 5"

    def test_whoever_has_seen_enough_asks_no_further(self, desk: Desk) -> None:
        next(desk.graph().pages("box", "/1/items", {}, 10))
        assert len(desk.calls) == 1


class TestBatches:
    def test_a_batch_is_one_request_and_tells_what_each_part_was_refused_for(self, desk: Desk) -> None:
        found = desk.graph().many([Ask("/1"), Ask("/2"), Ask("/1/items", {"limit": 1}), Ask("/1", {"fields": "x"})])
        assert [found[0], [error.code for error in found if isinstance(error, PlatformError)]] == [
            {"id": "1"},
            [GONE, "#100/field"],
        ]
        assert isinstance(found[2], dict)
        assert [(call.endpoint, call.code) for call in desk.calls] == [("batch", "200")]

    def test_the_token_stands_in_the_form_and_not_in_the_address(self, desk: Desk) -> None:
        desk.graph().many([Ask("/1"), Ask("/1")])
        (request,) = desk.requests()
        assert (request.form()["access_token"], request.query) == (TOKEN, {})

    def test_more_than_fifty_go_in_several(self, desk: Desk) -> None:
        assert desk.graph().many([Ask("/1")] * 120) == [{"id": "1"}] * 120
        assert len(desk.calls) == 3

    def test_one_alone_is_asked_plainly(self, desk: Desk) -> None:
        assert desk.graph().many([Ask("/1")]) == [{"id": "1"}]
        assert desk.requests()[0].method == "GET"

    def test_only_parts_that_were_not_finished_are_asked_again(self, desk: Desk) -> None:
        desk.api.unfinished = {1}
        assert desk.graph().many([Ask("/1"), Ask("/1/items", {"limit": 1}), Ask("/2")])[1] is not None
        asked = [json.loads(request.form()["batch"]) for request in desk.requests()]
        assert [len(parts) for parts in asked] == [3, 1]
        assert asked[1] == [asked[0][1]]

    def test_parts_that_stay_unfinished_are_a_passing_fault(self, desk: Desk) -> None:
        body = json.dumps([None, None])
        desk.api.faults.add(Fault(status=200, body=body, calls=2))
        with pytest.raises(PlatformError) as caught:
            desk.graph().many([Ask("/1"), Ask("/1")])
        assert caught.value.verdict is Verdict.RETRY

    @pytest.mark.parametrize(("name", "verdict"), [("expired", Verdict.CREDENTIAL), ("throttled", Verdict.WAIT)])
    def test_a_part_that_was_refused_for_the_accounts_sake_refuses_all(
        self, desk: Desk, name: str, verdict: Verdict
    ) -> None:
        desk.token.refused = name
        with pytest.raises(PlatformError) as caught:
            desk.graph().many([Ask("/1"), Ask("/1")])
        assert caught.value.verdict is verdict

    def test_where_nobody_knows_batches_each_is_asked_alone(self, desk: Desk) -> None:
        serve = desk.api.server.serve

        def without(request: Request) -> Answer:
            return Answer(404) if request.method == "POST" else serve(request)

        setattr(desk.api.server, "serve", without)  # noqa: B010 - mypy takes no assignment to a method
        graph = desk.graph()
        for _ in range(2):
            found = graph.many([Ask("/1"), Ask("/2")])
            assert [found[0], isinstance(found[1], PlatformError)] == [{"id": "1"}, True]
        assert [request.method for request in desk.requests()] == ["POST", "GET", "GET", "GET", "GET"]


class TestRefusals:
    def test_a_throttle_parks_until_the_minutes_that_meta_names(self, desk: Desk) -> None:
        desk.api.usage.set("pages", 100, minutes=23)
        error = refused(desk.graph())
        assert (error.verdict, error.code, error.endpoint) == (Verdict.WAIT, "#80001", "")
        assert error.until is not None
        assert 0 <= error.until - NOW - 23 * MINUTE <= 2 * SECOND

    def test_without_minutes_it_parks_for_longer_each_time(self, desk: Desk) -> None:
        graph = desk.graph()
        waits = []
        for _ in range(3):
            desk.api.refuse("app_limit")
            until = refused(graph).until
            waits.append((until or 0) - NOW)
        assert waits == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE]
        graph.node("box", "/me")
        desk.api.refuse("app_limit")
        assert refused(graph).until == NOW + 5 * MINUTE, "a good answer makes it a first one"

    def test_a_refused_token_that_nothing_renews_is_for_a_person(self, desk: Desk) -> None:
        desk.token.refused = "role_lost"
        error = refused(desk.graph())
        assert (error.verdict, "role" in str(error)) == (Verdict.CREDENTIAL, True)

    def test_a_token_that_can_be_renewed_is_and_the_request_is_signed_anew(self, desk: Desk) -> None:
        desk.api.tokens.add(GraphToken(value="fresh-token-1", node="1"))
        desk.token.refused = "expired"
        tokens = [TOKEN]
        used: list[str] = []

        def renew(refused_one: str) -> None:
            used.append(refused_one)
            tokens[0] = "fresh-token-1"

        desk.api.tokens.proof_required = True
        graph = desk.graph(secret=True, access=Access(lambda: tokens[0], renew))
        assert graph.node("box", "/me")["id"] == "1"
        assert used == [TOKEN]

    def test_a_token_is_renewed_once_for_a_request(self, desk: Desk) -> None:
        desk.token.refused = "expired"
        used: list[str] = []
        assert refused(desk.graph(access=Access(lambda: TOKEN, used.append))).verdict is Verdict.REFRESH
        assert used == [TOKEN]


class TestInspection:
    def test_without_the_apps_secret_nobody_is_asked(self, desk: Desk) -> None:
        assert desk.graph().inspected() is None
        assert desk.calls == []

    def test_scopes_and_ends_are_known_and_asked_for_now_and_then(self, desk: Desk) -> None:
        desk.token.expires_at = NOW + 40 * DAY
        graph = desk.graph(secret=True)
        assert graph.facts is None
        facts = graph.inspected()
        assert facts is not None
        assert (facts.kind, facts.scopes) == ("PAGE", frozenset({"a"}))
        assert [(each.credential, each.at) for each in facts.expiries()] == [("access token", NOW + 40 * DAY)]
        desk.now += HOUR
        assert (graph.inspected(), len(desk.calls)) == (facts, 1)
        desk.now += 6 * HOUR
        graph.inspected()
        graph.inspected(max_age=0)
        assert [call.endpoint for call in desk.calls] == ["debug_token"] * 3

    def test_a_token_that_is_no_longer_valid_is_for_a_person(self, desk: Desk) -> None:
        desk.token.refused = "expired"
        with pytest.raises(PlatformError) as caught:
            desk.graph(secret=True).inspected()
        assert caught.value.verdict is Verdict.CREDENTIAL

    def test_where_nobody_knows_inspections_it_is_done_without(self, desk: Desk) -> None:
        desk.api.faults.add(Fault(path="/v25.0/debug_token", status=404))
        graph = desk.graph(secret=True)
        assert [graph.inspected(), graph.inspected(), len(desk.calls)] == [None, None, 1]

    def test_the_apps_own_secret_never_stands_in_an_address(self, desk: Desk) -> None:
        desk.graph(secret=True).inspected()
        (request,) = desk.requests()
        assert desk.api.tokens.app_secret not in str(request.query)
        assert request.headers["authorization"] == f"Bearer {desk.api.tokens.app_token}"


class TestBudget:
    def test_quotas_follow_the_headers(self, desk: Desk) -> None:
        graph = desk.graph()
        graph.node("box", "/me")
        assert graph.quotas() == ()
        desk.api.usage.set("app", 40)
        desk.api.usage.set("pages", 70)
        graph.node("box", "/me")
        assert {quota.endpoint: quota.remaining for quota in graph.quotas()} == {"app": 60, "pages": 30}

    def test_the_payer_is_told_by_a_name_that_tells_nothing_of_the_token(self, desk: Desk) -> None:
        assert desk.graph().payer == desk.graph().payer
        assert TOKEN not in desk.graph().payer
