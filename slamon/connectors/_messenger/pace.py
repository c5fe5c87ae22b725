"""How fast Meta's conversations may be asked: two calls a second for each Page, and for each account on Instagram.

A third is refused with an error that parks the account for minutes, so a moment's pause is the cheaper way.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.model import Instant

CALLS_PER_SECOND = 2


class Pace:
    """Lets a poll and a recheck of one channel together make two calls a second."""

    def __init__(self, now: Callable[[], Instant], pause: Callable[[float], object]) -> None:
        """`pause` waits that many seconds."""
        self._now = now
        self._pause = pause
        self._last: deque[Instant] = deque(maxlen=CALLS_PER_SECOND)
        self._lock = Lock()

    def wait(self) -> None:
        """Return when a call may be made; whoever asks next waits behind it."""
        with self._lock:
            if len(self._last) == CALLS_PER_SECOND:
                # Never longer than a second, also when the clock was set back.
                left = min(self._last[0] + SECOND - self._now(), SECOND)
                if left > 0:
                    self._pause(left / SECOND)
            self._last.append(self._now())
