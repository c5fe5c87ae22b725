"""Reading comment threads: newest first until they are old, or again by id, with the replies that were cut off."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from slamon.connectors._youtube.answers import DISABLED, LOST
from slamon.connectors._youtube.comments import CommentThread, thread_of
from slamon.connectors.base import Page
from slamon.connectors.paging import follow
from slamon.errors import PlatformError
from slamon.model import Gone, Reject, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from slamon.connectors._seen import Seen
    from slamon.connectors._youtube.access import Api
    from slamon.connectors._youtube.answers import Listing
    from slamon.connectors._youtube.comments import Around
    from slamon.connectors.base import OpenThread
    from slamon.model import Instant, Message

PAGE_SIZE = 100
PAGE_LIMIT = 500
REPLY_PAGES = 10
"""A thread with more replies than these hold is named as unknown; the newest come first."""
LOOKUP_SIZE = 50
OLD_ENOUGH = 10
"""So many old threads at the end of a page are the end of what is new."""
PUBLISHED = "published"
_THREAD: Mapping[str, str | int] = {"part": "snippet,replies", "textFormat": "plainText"}
_COMMENT: Mapping[str, str | int] = {"part": "snippet", "textFormat": "plainText"}


class Reading:
    """One poll, or one look at threads in which somebody waits."""

    def __init__(self, api: Api, around: Around, now: Callable[[], Instant], seen: Seen | None = None) -> None:
        """`seen`: what earlier polls brought; without it, everything is news."""
        self._api = api
        self._now = now
        self._seen = seen
        self.read: set[str] = set()
        """Threads that were on some page of published ones."""
        self.held: set[str] = set()
        """Comments that wait for review."""
        self._around = replace(around, held=self.held)
        self._missing: list[str] = []
        """What waits, and was not in its thread where that was shown whole."""
        self.began: Instant | None = None
        """YouTube's time at the first answer."""

    def newest(self, status: str, start: Instant, bound: Instant, waiting: Sequence[OpenThread]) -> Iterator[Page]:
        """Threads of the channel with that moderation status, until a page ends with some that began before `bound`.

        Words of others from before `start` are left out, unless somebody waits in their thread.
        """
        asked: dict[str, str | int] = {
            **_THREAD,
            "allThreadsRelatedToChannelId": self._around.account,
            "order": "time",
            "maxResults": PAGE_SIZE,
        }
        if status != PUBLISHED:
            asked["moderationStatus"] = status
        open_ids = _by_thread(waiting)

        def fetch(token: str | None) -> tuple[Listing, str | None]:
            page, at = self._api.list("threads", {**asked, **({"pageToken": token} if token else {})})
            self.began = self.began or at
            return page, page.next_token

        for page in follow(None, fetch, PAGE_LIMIT):
            found = [thread_of(item, self._around) for item in page.items]
            yield from self._page(status, found, lambda each: 0 if each.id in open_ids else start)
            if status == PUBLISHED:
                self._missing += self._not_in(found, open_ids)
            tops = [each.messages[each.id].created_at for each in found if isinstance(each, CommentThread)]
            # A short page says nothing: YouTube gives 20 where 100 were asked for. Nor does a single old thread: lists
            # are not strictly sorted.
            if tops and max(tops[-OLD_ENOUGH:]) < bound:
                return

    def again(self, waiting: Sequence[OpenThread]) -> Iterator[Page]:
        """The threads in which somebody waits, by id; what is not found of what waits is gone."""
        yield from self._gone(self._missing)
        messages = _by_thread(waiting)
        ids = list(messages)
        for first in range(0, len(ids), LOOKUP_SIZE):
            batch = ids[first : first + LOOKUP_SIZE]
            items, unknown = self._by_id("threads", batch, _THREAD)
            found = [thread_of(item, self._around) for item in items]
            pages = list(self._page(PUBLISHED, found, lambda _: 0))
            yield from pages
            unknown |= {each.id for each in found if isinstance(each, Reject) and each.id in messages}
            if unknown:
                yield Page(partial=sorted(unknown))
            unknown |= {thread for page in pages for thread in page.partial}
            shown = {each.id for each in found if isinstance(each, CommentThread)}
            lost = [ident for thread in batch if thread not in unknown | shown for ident in messages[thread]]
            missing = [ident for ident in lost if ident not in self.held]
            missing += self._not_in([each for each in found if each.id not in unknown], messages)
            yield from self._gone(missing)

    def _page(
        self,
        status: str,
        found: Sequence[CommentThread | Reject],
        start_of: Callable[[CommentThread], Instant],
    ) -> Iterator[Page]:
        messages: list[Message] = []
        partial: list[str] = []
        rejects = [each for each in found if isinstance(each, Reject)]
        for each in found:
            if isinstance(each, Reject):
                continue
            if status == PUBLISHED:
                self.read.add(each.id)
            else:
                self.held.update(said.id for said in each.messages.values() if said.hidden)
            if self._seen is not None and not self._seen.news(f"{status} {each.id}", *each.facts):
                continue
            if each.cut and status == PUBLISHED and not self._read_on(each):
                partial.append(each.id)
            rejects += each.rejects
            messages += _told(each, start_of(each))
        if messages or partial or rejects:
            yield Page(messages=messages, partial=partial, rejects=rejects)

    def _not_in(self, found: Sequence[CommentThread | Reject], messages: Mapping[str, Sequence[str]]) -> list[str]:
        """What waits in these threads and is not there, as far as they were shown whole."""
        whole = [each for each in found if isinstance(each, CommentThread) and not each.cut]
        return [
            ident
            for each in whole
            for ident in messages.get(each.id, ())
            if ident not in each.messages and ident not in self.held
        ]

    def _read_on(self, thread: CommentThread) -> bool:
        """Read all replies of a thread; whether that reached the end."""

        def fetch(token: str | None) -> tuple[Listing, str | None]:
            asked = {**_COMMENT, "parentId": thread.id, "maxResults": PAGE_SIZE}
            page, _ = self._api.list("replies", {**asked, **({"pageToken": token} if token else {})})
            return page, page.next_token

        pages = 0
        try:
            for page in follow(None, fetch, REPLY_PAGES + 1):
                if pages == REPLY_PAGES:
                    return False
                pages += 1
                thread.add(page.items, self._around)
        except PlatformError as error:
            if error.code not in LOST | {DISABLED}:
                raise
            return False
        thread.whole = True
        return True

    def _gone(self, missing: Sequence[str]) -> Iterator[Page]:
        """Which of these comments YouTube does not show by id either."""
        for first in range(0, len(missing), LOOKUP_SIZE):
            batch = missing[first : first + LOOKUP_SIZE]
            items, unknown = self._by_id("comments", batch, _COMMENT)
            there = [item.get("id") for item in items if isinstance(item, dict)]
            now = self._now()
            gone = [Gone(ident, now) for ident in batch if ident not in there and ident not in unknown]
            if gone:
                yield Page(gone=gone)

    def _by_id(self, endpoint: str, ids: Sequence[str], asked: Mapping[str, str | int]) -> tuple[list[Any], set[str]]:
        """What is found of these, and which of them cannot be told: the comments of one video may be switched off."""
        try:
            page, _ = self._api.list(endpoint, {**asked, "id": ",".join(ids)})
        except PlatformError as error:
            if error.code not in LOST | {DISABLED}:
                raise
            if len(ids) == 1:
                return [], set(ids) if error.code == DISABLED else set()
            half = len(ids) // 2
            parts = [self._by_id(endpoint, part, asked) for part in (ids[:half], ids[half:])]
            return list(chain(*(items for items, _ in parts))), set().union(*(unknown for _, unknown in parts))
        return list(page.items), set()


def _by_thread(waiting: Sequence[OpenThread]) -> dict[str, list[str]]:
    """What waits, by its thread."""
    messages: dict[str, list[str]] = {}
    for each in waiting:
        messages.setdefault(each.thread, []).extend(each.messages)
    return messages


def _told(thread: CommentThread, start: Instant) -> list[Message]:
    """What is handed out of a thread in which something was written since `start`.

    Old words of ours say in which branch we have spoken; old words of others would begin old waits anew.
    """
    said = thread.sorted()
    if all(each.created_at < start for each in said):
        return []
    return [each for each in said if each.created_at >= start or each.side is Side.OURS]
