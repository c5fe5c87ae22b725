"""The pretend Graph API refuses what the real one refuses, and pages, batches and tells of budgets as it does."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from slamon.sim._graph.api import GraphError, GraphToken
from slamon.sim._graph.fields import Field, parsed
from test_graph_calls import NOW, TOKEN, Boxes

if TYPE_CHECKING:
    from collections.abc import Iterator


class App:
    """Asks as an app does."""

    def __init__(self, api: Boxes) -> None:
        self.api = api
        self.session = requests.Session()

    def get(self, path: str, token: str = TOKEN, **query: object) -> requests.Response:
        shown = {name: str(value) for name, value in query.items()}
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return self.session.get(self.api.url + path, params=shown, headers=headers, timeout=5)

    def error(self, path: str, token: str = TOKEN, **query: object) -> dict[str, Any]:
        answer = self.get(path, token, **query)
        assert answer.status_code >= 400
        error: dict[str, Any] = answer.json()["error"]
        assert {"message", "type", "code", "fbtrace_id"} <= set(error)
        return error

    def batch(self, *paths: str, **form: str) -> Any:
        parts = [{"method": "GET", "relative_url": path} for path in paths]
        data = {"access_token": TOKEN, "batch": json.dumps(parts), **form}
        return self.session.post(f"{self.api.url}/v25.0/", data=data, timeout=5).json()


@pytest.fixture
def app() -> Iterator[App]:
    with Boxes(lambda: NOW, "1") as api:
        api.tokens.add(GraphToken(value=TOKEN, node="1", scopes={"a"}))
        asking = App(api)
        yield asking
        asking.session.close()


class TestLanguage:
    def test_fields_nest_and_take_modifiers(self) -> None:
        assert parsed("id,comments.filter(stream).limit(1).as(few){id,from{id}}") == (
            Field("id"),
            Field(
                "comments",
                {"filter": "stream", "limit": "1", "as": "few"},
                (Field("id"), Field("from", parts=(Field("id"),))),
            ),
        )

    @pytest.mark.parametrize(
        "text", ["", "a,", ",a", "a{", "a{b", "a}b", "a.limit(1", "a b", "A", "a{}", "a" + "{a" * 9]
    )
    def test_what_cannot_be_read_is_a_syntax_error(self, text: str) -> None:
        with pytest.raises(GraphError) as caught:
            parsed(text)
        assert caught.value.code == 2500

    def test_an_alias_gives_an_edge_another_name(self, app: App) -> None:
        assert set(app.get("/v25.0/me", fields="items.limit(1).as(few)").json()) == {"id", "few"}


class TestTokens:
    def test_without_a_token_nothing_is_answered(self, app: App) -> None:
        assert app.error("/v25.0/me", token="")["code"] == 104

    def test_a_wrong_token_is_190_under_a_weak_status(self, app: App) -> None:
        assert (app.get("/v25.0/me", token="x").status_code, app.error("/v25.0/me", token="x")["code"]) == (400, 190)

    def test_a_token_may_stand_in_the_query(self, app: App) -> None:
        assert app.get("/v25.0/me", token="", access_token=TOKEN).json() == {"id": "1"}

    def test_a_token_expires(self, app: App) -> None:
        app.api.tokens.add(GraphToken(value="old", node="1", expires_at=NOW))
        error = app.error("/v25.0/me", token="old")
        assert (error["code"], error["error_subcode"]) == (190, 463)

    def test_a_signature_has_to_be_right_and_may_be_required(self, app: App) -> None:
        right = hmac.new(app.api.tokens.app_secret.encode(), TOKEN.encode(), "sha256").hexdigest()
        assert app.get("/v25.0/me", appsecret_proof=right).status_code == 200
        assert "Invalid appsecret_proof" in app.error("/v25.0/me", appsecret_proof="0")["message"]
        app.api.tokens.proof_required = True
        assert "require an appsecret_proof" in app.error("/v25.0/me")["message"]

    def test_only_the_app_may_inspect_a_token(self, app: App) -> None:
        assert app.error("/v25.0/debug_token", input_token=TOKEN)["code"] == 100
        data = app.get("/v25.0/debug_token", token=app.api.tokens.app_token, input_token=TOKEN).json()["data"]
        assert (data["is_valid"], data["type"], data["expires_at"], data["scopes"]) == (True, "PAGE", 0, ["a"])
        unknown = app.get("/v25.0/debug_token", token=app.api.tokens.app_token, input_token="x").json()["data"]
        assert unknown["is_valid"] is False


class TestVersions:
    def test_the_version_that_answers_is_named(self, app: App) -> None:
        assert app.get("/v24.0/me").headers["facebook-api-version"] == "v24.0"

    def test_an_expired_version_is_answered_by_the_oldest_that_lives(self, app: App) -> None:
        answer = app.get("/v2.4/me")
        assert (answer.status_code, answer.headers["facebook-api-version"]) == (200, "v22.0")

    @pytest.mark.parametrize("version", ["v99.0", "25.0", "v25"])
    def test_there_are_no_others(self, app: App, version: str) -> None:
        assert app.error(f"/{version}/me")["code"] == 2500


class TestNodes:
    def test_the_id_always_comes_and_other_fields_when_asked(self, app: App) -> None:
        assert app.get("/v25.0/1", fields="items.limit(1)").json()["id"] == "1"

    def test_unknown_fields_edges_parameters_and_nodes_are_refused(self, app: App) -> None:
        assert "nonexisting field (x) on node type (Box)" in app.error("/v25.0/1", fields="x")["message"]
        assert "nonexisting field (x)" in app.error("/v25.0/1/x")["message"]
        assert "nonexisting field (x)" in app.error("/v25.0/1/items", fields="x")["message"]
        assert "Param x" in app.error("/v25.0/1", x=1)["message"]
        assert "Param x" in app.error("/v25.0/1/items", x=1)["message"]
        assert "Param x" in app.error("/v25.0/1", fields="items.x(1)")["message"]
        missing = app.error("/v25.0/2")
        assert (missing["code"], missing["error_subcode"], missing["type"]) == (100, 33, "GraphMethodException")

    def test_many_ids_come_by_id_and_a_dead_one_fails_all(self, app: App) -> None:
        assert app.get("/v25.0/", ids="1").json() == {"1": {"id": "1"}}
        assert app.error("/v25.0/", ids="1,2")["code"] == 100
        assert app.error("/v25.0/", ids=",".join(["1"] * 51))["code"] == 100


class TestPages:
    def test_a_page_is_cut_before_privacy_so_it_may_be_empty_and_go_on(self, app: App) -> None:
        first = app.get("/v25.0/1/items", limit=10).json()
        second = app.get("/v25.0/1/items", limit=10, after=first["paging"]["cursors"]["after"]).json()
        third = app.get("/v25.0/1/items", limit=10, after=second["paging"]["cursors"]["after"]).json()
        assert [len(page["data"]) for page in (first, second, third)] == [10, 0, 10]
        assert ["next" in page["paging"] for page in (first, second, third)] == [True, True, False]

    def test_the_link_to_the_next_page_holds_the_token_and_works(self, app: App) -> None:
        following = app.get("/v25.0/1/items", limit=20, fields="id").json()["paging"]["next"]
        assert TOKEN in following
        assert len(app.session.get(following, timeout=5).json()["data"]) == 10

    def test_a_nested_list_pages_by_itself(self, app: App) -> None:
        nested = app.get("/v25.0/1", fields="items.limit(2){id}").json()["items"]
        assert [item["id"] for item in nested["data"]] == ["i0", "i1"]
        assert "next" in nested["paging"]

    @pytest.mark.parametrize("after", ["x", "MTIz", "MS94fGkw"])
    def test_a_cursor_of_another_list_is_refused(self, app: App, after: str) -> None:
        assert app.error("/v25.0/1/items", after=after)["code"] == 100

    def test_more_than_a_hundred_are_refused(self, app: App) -> None:
        assert app.error("/v25.0/1/items", limit=101)["code"] == 100
        assert app.error("/v25.0/1/items", limit="x")["code"] == 100

    def test_too_heavy_a_question_is_code_1(self, app: App) -> None:
        app.api.heavy = 20
        assert app.get("/v25.0/1/items", limit=20).status_code == 200
        answer = app.get("/v25.0/1/items", limit=21)
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, 1)


class TestBatches:
    def test_bodies_are_texts_and_failed_parts_have_codes_of_their_own(self, app: App) -> None:
        found = app.batch("v25.0/1", "1/items?limit=1", "v25.0/2", include_headers="false")
        assert [part["code"] for part in found] == [200, 200, 400]
        assert json.loads(found[0]["body"]) == {"id": "1"}
        assert set(found[0]) == {"code", "body"}

    def test_headers_come_unless_they_are_declined(self, app: App) -> None:
        assert "headers" in app.batch("v25.0/1")[0]

    def test_unfinished_parts_are_null_once(self, app: App) -> None:
        app.api.unfinished = {0}
        assert app.batch("v25.0/1", "v25.0/1")[0] is None
        assert app.batch("v25.0/1", "v25.0/1")[0] is not None

    def test_no_more_than_fifty(self, app: App) -> None:
        assert app.batch(*["v25.0/1"] * 51)["error"]["code"] == 100
        assert app.batch(batch="{")["error"]["code"] == 100

    def test_each_part_counts_as_a_call(self, app: App) -> None:
        app.api.usage.limit("pages", 3)
        codes = [part["code"] for part in app.batch(*["v25.0/1"] * 4)]
        assert codes == [200, 200, 200, 400]


class TestBudgets:
    def test_nothing_is_told_at_first(self, app: App) -> None:
        assert not [name for name in app.get("/v25.0/1").headers if "usage" in name.lower()]

    def test_headers_are_json_texts_in_percent(self, app: App) -> None:
        app.api.usage.set("app", 28)
        app.api.usage.set("pages", 97, minutes=3)
        headers = app.get("/v25.0/1").headers
        assert json.loads(headers["x-app-usage"])["call_count"] == 28
        (entry,) = json.loads(headers["x-business-use-case-usage"])["1"]
        assert (entry["type"], entry["call_count"], entry["estimated_time_to_regain_access"]) == ("pages", 97, 3)

    @pytest.mark.parametrize(
        ("budget", "code"), [("pages", 80001), ("messenger", 80006), ("instagram", 80002), ("app", 4)]
    )
    def test_a_budget_that_is_used_up_refuses_with_its_code(self, app: App, budget: str, code: int) -> None:
        app.api.usage.set(budget, 100)
        assert app.error("/v25.0/1")["code"] == code
        app.api.usage.forget()
        assert app.get("/v25.0/1").status_code == 200

    def test_calls_are_counted_up_to_a_limit(self, app: App) -> None:
        app.api.usage.limit("pages", 2)
        assert [app.get("/v25.0/1").status_code for _ in range(3)] == [200, 200, 400]


class TestRefusals:
    @pytest.mark.parametrize(("name", "code"), [("expired", 190), ("gone", 100), ("abusive", 368), ("down", 2)])
    def test_a_refusal_comes_on_command_and_once(self, app: App, name: str, code: int) -> None:
        app.api.refuse(name)
        assert app.error("/v25.0/1")["code"] == code
        assert app.get("/v25.0/1").status_code == 200
