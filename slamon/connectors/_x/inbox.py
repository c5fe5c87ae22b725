"""Reads the account's direct messages: newest first, thirty days back, with no way to ask only for what is new.

X bills each message once a day, and allows fifteen reads in fifteen minutes: so a small page comes first, and more
only while everything on it is new. Then reading begins anew from the top: whether a page token holds for a page of
another size is not stated, and what was billed today is free.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from slamon.connectors._x.answers import Listing, listing
from slamon.connectors._x.ids import moment
from slamon.connectors._x.messages import conversation_of, direct_messages, inside, number_of
from slamon.connectors._x.posts import by_id
from slamon.connectors._x.reader import CLOCK_GRAIN, PAGE_LIMIT
from slamon.connectors.base import Page
from slamon.connectors.paging import follow
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, Gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.connectors._x.lists import Reading
    from slamon.connectors._x.people import People
    from slamon.connectors._x.settings import XSettings
    from slamon.connectors._x.wording import Asking
    from slamon.connectors.base import Context, Identity, OpenThread
    from slamon.model import Instant, Millis

INBOX = "/2/dm_events"
HEAD_SIZE = 5
PAGE_SIZE = 100
CAP = 1_000
"""Messages that one read takes at most: ten of the fifteen calls that X allows."""
EACH = 3
"""Dialogues that are read one by one; for more, the whole inbox takes fewer calls."""
KEPT: Millis = 29 * DAY
"""X shows thirty days: what is older is not deleted because it is missing."""
LACKING = (
    "without dm.read nobody can read direct messages: allow them in the app's settings, sign in as the account with "
    "the scopes tweet.read users.read dm.read offline.access, and give slamon the new refresh token"
)


class Inbox:
    """The direct messages of one account."""

    def __init__(self, asking: Asking, people: People, context: Context, settings: XSettings) -> None:
        self._asking = asking
        self._people = people
        self._context = context
        self._unsettled = settings.visible_after + CLOCK_GRAIN
        self._groups = settings.group_messages

    def read(self, reading: Reading, identity: Identity) -> Iterator[Page]:
        """What is new, newest first; what is to remember of it is kept in `reading`."""

        def enough(events: Sequence[Any]) -> bool:
            return len(reading.seen) >= CAP or not all(_is_new(event, reading) for event in events)

        cut = False
        for page, settled in self._walk("messages", INBOX, HEAD_SIZE, enough):
            cut = page.cut
            new = replace(page, posts=[event for event in page.posts if _is_new(event, reading)])
            reading.take(new, settled)
            if new.posts:
                yield self._page(new, identity)
        reading.gap |= cut or (reading.resumed and len(reading.seen) >= CAP)

    def look(self, threads: Sequence[OpenThread], identity: Identity) -> Iterator[Page]:
        """These dialogues once more, back to the oldest message that waits: answered, or deleted."""
        if len(threads) > EACH:
            yield from self._look("messages", INBOX, threads, identity)
            return
        for thread in threads:
            path = f"/2/dm_conversations/{conversation_of(thread.thread)}/dm_events"
            try:
                yield from self._look("conversations", path, [thread], identity)
            except PlatformError as error:
                if error.verdict is Verdict.NOT_FOUND:
                    yield Page(partial=[thread.thread])  # deleted, or out of reach: unknown
                elif error.verdict is Verdict.BAD_REQUEST:  # an id that is not of X's shape
                    yield from self._look("messages", INBOX, [thread], identity)
                else:
                    raise

    def probe(self) -> int:
        """Read one message, and say how many there were.

        :raises PlatformError: they cannot be read.
        """
        page, _ = self._ask("messages", INBOX, 1, None)
        return len(page.posts)

    def _look(self, name: str, path: str, threads: Sequence[OpenThread], identity: Identity) -> Iterator[Page]:
        missing = {ident: thread for thread in threads for ident in thread.messages}
        floor = min(thread.since for thread in threads)
        read, ended = 0, False

        def enough(events: Sequence[Any]) -> bool:
            nonlocal ended
            ended = not missing or any((at := moment(event)) is not None and at < floor for event in events)
            return ended or read >= CAP

        head = PAGE_SIZE if path == INBOX else min(HEAD_SIZE + len(missing), PAGE_SIZE)
        for page, _ in self._walk(name, path, head, enough):
            for ident, _ in by_id(page.posts):
                missing.pop(ident, None)
            read += len(page.posts)
            last = page
            if page.posts:
                yield self._page(page, identity)
        now = self._context.now()
        if (ended or last.next_token is None) and not last.cut:
            yield Page(gone=[Gone(ident, now) for ident, thread in missing.items() if thread.since > now - KEPT])
        else:
            yield Page(partial=sorted({thread.thread for thread in missing.values()}))

    def _walk(
        self, name: str, path: str, head: int, enough: Callable[[Sequence[Any]], bool]
    ) -> Iterator[tuple[Listing, Instant]]:
        """Pages from the newest on, until one of them is enough, each with the time before which nothing is missing."""
        if head < PAGE_SIZE:
            first = self._ask(name, path, head, None)
            yield first
            if not first[0].cut and (first[0].next_token is None or enough(first[0].posts)):
                return

        def fetch(token: str | None) -> tuple[tuple[Listing, Instant], str | None]:
            found = self._ask(name, path, PAGE_SIZE, token)
            return found, found[0].next_token

        for found in follow(None, fetch, PAGE_LIMIT):
            yield found
            if enough(found[0].posts):
                return

    def _ask(self, name: str, path: str, size: int, token: str | None) -> tuple[Listing, Instant]:
        more = "" if token is None else f"&pagination_token={quote(token, safe='')}"
        try:
            answer = self._asking.get(name, f"{path}?max_results={size}{more}")
        except PlatformError as error:
            raise _naming_the_right(error) from None
        return listing(name, answer, size), (answer.date or self._context.now()) - self._unsettled

    def _page(self, page: Listing, identity: Identity) -> Page:
        document = self._people.with_authors(page.document, page.posts, "sender_id")
        good, bad = direct_messages(page.posts, inside(document, identity, groups=self._groups))
        return Page(messages=good, rejects=bad)


def _is_new(event: Any, reading: Reading) -> bool:  # noqa: ANN401 - any JSON
    """What tells neither its number nor its time is new: it will be set aside."""
    if reading.since is None:
        at = moment(event)
        return at is None or at >= reading.start
    number = number_of(event)
    return number is None or number > int(reading.since)


def _naming_the_right(error: PlatformError) -> PlatformError:
    """X says only `Forbidden` where a scope is missing."""
    if error.verdict is not Verdict.PERMISSION:
        return error
    return PlatformError(error.verdict, f"{error}; {LACKING}", code=error.code, endpoint=error.endpoint)
