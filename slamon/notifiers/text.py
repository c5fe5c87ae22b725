"""Words and cuts for what people read: durations, times of day, strangers' text made harmless and short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import regex

from slamon.model import DAY, HOUR, MINUTE, SECOND, Target

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.model import Author, Instant, Millis

UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
SECONDS_MATTER: Millis = 5 * MINUTE
TARGETS = {
    Target.FIRST_RESPONSE: "first response",
    Target.NEXT_RESPONSE: "next response",
    Target.ACKNOWLEDGEMENT: "sign of arrival",
    Target.FOLLOW_UP: "answer that was announced",
    Target.REPLY_WINDOW: "platform's window for an answer",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# Controls draw nothing or move the cursor; bidi overrides and isolates turn the words of others around.
UNSEEN = regex.compile(r"[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff--\n]", regex.V1)
SPACES = regex.compile(r"\s+")
BLANK_LINES = regex.compile(r"[^\S\n]*\n\s*")
CLUSTERS = regex.compile(r"\X")


def called(author: Author) -> str:
    """What a person is called on a line: `@handle`, a handle that is an address, else the name, else the id."""
    if author.handle:
        return author.handle if "@" in author.handle else f"@{author.handle}"
    return " ".join(author.name.split()) or f"@{author.id}"


def duration(span: Millis, *, days: bool = True) -> str:
    """The two largest units of `span`, rounded down: `1 h 12 min`, `20 s`; seconds only below five minutes.

    `days=False` is for open time, where a day is not 24 hours.
    """
    whole = max(span, 0)
    parts = []
    for size, unit in UNITS[0 if days and whole >= 2 * DAY else 1 :]:
        count, rest = divmod(whole, size)
        if count and (unit != "s" or span < SECONDS_MATTER):
            parts.append(f"{count} {unit}")
        whole = rest
    return " ".join(parts[:2]) or "0 s"


def clock(at: Instant, zone: ZoneInfo, now: Instant, *, seconds: bool = False) -> str:
    """The time of day in `zone`: `14:32`, with the date in front when it is not the date of `now`."""
    local, today = _local(at, zone), _local(now, zone)
    time = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    if local.date() == today.date():
        return time
    year = "" if local.year == today.year else f" {local.year}"
    return f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}{year} {time}"


def zone_name(at: Instant, zone: ZoneInfo) -> str:
    """What the zone is called then: `CET`, `CEST`, `+0330`."""
    return _local(at, zone).tzname() or "UTC"


def one_line(text: str) -> str:
    """`text` without controls and bidi overrides, its white space folded to single spaces."""
    return SPACES.sub(" ", UNSEEN.sub("", text.replace("\r", "\n").replace("\t", " "))).strip()


def lines(text: str) -> str:
    """As `one_line`, but line breaks stay; blank lines go."""
    kept = BLANK_LINES.sub("\n", UNSEEN.sub("", text.replace("\r", "\n").replace("\t", " ")))
    return kept.strip()


def escape(text: str) -> str:
    """`text` with the three characters that Slack reads as its own written as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fit(text: str, room: int) -> str:
    """`text` escaped, cut to `room` UTF-16 units before escaping, never inside an entity or a visible character."""
    whole = escape(text)
    if width(whole) <= room:
        return whole
    kept, left = [], room - 1
    for cluster in CLUSTERS.findall(text[:room]):
        piece = escape(cluster)
        left -= width(piece)
        if left < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + "…"


def width(text: str) -> int:
    """The length as Slack's own limits may count it: in UTF-16 units, the larger of the two readings."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _local(at: Instant, zone: ZoneInfo) -> datetime:
    return (EPOCH + timedelta(milliseconds=at)).astimezone(zone)
