"""One consistent picture of the store for a scrape: counts that were kept, never counted at scrape time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Instant, Settled, Status, Target


@dataclass(frozen=True, slots=True)
class ChannelSnapshot:
    """What one channel looks like now."""

    name: str
    platform: str
    read_at: Instant | None
    """The start of the last complete read; `None` before the first."""
    blind: bool
    oldest_waiting_at: Instant | None
    """Start of the oldest open wait; `None` when nobody waits."""
    next_due_at: Instant | None
    """The nearest due instant of an open wait that is not late yet; `None` when there is none."""


@dataclass(frozen=True, slots=True)
class Responses:
    """Wall-clock response times of answered, settled timers of one channel and target."""

    buckets: Sequence[int]
    """Counts a rung of `sla.ladder`, not cumulated; one more for what is beyond the last."""
    sum_seconds: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything store-backed that is exported."""

    channels: Sequence[ChannelSnapshot]
    waits: Mapping[tuple[str, str, Target, Status], int]
    """Open waits by (channel, policy, target, status)."""
    settled: Mapping[tuple[str, str, Target, Settled], int]
    """Running totals by (channel, policy, target, how); never down."""
    responses: Mapping[tuple[str, Target], Responses]
    unmatched: Mapping[str, int] = field(default_factory=dict)
    """Open waits that no policy matches, by channel."""
    corrections: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    """Later changes of mind by (channel, from, to): settled timers that would count otherwise now."""
    messages: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Messages saved by (channel, role), running totals."""
    no_reply: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Messages that were dropped when they were first read, by (channel, reason), running totals."""
    suspected: Mapping[str, int] = field(default_factory=dict)
    """Answers that a machine may have given, by channel, running totals."""
    pattern_timeouts: int = 0
    """Searches for admins' patterns that took too long, since this process began."""
    quarantined: Mapping[str, int] = field(default_factory=dict)
    outbox: Mapping[str, int] = field(default_factory=dict)
    """Unfinished rows by state: pending, sending, unknown."""
    outbox_oldest_at: Instant | None = None
    drift: int = 0
    """Counts found wrong by the last reconciliation; 0 is right."""
