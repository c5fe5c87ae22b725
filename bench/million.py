"""A database in which a million customers wait, each in a thread of its own, all of them decided and on track.

Made by SQL alone, in seconds; what it holds is what polls and sweeps would have left: the counts kept beside the rows
are checked against the rows, and nothing is due before some hours have passed.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.model import HOUR, MINUTE
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from slamon.model import Instant

MILLION = 1_000_000
LENGTH = 24 * HOUR
"""What every wait is held to."""
POLICY = "everyone"


@dataclass(frozen=True, slots=True)
class Home:
    """Who waits where, and by which rules."""

    channels: Sequence[str]
    platform: str
    account: str
    rules: str
    """The version of the rule set that decided them."""


_SEQUENCE = "WITH RECURSIVE seq(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < :waits)"
# The i-th wait is in the channels' turn; it started between 12 hours and a minute ago, the oldest first.
_CHANNEL = "(1 + i % :channels)"
_STARTED = "(:now - 12 * 3600000 + i * (12 * 3600000 - 60000) / :waits)"
_FILL = f"""
INSERT INTO conversation (id, channel, thread, customer) {_SEQUENCE}
    SELECT i, {_CHANNEL}, 't' || (1000000000 + i), 'c' || (1000000000 + i) FROM seq;
INSERT INTO message (channel, id, thread, author, handle, name, followers, verified, side, kind, text, mentions,
        carried, language, permalink, flags, created_at, wait) {_SEQUENCE}
    SELECT {_CHANNEL}, 't' || (1000000000 + i), 't' || (1000000000 + i), 'c' || (1000000000 + i), 'customer' || i,
        'Customer ' || i, i % 5000, '', 'other', 'mention', :text, '900', '', 'en', 'https://x.example/status/' || i, 0,
        {_STARTED}, i FROM seq;
INSERT INTO wait (id, conversation, channel, number, turn, episode, state, started_at, last_message_at, policy, rules,
        matched, partial, next_at, revision) {_SEQUENCE}
    SELECT i, i, {_CHANNEL}, 1, 1, 1, 'open', {_STARTED}, {_STARTED}, :policy, :rules,
        0, 0, {_STARTED} + :length * 8 / 10, 0 FROM seq;
INSERT INTO timer (wait, target, channel, policy, started_at, due_at, length, status, stage, told, episode, history,
        counted) {_SEQUENCE}
    SELECT i, 'first_response', {_CHANNEL}, :policy, {_STARTED}, {_STARTED} + :length, :length, 'on_track', '', 0, 1, 0,
        1 FROM seq;
INSERT INTO tally (channel, policy, target, name, n)
    SELECT channel, policy, target, 'open:' || status, count(*) FROM timer GROUP BY 1, 2, 3, 4;
INSERT INTO tally (channel, policy, target, name, n)
    SELECT channel, '', '', 'messages:customer', count(*) FROM message GROUP BY 1;
INSERT INTO serial (name, next) VALUES ('wait', :waits + 1), ('conversation', :waits + 1)
"""
_TEXT = "@acme my parcel was due on Monday and still has not come. " * 3


def build(path: Path, home: Home, now: Instant, waits: int = MILLION) -> None:
    """Make the database of `home` at `path`."""
    store = Store(f"sqlite:///{path}")
    for name in home.channels:
        row = store.register(name, home.platform)
        store.pin(row.id, json.dumps({"account": home.account, "handle": home.account, "team": []}))
        store.begin_poll(row.id, now - 13 * HOUR)
        store.complete_poll(row.id, None, now - MINUTE, now)
    store.close()
    if waits:
        _fill(path, {"waits": waits, "channels": len(home.channels), "now": now, "rules": home.rules})
    _prove(path)
    os.sync()  # else what is measured next waits for the disk


def _fill(path: Path, asked: dict[str, int | str]) -> None:
    values = {**asked, "policy": POLICY, "length": LENGTH, "text": _TEXT}
    raw = sqlite3.connect(path)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-262144", "temp_store=MEMORY"):
        raw.execute(f"PRAGMA {pragma}")
    indexes = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in indexes:  # built at the end: sorted, not page by page
        raw.execute(f'DROP INDEX "{name}"')
    for statement in _FILL.split(";"):
        raw.execute(statement, values)
    for _, sql in indexes:
        raw.execute(sql)
    raw.commit()
    raw.execute("PRAGMA journal_mode=WAL")
    raw.close()


def _prove(path: Path) -> None:
    """What was made by hand must look to slamon as if it had made it.

    :raises AssertionError: the kept counts do not fit the rows.
    """
    store = Store(f"sqlite:///{path}")
    drift = store.reconcile()
    store.close()
    assert drift == 0, f"the prepared database is off by {drift}"
