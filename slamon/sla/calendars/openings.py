"""When a calendar opens after it was closed for long enough to be called closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.model import DAY, HOUR
from slamon.sla.calendars.localtime import BEGIN, END

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.model import Instant, Millis
    from slamon.sla.calendar import Calendar

CLOSED_FOR: Millis = HOUR
"""A shorter pause, such as lunch, is none."""
LOOK_BACK: Millis = 21 * DAY
"""A close that lies further back is not looked for."""


@dataclass(frozen=True, slots=True)
class Opens:
    """An opening edge."""

    at: Instant
    closed_at: Instant | None
    """When it had closed; `None`: longer ago than anybody asks."""


def openings(calendar: Calendar, after: Instant, until: Instant) -> Iterator[Opens]:
    """The instants in (after, until] from which on it is open, while it was closed for `CLOSED_FOR` just before."""
    first, stop = max(after - LOOK_BACK, BEGIN), min(until + 1, END)
    if not calendar.closes or first >= stop:
        return
    closed_at: Instant | None = None
    for opens, closes in calendar.open_times(first, stop):
        long_enough = closed_at is None or opens - closed_at >= CLOSED_FOR
        if after < opens <= until and opens > first and long_enough:
            yield Opens(opens, closed_at)
        closed_at = closes
