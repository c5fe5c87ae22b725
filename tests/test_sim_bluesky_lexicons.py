"""The pretend Bluesky says and takes nothing that the network's own lexicons do not know."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bluesky_client import Client
from slamon.model import HOUR
from slamon.sim._bluesky.query import BODIES, PARAMETERS, Flag, Many, Number
from slamon.sim.bluesky import PretendBluesky
from x_client import NOON, Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPEC = Path(__file__).parents[2] / "shared/platforms/specs/bluesky-lexicons"
NOT_THERE = {"app.bsky.notification.getPreferences"}
"""Its lexicon is not among those at hand; the preferences themselves are."""
FORMATS: dict[str, re.Pattern[str]] = {
    "did": re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]"),
    "handle": re.compile(r"([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"),
    "at-uri": re.compile(r"at://did:[a-z]+:[A-Za-z0-9._:%-]+(/[a-zA-Z0-9.-]+(/[A-Za-z0-9._:~-]+)?)?"),
    "cid": re.compile(r"b[a-z2-7]{58}"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "uri": re.compile(r"[a-z]+:\S+"),
    "language": re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*"),
}


@cache
def lexicon(name: str) -> dict[str, Any]:
    defs: dict[str, Any] = json.loads((SPEC / f"{name}.json").read_text())["defs"]
    return defs


def strangers(at: str, kind: dict[str, Any], value: Any, path: str) -> list[str]:
    """Everything in `value` that `kind`, of the lexicon `at`, does not know, as sentences."""
    checks: dict[str, Callable[[str, dict[str, Any], Any, str], list[str]]] = {
        "object": _object,
        "array": _array,
        "string": _string,
        "ref": _ref,
        "union": _union,
        "unknown": _unknown,
    }
    if kind["type"] in checks:
        return checks[kind["type"]](at, kind, value, path)
    wanted = {"integer": int, "boolean": bool}[kind["type"]]
    if type(value) is not wanted or value != kind.get("const", value):
        return [f"{path}: {value!r} is no {kind['type']} that is expected"]
    return []


def _object(at: str, kind: dict[str, Any], value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no object"]
    known = kind.get("properties", {})
    found = [f"{path}: {name} is missing" for name in kind.get("required", ()) if name not in value]
    for name, part in value.items():
        if name in known:
            found += strangers(at, known[name], part, f"{path}.{name}")
        elif name != "$type":
            found.append(f"{path}: {name} is unknown")
    return found


def _array(at: str, kind: dict[str, Any], value: Any, path: str) -> list[str]:
    if not isinstance(value, list) or len(value) > kind.get("maxLength", len(value)):
        return [f"{path}: no list, or too long a one"]
    return [each for item in value for each in strangers(at, kind["items"], item, path + "[]")]


def _string(_at: str, kind: dict[str, Any], value: Any, path: str) -> list[str]:
    if not isinstance(value, str) or len(value.encode()) > kind.get("maxLength", 1 << 20):
        return [f"{path}: {value!r} is no text, or too long"]
    shape = FORMATS.get(kind.get("format", ""))
    good = (not shape or shape.fullmatch(value)) and value in kind.get("knownValues", [value])
    return [] if good else [f"{path}: {value!r} is not a {kind.get('format')}, or none of {kind.get('knownValues')}"]


def _ref(at: str, kind: dict[str, Any], value: Any, path: str) -> list[str]:
    home, target = _resolved(at, kind["ref"])
    return strangers(home, target, value, path)


def _union(at: str, kind: dict[str, Any], value: Any, path: str) -> list[str]:
    named = {_full(at, ref): ref for ref in kind["refs"]}
    told = value.get("$type") if isinstance(value, dict) else None
    if told not in named:
        return [f"{path}: {told!r} is none of {sorted(named)}"]
    return _ref(at, {"ref": named[told]}, value, path)


def _unknown(_at: str, _kind: dict[str, Any], value: Any, path: str) -> list[str]:
    """What may be anything; a post in it is held to the lexicon of posts."""
    if isinstance(value, dict) and value.get("$type") == "app.bsky.feed.post":
        embed = {**value, "embed": None}
        if "embed" in value:  # the lexicons of embeds are not at hand
            assert set(value["embed"]) == {"$type", "record"}
            del embed["embed"]
        return strangers("app.bsky.feed.post", lexicon("app.bsky.feed.post")["main"]["record"], _but(embed), path)
    return [] if isinstance(value, dict) else [f"{path}: no record"]


def _but(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}


def _full(at: str, ref: str) -> str:
    return ref if not ref.startswith("#") else at + ref


def _resolved(at: str, ref: str) -> tuple[str, dict[str, Any]]:
    name, _, part = _full(at, ref).partition("#")
    return name, lexicon(name)[part or "main"]


@pytest.fixture
def client() -> Iterator[Client]:
    with PretendBluesky(Clock(), team=["acmehelp"]) as bluesky:
        asking = Client(bluesky)
        yield asking
        asking.session.close()


def tour(bluesky: PretendBluesky, client: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """Answers of every method with everything in them."""
    yield "com.atproto.server.createSession", client.sign_in().json()
    yield "com.atproto.server.refreshSession", client.refresh(client.tokens["refreshJwt"]).json()
    client.sign_in()
    bluesky.account("bob", verified=True, bot=True)
    news = bluesky.post("acme", "we are open", at=NOON - HOUR)
    reply = bluesky.customer_posts("ann", "é no @acme", reply_to=news)
    quote, gone = bluesky.quote("bob", news, "hm"), bluesky.customer_posts("cyd", "@acme bye", reply_to=news)
    bluesky.hide(bluesky.customer_posts("dan", "thieves", reply_to=news))
    bluesky.brand_replies(reply, "yes", by="acmehelp")
    bluesky.repost("acme", reply)
    bluesky.like("ann", news)
    bluesky.delete(gone)
    blocked = bluesky.post("eve", "@acme x", reply_to=news)
    bluesky.block("eve", "acme")
    hello = bluesky.customer_messages("ann", "hello @acme", at=NOON - 1)
    bluesky.brand_messages(hello, "hi", answers=True)
    bluesky.dialogues.delete(bluesky.customer_messages("ann", "oops"))
    bluesky.customer_messages("bob", "psst")
    bluesky.group_messages("ann", ["bob"], "all")
    bluesky.dialogues.read(hello.partition("/")[0])
    uris = [news, reply, quote, gone, blocked]
    asked: dict[str, dict[str, Any]] = {
        "com.atproto.server.getSession": {},
        "com.atproto.identity.resolveHandle": {"handle": "acme.bsky.social"},
        "com.atproto.repo.listRecords": {"repo": bluesky.brand, "collection": "app.bsky.feed.post"},
        "com.atproto.repo.getRecord": {
            "repo": bluesky.brand, "collection": "app.bsky.feed.threadgate", "rkey": news.rsplit("/", 1)[1],
        },
        "app.bsky.actor.getProfiles": {"actors": ["acme.bsky.social", "bob.bsky.social"]},
        "app.bsky.notification.listNotifications": {"limit": 2},
        "app.bsky.notification.getPreferences": {},
        "app.bsky.feed.getPosts": {"uris": uris},
        "app.bsky.feed.getAuthorFeed": {"actor": bluesky.brand, "limit": 1},
        "app.bsky.feed.getPostThread": {"uri": news},
        "chat.bsky.convo.getLog": {"cursor": "2"},
        "chat.bsky.convo.listConvos": {"limit": 1},
        "chat.bsky.convo.listConvoRequests": {},
        "chat.bsky.convo.getConvo": {"convoId": hello.partition("/")[0]},
        "chat.bsky.convo.getMessages": {"convoId": hello.partition("/")[0]},
    }  # fmt: skip
    for method, params in asked.items():
        yield method, client.ok(method, **params)
    bluesky.account("acme", active=False)
    yield "com.atproto.server.getSession", client.ok("com.atproto.server.getSession")


def parameters(method: str) -> dict[str, Any]:
    found: dict[str, Any] = lexicon(method)["main"].get("parameters", {})
    return found


@pytest.mark.skipif(not SPEC.exists(), reason="the API's machine-readable description is not beside this checkout")
class TestAgainstTheLexicons:
    def test_every_answer_is_one_that_its_lexicon_knows(self, client: Client) -> None:
        met = set()
        for method, answer in tour(client.bluesky, client):
            met.add(method)
            if method in NOT_THERE:
                assert _ref(method, {"ref": "app.bsky.notification.defs#preferences"}, answer["preferences"], "") == []
                continue
            assert strangers(method, lexicon(method)["main"]["output"]["schema"], answer, method) == []
        assert met >= set(PARAMETERS) | set(BODIES)

    def test_the_tour_shows_what_may_be_shown(self, client: Client) -> None:
        text = json.dumps(dict(tour(client.bluesky, client)))
        shown = {"blockedPost", "threadViewPost", "reasonRepost", "deletedMessageView", "groupConvo", "logReadConvo"}
        shown |= {"replyTo", "threadgate", "hiddenReplies", "verification", "relatedProfiles", "reasonSubject"}
        assert {each for each in shown if each not in text} == set()

    @pytest.mark.parametrize("method", sorted(set(PARAMETERS) - NOT_THERE))
    def test_each_parameter_is_taken_as_its_lexicon_has_it(self, method: str) -> None:
        described = parameters(method)
        properties = described.get("properties", {})
        assert set(PARAMETERS[method]) == set(properties)
        assert {name for name, kind in PARAMETERS[method].items() if kind.required} == set(
            described.get("required", ())
        )
        for name, kind in PARAMETERS[method].items():
            told = properties[name]
            match kind:
                case Number():
                    bounds = (told["minimum"], told["maximum"], told["default"])
                    assert (kind.least, kind.most, kind.default) == bounds
                case Many():
                    assert (told["type"], kind.most) == ("array", told.get("maxLength"))
                case Flag():
                    assert told["type"] == "boolean"
                case _:
                    assert told["type"] == "string"

    @pytest.mark.parametrize("method", sorted(BODIES))
    def test_each_body_is_taken_as_its_lexicon_has_it(self, method: str) -> None:
        schema = lexicon(method)["main"]["input"]["schema"]
        required, optional = BODIES[method]
        assert (set(required), set(required | optional)) == (set(schema["required"]), set(schema["properties"]))

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ({"mood": "odd"}, "mood is unknown"),
            ({"indexedAt": "yesterday"}, "datetime"),
            ({"cid": "abc"}, "cid"),
            ({"isRead": "no"}, "no boolean"),
            ({"record": {"$type": "app.bsky.feed.post", "text": 5, "createdAt": "2026-01-01T00:00:00Z"}}, "no text"),
            ({"author": {"did": "did:plc:a"}}, "handle is missing"),
        ],
        ids=str,
    )
    def test_the_checker_finds_what_is_wrong(self, client: Client, change: dict[str, Any], found: str) -> None:
        client.sign_in()
        client.bluesky.customer_posts("ann", "@acme hi")
        method = "app.bsky.notification.listNotifications"
        answer = client.ok(method)
        schema = lexicon(method)["main"]["output"]["schema"]
        assert strangers(method, schema, answer, "") == []
        answer["notifications"][0].update(change)
        (complaint,) = strangers(method, schema, answer, "")
        assert found in complaint
