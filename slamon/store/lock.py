"""One process writes a database: an exclusive lock that dies with its holder."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from slamon.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

ADVISORY_KEY = 0x51A_307
"""One number for every slamon: PostgreSQL scopes advisory locks to the database."""


class WriterLock(Protocol):
    """Held while this process is the one that writes."""

    def release(self) -> None:
        """Let the next one write."""
        ...


class FileLock:
    """An advisory lock on a file beside the SQLite database, with the holder's pid inside."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        :raises StoreError: another process holds it; the text names its pid.
        """
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._fd, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._fd)
            raise StoreError(
                f"another slamon (pid {holder}) writes this database: stop it first, or use a command that only reads"
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Close the file: the kernel gives the lock back, as it does when the process dies."""
        os.close(self._fd)


class AdvisoryLock:
    """A session-level advisory lock in PostgreSQL, kept by a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        """Take the lock.

        :raises StoreError: another session holds it; the text names its pid on the database server.
        """
        self._connection: Connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if self._connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar():
            return
        holder = self._connection.execute(
            text(
                "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                " WHERE locktype = 'advisory' AND objid = :key AND granted AND datname = current_database()"
            ),
            {"key": ADVISORY_KEY},
        ).scalar()
        self._connection.close()
        raise StoreError(
            f"another slamon (database session with pid {holder}) writes this database: stop it first, "
            "or use a command that only reads"
        )

    def release(self) -> None:
        """Give the lock back, and close the session; the server may take a while to notice that a session has gone."""
        with suppress(SQLAlchemyError):
            self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_KEY})
        self._connection.invalidate()
        self._connection.close()
