"""Where the last complete poll ended: of each list of posts, of the log of direct messages, of the team's replies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from slamon.connectors._bluesky.ids import DID, post_uri
from slamon.model import MAX_INSTANT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant

MENTIONS = "mentions"
_TAIL = 8
"""Characters at the end of a version's name: enough to tell two versions of one post apart."""


class Known(NamedTuple):
    """What is remembered of a post: when it counts as written, and its version."""

    at: Instant
    version: str


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list was read: all that stood in it at `until`, by Bluesky's clock; `known` are its newest posts."""

    until: Instant
    known: Mapping[str, Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Log:
    """How far the log of direct messages was read: through the event `rev`, at the instant `until`."""

    rev: str
    until: Instant


@dataclass(frozen=True, slots=True)
class Cursor:
    """Places by list: `mentions`, and the id of each account whose own posts are read."""

    places: Mapping[str, Place] = field(default_factory=dict)
    log: Log | None = None
    answered: Mapping[str, int] = field(default_factory=dict)
    """Posts of the team, and how many replies stood under each."""

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The cursor that `text` holds; what cannot be read there is left out, and read again from the lookback."""
        try:
            found = json.loads(text or "{}")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(found, dict):
            return cls()
        places = {key: place for key, value in _items(found.get("places")) if (place := _place(value))}
        answered = {uri: n for key, n in _items(found.get("answered")) if (uri := _long(key)) and type(n) is int}
        return cls(places, _log(found.get("log")), answered)

    def text(self) -> str:
        """What the store keeps."""
        shown: dict[str, Any] = {"places": {key: _shown(place) for key, place in self.places.items()}}
        if self.log:
            shown["log"] = [self.log.rev, self.log.until]
        if self.answered:
            shown["answered"] = {_short(uri): number for uri, number in self.answered.items()}
        return json.dumps(shown, separators=(",", ":"))


def version(cid: Any) -> str:  # noqa: ANN401 - any JSON
    """The version of a post by its content's name."""
    return cid[-_TAIL:] if isinstance(cid, str) else ""


def _shown(place: Place) -> list[Any]:
    return [place.until, {_short(uri): list(known) for uri, known in place.known.items()}]


def _place(value: Any) -> Place | None:  # noqa: ANN401 - any JSON
    match value:
        case [int(until), dict(known)] if 0 <= until <= MAX_INSTANT:
            read = ((_long(key), _known(entry)) for key, entry in known.items())
            return Place(until, {uri: entry for uri, entry in read if uri and entry})
    return None


def _known(value: Any) -> Known | None:  # noqa: ANN401 - any JSON
    match value:
        case [int(at), str(tail)] if 0 <= at <= MAX_INSTANT:
            return Known(at, tail)
    return None


def _log(value: Any) -> Log | None:  # noqa: ANN401 - any JSON
    match value:
        case [str(rev), int(until)] if rev and 0 <= until <= MAX_INSTANT:
            return Log(rev, until)
    return None


def _short(uri: str) -> str:
    _, _, author, _, key = uri.split("/", 4)
    return f"{author}/{key}"


def _long(short: str) -> str | None:
    author, _, key = short.partition("/")
    return post_uri(author, key) if DID.fullmatch(author) and key else None


def _items(value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    return list(value.items()) if isinstance(value, dict) else []
