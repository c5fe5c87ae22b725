from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

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
