"""The lists of posts that a poll of X reads, and what is to remember of each while its pages come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from slamon.connectors._vault import fingerprint
from slamon.connectors._x.cursor import advanced
from slamon.connectors._x.ids import FIRST_TIMED, created, holds, is_id, moment
from slamon.connectors._x.queries import as_sent
from slamon.model import DAY, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slamon.connectors._x.answers import Listing
    from slamon.connectors._x.cursor import Cursor
    from slamon.connectors.base import Identity
    from slamon.model import Instant, Millis

PAGE_SIZE = 100
SMALLEST = 10
"""Posts on a page of a search, at least."""
MENTIONS_CAP = 800
POSTS_CAP = 3_200
"""How many of the newest posts a list reaches back; beyond, it just ends."""
SEARCH_CAP = 1_000
"""Ours, for the bill: X itself goes on through seven days."""
SEARCH_REACH: Millis = 7 * DAY - 10 * MINUTE
"""X searches seven days and refuses what begins before them; the rest is for clocks that differ."""
SEARCH_DELAY: Millis = 30 * SECOND
"""Without an end, a search ends so long before now."""
SILENCE: Millis = DAY
"""A search that finds nothing goes on from so long ago, lest its id grow too old to be asked for."""
ALWAYS: Millis = 1 << 62


@dataclass(frozen=True, slots=True)
class PostList:
    """One list of posts that is read."""

    endpoint: str
    """Its name in metrics."""
    address: str
    """What is asked, but for the fields and where to begin."""
    key: str
    """In the cursor."""
    cap: int
    """How many posts it reaches back."""
    reach: Millis = ALWAYS
    """How far back it may be asked."""
    delay: Millis = 0
    """How long X keeps new posts back."""
    searched: bool = False
    plain: str = ""
    """The address of a search without what slamon adds to its query."""


class Reading:
    """One list while it is read, page by page: from the id `since`, or else from the instant `start`."""

    def __init__(self, since: str | None, start: Instant, *, moves_on: bool = False) -> None:
        self.since = since
        self.start = start
        self.seen: list[str] = []
        self.gap = False
        """Something that should have been read is out of reach."""
        self.resumed = since is not None
        """An earlier read ended there."""
        self._moves_on = moves_on
        self._settled: Instant | None = None
        self._timed: list[str] = []
        """Ids that hold the time of their post, as X's do."""
        self._latest: Instant = 0
        """When the newest of the others was made."""

    def bound(self) -> str:
        """The parameter that says where the list ends."""
        if self.since is not None:
            return f"since_id={self.since}"
        return f"start_time={datetime.fromtimestamp(self.start // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"

    def since_refused(self) -> None:
        """Go on by time."""
        self.gap = created(self.since or "0") < self.start
        self.since = None

    def take(self, page: Listing, settled: Instant) -> None:
        """Note a page; what was created before `settled`, in X's time, was all there to be seen."""
        if page.posts:
            self._note(page.posts)
        self._settled = self._settled or settled

    def goes_on(self) -> str | Instant | None:
        """The id after which the next poll of this list goes on, or the instant from which."""
        settled = self._settled or 0
        if self.since is None and self._latest and not self._timed:
            return max(min(self._latest, settled), self.start)
        after = advanced(self.since, self._timed, settled)
        if self._moves_on and (after is None or created(after) < settled - SILENCE):
            return settled - SILENCE
        return self.start if after is None and self.resumed else after

    def _note(self, posts: Sequence[object]) -> None:
        for post in posts:
            ident = post.get("id") if isinstance(post, dict) else None
            if not is_id(ident):
                continue
            self.seen.append(ident)
            if (at := moment(post)) is None:
                continue
            if holds(ident, at):
                self._timed.append(ident)
            else:
                self._latest = max(self._latest, at)


def goes_on(
    cursor: Cursor, key: str, first: Instant, *, oldest: Instant = FIRST_TIMED, moves_on: bool = False
) -> Reading:
    """A list that is read on from where the cursor says, or else from `first`; nothing before `oldest` can be had."""
    at = cursor.start.get(key)
    reading = Reading(cursor.since.get(key), max(first if at is None else at, oldest, FIRST_TIMED), moves_on=moves_on)
    if at is not None and reading.since is None:
        reading.resumed, reading.gap = True, at < oldest
    return reading


def mentions_of(identity: Identity) -> PostList:
    """What names the account, replies to it or quotes it."""
    return PostList("mentions", _address(f"/2/users/{identity.account}/mentions"), "mentions", MENTIONS_CAP)


def own_posts(identity: Identity) -> list[PostList]:
    """What the account and each of its team posted; replies stay in, for they are what is looked for."""
    users = dict.fromkeys((identity.account, *identity.team))
    return [PostList("posts", _address(f"/2/users/{user}/tweets"), user, POSTS_CAP) for user in users]


def found_by(queries: Iterable[str]) -> list[PostList]:
    """What each query finds; a query that is changed begins anew."""
    return [
        PostList(
            "search",
            f"{search(as_sent(query))}&max_results={PAGE_SIZE}",
            f"search:{fingerprint(query)}",
            SEARCH_CAP,
            SEARCH_REACH,
            SEARCH_DELAY,
            searched=True,
            plain=f"{search(query)}&max_results={PAGE_SIZE}",
        )
        for query in queries
    ]


def search(query: str) -> str:
    """The address of a search."""
    return f"/2/tweets/search/recent?query={quote(query, safe='')}"


def _address(path: str) -> str:
    return f"{path}?max_results={PAGE_SIZE}"
