"""A storm: a thousand waits reach a stage at once, and each has a letter in the outbox before anything is sent.

The baseline writes the same rows by hand, a hundred waits a transaction, and decides nothing.
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
from slamon.evaluator import BATCH, Evaluator, Watch
from slamon.model import HOUR, MINUTE, SECOND
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.model import Instant

STORM = 1_000
STORMS = 20
"""In the 12 hours over which the waits began."""
ROUNDS = 7
"""Storms that are measured: before the first of these waits reaches its next stage."""


def run(folder: Path) -> Iterator[Figure]:
    began = wall_clock()
    for name in ("sweep.db", "hand.db"):
        million.build(folder / name, HOME, began, STORMS * STORM)
    ours, least = median(_sweeps(folder / "sweep.db", began)), median(_by_hand(folder / "hand.db"))
    yield Figure("1,000 due at once, in the outbox after", ours * 1e3, "ms", "100")
    yield Figure("due waits decided and recorded", STORM / ours, "/s")
    yield Figure("the same rows by hand", STORM / least, "/s")
    yield Figure("decide: slamon over by hand", ours / least, "x", at_most=25)


def _sweeps(path: Path, began: Instant) -> Iterator[float]:
    """Seconds of each storm."""
    store = Store(f"sqlite:///{path}")
    watches = {name: Watch(30 * SECOND, 0) for name in HOME.channels}
    desk: dict[str | None, Audience] = {None: Audience("desk", "C0")}
    evaluator = Evaluator(
        store, watches, desk, up_since=0, recheck=lambda _channel, _waits: None, hear=lambda _event: None
    )
    channels = [store.register(name, HOME.platform).id for name in HOME.channels]
    for number in range(1, ROUNDS + 1):
        now = began - 12 * HOUR + number * (12 * HOUR - MINUTE) // STORMS + million.LENGTH * 8 // 10
        for channel in channels:  # a read so late clears every stage
            store.complete_poll(channel, None, now, now)
        start = time.perf_counter()
        decided = evaluator.sweep(rules(), lambda: now, time.monotonic)  # noqa: B023 - called within the round
        yield time.perf_counter() - start
        assert decided.announced == STORM, decided
    store.close()


def _by_hand(path: Path) -> Iterator[float]:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    for number in range(ROUNDS):
        start = time.perf_counter()
        for first in range(number * STORM + 1, (number + 1) * STORM, BATCH):
            _batch_by_hand(raw, range(first, first + BATCH))
        yield time.perf_counter() - start
    raw.close()


def _batch_by_hand(raw: sqlite3.Connection, waits: range) -> None:
    raw.execute("BEGIN IMMEDIATE")
    raw.executemany("UPDATE wait SET next_at = next_at + 17280000 WHERE id = ?", [(n,) for n in waits])
    raw.executemany(
        "UPDATE timer SET status = 'at_risk', stage = '80%', told = 1 WHERE wait = ?", [(n,) for n in waits]
    )
    raw.executemany(
        "INSERT INTO outbox (id, wait, target, stage, episode, repeat, destination, audience, mention, broadcast, "
        "accuses, verified, reached_at, created_at, state, reason, intent, attempt, owner, tried_at, not_before, "
        "since, looks, sent_at) "
        "VALUES (?, ?, 'first_response', '80%', 1, 0, 'C0', 'desk', '', 0, 0, 1, 0, 0, 'pending', "
        "'', '', 0, '', NULL, 0, NULL, 0, NULL)",
        [(n, n) for n in waits],
    )
    raw.execute("COMMIT")
