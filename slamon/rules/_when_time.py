"""Conditions on when a wait began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import find_zone, mistake
from slamon.hours import DAYS, parse_window
from slamon.rules._when_line import Line, several
from slamon.sla.calendars.openhours import DAYS_A_WEEK, MINUTES_A_DAY
from slamon.sla.conditions import DayIs, Hour

if TYPE_CHECKING:
    from datetime import tzinfo

    from slamon.rules._when_line import Given
    from slamon.sla.subject import Condition

DAYS_HOW = "write mon, tue, wed, thu, fri, sat, sun, or ranges of them: sat-sun"
WINDOW_HOW = 'write "22:00-06:00"'


def _hour(words: str, value: object, given: Given) -> Condition:
    windows, zone = _zoned(value, "between", given, '{between: "22:00-06:00", timezone: Europe/Berlin}')
    return Hour(words, frozenset().union(*map(_minutes, windows)), zone)


def _days(words: str, value: object, given: Given) -> Condition:
    days, zone = _zoned(value, "on", given, "{on: sat-sun, timezone: Europe/Berlin}")
    return DayIs(words, frozenset(day for text in days for part in text.split(",") for day in _range(part)), zone)


def _zoned(value: object, key: str, given: Given, how: str) -> tuple[tuple[str, ...], tzinfo]:
    """What was written, and the zone that it is meant in: its own, else that of the policy's calendar."""
    zone = given.zone
    if isinstance(value, dict):
        if not value.keys() <= {key, "timezone"} or key not in value:
            raise mistake(f"should have the keys `{key}` and `timezone`", how)
        if "timezone" in value:
            zone = find_zone(str(value["timezone"]))
        value = value[key]
    if zone is None:
        raise mistake("needs a time zone: around the clock has none", f"write {how}")
    return several(value), zone


def _minutes(text: str) -> frozenset[int]:
    begin, end = parse_window(text, WINDOW_HOW)
    return frozenset(minute % MINUTES_A_DAY for minute in range(begin, end))


def _range(text: str) -> list[int]:
    """The weekdays that `sat-sun` or `wed` names; a range may run over Sunday."""
    first, dash, last = (word.strip().lower() for word in text.partition("-"))
    if first not in DAYS or (dash and last not in DAYS):
        raise mistake(f"`{text.strip()[:40]}` is no day of the week", DAYS_HOW)
    begin, end = DAYS.index(first), DAYS.index(last or first)
    return [day % DAYS_A_WEEK for day in range(begin, end + 1 if end >= begin else end + DAYS_A_WEEK + 1)]


TIME = {
    "hour": Line(
        'The local time at which the wait began: `"22:00-06:00"`, or a list, in the zone of the policy\'s calendar; or '
        '`{between: "22:00-06:00", timezone: Europe/Berlin}`',
        _hour,
    ),
    "days": Line(
        "The day of the week on which it began, in the same zone: `sat-sun`, or `{on: [mon, wed], timezone: UTC}`",
        _days,
    ),
}
