"""What a message is taken for by itself: automation, a hand-over, a holding text, in need of no reply."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marking:
    """The rules of one channel for single messages."""


NOTHING_MARKED = Marking()
