"""The posts of one pretend account on Instagram, what people write under them, and the posts that they tag it in.

Nothing here knows of HTTP or JSON. Comments have two levels: a reply to a reply hangs on the top comment.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.model import Instant
    from slamon.sim._messenger.inbox import Inbox, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A post, by the account or by somebody else."""

    id: str
    owner: str
    caption: str
    created_at: Instant
    product: str = "FEED"
    likes: int | None = 3
    """`None`: its owner hides them."""
    tagged_at: Instant | None = None
    """When the account was tagged in it, being somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment, or a reply to the comment `parent`."""

    id: str
    media: str
    author: str
    text: str
    created_at: Instant
    parent: str | None = None
    hidden: bool = False


class Gallery:
    """What stands on and around the account of `inbox`. Safe from any thread; verbs return the new id.

    Verbs raise `ValueError` for ids that were never given out, or that are gone.
    """

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.ours = inbox.ours
        self.clock: Callable[[], Instant] = inbox.clock
        self.lock = threading.RLock()
        self.media: dict[str, Media] = {}
        self.comments: dict[str, Comment] = {}
        self.restricted: set[str] = set()
        """Authors whom the account restricted: they are counted, and not shown."""
        self._numbers = count(1)

    def posts(self, caption: str, at: Instant | None = None, *, product: str = "FEED") -> str:
        """The account posts."""
        return self._post(self.ours.id, caption, at, product=product)

    def tags(self, handle: str, caption: str, at: Instant | None = None, *, tagged_at: Instant | None = None) -> str:
        """Somebody posts and tags the account, at once or later."""
        made = self.clock() if at is None else at
        return self._post(self.named(handle).id, caption, made, tagged_at=made if tagged_at is None else tagged_at)

    def comment(self, handle: str, text: str, under: str, at: Instant | None = None) -> str:
        """Comment as `handle` under a post or under a comment."""
        with self.lock:
            above = self.comments.get(under)
            if above is None and under not in self.media:
                raise ValueError(f"there is no post or comment {under!r}")
            made = Comment(
                id=str(17_890_000_000_000_000 + next(self._numbers)),
                media=above.media if above else under,
                author=self.named(handle).id,
                text=text,
                created_at=self.clock() if at is None else at,
                parent=(above.parent or above.id) if above else None,
            )
            self.comments[made.id] = made
            return made.id

    def hide(self, comment: str, *, hidden: bool = True) -> None:
        """The account hides a comment, or shows it again."""
        with self.lock:
            self.comments[comment] = replace(self._comment(comment), hidden=hidden)

    def delete(self, thing: str) -> None:
        """Take away a comment with its replies, or a post with all that stands under it."""
        with self.lock:
            if self.media.pop(thing, None) is None:
                self._comment(thing)
            doomed = [c.id for c in self.comments.values() if thing in {c.id, c.parent, c.media}]
            for each in doomed:
                del self.comments[each]

    def restrict(self, handle: str) -> None:
        """The account restricts somebody: what they comment is counted, and shown to nobody."""
        self.restricted.add(self.named(handle).id)

    def named(self, handle: str) -> Person:
        """The account of that handle, be it ours or anybody's."""
        return self.ours if handle == self.ours.handle else self.inbox.person(handle)

    def by_id(self, person: str) -> Person:
        """The account of that id."""
        known = (self.ours, *self.inbox.people.values())
        return next(each for each in known if each.id == person)

    def own(self) -> list[Media]:
        """The account's posts, newest first; those that are advertisements only are in no list."""
        mine = [each for each in self.media.values() if each.owner == self.ours.id and each.product != "AD"]
        return sorted(mine, key=lambda each: (each.created_at, each.id), reverse=True)

    def tagged(self) -> list[Media]:
        """Others' posts in which the account is tagged: the newest tag first, whatever the age of the post."""
        now = self.clock()
        found = [each for each in self.media.values() if each.tagged_at is not None and each.tagged_at <= now]
        return sorted(found, key=lambda each: (each.tagged_at or 0, each.id), reverse=True)

    def counted(self, media: str) -> int:
        """Comments and replies under a post, those of restricted accounts too."""
        return sum(1 for each in self.comments.values() if each.media == media)

    def under(self, media: str) -> list[Comment]:
        """The top comments of a post that are shown, newest first."""
        return self._shown(media, None)[::-1]

    def replies(self, comment: str) -> list[Comment]:
        """The replies to a comment that are shown, oldest first."""
        return self._shown(self._comment(comment).media, comment)

    def _shown(self, media: str, parent: str | None) -> list[Comment]:
        now = self.clock()
        found = [c for c in self.comments.values() if c.media == media and c.parent == parent and c.created_at <= now]
        return sorted((c for c in found if c.author not in self.restricted), key=lambda c: (c.created_at, c.id))

    def _post(self, owner: str, caption: str, at: Instant | None, **facts: object) -> str:
        with self.lock:
            number = str(17_990_000_000_000_000 + next(self._numbers))
            made = self.clock() if at is None else at
            post = Media(id=number, owner=owner, caption=caption, created_at=made)
            self.media[number] = replace(post, **facts)  # type: ignore[arg-type]
            return number

    def _comment(self, comment: str) -> Comment:
        if comment not in self.comments:
            raise ValueError(f"there is no comment {comment!r}")
        return self.comments[comment]
