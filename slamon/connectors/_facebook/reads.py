"""What is asked of a Page: lists of posts, and the comments of one post in one flat list, newest first.

`filter=stream` brings replies too; without it they are left out. Meta's documents call that list chronological in
places, so its `summary.order` is believed, and it is read to its end where it is not newest first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._facebook.messages import ODD, digest_of
from slamon.connectors._facebook.settings import Surface
from slamon.connectors._graph.answers import instant, listing
from slamon.connectors._graph.errors import NO_SUCH_FIELD, TOO_MUCH
from slamon.errors import PlatformError, Verdict
from slamon.model import MAX_INSTANT, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeVar

    from slamon.connectors._graph.answers import Json, Listing
    from slamon.connectors._graph.client import Graph
    from slamon.model import Instant

    T = TypeVar("T")

FEED, ADS, TAGGED, COMMENTS = "feed", "ads_posts", "tagged", "comments"
POSTS_PAGE = 50
COMMENTS_PAGE = 100
COMMENT_PAGES = 100
"""A post with more new comments than these pages hold counts as cut off."""

COUNTS = "comments.filter(stream).order(reverse_chronological).limit(1).summary(true){id,from{id}}"
POST_FIELDS = (
    "id,created_time,updated_time,from{id,name},message,message_tags,permalink_url,is_published,is_hidden,"
    f"is_inline_created,shares,{COUNTS}"
)
COMMENT_FIELDS = (
    "id,created_time,from{id,name},message,message_tags,parent{id,from{id}},permalink_url,is_hidden,comment_count,"
    "like_count"
)
LEAN_POST_FIELDS = "id,created_time,from,message,comments.filter(stream).limit(1).summary(true){id,from}"
LEAN_COMMENT_FIELDS = "id,created_time,from,message,parent"
"""Asked for where a version does not offer one of the others."""


@dataclass(frozen=True, slots=True)
class Source:
    """A list of posts: its edge and parameters, what its posts are, and when they are watched."""

    edge: str
    kind: Kind
    surfaces: frozenset[Surface]
    params: Mapping[str, str] = field(default_factory=dict)
    advertised: bool = False

    def watches(self, *, ours: bool) -> bool:
        """Whether a post of it is of interest, by who wrote it."""
        if self.edge != FEED:
            return True
        return (Surface.COMMENTS if ours else Surface.POSTS) in self.surfaces


def sources(watched: Sequence[Surface]) -> list[Source]:
    """The lists to read for the surfaces that a channel watches."""
    wanted = frozenset(watched)
    found = [
        Source(FEED, Kind.POST, wanted, {"include_hidden": "true"}),
        Source(ADS, Kind.POST, wanted, {"include_inline_create": "true"}, advertised=True),
        Source(TAGGED, Kind.MENTION, wanted),
    ]
    needed = ({Surface.POSTS, Surface.COMMENTS}, {Surface.ADS}, {Surface.TAGS})
    return [source for source, surfaces in zip(found, needed, strict=True) if surfaces & wanted]


@dataclass(slots=True)
class Thread:
    """What a read of one post's comments brought."""

    pages: list[Sequence[Any]]
    digest: str
    unchanged: bool = False
    """The newest comments are those of the last read."""
    ended: bool = False
    """All that Meta shows was read."""
    cut: bool = False
    unread_before: Instant = 0
    """Where it was cut off: something written before this was not read."""
    total: int | None = None

    @property
    def raws(self) -> list[Any]:
        """All comments that came."""
        return [raw for page in self.pages for raw in page]


class Reads:
    """Asks for posts and comments, with fewer fields where a version refuses some."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._lean = False

    @property
    def post_fields(self) -> Mapping[str, str | int]:
        """The parameters for a post."""
        return {"fields": LEAN_POST_FIELDS if self._lean else POST_FIELDS}

    @property
    def comment_fields(self) -> Mapping[str, str | int]:
        """The parameters for a comment."""
        return {"fields": LEAN_COMMENT_FIELDS if self._lean else COMMENT_FIELDS}

    @property
    def stream(self) -> Mapping[str, str | int]:
        """The parameters for all comments of a post."""
        flat = {"filter": "stream", "order": "reverse_chronological", "summary": "true"}
        return {**self.comment_fields, **flat, "limit": COMMENTS_PAGE}

    def posts(self, page: str, source: Source, horizon: Instant) -> Iterator[Sequence[Any]]:
        """Pages of posts, until a whole page is older than `horizon`: their order is only nearly newest first."""
        for found in self._pages(source.edge, f"/{page}/{source.edge}", lambda: {**self.post_fields, **source.params}):
            yield found.data
            if found.data and all(_before(raw, horizon) for raw in found.data):
                return

    def look_up(self, ask: Callable[[], list[Json | PlatformError]]) -> list[Json | PlatformError]:
        """What `ask` brings; asked again with fewer fields where one of them is refused."""
        found = ask()
        refused = any(isinstance(part, PlatformError) and part.code == NO_SUCH_FIELD for part in found)
        return ask() if refused and self._leaner() else found

    def thread(self, post: str, back_to: Instant, known: str, first: Json | None = None) -> Thread:
        """Comments of a post, back to `back_to`; no more than the newest where their digest is `known`.

        `first` is the first page, where a batch brought it.
        """
        pages = self._with(first, post) if first else self._stream(post)
        newest = next(pages)
        in_order = newest.summary.get("order") == "reverse_chronological"
        thread = Thread([newest.data], digest_of(newest.data), total=newest.total)
        thread.unchanged = in_order and thread.digest == known
        _check_ids(newest.data)
        last = newest
        while last.after is not None and not (thread.unchanged or (in_order and _ends_before(last.data, back_to))):
            if len(thread.pages) == COMMENT_PAGES:
                thread.cut = True
                thread.unread_before = oldest_of(last.data)
                return thread
            last = next(pages)
            thread.pages.append(last.data)
        thread.ended = last.after is None
        if not in_order:
            thread.digest = digest_of(thread.raws)
            thread.unchanged = thread.digest == known
        return thread

    def _stream(self, post: str) -> Iterator[Listing]:
        return self._pages(COMMENTS, f"/{post}/comments", lambda: self.stream)

    def _with(self, first: Json, post: str) -> Iterator[Listing]:
        page = listing(COMMENTS, first)
        yield page
        if page.after is not None:
            yield from self._graph.pages(COMMENTS, f"/{post}/comments", self.stream, COMMENTS_PAGE, page.after)

    def _pages(self, edge: str, path: str, params: Callable[[], Mapping[str, str | int]]) -> Iterator[Listing]:
        limit = COMMENTS_PAGE if edge == COMMENTS else POSTS_PAGE
        pages = self._graph.pages(edge, path, params(), limit)
        try:
            first = next(pages)
        except PlatformError as error:
            if error.code != NO_SUCH_FIELD or not self._leaner():
                raise
            pages = self._graph.pages(edge, path, params(), limit)
            first = next(pages)
        yield first
        yield from pages

    def _leaner(self) -> bool:
        """Ask for fewer fields from now on; :returns: whether that is news."""
        was, self._lean = self._lean, True
        return not was


def is_too_much(error: PlatformError) -> bool:
    """Whether a smaller question may be answered."""
    return error.code == TOO_MUCH


def newest_of(raws: Sequence[Any]) -> Instant:
    """When the newest of these was written; 0 where none can be read."""
    return max((at for raw in raws if (at := _written(raw)) is not None), default=0)


def oldest_of(raws: Sequence[Any]) -> Instant:
    """When the oldest of these was written; the end of time where none can be read."""
    return min((at for raw in raws if (at := _written(raw)) is not None), default=MAX_INSTANT)


def _written(raw: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    try:
        return instant(raw["created_time"])
    except ODD:
        return None


def _before(raw: Any, horizon: Instant) -> bool:  # noqa: ANN401 - any JSON
    at = _written(raw)
    return at is not None and at < horizon


def _ends_before(raws: Sequence[Any], back_to: Instant) -> bool:
    return bool(raws) and _before(raws[-1], back_to)


def _check_ids(raws: Sequence[Any]) -> None:
    """Comments without any id are withheld for want of a task: the call succeeds all the same."""
    if raws and all(isinstance(raw, dict) and "id" not in raw for raw in raws):
        text = (
            "comments: they come without ids and authors: the person behind the token lacks the task MODERATE on the "
            "Page; give it under Page settings, Page access, and make a new token"
        )
        raise PlatformError(Verdict.PERMISSION, text, code="no_moderate")
