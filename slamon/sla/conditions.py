"""The lines under `when` that look at surface, author, time and numbers; what policies must know of conditions.

A condition looks at all customer messages of a wait. Where it says no other thing, one message that fits is enough;
what is negated (`no`) holds when no message fits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import regex

from slamon.model import SECOND, Kind
from slamon.sla.numbers import Span
from slamon.sla.texts import matchable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from slamon.sla.subject import Condition, Subject


@dataclass(frozen=True, slots=True)
class KindIs:
    """A message was written on one of these surfaces."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    kinds: frozenset[Kind]

    def holds(self, subject: Subject) -> bool:
        """Whether any message is of such a kind."""
        return any(message.kind in self.kinds for message in subject.messages)


@dataclass(frozen=True, slots=True)
class ChannelIs:
    """The channel has one of these names."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    names: frozenset[str]

    def holds(self, subject: Subject) -> bool:
        """Whether the wait's channel is one of them."""
        return subject.channel in self.names


@dataclass(frozen=True, slots=True)
class PlatformIs:
    """The channel is on one of these platforms."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    names: frozenset[str]

    def holds(self, subject: Subject) -> bool:
        """Whether the wait's platform is one of them."""
        return subject.platform in self.names


@dataclass(frozen=True, slots=True)
class Followers:
    """How many follow the author, by the newest message that says so; a number nobody knows fits nothing."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    span: Span

    def holds(self, subject: Subject) -> bool:
        """Whether the newest known number lies in the span."""
        known = (message.author.followers for message in reversed(subject.messages))
        followers = next((number for number in known if number is not None), None)
        return followers is not None and followers in self.span


@dataclass(frozen=True, slots=True)
class Rating:
    """The stars of a review, by the newest message that has any; no stars fit nothing."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    span: Span

    def holds(self, subject: Subject) -> bool:
        """Whether the newest known rating lies in the span."""
        known = (message.rating for message in reversed(subject.messages))
        rating = next((stars for stars in known if stars is not None), None)
        return rating is not None and rating in self.span


@dataclass(frozen=True, slots=True)
class Reach:
    """Likes, shares and replies of the message that has most of them; a number nobody knows fits nothing."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    span: Span

    def holds(self, subject: Subject) -> bool:
        """Whether the largest known reach lies in the span."""
        reach = max((message.reach for message in subject.messages if message.reach is not None), default=None)
        return reach is not None and reach in self.span


@dataclass(frozen=True, slots=True)
class MessageCount:
    """How often the customer has written in this wait."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    span: Span

    def holds(self, subject: Subject) -> bool:
        """Whether the number of messages lies in the span."""
        return len(subject.messages) in self.span


@dataclass(frozen=True, slots=True)
class Verified:
    """The platform vouches for the author: in one of these ways, at all (without `marks`), or not (`wanted`)."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    wanted: bool = True
    marks: frozenset[str] | None = None

    def holds(self, subject: Subject) -> bool:
        """Whether the newest message's author is vouched for so."""
        mark = subject.messages[-1].author.verified.lower() if subject.messages else ""
        return (bool(mark) if self.marks is None else mark in self.marks) == self.wanted


@dataclass(frozen=True, slots=True)
class HandleIs:
    """The author has one of these handles; upper and lower case are the same."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    handles: frozenset[str]
    """In lower case, without @."""

    def holds(self, subject: Subject) -> bool:
        """Whether any message's author has such a handle."""
        return any(message.author.handle.lower() in self.handles for message in subject.messages)


@dataclass(frozen=True, slots=True)
class NameIs:
    """The author shows one of these names, or has it as a handle; upper and lower case are the same."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    names: frozenset[str]
    """As `name_key` makes them."""

    def holds(self, subject: Subject) -> bool:
        """Whether any message's author has such a name."""
        authors = (message.author for message in subject.messages)
        return any(name_key(author.name) in self.names or name_key(author.handle) in self.names for author in authors)


@dataclass(frozen=True, slots=True)
class AuthorListed:
    """The author stands in a list of handles and ids."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    listed: frozenset[str] = field(repr=False)
    """Handles in lower case, without @, and ids as they are."""

    def holds(self, subject: Subject) -> bool:
        """Whether any message's author is listed."""
        authors = (message.author for message in subject.messages)
        return any(author.id in self.listed or author.handle.lower() in self.listed for author in authors)


@dataclass(frozen=True, slots=True)
class Hour:
    """The wait began between these times of day."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    minutes: frozenset[int] = field(repr=False)
    """Of the day, counted from midnight."""
    zone: tzinfo = UTC

    def holds(self, subject: Subject) -> bool:
        """Whether the local time of the first message is such a minute."""
        begun = _begun(subject, self.zone)
        return begun is not None and begun.hour * 60 + begun.minute in self.minutes


@dataclass(frozen=True, slots=True)
class DayIs:
    """The wait began on one of these days of the week."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    days: frozenset[int]
    """From Monday 0."""
    zone: tzinfo = UTC

    def holds(self, subject: Subject) -> bool:
        """Whether the local date of the first message is such a day."""
        begun = _begun(subject, self.zone)
        return begun is not None and begun.weekday() in self.days


@dataclass(frozen=True, slots=True)
class Filtered:
    """The platform hid a message from the start."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    wanted: bool = True

    def holds(self, subject: Subject) -> bool:
        """Whether any message was born hidden, or none, where that is what is wanted."""
        return any(message.filtered for message in subject.messages) == self.wanted


def name_key(name: str) -> str:
    """A name without regard to case, width and blanks around it."""
    return matchable(name).strip().casefold()


def _begun(subject: Subject, zone: tzinfo) -> datetime | None:
    """The local time at which the wait began: as the fold has it, a message that surfaced late begins then."""
    if not subject.messages:
        return None
    first = subject.messages[0]
    at = first.created_at if first.surfaced_at is None else first.surfaced_at
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone)


def note(condition: Condition, subject: Subject) -> str:
    """What `explain` adds to a condition: that its pattern took too long; usually nothing."""
    said: str = condition.note(subject) if hasattr(condition, "note") else ""
    return said


def covers(above: Sequence[Condition], below: Sequence[Condition]) -> bool:
    """Whether conditions `above` hold wherever all of `below` do, as far as that can be told."""
    return all(any(_takes(line, other) for other in below) for line in above)


def _takes(line: Condition, other: Condition) -> bool:
    if type(line) is not type(other):
        return False
    given: Any = line
    names = [each.name for each in fields(given) if each.compare]
    return all(_wider(getattr(line, name), getattr(other, name)) for name in names)


def _wider(value: object, other: object) -> bool:
    if isinstance(value, Span) and isinstance(other, Span):
        return value.covers(other)
    if isinstance(value, frozenset) and isinstance(other, frozenset):
        return value >= other
    return value is None or value == other or _same_pattern(value, other)


def _same_pattern(value: object, other: object) -> bool:
    """Compiled twice, patterns differ although they say the same."""
    if not isinstance(value, regex.Pattern) or not isinstance(other, regex.Pattern):
        return False
    return (value.pattern, value.flags) == (other.pattern, other.flags)


def names_listening(conditions: Iterable[Condition]) -> bool:
    """Whether these conditions ask for what keyword listening finds: without that, a policy does not take it."""
    return any(isinstance(line, KindIs) and Kind.LISTENING in line.kinds for line in conditions)


def names_filtered(conditions: Iterable[Condition]) -> bool:
    """Whether these conditions ask for messages that were born hidden: without that, a policy does not take them."""
    return any(isinstance(line, Filtered) and line.wanted for line in conditions)
