"""The people and posts of the pretend X, and what may be done to them. Nothing here knows of HTTP or JSON."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from slamon.model import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slamon.model import Instant, Millis

SNOWFLAKE_EPOCH: Instant = 1_288_834_974_657
"""X counts the time in its ids from here."""
SEQUENCE_BITS = 22
EDITS = 5
EDIT_WINDOW: Millis = 30 * MINUTE
REPOST_TEXT = 140
HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
MENTION = re.compile(r"(?<![A-Za-z0-9_@])@([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account; `verified_type` is `none`, `blue`, `business` or `government`."""

    id: str
    username: str
    name: str
    followers: int = 100
    verified_type: str = "none"
    protected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One version of a post. The author's own words begin at `own_from`: before it stand the names a reply carries."""

    id: str
    author: str
    text: str
    own_from: int
    created_at: Instant
    conversation: str
    lang: str
    appears_at: Instant
    reply_to: str | None = None
    reply_to_user: str | None = None
    quotes: str | None = None
    reposts: str | None = None


def created(post_id: str) -> Instant:
    """When the post of that id was made, as X derives it from ids."""
    return (int(post_id) >> SEQUENCE_BITS) + SNOWFLAKE_EPOCH


class Network:
    """Accounts and their posts, newest versions listed by author and by who is mentioned. Safe from any thread.

    Verbs raise `ValueError` for what X would refuse too, and for ids that were never given out.
    """

    def __init__(self, clock: Callable[[], Instant]) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.posts: dict[str, Post] = {}
        self.gone: set[str] = set()
        self.replies: Counter[str] = Counter()
        self._ids_by_name: dict[str, str] = {}
        self._histories: dict[str, list[str]] = {}
        self._own: defaultdict[str, list[int]] = defaultdict(list)
        self._mentioning: defaultdict[str, list[int]] = defaultdict(list)
        self._user_ids = count(900)
        self._sequence = count()

    def user(self, handle: str, **facts: str | int | bool) -> User:
        """The account of that handle, made at its first use; `facts` are fields of `User` to set."""
        if not HANDLE.fullmatch(handle):
            raise ValueError(f"{handle!r} is no handle: 1 to 15 letters, digits and underscores")
        with self.lock:
            known = self.named(handle)
            before = known or User(id=str(next(self._user_ids)), username=handle, name=handle)
            self.users[before.id] = replace(before, **facts)  # type: ignore[arg-type]
            self._ids_by_name[handle.lower()] = before.id
            return self.users[before.id]

    def named(self, handle: str) -> User | None:
        """The account of that handle, in whatever case it is written."""
        return self.users.get(self._ids_by_name.get(handle.lower(), ""))

    def post(  # noqa: PLR0913 - what a post can be, each by name
        self,
        handle: str,
        text: str,
        *,
        reply_to: str | None = None,
        quotes: str | None = None,
        at: Instant | None = None,
        lang: str = "en",
        appears_after: Millis = 0,
    ) -> str:
        """Post as `handle` and return the new id.

        A reply gets the names of its parent's author and of those mentioned there put before its text, as X does.
        `appears_after` keeps it out of lists for so long, so that a newer post is seen before it.
        """
        with self.lock:
            author = self.user(handle)
            parent = self.known(reply_to) if reply_to else None
            prefix = self._prefix(author, parent) if parent else ""
            made = self.clock() if at is None else at
            new = self._new_id(made)
            quoted = self.known(quotes) if quotes else None
            return self._add(
                Post(
                    id=new,
                    author=author.id,
                    text=prefix + text,
                    own_from=len(prefix),
                    created_at=created(new),
                    conversation=parent.conversation if parent else new,
                    lang=lang,
                    appears_at=made + appears_after,
                    reply_to=parent.id if parent else None,
                    reply_to_user=parent.author if parent else None,
                    quotes=quoted.id if quoted else None,
                )
            )

    def retweet(self, handle: str, post_id: str, *, at: Instant | None = None) -> str:
        """Pass a post on unchanged; its text is cut short, as X does."""
        with self.lock:
            original = self.known(post_id)
            text = f"RT @{self.users[original.author].username}: {original.text}"[:REPOST_TEXT]
            new = self.post(handle, text, at=at)
            self.posts[new] = replace(self.posts[new], reposts=original.id)
            return new

    def edit(self, post_id: str, text: str, *, at: Instant | None = None) -> str:
        """Change the words of a post; the new version has a new id, which is returned."""
        with self.lock:
            old = self.known(self.history(post_id)[-1])
            history = self._histories[self.first(old.id)]
            made = self.clock() if at is None else at
            if len(history) > EDITS or made - created(history[0]) > EDIT_WINDOW:
                raise ValueError(f"post {post_id} can be edited {EDITS} times within 30 minutes, and no longer")
            self._unlist(old)
            new, text = self._new_id(made), old.text[: old.own_from] + text
            changed = replace(old, id=new, text=text, created_at=created(new), appears_at=made)
            self._keep(changed)
            history.append(new)
            self._histories[new] = history
            return new

    def delete(self, post_id: str) -> None:
        """Take a post away, every version of it; replies to it stay."""
        with self.lock:
            for version in self.history(post_id):
                self._unlist(self.known(version))
                self.gone.add(version)

    def known(self, post_id: str) -> Post:
        """The version of that id, deleted or not.

        :raises ValueError: no such id was given out.
        """
        if post_id not in self.posts:
            raise ValueError(f"there is no post {post_id!r}")
        return self.posts[post_id]

    def history(self, post_id: str) -> list[str]:
        """Ids of every version of a post, oldest first."""
        return self._histories[self.known(post_id).id]

    def first(self, post_id: str) -> str:
        """The id that a post had before any edit."""
        return self.history(post_id)[0]

    def own(self, user_id: str) -> Iterator[Post]:
        """What an account posted, newest first."""
        return self._newest_first(self._own[user_id])

    def mentioning(self, user_id: str) -> Iterator[Post]:
        """Posts by anyone that name an account, reply to it or quote it, newest first."""
        return self._newest_first(self._mentioning[user_id])

    def everything(self) -> Iterator[Post]:
        """The newest version of every post, newest first."""
        ids = sorted(map(int, self.posts.keys() - self.gone))
        return self._newest_first([number for number in ids if self.history(str(number))[-1] == str(number)])

    def mentions(self, text: str) -> Iterator[tuple[int, int, User]]:
        """Every @name in `text` that is an account: start, end, account."""
        for match in MENTION.finditer(text):
            if user := self.named(match[1]):
                yield match.start(), match.end(), user

    def _newest_first(self, ids: list[int]) -> Iterator[Post]:
        now = self.clock()
        posts = (self.posts[str(number)] for number in reversed(ids))
        return (post for post in posts if post.appears_at <= now)

    def _prefix(self, author: User, parent: Post) -> str:
        named = [self.users[parent.author], *(user for _, _, user in self.mentions(parent.text))]
        handles = dict.fromkeys(user.username for user in named if user.id != author.id)
        return "".join(f"@{handle} " for handle in handles)

    def _new_id(self, at: Instant) -> str:
        if at < SNOWFLAKE_EPOCH:
            raise ValueError("X gave out no such ids before November 2010")
        return str((at - SNOWFLAKE_EPOCH << SEQUENCE_BITS) | next(self._sequence) % (1 << SEQUENCE_BITS))

    def _add(self, post: Post) -> str:
        self._keep(post)
        self._histories[post.id] = [post.id]
        if post.reply_to:
            self.replies[self.first(post.reply_to)] += 1
        return post.id

    def _keep(self, post: Post) -> None:
        self.posts[post.id] = post
        for listed in self._lists(post):
            insort(listed, int(post.id))

    def _unlist(self, post: Post) -> None:
        for listed in self._lists(post):
            place = bisect_left(listed, int(post.id))
            if listed[place : place + 1] == [int(post.id)]:
                del listed[place]

    def _lists(self, post: Post) -> list[list[int]]:
        named = {user.id for _, _, user in self.mentions(post.text)} | {post.reply_to_user}
        if post.quotes:
            named.add(self.known(post.quotes).author)
        return [self._own[post.author], *(self._mentioning[user] for user in named - {None, post.author} if user)]
