from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from desk import Desk
from said import ask, reply
from slamon.errors import StoreError
from slamon.store import migrate
from slamon.store.database import Database
from slamon.store.schema import metadata
from slamon.store.store import Store

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import ReflectedIndex


def test_an_empty_database_is_brought_to_this_version_and_given_an_id_that_stays(empty_url: str) -> None:
    first = Store(empty_url)
    with first.read() as tx:
        assert migrate.current(tx) == migrate.HEAD
    first.close()
    again = Store(empty_url)
    assert again.id == first.id
    assert len(first.id) == 32
    again.close()


def test_the_migrations_end_where_the_schema_stands(empty_url: str) -> None:
    store = Store(empty_url)
    with store.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_they_make_the_same_indexes_with_the_same_conditions_as_the_schema(empty_url: str) -> None:
    store = Store(empty_url)
    with store.read() as tx:
        migrated = indexes(tx)
    store.close()
    engine = create_engine(f"{empty_url}-fresh" if empty_url.startswith("sqlite") else psycopg_url(empty_url))
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        assert indexes(connection) == migrated
    engine.dispose()


def psycopg_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def indexes(connection: Connection) -> dict[str, list[str]]:
    found = inspect(connection)
    return {
        table.name: sorted(_said(index) for index in found.get_indexes(table.name)) for table in metadata.sorted_tables
    }


def _said(index: ReflectedIndex) -> str:
    options = {name: str(option) for name, option in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['column_names']} {bool(index['unique'])} {options}"


OLD = """
INSERT INTO meta (key, value) VALUES ('id', 'aa');
INSERT INTO serial (name, next) VALUES ('wait', 2), ('conversation', 2);
INSERT INTO channel (id, name, platform, read_at, history_before) VALUES (1, 'acme-x', 'x', 1795437120000, 1);
INSERT INTO conversation (id, channel, thread, customer) VALUES (1, 1, 't', 'anna');
INSERT INTO message (channel, id, thread, author, handle, name, verified, side, kind, text, mentions, carried, language,
    permalink, flags, created_at, wait) VALUES
    (1, '1', 't', 'anna', 'anna', '', '', 'other', 'mention', '1?', 'acme', '', '', '', 0, 1795437120000, 1);
INSERT INTO wait (id, conversation, channel, number, turn, episode, state, started_at, last_message_at, policy, rules,
    matched, partial, next_at, revision) VALUES
    (1, 1, 1, 1, 1, 1, 'open', 1795437120000, 1795437120000, 'everyone', 'one', 0, false, 1795440000000, 0);
INSERT INTO timer (wait, target, channel, policy, started_at, due_at, length, status, stage, told, episode, history,
    counted) VALUES
    (1, 'first_response', 1, 'everyone', 1795437120000, 1795440720000, 3600000, 'on_track', '', 0, 1, false, true)
"""
"""What 0.1.0 has kept of a customer who waits since the fixed instant of these tests."""


def test_what_the_first_version_kept_goes_on_under_this_one(empty_url: str) -> None:
    database = Database(empty_url, write=True)
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in OLD.split(";"):
            connection.execute(text(statement))
    database.close()
    store = Store(empty_url)
    desk = Desk(store)
    desk.poll(reply("2", 50, to="1"), ask("3", 55), minute=57)
    desk.sweep()
    assert [(row.number, row.state, row.reason) for row in desk.shelf.waits()] == [
        (1, "answered", None),
        (2, "open", None),
    ]
    assert desk.shelf.settled() == {(1, "first_response"): "in_time"}
    counts = {name: n for (_, _, name), n in desk.shelf.counts().items()}
    assert (counts["closed:answered"], counts["received"]) == (1, 1), "what was decided before is not received anew"
    store.close()


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).with_name("migrations")))
    assert scripts.get_current_head() == migrate.HEAD


@pytest.mark.parametrize("write", [True, False])
def test_a_database_of_an_unknown_version_is_refused_in_words(empty_url: str, write: bool) -> None:  # noqa: FBT001 - a column of the table
    Store(empty_url).close()
    database = Database(empty_url, write=True)
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match=r"9999.*use the slamon that wrote it"):
        Store(empty_url, write=write)
    Database(empty_url, write=True).close()


def test_a_reader_of_an_empty_database_is_told_what_to_do(empty_url: str) -> None:
    database = Database(empty_url, write=True)
    database.close()
    with pytest.raises(StoreError, match=r"is empty, this slamon needs .*`slamon run`"):
        Store(empty_url, write=False)
