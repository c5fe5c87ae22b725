"""Threads by the id of a message: looked up in each channel, never searched for."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from sqlalchemy import event

from said import ask
from shelves import Shelf
from slamon.store.explained import threads_by_id
from slamon.store.store import Store


def test_a_message_is_found_by_its_id_and_by_what_it_was_once_known_by(store: Store) -> None:
    Shelf(store, "other").save(ask("1", 0, thread="elsewhere"))
    shelf = Shelf(store)
    shelf.save(ask("1", 0, thread="t", aliases=("old",)), ask("2", 1, thread="u"))
    channels = [1, 2]
    with store.read() as tx:
        assert threads_by_id(tx, channels, "1") == [(1, "elsewhere"), (2, "t")]
        assert threads_by_id(tx, channels, "old") == [(2, "t")]
        assert threads_by_id(tx, [1], "old") == []
        assert threads_by_id(tx, channels, "t") == []


def test_no_message_is_read_for_it_but_the_one(sqlite_url: str) -> None:
    steps: list[str] = []

    def note(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            steps.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    with closing(Store(sqlite_url)) as store:
        Shelf(store).save(ask("1", 0, aliases=("old",)))
        event.listen(store.database.reader, "before_cursor_execute", note)
        with store.read() as tx:
            threads_by_id(tx, [1], "old")
    assert steps
    assert all("channel=? AND id=?" in step or "channel=? AND alias=?" in step for step in steps)
