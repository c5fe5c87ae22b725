"""Where everything went that was received: one fate each, and together they add up to what was received."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from slamon.model import BY_HAND, Mark, Status
from slamon.sla.fold import AUTOMATION, BOT_CLOSED, HANDED_OVER

if TYPE_CHECKING:
    from collections.abc import Collection


class Fate(StrEnum):
    """What became of a wait, or of a message that started none."""

    ANSWERED = "answered"
    """By a person."""
    AUTOMATION = "automation"
    """By a machine that its policy takes for an answer, or a bot's answer that was left standing."""
    HANDED_OVER = "handed_over"
    """The answer asked the customer to go on elsewhere."""
    ELSEWHERE = "elsewhere"
    """A person said that it was answered where slamon does not look, or by a statement to everybody."""
    NO_REPLY = "no_reply"
    """A rule said that it needs none."""
    DISMISSED = "dismissed"
    """A person said so, or muted such messages."""
    CANCELLED = "cancelled"
    """All that waited was deleted, or its channel is not watched any more."""
    ABANDONED = "abandoned"
    """Nobody answered, and the customer fell silent."""
    OPEN = "open"
    UNVERIFIED = "unverified"
    """Open and past due, but its channel could not be read again since."""


BY_PERSON = {
    Mark.DISMISSED: Fate.DISMISSED,
    Mark.MUTED: Fate.DISMISSED,
    Mark.ELSEWHERE: Fate.ELSEWHERE,
    Mark.STATEMENT: Fate.ELSEWHERE,
}
_ENDED = {
    "cancelled": Fate.CANCELLED,
    "abandoned": Fate.ABANDONED,
    BOT_CLOSED: Fate.AUTOMATION,
}
_ANSWERED = {HANDED_OVER: Fate.HANDED_OVER, AUTOMATION: Fate.AUTOMATION}


def fate_of_wait(state: str, reason: str, statuses: Collection[Status]) -> Fate | None:
    """The fate of a stored wait by its state, its reason and its targets' statuses.

    `None`: it counts as nothing, since it became part of another wait, or none of its messages waits any more.
    """
    if state == "merged":
        return BY_PERSON[Mark(reason)] if reason in BY_HAND else None
    if state == "answered":
        return _ANSWERED.get(reason, Fate.ANSWERED)
    if state == "open":
        return Fate.UNVERIFIED if Status.UNVERIFIED in statuses else Fate.OPEN
    return _ENDED[state]


def fate_of_message(no_reply: str) -> Fate:
    """The fate of a customer's message that started no wait, by the reason that is stored with it."""
    return BY_PERSON[Mark(no_reply)] if no_reply in BY_HAND else Fate.NO_REPLY
