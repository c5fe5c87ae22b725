"""The figures of a replay as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from slamon.logs import escape
from slamon.model import DAY, HOUR, MINUTE, SECOND, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant, Millis
    from slamon.replay import Figures, Result

HEADINGS = ("channel", "target", "count", "met", "missed", "open", "cancelled", "in time", "p50", "p90", "p99", "max")
UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (1, "ms"))
TEXTS = 2
"""So many columns are text, set to the left; the others are numbers, set to the right."""
NONE = "-"


def table(result: Result) -> str:
    """A line a channel and target, their sum, and what was counted."""
    named = [(escape(name), targets) for name, targets in result.channels.items()]
    rows = [
        _row(name, target, targets[target])
        for name, targets in [*named, ("total", result.total)]
        for target in sorted(targets, key=list(Target).index)
    ]
    lines = [HEADINGS, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join([*(_line(line, widths) for line in lines), "", _counted(result)])


def _row(name: str, target: Target, figures: Figures) -> tuple[str, ...]:
    counts = (figures.count, figures.met, figures.missed, figures.open, figures.cancelled)
    share = figures.answered_within_target
    spans = [figures.percentile(percent) for percent in (50, 90, 99, 100)]
    return (
        name,
        target.value,
        *(f"{count:,}" for count in counts),
        NONE if share is None else f"{share:.1%}",
        *(NONE if span is None else _span(span) for span in spans),
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [cell.ljust(width) for cell, width in zip(cells[:TEXTS], widths[:TEXTS], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[TEXTS:], widths[TEXTS:], strict=True)]
    return "  ".join([*texts, *numbers])


def _counted(result: Result) -> str:
    counts = f"{result.messages:,} messages, {result.threads:,} threads, {result.conversations:,} conversations"
    if result.judged_at is None:
        return counts
    return f"{counts}, judged at {_instant(result.judged_at)}"


def _instant(at: Instant) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _span(span: Millis) -> str:
    """A span in its two largest units: 1h42m, 71d3h."""
    first = next((index for index, (unit, _) in enumerate(UNITS) if span >= unit), 3)
    words: list[str] = []
    for unit, letter in UNITS[first : first + 2]:
        count, span = divmod(span, unit)
        words += [f"{count}{letter}"] if count or not words else []
    return "".join(words)
