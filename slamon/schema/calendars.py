"""rules/calendars.yaml as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import text_schema
from slamon.rules.calendar_keys import CalendarKeys, CalendarsKeys, HolidayKeys
from slamon.rules.calendars import OWN
from slamon.schema.models import mapping
from slamon.schema.values import DATES, DAYS_TEXT, HOURS, NAME, WINDOWS, one_or_many
from slamon.sla.calendar import ALWAYS

if TYPE_CHECKING:
    from slamon.schema.models import Schema

USUAL = ("mon-fri", "mon-sun", "sat-sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""What editors suggest under `open`."""
NAMED = ("union", "calendar")
"""What a calendar may have in place of hours of its own."""


def calendars() -> Schema:
    """The whole file; it refers to `definitions`."""
    named = {
        "type": "object",
        "propertyNames": {"not": {"const": ALWAYS.name}},
        "additionalProperties": {"$ref": "#/definitions/calendar"},
    }
    return mapping(CalendarsKeys, {"calendars": named})


def definitions() -> dict[str, Schema]:
    """What `calendars` refers to."""
    return {"calendar": _calendar()}


def _calendar() -> Schema:
    week = {
        "type": "object",
        "properties": dict.fromkeys(USUAL, WINDOWS),
        "patternProperties": {f"^(?:{DAYS_TEXT})$": WINDOWS},
        "additionalProperties": False,
    }
    dates = {"type": "object", "patternProperties": {DATES["pattern"]: HOURS}, "additionalProperties": False}
    values = {
        "open": week,
        "dates": dates,
        "holidays": _holidays(),
        "ics": one_or_many(NAME, minItems=1),
        "union": one_or_many(NAME, minItems=1, uniqueItems=True),
    }
    own = {"required": ["timezone", "open"], "properties": {"calendar": False}}
    closed = {"required": ["ics"], "properties": dict.fromkeys(OWN, False)}
    union = {"properties": dict.fromkeys((*OWN, "calendar"), False)}
    kinds = {
        "if": {"required": ["union"]},
        "then": union,
        "else": {"if": {"required": ["calendar"]}, "then": closed, "else": own},
    }
    return mapping(CalendarKeys, values, never_empty=("timezone", "open", *NAMED)) | kinds


def _holidays() -> Schema:
    country = text_schema(
        "[A-Za-z]{2,3}", "write the two letters of ISO 3166, such as DE", "DE", "AT", "CH", "GB", "US"
    )
    entry = mapping(HolidayKeys, {"country": country, "except": one_or_many({"type": "string"})})
    return one_or_many(entry, minItems=1)
