"""What a poll of a Page remembers: since when it reads, and what it saw of each post that it watches."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.model import ID_CAP, MAX_INSTANT, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant

KEPT_POSTS = 2_000
"""More than Meta lists of three years; each takes some 80 bytes."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was seen of a post, and under it."""

    created_at: Instant
    newest_at: Instant
    """When the newest comment that was read was written; 0: none was."""
    mark: str
    words: str
    digest: str
    """Of the newest comments."""
    author: str
    """Who wrote the post; empty where Meta hides it."""
    advertised: bool
    kind: Kind = Kind.POST
    unread_before: Instant = 0
    """What was written under it before was cut off once, and stays unknown; 0: nothing was."""

    def row(self) -> list[Any]:
        """As the cursor keeps it."""
        facts = (self.created_at, self.newest_at, self.mark, self.words, self.digest)
        return [*facts, self.author, int(self.advertised), self.kind.value, self.unread_before]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Comments written before `start` are none of this channel's business: it was set up later."""

    start: Instant
    posts: Mapping[str, Known] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None, start: Instant) -> Cursor:
        """The cursor that `text` holds; one that cannot be read is a new one, from `start` on."""
        try:
            document = json.loads(text or "")
            since = document["start"]
            posts = {key: _known(row) for key, row in document["posts"].items() if 0 < len(key) <= ID_CAP}
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return cls(start)
        return cls(since, posts) if _is_instant(since) else cls(start)

    def text(self) -> str:
        """What the store keeps: the newest posts."""
        newest = sorted(self.posts.items(), key=lambda item: item[1].created_at, reverse=True)[:KEPT_POSTS]
        rows = {key: known.row() for key, known in newest}
        return json.dumps({"start": self.start, "posts": rows}, separators=(",", ":"))


def _known(row: Any) -> Known:  # noqa: ANN401 - any JSON
    created_at, newest_at, mark, words, digest, author, advertised, kind, unread_before = row
    if not all(map(_is_instant, (created_at, newest_at, unread_before))):
        raise ValueError("no instant")
    if not all(isinstance(part, str) for part in (mark, words, digest, author)):
        raise ValueError("no text")
    return Known(created_at, newest_at, mark, words, digest, author, bool(advertised), Kind(kind), unread_before)


def _is_instant(value: Any) -> bool:  # noqa: ANN401 - any JSON
    return type(value) is int and 0 <= value <= MAX_INSTANT
