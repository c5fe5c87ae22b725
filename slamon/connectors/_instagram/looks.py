"""Looking at single comments and posts again: whether they were answered, or are gone.

The same refusal stands for a deleted comment and for a lost permission. A comment counts as gone only when the same
look showed some other comment, or its post counts none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._graph.answers import count, ident, link, nested
from slamon.connectors._graph.client import Ask
from slamon.connectors._graph.errors import GONE
from slamon.connectors._instagram.comments import ODD, Post, branch_of, post_of
from slamon.connectors.base import Page
from slamon.errors import PlatformError
from slamon.model import Gone, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slamon.connectors._graph.answers import Json
    from slamon.connectors._graph.client import Graph
    from slamon.connectors._instagram.comments import Us
    from slamon.connectors._instagram.posts import Posts
    from slamon.connectors.base import OpenThread
    from slamon.model import Instant, Message

ACCOUNT, MENTIONED = "account", "mentioned_media"
TAG_COMMENTS = "id,comments_count,comments.limit(50){id,text,timestamp,username}"


@dataclass(slots=True)
class Sight:
    """What one look brought."""

    messages: list[Message] = field(default_factory=list)
    partial: dict[str, None] = field(default_factory=dict)
    """Threads."""
    missing: dict[str, str] = field(default_factory=dict)
    """Comments that are not there, with the thread of each."""
    gone: list[str] = field(default_factory=list)
    trusted: set[str] = field(default_factory=set)
    """Posts that count no comment at all."""
    shown: bool = False
    """Some comment could be seen."""

    @property
    def ids(self) -> set[str]:
        """Of the messages."""
        return {each.id for each in self.messages}

    def page(self, now: Instant) -> Page:
        """All of it; what is missing is gone only where that can be believed."""
        believed = [key for key, thread in self.missing.items() if self.shown or thread in self.trusted]
        for key, thread in self.missing.items():
            if key not in believed:
                self.partial[thread] = None
        unique = {each.id: each for each in self.messages}
        gone = [Gone(key, now) for key in dict.fromkeys((*self.gone, *believed))]
        return Page(list(unique.values()), gone, tuple(self.partial))


class Looks:
    """Looks at what hangs under posts, by id."""

    def __init__(self, graph: Graph, posts: Posts, *, batches: bool) -> None:
        """`batches`: whether many may be asked for at once; whether graph.instagram.com does, is not documented."""
        self._graph = graph
        self._posts = posts
        self._batches = batches

    def comments(self, waiting: Iterable[tuple[str, str]], us: Us, sight: Sight) -> None:
        """The waiting comments (thread and id) with their replies; of a reply, the comment above it with all of its."""
        asked = list(dict.fromkeys(waiting))
        above: list[tuple[str, str]] = []
        for (thread, name), found in zip(asked, self._many([self._comment(name) for _, name in asked]), strict=True):
            if isinstance(found, PlatformError):
                self._refused(thread, name, found, sight)
            elif found.get("parent_id") is None:
                self._branch(thread, found, us, sight)
            else:
                sight.shown = True
                above += [(thread, ident(found["parent_id"]))] if isinstance(found["parent_id"], str) else []
        tops = [each for each in dict.fromkeys(above) if each[1] not in sight.ids]
        for (thread, _), found in zip(tops, self._many([self._comment(name) for _, name in tops]), strict=True):
            if isinstance(found, PlatformError):
                sight.partial[thread] = None
            else:
                self._branch(thread, found, us, sight)

    def posts(self, threads: Sequence[OpenThread], us: Us, sight: Sight) -> None:
        """The posts of `threads` with their newest comments; then each waiting comment that is not among these."""
        names = list(dict.fromkeys(each.thread for each in threads))
        fields = f"id,timestamp,permalink,comments_count,comments.limit(50){{{self._posts.fields}}}"
        vanished = set()
        for name, found in zip(names, self._many([Ask(f"/{name}", {"fields": fields}) for name in names]), strict=True):
            if isinstance(found, PlatformError):
                if found.code == GONE and self._account_shows(us):
                    vanished.add(name)
                else:
                    sight.partial[name] = None
            else:
                self._post(name, found, us, sight)
        seen = sight.ids
        waiting = [(each.thread, name) for each in threads for name in each.messages]
        sight.gone += [name for thread, name in waiting if thread in vanished] + sorted(vanished)
        left = [pair for pair in waiting if pair[1] not in seen and pair[0] not in vanished | set(sight.partial)]
        self.comments(left, us, sight)

    def tags(self, threads: Sequence[str], us: Us, sight: Sight) -> None:
        """Our own comments under others' posts, which can be read only where their captions mention us."""
        asks = [
            Ask(f"/{us.account}", {"fields": f"{MENTIONED}.media_id({each}){{{TAG_COMMENTS}}}"}) for each in threads
        ]
        for thread, found in zip(threads, self._many(asks), strict=True):
            media = None if isinstance(found, PlatformError) else found.get(MENTIONED)
            comments = nested(media, "comments") if isinstance(media, dict) else None
            if not isinstance(media, dict) or (comments is None and count(media.get("comments_count")) != 0):
                sight.partial[thread] = None
                continue
            data = comments.data if comments else ()
            found_here = [each for raw in data for each in branch_of(raw, Post(thread, 0), us).messages]
            sight.messages += [each for each in found_here if each.side is Side.OURS]
            if comments is not None and comments.after:
                sight.partial[thread] = None

    def _comment(self, name: str) -> Ask:
        return Ask(f"/{name}", {"fields": f"{self._posts.fields},parent_id,media{{id,permalink}}"})

    def _many(self, asks: Sequence[Ask]) -> list[Json | PlatformError]:
        if self._batches:
            return self._graph.many(asks)
        return [found for ask in asks for found in self._graph.many([ask])]

    def _branch(self, thread: str, raw: Json, us: Us, sight: Sight) -> None:
        media = raw.get("media")
        post = Post(thread, 0, link(media.get("permalink")) if isinstance(media, dict) else "")
        self._add([raw], post, us, sight)

    def _post(self, name: str, raw: Json, us: Us, sight: Sight) -> None:
        try:
            post = post_of(raw)
        except ODD:
            post = Post(name, 0)
        comments = nested(raw, "comments")
        if comments is not None and comments.data:
            self._add(comments.data, post, us, sight)
        elif post.count == 0:
            sight.trusted.add(name)

    def _add(self, raws: Sequence[Any], post: Post, us: Us, sight: Sight) -> None:
        branches, cut = self._posts.branches(raws, post, us)
        sight.messages += [each for branch in branches for each in branch.messages]
        sight.shown = sight.shown or any(branch.messages for branch in branches)
        if cut:
            sight.partial[post.id] = None

    def _refused(self, thread: str, name: str, error: PlatformError, sight: Sight) -> None:
        if error.code == GONE:
            sight.missing[name] = thread
        else:
            sight.partial[thread] = None

    def _account_shows(self, us: Us) -> bool:
        """Whether the account itself can be read: then a post that cannot is deleted."""
        found = self._graph.node(ACCOUNT, f"/{us.account}", {"fields": "id,username"})
        return isinstance(found.get("id"), str)
