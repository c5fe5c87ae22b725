"""Admins' patterns meet strangers' text: how long a search may take, and what is remembered of slow ones."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import regex

SEARCH_SECONDS = 0.05
TEXT_SECONDS = 0.2
"""For all patterns on one text."""
SLOW_SECONDS = 0.002
"""Quicker searches leave no trace."""
REMEMBERED = 512
"""Texts."""


class _Past:
    """What slow searches in one text came to."""

    __slots__ = ("found", "gave_up", "spent")

    def __init__(self) -> None:
        self.spent = 0.0
        self.found: dict[regex.Pattern[str], bool] = {}
        self.gave_up: set[regex.Pattern[str]] = set()


class LimitedPatience:
    """Gives each search 50 ms, and all searches in one text 200 ms together; remembers what slow ones came to.

    A wait is matched again and again, on more and more of its messages: without a memory, one hostile text would cost
    its 200 ms each time. The memory is bounded; what falls out of it is searched anew.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self.timeouts = 0
        """Searches that were given up."""
        self._clock = clock
        self._lock = Lock()
        self._slow: OrderedDict[str, _Past] = OrderedDict()

    def finds(self, pattern: regex.Pattern[str], text: str) -> bool:
        """Whether `pattern` is found in `text`; a search that takes too long has found nothing."""
        past = self._slow.get(text)
        if past is not None and pattern in past.found:
            return past.found[pattern]
        left = TEXT_SECONDS - (past.spent if past else 0)
        begin = self._clock()
        found: bool | None = None
        if left > 0:
            try:
                found = pattern.search(text, timeout=min(left, SEARCH_SECONDS), concurrent=True) is not None
            except TimeoutError:
                found = None
        spent = self._clock() - begin
        if found is None or spent >= SLOW_SECONDS:
            self._remember(pattern, text, found, spent)
        return bool(found)

    def gave_up(self, pattern: regex.Pattern[str], text: str) -> bool:
        """Whether the last search for `pattern` in `text` took too long."""
        past = self._slow.get(text)
        return past is not None and pattern in past.gave_up

    def _remember(self, pattern: regex.Pattern[str], text: str, found: bool | None, spent: float) -> None:  # noqa: FBT001 - what came of it
        with self._lock:
            past = self._slow.setdefault(text, _Past())
            self._slow.move_to_end(text)
            past.spent += spent
            past.found[pattern] = bool(found)
            if found is None:
                past.gave_up.add(pattern)
                self.timeouts += 1
            while len(self._slow) > REMEMBERED:
                self._slow.popitem(last=False)
