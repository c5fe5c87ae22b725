"""The lines under `when`: each looks at all customer messages of a wait, and one that fits is enough."""

from __future__ import annotations

import operator
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.model import Kind
    from slamon.sla.subject import Subject

TEXT_READ = 10_000
PATTERN_SECONDS = 0.05
COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq}
_UNSEEN = regex.compile(r"[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class KindIs:
    """A message was written on one of these surfaces."""

    words: str
    kinds: frozenset[Kind]

    def holds(self, subject: Subject) -> bool:
        """Whether any message is of such a kind."""
        return any(message.kind in self.kinds for message in subject.messages)


@dataclass(frozen=True, slots=True)
class ChannelIs:
    """The channel has one of these names."""

    words: str
    names: frozenset[str]

    def holds(self, subject: Subject) -> bool:
        """Whether the wait's channel is one of them."""
        return subject.channel in self.names


@dataclass(frozen=True, slots=True)
class PlatformIs:
    """The channel is on one of these platforms."""

    words: str
    names: frozenset[str]

    def holds(self, subject: Subject) -> bool:
        """Whether the wait's platform is one of them."""
        return subject.platform in self.names


@dataclass(frozen=True, slots=True)
class Followers:
    """How many follow the author, by the newest message that says so; a number nobody knows fits nothing."""

    words: str
    comparison: str
    """A key of `COMPARE`."""
    number: int

    def holds(self, subject: Subject) -> bool:
        """Whether the newest known number compares so."""
        known = (message.author.followers for message in reversed(subject.messages))
        followers = next((number for number in known if number is not None), None)
        return followers is not None and COMPARE[self.comparison](followers, self.number)


@dataclass(frozen=True, slots=True)
class Verified:
    """The platform vouches for the author: at all (`marks` is empty), in one of these ways, or not (`wanted`)."""

    words: str
    wanted: bool = True
    marks: frozenset[str] = frozenset()

    def holds(self, subject: Subject) -> bool:
        """Whether the newest message's author is vouched for so."""
        mark = subject.messages[-1].author.verified.lower() if subject.messages else ""
        return (mark in self.marks if self.marks else bool(mark)) == self.wanted


@dataclass(frozen=True, slots=True)
class HandleIs:
    """The author has one of these handles; upper and lower case are the same."""

    words: str
    handles: frozenset[str]
    """In lower case, without @."""

    def holds(self, subject: Subject) -> bool:
        """Whether any message's author has such a handle."""
        return any(message.author.handle.lower() in self.handles for message in subject.messages)


@dataclass(frozen=True, slots=True)
class TextMatches:
    """A pattern is found in a message's text; a search that takes longer than 50 ms found nothing."""

    words: str
    pattern: regex.Pattern[str]

    def holds(self, subject: Subject) -> bool:
        """Whether the pattern is found in any message."""
        return any(self._found(text) for text in _texts(subject))

    def _found(self, text: str) -> bool:
        try:
            return self.pattern.search(text, timeout=PATTERN_SECONDS, concurrent=True) is not None
        except TimeoutError:
            return False


def _texts(subject: Subject) -> Iterator[str]:
    return (matchable(message.text) for message in subject.messages)


def matchable(text: str) -> str:
    """The first 10,000 characters of `text` as patterns see them: NFKC, without zero-width and bidi controls."""
    head = text[:TEXT_READ]
    if head.isascii():
        return head
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", head))[:TEXT_READ]
