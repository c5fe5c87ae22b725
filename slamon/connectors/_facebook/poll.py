"""One poll of a Page: its posts, then the comments of those under which something moved, or somebody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.connectors._facebook.cursor import Cursor, Known
from slamon.connectors._facebook.gone import Confirming, Sight
from slamon.connectors._facebook.messages import ODD, Post, by_id, comments_of, post_message, post_of
from slamon.connectors._facebook.reads import Source, newest_of, sources
from slamon.connectors._graph.answers import reject
from slamon.connectors._graph.client import Ask
from slamon.connectors.base import Page
from slamon.errors import PlatformError, Verdict
from slamon.model import MINUTE, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from slamon.connectors._facebook.reads import Reads, Thread
    from slamon.connectors._facebook.settings import FacebookSettings
    from slamon.connectors._graph.client import Graph
    from slamon.connectors.base import Identity, OpenThread
    from slamon.model import Instant, Message, Millis, Reject

OVERLAP: Millis = 10 * MINUTE
"""Comments that are older than the newest known one by so much are read again: they may appear late."""
REREAD = 5
"""Posts under which somebody waits whose comments are read although nothing moved: edits leave no trace."""
LOOKED_UP = 50
"""Posts outside of the lists that are looked up in a poll, because somebody waits there."""

Watched: TypeAlias = "Callable[[Post], bool]"

_UNREADABLE = frozenset({Verdict.PERMISSION, Verdict.NOT_FOUND})


class Poll:
    """What one poll asks, in the order in which it asks, and what it remembers for the next."""

    def __init__(self, graph: Graph, settings: FacebookSettings, identity: Identity, reads: Reads, old: Cursor) -> None:
        self._graph = graph
        self._settings = settings
        self._identity = identity
        self._reads = reads
        self._old = old
        self._found: dict[str, Post] = {}
        self._read: dict[str, Thread] = {}
        self._closed: set[str] = set()
        """Posts of others under which we may not look."""
        self._told: set[str] = set()
        self._missing: dict[str, Post] = {}
        self.sight = Sight(identity.ours)

    def posts(self, now: Instant, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Posts that are new or changed: from the lists, and by look-up where somebody waits under an older one."""
        horizon = now - self._settings.posts_for
        waiting = list(dict.fromkeys(thread.thread for thread in threads))
        for source in sources(self._settings.watch):
            for raws in self._reads.posts(self._identity.account, source, horizon):
                yield from self._page(raws, source, lambda post: post.created_at >= horizon or post.id in waiting)
        yield from self._looked_up([post for post in waiting if post not in self._found][:LOOKED_UP])

    def comments(self, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Comments under the posts where something moved, then under the most urgent of the others."""
        waiting = list(dict.fromkeys(thread.thread for thread in threads if thread.thread in self._found))
        moved = [post.id for post in self._found.values() if self._moved(post, post.id in waiting)]
        quiet = [post for post in waiting if post not in moved][: 0 if self._short() else REREAD]
        for post in (*moved, *quiet):
            yield from self._thread(self._found[post])
        yield from cut_before(self._old, threads, self._read)
        self._note_missing(threads)

    def gone(self, now: Instant) -> Iterator[Page]:
        """Messages that wait, and were shown no more."""
        if self._missing:
            confirming = Confirming(self._graph, self._reads, self._identity, self.sight)
            yield confirming.page(self._missing, self._whole(), now)

    def cursor(self) -> Cursor:
        """What the next poll goes on from."""
        return Cursor(self._old.start, {post.id: self._known(post) for post in self._found.values()})

    def _page(self, raws: Sequence[Any], source: Source, watched: Watched) -> Iterator[Page]:
        messages: list[Message] = []
        rejects: list[Reject] = []
        for raw in raws:
            try:
                messages += self._post(raw, source, watched)
            except ODD as error:
                rejects.append(reject(raw, error))
        if messages or rejects:
            yield Page(messages=messages, rejects=rejects)

    def _post(self, raw: Any, source: Source, watched: Watched) -> Sequence[Message]:  # noqa: ANN401 - any JSON
        post = post_of(raw, self._identity.ours, source.kind, advertised=source.advertised)
        if raw.get("is_published") is False or post.id in self._found:
            return ()
        if not (source.watches(ours=post.ours) and watched(post)):
            return ()
        message = post_message(raw, post)
        self._found[post.id] = post
        self.sight.post(post)
        known = self._old.posts.get(post.id)
        news = known is None or known.words != post.words
        # The Page's own posts are context, however old; a visitor's from before the start is nobody's wait.
        return [message] if news and (post.ours or post.created_at >= self._old.start) else ()

    def _looked_up(self, posts: Sequence[str]) -> Iterator[Page]:
        asks = [Ask(f"/{post}", self._reads.post_fields) for post in posts]
        answers = self._reads.look_up(lambda: self._graph.many(asks)) if asks else []
        for post, answer in zip(posts, answers, strict=True):
            known = self._old.posts.get(post)
            if not isinstance(answer, PlatformError):
                source = Source("post", known.kind if known else Kind.POST, frozenset(), advertised=_is_ad(known))
                yield from self._page([answer], source, lambda _post: True)
            elif answer.verdict is Verdict.NOT_FOUND:
                self._missing[post] = remembered(self._old, post, self._identity.ours) or Post(post, 0, "", ours=False)
            else:
                yield Page(partial=[post])

    def _moved(self, post: Post, waited_on: bool) -> bool:  # noqa: FBT001 - one call
        known = self._old.posts.get(post.id)
        if known is None:
            return post.total != 0
        return known.mark != post.mark and (post.total != 0 or waited_on)

    def _short(self) -> bool:
        """From 90 % of a budget on, only what is needed is asked."""
        return any(quota.remaining <= 10 for quota in self._graph.quotas())  # noqa: PLR2004 - percent

    def _thread(self, post: Post) -> Iterator[Page]:
        known = self._old.posts.get(post.id)
        back_to = max(self._old.start, known.newest_at - OVERLAP) if known else self._old.start
        try:
            thread = self._reads.thread(post.id, back_to, known.digest if known else "")
        except PlatformError as error:
            self._unread(post, error)
            yield Page(partial=[post.id])
            return
        self._read[post.id] = thread
        self.sight.thread(thread)
        if not thread.unchanged:
            yield from thread_pages(thread, post, self._identity.ours, self._old.start, self._told)

    def _unread(self, post: Post, error: PlatformError) -> None:
        """What keeps us from looking under `post` is not the Page's trouble: it was deleted, or is another's post."""
        if error.verdict not in _UNREADABLE:
            raise error
        if post.kind is Kind.MENTION:
            self._closed.add(post.id)
        elif error.verdict is Verdict.PERMISSION:
            raise error

    def _note_missing(self, threads: Sequence[OpenThread]) -> None:
        for each in threads:
            thread, post = self._read.get(each.thread), self._found.get(each.thread)
            if thread is None or post is None or not thread.ended:
                continue
            shown = by_id(thread.raws, post)
            self._missing |= {id_: post for id_ in each.messages if id_ != post.id and id_ not in shown}
        for each in threads:
            if each.thread in self._missing:
                self._missing |= dict.fromkeys(each.messages, self._missing[each.thread])

    def _whole(self) -> frozenset[str]:
        return frozenset(post for post, thread in self._read.items() if is_whole(thread))

    def _known(self, post: Post) -> Known:
        old, thread = self._old.posts.get(post.id), self._read.get(post.id)
        newest_at, digest, unread = (old.newest_at, old.digest, old.unread_before) if old else (0, "", 0)
        if thread is not None:
            unread = max(unread, thread.unread_before)
            newest_at, digest = max(newest_at, newest_of(thread.raws)), thread.digest
        # What could not be read under it is tried again: its mark is not believed.
        open_end = thread is None and post.id not in self._closed and self._moved(post, waited_on=False)
        mark = "" if open_end else post.mark
        facts = (post.created_at, newest_at, mark, post.words, digest)
        return Known(*facts, post.author, post.advertised, post.kind, unread)


def thread_pages(thread: Thread, post: Post, ours: frozenset[str], start: Instant, told: set[str]) -> Iterator[Page]:
    """What came under a post, page by page, each message once; named as cut off where it could not be read through."""
    above = by_id(thread.raws, post)
    for raws in thread.pages:
        good, bad = comments_of(raws, post, ours, above)
        new = [message for message in good if message.created_at >= start and message.id not in told]
        told.update(message.id for message in new)
        if new or bad:
            yield Page(messages=new, rejects=bad)
    if thread.cut:
        yield Page(partial=[post.id])


def cut_before(old: Cursor, threads: Sequence[OpenThread], read: Container[str]) -> Iterator[Page]:
    """Names the threads, of those just `read`, in which somebody waits since before what was once cut off."""
    cut = [each for each in threads if each.thread in read and each.thread in old.posts]
    found = {each.thread for each in cut if each.since <= old.posts[each.thread].unread_before}
    if found:
        yield Page(partial=sorted(found))


def is_whole(thread: Thread) -> bool:
    """Whether all comments that are counted were shown."""
    return thread.ended and thread.total is not None and thread.total <= len(thread.raws)


def _is_ad(known: Known | None) -> bool:
    return known is not None and known.advertised


def remembered(old: Cursor, post: str, ours: frozenset[str]) -> Post | None:
    """A post as the last poll saw it."""
    known = old.posts.get(post)
    if known is None:
        return None
    return Post(post, known.created_at, known.author, known.author in ours, known.advertised, known.kind)
