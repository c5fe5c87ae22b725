"""`shifts` and `quiet` of an audience: whom to wake by weekday and hour, and when to leave everybody in peace."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from slamon.fields import Words, mistake
from slamon.hours import Taken, parse_window, read_days, take
from slamon.notify.places import parse_persons
from slamon.shape import Keys
from slamon.sla.calendars.openhours import MINUTES_A_DAY, covers_week
from slamon.sla.shifts import DAILY, WEEKLY, Quiet, Shift, Shifts, Turns

if TYPE_CHECKING:
    from datetime import tzinfo

    from slamon.shape import Reader
    from slamon.sla.shifts import Window
    from slamon.yamlfile import Where

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DATE_HOW = "write the first day of the first person's turn: 2026-11-23"
EVERY_DAY = "mon-sun"
TURNS = {"daily": DAILY, "weekly": WEEKLY}


class QuietKeys(Keys):
    """Hours in which nobody is told."""

    days: Words | None = Field(default=None, description="`mon-fri`, or a list: `[sat, sun]`; left out: every day")
    hours: Any = Field(default=None, description='`"22:00-07:00"`, or a list; left out: the whole day')


class ShiftKeys(QuietKeys):
    """Whom to wake in some hours of the week."""

    hours: Any = Field(
        default=None, description='`"08:00-16:00"`, `"09:00-09:00"` until the next day, or a list; left out: the day'
    )
    wake: Any = Field(
        description="Whom, as in `mention`, one or a list: the first is woken first, each repetition wakes the next"
    )
    turns: Literal["daily", "weekly"] | None = Field(
        default=None, description="Who is first changes so often; left out: it is always the first of the list"
    )
    from_: Any = Field(
        default=None, alias="from", description="The first day of the first person's turn, such as `2026-11-23`"
    )


def read_persons(reader: Reader, where: Where) -> tuple[str, ...]:
    """The one person or group, or the list of them, at `where`; those with faults are left out."""
    said = reader.document.at(where)
    if said == []:
        reader.blame(where, f"`{where[-1]}` names nobody")
    spots = [(*where, i) for i in range(len(said))] if isinstance(said, list) else [where]
    found: list[str] = []
    for spot in spots:
        person = reader.value(parse_persons, spot)
        if person is not None and person in found:
            reader.blame(spot, f"`{person[:60]}` stands there twice")
        elif person is not None:
            found.append(person)
    return tuple(found)


def read_shifts(reader: Reader, where: Where, count: int, zone: tzinfo) -> Shifts | None:
    """The list of shifts at `where`, without those that have faults."""
    taken = Taken()
    found = [_shift(reader, (*where, i), taken) for i in range(count)]
    if not count:
        reader.blame(where, "`shifts` names no shift")
    shifts = [shift for shift in found if shift]
    return Shifts(zone, shifts) if shifts else None


def read_quiet(reader: Reader, where: Where, zone: tzinfo) -> Quiet | None:
    """The quiet hours at `where`, one mapping or a list of them."""
    said = reader.document.at(where)
    if said == []:
        reader.blame(where, "`quiet` names no hours")
    spots = [(*where, i) for i in range(len(said))] if isinstance(said, list) else [where]
    taken = Taken()
    windows: list[Window] = []
    for spot in spots:
        if keys := reader.read(QuietKeys, spot):
            windows += _windows(reader, spot, keys, taken)
    if covers_week(windows):
        reader.blame(where, "`quiet` leaves no hour in which anybody is told")
        return None
    return Quiet(zone, tuple(windows)) if windows else None


def _shift(reader: Reader, where: Where, taken: Taken) -> Shift | None:
    keys = reader.read(ShiftKeys, where)
    if keys is None:
        return None
    wake = read_persons(reader, (*where, "wake"))
    turns = _turns(reader, where, keys, len(wake))
    windows = _windows(reader, where, keys, taken, whole_day=True)
    return Shift(tuple(windows), wake, turns) if wake and windows else None


def _turns(reader: Reader, where: Where, keys: ShiftKeys, persons: int) -> Turns | None:
    first = None if keys.from_ is None else reader.value(_day, (*where, "from"))
    if keys.turns is None:
        written = "turns" in reader.document.at(where) or reader.misspelt((*where, "turns"))
        if keys.from_ is not None and not written:
            reader.blame((*where, "from"), "`from` is for persons who take turns", "add turns: weekly", key=True)
        return None
    if persons == 1:
        reader.blame((*where, "turns"), "one person takes no turns", "name several: wake: [ann@acme.example, …]")
    if keys.from_ is None and not reader.misspelt((*where, "from")):
        reader.blame((*where, "turns"), "`turns` needs a first day", "add from: 2026-11-23, when the first one begins")
    return None if first is None else Turns(TURNS[keys.turns], first)


def _windows(reader: Reader, where: Where, keys: QuietKeys, taken: Taken, *, whole_day: bool = False) -> list[Window]:
    """The windows of one entry; none where its days or hours have faults."""
    written = reader.document.at(where)
    if keys.days is None and (written.get("days") is not None or reader.misspelt((*where, "days"))):
        return []
    if reader.misspelt((*where, "hours")):
        return []
    if keys.days == ():
        reader.blame((*where, "days"), "`days` names no day")
        return []
    days = read_days(reader, ", ".join(keys.days or (EVERY_DAY,)), (*where, "days"))
    if keys.hours is None:
        return take(reader, where, [(day, 0, MINUTES_A_DAY) for day in days], taken)
    spot = (*where, "hours")
    if keys.hours == []:
        reader.blame(spot, "`hours` names no window")
    spots = [(*spot, i) for i in range(len(keys.hours))] if isinstance(keys.hours, list) else [spot]
    found: list[Window] = []
    for each in spots:
        if edges := reader.value(lambda value: parse_window(value, whole_day=whole_day), each):
            found += take(reader, each, [(day, *edges) for day in days], taken)
    return found


def _day(value: object) -> int:
    text = str(value).strip()
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text).toordinal()
    except ValueError:
        pass
    raise mistake("is no date", DATE_HOW)


KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("notify.audiences.NAME.shifts[]", ShiftKeys),
    ("notify.audiences.NAME.quiet", QuietKeys),
)
"""Where each model stands, for the table in the manual."""
