"""Who has a wait in hand, by what people did about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from slamon.model import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.model import Instant, Millis

REOPENS_AFTER: Millis = 10 * MINUTE
"""A customer message that comes so much later than an acknowledgement asks anew."""


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
        return self not in {Verb.ACKNOWLEDGE, Verb.SNOOZE}


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
class Handling:
    """How a wait is handled at one instant."""

    acknowledged: Held | None = None
    snoozed: Held | None = None


UNHANDLED = Handling()


def handling(
    done: Iterable[Done], now: Instant, *, last_message_at: Instant = 0, last_stage_at: Instant = 0
) -> Handling:
    """Who has it in hand at `now`.

    An acknowledgement lapses at its end, with a customer message that comes later than `REOPENS_AFTER` behind it, and
    with the next stage (`last_stage_at`: when the newest one that is no repetition was reached).
    """
    acknowledged = snoozed = None
    for one in done:
        over = one.undone_at is not None or (one.until is not None and one.until <= now)
        if one.verb == Verb.ACKNOWLEDGE:
            reopened = last_message_at >= one.at + REOPENS_AFTER or last_stage_at > one.at
            acknowledged = None if over or reopened else Held(one.by, one.at, one.until)
        elif one.verb == Verb.SNOOZE:
            snoozed = None if over else Held(one.by, one.at, one.until)
    return Handling(acknowledged, snoozed)
