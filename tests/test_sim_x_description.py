"""The pretend X says nothing that the machine-readable description of API v2 does not know."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from slamon.sim._x_shape import EXPANSIONS, POST_FIELDS, USER_FIELDS
from slamon.sim.x import PretendX
from x_client import EVERYTHING, Client, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parents[2] / "shared/platforms/specs/x-api-v2-openapi-2.159-subset.json"


@pytest.fixture
def client() -> Iterator[Client]:
    with PretendX(Clock()) as x:
        asking = Client(x)
        yield asking
        asking.session.close()


@pytest.mark.skipif(not SPEC.exists(), reason="the API's machine-readable description is not beside this checkout")
class TestAgainstTheDescription:
    def test_every_answer_is_one_that_the_description_knows(self, client: Client) -> None:
        spec = json.loads(SPEC.read_text())
        for path, shape, answer in _tour(client.x, client):
            assert _strangers(spec, spec["components"]["schemas"][shape], answer, path) == []

    def test_no_parameter_is_taken_that_the_description_does_not_know(self, client: Client) -> None:
        spec = json.loads(SPEC.read_text())
        for path in ("/2/users/{id}/mentions", "/2/users/{id}/tweets", "/2/tweets", "/2/users/by"):
            answer = client.session.get(client.x.url + path.replace("{id}", "900"), params={"q": "1"}, timeout=5)
            taken = re.findall(r"is not one of \[(.+)\]", answer.json()["errors"][0]["message"])[0].split(",")
            known = {_resolved(spec, item)["name"] for item in spec["paths"][path]["get"]["parameters"]}
            assert set(taken) - known == {"post.fields"}, "the newer spelling is of a later version"

    def test_no_field_or_expansion_is_taken_that_the_description_does_not_know(self) -> None:
        parameters = json.loads(SPEC.read_text())["components"]["parameters"]
        for name, taken in (("TweetFields", POST_FIELDS), ("UserFields", USER_FIELDS), ("TweetExpansions", EXPANSIONS)):
            assert taken <= set(parameters[f"{name}Parameter"]["schema"]["items"]["enum"])


def _tour(x: PretendX, client: Client) -> Iterator[tuple[str, str, Any]]:
    """Answers with everything in them: references, errors, notes, refusals."""
    own = x.post("acme", "hello all, @ann too")
    asked = x.customer_posts("ann", "no & " + "why " * 100, reply_to=own)
    x.quote("bob", own, "look")
    x.retweet("bob", x.edit(x.customer_posts("cyd", "@acme hi"), "@acme ho"))
    gone = x.customer_posts("shy", "@acme psst")
    x.brand_replies(gone, "what?")
    x.brand_replies(asked, "because")
    x.delete(gone)
    x.customer_posts("pat", "@acme x", reply_to=x.post("mum", "@acme y"))
    x.protect("mum")
    mentions, tweets = f"/2/users/{x.brand.id}/mentions", f"/2/users/{x.brand.id}/tweets"
    yield "mentions", "Get2UsersIdMentionsResponse", client.get(mentions, **EVERYTHING).json()
    yield "mentions", "Get2UsersIdMentionsResponse", client.get(mentions, max_results=5).json()
    yield "tweets", "Get2UsersIdTweetsResponse", client.get(tweets, **EVERYTHING).json()
    yield "tweets", "Get2UsersIdTweetsResponse", client.get("/2/users/1/tweets").json()
    yield "lookup", "Get2TweetsResponse", client.get("/2/tweets", ids=f"{asked},{gone},{own}", **EVERYTHING).json()
    yield "by", "Get2UsersByResponse", client.get("/2/users/by", usernames="acme,nobody").json()
    yield "one", "Get2UsersByUsernameUsernameResponse", client.get("/2/users/by/username/acme").json()
    yield "bad", "InvalidRequestProblem", client.get(mentions, max_results=4).json()
    yield "me", "UnsupportedAuthenticationProblem", client.get("/2/users/me").json()
    for name, shape in (("not-enrolled", "ClientForbiddenProblem"), ("cap", "UsageCapExceededProblem")):
        x.refuse(name)
        yield name, shape, client.get(mentions).json()


def _resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        node: Any = spec
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        schema = node
    return schema


def _flat(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its references followed and the parts of `allOf` made one."""
    schema = _resolved(spec, schema)
    whole = {name: value for name, value in schema.items() if name != "allOf"}
    for part in schema.get("allOf", []):
        flat = _flat(spec, part)
        properties = {**whole.get("properties", {}), **flat.get("properties", {})}
        required = [*whole.get("required", []), *flat.get("required", [])]
        whole = {**flat, **whole, "properties": properties, "required": required}
    kinds = schema.get("discriminator", {}).get("mapping", {})
    return {**whole, "kinds": kinds} if kinds else whole


def _strangers(spec: dict[str, Any], schema: dict[str, Any], value: Any, path: str) -> list[str]:
    """Everything in `value` that the description does not know, as sentences."""
    flat = _flat(spec, schema)
    if isinstance(value, dict):
        return _object_strangers(spec, _of_its_kind(spec, flat, value), value, path)
    if isinstance(value, list):
        if flat.get("type") != "array" or len(value) < flat.get("minItems", 0):
            return [f"{path}: a list of {len(value)} is not expected"]
        return [found for item in value for found in _strangers(spec, flat["items"], item, path + "[]")]
    types = {"string": str, "integer": int, "boolean": bool, "number": float}
    if type(value) is not types.get(flat.get("type", "")):
        return [f"{path}: {value!r} is not of type {flat.get('type')}"]
    if value not in flat.get("enum", [value]) or not re.fullmatch(flat.get("pattern", ".*"), str(value), re.DOTALL):
        return [f"{path}: {value!r} is none of {flat.get('enum')} or does not match {flat.get('pattern')}"]
    return []


def _of_its_kind(spec: dict[str, Any], flat: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """The schema of the very problem that `value` says it is."""
    kind = flat.get("kinds", {}).get(value.get("type"))
    return _flat(spec, {"$ref": kind}) if kind else flat


def _object_strangers(spec: dict[str, Any], flat: dict[str, Any], value: dict[str, Any], path: str) -> list[str]:
    known, more = flat.get("properties", {}), flat.get("additionalProperties")
    missing = [f"{path}: {name} is missing" for name in flat.get("required", []) if name not in value]
    found = []
    for name, item in value.items():
        if name in known or isinstance(more, dict):
            found += _strangers(spec, known.get(name, more), item, f"{path}.{name}")
        else:
            found.append(f"{path}: {name} is unknown")
    return missing + found
