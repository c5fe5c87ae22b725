"""The people, subreddits, posts, comments and messages of the pretend Reddit. Nothing here knows of HTTP or JSON."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slamon.model import Instant, Millis

NAME = re.compile(r"[A-Za-z0-9_-]{2,20}")
NAMED = re.compile(r"(?<![\w/])/?u/([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
FIRST_NUMBER = 36**5


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account. `suspended`: it tells no id; `shadow`: nobody but itself sees it; `left`: it was deleted."""

    id: str
    name: str
    suspended: bool = False
    shadow: bool = False
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A comment (t1), a post (t3) or a private message (t4). `number` runs on; `name` is the fullname."""

    name: str
    number: int
    author: str
    text: str
    created_at: Instant
    appears_at: Instant
    title: str = ""
    """Of a post; the subject of a message."""
    subreddit: str = ""
    parent: str | None = None
    root: str = ""
    """Fullname of the post, or of the first message of a dialogue."""
    dest: str = ""
    edited_at: Instant | None = None
    deleted: bool = False
    removed: str = ""
    """By whom: `moderator`, `reddit`, …"""
    distinguished: str | None = None

    @property
    def kind(self) -> str:
        """`t1`, `t3` or `t4`."""
        return self.name[:2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a thing stands, and what is written above it."""

    title: str = ""
    subreddit: str = ""
    parent: str | None = None
    root: str = ""
    dest: str = ""


class Front:
    """Everything that is on the pretend Reddit. Safe from any thread.

    Verbs raise `ValueError` for what Reddit would refuse too, and for names that were never given out.
    """

    def __init__(self, clock: Callable[[], Instant]) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.private: set[str] = set()
        self.subreddits: set[str] = set()
        self.things: dict[str, Thing] = {}
        self.under: Counter[str] = Counter()
        """How many comments stand under each post."""
        self._numbers = count(FIRST_NUMBER)

    def user(self, name: str, **facts: bool) -> User:
        """The account of that name, made at its first use; `facts` are fields of `User` to set."""
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name: letters, digits, - and _")
        with self.lock:
            known = self.users.get(name.lower()) or User(id=self._new_id(), name=name)
            self.users[name.lower()] = replace(known, **facts)  # type: ignore[arg-type]
            return self.users[name.lower()]

    def post(
        self, author: str, subreddit: str, title: str, text: str = "", *, at: Instant | None = None, late: Millis = 0
    ) -> str:
        """Post in a subreddit and return the fullname; it shows up `late` milliseconds after it was made."""
        with self.lock:
            self.subreddits.add(subreddit.lower())
            return self._add("t3", author, text, (at, late), Place(title=title, subreddit=subreddit))

    def comment(self, author: str, parent: str, text: str, *, at: Instant | None = None, late: Millis = 0) -> str:
        """Comment under a post or a comment and return the fullname."""
        with self.lock:
            above = self.known(parent)
            place = Place(subreddit=above.subreddit, parent=parent, root=above.root)
            return self._add("t1", author, text, (at, late), place)

    def message(
        self,
        author: str,
        to: str,
        text: str,
        *,
        subject: str = "Hello",
        reply_to: str | None = None,
        at: Instant | None = None,
    ) -> str:
        """Send a private message and return the fullname."""
        with self.lock:
            above = self.known(reply_to) if reply_to else None
            title = f"re: {above.title.removeprefix('re: ')}" if above else subject
            place = Place(title=title, dest=to, parent=reply_to, root=above.root if above else "")
            return self._add("t4", author, text, (at, 0), place)

    def edit(self, name: str, text: str) -> None:
        """Change the words of a comment or a post."""
        with self.lock:
            if self.known(name).kind == "t4":
                raise ValueError("private messages cannot be edited")
            self.things[name] = replace(self.known(name), text=text, edited_at=self.clock())

    def delete(self, name: str) -> None:
        """Its author takes it away: what is left of it says so."""
        with self.lock:
            self.things[name] = replace(self.known(name), deleted=True)

    def remove(self, name: str, by: str = "moderator") -> None:
        """Moderators, or Reddit, hide it from everybody."""
        with self.lock:
            self.things[name] = replace(self.known(name), removed=by)

    def approve(self, name: str) -> None:
        """Show again what was removed."""
        with self.lock:
            self.things[name] = replace(self.known(name), removed="")

    def distinguish(self, name: str, how: str = "moderator") -> None:
        """Its author speaks as moderator or for Reddit."""
        with self.lock:
            self.things[name] = replace(self.known(name), distinguished=how)

    def close_subreddit(self, name: str) -> None:
        """Make a subreddit private."""
        with self.lock:
            self.private.add(name.lower())

    def known(self, name: str | None) -> Thing:
        """The thing of that fullname.

        :raises ValueError: no such name was given out.
        """
        if name not in self.things:
            raise ValueError(f"there is no thing {name!r}")
        return self.things[name]

    def newest(self, *kinds: str) -> Iterator[Thing]:
        """Everything of these kinds that shows, newest first."""
        now = self.clock()
        shown = [each for each in self.things.values() if each.kind in kinds and each.appears_at <= now]
        return iter(sorted(shown, key=lambda each: (each.created_at, each.number), reverse=True))

    def why_in_inbox(self, thing: Thing, owner: str) -> str | None:
        """The type under which a thing is in somebody's inbox; `None`: it is not."""
        mine = owner.lower()
        if thing.author.lower() == mine:
            return None
        if thing.kind == "t4":
            return "unknown" if thing.dest.lower() == mine else None
        if thing.kind == "t1" and thing.parent:
            above = self.known(thing.parent)
            if above.author.lower() == mine:
                return "post_reply" if above.kind == "t3" else "comment_reply"
            if mine in {found[1].lower() for found in NAMED.finditer(thing.text)}:
                return "username_mention"
        return None

    def _add(self, kind: str, author: str, text: str, when: tuple[Instant | None, Millis], place: Place) -> str:
        number, (at, late) = next(self._numbers), when
        name = f"{kind}_{base36(number)}"
        made = self.clock() if at is None else at
        self.under[place.root] += kind == "t1"
        self.things[name] = Thing(
            name=name,
            number=number,
            author=self.user(author).name,
            text=text,
            created_at=made,
            appears_at=made + late,
            title=place.title,
            subreddit=place.subreddit,
            parent=place.parent,
            root=place.root or name,
            dest=place.dest,
        )
        return name

    def _new_id(self) -> str:
        return base36(next(self._numbers))


def base36(number: int) -> str:
    """A number as Reddit writes ids."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
