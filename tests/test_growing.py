"""New series are born at 0, old ones show their totals at once, and none goes down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from metrics_world import AIMS, ALERTS, CHANNELS, POLICIES, REASONS
from slamon.exporter import Exporter
from slamon.metrics.growing import COUNTERS, HELD_FOR, HELD_SCRAPES
from slamon.model import MINUTE, SECOND, Settled, Target
from slamon.sla.ladder import RUNGS
from slamon.store.snapshot import Responses, Snapshot

if TYPE_CHECKING:
    from slamon.model import Instant

BEGUN: Instant = 1_790_000_000_000
PROMISE = "acme-x", "everyone", Target.FIRST_RESPONSE


class World:
    """A store and a clock that a test moves, and what scrapes see."""

    def __init__(self, settled: int = 0, limit: int = 25_000) -> None:
        self.now = BEGUN
        self.settled = settled
        self.received = 0
        self.blind = 0.0
        self.exporter = Exporter(self._snapshot, lambda: self.now, "0.1.0", limit)
        self.exporter.expect(CHANNELS, POLICIES, ALERTS, REASONS, AIMS)
        self.exporter.begin()

    def _snapshot(self) -> Snapshot:
        buckets = [self.settled, *([0] * len(RUNGS))]
        return Snapshot(
            channels=[],
            waits={(*PROMISE, "breached"): 4},  # type: ignore[dict-item]  # the word is the status
            settled={(*PROMISE, Settled.LATE): self.settled} if self.settled else {},
            responses={("acme-x", Target.FIRST_RESPONSE): Responses(buckets, 2.5)} if self.settled else {},
            received={"acme-x": self.received} if self.received else {},
            blind_seconds={"acme-x": self.blind},
        )

    def scrape(self) -> dict[str, float]:
        """What one scrape sees, by name: the sum over `acme-x`."""
        page = self.exporter.render("", zipped=False)[0].decode()
        found: dict[str, float] = {}
        for family in parse_text(page):
            for sample in family.samples:
                if sample.labels.get("channel") == "acme-x":
                    found[sample.name] = found.get(sample.name, 0) + sample.value
        return found

    def total(self) -> float:
        return self.scrape()["slamon_sla_settled_total"]


def test_a_new_series_stands_at_0_for_its_first_two_minutes() -> None:
    world = World()
    world.settled, world.received, world.blind = 3, 2, 9.5
    early = world.scrape()
    world.now = BEGUN + HELD_FOR - 1
    late = world.scrape()
    world.now = BEGUN + HELD_FOR
    grown = world.scrape()
    names = ["slamon_sla_settled_total", "slamon_waits_received_total", "slamon_channel_blind_seconds_total"]
    names += ["slamon_response_seconds_count", "slamon_response_seconds_sum"]
    assert [[found[name] for name in names] for found in (early, late)] == [[0] * 5] * 2
    assert [grown[name] for name in names] == [3, 2, 9.5, 3, 2.5]


def test_or_for_as_many_scrapes_as_show_it_to_two_servers() -> None:
    world = World()
    world.settled = 3
    seen = []
    for _ in range(HELD_SCRAPES + 2):
        world.now += 5 * SECOND
        seen.append(world.total())
    assert seen == [0] * HELD_SCRAPES + [3, 3]


def test_what_the_store_had_counted_before_is_shown_at_once() -> None:
    world = World(settled=1_000)
    world.settled = 1_001
    assert world.total() == 1_001


def test_a_series_that_new_rules_bring_is_born_at_0_too() -> None:
    world = World()
    world.exporter.expect([("acme-x", "x")], {"acme-x": []})
    world.exporter.begin()
    world.now = BEGUN + 60 * MINUTE
    world.scrape()
    world.exporter.expect(CHANNELS, POLICIES, ALERTS, REASONS, AIMS)
    world.settled = 7
    assert world.total() == 0
    world.now += HELD_FOR
    assert world.total() == 7


def test_one_that_stood_at_0_for_long_is_not_held_when_it_begins_to_count() -> None:
    world = World()
    world.scrape()
    world.now = BEGUN + 60 * MINUTE
    world.settled = 2
    assert world.total() == 2


def test_gauges_are_never_held() -> None:
    assert World().scrape()["slamon_waits"] == 4
    assert {family.type for family in COUNTERS} == {"counter", "histogram"}


def test_the_sum_of_folded_channels_is_not_new_when_they_are_folded() -> None:
    world = World(settled=50, limit=20)
    world.scrape()
    page = world.exporter.render("", zipped=False)[0].decode()
    other = 'slamon_sla_settled_total{channel="other",policy="other",target="first_response",outcome="late"} 50.0'
    assert other.replace('"', "") in _sorted_labels(page)


def _sorted_labels(page: str) -> set[str]:
    """The lines with labels in the order of the families, without quotes."""
    order = ("channel", "policy", "target", "outcome")
    found = set()
    for family in parse_text(page):
        for sample in family.samples:
            labels = ",".join(f"{name}={sample.labels[name]}" for name in order if name in sample.labels)
            found.add(f"{sample.name}{{{labels}}} {sample.value}")
    return found


@pytest.mark.parametrize("back", [1 * SECOND, 60 * MINUTE])
def test_nothing_goes_down_though_the_clock_does(back: int) -> None:
    world = World()
    world.now = BEGUN + HELD_FOR
    world.blind, world.settled = 100.5, 3
    before = world.scrape()
    world.now -= back
    world.blind -= 0.25
    after = world.scrape()
    assert before["slamon_channel_blind_seconds_total"] == 100.5
    assert after == before
