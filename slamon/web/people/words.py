"""How pages say instants, spans and strangers' words. The script counts on from here, in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from slamon.notifiers.text import CLUSTERS, clock, duration, one_line, zone_name
from slamon.notifiers.text import lines as many_lines

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.model import Instant, Millis

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Words:
    """For a page that is read at `now`, in `zone`."""

    zone: ZoneInfo
    now: Instant

    def at(self, at: Instant, *, seconds: bool = False) -> str:
        """`14:32`, with the date where it is not today's."""
        return clock(at, self.zone, self.now, seconds=seconds)

    def exactly(self, at: Instant) -> str:
        """`14:32:05 CET`."""
        return f"{self.at(at, seconds=True)} {zone_name(at, self.zone)}"

    def iso(self, at: Instant) -> str:
        """As `<time datetime>` has it."""
        return (EPOCH + timedelta(milliseconds=at)).isoformat(timespec="seconds")

    def due(self, at: Instant, *, late: bool) -> str:
        """`in 12 min`, `12 min late`; where it is past and yet not decided to be late, that it is being looked at."""
        left = at - self.now
        if left >= 0:
            return f"in {duration(left)}"
        return f"{duration(-left)} late" if late else "due, being checked"

    def since(self, at: Instant) -> str:
        """`12 min`."""
        return duration(self.now - at)

    def span(self, span: Millis, *, days: bool = True) -> str:
        """`1 h 12 min`."""
        return duration(span, days=days)


def line(text: str, room: int = 200) -> str:
    """A stranger's words in one line, without controls and bidi overrides, cut between visible characters."""
    return _cut(one_line(text), room)


def paragraphs(text: str) -> str:
    """As `line`, but whole and with its line breaks."""
    return many_lines(text)


def link(url: str) -> str:
    """`url` where a browser may be sent there; else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


def _cut(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    kept, left = [], room - 1
    for cluster in CLUSTERS.findall(text[:room]):
        left -= len(cluster)
        if left < 0:
            break
        kept.append(cluster)
    whole = "".join(kept) or text[: room - 1]  # marks without end on one letter
    return whole.rstrip() + "…"
