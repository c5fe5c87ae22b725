"""calendars.yaml → calendars: hours of their own, unions, and calendars that files close."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC
from itertools import chain
from typing import TYPE_CHECKING, Any

from slamon.fields import did_you_mean, find_zone, mistake, nearest
from slamon.hours import WINDOW_HOW, read_week
from slamon.rules._dates import read_dates
from slamon.rules._holidays import read_holidays
from slamon.rules._ics import parse_ics
from slamon.rules.calendar_keys import CalendarKeys, CalendarsKeys
from slamon.sla.calendar import ALWAYS
from slamon.sla.calendars import Union, Weekly, Without
from slamon.sla.calendars.openhours import Exceptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, tzinfo

    from slamon.rules._holidays import Holidays
    from slamon.rules._ics import Closures
    from slamon.shape import Reader
    from slamon.sla.calendar import Calendar
    from slamon.yamlfile import Where

OWN = ("timezone", "open", "dates", "holidays")
"""Keys of a calendar with hours of its own."""
DEEPEST = 20
KINDS = "a calendar has `timezone` and `open`, or `union`, or `calendar` and `ics`"


def nothing_attached(name: str) -> bytes:
    """The content of no file.

    :raises PydanticCustomError: always.
    """
    raise mistake(f"`{name[:60]}` cannot be read from here")


def read_calendars(reader: Reader, attached: Callable[[str], bytes] = nothing_attached) -> dict[str, Calendar | None]:
    """The calendars of a file by name, `always` included; `None` for one with faults.

    `attached` gives the content of a file beside calendars.yaml, or raises a `mistake`.
    """
    keys = reader.read(CalendarsKeys, ())
    reading = _Reading(reader, attached, tuple(keys.calendars) if keys else ())
    for name in reading.names:
        if name == ALWAYS.name:
            reader.blame(("calendars", name), "`always` is built in", "choose another name", key=True)
        else:
            reading.calendar(name)
    return reading.found


@dataclass(slots=True)
class _Reading:
    """Calendars in the order in which they need each other."""

    reader: Reader
    attached: Callable[[str], bytes]
    names: tuple[str, ...]
    found: dict[str, Calendar | None] = field(default_factory=lambda: {ALWAYS.name: ALWAYS})
    path: list[str] = field(default_factory=list)
    """The calendars being read, each of which needs the next."""
    depths: dict[str, int] = field(default_factory=dict)
    """How many calendars stand below each, one on the other."""
    files: dict[str, Closures] = field(default_factory=dict)

    def calendar(self, name: str) -> Calendar | None:
        """The calendar of that name, which is read now if it was not yet."""
        if name not in self.found:
            self.path.append(name)
            self.found[name] = self._read(name, ("calendars", name))
            self.path.pop()
        return self.found[name]

    def _read(self, name: str, where: Where) -> Calendar | None:
        before = len(self.reader.faults)
        keys = self.reader.read(CalendarKeys, where)
        if keys is None:
            return None
        raw = self.reader.document.at(where)
        for key in CalendarKeys.model_fields:
            if raw.get(key, "") is None:
                self.reader.blame((*where, key), f"`{key}` has no value")
        base = self._base(name, keys, raw, where)
        closures = self._closures(keys, where, base.zone if base else None)
        if base is None or len(self.reader.faults) > before:
            return None
        if not closures:
            return base
        content = " ".join(each.content for each in closures)
        return Without(
            name, base, lambda first, stop: chain.from_iterable(each.of(first, stop) for each in closures), content
        )

    def _base(self, name: str, keys: CalendarKeys, raw: dict[str, Any], where: Where) -> Calendar | None:
        """The calendar without the files that close it."""
        kind = next((key for key in ("union", "calendar") if key in raw), "")
        for key in (*OWN, "calendar") if kind == "union" else OWN if kind else ():
            if key in raw:
                self.reader.blame((*where, key), f"`{key}` cannot stand beside `{kind}`", KINDS, key=True)
        if not kind:
            return _own_hours(self.reader, name, keys, raw, where)
        if kind == "calendar" and "ics" not in raw:
            self.reader.blame(where, "`ics` is missing", "the files that close it")
        named = keys.union if kind == "union" else keys.calendar
        if named is None:
            return None
        if not named:
            self.reader.blame((*where, kind), f"`{kind}` names no calendar")
            return None
        return self._standing_on(name, kind, where)

    def _standing_on(self, name: str, kind: str, where: Where) -> Calendar | None:
        """A union, or the one calendar that is named."""
        named = [(self.reader.document.at(spot), spot) for spot in self._spots((*where, kind))]
        for i, (other, spot) in enumerate(named):
            if any(other == earlier for earlier, _ in named[:i]):
                self.reader.blame(spot, f"`{other[:60]}` stands here twice")
        parts = [self._other(other, spot) for other, spot in named]
        sound = [part for part in parts if part]
        if not sound or len(sound) < len(parts):
            return None
        return Union(name, sound) if kind == "union" else sound[0]

    def _other(self, name: str, where: Where) -> Calendar | None:
        if name not in self.names and name != ALWAYS.name:
            known = {*self.names, ALWAYS.name} - {self.path[-1]}
            self.reader.blame(where, f"there is no calendar `{name[:60]}`", did_you_mean(name, known))
            return None
        if name in self.path:
            circle = " → ".join([*self.path[self.path.index(name) :], name])
            self.reader.blame(where, f"`{name[:60]}` would need itself: {circle[:120]}")
            return None
        found = self.calendar(name) if len(self.path) < DEEPEST else None
        below = self.depths.get(name, 0) + 1
        self.depths[self.path[-1]] = max(self.depths.get(self.path[-1], 0), below)
        if len(self.path) >= DEEPEST or below >= DEEPEST:
            self.reader.blame(where, f"more than {DEEPEST} calendars stand on each other here")
            return None
        return found

    def _closures(self, keys: CalendarKeys, where: Where, zone: tzinfo | None) -> list[Closures]:
        if keys.ics is None:
            return []
        if not keys.ics:
            self.reader.blame((*where, "ics"), "`ics` names no file")
        found = [
            self.reader.value(lambda name: self._file(name, zone or UTC), spot) for spot in self._spots((*where, "ics"))
        ]
        return [closures for closures in found if closures]

    def _file(self, name: str, zone: tzinfo) -> Closures:
        if name not in self.files:
            self.files[name] = parse_ics(self.attached(name), name, zone)
        return replace(self.files[name], zone=zone)

    def _spots(self, where: Where) -> list[Where]:
        """Where the texts of a list stand, or the only one."""
        value = self.reader.document.at(where)
        return [(*where, i) for i in range(len(value))] if isinstance(value, list) else [where]


def _own_hours(reader: Reader, name: str, keys: CalendarKeys, raw: dict[str, Any], where: Where) -> Calendar | None:
    """Windows of a week, with dates and holidays."""
    before = len(reader.faults)
    known = CalendarKeys.model_fields
    meant = {nearest(key, known) for key in raw.keys() - known.keys()}
    for key in () if meant & {"union", "calendar"} else ("timezone", "open"):
        if key not in raw and key not in meant:
            reader.blame(where, f"`{key}` is missing", known[key].description or "")
    windows = read_week(reader, keys.open, (*where, "open")) if keys.open is not None else []
    days, yearly = read_dates(reader, keys.dates, (*where, "dates")) if keys.dates is not None else ({}, {})
    holidays = read_holidays(reader, (*where, "holidays")) if keys.holidays is not None else []
    if keys.open is None or keys.timezone is None or len(reader.faults) > before:
        return None
    if not windows and not any((*days.values(), *yearly.values())):
        reader.blame((*where, "open"), f"the calendar `{name}` is never open", WINDOW_HOW)
        return None
    exceptions = Exceptions(
        days, yearly, lambda year: _days(holidays, year), "; ".join(each.content for each in holidays)
    )
    return Weekly(name, find_zone(keys.timezone), windows, exceptions)


def _days(holidays: list[Holidays], year: int) -> Iterator[date]:
    return chain.from_iterable(each.of(year) for each in holidays)
