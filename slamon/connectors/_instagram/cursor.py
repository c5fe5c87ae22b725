"""Where the last complete poll of Instagram ended: of each watched post its count, of tags those seen."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._messenger.cursor import InboxCursor, is_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Instant

SEEN_TAGS = 500


@dataclass(frozen=True, slots=True)
class Mark:
    """How a post was when its comments were last read."""

    count: int
    """Comments and replies as Instagram counts them; -1: it did not."""
    newest: Instant
    """The time of the newest of them, or of the post."""
    read_at: Instant
    """By our clock."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What is kept of each surface; `None`: it was never read through."""

    posts: Mapping[str, Mark] | None = None
    tags: Sequence[str] | None = None
    """Ids of the posts on the list of tags, the newest tag first."""
    tags_at: Instant = 0
    inbox: InboxCursor = field(default_factory=InboxCursor)

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The cursor that `text` holds; a part that cannot be read starts anew."""
        try:
            document = json.loads(text or "{}")
        except (ValueError, RecursionError):
            document = {}
        parts = document if isinstance(document, dict) else {}
        tags, at = parts.get("tags"), parts.get("tags_at")
        return cls(
            _marks(parts.get("posts")),
            [each for each in tags if isinstance(each, str)] if isinstance(tags, list) else None,
            at if is_instant(at) else 0,
            InboxCursor.parse(parts.get("inbox")),
        )

    def text(self) -> str:
        """What the store keeps."""
        posts = None
        if self.posts is not None:
            posts = {key: [mark.count, mark.newest, mark.read_at] for key, mark in self.posts.items()}
        tags = None if self.tags is None else list(self.tags[:SEEN_TAGS])
        parts = {"posts": posts, "tags": tags, "tags_at": self.tags_at, "inbox": self.inbox.json()}
        return json.dumps(parts, separators=(",", ":"))


def _marks(posts: Any) -> Mapping[str, Mark] | None:  # noqa: ANN401 - any JSON
    if not isinstance(posts, dict):
        return None
    return {key: Mark(*values) for key, values in posts.items() if _is_mark(values)}


def _is_mark(values: Any) -> bool:  # noqa: ANN401 - any JSON
    if not isinstance(values, list) or len(values) != len(("count", "newest", "read_at")):
        return False
    return type(values[0]) is int and all(map(is_instant, values[1:]))
