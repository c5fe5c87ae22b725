"""Hours of the week in a zone, quickly: what the clocks show is asked once a quarter of an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import HOUR, MINUTE
from slamon.report.sheet import Week
from slamon.sla.calendars.localtime import local

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from slamon.model import Instant

QUARTER = 15 * MINUTE
"""Every zone's hours begin at a quarter of an hour in UTC."""
HOURS, DAYS = 24, 7
CELLS = HOURS * DAYS


class Clock:
    """The clocks of one zone."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._known: dict[int, int] = {}

    def hour(self, at: Instant) -> int:
        """The hour of the week, from 0 on Monday at midnight."""
        quarter = at // QUARTER
        found = self._known.get(quarter)
        if found is None:
            day, time = local(quarter * QUARTER, self.zone)
            found = self._known[quarter] = (day - 1) % DAYS * HOURS + time // HOUR
        return found


class WeekCount:
    """Counts by hour of the week."""

    __slots__ = ("arrivals", "due", "met")

    def __init__(self) -> None:
        self.arrivals = [0] * CELLS
        self.due = [0] * CELLS
        self.met = [0] * CELLS

    def add(self, other: WeekCount) -> None:
        """Count those of `other` too."""
        self.arrivals = [a + b for a, b in zip(self.arrivals, other.arrivals, strict=True)]
        self.due = [a + b for a, b in zip(self.due, other.due, strict=True)]
        self.met = [a + b for a, b in zip(self.met, other.met, strict=True)]

    def week(self) -> Week:
        """By day and hour."""
        return Week(_rows(self.arrivals), _rows(self.due), _rows(self.met))


def _rows(cells: Sequence[int]) -> list[list[int]]:
    return [list(cells[day * HOURS : (day + 1) * HOURS]) for day in range(DAYS)]
