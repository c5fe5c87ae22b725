"""The forms of a report, by name: each makes the whole text of one file."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.report.sheet import Sheet

FORMATS = ("markdown", "html", "csv", "json")
SUFFIXES = {".md": "markdown", ".html": "html", ".htm": "html", ".csv": "csv", ".json": "json"}


def written(form: str, sheet: Sheet, zone: ZoneInfo) -> str:
    """The report in that form, with times in `zone`."""
    return str(import_module(f"slamon.report.formats.as_{form}").written(sheet, zone))
