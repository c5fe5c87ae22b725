"""Who has a wait in hand, by what people did about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from slamon.model import MINUTE, Mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.model import Instant, Millis

REOPENS_AFTER: Millis = 10 * MINUTE
"""A customer message that comes so much later than an acknowledgement asks anew."""

SNOOZE_ENDS = "snooze"
"""The stage, as letters name it, with which a snooze ends."""


class Verb(StrEnum):
    """What a person can do about a wait."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    DISMISS = "dismiss"
    """No reply is needed."""
    ELSEWHERE = "answered_elsewhere"
    MUTE = "mute"
    STATEMENT = "answered_by_statement"

    @property
    def closes(self) -> bool:
        """Whether it ends the wait, never as met."""
        return self in _MARKS

    @property
    def mark(self) -> Mark:
        """What one that closes makes of the messages."""
        return _MARKS[self]


_MARKS = {
    Verb.DISMISS: Mark.DISMISSED,
    Verb.ELSEWHERE: Mark.ELSEWHERE,
    Verb.MUTE: Mark.MUTED,
    Verb.STATEMENT: Mark.STATEMENT,
}


class Done(Protocol):
    """Something that a person did, as `store.actions` keeps it."""

    @property
    def verb(self) -> str:
        """Of `Verb`."""
        ...

    @property
    def at(self) -> Instant:
        """When."""
        ...

    @property
    def until(self) -> Instant | None:
        """How long it holds; `None`: for good."""
        ...

    @property
    def by(self) -> str:
        """Who."""
        ...

    @property
    def reason(self) -> str:
        """Why, in that person's words."""
        ...

    @property
    def undone_at(self) -> Instant | None:
        """When it was taken back."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody's word, and how long it holds."""

    by: str
    at: Instant
    until: Instant | None


@dataclass(frozen=True, slots=True)
class Ended:
    """Somebody's word that nothing is left to answer."""

    by: str
    how: str
    """Of `model.BY_HAND`."""
    why: str
    """In that person's words."""


@dataclass(frozen=True, slots=True)
class Handling:
    """How a wait is handled at one instant."""

    acknowledged: Held | None = None
    snoozed: Held | None = None
    ended: Ended | None = None


UNHANDLED = Handling()


def handling(
    done: Iterable[Done], now: Instant, *, last_message_at: Instant = 0, last_stage_at: Instant = 0
) -> Handling:
    """Who has it in hand at `now`, by all that was done about it, oldest first.

    The newest word counts, whoever's; one that was taken back was never said. An acknowledgement lapses at its end,
    with a customer message that comes `REOPENS_AFTER` behind it or later, and with the next stage (`last_stage_at`:
    when the newest one that is no repetition was reached).
    """
    acknowledged = snoozed = ended = None
    for one in done:
        if one.undone_at is not None:
            continue
        held = None if one.until is not None and one.until <= now else Held(one.by, one.at, one.until)
        if one.verb == Verb.ACKNOWLEDGE:
            reopened = last_message_at >= one.at + REOPENS_AFTER or last_stage_at > one.at
            acknowledged = None if reopened else held
        elif one.verb == Verb.SNOOZE:
            snoozed = held
        else:
            ended = Ended(one.by, Verb(one.verb).mark.value, one.reason)
    return Handling(acknowledged, snoozed, ended)
