"""What may be asked of the pretend Bluesky: the parameters of each method, checked in the words of the real one.

One thing is stricter here: the real server ignores a parameter that it does not know; the pretend one refuses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from slamon.sim._bluesky.access import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.sim.server import Request

ADDRESS = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/([a-zA-Z][A-Za-z0-9.-]*)/([A-Za-z0-9._:~-]+)")
WHO = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]+|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
NSID = re.compile(r"[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+){2,}")


@dataclass(frozen=True, slots=True)
class Text:
    """A parameter that is a text."""

    required: bool = False
    shape: re.Pattern[str] | None = None

    def read(self, name: str, values: list[str]) -> str:
        """The value."""
        value = values[-1]
        if self.shape and not self.shape.fullmatch(value):
            raise invalid(f"Error: {name} must be a valid value")
        return value


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number within bounds."""

    least: int
    most: int
    default: int
    required: bool = False

    def read(self, name: str, values: list[str]) -> int:
        """The value."""
        if not re.fullmatch(r"-?\d+", values[-1]):
            raise invalid(f"Error: {name} must be an integer")
        number = int(values[-1])
        if number > self.most:
            raise invalid(f"Error: {name} can not be greater than {self.most}")
        if number < self.least:
            raise invalid(f"Error: {name} can not be less than {self.least}")
        return number


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    required: bool = False

    def read(self, name: str, values: list[str]) -> bool:
        """The value."""
        if values[-1] not in {"true", "false"}:
            raise invalid(f"Error: {name} must be a boolean")
        return values[-1] == "true"


@dataclass(frozen=True, slots=True)
class Many:
    """A list: its key is repeated."""

    most: int | None = None
    shape: re.Pattern[str] | None = None
    required: bool = False

    def read(self, name: str, values: list[str]) -> list[str]:
        """The values."""
        if self.most is not None and len(values) > self.most:
            raise invalid(f"Error: {name} must not have more than {self.most} elements")
        if self.shape and not all(map(self.shape.fullmatch, values)):
            raise invalid(f"Error: {name} must hold valid values")
        return values


PAGE: Mapping[str, Text | Number | Flag | Many] = {"limit": Number(1, 100, 50), "cursor": Text()}
PARAMETERS: Mapping[str, Mapping[str, Text | Number | Flag | Many]] = {
    "com.atproto.server.getSession": {},
    "com.atproto.identity.resolveHandle": {"handle": Text(required=True)},
    "com.atproto.repo.listRecords": {
        "repo": Text(required=True, shape=WHO),
        "collection": Text(required=True, shape=NSID),
        "reverse": Flag(),
        **PAGE,
    },
    "com.atproto.repo.getRecord": {
        "repo": Text(required=True, shape=WHO),
        "collection": Text(required=True, shape=NSID),
        "rkey": Text(required=True),
        "cid": Text(),
    },
    "app.bsky.actor.getProfiles": {"actors": Many(25, WHO, required=True)},
    "app.bsky.notification.listNotifications": {"reasons": Many(), "priority": Flag(), "seenAt": Text(), **PAGE},
    "app.bsky.notification.getPreferences": {},
    "app.bsky.feed.getPosts": {"uris": Many(25, ADDRESS, required=True)},
    "app.bsky.feed.getAuthorFeed": {
        "actor": Text(required=True, shape=WHO),
        "filter": Text(),
        "includePins": Flag(),
        **PAGE,
    },
    "app.bsky.feed.getPostThread": {
        "uri": Text(required=True, shape=ADDRESS),
        "depth": Number(0, 1000, 6),
        "parentHeight": Number(0, 1000, 80),
    },
    "chat.bsky.convo.getLog": {"cursor": Text()},
    "chat.bsky.convo.listConvos": {
        "readState": Text(),
        "status": Text(),
        "kind": Text(),
        "lockStatus": Text(),
        **PAGE,
    },
    "chat.bsky.convo.listConvoRequests": PAGE,
    "chat.bsky.convo.getConvo": {"convoId": Text(required=True)},
    "chat.bsky.convo.getMessages": {"convoId": Text(required=True), **PAGE},
}
BODIES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "com.atproto.server.createSession": (
        frozenset({"identifier", "password"}),
        frozenset({"authFactorToken", "allowTakendown"}),
    ),
}
"""Required and optional fields of each procedure that takes a body."""


def parameters(method: str, request: Request) -> dict[str, Any]:
    """The checked parameters of a query; those that were not given and have a default, with it."""
    known = PARAMETERS[method]
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.raw_query, keep_blank_values=True):
        if name not in known:
            raise invalid(f"Error: Params have an unknown property {name!r}")
        given.setdefault(name, []).append(value)
    for name, kind in known.items():
        if kind.required and name not in given:
            raise invalid(f'Error: Params must have the property "{name}"')
    defaults = {name: kind.default for name, kind in known.items() if isinstance(kind, Number)}
    return defaults | {name: known[name].read(name, values) for name, values in given.items()}


def body(method: str, request: Request) -> dict[str, Any]:
    """The checked body of a procedure."""
    if method not in BODIES:
        if request.body:
            raise invalid("A request body was provided when none was expected")
        return {}
    required, optional = BODIES[method]
    try:
        document = request.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise invalid("A request body is expected but none was provided")
    for name in required - document.keys():
        raise invalid(f'Input must have the property "{name}"')
    for name in document.keys() - required - optional:
        raise invalid(f"Input has an unknown property {name!r}")
    if not all(isinstance(document[name], str) for name in required):
        raise invalid("Input/identifier must be a string")
    return document
