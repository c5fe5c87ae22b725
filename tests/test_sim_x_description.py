"""The pretend X says nothing that the machine-readable descriptions of API v2 do not know: 2.159, and 2.167 in its
newer spelling.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from slamon.connectors._x.wording import EVENTS as DMS
from slamon.connectors._x.wording import POSTS as LISTS
from slamon.connectors._x.wording import Wording
from slamon.sim._x.dm_shape import EVENT_EXPANSIONS, EVENT_FIELDS
from slamon.sim._x.shape import EXPANSIONS, POST_FIELDS, USER_FIELDS
from slamon.sim.x import PretendX
from x_client import EVERYTHING, NOON, Client, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECS = Path(__file__).parents[2] / "shared/platforms/specs"
OLDER, NEWER = (SPECS / f"x-api-v2-openapi-{version}-subset.json" for version in ("2.159", "2.167"))
NEWER_EVERYTHING = {
    "post.fields": "created_at,conversation_id,public_metrics,lang,entities,note_post,display_text_range",
    "expansions": "author_id,referenced_posts,in_reply_to_user_id,edit_history_post_ids",
    "user.fields": "username,name,verified,verified_type,public_metrics,protected,created_at",
}
"""In the newer spelling, in which many fields come by an expansion only."""
EVENTS = {
    "dm_event.fields": "id,event_type,text,created_at,dm_conversation_id,sender_id,participant_ids,entities,"
    "referenced_tweets",
    "expansions": "sender_id,participant_ids,referenced_tweets.id",
    "user.fields": "username,name,verified,public_metrics",
    "tweet.fields": "created_at,author_id",
}
NEWER_EVENTS = {
    "dm_event.fields": "id,event_type,text,created_at,dm_conversation_id,entities",
    "expansions": "sender_id,participant_ids,referenced_posts",
    "user.fields": "username,name,verified,public_metrics",
    "post.fields": "created_at",
}
READ = (
    "/2/users/{id}/mentions",
    "/2/users/{id}/tweets",
    "/2/tweets",
    "/2/tweets/search/recent",
    "/2/users/by",
    "/2/users/by/username/{username}",
    "/2/users/me",
    "/2/dm_events",
    "/2/dm_conversations/with/{participant_id}/dm_events",
    "/2/dm_conversations/{id}/dm_events",
)
pytestmark = pytest.mark.skipif(
    not (OLDER.exists() and NEWER.exists()), reason="the API's machine-readable description is not beside this checkout"
)
both = pytest.mark.parametrize("version", [OLDER, NEWER], ids=["2.159", "2.167"])


@pytest.fixture
def client() -> Iterator[Client]:
    with PretendX(Clock()) as x:
        asking = Client(x, x.user_token)
        yield asking
        asking.session.close()


@both
def test_every_answer_is_one_that_the_description_knows(client: Client, version: Path) -> None:
    spec = json.loads(version.read_text())
    newer = version == NEWER
    seen = set()
    for path, document in _tour(client.x, client, newer=newer):
        answer = spec["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert _strangers(spec, answer, document, path) == []
        seen.add(path)
    assert seen == set(READ)


def test_every_refusal_is_one_that_the_description_knows(client: Client) -> None:
    spec = json.loads(OLDER.read_text())
    for shape, document in _refusals(client.x, client):
        assert _strangers(spec, spec["components"]["schemas"][shape], document, shape) == []


@both
def test_no_parameter_is_taken_that_the_description_does_not_know(client: Client, version: Path) -> None:
    spec = json.loads(version.read_text())
    for path in READ:
        answer = client.session.get(client.x.url + _filled(client.x, path), params={"q": "1"}, timeout=5)
        taken = re.findall(r"is not one of \[(.+)\]", answer.json()["errors"][0]["message"])[0].split(",")
        known = {_resolved(spec, item)["name"] for item in spec["paths"][path]["get"]["parameters"]}
        spelling = {"tweet.fields" if version == NEWER else "post.fields"}
        assert set(taken) - known == spelling, f"{path}: the other spelling is of the other version"


def test_no_field_or_expansion_is_taken_that_the_description_does_not_know() -> None:
    parameters = json.loads(OLDER.read_text())["components"]["parameters"]
    taken = {
        "TweetFields": POST_FIELDS,
        "UserFields": USER_FIELDS,
        "TweetExpansions": EXPANSIONS,
        "DmEventFields": EVENT_FIELDS,
        "DmEventExpansions": EVENT_EXPANSIONS,
    }
    for name, fields in taken.items():
        assert fields <= set(parameters[f"{name}Parameter"]["schema"]["items"]["enum"]), name


def test_what_slamon_asks_for_is_known_to_the_description() -> None:
    spec = json.loads(OLDER.read_text())
    for path, address in (("/2/users/{id}/mentions", LISTS), ("/2/tweets/search/recent", LISTS), ("/2/dm_events", DMS)):
        known = {each["name"]: each for each in (_resolved(spec, p) for p in spec["paths"][path]["get"]["parameters"])}
        for name, value in parse_qsl(Wording(address).text):
            enum = _resolved(spec, known[name]["schema"]["items"])["enum"]
            assert set(value.split(",")) <= set(enum), f"{path}: {name}"


def _filled(x: PretendX, path: str) -> str:
    """The path with something in each of its places."""
    ann = x.user("ann").id
    names = {"participant_id": ann, "username": "acme", "id": f"{x.brand.id}-{ann}" if "dm_" in path else x.brand.id}
    return path.format(**names)


def _tour(x: PretendX, client: Client, *, newer: bool) -> Iterator[tuple[str, Any]]:
    """Answers with everything in them, in one of the spellings: references, errors, notes, people, messages."""
    lists, events = (NEWER_EVERYTHING, NEWER_EVENTS) if newer else (_plain(EVERYTHING), EVENTS)
    users = {"user.fields": lists["user.fields"]} | ({"post.fields": "id"} if newer else {})
    asked, gone, own = _people_talk(x)
    for path in READ:
        more: dict[str, str] = (
            events if "dm_" in path else users if "users/by" in path or path.endswith("/me") else lists
        )
        own_parts = {
            "/2/tweets": {"ids": f"{asked},{gone},{own}"},
            "/2/tweets/search/recent": {"query": "why OR x OR hello"},
            "/2/users/by": {"usernames": "acme,nobody"},
        }.get(path, {})
        answer = client.session.get(client.x.url + _filled(x, path), params={**more, **own_parts}, timeout=5)
        assert answer.status_code == 200, answer.text
        yield path, answer.json()


def _people_talk(x: PretendX) -> tuple[str, str, str]:
    at = NOON - 60_000
    own = x.post("acme", "hello all, @ann too", at=at)
    asked = x.post("ann", "no & " + "why " * 100, reply_to=own, at=at)
    x.quote("bob", own, "look", at=at)
    x.retweet("bob", x.edit(x.post("cyd", "@acme hi", at=at), "@acme ho", at=at), at=at)
    gone = x.post("shy", "@acme psst", at=at)
    x.brand_replies(gone, "what?", at=at)
    x.brand_replies(asked, "because", at=at)
    x.delete(gone)
    x.post("pat", "@acme x", reply_to=x.post("mum", "@acme y", at=at), at=at)
    x.protect("mum")
    x.message("ann", "acme", "@bob & this?", shares=own, at=at)
    x.brand_messages("ann", "on it", at=at)
    x.leave("bob", x.group("ann", "acme", "bob", at=at), at=at)
    return asked, gone, own


def _refusals(x: PretendX, client: Client) -> Iterator[tuple[str, Any]]:
    mentions = f"/2/users/{x.brand.id}/mentions"
    yield "InvalidRequestProblem", client.get(mentions, max_results=4).json()
    yield "InvalidRequestProblem", client.get("/2/tweets/search/recent", query="has:links").json()
    yield "Get2UsersIdTweetsResponse", client.get("/2/users/1/tweets").json()
    for name, shape in (
        ("not-enrolled", "ClientForbiddenProblem"),
        ("cap", "UsageCapExceededProblem"),
        ("no-scope", "GenericProblem"),
    ):
        x.refuse(name)
        yield shape, client.get(mentions).json()
    client.session.headers["authorization"] = f"Bearer {x.token}"
    yield "UnsupportedAuthenticationProblem", client.get("/2/dm_events").json()


def _plain(query: dict[str, str]) -> dict[str, str]:
    return {name.replace("__", "."): value for name, value in query.items()}


def _resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        node: Any = spec
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        schema = node
    return schema


def _flat(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its references followed, the parts of `allOf` made one, and an only choice taken."""
    schema = _resolved(spec, schema)
    if len(schema.get("oneOf", ())) == 1:
        schema = _resolved(spec, schema["oneOf"][0])
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
