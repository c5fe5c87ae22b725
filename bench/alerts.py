"""From the read that clears a stage to the request that Slack accepted, with a million others waiting.

The store, the sweep, the look before telling, the outbox and the sending threads are the daemon's own; the platform
is a connector that answers at once; Slack is another process that accepts at once. Waits break a promise of a minute
at instants spread evenly, first with nothing else to do, then while pages of posts are saved: 10,000 posts a second,
of which one in ten is new (mixed), then nothing but new ones, as many as go (flood). New ones are decided meanwhile.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import sys
import threading
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench import million, pages, slack
from bench.house import HOME, HOT, LIMIT, OTHERS, PLATFORM, House
from bench.ingest import mapped
from bench.report import Figure, percentile
from slamon.app import SWITCH_INTERVAL, wall_clock
from slamon.model import SECOND, Author, Message, Side
from slamon.sla.fold import FoldSettings
from slamon.store.save import Batch
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BREACHES = 300
SPREAD = 15 * SECOND
PREPARED = 2 * SECOND
"""Between the writing of the waits and the first breach."""
POSTS_A_SECOND = 10_000
INGEST_SECONDS = (PREPARED + SPREAD) // SECOND + 3
FLOOR_ROUNDS = 200
ACCOUNT = FoldSettings(ours=frozenset({pages.ACCOUNT}))


def run(folder: Path) -> Iterator[Figure]:
    path = folder / "alerts.db"
    million.build(path, HOME, wall_clock())
    with slack.running() as url:
        floor = _floor(folder, url)
        yield Figure("floor: one commit by hand, one POST", floor * 1e3, "ms")
        store = Store(f"sqlite:///{path}")
        house = House(store, url)
        before = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL)
        house.scheduler.start()
        try:
            yield from _phases(house, url, floor)
        finally:
            house.scheduler.stop()
            sys.setswitchinterval(before)
            store.close()


def _phases(house: House, url: str, floor: float) -> Iterator[Figure]:
    idle = _breach(house, url, "idle")
    yield from _figures("idle", idle)
    yield Figure("idle: p50 over the floor", percentile(idle, 50) / floor, "x", at_most=60)
    for name, new_in in (("mixed", 10), ("flood", 1)):
        ingest = Ingest(house.store, new_in)
        took = _breach(house, url, name)
        rate = ingest.stop()
        yield from _figures(name, took)
        yield Figure(f"{name}: posts saved meanwhile", rate, "/s", f"{POSTS_A_SECOND:,} offered")
        yield Figure(f"{name}: p99 over the floor", percentile(took, 99) / floor, "x", at_most=1_000)


def _figures(name: str, took: list[float]) -> Iterator[Figure]:
    yardsticks = {50: "5", 99: "50"}
    for at in (50, 95, 99, 100):
        label = "max" if at == 100 else f"p{at}"
        yield Figure(f"{name}: read to accepted, {label}", percentile(took, at) * 1e3, "ms", yardsticks.get(at, ""))


def _breach(house: House, url: str, name: str) -> list[float]:
    """Seconds from clearing read to accepted request of `BREACHES` waits.

    :raises AssertionError: an alert is missing.
    """
    began = wall_clock()
    waits = [f"{name}-{n}" for n in range(BREACHES)]
    for k, channel in enumerate(HOT):
        mine = [_asked(waits[n], n, began) for n in range(k, BREACHES, len(HOT))]
        house.store.save(Batch(house.pollers[channel].row.id, mine), ACCOUNT, began)
    house.scheduler.wake()
    read_at: dict[str, int] = {}
    until = began + PREPARED + SPREAD + 30 * SECOND
    while len(read_at) < BREACHES and wall_clock() < until:
        time.sleep(0.5)
        read_at = _looked(house, name)
    time.sleep(2)
    found = slack.accepted(url)
    names = _threads(house.store, name)
    took = [(found[wait] - read_at[thread]) / 1e9 for wait, thread in names.items() if wait in found]
    assert len(took) == BREACHES, f"{BREACHES - len(took)} alerts are missing; {house.failures[:3]}"
    return took


def _asked(thread: str, number: int, began: int) -> Message:
    due = began + PREPARED + number * SPREAD // BREACHES
    return Message(
        id=thread,
        thread=thread,
        author=Author(f"customer of {thread}", "customer", "A customer", 12),
        side=Side.OTHER,
        created_at=due - LIMIT,
        text="@acme where is my parcel? It was due on Monday.",
        mentions=(pages.ACCOUNT,),
        permalink="https://x.example/status/1",
    )


def _looked(house: House, name: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for channel in HOT:
        found |= house.pollers[channel].connector.read_at  # type: ignore[attr-defined]
    return {thread: at for thread, at in found.items() if thread.startswith(f"{name}-")}


def _threads(store: Store, name: str) -> dict[int, str]:
    ask = "SELECT wait.id, thread FROM wait JOIN conversation ON conversation.id = conversation WHERE thread LIKE ?"
    with store.read() as tx:
        return {int(row[0]): str(row[1]) for row in tx.exec_driver_sql(ask, (f"{name}-%",))}


@dataclass
class Ingest:
    """Saves pages as a poll does, as fast as `POSTS_A_SECOND` or as it can; one page in `new_in` is new."""

    store: Store
    new_in: int

    def __post_init__(self) -> None:
        began, count = wall_clock(), POSTS_A_SECOND * INGEST_SECONDS // pages.SIZE
        new = [pages.page(n, began - (n + 1) * 100) for n in range(0, count, self.new_in)]
        self._bodies = [new[n // self.new_in] for n in range(count)]
        self._channel = self.store.register(OTHERS[self.new_in], PLATFORM).id
        self._stopping = threading.Event()
        self._saved = 0
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._began = time.perf_counter()
        self._thread.start()

    def stop(self) -> float:
        """:returns: posts saved a second."""
        self._stopping.set()
        self._thread.join()
        return self._saved / (self._ended - self._began)

    def _run(self) -> None:
        for number, body in enumerate(self._bodies):
            early = self._began + number * pages.SIZE / POSTS_A_SECOND - time.perf_counter()
            if self._stopping.wait(max(0.0, early)):
                break
            self.store.save(Batch(self._channel, mapped(body)), ACCOUNT, wall_clock())
            self._saved += pages.SIZE
        self._ended = time.perf_counter()


def _floor(folder: Path, url: str) -> float:
    """Median seconds of the least that could be done: one durable commit, one request over a new connection."""
    raw = sqlite3.connect(folder / "floor.db", isolation_level=None)
    raw.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, x)")
    host = url.removeprefix("http://")
    body = json.dumps({"channel": "C0", "text": "x" * 2_000})
    took = []
    for number in range(FLOOR_ROUNDS):
        began = time.perf_counter()
        raw.execute("INSERT INTO t VALUES (?, ?)", (number, "x" * 300))
        connection = http.client.HTTPConnection(host)
        connection.request("POST", "/api/chat.postMessage", body)
        connection.getresponse().read()
        connection.close()
        took.append(time.perf_counter() - began)
    raw.close()
    return median(took)
