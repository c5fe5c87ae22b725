"""What an account of ours posted: read from its own repository, which is never behind, with what was deleted there.

Keys of records sort by the clock of the program that wrote them. So reading begins again a while before the last poll,
and at the oldest of the newest posts, as far as a day back: one that is missing there was deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._bluesky import answers, ids
from slamon.connectors._bluesky.cursor import Known, Place, version
from slamon.connectors._bluesky.mentions import OVERLAP, PAGE_LIMIT
from slamon.connectors._bluesky.posts import as_post
from slamon.connectors.paging import follow
from slamon.errors import PlatformError
from slamon.model import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slamon.connectors._bluesky.api import Api
    from slamon.model import Author, Instant, Millis

WATCHED = 40
"""How many of an account's newest posts are watched for deletion: with what is new they mostly fit on one page."""
WATCHED_FOR: Millis = DAY
KNOWN_CAP = 1_000


@dataclass(slots=True)
class Own:
    """One account's posts while they are read."""

    author: Author
    place: Place | None
    start: Instant
    """Where reading begins when nothing was read before."""
    now: Instant = 0
    """Bluesky's clock when the reading began."""
    listed: dict[str, Known] = field(default_factory=dict)

    @property
    def known(self) -> Mapping[str, Known]:
        """What the last poll remembered."""
        return self.place.known if self.place else {}

    def after(self) -> str:
        """The key after which the account's records are read."""
        if self.place is None:
            return ids.key_at(self.start)
        watched = sorted(ids.parts(uri)[2] for uri in self.known)[-WATCHED:]
        return min([ids.key_at(self.place.until - OVERLAP), *map(ids.key_before, watched[:1])])

    def read(self, api: Api, clock: Instant, elsewhere: set[str]) -> Iterator[list[Any]]:
        """The posts of each page that are new, or changed, or cannot be understood, as `_bluesky_posts` takes them.

        `elsewhere` are accounts that live in another house than ours: those are read as the network shows them.

        :raises PlatformError: the posts cannot be read to their end.
        """
        if self.author.id not in elsewhere:
            try:
                yield from self._records(api, clock)
            except PlatformError as error:
                if error.code not in answers.NOT_HERE:
                    raise
                elsewhere.add(self.author.id)
        if self.author.id in elsewhere:
            yield from self._feed(api, clock)

    def missing(self) -> list[str]:
        """Known posts that should have been listed and were not."""
        first = self.after()
        return [uri for uri in self.known if uri not in self.listed and ids.parts(uri)[2] > first]

    def next_place(self, still_missing: Mapping[str, Known]) -> Place:
        """Where the next poll goes on; `still_missing` are known posts that are not known to be deleted."""
        kept = {**self.listed, **still_missing}
        by_key = sorted(kept, key=lambda uri: ids.parts(uri)[2], reverse=True)
        young = ids.key_at(self.now - OVERLAP)
        watched = ids.key_at(self.now - WATCHED_FOR)
        newest = [
            uri
            for number, uri in enumerate(by_key[:KNOWN_CAP])
            if (key := ids.parts(uri)[2]) >= young or (number < WATCHED and key >= watched)
        ]
        return Place(self.now, {uri: kept[uri] for uri in newest})

    def _records(self, api: Api, clock: Instant) -> Iterator[list[Any]]:
        def fetch(token: str | None) -> tuple[list[Any], str | None]:
            answer = api.records(self.author.id, ids.POSTS, token, oldest_first=True)
            self.now = self.now or answer.date or clock
            records = answers.listed("records", answer, "records")
            after = answers.cursor("records", answer)
            posts = [as_post(record, self._profile()) for record in records]
            return [post for post in posts if self._is_new(post)], after if len(records) >= answers.SHORT else None

        yield from follow(self.after(), fetch, PAGE_LIMIT)

    def _feed(self, api: Api, clock: Instant) -> Iterator[list[Any]]:
        first = self.after()

        def fetch(token: str | None) -> tuple[list[Any], str | None]:
            answer = api.feed(self.author.id, token)
            self.now = self.now or answer.date or clock
            items = answers.listed("feed", answer, "feed")
            # What has a reason was passed on, or is pinned.
            posts = [each.get("post") for each in items if isinstance(each, dict) and not each.get("reason")]
            keys = [ids.parts(uri)[2] for uri in map(ids.address, posts) if uri]
            after = answers.cursor("feed", answer)
            reached = bool(keys) and min(keys) <= first
            news = [post for post in posts if self._is_new(post, first)]
            return news, None if reached else after

        yield from follow(None, fetch, PAGE_LIMIT)

    def _is_new(self, post: Any, first: str = "") -> bool:  # noqa: ANN401 - any JSON
        uri = ids.address(post)
        if uri is None:
            return True  # to be rejected, with its reason
        author, _, key = ids.parts(uri)
        if author != self.author.id or key <= first:
            return False
        record = post.get("record")
        stated = record.get("createdAt") if isinstance(record, dict) else None
        before = self.known.get(uri)
        at = before.at if before else ids.written_at(stated, ids.instant(post.get("indexedAt")), self.now, key)
        now = Known(at, version(post.get("cid")))
        new = uri not in self.listed and before != now
        self.listed[uri] = now
        return new

    def _profile(self) -> ids.Json:
        return {"did": self.author.id, "handle": self.author.handle, "displayName": self.author.name}
