"""The pretend YouTube says nothing that Google's discovery document of the Data API v3 does not know."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from slamon.sim._youtube import query
from slamon.sim._youtube.network import STATUSES
from slamon.sim.youtube import PretendYouTube
from test_sim_youtube import NOON, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parents[2] / "shared/platforms/specs/youtube-data-v3-discovery-20261104-subset.json"


@pytest.fixture
def client() -> Iterator[Client]:
    with PretendYouTube(lambda: NOON) as pretend:
        asking = Client(pretend, [NOON])
        yield asking
        asking.session.close()


@pytest.mark.skipif(not SPEC.exists(), reason="the API's machine-readable description is not beside this checkout")
class TestAgainstTheDescription:
    def test_every_answer_is_one_that_the_description_knows(self, client: Client) -> None:
        spec = json.loads(SPEC.read_text())
        for name, answer in _tour(client.youtube, client):
            assert _strangers(spec["schemas"], {"$ref": name}, answer, name) == []

    @pytest.mark.parametrize(
        ("resource", "taken"),
        [("commentThreads", query.THREADS), ("comments", query.COMMENTS), ("channels", query.CHANNELS)],
    )
    def test_no_parameter_is_taken_that_the_description_does_not_know(
        self, resource: str, taken: frozenset[str]
    ) -> None:
        spec = json.loads(SPEC.read_text())
        method = spec["resources"][resource]["methods"]["list"]
        assert taken <= set(method["parameters"])
        assert query.EVERYWHERE - {"part"} <= set(spec["parameters"])

    def test_limits_and_choices_are_those_of_the_description(self) -> None:
        spec = json.loads(SPEC.read_text())
        known = spec["resources"]["commentThreads"]["methods"]["list"]["parameters"]
        assert (known["maxResults"]["maximum"], known["maxResults"]["default"]) == ("100", "20")
        assert set(STATUSES) == set(known["moderationStatus"]["enum"])
        assert {"html", "plainText"} < set(known["textFormat"]["enum"])

    def test_the_paths_and_scopes_are_those_of_the_description(self, client: Client) -> None:
        spec = json.loads(SPEC.read_text())
        for resource in ("commentThreads", "comments", "channels"):
            method = spec["resources"][resource]["methods"]["list"]
            assert client.session.get(f"{client.youtube.url}/{method['path']}", timeout=5).status_code == 400
            assert "https://www.googleapis.com/auth/youtube.force-ssl" in method["scopes"]


def _tour(youtube: PretendYouTube, client: Client) -> Iterator[tuple[str, Any]]:
    """Answers with everything in them."""
    top = youtube.customer_comments("ann", "hello?", at=NOON - 9)
    for number in range(7):
        youtube.brand_replies(top, f"{number}", at=NOON - number)
    youtube.comment("spam", "pills", status="likelySpam")
    gone = youtube.customer_comments("bob", "bye")
    youtube.close_account("bob")
    yield "CommentThreadListResponse", client.threads(maxResults=1)
    yield (
        "CommentThreadListResponse",
        client.get("commentThreads", part="id,snippet,replies", id=f"{top},{gone}").json(),
    )
    yield "CommentListResponse", client.get("comments", part="snippet", parentId=top, maxResults=2).json()
    yield "CommentListResponse", client.get("comments", part="id,snippet", id=gone).json()
    yield "ChannelListResponse", client.get("channels", part="id,snippet,statistics", forHandle="acme").json()
    yield "ChannelListResponse", client.get("channels", part="id", forHandle="nobody").json()
    client.sign_in()
    yield "CommentThreadListResponse", client.threads(moderationStatus="likelySpam", textFormat="plainText")


def _strangers(schemas: dict[str, Any], schema: dict[str, Any], value: Any, path: str) -> list[str]:
    """Everything in `value` that the description does not know, as sentences."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema.get("type")
    if kind == "object" and isinstance(value, dict):
        known = schema.get("properties", {})
        unknown = [f"{path}: {name} is unknown" for name in value if name not in known]
        inner = [
            _strangers(schemas, known[name], item, f"{path}.{name}") for name, item in value.items() if name in known
        ]
        return unknown + [each for found in inner for each in found]
    if kind == "array" and isinstance(value, list):
        return [each for item in value for each in _strangers(schemas, schema["items"], item, f"{path}[]")]
    return [f"{path}: {value!r} {fault}"] if (fault := _odd(schema, value)) else []


def _odd(schema: dict[str, Any], value: Any) -> str:
    """What is wrong with a plain value; nothing, mostly."""
    kind = schema.get("type")
    if type(value) is not {"string": str, "integer": int, "boolean": bool, "number": float}.get(str(kind)):
        return f"is not of type {kind}"
    if value not in schema.get("enum", [value]):
        return f"is none of {schema['enum']}"
    if schema.get("format") == "date-time" and datetime.fromisoformat(str(value)).tzinfo is None:
        return "is no time"
    return "is no number in quotes" if schema.get("format") == "uint64" and not str(value).isdigit() else ""
