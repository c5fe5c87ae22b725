"""The listings that a poll of Reddit reads, newest first, and where each of them ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.connectors._reddit.answers import listing
from slamon.connectors._reddit.things import Source, things
from slamon.connectors._seen import Seen, readable
from slamon.connectors.base import Page
from slamon.connectors.paging import follow
from slamon.model import HOUR, MAX_INSTANT, Gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from slamon.connectors._reddit.access import Api
    from slamon.connectors._reddit.answers import Listing
    from slamon.connectors._reddit.settings import RedditSettings
    from slamon.connectors._reddit.things import Around, Things
    from slamon.model import Instant, Millis

PAGE_SIZE = 100
PAGE_LIMIT = 30
"""Listings end after about ten."""
CAP = 900
"""A listing that ends with more things than this was cut off: Reddit shows about a thousand."""
REMEMBERED = 200
OVERLAP: Millis = HOUR
"""How far behind the last poll pages are read again: what a filter held back shows up at its old place."""


@dataclass(frozen=True, slots=True)
class ThingList:
    """One listing: its name in metrics, its path, its key in the cursor."""

    endpoint: str
    path: str
    source: Source
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """It is the path."""
        return self.path


@dataclass(frozen=True, slots=True)
class Cursor:
    """`since`: up to when all lists were read; by list, what it showed."""

    since: Instant = 0
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The cursor that `text` holds; one that cannot be read starts anew from the lookback."""
        try:
            parts = json.loads(text or "{}")
            since, lists = parts["since"], parts["lists"]
            if type(since) is not int or not 0 <= since <= MAX_INSTANT:
                return cls()
            return cls(since, {key: readable(seen) for key, seen in lists.items()})
        except (ValueError, LookupError, TypeError, AttributeError):
            return cls()

    def text(self) -> str:
        """What the store keeps."""
        return json.dumps({"since": self.since, "lists": self.lists}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Span:
    """Where a listing ends for a poll."""

    start: Instant
    """Nothing older is told."""
    bound: Instant
    """Pages are read down to here."""
    known: Instant
    """What lies before was read by an earlier poll."""

    @classmethod
    def since(cls, at: Instant) -> Span:
        """From an instant on, with nothing read before."""
        return cls(at, at, at)


def theirs(settings: RedditSettings) -> list[ThingList]:
    """What customers write. `mark`: reading leaves things unread for the people who open the inbox."""
    found = []
    if settings.watch:
        found.append(ThingList("inbox", "/message/inbox", Source.INBOX, {"mark": "false"}))
    own = {name.lower() for name in settings.own_subreddits}
    for name in dict.fromkeys(each.lower() for each in (*settings.own_subreddits, *settings.subreddits)):
        source = Source.OWN_SUBREDDIT if name in own else Source.SUBREDDIT
        # One by one: of several in one address, Reddit leaves out in silence those that may not be read.
        found.append(ThingList("subreddit_posts", f"/r/{name}/new", source))
        found.append(ThingList("subreddit_comments", f"/r/{name}/comments", source))
    return found


def ours(settings: RedditSettings, *, public: bool = True, private: bool = True) -> list[ThingList]:
    """What the account and its team write, as far as there is something that it may answer."""
    found = []
    if public and not (settings.watch == ("messages",) and not settings.own_subreddits and not settings.subreddits):
        for name in dict.fromkeys((settings.account, *settings.team)):
            found.append(ThingList("own_posts", f"/user/{name}/submitted", Source.OURS, {"sort": "new"}))
            found.append(ThingList("own_comments", f"/user/{name}/comments", Source.OURS, {"sort": "new"}))
    if private and "messages" in settings.watch:
        found.append(ThingList("sent", "/message/sent", Source.OURS))
    return found


class Reading:
    """One poll, or one look, over several listings."""

    def __init__(self, api: Api, around: Around, now: Callable[[], Instant]) -> None:
        self._api = api
        self._around = around
        self._now = now
        self._told: set[str] = set()
        self.began: Instant | None = None
        """Reddit's time at the first answer."""
        self.gap = False
        """Something that should have been read is out of reach."""

    def read(self, each: ThingList, span: Span, seen: Seen) -> Iterator[Page]:
        """What is news on a listing, page by page.

        `before` is never used: when the thing that it names was deleted, the answer is empty for ever.
        """
        count, oldest = 0, MAX_INSTANT

        def fetch(token: str | None) -> tuple[Listing, str | None]:
            asked: dict[str, str | int] = {**each.params, "limit": PAGE_SIZE, **({"after": token} if token else {})}
            answer = self._api.get(each.endpoint, each.path, asked)
            self.began = self.began or answer.date or self._now()
            page = listing(each.endpoint, answer.json)
            return page, page.after

        for page in follow(None, fetch, PAGE_LIMIT):
            found = things(page.children, self._around, each.source)
            yield from self._page(found, span.start, seen)
            count += len(page.children)
            oldest = min([oldest, *found.created])
            if found.created and max(found.created) < span.bound:
                break
        self.gap |= count > CAP and oldest > span.known

    def _page(self, found: Things, start: Instant, seen: Seen) -> Iterator[Page]:
        messages = []
        for said in found.messages:
            news = seen.news(said.id, said.text, said.hidden, said.edited_at)
            if news and said.created_at >= start and said.id not in self._told:
                self._told.add(said.id)
                messages.append(said)
        now = self._now()
        gone = [Gone(ident, now) for ident in found.deleted if seen.news(ident, "deleted")]
        if messages or gone or found.partial or found.rejects:
            # Newest first as they come, oldest first as they are told.
            yield Page(messages=messages[::-1], gone=gone, partial=found.partial, rejects=found.rejects)


def nothing_seen() -> Seen:
    """For a look in which everything is news."""
    return Seen({})


__all__ = ["OVERLAP", "REMEMBERED", "Cursor", "Reading", "ThingList", "nothing_seen", "ours", "theirs"]
