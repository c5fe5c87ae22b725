"""An audience of config.yaml as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from slamon.fields import text_schema
from slamon.hours import WINDOW_HOW
from slamon.notify.audiences import AudienceKeys
from slamon.notify.places import SlackPersons
from slamon.notify.shifts import DATE_HOW, QuietKeys, ShiftKeys
from slamon.schema.models import mapping
from slamon.schema.values import CLOCK, DAY_TEXT, WEEKDAYS, WINDOW, one_or_many

if TYPE_CHECKING:
    from slamon.schema.models import Schema

DAYS = one_or_many(WEEKDAYS, minItems=1)
HOURS = one_or_many(WINDOW, minItems=1)
SHIFT_HOURS = one_or_many(
    text_schema(rf"{CLOCK}\s*-\s*(?:{CLOCK}|24:00)", WINDOW_HOW, "08:00-16:00", "09:00-09:00"), minItems=1
)
FIRST_DAY = text_schema(DAY_TEXT, DATE_HOW, "2026-11-23")


def audience() -> Schema:
    """One of `notify.audiences`."""
    persons = one_or_many(TypeAdapter(SlackPersons).json_schema(), minItems=1, uniqueItems=True)
    shift = mapping(ShiftKeys, {"days": DAYS, "hours": SHIFT_HOURS, "wake": persons, "from": FIRST_DAY})
    several = {
        "required": ["from"],
        "properties": {"wake": {"type": "array", "items": {"type": "string"}, "minItems": 2}},
    }
    shift |= {"allOf": [_where("turns", several), _where("from", {"required": ["turns"]})]}
    quiet = one_or_many(mapping(QuietKeys, {"days": DAYS, "hours": HOURS}), minItems=1)
    return mapping(
        AudienceKeys,
        {"mention": persons, "shifts": {"type": "array", "items": shift, "minItems": 1}, "quiet": quiet},
    )


def _where(key: str, then: Schema) -> Schema:
    """What holds where a key has a value."""
    return {"if": {"properties": {key: {"type": "string"}}, "required": [key]}, "then": then}
