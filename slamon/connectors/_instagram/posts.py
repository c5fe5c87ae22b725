"""Comments under the account's own posts: one list of posts tells by their counts where something changed.

`comments_count` holds replies too. The comments of a post come newest first, fifty at a time, with no filter by time:
they are read back to what is known, and further while fewer new ones turned up than the count grew by, since a new
reply does not lift its old comment to the top. A reply that comes while a comment goes leaves the count as it was:
therefore the newest page of one unchanged post is read with each poll, each post once an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from slamon.connectors._graph.answers import reject
from slamon.connectors._graph.errors import NO_SUCH_FIELD
from slamon.connectors._instagram.comments import ODD, Branch, branch_of, post_message, post_of, replies_of
from slamon.connectors._instagram.cursor import Mark
from slamon.connectors.base import Page
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.connectors._graph.answers import Json
    from slamon.connectors._graph.client import Graph
    from slamon.connectors._instagram.comments import Post, Us
    from slamon.model import Instant, Message, Millis, Reject

MEDIA, COMMENTS, REPLIES = "media", "comments", "replies"
POSTS_PAGE = 50
COMMENTS_PAGE = 50
"""The most that Instagram gives at once."""
COMMENT_PAGES = 40
REPLY_PAGES = 20
SWEPT_AFTER: Millis = HOUR
OVERLAP: Millis = 10 * MINUTE
CONTROLS = 3
"""Posts that are looked at before silence is called a missing permission."""

POST_FIELDS = "id,timestamp,permalink,caption,comments_count,like_count"
REPLY_FIELDS = "id,text,timestamp,username,from{id,username},like_count,hidden"
COMMENT_FIELDS = f"{REPLY_FIELDS},replies.limit(50){{{REPLY_FIELDS}}}"
LEAN_FIELDS = "id,text,timestamp,username,replies{id,text,timestamp,username}"
"""What is asked for where a login or a version does not offer one of the others."""


@dataclass(slots=True)
class Reading:
    """One read of all posts: what it began with, and what it found."""

    was: Mapping[str, Mark] | None
    """`None`: the first."""
    start: Instant
    """Nothing older is handed out, but for the comment above a newer reply."""
    now: Instant
    oldest: Instant
    """Older posts are not watched."""
    marks: dict[str, Mark] = field(default_factory=dict)
    listed: dict[str, Post] = field(default_factory=dict)
    unchanged: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    """Ids of what was handed out."""
    shown: bool = False
    """Some comment could be seen."""
    silent: list[Post] = field(default_factory=list)
    """Posts that count comments and show none."""

    def mark(self, post: Post) -> Mark | None:
        """How it was last time."""
        return (self.was or {}).get(post.id)

    def changed(self, post: Post) -> bool:
        """Whether its comments have to be read."""
        mark = self.mark(post)
        if mark is None:
            return post.count != 0
        return post.count is None or post.count != mark.count


class Posts:
    """Reads the posts of one account and what stands under them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._fields = COMMENT_FIELDS

    def poll(self, us: Us, read: Reading) -> Iterator[Page]:
        """What is new under each watched post, a page for each page of comments."""
        raws: dict[str, Json] = {}
        rejects = self._list(us, read, raws)
        if rejects:
            yield Page(rejects=rejects)
        for post in [each for each in read.listed.values() if read.changed(each)]:
            yield from self._comments(raws[post.id], post, us, read)
        yield from self._sweep(raws, us, read)
        self._check_silence(read)

    def branches(self, raws: Sequence[Any], post: Post, us: Us) -> tuple[list[Branch], bool]:
        """Comments with all their replies; and whether some replies could not be read."""
        found = [branch_of(raw, post, us) for raw in raws]
        whole = [self._with_replies(each, post, us) if each.after or not each.readable else each for each in found]
        return whole, any(each.after or not each.readable for each in whole)

    @property
    def fields(self) -> str:
        """What is asked of a comment."""
        return self._fields

    def lean(self) -> bool:
        """Ask for less from now on; whether that is less than before."""
        before, self._fields = self._fields, LEAN_FIELDS
        return before != LEAN_FIELDS

    def _list(self, us: Us, read: Reading, raws: dict[str, Json]) -> list[Reject]:
        rejects: list[Reject] = []
        for page in self._graph.pages(MEDIA, f"/{us.account}/media", {"fields": POST_FIELDS}, POSTS_PAGE):
            old = False
            for raw in page.data:
                try:
                    post = post_of(raw)
                except ODD as error:
                    rejects.append(reject(raw, error))
                    continue
                old = post.created_at < read.oldest  # of the last one: older ones may be pinned before it
                if not old:
                    raws[post.id], read.listed[post.id] = raw, post
            if old:
                break
        for post in read.listed.values():
            mark = read.mark(post)
            if not read.changed(post):
                read.unchanged.add(post.id)
                read.marks[post.id] = mark or Mark(0, post.created_at, read.now)
        return rejects

    def _comments(self, raw: Json, post: Post, us: Us, read: Reading, *, pages: int = COMMENT_PAGES) -> Iterator[Page]:
        mark = read.mark(post)
        bound = read.start if mark is None else mark.newest - OVERLAP
        grown = 0 if mark is None or post.count is None else post.count - mark.count
        newest, seen, found = post.created_at if mark is None else mark.newest, 0, 0
        root = self._root(raw, post, us)
        for data in self._pages(post, pages):
            seen += len(data)
            branches, cut = self.branches(data, post, us)
            times = [each.created_at for branch in branches for each in branch.messages]
            found += sum(1 for at in times if mark is not None and at > mark.newest)
            newest = max([newest, *(at for at in times if at <= read.now + DAY)])
            recent = [each for branch in branches if branch.newest >= read.start for each in branch.messages]
            new = [each for each in recent if each.id not in read.messages]
            read.messages.update(each.id for each in new)
            rejects = [each for branch in branches for each in branch.rejects]
            if new or rejects or cut:
                yield Page([*root, *new] if new else (), partial=(post.id,) if cut else (), rejects=rejects)
                root = [] if new else root
            if data and found >= grown and _tops_before(branches, bound):
                break
        read.shown = read.shown or seen > 0
        if not seen and post.count:
            read.silent.append(post)
        read.marks[post.id] = Mark(-1 if post.count is None else post.count, newest, read.now)

    def _root(self, raw: Json, post: Post, us: Us) -> list[Message]:
        try:
            return [post_message(raw, post, us)]
        except ODD:
            return []

    def _pages(self, post: Post, pages: int) -> Iterator[Sequence[Any]]:
        path = f"/{post.id}/comments"
        try:
            for page in islice(self._graph.pages(COMMENTS, path, {"fields": self._fields}, COMMENTS_PAGE), pages):
                yield page.data
        except PlatformError as error:
            if error.code != NO_SUCH_FIELD or not self.lean():
                raise
            for page in islice(self._graph.pages(COMMENTS, path, {"fields": self._fields}, COMMENTS_PAGE), pages):
                yield page.data

    def _with_replies(self, branch: Branch, post: Post, us: Us) -> Branch:
        """The branch with the replies that did not come along, or marked as cut off."""
        top = branch.messages[0]
        known = {each.id for each in branch.messages}
        messages, rejects, after = list(branch.messages), list(branch.rejects), branch.after
        params = {"fields": REPLY_FIELDS if self._fields != LEAN_FIELDS else "id,text,timestamp,username"}
        path = f"/{branch.top}/replies"
        try:
            for page in islice(self._graph.pages(REPLIES, path, params, COMMENTS_PAGE, branch.after), REPLY_PAGES):
                good, bad = replies_of(page.data, top, post, us)
                messages += [each for each in good if each.id not in known]
                rejects += bad
                after = page.after
        except PlatformError as error:
            if error.verdict not in {Verdict.NOT_FOUND, Verdict.BAD_REQUEST}:
                raise
            return Branch(messages, rejects, branch.top, after, readable=False)
        return Branch(messages, rejects, branch.top, after)

    def _sweep(self, raws: Mapping[str, Json], us: Us, read: Reading) -> Iterator[Page]:
        """The newest comments of the one post that was left alone for longest, if that is long."""
        counted = [read.listed[key] for key in read.unchanged if read.listed[key].count]
        due = [(read.marks[each.id].read_at, each) for each in counted]
        at, post = min(due, key=lambda pair: pair[0], default=(read.now, None))
        if post is not None and read.now - at >= SWEPT_AFTER:
            yield from self._comments(raws[post.id], post, us, read, pages=1)

    def _check_silence(self, read: Reading) -> None:
        """Comments that are counted and not shown: of one post that may be, of all it is a missing permission.

        :raises PlatformError: nothing at all is shown.
        """
        if not read.silent or read.shown:
            return
        tried = {each.id for each in read.silent}
        others = sorted(
            (p for p in read.listed.values() if p.count and p.id not in tried), key=lambda p: -(p.count or 0)
        )
        for post in others[:CONTROLS]:
            if self._graph.edge(COMMENTS, f"/{post.id}/comments", {"fields": "id", "limit": 1}).data:
                return
        raise PlatformError(
            Verdict.PERMISSION,
            "Instagram counts comments under your posts and shows none: the token lacks the permission for comments "
            "(instagram_manage_comments, or instagram_business_manage_comments), or all are by restricted accounts",
            code="silent",
        )


def _tops_before(branches: Sequence[Branch], bound: Instant) -> bool:
    """Whether the list has come to comments that are older than `bound`: the last one is, older ones may be pinned."""
    tops = [each.messages[0].created_at for each in branches if each.messages]
    return bool(tops) and tops[-1] < bound
