"""One snapshot of the store as readings. Every configured series stands there, at 0 if need be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from slamon.metrics import catalogue_stored as m
from slamon.metrics.readings import OTHER, Bins
from slamon.model import OPEN_STATUSES, SECOND, Role, Settled, Status
from slamon.sla.fate import Fate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from slamon.metrics.family import Family
    from slamon.metrics.readings import Fold, Labels, Readings, Value
    from slamon.model import Instant, Millis, Target
    from slamon.store.snapshot import Ahead, Recent, Snapshot

Key = TypeVar("Key", bound=tuple[str, ...])

OUTBOX_STATES = ("pending", "held", "sending", "unknown")
CORRECTIONS = (
    (Settled.IN_TIME, Settled.LATE),
    (Settled.LATE, Settled.IN_TIME),
    (Settled.IN_TIME, Status.CANCELLED),
    (Settled.LATE, Status.CANCELLED),
)

OUTCOMES = tuple(fate for fate in Fate if fate not in {Fate.OPEN, Fate.UNVERIFIED, Fate.NO_REPLY})
"""How a wait may end; what needs no reply never begins one."""

ALWAYS = (m.UNMATCHED, m.BLIND, m.BLIND_SECONDS, m.SUSPECTED, m.QUARANTINED, m.RECEIVED)
"""One series a channel, from its first moment on."""
WEEKS = (m.RECENT_RECEIVED, m.RECENT, m.OBJECTIVE_DUE, m.OBJECTIVE_GOOD)
"""Absent, not 0, until they are made for the first time."""


class Aim(NamedTuple):
    """What a policy's objective asks for."""

    share: float | None
    """Of 1; `None`: it has none."""
    over: Millis

    def with_(self, other: Aim) -> Aim:
        """One for both."""
        shares = [share for share in (self.share, other.share) if share is not None]
        return Aim(min(shares, default=None), max(self.over, other.over))


@dataclass(frozen=True, slots=True)
class Expected:
    """What the configuration promises: channels with their platforms, and their policies with the targets they set."""

    channels: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Sequence[tuple[str, Sequence[Target]]]] = field(default_factory=dict)
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By channel, the reasons for which its rules say that a message needs no reply."""
    info: Mapping[str, Labels] = field(default_factory=dict)
    """By channel, the labels of `CHANNEL_INFO`."""
    aims: Mapping[tuple[str, str], Aim] = field(default_factory=dict)
    """By (channel, policy)."""

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
            {**self.info, OTHER: (OTHER, OTHER, "", "", "")},
            self._folded_aims(channels),
        )

    def _folded_aims(self, channels: Collection[str]) -> Mapping[tuple[str, str], Aim]:
        kept, whole = {}, Aim(None, 0)
        for (channel, policy), aim in self.aims.items():
            if channel in channels:
                whole = whole.with_(aim)
            else:
                kept[channel, policy] = aim
        return {**kept, (OTHER, OTHER): whole} if whole.over else kept

    def promises(self) -> Iterator[tuple[str, str, Target]]:
        """Every (channel, policy, target)."""
        for channel in self.channels:
            for policy, targets in self.policies.get(channel, ()):
                yield from ((channel, policy, target) for target in targets)


class Stored:
    """What one snapshot says, for the channels that are configured: the series of a channel go when it goes."""

    def __init__(self, expected: Expected) -> None:
        self.expected = expected
        self._zeros: Readings = {}
        self._folded = -1

    def readings(self, snapshot: Snapshot, fold: Fold) -> Readings:
        """Everything store-backed, with every series that is expected."""
        if len(fold.folded) != self._folded:  # folded channels stay folded
            self._folded = len(fold.folded)
            self._zeros = _zeros(self.expected.folded(fold.folded))
        found = {**_states(snapshot), **_totals(snapshot), **_outbox(snapshot), **_figures(snapshot)}
        absent = {*(WEEKS if snapshot.recent is None else ()), *((m.AHEAD,) if snapshot.ahead is None else ())}
        return {
            family: {}
            if family in absent
            else self._zeros.get(family, {}) | fold.merged(family, self._configured(family, found.get(family, {})))
            for family in m.STORED
        }

    def _configured(self, family: Family, values: Mapping[Labels, Value]) -> dict[Labels, Value]:
        if "channel" not in family.labels:
            return dict(values)
        at = family.labels.index("channel")
        return {labels: value for labels, value in values.items() if labels[at] in self.expected.channels}


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
        m.RECEIVED: _by_channel(snapshot.received),
        m.CLOSED: _numbers(snapshot.closed),
        m.BLIND_SECONDS: _by_channel(snapshot.blind_seconds),
        m.RESPONSE: {key: Bins([*seen.buckets], seen.sum_seconds) for key, seen in snapshot.responses.items()},
    }


def _figures(snapshot: Snapshot) -> Readings:
    recent, ahead = snapshot.recent, snapshot.ahead
    found = {**(_recent(recent) if recent else {}), **(_ahead(ahead) if ahead else {})}
    if recent and ahead:
        found[m.FIGURES_AT] = {(): min(recent.at, ahead.at) / SECOND}
    return found


def _recent(recent: Recent) -> Readings:
    received: Counter[str] = Counter()
    for (channel, _), n in recent.fates.items():
        received[channel] += n
    return {
        m.RECENT_RECEIVED: _by_channel(received),
        m.RECENT: _numbers(recent.fates),
        m.OBJECTIVE_DUE: {promise: kept.due for promise, kept in recent.promises.items()},
        m.OBJECTIVE_GOOD: {promise: kept.good for promise, kept in recent.promises.items()},
    }


def _ahead(ahead: Ahead) -> Readings:
    return {m.AHEAD: _numbers(ahead.due)}


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
        m.CHANNEL_INFO: {expected.info[channel]: 1.0 for channel in channels},
        m.CLOSED: {(channel, outcome): 0.0 for channel in channels for outcome in OUTCOMES},
        m.RECENT: {(channel, fate): 0.0 for channel in channels for fate in Fate},
        m.RECENT_RECEIVED: {(channel,): 0.0 for channel in channels},
        m.OBJECTIVE_DUE: dict.fromkeys(promises, 0.0),
        m.OBJECTIVE_GOOD: dict.fromkeys(promises, 0.0),
        m.AHEAD: {(channel, policy): 0.0 for channel, policy, _ in promises},
        m.OBJECTIVE_SHARE: {where: aim.share for where, aim in expected.aims.items() if aim.share is not None},
        m.OBJECTIVE_WINDOW: {where: aim.over / SECOND for where, aim in expected.aims.items()},
        m.WAITS: {(*promise, status): 0.0 for promise in promises for status in OPEN_STATUSES},
        m.SETTLED: {(*promise, outcome): 0.0 for promise in promises for outcome in Settled},
        m.RESPONSE: {(channel, target): _empty() for channel, _, target in promises},
        m.CORRECTIONS: {(channel, *change): 0.0 for channel in channels for change in CORRECTIONS},
        m.MESSAGES: {(channel, role): 0.0 for channel in channels for role in Role},
        m.NO_REPLY: {(channel, reason): 0.0 for channel in channels for reason in expected.reasons.get(channel, ())},
        **{family: {(channel,): 0.0 for channel in channels} for family in ALWAYS},
    }


def _numbers(counts: Mapping[Key, int]) -> dict[Labels, Value]:
    return dict(counts.items())


def _by_channel(counts: Mapping[str, float]) -> dict[Labels, Value]:
    return {(channel,): float(count) for channel, count in counts.items()}


def _instants(instants: Mapping[str, Instant | None]) -> dict[Labels, Value]:
    return {(channel,): at / 1_000 for channel, at in instants.items() if at is not None}


def _empty() -> Bins:
    return Bins([0] * (len(m.RESPONSE.buckets) + 1))
