"""calendars.yaml → calendars: weekly windows in a time zone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.fields import find_zone, mistake
from slamon.rules.keys import CalendarKeys, CalendarsKeys
from slamon.sla.calendar import ALWAYS, Weekly

if TYPE_CHECKING:
    from slamon.shape import Reader
    from slamon.sla.calendar import Calendar
    from slamon.yamlfile import Where

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOW = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*", re.ASCII)
DAY_END = 24 * 60
DAYS_HOW = "write mon, tue, wed, thu, fri, sat, sun, or ranges of them: mon-fri"
WINDOW_HOW = 'write "08:00-17:30"'

Window: TypeAlias = tuple[int, int, int]
"""Weekday from Monday 0, and minutes since midnight of the opening and the closing edge."""


def read_calendars(reader: Reader) -> dict[str, Calendar | None]:
    """The calendars of a file by name, `always` included; `None` for one with faults."""
    found: dict[str, Calendar | None] = {ALWAYS.name: ALWAYS}
    keys = reader.read(CalendarsKeys, ())
    for name in keys.calendars if keys else ():
        where = ("calendars", name)
        if name == ALWAYS.name:
            reader.blame(where, "`always` is built in", "choose another name", key=True)
        else:
            found[name] = _calendar(reader, name, where)
    return found


def _calendar(reader: Reader, name: str, where: Where) -> Calendar | None:
    raw, before = reader.document.at(where), len(reader.faults)
    keys = reader.read(CalendarKeys, where)
    if keys is None:
        return None
    if not CalendarKeys.later.keys() & raw.keys():
        for key in ("timezone", "open"):
            if key not in raw:
                reader.blame(where, f"`{key}` is missing", CalendarKeys.model_fields[key].description or "")
    windows = _windows(reader, keys.open, (*where, "open")) if keys.open is not None else []
    if keys.open is not None and not windows and len(reader.faults) == before:
        reader.blame((*where, "open"), f"the calendar `{name}` is never open", WINDOW_HOW)
    if len(reader.faults) > before or keys.timezone is None:
        return None
    return Weekly(name, find_zone(keys.timezone), windows)


def _windows(reader: Reader, week: dict[str, Any], where: Where) -> list[Window]:
    windows: list[Window] = []
    for days, value in week.items():
        spot = (*where, days)
        numbers = _days(reader, days, spot)
        spots = [(*spot, i) for i in range(len(value))] if isinstance(value, list) else [spot]
        for each in spots:
            edges = reader.value(parse_window, each)
            if edges:
                windows += _added(reader, each, numbers, edges, windows)
    return windows


def _added(reader: Reader, where: Where, days: list[int], edges: tuple[int, int], known: list[Window]) -> list[Window]:
    begin, end = edges
    clash = next((d for d, b, e in known if d in days and begin < e and b < end), None)
    if clash is not None:
        reader.blame(where, f"overlaps another window on {DAYS[clash]}")
        return []
    return [(day, begin, end) for day in days]


def _days(reader: Reader, text: str, where: Where) -> list[int]:
    """The weekdays that `mon-fri`, `sat` or `sat, mon-wed` name; a range may run over Sunday."""
    found: list[int] = []
    for part in text.lower().split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            reader.blame(where, f"`{part.strip()[:40]}` is no day of the week", DAYS_HOW, key=True)
            return []
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    if len(found) != len(set(found)):
        reader.blame(where, "names a day twice", key=True)
    return found


def parse_window(value: object) -> tuple[int, int]:
    """Minutes since midnight of both edges of `08:00-17:30`; `24:00` closes the day.

    :raises PydanticCustomError: it is no window, ends before it begins, or is empty.
    """
    match = WINDOW.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise mistake("should be a window of time", WINDOW_HOW)
    hour, minute, end_hour, end_minute = map(int, match.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or begin >= DAY_END or end > DAY_END:  # noqa: PLR2004 - the last minute of an hour
        raise mistake(f"`{value}` holds a time that no clock shows", "from 00:00 to 24:00")
    if begin == end:
        raise mistake(f"`{value}` is empty", "24:00 is the end of a day")
    if end < begin:
        raise mistake(
            f"`{value}` runs over midnight, which is not supported yet",
            "write two windows, one up to 24:00, one from 00:00",
        )
    return begin, end
