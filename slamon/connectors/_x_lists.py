"""The lists of posts that a poll of X reads, and what is to remember of each while its pages come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slamon.connectors._x_cursor import advanced
from slamon.connectors._x_ids import created, is_id
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.connectors._x_answers import Listing
    from slamon.connectors.base import Identity
    from slamon.model import Instant

MENTIONS_CAP = 800
POSTS_CAP = 3_200
"""How many of the newest posts a list reaches back; beyond, it just ends."""


@dataclass(frozen=True, slots=True)
class PostList:
    """One list of posts that is read: its name in metrics, its path, its key in the cursor, how far it reaches."""

    endpoint: str
    path: str
    key: str
    cap: int
    params: Mapping[str, str]


class Reading:
    """One list while it is read, page by page: from the id `since`, or else from the instant `start`."""

    def __init__(self, since: str | None, start: Instant) -> None:
        self.since = since
        self.start = start
        self.seen: list[str] = []
        self.gap = False
        """Something that should have been read is out of reach."""
        self._settled: Instant | None = None

    def bound(self) -> dict[str, str]:
        """The parameter that says where the list ends."""
        if self.since is not None:
            return {"since_id": self.since}
        return {"start_time": datetime.fromtimestamp(self.start // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}

    def since_refused(self) -> None:
        """Go on by time."""
        self.gap = created(self.since or "0") < self.start
        self.since = None

    def take(self, page: Listing, settled: Instant) -> None:
        """Note a page; what was created before `settled`, in X's time, was all there to be seen."""
        ids = (post.get("id") for post in page.posts if isinstance(post, dict))
        self.seen += [post_id for post_id in ids if is_id(post_id)]
        self._settled = self._settled or settled

    def goes_on(self) -> str | None:
        """The id after which the next poll of this list goes on."""
        return advanced(self.since, self.seen, self._settled or 0)


def mentions_of(identity: Identity) -> PostList:
    """What names the account, replies to it or quotes it."""
    return PostList("mentions", f"/2/users/{identity.account}/mentions", "mentions", MENTIONS_CAP, {})


def own_posts(identity: Identity) -> list[PostList]:
    """What the account and each of its team posted; replies stay in, for they are what is looked for."""
    params = {"exclude": "retweets"}
    users = (identity.account, *identity.team)
    return [PostList("posts", f"/2/users/{user}/tweets", user, POSTS_CAP, params) for user in dict.fromkeys(users)]
