"""A report as one HTML file with plots: nothing is fetched, nothing runs, every word of strangers is text."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

from slamon.notifiers.text import WEEKDAYS
from slamon.report.flow import by_day
from slamon.report.formats import plots, words
from slamon.sla.fate import Fate
from slamon.templating import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from slamon.report.sheet import Cut, Sheet

PACKAGE = "slamon.report"
HOURLY = 96
"""So many steps are few enough to be shown as bars each."""
RANGES = 20
LINKS = ("http://", "https://")


def written(sheet: Sheet, zone: ZoneInfo) -> str:
    """The text."""
    style = render(PACKAGE, "report.css")
    days = by_day(sheet.flow, zone)
    bars = sheet.flow.points if len(sheet.flow.points) <= HOURLY else days
    busiest = sorted(sheet.channels, key=lambda cut: -cut.received)[:RANGES]
    ranges = [sheet.total, *sheet.labels, *busiest]
    cuts = [sheet.total, *sheet.labels, *sheet.channels]
    return render(
        PACKAGE,
        "report.html",
        policy=f"default-src 'none'; style-src 'sha256-{_hash(style)}'; base-uri 'none'; form-action 'none'",
        sheet=sheet,
        cuts=cuts,
        promised=[*cuts, *(cut for cut in sheet.policies if cut.policy or cut.waits)],
        words=words,
        zone=zone,
        fates=[fate.value for fate in Fate],
        weekdays=WEEKDAYS,
        days=days,
        arrivals=plots.arrivals(sheet.total.week) if sheet.total.week else [],
        kept=plots.kept(sheet.total.week) if sheet.total.week else [],
        bars=plots.bars(bars, zone),
        bars_step="day" if bars is days else sheet.flow.step,
        backlog=plots.backlog(sheet.flow.points, zone),
        pieces=plots.pieces(sheet.total),
        ranges=plots.ranges(ranges, [_spans(cut) for cut in ranges]),
        ranges_height=len(ranges) * plots.ROW + 30,
        ticks=plots.ticks(),
        linked=lambda address: address.startswith(LINKS),
    )


def _hash(style: str) -> str:
    return b64encode(sha256(style.encode()).digest()).decode()


def _spans(cut: Cut) -> str:
    of = cut.response.wall.answered
    named: Sequence[tuple[str, int | None]] = (("half", of.p50_ms), ("90 %", of.p90_ms), ("99 %", of.p99_ms))
    return ", ".join(f"{name} within {words.span(millis)}" for name, millis in named)
