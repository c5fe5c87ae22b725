"""The lists of posts that a poll of X reads, and what is to remember of each while its pages come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from slamon.connectors._vault import fingerprint
from slamon.connectors._x_cursor import advanced
from slamon.connectors._x_ids import created, id_at, is_id
from slamon.connectors._x_queries import as_sent
from slamon.model import DAY, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.connectors._x_answers import Listing
    from slamon.connectors.base import Identity
    from slamon.model import Instant, Millis

PAGE_SIZE = 100
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

FIELDS = urlencode(
    {
        "tweet.fields": "created_at,author_id,conversation_id,in_reply_to_user_id,referenced_tweets,public_metrics,"
        "lang,entities,edit_history_tweet_ids,note_tweet,display_text_range",
        "expansions": "author_id,referenced_tweets.id",
        "user.fields": "username,name,verified,verified_type,public_metrics",
    },
    safe=",",
)
"""Always sent: the spelling of the question decides that of the answer. Ready to send: it goes with every request."""


@dataclass(frozen=True, slots=True)
class PostList:
    """One list of posts that is read."""

    endpoint: str
    """Its name in metrics."""
    address: str
    """What is asked, but for where to begin."""
    key: str
    """In the cursor."""
    cap: int
    """How many posts it reaches back."""
    reach: Millis = ALWAYS
    """How far back it may be asked."""
    delay: Millis = 0
    """How long X keeps new posts back."""
    searched: bool = False


class Reading:
    """One list while it is read, page by page: from the id `since`, or else from the instant `start`."""

    def __init__(self, since: str | None, start: Instant, *, moves_on: bool = False) -> None:
        self.since = since
        self.start = start
        self.seen: list[str] = []
        self.gap = False
        """Something that should have been read is out of reach."""
        self._moves_on = moves_on
        self._settled: Instant | None = None

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
            ids = (post.get("id") for post in page.posts if isinstance(post, dict))
            self.seen += [post_id for post_id in ids if is_id(post_id)]
        self._settled = self._settled or settled

    def goes_on(self) -> str | None:
        """The id after which the next poll of this list goes on."""
        settled = self._settled or 0
        after = advanced(self.since, self.seen, settled)
        return str(max(id_at(settled - SILENCE), int(after or 0))) if self._moves_on else after


def mentions_of(identity: Identity) -> PostList:
    """What names the account, replies to it or quotes it."""
    return PostList("mentions", _address(f"/2/users/{identity.account}/mentions"), "mentions", MENTIONS_CAP)


def own_posts(identity: Identity) -> list[PostList]:
    """What the account and each of its team posted; replies stay in, for they are what is looked for."""
    users = dict.fromkeys((identity.account, *identity.team))
    return [
        PostList("posts", _address(f"/2/users/{user}/tweets", "exclude=retweets"), user, POSTS_CAP) for user in users
    ]


def found_by(queries: Iterable[str]) -> list[PostList]:
    """What each query finds; a query that is changed begins anew."""
    return [
        PostList(
            "search",
            _address("/2/tweets/search/recent", f"query={quote(as_sent(query), safe='')}"),
            f"search:{fingerprint(query)}",
            SEARCH_CAP,
            SEARCH_REACH,
            SEARCH_DELAY,
            searched=True,
        )
        for query in queries
    ]


def _address(path: str, more: str = "") -> str:
    return f"{path}?{FIELDS}&max_results={PAGE_SIZE}{more and '&'}{more}"
