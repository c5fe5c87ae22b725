"""iCal files: the times during which their events close a calendar, expanded by the libraries of the extra `ics`."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import PydanticCustomError

from slamon.fields import mistake
from slamon.model import SECOND
from slamon.sla.calendars.localtime import FIRST_YEAR, LAST_YEAR, instant_of, local, new_year

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, tzinfo

    from icalendar import Event
    from recurring_ical_events import CalendarQuery

    from slamon.model import Instant
    from slamon.sla.calendars.opentimes import Interval

LARGEST = 1_048_576
MOST_EVENTS = 2_000
MOST_SERIES = 200
MOST_A_YEAR = 5_000
OLDEST = 1900
"""The year before which no event that repeats may begin: each repetition since then is walked through."""
LEAP_YEAR = 2000
OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
FILE_HOW = "export the calendar again, as iCal (.ics)"
MARGIN = timedelta(days=2)
"""Zones differ by more than a day."""


@dataclass(frozen=True, slots=True)
class Closures:
    """When the events of a file close a calendar; all-day ones, and times without a zone, are in `zone`."""

    queries: Sequence[CalendarQuery]
    zone: tzinfo
    content: str
    """What they depend on."""

    def of(self, first: Instant, stop: Instant) -> Iterator[Interval]:
        """The closed times that reach into [first, stop), in any order."""
        begin, end = (datetime.fromordinal(local(instant, self.zone)[0]) for instant in (first, stop))
        for query in self.queries:
            for event in query.between(begin - MARGIN, end + MARGIN):
                if _closes(event):
                    yield self._instant(event["DTSTART"].dt), self._instant(event["DTEND"].dt, closing=True)

    def _instant(self, at: date, *, closing: bool = False) -> Instant:
        """An edge of an event; an all-day one ends where the next day begins."""
        if not isinstance(at, datetime):
            return instant_of(self.zone, at.toordinal(), 0)
        time = (at.hour * 3_600 + at.minute * 60 + at.second) * SECOND
        return instant_of(at.tzinfo or self.zone, at.toordinal(), time, closing=closing)


def parse_ics(content: bytes, name: str, zone: tzinfo) -> Closures:
    """The closures of one file.

    :raises PydanticCustomError: the extra is not installed, or the file is broken, or more than anybody closes.
    """
    if len(content) > LARGEST:
        raise mistake(f"`{name}` is larger than 1 MiB")
    try:
        return _parsed(content, name, zone)
    except PydanticCustomError:
        raise
    except ImportError:
        raise mistake("iCal files need the extra `ics`", "pip install 'slamon[ics]'") from None
    except Exception as error:  # noqa: BLE001 - whatever makes the libraries stumble is a broken file
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise mistake(f"`{name}` cannot be read as iCal: {reason[:80]}", FILE_HOW) from None


def _parsed(content: bytes, name: str, zone: tzinfo) -> Closures:
    import icalendar  # noqa: PLC0415 - an extra, and not small
    import recurring_ical_events  # noqa: PLC0415 - as above

    parts = icalendar.Calendar.from_ical(content, multiple=True)
    if not parts or not all(part.name == "VCALENDAR" for part in parts):
        raise mistake(f"`{name}` is no whole iCal file", FILE_HOW)
    events = [cast("Event", event) for part in parts for event in part.walk("VEVENT")]
    _check_events(name, events)
    found = Closures([recurring_ical_events.of(part) for part in parts], zone, sha256(content).hexdigest())
    _check_a_year(name, found, min((event.start.year for event in events), default=FIRST_YEAR))
    return found


def _closes(event: Event) -> bool:
    return str(event.get("TRANSP")).upper() != "TRANSPARENT" and str(event.get("STATUS")).upper() != "CANCELLED"


def _check_events(name: str, events: Sequence[Event]) -> None:
    if len(events) > MOST_EVENTS:
        raise mistake(f"`{name}` holds more than {MOST_EVENTS} events")
    if sum("RRULE" in event for event in events) > MOST_SERIES:
        raise mistake(f"`{name}` holds more than {MOST_SERIES} events that repeat")
    for event in events:
        fault = _fault_of(event)
        if fault:
            raise mistake(f"`{name}`: the event `{_label(event)}` {fault}")


def _fault_of(event: Event) -> str:
    if event.errors:
        key, why = event.errors[0]
        return f"has a {key} that cannot be read: {str(why)[:80]}"
    if "DTSTART" not in event:
        return "has no DTSTART"
    try:
        if event.end < event.start:
            return "ends before it begins"
    except (ValueError, TypeError) as error:  # as two kinds of time, or an end in two ways
        return f"cannot be read: {str(error)[:80]}"
    zone = event["DTSTART"].params.get("TZID")
    if zone and isinstance(event.start, datetime) and event.start.tzinfo is None:
        return f"is in the zone `{str(zone)[:60]}`, which is not known"
    rules = event.get("RRULE", [])
    faults = (_fault_of_rule(rule, event.start) for rule in (rules if isinstance(rules, list) else [rules]))
    return next((fault for fault in faults if fault), "")


def _fault_of_rule(rule: Any, start: date) -> str:  # noqa: ANN401 - a mapping without useful types
    """Why a repetition is refused: most of these would keep the library busy for seconds, or for ever."""
    if any(interval < 1 for interval in rule.get("INTERVAL", ())):
        return "repeats at no interval"
    longest = max((monthrange(LEAP_YEAR, month)[1] for month in rule.get("BYMONTH", ())), default=31)
    if rule.get("BYMONTHDAY") and all(abs(day) > longest for day in rule["BYMONTHDAY"]):
        return "repeats on a day that does not exist"
    if _often(rule):
        return "repeats within a day"
    return f"repeats since before {OLDEST}" if start.year < OLDEST else ""


def _often(rule: Any) -> bool:  # noqa: ANN401 - as above
    times = 1
    for part in WITHIN_A_DAY:
        times *= len(rule.get(part, [0]))
    return times > 1 or any(str(frequency).upper() in OFTEN for frequency in rule.get("FREQ", ()))


def _label(event: Event) -> str:
    return str(event.get("SUMMARY") or event.get("UID") or "without a name")[:60]


def _check_a_year(name: str, found: Closures, year: int) -> None:
    """Expand the year of the first event: what cannot be expanded shows itself here, not at a deadline."""
    year = min(max(year, FIRST_YEAR), LAST_YEAR)
    if sum(1 for _ in found.of(new_year(year), new_year(year + 1))) > MOST_A_YEAR:
        raise mistake(f"`{name}` closes more than {MOST_A_YEAR} times a year")
