"""When time counts: what every calendar answers, in epoch milliseconds, and the kinds there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from slamon.model import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from slamon.model import Instant, Millis
    from slamon.sla.calendars.opentimes import Interval

__all__ = ["ALWAYS", "Always", "Calendar", "OpenDays"]


@dataclass(frozen=True, slots=True, order=True)
class OpenDays:
    """A length in open days of a calendar, however long each of them is: `1bd`."""

    days: int


class Calendar(Protocol):
    """Open time on the axis of instants. Windows are half-open: [open, close).

    Every question has an answer at any instant. Before 1970 and after 2100, in UTC, all time is open: a calendar that
    stays closed from some day on opens again with the year 2101.
    """

    @property
    def name(self) -> str:
        """The name that admins gave it; `always` is built in."""
        ...

    @property
    def zone(self) -> tzinfo | None:
        """Where its local times are; `None` around the clock."""
        ...

    @property
    def closes(self) -> bool:
        """Whether any time is closed."""
        ...

    @property
    def fingerprint(self) -> str:
        """Equal for calendars with equal content, whatever their names."""
        ...

    def add(self, start: Instant, span: Millis) -> Instant:
        """The instant at which `span` of open time has passed since `start`; on a closing edge it stays there."""
        ...

    def add_days(self, start: Instant, days: int) -> Instant:
        """The same local time on the n-th next day with any open time, from the first open instant at or after `start`.

        Where that day closes earlier, its close. Where that time is closed: that day's next opening, else its last
        close; a closing edge counts as open.
        """
        ...

    def open_between(self, start: Instant, end: Instant) -> Millis:
        """The open time in [start, end); 0 where end is not after start."""
        ...

    def is_open(self, at: Instant) -> bool:
        """Whether `at` counts."""
        ...

    def next_open(self, at: Instant) -> Instant:
        """The first open instant at or after `at`."""
        ...

    def open_times(self, first: Instant, stop: Instant) -> Iterable[Interval]:
        """The open time within [first, stop), both from 1970 to 2100: intervals in order that do not touch."""
        ...


class Always:
    """Around the clock."""

    name = "always"
    zone = None
    closes = False
    fingerprint = "always"

    def add(self, start: Instant, span: Millis) -> Instant:
        """`start` + `span`."""
        return start + span

    def add_days(self, start: Instant, days: int) -> Instant:
        """As many times 24 hours."""
        return start + days * DAY

    def open_between(self, start: Instant, end: Instant) -> Millis:
        """The wall time in [start, end)."""
        return max(0, end - start)

    def is_open(self, at: Instant) -> bool:
        """It is."""
        del at
        return True

    def next_open(self, at: Instant) -> Instant:
        """`at`."""
        return at

    def open_times(self, first: Instant, stop: Instant) -> Iterable[Interval]:
        """The whole."""
        return [(first, stop)]


ALWAYS = Always()
