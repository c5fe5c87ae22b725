"""Troubles on command, the same for every pretend platform: what shall go wrong, for which requests, how often."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the next `calls` requests whose path begins with `path`.

    With neither `status`, `drop` nor `hang` the request is served as usual, only later.
    """

    path: str = ""
    calls: int | None = 1
    """`None`: until the faults are cleared."""
    delay: float = 0.0
    """Seconds before the request is taken up: longer than the client's patience, and it lands after the client left."""
    pause: float = 0.0
    """Seconds between carrying the request out and answering."""
    accept: bool = False
    """Carry the request out before failing: a post that exists although its sender was told otherwise."""
    status: int | None = None
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: str = ""
    """Cut the connection: `before` the answer, or in the `middle` of its body."""
    hang: bool = False
    """Never answer; the connection stays open until the faults are cleared or the server is closed."""

    def __post_init__(self) -> None:
        """Refuse what could only be a mistake of the script.

        :raises ValueError: a word that `drop` does not know, or a negative count or time.
        """
        if self.drop not in {"", "before", "middle"}:
            raise ValueError(f"drop is `before` or `middle`, not {self.drop!r}")
        if min(self.delay, self.pause, 0 if self.calls is None else self.calls) < 0:
            raise ValueError("calls, delay and pause cannot be negative")

    @property
    def serves(self) -> bool:
        """Whether the request gets the answer of its route after all."""
        return self.status is None and not self.hang and self.drop != "before"

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Fault:
        """A fault from JSON.

        :raises ValueError: an unknown key or a senseless value.
        """
        known = {item.name for item in fields(cls)}
        if unknown := set(data) - known:
            raise ValueError(f"unknown keys {sorted(unknown)}; known are {sorted(known)}")
        return cls(**data)


class Faults:
    """A queue of faults: the oldest that fits a path is taken first. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[tuple[Fault, int | None]] = []
        self._released = threading.Event()

    def add(self, *faults: Fault) -> None:
        """Queue `faults` behind those that wait already."""
        with self._lock:
            self._queue += [(fault, fault.calls) for fault in faults if fault.calls != 0]

    def clear(self) -> None:
        """Forget every fault, and let go of the requests that hang or are delayed."""
        with self._lock:
            self._queue.clear()
            self._released.set()
            self._released = threading.Event()

    @property
    def left(self) -> int:
        """How many faults still wait for a request."""
        with self._lock:
            return len(self._queue)

    def take(self, path: str) -> tuple[Fault, threading.Event] | None:
        """The fault for a request to `path`, if there is one, and the event that lets the request go early.

        Uses up one of the fault's calls.
        """
        with self._lock:
            for place, (fault, left) in enumerate(self._queue):
                if path.startswith(fault.path):
                    self._use(place, fault, left)
                    return fault, self._released
        return None

    def _use(self, place: int, fault: Fault, left: int | None) -> None:
        if left is None:
            return
        if left > 1:
            self._queue[place] = (fault, left - 1)
        else:
            del self._queue[place]
