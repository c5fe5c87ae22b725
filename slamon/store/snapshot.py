"""One consistent picture of the store for a scrape: counts that were kept, never counted at scrape time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Instant, Settled, Status, Target
    from slamon.sla.fate import Fate
    from slamon.store.recent import Kept


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
class Recent:
    """The last weeks, as they stood at `at`."""

    at: Instant
    fates: Mapping[tuple[str, Fate], int]
    """Where everything went that was received, by (channel, fate)."""
    promises: Mapping[tuple[str, str, Target], Kept]
    """By (channel, policy, target), over the time of the policy's objective."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What falls due soon, as it stood at `at`."""

    at: Instant
    due: Mapping[tuple[str, str], int]
    """Promises by (channel, policy)."""


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
    received: Mapping[str, int] = field(default_factory=dict)
    """Waits that began, by channel, running totals."""
    closed: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Waits that ended, by (channel, outcome), running totals."""
    blind_seconds: Mapping[str, float] = field(default_factory=dict)
    """Time without a read that is fresh enough, by channel, what runs on now included."""
    outbox: Mapping[str, int] = field(default_factory=dict)
    """Unfinished rows by state: pending, sending, unknown."""
    outbox_oldest_at: Instant | None = None
    drift: int = 0
    """Counts found wrong by the last reconciliation; 0 is right."""
    recent: Recent | None = None
    """`None`: not made yet; the same for `ahead`."""
    ahead: Ahead | None = None
