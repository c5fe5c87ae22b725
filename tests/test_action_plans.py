"""What acting asks of SQLite goes by an index, however many rows there are."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event

from desk import DESK, Desk
from doing import Doers
from office import opened
from said import ask
from slamon.sla.handling import Verb
from slamon.store.store import Store

GROWING = "message|wait|timer|conversation|alias|outbox|living|action|dropped|other|digest"
FEW = "wait_open|action_standing|outbox_unfinished|living_stale|living_leader"
"""Indexes that hold only what is open, unfinished or in force."""


@pytest.fixture
def plans(sqlite_url: str) -> dict[str, list[str]]:
    """Statement to the steps SQLite takes for it, for all that people do and take back."""
    found: dict[str, list[str]] = {}
    with closing(Store(sqlite_url)) as store:
        desk = Desk(store)
        doers = Doers(desk, {"desk": DESK})
        desk.poll(ask("1", 0), ask("2", 0, thread="u"), minute=1)
        with opened(desk) as office:
            desk.passes(48)
            office.sends()

            def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
                if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                    one = values[0] if isinstance(values, list) else values
                    found[statement] = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", one)]

            for engine in (store.database.writer, store.database.reader):
                event.listen(engine, "before_cursor_execute", explain)
            _a_day_of(doers)
    return found


def _a_day_of(doers: Doers) -> None:
    doers.undo(doers.act(Verb.ACKNOWLEDGE))
    doers.undo(doers.act(Verb.SNOOZE))
    for scope in ("author", "thread", "match"):
        acted = doers.act(Verb.MUTE, scope=scope, pattern="^1" if scope == "match" else "")
        doers.reads(ask("3", 50), minute=51)
        doers.actions()
        doers.undo(acted)


def test_no_statement_reads_a_growing_table_from_end_to_end(plans: dict[str, list[str]]) -> None:
    scanned = re.compile(rf"SCAN ({GROWING})\b(?! USING (COVERING )?INDEX ({FEW})$)")
    assert {statement: steps for statement, steps in plans.items() if any(map(scanned.match, steps))} == {}
    assert len(plans) > 20
