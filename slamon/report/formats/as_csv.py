"""A report as one tidy table, a row a figure: RFC 4180 in UTF-8. No cell can be taken for a formula.

What strangers wrote (and names in general) is made harmless: a cell that a spreadsheet would take for a formula begins
with an apostrophe, and so does such a piece behind a separator, for spreadsheets that split at other ones.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import regex

from slamon.notifiers.text import WEEKDAYS
from slamon.report.formats.as_json import as_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from slamon.report.sheet import Sheet

COLUMNS = ("section", "by", "channel", "policy", "name", "detail", "figure", "value")
# Spaces and whatever is not seen may stand before the sign; the full-width and small forms are read as signs too.
FORMULA = regex.compile(
    r"(^|[;,\t\r\n\"'|])(?=[\s\p{Z}\p{C}]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212])"
)
AT_ONCE = ("\t", "\r", "\n")

Row = tuple[str, str, str, str, str, str, str, Any]


def written(sheet: Sheet, zone: ZoneInfo) -> str:
    """The text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for row in _rows(as_data(sheet, zone)))
    return out.getvalue()


def harmless(text: str) -> str:
    """`text` as a cell that no spreadsheet calculates."""
    found = FORMULA.sub(r"\1'", text)
    return f"'{found}" if found.startswith(AT_ONCE) else found


def _cell(value: Any) -> str:  # noqa: ANN401 - a figure
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else str(value)


def _rows(report: Mapping[str, Any]) -> Iterator[Row]:
    for figure, value in _flat(report["head"]):
        yield ("report", "", "", "", "", "", figure, value)
    for cut in (report["total"], *report["channels"], *report["policies"], *report["labels"]):
        yield from _cut(cut)
    for point in report["flow"]["points"]:
        for figure in ("arrivals", "answers", "backlog"):
            yield ("flow", report["flow"]["step"], "", "", "", point["from_at"], figure, point[figure])
    for one in report["worst"]:
        for figure, value in _flat(one, but=("channel", "policy", "wait")):
            yield ("worst", "wait", one["channel"], one["policy"], str(one["wait"]), "", figure, value)
    for one in report["answerers"]:
        for figure, value in _flat(one, but=("channel", "account", "signature")):
            yield ("answers", "account", one["channel"], "", one["account"], one["signature"], figure, value)


def _cut(cut: Mapping[str, Any]) -> Iterator[Row]:
    place = (cut["by"], cut["channel"], cut["policy"], cut["name"])
    for figure, value in _flat(cut, but=("by", "channel", "policy", "name", "week", "objectives")):
        yield ("figures", *place, "", figure, value)
    for one in cut["objectives"]:
        for figure, value in _flat(one, but=("target",)):
            yield ("objective", *place, one["target"], figure, value)
    for figure, days in (cut["week"] or {}).items():
        for day, hours in zip(WEEKDAYS, days, strict=True):
            for hour, value in enumerate(hours):
                yield ("week", *place, f"{day} {hour:02}:00", figure, value)


def _flat(of: Mapping[str, Any], but: tuple[str, ...] = (), before: str = "") -> Iterator[tuple[str, Any]]:
    """Figures by the path of their names: `response.wall.answered.p50_seconds`."""
    for name, value in of.items():
        if name in but:
            continue
        if isinstance(value, dict):
            yield from _flat(value, (), f"{before}{name}.")
        elif isinstance(value, list):
            yield before + name, ", ".join(one if isinstance(one, str) else _pair(one) for one in value)
        else:
            yield before + name, value


def _pair(one: Mapping[str, Any]) -> str:
    return " ".join(str(value) for value in one.values())
