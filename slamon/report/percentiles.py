"""How long it took half of all, nine of ten, ninety-nine of a hundred: over the answered, and with those who wait."""

from __future__ import annotations

from bisect import bisect_right
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Millis

PERCENTS = (50, 90, 99)
WHOLE = 100
ROUNDING = 1e-9
"""Less than one of a hundred million: what products of shares may be off by."""


def nearest_rank(answered: Sequence[Millis], percent: int) -> Millis | None:
    """The span that `percent` of the sorted ones do not exceed; `None` where there are none."""
    return answered[-(-len(answered) * percent // WHOLE) - 1] if answered else None


def with_waiting(answered: Sequence[Millis], waiting: Sequence[Millis], percent: int) -> Millis | None:
    """The same by Kaplan and Meier: who still waits has waited so long at least. Both are sorted.

    `None`: so many were not answered yet. Without anybody who waits it is the nearest rank.
    """
    unanswered = 1 - percent / WHOLE
    left, at_risk, done, seen = 1.0, len(answered) + len(waiting), 0, 0
    while seen < len(waiting):
        gives_up = waiting[seen]
        upto = bisect_right(answered, gives_up, done)
        found = _within(answered, (done, upto), at_risk, left, unanswered)
        if found is not None:
            return found
        left *= (at_risk - upto + done) / at_risk
        leaving = bisect_right(waiting, gives_up, seen) - seen
        at_risk, done, seen = at_risk - (upto - done) - leaving, upto, seen + leaving
    return _within(answered, (done, len(answered)), at_risk, left, unanswered)


def _within(
    answered: Sequence[Millis], part: tuple[int, int], at_risk: int, left: float, unanswered: float
) -> Millis | None:
    """The answer of this part of them with which no more than `unanswered` are left."""
    first, stop = part
    needed = max(1, ceil(at_risk * (1 - unanswered / left) - ROUNDING)) if left > 0 else 1
    return answered[first + needed - 1] if needed <= stop - first else None
