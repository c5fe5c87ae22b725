"""Bring a database to the schema of this version; alembic is loaded only when there is something to do."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select, text

from slamon.errors import StoreError
from slamon.store.schema import meta

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD = "0005"
"""The newest revision in migrations/versions."""


def current(connection: Connection) -> str | None:
    """The revision a database stands at; `None` for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def check(connection: Connection) -> None:
    """Refuse a database of another version.

    :raises StoreError: it is empty, older or newer than this slamon.
    """
    found = current(connection)
    if found is not None and found > HEAD:
        raise _unknown(found)
    if found != HEAD:
        what = "is empty" if found is None else f"has schema {found}"
        raise StoreError(
            f"the database {what}, this slamon needs {HEAD}: `slamon run` or `slamon once` brings it there"
        )


def migrate(engine: Engine) -> None:
    """Apply what is missing, and give a new database its id.

    :raises StoreError: a newer slamon has written this database.
    """
    with engine.connect() as connection:
        found = current(connection)
    if found != HEAD:
        _upgrade(engine, found)
    with engine.begin() as connection:
        if connection.execute(select(meta.c.value).where(meta.c.key == "id")).scalar() is None:
            connection.execute(insert(meta), {"key": "id", "value": uuid.uuid4().hex})


def _upgrade(engine: Engine, found: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - loading alembic costs a tenth of a second, and is rarely needed
    from alembic.config import Config  # noqa: PLC0415 - as above
    from alembic.util import CommandError  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise _unknown(found) from error


def _unknown(found: str | None) -> StoreError:
    return StoreError(f"the database has schema {found}, which this slamon does not know: use the slamon that wrote it")
