"""What connectors keep across restarts: rotated tokens, and budgets counted by us."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from slamon.store.schema import secret
from slamon.store.sql import insert_or_replace

if TYPE_CHECKING:
    from slamon.store.store import Store

_OF = select(secret.c.value).where(secret.c.key == bindparam("of"))


class StoreVault:
    """The vault of a process that writes the database; it reads each key once. Safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._values: dict[str, str | None] = {}
        self._locks: dict[str, Lock] = {}

    def get(self, key: str) -> str | None:
        """What was put under `key`, also by an earlier process.

        :raises StoreError: it could not be read.
        """
        with self._lock:
            if key not in self._values:
                with self._store.read() as tx:
                    self._values[key] = tx.execute(_OF, {"of": key}).scalar()
            return self._values[key]

    def put(self, key: str, value: str) -> None:
        """Keep `value`; it is on disk when this returns.

        :raises StoreError: it could not be written.
        """
        with self._store.write(urgent=False) as tx:
            tx.execute(insert_or_replace(tx, secret, "value"), {"key": key, "value": value})
        with self._lock:
            self._values[key] = value

    def lock(self, key: str) -> Lock:
        """The lock that whoever renews what stands under `key` holds."""
        with self._lock:
            return self._locks.setdefault(key, Lock())
