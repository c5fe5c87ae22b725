"""The store's counters as `increase()` can read them: each is born at 0, and none goes down."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slamon.metrics import catalogue_stored as m
from slamon.metrics.readings import OTHER, Bins
from slamon.model import MINUTE

if TYPE_CHECKING:
    from slamon.metrics.family import Family
    from slamon.metrics.readings import Labels, Readings, Value
    from slamon.model import Instant, Millis

HELD_FOR: Millis = 2 * MINUTE
HELD_SCRAPES = 4
"""So long, or so often, whichever is over first, a new series stands at 0: Prometheus has to see it there once."""
COUNTERS = tuple(family for family in m.STORED if family.type != "gauge" and "channel" in family.labels)


class _Young(NamedTuple):
    """Until when a series stands at 0: an instant, and the number of a scrape."""

    until: Instant
    scrape: int


_GROWN = _Young(0, 0)


class Growing:
    """Remembers how old each series is. For one scrape at a time."""

    def __init__(self) -> None:
        self._young: dict[Family, dict[Labels, _Young]] | None = None
        self._scrapes = 0
        self._blind: dict[Labels, float] = {}

    def begin(self, readings: Readings, now: Instant) -> None:
        """What the store has counted before now was shown by an earlier process: it is shown at once."""
        new = _Young(now + HELD_FOR, HELD_SCRAPES)
        self._young = {
            family: {labels: new if _nothing(value) else _GROWN for labels, value in readings.get(family, {}).items()}
            for family in COUNTERS
        }

    def shown(self, readings: Readings, now: Instant) -> Readings:
        """The same for a scrape, new series at 0; without `begin`, none counts as new."""
        held = {family: self._held(family, readings[family], now) for family in COUNTERS if family in readings}
        self._scrapes += 1
        return {**readings, **held, m.BLIND_SECONDS: self._never_less(held.get(m.BLIND_SECONDS, {}))}

    def _held(self, family: Family, values: dict[Labels, Value], now: Instant) -> dict[Labels, Value]:
        if self._young is None:
            return values
        ages, new = self._young[family], _Young(now + HELD_FOR, self._scrapes + HELD_SCRAPES)
        held = {}
        for labels, value in values.items():
            until, scrape = ages.setdefault(labels, new)
            # Channels that are counted together may be so from a later moment on: their sum is not new.
            if until > now and scrape > self._scrapes and OTHER not in labels:
                held[labels] = _zero(value)
            else:
                held[labels] = value
                ages[labels] = _GROWN  # for good, whatever the clock does
        return held

    def _never_less(self, values: dict[Labels, Value]) -> dict[Labels, Value]:
        """What runs on is the clock's, and that of a scrape may be ahead of that of the read which ends it."""
        for labels, value in values.items():
            if not isinstance(value, Bins):
                self._blind[labels] = max(value, self._blind.get(labels, 0.0))
        return {labels: self._blind[labels] for labels in values}


def _zero(value: Value) -> Value:
    return Bins([0] * len(value.counts)) if isinstance(value, Bins) else 0.0


def _nothing(value: Value) -> bool:
    return not any(value.counts) if isinstance(value, Bins) else not value
