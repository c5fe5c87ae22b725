"""Prometheus: one snapshot of the store and the tallies of this process, as a page of text or OpenMetrics."""

from __future__ import annotations

import gzip
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from slamon.metrics import catalogue_heard as m
from slamon.metrics.catalogue_stored import CHANNEL_INFO
from slamon.metrics.growing import Growing
from slamon.metrics.readings import MAX_SAMPLES, Bins, Fold
from slamon.metrics.stored import Aim, Expected, Stored
from slamon.metrics.tallies import Tallies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from prometheus_client import Metric

    from slamon.events import Event
    from slamon.metrics.family import Family
    from slamon.metrics.readings import Labels, Readings, Value
    from slamon.model import Instant, Target
    from slamon.store.snapshot import Snapshot

OPENMETRICS = "application/openmetrics-text"
QUICK = 3
"""gzip's level: most of the saving for a fraction of the time."""

log = structlog.get_logger(__name__)


class Exporter:
    """What is true now, for whoever scrapes; hears every event. Safe from any thread."""

    def __init__(
        self, snapshot: Callable[[], Snapshot], now: Callable[[], Instant], version: str, limit: int = MAX_SAMPLES
    ) -> None:
        self._snapshot = snapshot
        self._now = now
        self._stored = Stored(Expected())
        self._growing = Growing()
        self._one_at_a_time = Lock()
        self._changed: Callable[[], bool] | None = None
        self._fold = Fold(limit)
        self._tallies = Tallies(now)
        self._tallies.put(m.BUILD_INFO, version, value=1)
        self._registry = CollectorRegistry()
        self._registry.register(_Guarded(ProcessCollector(registry=None).collect, self.failed))
        self._registry.register(_Guarded(self._collect, self.failed))

    def expect(
        self,
        channels: Iterable[tuple[str, ...]],
        policies: Mapping[str, Sequence[tuple[str, Sequence[Target]]]],
        alerts: Iterable[tuple[str, str]] = (),
        reasons: Mapping[str, Sequence[str]] | None = None,
        aims: Mapping[tuple[str, str], Aim] | None = None,
    ) -> None:
        """Name what is configured, so that every series stands at 0 from the first scrape; anew after each reload.

        `channels` are (name, platform, market, brand, desk), or as many of these as there are; `policies` (policy,
        targets that are on) by channel; `alerts` (notifier, audience); `reasons` those for which a message needs no
        reply, by channel; `aims` by (channel, policy). Series of channels that are no longer named go.
        """
        info = {labels[0]: (*labels, "", "", "")[: len(CHANNEL_INFO.labels)] for labels in channels}
        platforms = {name: labels[1] for name, labels in info.items()}
        self._stored = Stored(Expected(platforms, policies, reasons or {}, info, aims or {}))
        self._tallies.expect_channels(platforms)
        self._tallies.expect_alerts(alerts)

    def configured(self, version: str, at: Instant, changed: Callable[[], bool]) -> None:
        """Name the configuration that runs; `changed` says whether the file is another one by now."""
        self._tallies.configured(version, at)
        self._changed = changed

    def begin(self) -> None:
        """What the store has counted so far was exported by an earlier process; from now on, what is new begins at 0.

        :raises StoreError: the database cannot be read.
        """
        self._growing.begin(self._stored.readings(self._snapshot(), self._fold), self._now())

    def hear(self, event: Event) -> None:
        """Count `event`; the `Listener` of events.py."""
        self._tallies.hear(event)

    def render(self, accept: str, zipped: bool) -> tuple[bytes, str]:  # noqa: FBT001 - the second half of one question
        """The page and its content type: OpenMetrics 1.0 where the Accept header names it, else Prometheus text.

        Takes about 10 µs a sample and one read of the store; call it from a worker thread.
        """
        if OPENMETRICS in accept:
            body, kind = _openmetrics(self._registry), openmetrics.CONTENT_TYPE_LATEST
        else:
            body, kind = generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4
        return gzip.compress(body, QUICK, mtime=0) if zipped else body, kind

    def _collect(self) -> Iterable[Metric]:
        with self._one_at_a_time:
            stored = self._read()
            if self._changed:
                self._tallies.put(m.CONFIG_CHANGED, value=self._changed())
            found = self._bounded({**stored, **self._tallies.read()})
        return [_metric(family, values) for family, values in found.items()]

    def _read(self) -> Readings:
        try:
            return self._growing.shown(self._stored.readings(self._snapshot(), self._fold), self._now())
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the store, the rest of the page is served
            self.failed(error)
            return {}

    def _bounded(self, found: Readings) -> Readings:
        before = len(self._fold.folded)
        bounded = self._fold.apply(found, self._stored.expected.channels)
        count = len(self._fold.folded)
        if count > before:
            log.warning("samples_folded", limit=self._fold.limit, channels=count)
            self._tallies.fold(self._fold)
        bounded[m.FOLDED] = {(): count}
        return bounded

    def failed(self, error: Exception) -> None:
        """A part of the page could not be made: counted, and logged."""
        self._tallies.add(m.COLLECTOR_FAILURES)
        log.warning("collector_failed", kind=type(error).__name__, error=str(error))


def _openmetrics(registry: CollectorRegistry) -> bytes:
    page: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]  # the library types half of it
    return page


class _Guarded(Collector):
    """A collector whose failure is counted and takes nothing else down."""

    def __init__(self, collect: Callable[[], Iterable[Metric]], failed: Callable[[Exception], None]) -> None:
        self._collect = collect
        self._failed = failed

    def collect(self) -> Iterable[Metric]:
        try:
            return list(self._collect())
        except Exception as error:  # noqa: BLE001 - see the class
            self._failed(error)
            return []


def _metric(family: Family, values: Mapping[Labels, Value]) -> Metric:
    if family.type == "histogram":
        return _histogram(family, values)
    kind = CounterMetricFamily if family.type == "counter" else GaugeMetricFamily
    metric = kind(family.name, family.help, labels=family.labels)
    for labels, value in values.items():
        if not isinstance(value, Bins):
            metric.add_metric(labels, value)
    return metric


def _histogram(family: Family, values: Mapping[Labels, Value]) -> Metric:
    metric = HistogramMetricFamily(family.name, family.help, labels=family.labels)
    bounds = [*map(floatToGoString, family.buckets), "+Inf"]
    for labels, bins in values.items():
        if isinstance(bins, Bins):
            metric.add_metric(labels, list(zip(bounds, accumulate(bins.counts), strict=True)), bins.sum)
    return metric
