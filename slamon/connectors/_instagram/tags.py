"""Posts of others in which the account is tagged: one list, in the order of tagging, not of the posts' own times.

No report shows a next page of it, so that the newest fifty tags are what can be read between two polls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._graph.answers import reject
from slamon.connectors._graph.errors import NO_SUCH_FIELD
from slamon.connectors._instagram.comments import ODD, tag_message
from slamon.connectors._instagram.cursor import SEEN_TAGS
from slamon.errors import PlatformError
from slamon.model import DAY, Side

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from slamon.connectors._graph.client import Graph
    from slamon.connectors._instagram.comments import Us
    from slamon.connectors._instagram.cursor import Cursor
    from slamon.model import Instant, Message, Reject

TAGS = "tags"
TAGS_PAGE = 50
FIELDS = "id,caption,timestamp,username,permalink,comments_count,like_count"
LEAN_FIELDS = "id,caption,timestamp,username"


class Tags:
    """Reads the list of tags."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._fields = FIELDS

    def new(self, us: Us, was: Cursor, start: Instant) -> tuple[list[Message], list[Reject], list[str]]:
        """Posts with new tags, those that cannot be read, and the ids to remember.

        New is what stands before all that was seen. Behind it, where a deletion moves old posts up, only what was
        posted since the last poll is new; with the first poll, what was posted since `start`.
        """
        raws = self._listed(us)
        seen = set(was.tags or ())
        known = [isinstance(raw, dict) and raw.get("id") in seen for raw in raws]
        ahead = known.index(True) if True in known else (len(raws) if was.tags is not None else 0)
        since = start if was.tags is None else was.tags_at - DAY
        messages: list[Message] = []
        rejects: list[Reject] = []
        for place, raw in enumerate(raws):
            if known[place]:
                continue
            try:
                message = tag_message(raw, us)
            except ODD as error:
                rejects.append(reject(raw, error))
                continue
            if message.side is Side.OTHER and (place < ahead or message.created_at >= since):
                messages.append(message)
        return messages, rejects, _remembered(raws, was.tags or ())

    def _listed(self, us: Us) -> Sequence[Any]:
        path = f"/{us.account}/tags"
        try:
            return self._graph.edge(TAGS, path, {"fields": self._fields, "limit": TAGS_PAGE}).data
        except PlatformError as error:
            if error.code != NO_SUCH_FIELD or self._fields == LEAN_FIELDS:
                raise
        self._fields = LEAN_FIELDS
        return self._graph.edge(TAGS, path, {"fields": self._fields, "limit": TAGS_PAGE}).data


def _remembered(raws: Sequence[Any], before: Sequence[str]) -> list[str]:
    listed = [raw["id"] for raw in raws if isinstance(raw, dict) and isinstance(raw.get("id"), str)]
    return list(dict.fromkeys((*listed, *before)))[:SEEN_TAGS]
