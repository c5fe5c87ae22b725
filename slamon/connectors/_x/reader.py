"""Reads X's lists of posts page by page, and looks posts up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from slamon.connectors._x.answers import NOT_FOUND, STALE_SINCE, Listing, listing, looked_up, missing_of
from slamon.connectors._x.lists import PAGE_SIZE, SMALLEST, search
from slamon.connectors._x.posts import Json, around, by_id, handles, is_newest_version, messages
from slamon.connectors._x.queries import NO_RETWEETS
from slamon.connectors.base import Page
from slamon.connectors.paging import follow
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND, Gone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors._x.lists import PostList, Reading
    from slamon.connectors._x.people import People
    from slamon.connectors._x.settings import XSettings
    from slamon.connectors._x.wording import Asking
    from slamon.connectors.base import Context, Identity
    from slamon.model import Millis

PAGE_LIMIT = 200
"""Far beyond what the caps allow, even with pages that come half empty."""
LOOKUP_SIZE = 100
ITSELF = frozenset({"https://api.x.com", "https://api.twitter.com"})
"""Where nobody pretends to be X."""
ONE_BY_ONE = 20
"""Posts of a look-up that are asked for once more, each by itself."""
CLOCK_GRAIN: Millis = 10 * SECOND
"""Beyond `visible_after`: ids are only roughly in order, and the Date header is cut to seconds."""


class Reader:
    """Of one channel; it remembers nothing of what it read."""

    def __init__(self, asking: Asking, people: People, context: Context, settings: XSettings) -> None:
        self._asking = asking
        self._people = people
        self._team = settings.team
        self._context = context
        self._unsettled = settings.visible_after + CLOCK_GRAIN
        self._searches = "search" in settings.watch
        self._knows_operators: bool | None = True if settings.base_url in ITSELF else None

    def read(self, each: PostList, reading: Reading, identity: Identity) -> Iterator[Page]:
        """What is new in a list, newest first; what is to remember of it is kept in `reading`."""
        try:
            yield from self._pages(each, reading, identity)
        except PlatformError as error:
            if error.code != STALE_SINCE or reading.since is None or reading.seen:
                raise
            reading.since_refused()
            yield from self._pages(each, reading, identity)
        reading.gap |= reading.resumed and len(reading.seen) >= each.cap

    def look_up(self, ids: Sequence[str], identity: Identity) -> Iterator[Page]:
        """These posts as they are now, by hundreds; those that do not exist any more are gone."""
        for first in range(0, len(ids), LOOKUP_SIZE):
            yield self._looked_up(ids[first : first + LOOKUP_SIZE], identity)

    def _looked_up(self, ids: Sequence[str], identity: Identity) -> Page:
        found = looked_up("lookup", self._asking.get("lookup", f"/2/tweets?ids={','.join(ids)}"))
        known = found.told | {post_id for post_id, _ in by_id(found.things)}
        passed_over = [post_id for post_id in ids if post_id not in known][:ONE_BY_ONE]
        missing = found.missing | {post_id for post_id in passed_over if self._is_gone(post_id)}
        now = self._context.now()
        gone = [Gone(post_id, now) for post_id in ids if post_id in missing]
        newest = [post for post in found.things if is_newest_version(post)]
        return self._page(found.document, newest, identity, gone, searched=self._searches)

    def _is_gone(self, post_id: str) -> bool:
        """Of a post that an answer leaves out without a word, which X never does: whether the server says so."""
        try:
            return post_id in missing_of(self._asking.get("lookup", f"/2/tweets/{post_id}").json)
        except PlatformError as error:
            if error.verdict in {Verdict.NOT_FOUND, Verdict.BAD_REQUEST}:
                return error.code == NOT_FOUND  # else the server does not know this question
            raise

    def _understands(self) -> bool:
        """Whether a search knows operators: by itself `-is:retweet` is refused by X, and simply not found by others."""
        if self._knows_operators is None:
            try:
                answer = self._asking.get("search", f"{search(NO_RETWEETS)}&max_results={SMALLEST}")
                self._knows_operators = bool(listing("search", answer).posts)
            except PlatformError as error:
                if error.verdict is not Verdict.BAD_REQUEST:
                    raise
                self._knows_operators = True
        return self._knows_operators

    def _pages(self, each: PostList, reading: Reading, identity: Identity) -> Iterator[Page]:
        plain = each.searched and not self._understands()
        asked = f"{each.plain if plain else each.address}&{reading.bound()}"
        unsettled = self._unsettled + each.delay

        def fetch(token: str | None) -> tuple[Listing, str | None]:
            path = asked if token is None else f"{asked}&pagination_token={quote(token, safe='')}"
            answer = self._asking.get(each.endpoint, path)
            page = listing(each.endpoint, answer, PAGE_SIZE)
            reading.take(page, (answer.date or self._context.now()) - unsettled)
            reading.gap |= page.cut
            return page, page.next_token if len(reading.seen) < each.cap else None

        for page in follow(None, fetch, PAGE_LIMIT):
            if page.posts:
                yield self._page(page.document, page.posts, identity, searched=each.searched)

    def _page(
        self, document: Json, posts: Sequence[object], identity: Identity, gone: Sequence[Gone] = (), *, searched: bool
    ) -> Page:
        names, whole = handles(identity, self._team), self._people.with_authors(document, posts, "author_id")
        good, bad = messages(posts, around(whole, identity.ours, names, searched=searched))
        return Page(messages=good, rejects=bad, gone=gone)
