"""A report for programs: every figure under its name, spans in seconds, instants in ISO 8601 with the zone's offset."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from slamon.model import SECOND

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.model import Instant
    from slamon.report.sheet import Sheet

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def written(sheet: Sheet, zone: ZoneInfo) -> str:
    """The text."""
    return json.dumps(as_data(sheet, zone), indent=2, ensure_ascii=False) + "\n"


def as_data(value: object, zone: ZoneInfo) -> Any:  # noqa: ANN401 - what JSON can hold
    """The same as plain mappings and lists; a name in `_ms` becomes one in `_seconds`."""
    if is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return dict(_member(name, inside, zone) for name, inside in pairs)
    if isinstance(value, Mapping):
        return {str(name): as_data(inside, zone) for name, inside in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [as_data(inside, zone) for inside in value]
    return value


def iso(at: Instant, zone: ZoneInfo) -> str:
    """`2026-11-01T08:00:00.000+01:00`."""
    return (EPOCH + timedelta(milliseconds=at)).astimezone(zone).isoformat(timespec="milliseconds")


def _member(name: str, value: Any, zone: ZoneInfo) -> tuple[str, Any]:  # noqa: ANN401 - as above
    if name.endswith("_ms"):
        return name.removesuffix("_ms") + "_seconds", None if value is None else _seconds(value)
    if name.endswith("_at"):
        return name, None if value is None else iso(value, zone)
    return name, as_data(value, zone)


def _seconds(span: int) -> int | float:
    return span / SECOND if span % SECOND else span // SECOND
