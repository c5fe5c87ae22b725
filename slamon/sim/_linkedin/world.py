"""The page, people, posts and comments of the pretend LinkedIn, and what may be done to them. No HTTP, no JSON here.

Numbers are made as LinkedIn makes them: the first 41 bits count milliseconds, and a post has two, one as a share
and a slightly later one as an activity.
"""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from slamon.model import DAY
from slamon.sim._linkedin.things import Comment, Notice, Post, Ways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slamon.model import Instant, Millis

TIME_BITS = 22
NAME = re.compile(r"[A-Za-z0-9]{1,40}")
POST_AGE = 30 * DAY
"""How old the page's first post is."""


class World:
    """One page and the people who write to it. Safe from any thread. Verbs return the number of what they made.

    Verbs raise `ValueError` for what LinkedIn would refuse too, and for numbers that were never given out.
    """

    def __init__(self, clock: Callable[[], Instant], organization: str, vanity: str) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.organization = organization
        self.page = f"urn:li:organization:{organization}"
        self.vanity = vanity
        self.admin = person("Admin")
        self.roles: dict[str, str] = {self.page: "ADMINISTRATOR"}
        """By organization, of the member whose token it is."""
        self.posts: dict[str, Post] = {}
        self.comments: dict[str, Comment] = {}
        self.notices: list[Notice] = []
        self.gone: set[str] = set()
        self.ways = Ways()
        self._sequence = count()
        self._notice_ids = count(5_603_453_321)
        self._activities: dict[str, str] = {}
        self.first_post = self.page_posts("Our post", at=clock() - POST_AGE)

    def page_posts(self, text: str, at: Instant | None = None) -> str:
        """The page posts; returns the number of the share."""
        return self._post(self.page, text, at, mentions_page=False)

    def member_posts(self, by: str, text: str, at: Instant | None = None, *, mentions_page: bool = True) -> str:
        """Somebody posts, by default with a mention of the page."""
        with self.lock:
            new = self._post(person(by), text, at, mentions_page=mentions_page)
            if mentions_page:
                self._note("SHARE_MENTION", new, None, self.posts[new].created_at)
            return new

    def customer_comments(  # noqa: PLR0913 - what a comment can be, each by name
        self,
        by: str,
        text: str,
        post: str | None = None,
        *,
        reply_to: str | None = None,
        at: Instant | None = None,
        mention: str | None = None,
        appears_after: Millis = 0,
    ) -> str:
        """Somebody comments on a post (the page's first one), or replies to a comment.

        `mention` is a person whose name stands before the text. `appears_after` keeps the comment out of every list.
        """
        with self.lock:
            named = person(mention) if mention else None
            return self._comment(person(by), None, text, post, reply_to, at, named, appears_after)

    def page_replies(self, to: str, text: str, at: Instant | None = None, *, mention: str | None = None) -> str:
        """The page replies to a comment, or comments on a post; the admin who writes it is told beside."""
        with self.lock:
            named = person(mention) if mention else None
            post = to if to in self.posts else None
            reply_to = None if post else to
            return self._comment(self.page, self.admin, text, post, reply_to, at, named, 0)

    def edit(self, ident: str, text: str) -> None:
        """Change the words of a comment or a post; its number stays."""
        with self.lock:
            now = self.clock()
            if ident in self.posts:
                self.posts[ident] = replace(self.posts[ident], text=text, modified_at=now)
                return
            changed = replace(self._known(ident), text=text, modified_at=now)
            self.comments[ident] = changed
            if self.is_own(changed.post):
                self._note("COMMENT_EDIT", changed.post, ident, now)

    def delete(self, ident: str) -> None:
        """Take a comment or a post away, and what stands below it."""
        with self.lock:
            if ident in self.posts:
                self.gone.add(ident)
                return
            comment = self._known(ident)
            self.gone |= {ident, *(each.id for each in self.comments.values() if each.parent == ident)}
            if self.is_own(comment.post):
                self._note("COMMENT_DELETE", comment.post, ident, self.clock())

    def grant(self, role: str | None) -> None:
        """Give the token's member another role on the page, or none."""
        if role is None:
            self.roles.pop(self.page, None)
        else:
            self.roles[self.page] = role

    def is_own(self, post: str) -> bool:
        """Whether the page itself posted it."""
        return self.posts[post].author == self.page

    def post_of(self, number: str) -> Post | None:
        """The post of that number, as a share or as an activity, unless it is deleted."""
        found = self.posts.get(self._activities.get(number, number))
        return None if found is None or found.id in self.gone else found

    def comment_of(self, number: str) -> Comment | None:
        """The comment of that number, unless it is deleted or has not appeared yet."""
        found = self.comments.get(number)
        shown = found and found.id not in self.gone and found.appears_at <= self.clock()
        return found if shown else None

    def under(self, post: str, parent: str | None) -> list[Comment]:
        """What stands directly under a post, or below one of its comments, newest first."""
        here = [each for each in self.comments.values() if each.post == post and each.parent == parent]
        shown = [each for each in here if self.comment_of(each.id)]
        return sorted(shown, key=lambda each: int(each.id), reverse=True)

    def notified(self, start: Instant, end: Instant | None) -> Iterator[Notice]:
        """Notifications of the time after `start`, `end` included, newest first."""
        now = self.clock()
        for each in sorted(self.notices, key=lambda each: (each.at, each.id), reverse=True):
            if start < each.at and (end is None or each.at <= end) and each.visible_at <= now:
                yield each

    def _post(self, author: str, text: str, at: Instant | None, *, mentions_page: bool) -> str:
        with self.lock:
            made = self.clock() if at is None else at
            new, activity = self._number(made), self._number(made)
            self.posts[new] = Post(
                id=new,
                activity=activity,
                author=author,
                text=text,
                created_at=made,
                modified_at=made,
                mentions_page=mentions_page,
            )
            self._activities[activity] = new
            return new

    def _comment(  # noqa: PLR0913, PLR0917 - as its verbs
        self,
        author: str,
        impersonator: str | None,
        text: str,
        post: str | None,
        reply_to: str | None,
        at: Instant | None,
        mention: str | None,
        appears_after: Millis,
    ) -> str:
        above = self._known(reply_to) if reply_to else None
        under = above.post if above else post or self.first_post
        if under not in self.posts:
            raise ValueError(f"there is no post {under!r}")
        made = self.clock() if at is None else at
        new = self._number(made)
        self.comments[new] = Comment(
            id=new,
            post=under,
            author=author,
            impersonator=impersonator,
            text=text,
            created_at=made,
            modified_at=made,
            parent=(above.parent or above.id) if above else None,  # one level, and no more
            mention=mention,
            appears_at=made + appears_after,
        )
        if self.is_own(under) and not (above and self.ways.quiet_replies):
            action = "ADMIN_COMMENT" if author == self.page else "COMMENT"
            self._note(action, under, new, made, appears_after)
        return new

    def _note(self, action: str, post: str, comment: str | None, at: Instant, delay: Millis = 0) -> None:
        notice = Notice(
            id=next(self._notice_ids), action=action, post=post, comment=comment, at=at, visible_at=at + delay
        )
        self.notices.append(notice)

    def _known(self, number: str) -> Comment:
        if number not in self.comments:
            raise ValueError(f"there is no comment {number!r}")
        return self.comments[number]

    def _number(self, at: Instant) -> str:
        return str((at << TIME_BITS) | next(self._sequence) % (1 << TIME_BITS))


def person(name: str) -> str:
    """The URN of the person of that name."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name: 1 to 40 letters and digits")
    return f"urn:li:person:z{name}"
