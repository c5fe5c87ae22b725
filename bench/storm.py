"""A thousand letters for one destination become one digest, in one transaction before anything is sent.

The baseline marks the same rows by hand in one transaction, and decides nothing.
"""

from __future__ import annotations

import sqlite3
import time
from statistics import median
from typing import TYPE_CHECKING

from bench import million
from bench.house import HOME, rules
from bench.report import Figure
from slamon.app import wall_clock
from slamon.audiences import Audience
from slamon.dispatcher import Dispatcher, Sending
from slamon.evaluator import Evaluator, Watch
from slamon.model import HOUR, MINUTE, SECOND
from slamon.notifiers.slack import Slack
from slamon.notify.digests import DigestsConfig
from slamon.store import outbox
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.model import Instant

STORM = 1_000
STORMS = 20
ROUNDS = 7


def run(folder: Path) -> Iterator[Figure]:
    began, path = wall_clock(), folder / "storm.db"
    million.build(path, HOME, began, STORMS * STORM)
    folds, singles = zip(*_storms(path, began), strict=True)
    least = median(_by_hand(path))
    yield Figure("1,000 letters folded into a digest", median(folds) * 1e3, "ms", "100")
    yield Figure("fold: slamon over by hand", median(folds) / least, "x", at_most=100)
    yield Figure("one letter with nothing to fold: what looking costs", median(singles) * 1e3, "ms", at_most=20)


def _storms(path: Path, began: Instant) -> Iterator[tuple[float, float]]:
    """Seconds of each storm, and of a look at one letter alone after it."""
    store = Store(f"sqlite:///{path}")
    desk = Audience("desk", "C0")
    watches = {name: Watch(30 * SECOND, 0) for name in HOME.channels}
    evaluator = Evaluator(store, watches, {None: desk}, up_since=0, recheck=lambda *_: None, hear=lambda _: None)
    channels = [store.register(name, HOME.platform).id for name in HOME.channels]
    for number in range(1, ROUNDS + 1):
        now = began - 12 * HOUR + number * (12 * HOUR - MINUTE) // STORMS + million.LENGTH * 8 // 10
        for channel in channels:
            store.complete_poll(channel, None, now, now)
        evaluator.sweep(rules(), lambda: now, time.monotonic)  # noqa: B023 - called within the round
        dispatcher = _dispatcher(store, desk, now)
        ready = dispatcher.ready()["C0"][0]
        start = time.perf_counter()
        left = dispatcher.plan("C0", ready)
        folded = time.perf_counter()
        dispatcher.plan("C0", left)
        yield folded - start, time.perf_counter() - folded
        assert [letter.digest is not None for letter in left] == [True], f"{len(left)} letters are left"
        with store.write() as tx:
            outbox.finish(tx, left[0].id, "sent", "", now)
    store.close()


def _dispatcher(store: Store, desk: Audience, now: Instant) -> Dispatcher:
    world = Sending(lambda: now, time.monotonic, rules, lambda _: None, "bench", {"desk": desk})
    slack = Slack("xoxb-bench", "http://127.0.0.1:9/api/", "UTC")
    return Dispatcher(store, slack, world, DigestsConfig(catch_up_after=HOUR))


def _by_hand(path: Path) -> Iterator[float]:
    raw = sqlite3.connect(path, isolation_level=None)
    for number in range(ROUNDS):
        ids = [(number, n) for n in range(number * STORM + 1, (number + 1) * STORM + 1)]
        start = time.perf_counter()
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany("UPDATE outbox SET digest = ?, state = 'folded' WHERE id = ?", ids)
        raw.execute("COMMIT")
        yield time.perf_counter() - start
    raw.close()
