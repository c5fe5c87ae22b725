"""Reads the lists of a Mastodon account: newest first, older and older, down to where the last poll ended.

Mastodon's documents advise to go upwards with `min_id`. Downwards with `since_id` and `max_id` is as free of gaps,
since what is remembered moves only when all is read, and it holds at servers that ignore `min_id` or `since_id`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.connectors._mastodon import facts, lists
from slamon.connectors._mastodon.api import CONVERSATIONS, PARAMETERS
from slamon.connectors._mastodon.lists import PAGE_LIMIT, Entry, Reading
from slamon.connectors._mastodon.status import reject
from slamon.connectors.paging import follow
from slamon.errors import PlatformError
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from slamon.connectors._mastodon.api import Api
    from slamon.connectors._mastodon.cursor import Cursor
    from slamon.connectors._mastodon.lists import StatusList
    from slamon.connectors._mastodon.poll import Gathered
    from slamon.connectors.base import Identity
    from slamon.model import Instant, Millis

CLOCK_GRAIN: Millis = 10 * SECOND
"""Beyond `visible_after`: entries are only roughly in order, and the Date header is cut to seconds."""
MENTION = "mention"
WITH_WORDS = frozenset({MENTION, "quote"})
"""Types of notifications that bring what somebody wrote."""


class ListReader:
    """One look at the lists, into `gathered`. `start`: what is older is not wanted, where nothing was read before."""

    def __init__(
        self,
        api: Api,
        gathered: Gathered,
        old: Cursor,
        start: Instant,
        now: Callable[[], Instant],
        visible_after: Millis,
    ) -> None:
        self._api = api
        self._gathered = gathered
        self._old = old
        self._start = start
        self._now = now
        self._visible_after = visible_after
        self.readings: dict[str, Reading] = {}
        """What was read of each list, by its key."""

    @property
    def whole(self) -> bool:
        """Whether no list was longer than can be read."""
        return not any(reading.gap for reading in self.readings.values())

    def notifications(self, types: Sequence[str]) -> None:
        """What others wrote to the account; with fewer parameters where the server does not take them all."""
        plain = not self._api.has(PARAMETERS)
        try:
            self._notifications(types, plain=plain)
        except PlatformError as error:
            # A 404 is a wrong address, or no such server: there is nothing plainer to ask.
            if plain or error.code == "404" or not self._api.lacks(PARAMETERS, error):
                raise
            self._notifications(types, plain=True)

    def own_statuses(self, identity: Identity) -> None:
        """What the account and each of its team wrote."""
        for each in lists.own_statuses(identity):
            for reading, documents in self._pages(each):
                for document in documents:
                    if reading.wants(_entry(document)):
                        self._gathered.add(document)

    def conversations(self) -> Sequence[str] | None:
        """The last status of each conversation where that is a new one.

        :returns: the ids on the newest page; `None` where the server has no such list.
        """
        if not self._api.has(CONVERSATIONS):
            return None
        newest: list[str] = []
        seen = set(self._old.dialogues)
        try:
            for documents in follow(None, self._conversations, PAGE_LIMIT):
                last = [each.get("last_status") for each in documents if isinstance(each, dict)]
                ids = self._last_statuses([each for each in last if each is not None], seen)
                newest = newest or ids
                if seen.issuperset(ids):
                    break
        except PlatformError as error:
            if not self._api.lacks(CONVERSATIONS, error):
                raise
            return None
        return newest

    def _notifications(self, types: Sequence[str], *, plain: bool) -> None:
        for reading, documents in self._pages(lists.notifications(types, plain=plain)):
            if not plain:
                self._api.works(PARAMETERS)
            for document in documents:
                if not isinstance(document, dict):
                    self._gathered.rejects.append(reject(document, ValueError("a notification is no object")))
                    continue
                entry = _entry(document)
                status = document.get("status")  # null, once it is deleted
                kind = facts.text(document.get("type"))
                if kind in WITH_WORDS and status is not None and reading.wants(entry):
                    self._gathered.add(status, entry.at if entry else None, called=kind == MENTION)

    def _pages(self, each: StatusList) -> Iterator[tuple[Reading, Sequence[Any]]]:
        mark = self._old.marks.get(each.key)
        reading = self.readings[each.key] = Reading(mark, self._start)
        since = {"since_id": mark.id} if mark else {}

        def fetch(older_than: str | None) -> tuple[Sequence[Any], str | None]:
            answer, page = self._api.page(each, since | ({"max_id": older_than} if older_than else {}))
            settled = (answer.date or self._now()) - self._visible_after - CLOCK_GRAIN
            goes_on = reading.take([entry for each in page.entries if (entry := _entry(each))], settled)
            return page.entries, page.older_than if goes_on and page.entries else None

        for number, entries in enumerate(follow(None, fetch, PAGE_LIMIT + 1)):
            if number == PAGE_LIMIT:
                reading.gap = True
                return
            yield reading, entries

    def _conversations(self, older_than: str | None) -> tuple[Sequence[Any], str | None]:
        _, page = self._api.page(lists.CONVERSATIONS, {"max_id": older_than} if older_than else {})
        self._api.works(CONVERSATIONS)
        # Their ids are no page tokens: without a link there is no way on.
        return page.entries, page.older_than if page.told and page.entries else None

    def _last_statuses(self, documents: Sequence[Any], seen: Collection[str]) -> list[str]:
        ids = []
        for document in documents:
            entry = _entry(document)
            if entry is None or (entry.at >= self._start and entry.id not in seen):
                self._gathered.add(document)
            if entry is not None and entry.at >= self._start:
                ids.append(entry.id)
        return ids


def _entry(document: Any) -> Entry | None:  # noqa: ANN401 - any JSON
    """Where a notification or a status stands in its list; `None` for one that cannot be read."""
    if not isinstance(document, dict):
        return None
    account = document.get("account")
    remote = isinstance(account, dict) and "@" in facts.text(account.get("acct"))
    try:
        return Entry(facts.checked(document.get("id")), facts.instant(document.get("created_at")), remote=remote)
    except (ValueError, OverflowError, OSError):
        return None
