"""What a status looks like: a word and a shape, and a colour by the style sheet; never the colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.model import Status

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Look:
    """How something stands."""

    name: str
    """For the style sheet."""
    word: str
    shape: str


LOOKS: Mapping[Status, Look] = {
    Status.BREACHED: Look("breached", "breached", "■"),
    Status.UNVERIFIED: Look("unverified", "unverified", "?"),
    Status.AT_RISK: Look("at_risk", "at risk", "◆"),
    Status.ON_TRACK: Look("on_track", "on track", "●"),
    Status.MET: Look("met", "in time", "✓"),
    Status.MISSED: Look("missed", "late", "✗"),
    Status.CANCELLED: Look("cancelled", "cancelled", "□"),
}
"""The most urgent first."""
NO_PROMISE = Look("none", "no promise", "○")


def look(status: Status, *, promised: bool = True) -> Look:
    """Of a wait; without a policy it is only counted."""
    return LOOKS[status] if promised else NO_PROMISE
