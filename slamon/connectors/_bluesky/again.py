"""What became of posts: still there, deleted, or hidden by us. Who blocks us, or is suspended, has deleted nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._bluesky import answers, ids
from slamon.connectors._bluesky.posts import root_of
from slamon.connectors.paging import follow
from slamon.errors import PlatformError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slamon.connectors._bluesky.api import Api
    from slamon.connectors._bluesky.ids import Json

LOOKUPS = 100
"""Posts that one poll looks for; the next poll looks for the rest."""
QUESTIONS = 25
"""Posts that are asked for one by one, since the network leaves them out."""
GATE_PAGES = 10


@dataclass(slots=True)
class Again:
    """What a second look found."""

    views: dict[str, Json] = field(default_factory=dict)
    """Posts that are shown."""
    gone: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Not shown to us, and not known to be deleted."""
    left: list[str] = field(default_factory=list)
    """Not looked for: they were too many."""


def look(api: Api, uris: Sequence[str]) -> Again:
    """What became of these posts.

    :raises PlatformError: they cannot be looked for.
    """
    found = Again(views=api.posts(uris[:LOOKUPS]), left=list(uris[LOOKUPS:]))
    _ask(api, [uri for uri in uris[:LOOKUPS] if uri not in found.views], found)
    return found


def look_at_home(api: Api, uris: Sequence[str]) -> Again:
    """What became of posts of ours, by the word of their own repository: the network is a little behind it."""
    found = Again()
    _ask(api, uris, found)
    return found


def hidden_replies(api: Api, views: Iterable[Json], ours: frozenset[str]) -> frozenset[str]:
    """Addresses of the replies that we have hidden in those threads of `views` which began with a post of ours.

    A thread's gate has the key of its first post, so gates are read from the newest down to the oldest thread.
    """
    oldest: dict[str, str] = {}
    for view in views:
        root = root_of(view)
        owner = ids.author_of(root) if root else None
        if root and owner in ours and owner is not None:
            key = ids.parts(root)[2]
            oldest[owner] = min(key, oldest.get(owner, key))
    return frozenset(uri for owner, key in oldest.items() for uri in _hidden_by(api, owner, key))


def _ask(api: Api, uris: Sequence[str], found: Again) -> None:
    for number, uri in enumerate(uris):
        if number >= QUESTIONS:
            found.left += uris[number:]
            return
        there = api.exists(uri)
        (found.gone if there is False else found.unknown).append(uri)


def _hidden_by(api: Api, owner: str, oldest: str) -> list[str]:
    def fetch(token: str | None) -> tuple[Sequence[Any], str | None]:
        answer = api.records(owner, ids.GATES, token, oldest_first=False)
        gates = answers.listed("records", answer, "records")
        keys = [ids.parts(uri)[2] for uri in map(ids.address, gates) if uri]
        more = keys and len(gates) >= answers.SHORT and min(keys) > oldest
        return gates, answers.cursor("records", answer) if more else None

    try:
        return [uri for gates in follow(None, fetch, GATE_PAGES) for gate in gates for uri in _hidden_in(gate)]
    except PlatformError as error:
        if error.code not in answers.NOT_HERE:  # of another house: what it hides is not shown to us
            raise
        return []


def _hidden_in(gate: Any) -> list[str]:  # noqa: ANN401 - any JSON
    value = gate.get("value") if isinstance(gate, dict) else None
    hidden = value.get("hiddenReplies") if isinstance(value, dict) else None
    return [uri for uri in hidden if isinstance(uri, str)] if isinstance(hidden, list) else []
