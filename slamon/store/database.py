"""Connections: one that writes, behind the gate; readers that only read. SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from slamon.errors import StoreError
from slamon.store.gate import Gate
from slamon.store.lock import AdvisoryLock, FileLock, WriterLock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

BUSY_MS = 5_000
TOO_LARGE = "54"
"""The class of SQLSTATEs that say a value goes beyond a limit of PostgreSQL."""


class BadValuesError(StoreError):
    """The database is well, and refuses what was to be written: trying the same again would end the same."""


class Database:
    """The two engines of one database URL."""

    def __init__(self, url: str, *, write: bool) -> None:
        """Connect.

        :param write: take the writer's lock; without it only `read` works.
        :raises StoreError: not reachable, not writable, or another process writes it.
        """
        try:
            self.url = make_url(url)
        except ArgumentError:
            raise StoreError("the database's URL cannot be read: write sqlite:///PATH or postgresql://…") from None
        self.gate = Gate()
        self.lock: WriterLock | None = None
        self.sqlite = self.url.get_backend_name() == "sqlite"
        try:
            if self.sqlite:
                self._open_sqlite(write=write)
            else:
                self._open_postgresql(write=write)
        except (SQLAlchemyError, OSError) as error:
            self._unlock()
            raise StoreError(f"cannot open the database {self._shown()}: {_reason(error)}") from error

    @contextmanager
    def write(self, *, urgent: bool = False) -> Iterator[Connection]:
        """One transaction behind the gate. Commits when the block ends well.

        :raises StoreError: the database refused, or was closed; nothing of the block was kept.
        """
        with self.gate.turn(urgent=urgent), self.told():
            if self.lock is None:
                raise StoreError("the database is closed: it is for the next process to write")
            with self.writer.begin() as connection:
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One short transaction that only reads and sees one state of the database."""
        with self.told(), self.reader.connect() as connection:
            yield connection

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what the database says against anything in the block into a `StoreError` of one clear line."""
        with _told(self._shown()):
            yield

    def close(self) -> None:
        """Close all connections and give the lock back, after the transaction that is under way."""
        self.reader.dispose()
        with self.gate.turn(urgent=True):
            if self.lock:
                self.writer.dispose()
            self._unlock()

    def _unlock(self) -> None:
        if self.lock:
            self.lock.release()
            self.lock = None

    def _open_sqlite(self, *, write: bool) -> None:
        path = Path(self.url.database or "")
        if not path.name or path.name == ":memory:":
            raise StoreError("the database's URL names no file: write sqlite:///PATH")
        if path.is_dir():
            raise StoreError(f"the database {path} is a folder: name a file")
        if write:
            self.lock = FileLock(path.with_name(path.name + ".lock"))
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self.writer = create_engine(self.url, poolclass=StaticPool, connect_args=_SQLITE, hide_parameters=True)
            event.listen(self.writer, "connect", _writer_pragmas)
            event.listen(self.writer, "begin", _begin_immediate)
        elif not path.exists():
            raise StoreError(f"there is no database at {path} yet: `slamon run` or `slamon once` makes it")
        uri = URL.create("sqlite", database=f"file:{_quoted(path)}", query={"mode": "ro", "uri": "true"})
        self.reader = create_engine(uri, poolclass=QueuePool, pool_size=4, connect_args=_SQLITE, hide_parameters=True)
        event.listen(self.reader, "connect", _reader_pragmas)
        event.listen(self.reader, "begin", _begin_deferred)

    def _open_postgresql(self, *, write: bool) -> None:
        try:
            engine = _postgresql(self.url)
        except ModuleNotFoundError as error:
            raise StoreError("PostgreSQL needs the extra: pip install 'slamon[postgres]'") from error
        if write:
            try:
                self.lock = AdvisoryLock(engine)
            except BaseException:
                engine.dispose()
                raise
            self.writer = engine
        self.reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def _shown(self) -> str:
        return self.url.render_as_string(hide_password=True)


_SQLITE: dict[str, Any] = {"check_same_thread": False, "timeout": BUSY_MS / 1000}


def _postgresql(url: URL) -> Engine:
    driver = url.set(drivername="postgresql+psycopg")
    return create_engine(
        driver, pool_size=8, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10}
    )


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _writer_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection has no common type
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _reader_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401 - as above
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def _told(shown: str) -> Iterator[None]:
    """Turn what a database says into one clear line."""
    try:
        yield
    except (SQLAlchemyError, UnicodeError, OverflowError) as error:
        kind = BadValuesError if _bad_values(error) else StoreError
        raise kind(f"the database {shown} refused: {_reason(error)}") from error


def _bad_values(error: Exception) -> bool:
    """Whether what was written is to blame; drivers raise some of it before the database hears of it."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return isinstance(error, (DataError, IntegrityError)) or state.startswith(TOO_LARGE)
    return isinstance(error, (UnicodeError, OverflowError))


def _reason(error: BaseException) -> str:
    """The database's own words, without the statement and its values: those hold customers' text."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    original = getattr(error, "orig", None) or error
    # PostgreSQL's details repeat the values; its primary message does not.
    primary = getattr(getattr(original, "diag", None), "message_primary", None)
    return " ".join(str(primary or original).split())[:300] or type(original).__name__
