"""Reading the conversations of a Page on Messenger, or of an account on Instagram: the same edge, the same traps.

One call lists the conversations, the newest first, each with its newest messages; more is asked only of a conversation
in which more was written than that shows. Of the 20 newest messages of a conversation everything can be read: where
what is new reaches further back than that, and none of it is ours, the conversation is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.connectors._graph.answers import count, ident, nested, reject
from slamon.connectors._graph.errors import NO_SUCH_FIELD
from slamon.connectors._messenger.messages import ODD, Stretch, permalink, when
from slamon.connectors.base import Page
from slamon.errors import PlatformError, Verdict
from slamon.model import Gone, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.connectors._graph.answers import Json, Listing
    from slamon.connectors._graph.client import Graph
    from slamon.connectors._messenger.cursor import Round
    from slamon.connectors._messenger.messages import Voice
    from slamon.connectors._messenger.pace import Pace
    from slamon.connectors.base import OpenThread
    from slamon.model import Instant

PAGE_SIZE = 25
NESTED = 5
"""Messages that come with each conversation; larger nested lists time out, or are refused as too much data."""
READABLE = 20
"""Messages of a conversation of which Meta tells more than id and time."""
LOOKS = 20
"""Conversations that are read one by one for a recheck: at two calls a second, ten seconds."""
CONFIRMED = 5
"""How many missing messages of one conversation are looked for by id."""

CONVERSATIONS, CONVERSATION, MESSAGES, MESSAGE = "conversations", "conversation", "messages", "message"
ENDPOINTS = frozenset({CONVERSATIONS, CONVERSATION, MESSAGES, MESSAGE})

BARE_FIELDS = "id,created_time,from,message"
"""What is asked for where a version or a flavour does not know one of the others."""
NOT_THIS_PERSON = "#230"
_GONE = frozenset({Verdict.NOT_FOUND, Verdict.BAD_REQUEST})
"""What Meta says of a message that was deleted, and of one beyond the newest 20."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account's conversations are."""

    path: str
    platform: str
    """As the parameter of that name has it."""
    fields: str
    """What is asked of each message."""
    prefix: str = ""
    """Before the id of a thread, where an account has threads of other kinds too."""


class Inbox:
    """The conversations of one account, as far as its token can see them."""

    def __init__(self, graph: Graph, place: Place, pace: Pace, now: Callable[[], Instant]) -> None:
        self._graph = graph
        self._place = place
        self._pace = pace
        self._now = now
        self._bare = False

    def poll(self, voice: Voice, read: Round) -> Iterator[Page]:
        """What was written since the last read, a page for each page of the list; `read` knows how it went on."""
        spare = read.goes_deeper
        for listing in self._listed():
            read.listed += len(listing.data)
            page, far = self._page(listing.data, voice, read)
            if any((page.messages, page.partial, page.rejects)):
                yield page
            if far and not spare:
                return
            spare = spare and not far

    def looks(self, threads: Sequence[OpenThread], voice: Voice) -> Iterator[Page]:
        """The first of the conversations of `threads`, each read by itself."""
        together: dict[str, list[OpenThread]] = {}
        for each in threads:
            together.setdefault(each.thread, []).append(each)
        for thread, waits in list(together.items())[:LOOKS]:
            waiting = [message for each in waits for message in each.messages]
            yield self.look(thread, waiting, min(each.since for each in waits), voice)

    def look(self, thread: str, waiting: Sequence[str], since: Instant, voice: Voice) -> Page:
        """One conversation once more: what was written in it since, and which of `waiting` is gone."""
        stretch = Stretch(thread, voice)
        try:
            whole = self._read_again(stretch, since)
        except PlatformError as error:
            if not _concerns_one(error):
                raise
            return Page(partial=(thread,))
        known = {each.id for each in stretch.messages}
        missing = [each for each in waiting if each not in known]
        if missing and not whole:
            return Page(stretch.in_order(), partial=(thread,), rejects=stretch.rejects)
        now = self._now()
        gone = [Gone(each, now) for each in missing[:CONFIRMED] if self._is_gone(each)]
        partial = () if whole or stretch.answered else (thread,)
        return Page(stretch.in_order(), gone, partial, stretch.rejects)

    def listed_first(self) -> int:
        """How many conversations the first page of the list shows."""
        return len(next(self._listed()).data)

    def raw(self, thread: str) -> str:
        """The platform's id of a thread."""
        return thread.removeprefix(self._place.prefix)

    def _listed(self) -> Iterator[Listing]:
        try:
            yield from self._pages()
        except PlatformError as error:
            if error.code != NO_SUCH_FIELD or self._bare:
                raise
            self._bare = True
            yield from self._pages()

    def _pages(self) -> Iterator[Listing]:
        params = {"platform": self._place.platform, "fields": self._fields(NESTED)}
        yield from self._paced(self._graph.pages(CONVERSATIONS, self._place.path, params, PAGE_SIZE))

    def _paced(self, pages: Iterator[Listing]) -> Iterator[Listing]:
        more = True
        while more:
            self._pace.wait()
            page = next(pages)
            more = page.after is not None
            yield page

    def _fields(self, messages: int) -> str:
        """What is asked of a conversation, with so many of its messages."""
        more = "" if self._bare else "message_count,link,"
        return f"id,updated_time,{more}messages.limit({messages}){{{self._message_fields}}}"

    @property
    def _message_fields(self) -> str:
        return BARE_FIELDS if self._bare else self._place.fields

    def _page(self, raws: Sequence[Any], voice: Voice, read: Round) -> tuple[Page, bool]:
        """What `raws` bring, and whether any of them is so old that nothing new is expected behind it."""
        found: list[Stretch] = []
        partial: list[str] = []
        rejects: list[Reject] = []
        far = False
        for raw in raws:
            try:
                stretch, moved = self._conversation(raw, voice, read)
            except ODD as error:
                rejects.append(reject(raw, error))
                continue
            far = far or read.is_far(moved)
            if stretch is not None:
                found.append(stretch)
                partial += [stretch.thread] if stretch.unknown else []
        messages = [each for stretch in found for each in stretch.in_order() if each.id not in read.messages]
        read.messages.update(each.id for each in messages)
        rejects += [each for stretch in found for each in stretch.rejects]
        return Page(messages, partial=partial, rejects=rejects), far

    def _conversation(self, raw: Any, voice: Voice, read: Round) -> tuple[Stretch | None, Instant | None]:  # noqa: ANN401
        """What is new in one conversation, and when it moved."""
        name = ident(raw["id"])
        stretch = Stretch(self._place.prefix + name, voice, permalink(raw))
        first = nested(raw, "messages")
        moved = _moved(raw, first)
        if not read.is_new(name, moved):
            read.note(name, moved)
            return None, moved
        stretch.add(first.data if first else ())
        self._complete(name, stretch, raw, first, read.bound(name))
        read.note(name, moved)
        return stretch, moved

    def _complete(self, name: str, stretch: Stretch, raw: Json, first: Listing | None, bound: Instant) -> None:
        """Read on until `bound`, where what came along does not reach it."""
        after = first.after if first else None
        cut = False
        if (first is None or after) and not stretch.withheld and not stretch.reaches(bound):
            try:
                self._read_on(name, stretch, bound, after)
            except PlatformError as error:
                if not _concerns_one(error):
                    raise
                cut = True
        read = len(stretch.messages) + len(stretch.rejects)
        cut = cut or stretch.withheld or (count(raw.get("message_count")) or 0) > read >= READABLE
        stretch.unknown = cut and not stretch.reaches(bound) and not stretch.answered

    def _read_on(self, name: str, stretch: Stretch, bound: Instant, after: str | None) -> None:
        pages = self._graph.pages(MESSAGES, f"/{name}/messages", {"fields": self._message_fields}, READABLE, after)
        for page in self._paced(pages):
            stretch.add(page.data)
            if stretch.withheld or stretch.reaches(bound):
                return

    def _read_again(self, stretch: Stretch, since: Instant) -> bool:
        """Read a conversation from its newest message back to `since`; whether nothing of that is unread."""
        name = self.raw(stretch.thread)
        self._pace.wait()
        raw = self._graph.node(CONVERSATION, f"/{name}", {"fields": self._fields(READABLE)})
        stretch.permalink = permalink(raw)
        first = nested(raw, "messages")
        stretch.add(first.data if first else ())
        self._complete(name, stretch, raw, first, since)
        if not stretch.messages and count(raw.get("message_count")):
            return False  # it counts messages and shows none: that is no sign of a deletion
        return stretch.reaches(since) or not (stretch.withheld or stretch.unknown)

    def _is_gone(self, message: str) -> bool:
        """Whether a message that its conversation does not show is deleted: by its own id, it cannot be read either."""
        self._pace.wait()
        try:
            self._graph.node(MESSAGE, f"/{message}", {"fields": "id,created_time"})
        except PlatformError as error:
            if error.verdict in _GONE:
                return True
            raise
        return False


def _concerns_one(error: PlatformError) -> bool:
    """Whether a refusal is about one conversation, and says nothing of the others."""
    return (error.verdict in _GONE and error.code != NO_SUCH_FIELD) or error.code == NOT_THIS_PERSON


def _moved(raw: Json, first: Listing | None) -> Instant | None:
    """When something was last written in a conversation; `None`: it is not told."""
    stated = raw.get("updated_time")
    if stated is not None:
        return when(stated)
    items = [item for item in (first.data if first else ()) if isinstance(item, dict)]
    return max((when(item["created_time"]) for item in items if "created_time" in item), default=None)
