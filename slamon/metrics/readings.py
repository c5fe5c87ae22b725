"""Values of families at one instant, and how they are held to a bounded number of samples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from slamon.metrics.family import Family

Labels: TypeAlias = tuple[str, ...]
"""Values in the order of `Family.labels`."""

MAX_SAMPLES = 25_000
"""Above it, channels are folded into `other`, the last configured first."""

OTHER = "other"


@dataclass(slots=True)
class Bins:
    """A histogram: counts a bucket, not cumulated, with one more for what is beyond the last bound; seconds."""

    counts: list[int]
    sum: float = 0.0

    def plus(self, more: Bins) -> Bins:
        """Both in one."""
        return Bins([a + b for a, b in zip(self.counts, more.counts, strict=True)], self.sum + more.sum)


Value: TypeAlias = float | Bins
Readings: TypeAlias = dict["Family", dict[Labels, Value]]


@dataclass(slots=True)
class Fold:
    """Which channels stand under `other`. A folded channel stays folded, so that no counter goes down."""

    limit: int = MAX_SAMPLES
    folded: set[str] = field(default_factory=set)

    def apply(self, readings: Readings, channels: Iterable[str]) -> Readings:
        """The same readings within the limit; `channels` in the order of the configuration."""
        self._choose(readings, channels)
        if not self.folded:
            return readings
        return {family: self.merged(family, values) for family, values in readings.items()}

    def _choose(self, readings: Readings, channels: Iterable[str]) -> None:
        sizes: Counter[str] = Counter()
        for family, values in readings.items():
            at, size = _place(family), len(family.buckets) + 3 if family.buckets else 1
            for labels in values:
                sizes["" if at is None else labels[at]] += size
        room = self.limit - sizes[""]
        for channel in channels:
            room -= sizes[channel]
            if room < 0:
                self.folded.add(channel)

    def merged(self, family: Family, values: dict[Labels, Value]) -> dict[Labels, Value]:
        """The values of one family, those of folded channels as one."""
        at = _place(family)
        if at is None or not self.folded:
            return values
        merged = {labels: value for labels, value in values.items() if labels[at] not in self.folded}
        for labels, value in values.items():
            if labels[at] in self.folded:
                key = _vague(family, labels)
                merged[key] = _merge(family.merge, merged[key], value) if key in merged else value
        return merged


def _place(family: Family) -> int | None:
    """Where the channel stands among the labels."""
    return family.labels.index("channel") if "channel" in family.labels else None


def _vague(family: Family, labels: Labels) -> Labels:
    vague = ("channel", "policy", "platform")
    return tuple(OTHER if name in vague else value for name, value in zip(family.labels, labels, strict=True))


def _merge(merge: Callable[[float, float], float], one: Value, two: Value) -> Value:
    if isinstance(one, Bins) and isinstance(two, Bins):
        return one.plus(two)
    if isinstance(one, Bins) or isinstance(two, Bins):
        raise TypeError("a histogram cannot be merged with a number")
    return merge(one, two)
