"""How fast to talk to one destination: freely while it takes it, as it asks once it complains."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PER_SECOND = 1.0
"""Slack's rule for new messages in one channel; bursts above it are allowed, and edits do not count."""
BURST = 300.0
"""More than a team can read at once; whoever minds earlier says so with a 429, and is obeyed."""


class Paces:
    """A bucket for each destination; one that complains never delays another."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._level: dict[str, tuple[float, float]] = {}
        """Destination → (tokens, as of)."""
        self._held: dict[str, float] = {}

    def free(self, destination: str) -> bool:
        """Whether something may be sent there now."""
        with self._lock:
            return self._seconds() >= self._held.get(destination, 0.0) and self._tokens(destination) >= 1.0

    def took(self, destination: str) -> None:
        """Something is being sent there."""
        with self._lock:
            since = max(self._seconds(), self._held.get(destination, 0.0))
            self._level[destination] = (self._tokens(destination) - 1.0, since)

    def hold(self, destination: str, seconds: float) -> None:
        """It asked for a pause; after it the burst has to be earned again."""
        with self._lock:
            self._held[destination] = self._seconds() + seconds
            self._level[destination] = (1.0, self._held[destination])

    def _tokens(self, destination: str) -> float:
        tokens, since = self._level.get(destination, (BURST, self._seconds()))
        return min(BURST, tokens + max(0.0, self._seconds() - since) * PER_SECOND)
