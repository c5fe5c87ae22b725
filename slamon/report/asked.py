"""What a report is asked for: from when to when, of which channels and policies, in which zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from slamon.errors import UsageError
from slamon.fields import did_you_mean, find_zone, parse_span
from slamon.model import CHANNEL_LABELS, DAY, MAX_INSTANT, SECOND
from slamon.sla.calendars.localtime import instant_of, local

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from slamon.model import Instant

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WHEN_HOW = "write a span (28d, 12h), a date (2026-11-01), or an instant with a zone (2026-11-01T08:00:00+01:00)"


@dataclass(frozen=True, slots=True)
class Asked:
    """[first, stop), seen at `now`; empty lists narrow nothing."""

    first: Instant
    stop: Instant
    now: Instant
    zone: ZoneInfo
    channels: Sequence[str] = ()
    policies: Sequence[str] = ()
    labels: Mapping[str, str] | None = None
    by: Sequence[str] = CHANNEL_LABELS
    """The labels that figures are rolled up by."""

    @property
    def only(self) -> list[str]:
        """What it is narrowed to, in words."""
        said = [f"channel {name}" for name in self.channels] + [f"policy {name}" for name in self.policies]
        return said + [f"{name} {value}" for name, value in (self.labels or {}).items()]


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name.

    :raises UsageError: there is none.
    """
    try:
        return find_zone(name)
    except PydanticCustomError as error:
        raise UsageError(f"--timezone {_told(error)}") from None


def span_of(since: str, until: str | None, now: Instant, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """The first instant, and the one behind the last.

    Dates and spans of whole days are whole days of `zone`: `28d` are the 28 that ended at the last midnight, and a
    date as `until` is itself part of the report.

    :raises UsageError: they cannot be read, or lie the wrong way around, or in the future.
    """
    today, _ = local(now, zone)
    stop = None if until is None else min(now, _instant(until, zone, "--until", day=1))
    first = _since(since, stop, now, zone)
    if stop is None:
        midnight = instant_of(zone, today, 0)
        stop = midnight if _whole_days(since) and first < midnight else now
    if first >= stop:
        raise UsageError("there is no time between --since and --until, or it lies in the future")
    return first, stop


def _since(since: str, stop: Instant | None, now: Instant, zone: ZoneInfo) -> Instant:
    if not _is_span(since):
        return _instant(since, zone, "--since")
    span = _span(since)
    if not _whole_days(since):
        return max(0, (now if stop is None else stop) - span)
    day, time = local(now if stop is None else stop, zone)
    return max(0, instant_of(zone, day - span // DAY, time if stop is not None else 0))


def _whole_days(since: str) -> bool:
    return _span(since) % DAY == 0 if _is_span(since) else bool(DATE.fullmatch(since))


def _is_span(text: str) -> bool:
    return "-" not in text and ":" not in text


def _span(text: str) -> int:
    try:
        return parse_span(text)
    except PydanticCustomError as error:
        raise UsageError(f"--since: {_told(error)}") from None


def _instant(text: str, zone: ZoneInfo, option: str, *, day: int = 0) -> Instant:
    """A date is its first instant in the zone, or the first of so many days later."""
    try:
        if DATE.fullmatch(text):
            found = instant_of(zone, date.fromisoformat(text).toordinal() + day, 0)
        else:
            at = datetime.fromisoformat(text)
            if at.tzinfo is None:
                raise UsageError(f"{option} {text[:40]} has no zone; {WHEN_HOW}")
            found = int(at.timestamp() * SECOND)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{option} `{text[:40]}` is no time; {WHEN_HOW}") from None
    return min(max(found, 0), MAX_INSTANT)


def labels_of(said: Sequence[str]) -> dict[str, str]:
    """`market=de` of the command line.

    :raises UsageError: it is none of the labels.
    """
    found = {}
    for text in said:
        name, sign, value = text.partition("=")
        if not sign or name not in CHANNEL_LABELS or not value:
            raise UsageError(
                f"--label `{text[:60]}` is none: write one of {', '.join(CHANNEL_LABELS)}, as in market=de"
            )
        found[name] = value
    return found


def known(option: str, said: Sequence[str], names: Collection[str]) -> None:
    """Refuse what nobody knows.

    :raises UsageError: a name that is none of `names`.
    """
    for name in said:
        if name not in names:
            hint = did_you_mean(name, names)
            raise UsageError(f"{option}: there is no `{name[:60]}`" + (f" ({hint})" if hint else ""))


def _told(error: PydanticCustomError) -> str:
    context = error.context or {}
    return f"{context['message']}" + (f" ({context['hint']})" if context.get("hint") else "")
