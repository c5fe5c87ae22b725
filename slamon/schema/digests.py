"""`notify.digests` of config.yaml as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.cron import HOW, TIME_HOW
from slamon.fields import text_schema
from slamon.notify.digests import OFF, DigestsKeys, StormKeys
from slamon.notify.timed import BlindKeys, DailyKeys
from slamon.schema.models import mapping
from slamon.schema.values import CLOCK, WEEKDAYS

if TYPE_CHECKING:
    from slamon.schema.models import Schema

AT = text_schema(CLOCK, TIME_HOW, "08:30")
LINE = text_schema(r"(?:\S+\s+){4}[^\s0-9]+", HOW, "30 8 * * mon-fri")


def digests() -> Schema:
    """The whole mapping."""
    daily = mapping(DailyKeys, {"at": AT, "days": WEEKDAYS, "cron": LINE})
    daily |= {"oneOf": [{"required": ["at"]}, {"required": ["cron"], "not": {"required": ["days"]}}]}
    return mapping(
        DigestsKeys,
        {
            "storm": {"anyOf": [mapping(StormKeys), {"enum": [OFF]}]},
            "daily": {"type": "array", "items": daily},
            "blind": mapping(BlindKeys),
        },
    )
