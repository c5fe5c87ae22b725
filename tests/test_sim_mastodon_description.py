"""The pretend Mastodon says nothing that the machine-readable description of API 4.7 does not know."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from mastodon_client import Client, Clock
from slamon.sim._mastodon import query
from slamon.sim.mastodon import PretendMastodon

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parents[2] / "shared/platforms/specs/mastodon-openapi-trimmed.json"
LISTS = {"/api/v1/notifications": query.NOTIFICATIONS, "/api/v1/accounts/{id}/statuses": query.STATUSES} | {
    "/api/v1/conversations": query.SPAN,
    "/api/v1/statuses": {"id[]"},
}


@pytest.fixture
def client() -> Iterator[Client]:
    with PretendMastodon(Clock(), team=["acmehelp"]) as mastodon:
        asking = Client(mastodon)
        yield asking
        asking.close()


@pytest.mark.skipif(not SPEC.exists(), reason="the API's machine-readable description is not beside this checkout")
class TestAgainstTheDescription:
    def test_every_answer_is_one_that_the_description_knows(self, client: Client) -> None:
        spec = closed(json.loads(SPEC.read_text(encoding="utf-8")))
        for path, schema, answer in tour(client.mastodon, client):
            assert strangers(spec, schema, answer) == [], path

    def test_the_check_itself_finds_what_is_odd(self, client: Client) -> None:
        spec = closed(json.loads(SPEC.read_text(encoding="utf-8")))
        me = client.json("/api/v1/accounts/verify_credentials")
        for change in ({"brand_new": 1}, {"followers_count": "8"}, {"created_at": "yesterday"}, {"role": None}):
            assert strangers(spec, {"$ref": "#/components/schemas/CredentialAccount"}, me | change)

    @pytest.mark.parametrize("path", LISTS)
    def test_no_parameter_is_taken_that_the_description_does_not_know(self, path: str) -> None:
        spec = json.loads(SPEC.read_text(encoding="utf-8"))
        known = {each["name"] for each in spec["paths"][path]["get"]["parameters"] if each["in"] == "query"}
        assert {name.removesuffix("[]") for name in LISTS[path]} <= known

    def test_no_type_of_notification_is_taken_that_the_description_does_not_know(self) -> None:
        spec = json.loads(SPEC.read_text(encoding="utf-8"))
        assert set(spec["components"]["schemas"]["NotificationTypeEnum"]["enum"]) >= query.TYPES

    def test_every_header_of_an_answer_is_known(self, client: Client) -> None:
        client.mastodon.customer_writes("ann", "@acme hello")
        spec = json.loads(SPEC.read_text(encoding="utf-8"))
        known = {name.lower() for name in spec["components"]["headers"]}
        sent = {name.lower() for name in client.get("/api/v1/notifications").headers}
        assert sent - known == {"date", "content-type", "content-length"}


def tour(mastodon: PretendMastodon, client: Client) -> Iterator[tuple[str, Any, Any]]:
    """Answers with everything in them: replies, quotes, boosts, edits, conversations, refusals."""
    own = mastodon.post("acme", "hello all, see https://shop.example/news")
    asked = mastodon.customer_writes("ann@other.example", "@acme no & why?", reply_to=own, spoiler="rant")
    mastodon.edit(asked, "@acme no, and why?")
    mastodon.quote("bob", own, "look")
    mastodon.quote("bob", mastodon.quote("cyd", own, "look"), "@acme look at that")
    gone = mastodon.post("acme", "oops")
    mastodon.quote("bob", gone, "@acme what was that?")
    mastodon.delete(gone)
    mastodon.boost("acme", asked)
    mastodon.brand_replies(mastodon.customer_writes("dora", "@acme psst", visibility="direct"), "yes?")
    mastodon.suspend("cyd")
    account, status = f"/api/v1/accounts/{mastodon.brand.id}", f"/api/v1/statuses/{asked}"
    for path, kind in (
        ("/api/v1/accounts/verify_credentials", "CredentialAccount"),
        (account, "Account"),
        (f"/api/v1/accounts/{mastodon.account('cyd').id}", "Account"),
        ("/api/v1/accounts/lookup?acct=acmehelp", "Account"),
        (status, "Status"),
        (f"{status}/context", "Context"),
        ("/api/v2/notifications/policy", "NotificationPolicy"),
    ):
        yield path, {"$ref": f"#/components/schemas/{kind}"}, client.json(path)
    for path, kind in (
        ("/api/v1/notifications", "Notification"),
        ("/api/v1/conversations", "Conversation"),
        (f"{account}/statuses", "Status"),
        (f"/api/v1/statuses?id[]={asked}&id[]={own}", "Status"),
        ("/api/v1/accounts/search?q=acme", "Account"),
    ):
        entries = client.json(path)
        assert entries
        yield path, {"type": "array", "items": {"$ref": f"#/components/schemas/{kind}"}}, entries
    for path in ("/api/v1/statuses/1", "/api/v1/notifications?limit=x"):
        yield path, {"$ref": "#/components/schemas/Error"}, client.get(path).json()
    for name in ("token", "scope", "rate", "unavailable", "application"):
        mastodon.refuse(name)
        yield name, {"$ref": "#/components/schemas/Error"}, client.get(status).json()


def closed(node: Any) -> Any:
    """The description with every object closed: a field that it does not name is an error."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    inner = {key: closed(value) for key, value in node.items()}
    return inner | ({"additionalProperties": False} if isinstance(node.get("properties"), dict) else {})


def strangers(spec: Any, schema: Any, answer: Any) -> list[str]:
    """Everything in `answer` that the description does not know."""
    formats = FormatChecker(formats=())
    formats.checks("date-time", ValueError)(lambda value: value is None or bool(datetime.fromisoformat(value)))
    formats.checks("uri")(lambda value: value is None or bool(re.fullmatch(r"https?://\S+", value)))
    validator = Draft202012Validator({**schema, "components": spec["components"]}, format_checker=formats)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(answer)]
