"""One snapshot of the store as readings. Every configured series stands there, at 0 if need be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from slamon.metrics import catalogue as m
from slamon.metrics.readings import OTHER, Bins
from slamon.model import OPEN_STATUSES, Role, Settled, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from slamon.metrics.catalogue import Family
    from slamon.metrics.readings import Fold, Labels, Readings, Value
    from slamon.model import Instant, Target
    from slamon.store.snapshot import Snapshot

Key = TypeVar("Key", bound=tuple[str, ...])

OUTBOX_STATES = ("pending", "held", "sending", "unknown")
CORRECTIONS = (
    (Settled.IN_TIME, Settled.LATE),
    (Settled.LATE, Settled.IN_TIME),
    (Settled.IN_TIME, Status.CANCELLED),
    (Settled.LATE, Status.CANCELLED),
)

ALWAYS = (m.UNMATCHED, m.BLIND, m.SUSPECTED, m.QUARANTINED)
"""One series a channel, from its first moment on."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the configuration promises: channels with their platforms, and their policies with the targets they set."""

    channels: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Sequence[tuple[str, Sequence[Target]]]] = field(default_factory=dict)
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By channel, the reasons for which its rules say that a message needs no reply."""

    def folded(self, channels: Collection[str]) -> Expected:
        """The same with these channels as one: of ten thousand, a scrape must not make zeros for each."""
        if not channels:
            return self
        targets = {target for name in channels for _, each in self.policies.get(name, ()) for target in each}
        reasons = {reason for name in channels for reason in self.reasons.get(name, ())}
        kept = {name: platform for name, platform in self.channels.items() if name not in channels}
        return Expected(
            {**kept, OTHER: OTHER},
            {**self.policies, OTHER: [(OTHER, sorted(targets))]},
            {**self.reasons, OTHER: sorted(reasons)},
        )

    def promises(self) -> Iterator[tuple[str, str, Target]]:
        """Every (channel, policy, target)."""
        for channel in self.channels:
            for policy, targets in self.policies.get(channel, ()):
                yield from ((channel, policy, target) for target in targets)


def readings(snapshot: Snapshot, expected: Expected, fold: Fold) -> Readings:
    """Everything store-backed, for configured channels only: the series of a channel go when it goes."""
    found = {**_states(snapshot), **_totals(snapshot), **_outbox(snapshot)}
    zeros = _zeros(expected.folded(fold.folded))
    return {
        family: zeros.get(family, {}) | fold.merged(family, _configured(family, found.get(family, {}), expected))
        for family in m.STORED
    }


def _states(snapshot: Snapshot) -> Readings:
    channels = snapshot.channels
    return {
        m.WAITS: _numbers(snapshot.waits),
        m.UNMATCHED: _by_channel(snapshot.unmatched),
        m.BLIND: {(channel.name,): channel.blind for channel in channels},
        m.OLDEST_WAIT: _instants({channel.name: channel.oldest_waiting_at for channel in channels}),
        m.NEXT_DUE: _instants({channel.name: channel.next_due_at for channel in channels}),
        m.LAST_SUCCESS: _instants({channel.name: channel.read_at for channel in channels}),
    }


def _totals(snapshot: Snapshot) -> Readings:
    return {
        m.SETTLED: _numbers(snapshot.settled),
        m.CORRECTIONS: _numbers(snapshot.corrections),
        m.MESSAGES: _numbers(snapshot.messages),
        m.NO_REPLY: _numbers(snapshot.no_reply),
        m.SUSPECTED: _by_channel(snapshot.suspected),
        m.QUARANTINED: _by_channel(snapshot.quarantined),
        m.RESPONSE: {key: Bins([*seen.buckets], seen.sum_seconds) for key, seen in snapshot.responses.items()},
    }


def _outbox(snapshot: Snapshot) -> Readings:
    oldest = snapshot.outbox_oldest_at
    return {
        m.OUTBOX: {(state,): float(snapshot.outbox.get(state, 0)) for state in OUTBOX_STATES},
        m.OUTBOX_OLDEST: {} if oldest is None else {(): oldest / 1_000},
        m.DRIFT: {(): float(snapshot.drift)},
        m.PATTERN_TIMEOUTS: {(): float(snapshot.pattern_timeouts)},
    }


def _zeros(expected: Expected) -> Readings:
    channels, promises = expected.channels, list(expected.promises())
    return {
        m.CHANNEL_INFO: dict.fromkeys(channels.items(), 1.0),
        m.WAITS: {(*promise, status): 0.0 for promise in promises for status in OPEN_STATUSES},
        m.SETTLED: {(*promise, outcome): 0.0 for promise in promises for outcome in Settled},
        m.RESPONSE: {(channel, target): _empty() for channel, _, target in promises},
        m.CORRECTIONS: {(channel, *change): 0.0 for channel in channels for change in CORRECTIONS},
        m.MESSAGES: {(channel, role): 0.0 for channel in channels for role in Role},
        m.NO_REPLY: {(channel, reason): 0.0 for channel in channels for reason in expected.reasons.get(channel, ())},
        **{family: {(channel,): 0.0 for channel in channels} for family in ALWAYS},
    }


def _configured(family: Family, values: Mapping[Labels, Value], expected: Expected) -> dict[Labels, Value]:
    if "channel" not in family.labels:
        return dict(values)
    at = family.labels.index("channel")
    return {labels: value for labels, value in values.items() if labels[at] in expected.channels}


def _numbers(counts: Mapping[Key, int]) -> dict[Labels, Value]:
    return dict(counts.items())


def _by_channel(counts: Mapping[str, int]) -> dict[Labels, Value]:
    return {(channel,): float(count) for channel, count in counts.items()}


def _instants(instants: Mapping[str, Instant | None]) -> dict[Labels, Value]:
    return {(channel,): at / 1_000 for channel, at in instants.items() if at is not None}


def _empty() -> Bins:
    return Bins([0] * (len(m.RESPONSE.buckets) + 1))
