"""What was read a moment ago, for all who ask for the same: the store is asked once, however many people look."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")

MOST = 50
"""Answers kept at a time."""


class Lately(Generic[T]):
    """Answers by what was asked. Safe from any thread."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """`seconds`: a clock that never goes back."""
        self._seconds = seconds
        self._lock = Lock()
        self._known: dict[Hashable, tuple[float, T]] = {}
        self._round = 0

    def of(self, asked: Hashable, age: float, make: Callable[[], T]) -> T:
        """What `make` answers, or answered at most `age` seconds ago."""
        with self._lock:
            begun, turn = self._seconds(), self._round
            at, answer = self._known.get(asked, (None, None))
            if at is not None and answer is not None and begun - at < age:
                return answer
        made = make()
        with self._lock:
            if turn == self._round:  # else it was read before what somebody just did
                self._known.pop(asked, None)
                self._known[asked] = (begun, made)
                while len(self._known) > MOST:
                    del self._known[next(iter(self._known))]
        return made

    def forget(self) -> None:
        """Somebody did something: they want to see it."""
        with self._lock:
            self._round += 1
            self._known.clear()
