"""The lines under `when` that look at the thread in which a wait stands, above all at the post that began it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import regex

from slamon.model import Side
from slamon.sla.conditions_text import TOO_LONG
from slamon.sla.texts import matchable

if TYPE_CHECKING:
    from slamon.model import Message
    from slamon.sla.conditions_text import Patience
    from slamon.sla.numbers import Span
    from slamon.sla.subject import Subject

_HASHTAG = regex.compile(r"(?<!\w)#(\w+)")
_SCHEME = regex.compile(r"^(?:https?://)?(?:www\.|m\.|mobile\.)?", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ThreadLink:
    """The thread's first post stands at one of these addresses."""

    reads_thread: ClassVar[bool] = True
    words: str = field(compare=False)
    links: frozenset[str]
    """As `link_key` makes them."""

    def holds(self, subject: Subject) -> bool:
        """Whether the first post's permalink is one of them, whatever tracking was pasted along."""
        root = _root(subject)
        key = link_key(root.permalink) if root else ""
        return any(key in (link, link.partition("?")[0]) for link in self.links)


@dataclass(frozen=True, slots=True)
class ThreadText:
    """A pattern is found in the text of the thread's first post."""

    reads_thread: ClassVar[bool] = True
    words: str = field(compare=False)
    pattern: regex.Pattern[str]
    patience: Patience = field(compare=False, repr=False)

    def holds(self, subject: Subject) -> bool:
        """Whether the pattern is found in it."""
        root = _root(subject)
        return root is not None and self.patience.finds(self.pattern, matchable(root.text))

    def note(self, subject: Subject) -> str:
        """What `explain` adds to it: that a search was given up."""
        root = _root(subject)
        return TOO_LONG if root and self.patience.gave_up(self.pattern, matchable(root.text)) else ""


@dataclass(frozen=True, slots=True)
class ThreadHashtag:
    """The thread's first post carries one of these hashtags."""

    reads_thread: ClassVar[bool] = True
    words: str = field(compare=False)
    tags: frozenset[str]
    """As `hashtag_key` makes them."""

    def holds(self, subject: Subject) -> bool:
        """Whether any of them stands in its text."""
        root = _root(subject)
        return root is not None and any(tag.casefold() in self.tags for tag in _HASHTAG.findall(matchable(root.text)))


@dataclass(frozen=True, slots=True)
class UnderAd:
    """The wait stands under an advertisement, or under none (`wanted`)."""

    reads_thread: ClassVar[bool] = True
    words: str = field(compare=False)
    wanted: bool = True

    def holds(self, subject: Subject) -> bool:
        """Whether the first post, or a message, is said to be or to stand under one."""
        root = _root(subject)
        said = any(message.advertised for message in subject.messages) or (root is not None and root.advertised)
        return said == self.wanted


@dataclass(frozen=True, slots=True)
class ThreadAge:
    """How old the thread was when the wait began."""

    reads_thread: ClassVar[bool] = True
    words: str = field(compare=False)
    span: Span
    """Of milliseconds."""

    def holds(self, subject: Subject) -> bool:
        """Whether the time between the thread's first post and the wait's first message lies in the span."""
        root = _root(subject)
        return root is not None and subject.messages[0].created_at - root.created_at in self.span


@dataclass(frozen=True, slots=True)
class Commenters:
    """How many people other than us had written in the thread when the customer wrote last."""

    reads_thread: ClassVar[bool] = True
    words: str = field(compare=False)
    span: Span

    def holds(self, subject: Subject) -> bool:
        """Whether the number of authors up to the wait's newest message lies in the span."""
        if not subject.messages:
            return False
        until = subject.messages[-1].created_at
        seen = {message.author.id for message in subject.messages}
        for message in subject.thread:
            if message.created_at > until or len(seen) > self.span.most:
                break
            if message.side is Side.OTHER:
                seen.add(message.author.id)
        return len(seen) in self.span


def _root(subject: Subject) -> Message | None:
    """The oldest message of the thread that is known."""
    return next(iter(subject.thread or subject.messages), None)


def link_key(link: str) -> str:
    """An address without scheme, `www.`, fragment and closing slash."""
    bare = _SCHEME.sub("", link.strip(), count=1).partition("#")[0]
    host, slash, path = bare.replace("/?", "?").partition("/")
    host = host.lower()
    return (("x.com" if host == "twitter.com" else host) + slash + path).rstrip("/")


def hashtag_key(tag: str) -> str:
    """A hashtag without its sign, and without regard to case and width."""
    return matchable(tag).strip().removeprefix("#").casefold()
