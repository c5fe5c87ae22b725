"""X (API v2): posts that mention the account, and what the account and its team post themselves.

Sources: X's documentation of August 2026 and its OpenAPI 2.159 and 2.167. Not stated there, and so unverified: whether
included authors are billed, whether mentions still hold retweets (they are left out anyway), and whether a look-up
tells suspended authors from deleted posts (both count as gone).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._x_answers import DIALECT, STALE_SINCE, Listing, listing, looked_up
from slamon.connectors._x_cursor import Cursor
from slamon.connectors._x_lists import Reading, mentions_of, own_posts
from slamon.connectors._x_posts import Json, around, is_newest_version, messages
from slamon.connectors._x_settings import XSettings
from slamon.connectors.base import Connector, Identity, Page, Permission, Settings
from slamon.connectors.http import Http, Timeouts
from slamon.connectors.paging import follow
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND, Gone, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.connectors._x_lists import PostList
    from slamon.connectors.base import Context, OpenThread, Quota
    from slamon.model import Instant, Millis

OLDEST_START: Instant = 1_289_001_600_000
"""2010-11-06, before which X refuses a `start_time`."""
PAGE_SIZE = 100
PAGE_LIMIT = 200
"""Far beyond what the caps allow, even with pages that come half empty."""
LOOKUP_SIZE = 100
CLOCK_GRAIN: Millis = 10 * SECOND
"""Beyond `visible_after`: ids are only roughly in order, and the Date header is cut to seconds."""

FIELDS = {
    "tweet.fields": "created_at,author_id,conversation_id,in_reply_to_user_id,referenced_tweets,public_metrics,lang,"
    "entities,edit_history_tweet_ids,note_tweet,display_text_range",
    "expansions": "author_id,referenced_tweets.id",
    "user.fields": "username,name,verified,verified_type,public_metrics",
}
"""Always sent: the spelling of the question decides that of the answer."""


class X(Connector):
    """One account on X, with its team, by an app-only bearer token."""

    platform: ClassVar[str] = "x"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.MENTION, Kind.QUOTE})
    delivers: ClassVar[frozenset[str]] = frozenset(
        {"author.handle", "author.name", "author.followers", "author.verified", "language", "reach", "permalink"}
    )
    title: ClassVar[str] = "X"
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission(
            "tweet.read", "mentions and what you post yourselves", "an app with API access in X's developer console"
        ),
    )
    endpoints: ClassVar[frozenset[str]] = frozenset({"users", "mentions", "posts", "lookup"})
    reach: ClassVar[str] = "the newest 800 mentions, and the newest 3,200 posts of each account of yours"
    limits: ClassVar[str] = "450 reads of mentions in 15 minutes for an app; X bills by what it returns"
    Settings: ClassVar[type[Settings]] = XSettings
    settings: XSettings

    def __init__(self, settings: XSettings, context: Context, timeouts: Timeouts | None = None) -> None:
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        self._http = Http(
            settings.base_url, context, headers=self._authorization, dialect=DIALECT, timeouts=timeouts or Timeouts()
        )

    def identify(self) -> Identity:
        """The ids behind the handles; raises `PlatformError` with `NOT_FOUND` for handles that nobody has."""
        wanted = (self.settings.account, *self.settings.team)
        params = {"usernames": ",".join(dict.fromkeys(wanted)), "user.fields": "username"}
        _, users, _ = looked_up("users", self._http.get("users", "/2/users/by", params))
        ids = _ids_by_handle(users)
        missing = [handle for handle in wanted if handle.lower() not in ids]
        if missing:
            names = ", ".join(f"@{handle}" for handle in missing)
            text = f"X has no account {names}: mistyped, renamed, suspended or deleted"
            raise PlatformError(Verdict.NOT_FOUND, text, code="no_account")
        account, *team = (ids[handle.lower()] for handle in wanted)
        return Identity(account, self.settings.account, tuple(dict.fromkeys(team)))

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """Mentions first, then our own posts: an answer is read after what it answers, so none is overlooked.

        A first read that reaches X's cap is complete: nothing older can be had. A later one is not, for posts between
        it and the last were lost; its last page carries the cursor all the same, since no other read will bring them.
        """
        del threads
        old = Cursor.parse(cursor)
        start = max(self.context.now() - self.context.lookback, OLDEST_START)
        lists = (mentions_of(identity), *own_posts(identity))
        readings = {each.key: Reading(old.since.get(each.key), start) for each in lists}
        seen: set[str] = set()
        for each in lists:
            for page in self._read(each, readings[each.key], identity):
                yield _unseen(page, seen)
        since = {key: after for key, reading in readings.items() if (after := reading.goes_on())}
        complete = not any(reading.gap for reading in readings.values())
        yield Page(cursor=Cursor(since).text(), complete=complete)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Our own posts since `cursor`, then one look-up of all messages that wait, by hundreds."""
        old = Cursor.parse(cursor)
        start = min((thread.since for thread in threads), default=self.context.now())
        readings = []
        for each in own_posts(identity):
            readings.append(Reading(old.since.get(each.key), max(start, OLDEST_START)))
            yield from self._read(each, readings[-1], identity)
        waiting = list(dict.fromkeys(chain.from_iterable(thread.messages for thread in threads)))
        for first in range(0, len(waiting), LOOKUP_SIZE):
            yield self._look_up(waiting[first : first + LOOKUP_SIZE], identity)
        yield Page(complete=not any(reading.gap for reading in readings))

    def quotas(self) -> Sequence[Quota]:
        """What X's headers said last of each endpoint's budget."""
        return self._http.quotas()

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def _read(self, each: PostList, reading: Reading, identity: Identity) -> Iterator[Page]:
        try:
            yield from self._pages(each, reading, identity)
        except PlatformError as error:
            if error.code != STALE_SINCE or reading.since is None or reading.seen:
                raise
            reading.since_refused()
            yield from self._pages(each, reading, identity)
        reading.gap |= reading.since is not None and len(reading.seen) >= each.cap

    def _pages(self, each: PostList, reading: Reading, identity: Identity) -> Iterator[Page]:
        asked: dict[str, str | int] = {**FIELDS, **each.params, **reading.bound(), "max_results": PAGE_SIZE}

        def fetch(token: str | None) -> tuple[Listing, str | None]:
            more = {"pagination_token": token} if token else {}
            answer = self._http.get(each.endpoint, each.path, {**asked, **more})
            page = listing(each.endpoint, answer)
            reading.take(page, (answer.date or self.context.now()) - self.visible_after - CLOCK_GRAIN)
            return page, page.next_token

        for page in follow(None, fetch, PAGE_LIMIT):
            if page.posts:
                yield _page(page.document, page.posts, identity)

    def _look_up(self, ids: Sequence[str], identity: Identity) -> Page:
        answer = self._http.get("lookup", "/2/tweets", {**FIELDS, "ids": ",".join(ids)})
        document, posts, missing = looked_up("lookup", answer)
        now = self.context.now()
        gone = [Gone(post_id, now) for post_id in ids if post_id in missing]
        return _page(document, [post for post in posts if is_newest_version(post)], identity, gone)

    def _authorization(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.settings.credentials.bearer_token.get()}"}


def _unseen(page: Page, seen: set[str]) -> Page:
    # Lists overlap, and pages shift when somebody posts while they are read.
    new = [message for message in page.messages if message.id not in seen]
    seen.update(message.id for message in new)
    return replace(page, messages=new)


def _page(document: Json, posts: Sequence[object], identity: Identity, gone: Sequence[Gone] = ()) -> Page:
    good, bad = messages(posts, around(document, identity.ours))
    return Page(messages=good, rejects=bad, gone=gone)


def _ids_by_handle(users: Sequence[object]) -> dict[str, str]:
    known = (user for user in users if isinstance(user, dict))
    pairs = ((user.get("username"), user.get("id")) for user in known)
    return {
        name.lower(): key for name, key in pairs if isinstance(name, str) and isinstance(key, str) and key.isdigit()
    }
