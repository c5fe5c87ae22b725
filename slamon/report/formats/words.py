"""How figures read: shares, spans, instants. Where nothing was counted it says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import floor
from typing import TYPE_CHECKING

from slamon.notifiers.text import MONTHS, WEEKDAYS, duration

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.model import Instant, Millis
    from slamon.report.sheet import Cut, Sheet, WithWaiting

NO_DATA = "no data"
TENTHS = 1_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FATES = {
    "answered": "answered by people",
    "automation": "answered by automation",
    "handed_over": "handed over",
    "elsewhere": "answered elsewhere",
    "no_reply": "needed no reply",
    "dismissed": "dismissed",
    "cancelled": "cancelled",
    "abandoned": "abandoned",
    "open": "open",
    "unverified": "open, unverified",
}
CORRECTIONS = {
    "late_to_in_time": "late → in time",
    "in_time_to_late": "in time → late",
    "in_time_to_cancelled": "in time → cancelled",
    "late_to_cancelled": "late → cancelled",
}


def percent(share: float | None) -> str:
    """Rounded down to a tenth: 99.97 % is not all of them."""
    if share is None:
        return NO_DATA
    return f"{floor(share * TENTHS) / 10:.1f} %"


def span(millis: Millis | None, *, days: bool = True) -> str:
    """`1 h 12 min`; `days=False` is for open time, where a day is not 24 hours."""
    return NO_DATA if millis is None else duration(millis, days=days)


def reached(of: WithWaiting, millis: Millis | None, *, days: bool = True) -> str:
    """A percentile that counts those who still wait, too."""
    return "not reached" if millis is None and of.waiting else span(millis, days=days)


def number(value: float | None) -> str:
    """To one digit: `4.2`."""
    return NO_DATA if value is None else f"{value:.1f}"


def whole(value: int) -> str:
    """`1 234 567`, with spaces that do not break."""
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")


def when(at: Instant | None, zone: ZoneInfo) -> str:
    """`Mon 23 Nov 2026 14:32`."""
    if at is None:
        return NO_DATA
    shown = local(at, zone)
    return f"{WEEKDAYS[shown.weekday()]} {shown.day} {MONTHS[shown.month - 1]} {shown.year} {shown:%H:%M}"


def local(at: Instant, zone: ZoneInfo) -> datetime:
    """What the clocks show."""
    return (EPOCH + timedelta(milliseconds=at)).astimezone(zone)


def title(sheet: Sheet) -> str:
    """The report's name."""
    return "Answers to customers" + (f": {', '.join(sheet.head.only)}" if sheet.head.only else "")


def span_words(sheet: Sheet, zone: ZoneInfo) -> str:
    """From when to when, and by which clocks."""
    head = sheet.head
    return f"{when(head.from_at, zone)} to {when(head.until_at, zone)}, times of {head.timezone}"


def corrections(cut: Cut) -> str:
    """What was counted otherwise when it was settled."""
    return ", ".join(f"{n} {CORRECTIONS[name]}" for name, n in cut.corrections.items()) or "none"


def name(cut: Cut) -> str:
    """What the cut is called."""
    return cut.name if cut.by in {"total", "channel", "policy"} else f"{cut.by} {cut.name}"
