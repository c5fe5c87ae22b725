"""Budgets of the pretend Graph API: percentages in headers, as JSON text, and a throttle at 100."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.sim._graph.refusals import throttled

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a budget is used, in percent, and after how many minutes something is answered again."""

    percent: int
    minutes: int = 0


class Usage:
    """What is used of each budget: `app`, `page` (the older two headers), and business budgets by their type.

    Nothing is told of a budget before a test sets it: headers come only after enough calls.
    """

    def __init__(self, account: str) -> None:
        self.account = account
        self._used: dict[str, Use] = {}
        self._limits: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def set(self, budget: str, percent: int, minutes: int = 0) -> None:
        """Say that so much is used; from 100 on, everything is refused."""
        with self._lock:
            self._used[budget] = Use(percent, minutes)

    def limit(self, budget: str, calls: int) -> None:
        """From now on count, and refuse after so many calls."""
        with self._lock:
            self._limits[budget] = (0, calls)

    def forget(self) -> None:
        """Nothing is told and nothing is limited."""
        with self._lock:
            self._used.clear()
            self._limits.clear()

    def spend(self) -> None:
        """Take a call.

        :raises GraphError: a budget is used up.
        """
        with self._lock:
            for budget, (made, limit) in self._limits.items():
                self._limits[budget] = (made + 1, limit)
                percent = (made + 1) * 100 // limit
                self._used[budget] = Use(percent, 30 if percent > 100 else 0)  # noqa: PLR2004 - percent
            spent = [
                budget
                for budget, use in self._used.items()
                if use.percent >= 100 and not (budget in self._limits and use.percent == 100)  # noqa: PLR2004
            ]
        if spent:
            raise throttled(spent[0])

    def headers(self) -> Mapping[str, str]:
        """What is told of all this."""
        with self._lock:
            used = dict(self._used)
        told = {f"x-{name}-usage": json.dumps(_counts(used.pop(name))) for name in ("app", "page") if name in used}
        if used:
            entries = [
                {"type": kind, **_counts(use), "estimated_time_to_regain_access": use.minutes}
                for kind, use in used.items()
            ]
            told["x-business-use-case-usage"] = json.dumps({self.account: entries})
        return told


def _counts(use: Use) -> dict[str, int]:
    return {"call_count": use.percent, "total_cputime": use.percent // 2, "total_time": use.percent // 2}
