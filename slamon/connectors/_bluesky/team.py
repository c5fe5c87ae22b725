"""Replies to the team: Bluesky tells them to the team member alone, so they are read from under the team's posts.

The newest posts of the team are asked for with their counts, and a thread is read where its count has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.connectors._bluesky import ids
from slamon.connectors._bluesky.answers import bad
from slamon.connectors._bluesky.people import count
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from slamon.connectors._bluesky.api import Api
    from slamon.connectors._bluesky.ids import Json
    from slamon.model import Instant, Millis

WATCHED = 50
WATCHED_FOR: Millis = 3 * DAY


class Answered:
    """Posts of the team, and how many replies stood under each when they were last read."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = dict(counts)

    def read(self, api: Api) -> Iterator[list[Any]]:
        """The replies under each post that got some, or lost some.

        :raises PlatformError: they cannot be read.
        """
        views = api.posts(list(self.counts))
        for uri, view in views.items():
            number = count(view.get("replyCount"))
            if number is None or number == self.counts[uri]:
                continue
            if number:
                yield _replies(api, uri)
            self.counts[uri] = number

    def next_counts(self, written: Iterable[str], team: frozenset[str], now: Instant) -> dict[str, int]:
        """Which posts to watch from now on: `written` came to them since; the newest, as far as three days back."""
        counts = {uri: 0 for uri in written if ids.author_of(uri) in team} | self.counts
        oldest = ids.key_at(now - WATCHED_FOR)
        young = sorted((uri for uri in counts if _key(uri) >= oldest), key=_key, reverse=True)
        return {uri: counts[uri] for uri in young[:WATCHED]}


def _replies(api: Api, uri: str) -> list[Any]:
    try:
        thread = api.replies(uri).get("thread")
    except PlatformError as error:
        if error.verdict is not Verdict.NOT_FOUND and error.code != "NotFound":
            raise
        return []  # deleted meanwhile
    if not isinstance(thread, dict):
        raise bad("replies", "has no thread")
    found: Any = thread.get("replies")
    return [post for each in (found if isinstance(found, list) else ()) if (post := _post(each))]


def _post(each: Any) -> Json | None:  # noqa: ANN401 - any JSON
    """The post of a branch; what is blocked or not found has none."""
    post = each.get("post") if isinstance(each, dict) else None
    return post if isinstance(post, dict) else None


def _key(uri: str) -> str:
    return ids.parts(uri)[2]
