"""The list of what was told to the account: mentions, replies and quotes, newest first, without a `since`.

Its times are those that posts claim, if they lie in the past: a post may turn up below newer ones. So the list is read
down to a while before the last poll, and at least its first page, and what was known is told from what is new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from slamon.connectors._bluesky import answers, ids
from slamon.connectors._bluesky.cursor import Known, Place, version
from slamon.connectors.paging import follow
from slamon.model import MAX_INSTANT, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slamon.connectors._bluesky.api import Api
    from slamon.model import Instant, Millis

OVERLAP: Millis = 10 * MINUTE
"""How long before the last poll reading begins again: clocks of authors go wrong, and servers are behind."""
PAGE_LIMIT = 500
KNOWN_CAP = 200
ENDPOINT = "notifications"


@dataclass(slots=True)
class Mentions:
    """The list while it is read."""

    place: Place | None
    start: Instant
    """The oldest instant of interest where nothing was read before."""
    now: Instant = 0
    """Bluesky's clock when the reading began."""
    listed: dict[str, Known] = field(default_factory=dict)
    end: Instant = MAX_INSTANT
    """What is older than this was not read."""

    @property
    def floor(self) -> Instant:
        """Down to where the list is read."""
        return self.start if self.place is None else self.place.until - OVERLAP

    @property
    def known(self) -> Mapping[str, Known]:
        """What the last poll remembered."""
        return self.place.known if self.place else {}

    def read(self, api: Api, clock: Instant) -> Iterator[list[Any]]:
        """The posts of each page that are new, or changed, or cannot be understood. `clock`: where Bluesky tells none.

        :raises PlatformError: the list cannot be read to its end.
        """
        used: set[str] = set()

        def fetch(token: str | None) -> tuple[list[Any], str | None]:
            answer = api.notifications(token)
            self.now = self.now or answer.date or clock
            page = answers.listed(ENDPOINT, answer, "notifications")
            after = answers.cursor(ENDPOINT, answer)
            news = [post for post in page if self._is_new(post)]
            self.end = 0 if after is None else min(self.end, _time_of(after))
            return news, None if after is None or self.end < self.floor else _overlapping(after, used)

        yield from follow(None, fetch, PAGE_LIMIT)

    def vanished(self) -> list[str]:
        """Known posts that should have been listed and were not."""
        return [uri for uri, known in self.known.items() if known.at > self.end and uri not in self.listed]

    def next_place(self, still_missing: Mapping[str, Known]) -> Place:
        """Where the next poll goes on; `still_missing` are known posts that nobody has looked for yet."""
        kept = {**self.listed, **still_missing}
        newest = sorted(kept, key=lambda uri: kept[uri].at, reverse=True)[:KNOWN_CAP]
        return Place(self.now, {uri: kept[uri] for uri in newest})

    def _is_new(self, post: Any) -> bool:  # noqa: ANN401 - any JSON
        uri = ids.address(post)
        if uri is None:
            return True  # to be rejected, with its reason
        at = ids.instant(post.get("indexedAt"))
        at = self.now if at is None else at
        self.end = min(self.end, at)
        before = self.known.get(uri)
        if before is None and at < min(self.floor, self.start):
            return False
        now = Known(before.at if before else at, version(post.get("cid")))
        new = uri not in self.listed and before != now
        self.listed[uri] = now
        return new


def _time_of(token: str) -> Instant:
    # Pages that hold likes alone come empty, with others after them: only their cursor tells how far they reach.
    return MAX_INSTANT if (at := ids.instant(token)) is None else at


def _overlapping(token: str, used: set[str]) -> str:
    """The cursor of the next page, moved on by a millisecond where it is a time.

    The list goes on strictly below its cursor: of posts of the same millisecond, those of the next page would be lost.
    """
    at = ids.instant(token)
    moved = token if at is None else _iso(at + 1)
    if moved in used:
        return token
    used.add(moved)
    return moved


def _iso(at: Instant) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
