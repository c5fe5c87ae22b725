"""Reads X's lists of posts page by page, and looks posts up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from slamon.connectors._x_answers import STALE_SINCE, Listing, listing, looked_up
from slamon.connectors._x_lists import FIELDS
from slamon.connectors._x_posts import Json, around, is_newest_version, messages
from slamon.connectors.base import Page
from slamon.connectors.paging import follow
from slamon.errors import PlatformError
from slamon.model import SECOND, Gone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors._x_lists import PostList, Reading
    from slamon.connectors.base import Context, Identity
    from slamon.connectors.http import Http
    from slamon.model import Millis

PAGE_LIMIT = 200
"""Far beyond what the caps allow, even with pages that come half empty."""
LOOKUP_SIZE = 100
CLOCK_GRAIN: Millis = 10 * SECOND
"""Beyond `visible_after`: ids are only roughly in order, and the Date header is cut to seconds."""


class Reader:
    """Of one channel; it remembers nothing."""

    def __init__(self, http: Http, context: Context, visible_after: Millis, *, searches: bool) -> None:
        self._http = http
        self._context = context
        self._unsettled = visible_after + CLOCK_GRAIN
        self._searches = searches

    def read(self, each: PostList, reading: Reading, identity: Identity) -> Iterator[Page]:
        """What is new in a list, newest first; what is to remember of it is kept in `reading`."""
        try:
            yield from self._pages(each, reading, identity)
        except PlatformError as error:
            if error.code != STALE_SINCE or reading.since is None or reading.seen:
                raise
            reading.since_refused()
            yield from self._pages(each, reading, identity)
        reading.gap |= reading.since is not None and len(reading.seen) >= each.cap

    def look_up(self, ids: Sequence[str], identity: Identity) -> Iterator[Page]:
        """These posts as they are now, by hundreds; those that do not exist any more are gone."""
        for first in range(0, len(ids), LOOKUP_SIZE):
            yield self._looked_up(ids[first : first + LOOKUP_SIZE], identity)

    def _looked_up(self, ids: Sequence[str], identity: Identity) -> Page:
        answer = self._http.get("lookup", f"/2/tweets?{FIELDS}&ids={','.join(ids)}")
        document, posts, missing = looked_up("lookup", answer)
        now = self._context.now()
        gone = [Gone(post_id, now) for post_id in ids if post_id in missing]
        newest = [post for post in posts if is_newest_version(post)]
        return _page(document, newest, identity, gone, searched=self._searches)

    def _pages(self, each: PostList, reading: Reading, identity: Identity) -> Iterator[Page]:
        asked = f"{each.address}&{reading.bound()}"
        unsettled = self._unsettled + each.delay

        def fetch(token: str | None) -> tuple[Listing, str | None]:
            path = asked if token is None else f"{asked}&pagination_token={quote(token, safe='')}"
            answer = self._http.get(each.endpoint, path)
            page = listing(each.endpoint, answer)
            reading.take(page, (answer.date or self._context.now()) - unsettled)
            return page, page.next_token if len(reading.seen) < each.cap else None

        for page in follow(None, fetch, PAGE_LIMIT):
            if page.posts:
                yield _page(page.document, page.posts, identity, searched=each.searched)


def _page(
    document: Json, posts: Sequence[object], identity: Identity, gone: Sequence[Gone] = (), *, searched: bool
) -> Page:
    good, bad = messages(posts, around(document, identity.ours, searched=searched))
    return Page(messages=good, rejects=bad, gone=gone)
