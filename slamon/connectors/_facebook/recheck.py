"""One more look at threads in which somebody waits: a batch for what was said there, another for what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._facebook.gone import Confirming, Sight
from slamon.connectors._facebook.messages import ODD, Post, by_id, post_message, post_of
from slamon.connectors._facebook.poll import OVERLAP, cut_before, is_whole, remembered, thread_pages
from slamon.connectors._facebook.reads import is_too_much
from slamon.connectors._graph.client import Ask
from slamon.connectors.base import Page
from slamon.errors import PlatformError, Verdict
from slamon.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors._facebook.cursor import Cursor
    from slamon.connectors._facebook.reads import Reads, Thread
    from slamon.connectors._graph.answers import Json
    from slamon.connectors._graph.client import Graph
    from slamon.connectors.base import Identity, OpenThread
    from slamon.model import Instant


class Look:
    """Reads the posts of `threads` again, and whether the messages that wait there are still shown."""

    def __init__(
        self, graph: Graph, identity: Identity, reads: Reads, old: Cursor, threads: Sequence[OpenThread]
    ) -> None:
        self._graph = graph
        self._identity = identity
        self._reads = reads
        self._old = old
        self._threads = threads
        self._waiting: dict[str, dict[str, None]] = {}
        for each in threads:
            self._waiting.setdefault(each.thread, {}).update(dict.fromkeys(each.messages))
        self._posts: dict[str, Post] = {}
        self._firsts: dict[str, Json | PlatformError] = {}
        self._missing: dict[str, Post] = {}
        self._whole: set[str] = set()
        self._sight = Sight(identity.ours)

    def pages(self, now: Instant) -> Iterator[Page]:
        """All that was found; a thread that could not be read is named as cut off."""
        yield from self._first_batch()
        told: set[str] = set()
        for post in self._waiting:
            yield from self._thread(post, told)
        yield from cut_before(self._old, self._threads, self._waiting)
        if self._missing:
            confirming = Confirming(self._graph, self._reads, self._identity, self._sight)
            yield confirming.page(self._missing, frozenset(self._whole), now)

    def _first_batch(self) -> Iterator[Page]:
        """The posts that wait themselves or are not known yet, and the newest comments of all of them."""
        nodes = [post for post, ids in self._waiting.items() if post in ids or post not in self._old.posts]
        answers = self._answers(nodes)
        for post, answer in zip(nodes, answers, strict=False):
            yield from self._node(post, answer)
        self._firsts = dict(zip(self._waiting, answers[len(nodes) :], strict=False))

    def _answers(self, nodes: Sequence[str]) -> list[Json | PlatformError]:
        def ask() -> list[Json | PlatformError]:
            posts = [Ask(f"/{post}", self._reads.post_fields) for post in nodes]
            comments = [Ask(f"/{post}/comments", self._reads.stream) for post in self._waiting]
            return self._graph.many([*posts, *comments])

        try:
            return self._reads.look_up(ask)
        except PlatformError as error:
            if not is_too_much(error):
                raise
            # Page by page it is smaller; the posts themselves are taken as they were last seen.
            return []

    def _node(self, post: str, answer: Json | PlatformError) -> Iterator[Page]:
        if isinstance(answer, PlatformError):
            return
        known = self._known(post)
        try:
            kind, advertised = (known.kind, known.advertised) if known else (Kind.POST, False)
            shown = post_of(answer, self._identity.ours, kind, advertised=advertised)
            message = post_message(answer, shown)
        except ODD:
            return
        self._posts[post] = shown
        self._sight.post(shown)
        if post in self._waiting[post]:
            yield Page(messages=[message])

    def _thread(self, id_: str, told: set[str]) -> Iterator[Page]:
        post, first = self._posts.get(id_) or self._known(id_), self._firsts.get(id_)
        try:
            thread = self._read(id_, first)
        except PlatformError as error:
            if error.verdict is Verdict.NOT_FOUND:
                self._missing |= dict.fromkeys((id_, *self._waiting[id_]), post or Post(id_, 0, "", ours=False))
            elif error.verdict is not Verdict.PERMISSION:
                raise
            yield Page(partial=[id_])
            return
        if post is None:  # whose it is decides who is addressed under it
            yield Page(partial=[id_])
            return
        self._seen(thread, post)
        yield from thread_pages(thread, post, self._identity.ours, self._old.start, told)

    def _read(self, post: str, first: Json | PlatformError | None) -> Thread:
        if isinstance(first, PlatformError):
            raise first
        known = self._old.posts.get(post)
        back_to = max(self._old.start, known.newest_at - OVERLAP) if known else self._old.start
        return self._reads.thread(post, back_to, "", first)

    def _known(self, post: str) -> Post | None:
        return remembered(self._old, post, self._identity.ours)

    def _seen(self, thread: Thread, post: Post) -> None:
        self._sight.thread(thread)
        if is_whole(thread):
            self._whole.add(post.id)
        shown = by_id(thread.raws, post)
        missing = {id_: post for id_ in self._waiting[post.id] if id_ not in shown and id_ not in self._posts}
        self._missing |= missing
