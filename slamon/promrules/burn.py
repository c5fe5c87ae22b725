"""How fast promises may break before somebody is told: windows and shares for one objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.model import DAY, HOUR
from slamon.promrules.model import CRITICAL, WARNING
from slamon.sla.policy import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.model import Millis
    from slamon.promrules.model import Severity
    from slamon.sla.policy import Objective

REACHABLE = 800_000
"""Parts per million. However strict the arithmetic, four of five broken promises are enough: more than all cannot
break, so that above 1 a threshold would never be reached."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A long window that shows a trend, and a short one that shows that it goes on."""

    long: str
    short: str
    length: Millis
    """Of the long one."""
    spent: int
    """What of the whole allowance may be spent in the long window, in parts per million."""
    severity: Severity
    words: str


PAIRS = (
    Pair("1h", "5m", HOUR, 20_000, CRITICAL, "hour"),
    Pair("6h", "30m", 6 * HOUR, 50_000, CRITICAL, "six hours"),
    Pair("1d", "1h", DAY, 100_000, WARNING, "day"),
    Pair("3d", "6h", 3 * DAY, 100_000, WARNING, "three days"),
)
WINDOWS = ("5m", "30m", "1h", "6h", "1d", "3d")
"""Every window of the pairs."""


@dataclass(frozen=True, slots=True)
class Burn:
    """The share of broken promises above which a pair of windows alerts."""

    pair: Pair
    threshold: int
    """In parts per million."""
    lasts: Millis
    """After so long at this share, the whole allowance is spent."""


def burns(objective: Objective) -> Iterator[Burn]:
    """One for each pair of windows that is shorter than the objective's own time.

    Never less than the allowance itself, which would call a good share bad; never more than can be reached.
    """
    allowed = WHOLE - objective.share
    for pair in PAIRS:
        if pair.length >= objective.over:
            continue
        wanted = allowed * pair.spent * objective.over // (pair.length * WHOLE)
        threshold = max(allowed, min(wanted, REACHABLE))
        yield Burn(pair, threshold, objective.over * allowed // threshold)
