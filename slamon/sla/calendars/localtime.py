"""Local time of a zone ↔ instants: all that knows about time zones. Days are ordinals, as `date.toordinal` has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from slamon.model import DAY, SECOND

if TYPE_CHECKING:
    from datetime import tzinfo

    from slamon.model import Instant, Millis

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Before the first and after the last of these years, in UTC, all time is open."""
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a local time, of whatever zone
EPOCH_DAY = EPOCH.toordinal()
NOTHING = timedelta(0)


def new_year(year: int) -> Instant:
    """The first instant of a year in UTC."""
    return (datetime(year, 1, 1, tzinfo=UTC).toordinal() - EPOCH_DAY) * DAY


BEGIN, END = new_year(FIRST_YEAR), new_year(LAST_YEAR + 1)


def year_of(instant: Instant) -> int:
    """The year in UTC, as far as tables reach."""
    return datetime.fromtimestamp(min(max(instant, BEGIN), END - 1) // SECOND, UTC).year


def local(instant: Instant, zone: tzinfo) -> tuple[int, Millis]:
    """What the clocks of `zone` show at an instant that tables reach: the day, and the time since its midnight."""
    shown = datetime.fromtimestamp(instant // SECOND, zone)
    seconds = shown.hour * 3_600 + shown.minute * 60 + shown.second
    return shown.toordinal(), seconds * SECOND + instant % SECOND


def instant_of(zone: tzinfo, day: int, time: Millis, *, closing: bool = False) -> Instant:
    """The instant at which the clocks show so much time since midnight of a day; more than a day is one further on.

    A time that they skip is the instant of the jump; one that they show twice is the first, for a `closing` edge the
    second.
    """
    shown = (day - EPOCH_DAY) * DAY + time
    clock = EPOCH.replace(tzinfo=zone) + timedelta(0, 0, 0, shown)
    first, second = clock.utcoffset() or NOTHING, clock.replace(fold=1).utcoffset() or NOTHING
    if first == second or (first > second and not closing):
        return shown - _millis(first)
    if first > second:
        return shown - _millis(second)
    return _jump(zone, shown - _millis(second), shown - _millis(first))


def _millis(offset: timedelta) -> Millis:
    return offset.days * DAY + offset.seconds * SECOND


def _jump(zone: tzinfo, before: Instant, after: Instant) -> Instant:
    """The instant in (before, after] at which the clocks of `zone` leap forward, to the second."""
    earlier = _offset_at(before, zone)
    while after - before > SECOND:
        middle = (before + after) // (2 * SECOND) * SECOND
        before, after = (middle, after) if _offset_at(middle, zone) == earlier else (before, middle)
    return after


def _offset_at(instant: Instant, zone: tzinfo) -> timedelta | None:
    return datetime.fromtimestamp(instant // SECOND, zone).utcoffset()
