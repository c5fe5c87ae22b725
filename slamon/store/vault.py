"""What connectors keep across restarts: rotated tokens, and budgets counted by us."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from slamon.errors import StoreError
from slamon.store.schema import secret
from slamon.store.sql import insert_or_replace
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

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


COUNTED = "meter:"
"""Keys of budgets that are counted by us."""


class BorrowedVault:
    """The vault of a command beside a daemon that may run: it writes only where nobody else does.

    Budgets are not counted: the few calls of a command are no reason to take the writer's lock.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._counted: dict[str, str] = {}
        self._own: Store | None = None

    def get(self, key: str) -> str | None:
        """What was put under `key`; `None` also where there is no database yet."""
        if key in self._counted:
            return self._counted[key]
        if self._own is not None:
            return StoreVault(self._own).get(key)
        try:
            store = Store(self._url, write=False)
        except StoreError:
            return None
        try:
            return StoreVault(store).get(key)
        finally:
            store.close()

    def put(self, key: str, value: str) -> None:
        """Keep `value`.

        :raises StoreError: it could not be written.
        """
        if key.startswith(COUNTED):
            self._counted[key] = value
            return
        if self._own is None:
            with self.lock(key):
                self.put(key, value)
            return
        StoreVault(self._own).put(key, value)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Take the writer's lock of the database, which is made where it is missing.

        :raises StoreError: a running slamon holds it: that one renews.
        """
        if key.startswith(COUNTED):
            yield
            return
        self._own = Store(self._url)
        try:
            yield
        finally:
            own, self._own = self._own, None
            own.close()
