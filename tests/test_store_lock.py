from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from conftest import made
from said import ask
from shelves import Shelf, everything
from slamon.errors import StoreError
from slamon.store.lock import ADVISORY_KEY
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDER = """
import sys
from slamon.store.store import Store
store = Store(sys.argv[1])
print("holding", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the database open for writing."""
    run = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "holding\n"
            yield process
        finally:
            process.kill()


def test_a_second_writer_is_refused_and_told_who_writes(database_url: str) -> None:
    first = Store(database_url)
    with pytest.raises(StoreError, match=r"another slamon \(.*pid [0-9]+\) writes this database") as refused:
        Store(database_url)
    if database_url.startswith("sqlite"):
        assert f"pid {os.getpid()}" in str(refused.value)
    first.close()


def test_after_the_first_has_closed_the_next_one_may_write(database_url: str) -> None:
    for _ in range(3):
        store = Store(database_url)
        Shelf(store).save(ask("1", 0))
        store.close()


def test_after_kill_9_of_the_writer_the_next_one_may_write_at_once(database_url: str) -> None:
    with holder(database_url) as process:
        with pytest.raises(StoreError, match="another slamon") as refused:
            Store(database_url)
        if database_url.startswith("sqlite"):
            assert f"pid {process.pid}" in str(refused.value)
        process.kill()
        process.wait()
        if not database_url.startswith("sqlite"):
            _let_the_server_notice(database_url)
        Store(database_url).close()


def _let_the_server_notice(url: str) -> None:
    """Wait in line for the lock, as long as the session of the dead process takes to end."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '20s'")
        connection.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_KEY])


def test_on_postgresql_the_pid_is_the_one_of_this_very_database(postgresql: str, cleaned: str) -> None:
    elsewhere = made(postgresql, "elsewhere")
    one, other = Store(elsewhere), Store(cleaned)
    with psycopg.connect(cleaned) as connection:
        own = connection.execute(
            "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        ).fetchone()
    with pytest.raises(StoreError) as refused:
        Store(cleaned)
    assert own
    assert re.findall(r"pid (\d+)", str(refused.value)) == [str(own[0])]
    one.close()
    other.close()


def test_whoever_only_reads_needs_no_lock_and_writes_nothing(database_url: str) -> None:
    writer = Store(database_url)
    shelf = Shelf(writer)
    shelf.save(ask("1", 0))
    reader = Store(database_url, write=False)
    assert everything(reader) == everything(writer)
    shelf.save(ask("2", 1))
    assert everything(reader) == everything(writer)
    with pytest.raises(StoreError), reader.read() as tx:
        tx.exec_driver_sql("DELETE FROM message")
    assert len(everything(writer)["message"]) == 2
    reader.close()
    writer.close()
    late = Store(database_url, write=False)
    assert len(everything(late)["message"]) == 2
    late.close()


class TestWhatCannotBeOpened:
    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("nonsense", "cannot be read"),
            ("sqlite://", "names no file"),
            ("sqlite:///:memory:", "names no file"),
            ("sqlite:////nowhere/at/all/slamon.db", "cannot open the database"),
            ("postgresql://slamon:hunter2@127.0.0.1:1/slamon", "cannot open the database"),
        ],
    )
    def test_is_said_in_one_line_without_a_password(self, url: str, words: str) -> None:
        with pytest.raises(StoreError, match=words) as refused:
            Store(url)
        assert "\n" not in str(refused.value)
        assert "hunter2" not in str(refused.value)

    def test_a_reader_of_a_database_that_was_never_made_is_told_who_makes_it(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="`slamon run` or `slamon once` makes it"):
            Store(f"sqlite:///{tmp_path / 'slamon.db'}", write=False)
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_is_no_database_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "slamon.db"
        path.write_text("dear diary" * 1_000)
        with pytest.raises(StoreError, match="not a database"):
            Store(f"sqlite:///{path}")
        assert path.read_text().startswith("dear diary")

    def test_nobody_else_may_read_a_new_database(self, tmp_path: Path) -> None:
        Store(f"sqlite:///{tmp_path / 'slamon.db'}").close()
        assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
            "slamon.db": 0o600,
            "slamon.db.lock": 0o600,
        }

    @pytest.mark.parametrize("name", ["a b.db", "100%.db", "what?.db", "a#b.db", "ä.db"])
    def test_any_name_of_a_file_will_do(self, tmp_path: Path, name: str) -> None:
        quoted = name.replace("%", "%25").replace("?", "%3F").replace("#", "%23")
        store = Store(f"sqlite:///{tmp_path}/{quoted}")
        Shelf(store).save(ask("1", 0))
        assert len(everything(store)["message"]) == 1
        store.close()
