"""What connectors keep across restarts: tokens that a platform rotates. Values are secrets."""

from __future__ import annotations

from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Vault(Protocol):
    """A small store of secrets by key; the same for all channels of a process."""

    def get(self, key: str) -> str | None:
        """What was put under `key`, also by an earlier process."""
        ...

    def put(self, key: str, value: str) -> None:
        """Keep `value`; it is on disk when this returns.

        :raises StoreError: it could not be written.
        """
        ...

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Held by whoever renews what stands under `key`: of several channels only one renews.

        :raises SlamonError: entered where nothing can be kept, before anything was renewed in vain.
        """
        ...


class Memory:
    """A vault that ends with the process."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._locks: dict[str, Lock] = {}

    def get(self, key: str) -> str | None:
        """What was put under `key`."""
        return self._values.get(key)

    def put(self, key: str, value: str) -> None:
        """Keep `value` until the process ends."""
        self._values[key] = value

    def lock(self, key: str) -> Lock:
        """The lock of `key`."""
        return self._locks.setdefault(key, Lock())


def fingerprint(*secrets: str) -> str:
    """A short name for secrets that tells nothing of them: for keys of the vault, and for `payer`."""
    return sha256("\0".join(secrets).encode()).hexdigest()[:16]
