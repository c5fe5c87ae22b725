"""One pretend Page with its posts and what people write there. Nothing here knows of HTTP or JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from slamon.model import Instant

PAGE_ID = "100200300400500"
TEAM_PAGE = "100200300400777"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes, or a Page; ids of people are good for this Page only."""

    id: str
    name: str
    hidden: bool = False
    """Meta tells the Page nothing of them: `from` is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A name in a text that leads to somebody."""

    id: str
    name: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Something on the timeline of the Page, or elsewhere with the Page tagged in it."""

    id: str
    author: str
    text: str
    created_at: Instant
    updated_at: Instant
    published: bool = True
    hidden: bool = False
    shares: int = 0
    ad: bool = False
    """Made for an advertisement: it stands under `ads_posts`, and not on the timeline."""
    tagged: bool = False
    """Somebody else's post elsewhere, with the Page tagged in it."""
    tags: tuple[Tag, ...] = ()

    @property
    def part(self) -> str:
        """The last part of its id, with which the ids of its comments begin."""
        return self.id.rpartition("_")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on the post `post`; `parent` is the comment that it hangs under."""

    id: str
    post: str
    author: str
    text: str
    created_at: Instant
    parent: str | None = None
    hidden: bool = False
    withheld: bool = False
    """Counted and not shown: its author's privacy."""
    likes: int = 0
    tags: tuple[Tag, ...] = ()


class World:
    """The Page, its people, posts and comments. Safe from any thread; verbs return the new id.

    Verbs raise `ValueError` for ids that were never given out.
    """

    def __init__(self, clock: Callable[[], Instant], lock: threading.RLock, page: str = PAGE_ID) -> None:
        self.clock = clock
        self.lock = lock
        self.page = Person(id=page, name="Acme")
        self.people: dict[str, Person] = {page: self.page, TEAM_PAGE: Person(id=TEAM_PAGE, name="Acme Help")}
        self.posts: dict[str, Post] = {}
        self.comments: dict[str, Comment] = {}
        self.pinned: list[str] = []
        """Posts that Meta ranks first, whatever their age."""
        self.closed: set[str] = set()
        """Posts of others under which the Page may not look."""
        self.deep = False
        """Whether a reply to a reply keeps that reply as its parent, rather than the top comment."""
        self.touched = True
        """Whether a comment moves the `updated_time` of its post: older documents say so."""
        self._ids_by_name: dict[str, str] = {}
        self._person_ids = count(6_011_223_344_556_677)
        self._post_parts = count(700_100_200_300_400)
        self._comment_parts = count(81_001)

    def person(self, name: str) -> Person:
        """Who is called so; made at the first use."""
        with self.lock:
            if name not in self._ids_by_name:
                new = str(next(self._person_ids))
                self._ids_by_name[name] = new
                self.people[new] = Person(id=new, name=name)
            return self.people[self._ids_by_name[name]]

    def hide_author(self, name: str) -> None:
        """Tell the Page nothing of that person from now on."""
        with self.lock:
            who = self.person(name)
            self.people[who.id] = replace(who, hidden=True)

    def page_posts(self, text: str, at: Instant | None = None, *, ad: bool = False, published: bool = True) -> str:
        """Post as the Page, or make a post for an advertisement."""
        return self._post(self.page.id, text, at, ad=ad, published=published)

    def visitor_posts(self, name: str, text: str, at: Instant | None = None) -> str:
        """Post on the Page's timeline as a visitor."""
        return self._post(self.person(name).id, text, at)

    def tags_the_page(self, name: str, text: str, at: Instant | None = None) -> str:
        """Post elsewhere, with the Page tagged."""
        tag = Tag(id=self.page.id, name=self.page.name, offset=len(text) + 1, length=len(self.page.name))
        return self._post(self.person(name).id, f"{text} {self.page.name}", at, tagged=True, tags=(tag,))

    def customer_writes(self, name: str, text: str, on: str, at: Instant | None = None) -> str:
        """Comment on a post, or reply to a comment, as a visitor."""
        return self.comment(self.person(name).id, text, on, at)

    def brand_replies(self, to: str, text: str, by: str | None = None, at: Instant | None = None) -> str:
        """Answer a post or a comment as the Page, or as the Page or person with the id `by`."""
        return self.comment(by or self.page.id, text, to, at)

    def comment(
        self, author: str, text: str, on: str, at: Instant | None = None, *, tagging: Sequence[str] = (), likes: int = 0
    ) -> str:
        """Comment as `author`; the names of those in `tagging` (ids) are put before the text, as tags."""
        with self.lock:
            above = self.comments.get(on)
            post = self._known_post(above.post if above else on)
            tags, prefix = self._tags(tagging)
            made = self.clock() if at is None else at
            new = Comment(
                id=f"{post.part}_{next(self._comment_parts)}",
                post=post.id,
                author=author,
                text=prefix + text,
                created_at=made,
                parent=self._hangs_under(above) if above else None,
                likes=likes,
                tags=tags,
            )
            self.comments[new.id] = new
            if self.touched:
                self.posts[post.id] = replace(post, updated_at=max(post.updated_at, made))
            return new.id

    def edit(self, what: str, text: str) -> None:
        """Change the words of a post or a comment: a comment keeps no trace of it."""
        with self.lock:
            if what in self.comments:
                self.comments[what] = replace(self.comments[what], text=text)
            else:
                post = self._known_post(what)
                self.posts[what] = replace(post, text=text, updated_at=max(post.updated_at, self.clock()))

    def hide(self, what: str, *, hidden: bool = True) -> None:
        """Hide a comment or a post, as the Page."""
        with self.lock:
            if what in self.comments:
                self.comments[what] = replace(self.comments[what], hidden=hidden)
            else:
                self.posts[what] = replace(self._known_post(what), hidden=hidden)

    def withhold(self, comment: str) -> None:
        """Show a comment no more, and go on counting it."""
        with self.lock:
            self.comments[comment] = replace(self.comments[comment], withheld=True)

    def delete(self, what: str) -> None:
        """Take a post or a comment away, with all that hangs under it."""
        with self.lock:
            if what in self.comments:
                for reply in [each.id for each in self.comments.values() if each.parent == what]:
                    self.delete(reply)
                del self.comments[what]
                return
            self._known_post(what)
            del self.posts[what]
            self.comments = {key: each for key, each in self.comments.items() if each.post != what}

    def pin(self, post: str) -> None:
        """Rank a post first from now on."""
        with self.lock:
            self.pinned.insert(0, self._known_post(post).id)

    def timeline(self) -> list[Post]:
        """What stands on the timeline: nearly newest first."""
        listed = [post for post in self._newest_first() if not post.ad and not post.tagged]
        first = [self.posts[post] for post in self.pinned if post in self.posts]
        return first + [post for post in listed if post.id not in self.pinned]

    def ads(self) -> list[Post]:
        """Posts made for advertisements, newest first."""
        return [post for post in self._newest_first() if post.ad]

    def tagging(self) -> list[Post]:
        """Posts elsewhere with the Page tagged, newest first."""
        return [post for post in self._newest_first() if post.tagged]

    def under(self, node: str) -> list[Comment]:
        """All comments of a post, or all replies to a comment, oldest first."""
        found = [each for each in self.comments.values() if node in {each.post, each.parent}]
        return sorted(found, key=lambda each: (each.created_at, int(each.id.rpartition("_")[2])))

    def _newest_first(self) -> list[Post]:
        return sorted(self.posts.values(), key=lambda post: (post.created_at, post.part), reverse=True)

    def _post(self, author: str, text: str, at: Instant | None, **facts: object) -> str:
        with self.lock:
            made = self.clock() if at is None else at
            new = f"{self.page.id}_{next(self._post_parts)}"
            self.posts[new] = Post(
                id=new,
                author=author,
                text=text,
                created_at=made,
                updated_at=made,
                **facts,  # type: ignore[arg-type] # fields of Post by name
            )
            return new

    def _tags(self, tagging: Sequence[str]) -> tuple[tuple[Tag, ...], str]:
        tags, prefix = [], ""
        for key in tagging:
            name = self.people[key].name
            tags.append(Tag(id=key, name=name, offset=len(prefix), length=len(name)))
            prefix += f"{name} "
        return tuple(tags), prefix

    def _hangs_under(self, above: Comment) -> str:
        return above.id if self.deep or above.parent is None else above.parent

    def _known_post(self, post: str) -> Post:
        if post not in self.posts:
            raise ValueError(f"there is no post {post!r}")
        return self.posts[post]
