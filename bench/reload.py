"""A calendar that changes while a million customers wait: until every wait it moves is decided, and what alerts feel.

The new calendar closes for the last hour that one wait in a hundred is promised in. Each reload goes the daemon's own
way: read, compare, swap, find, put up, decide. Waits of other channels break their promises meanwhile, as in `alerts`.
Then a condition changes in one channel of twenty, so that every wait in it is matched anew.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bench import alerts, million, slack
from bench.house import HOME, LIMIT, OTHERS, RULES, House
from bench.report import Figure, percentile
from slamon.app import SWITCH_INTERVAL, wall_clock
from slamon.events import RulesApplied
from slamon.model import HOUR, MINUTE, RESPONSES, SECOND, Kind
from slamon.reload import Reloader, World
from slamon.sla.calendars import Weekly
from slamon.sla.conditions import KindIs
from slamon.sla.policy import ChannelRules, Policy, RuleSet
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.events import Event
    from slamon.model import Instant

UTC = ZoneInfo("UTC")
WEEK = [(day, 0, 24 * 60) for day in range(7)]
SHARE = 100
"""One wait in so many is moved."""
WITHIN = 5.0
"""Seconds: the yardstick."""
REST = 4.0
"""Seconds between two reloads while alerts are measured."""
ANY = KindIs("kind: any", frozenset(Kind))


def run(folder: Path) -> Iterator[Figure]:
    path = folder / "reload.db"
    began = wall_clock()
    million.build(path, HOME, began)
    with slack.running() as url:
        store = Store(f"sqlite:///{path}")
        house = Reloading(store, url, began)
        before = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL)
        house.reloader.take_up()
        house.scheduler.start()
        house.reloader.start()
        try:
            yield from _phases(house, url)
        finally:
            house.reloader.stop()
            house.scheduler.stop()
            sys.setswitchinterval(before)
            store.close()


def _phases(house: Reloading, url: str) -> Iterator[Figure]:
    idle = alerts._breach(house, url, "idle")  # noqa: SLF001 - the same measurement, in another situation
    yield from _alerts("idle", idle)
    some = Reloads(house, [house.moved, house.whole, house.moved])
    took = alerts._breach(house, url, "calendar")  # noqa: SLF001 - as above
    some.thread.join()
    yield Figure("calendar: waits moved", house.off(), "", f"{million.MILLION // SHARE:,}")
    yield Figure("calendar: compared and swapped after, at most", max(some.swapped) * 1e3, "ms")
    yield Figure("calendar: all that moved decided after, at most", max(some.through), "s", f"{WITHIN:g}")
    yield from _alerts("calendar", took)
    yield Figure("calendar: alerts' p99 over idle", percentile(took, 99) / percentile(idle, 99), "x", at_most=20)
    yield Figure("calendar: past the yardstick of 5 s", max(some.through) / WITHIN, "x", at_most=2)
    every = Reloads(house, [house.anew])
    took = alerts._breach(house, url, "condition")  # noqa: SLF001 - as above
    every.thread.join()
    waits = million.MILLION // len(OTHERS)
    yield Figure("condition: waits matched anew a second", waits / every.through[0], "/s", f"{waits:,} of a channel")
    yield from _alerts("condition", took)


def _alerts(name: str, took: list[float]) -> Iterator[Figure]:
    for at in (50, 99, 100):
        label = "max" if at == 100 else f"p{at}"
        yield Figure(f"{name}: read to accepted, {label}", percentile(took, at) * 1e3, "ms")


class Reloading(House):
    """A house whose rules change."""

    def __init__(self, store: Store, slack_url: str, began: Instant) -> None:
        self._sweeping = threading.Lock()
        self.applied = 0
        super().__init__(store, slack_url)
        last_due = began + million.LENGTH - MINUTE
        closes = (last_due - 12 * HOUR // SHARE) // MINUTE % (24 * 60)
        self.whole = self._rules("whole", Weekly("support", UTC, WEEK))
        self.moved = self._rules("moved", Weekly("support", UTC, list(_without(closes, last_due))))
        self.anew = replace(self.moved, version="anew", channels={**self.moved.channels, **self._matched_anew()})
        self.rules = replace(self.whole, version=RULES)
        self.next = self.rules
        self.reloader = Reloader(store, self._world())

    def sweep(self) -> Instant | None:
        with self._sweeping:
            return super().sweep()

    def off(self) -> int:
        """Waits whose promise is another one than around the clock."""
        asked = f"SELECT count(*) FROM timer WHERE due_at <> started_at + length AND length > {LIMIT}"
        with self.store.read() as tx:
            return int(tx.exec_driver_sql(asked).scalar_one())

    def settled(self, version: str) -> bool:
        """Whether nothing is put up any more that `version` has not decided."""
        asked = "SELECT 1 FROM wait WHERE next_at = 0 AND rules <> ? LIMIT 1"
        with self.store.read() as tx:
            return tx.exec_driver_sql(asked, (version,)).scalar() is None

    def _rules(self, version: str, calendar: Weekly) -> RuleSet:
        policy = Policy(million.POLICY, dict.fromkeys(RESPONSES, million.LENGTH), calendar=calendar)
        return RuleSet(version, self.rules.channels, ChannelRules((policy,)), {"default.yaml": version.encode()})

    def _matched_anew(self) -> dict[str, ChannelRules]:
        (policy,) = self.moved.default.policies
        return {OTHERS[0]: ChannelRules((replace(policy, conditions=(ANY,)),))}

    def _world(self) -> World:
        return World(
            now=wall_clock,
            seconds=time.monotonic,
            hear=self._hear,
            folder=Path("nowhere"),
            read=lambda: self.next,
            rebuild=lambda files: {one.version: one for one in (self.whole, self.moved)}[
                files["default.yaml"].decode()
            ],
            in_force=lambda: self.rules,
            swap=self._swap,
            swept=self._swept,
            wake=self._wake,
            channels={name: poller.row.id for name, poller in self.pollers.items()},
        )

    def _swap(self, rules: RuleSet) -> None:
        self.rules = rules

    def _swept(self) -> None:
        with self._sweeping:
            pass

    def _hear(self, event: Event) -> None:
        self.applied += isinstance(event, RulesApplied)
        super()._hear(event)


def _without(minute: int, at: Instant) -> Iterator[tuple[int, int, int]]:
    """The week without the hour that begins at that minute of the day that `at` lies in, or the one before."""
    begin = at // MINUTE * MINUTE - (at // MINUTE - minute) % (24 * 60) * MINUTE
    weekday = (begin // (24 * HOUR) + 3) % 7
    for day, opens, closes in WEEK:
        if day == weekday:
            yield from ((day, a, b) for a, b in ((opens, minute), (min(minute + 60, closes), closes)) if a < b)
        else:
            yield day, opens, closes


@dataclass
class Reloads:
    """Reloads, one after the other, beside whatever goes on."""

    house: Reloading
    rules: list[RuleSet]
    swapped: list[float] = field(default_factory=list)
    through: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        time.sleep(alerts.PREPARED / SECOND + 1)
        for rules in self.rules:
            began, applied = time.perf_counter(), self.house.applied
            self.house.next = rules
            report: Any = self.house.reloader.reload("command")
            assert report.outcome == "loaded", report
            self.swapped.append(time.perf_counter() - began)
            while self.house.applied == applied or not self.house.settled(rules.version):
                time.sleep(0.01)
            self.through.append(time.perf_counter() - began)
            time.sleep(REST)
