"""Who may ask the pretend Mastodon how often, and how it says no."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slamon.model import MINUTE, SECOND
from slamon.sim.server import Answer

if TYPE_CHECKING:
    from slamon.model import Instant, Millis

REFUSALS: dict[str, tuple[int, str]] = {
    "token": (401, "The access token is invalid"),
    "revoked": (401, "The access token was revoked"),
    "scope": (403, "This action is outside the authorized scopes"),
    "disabled": (403, "Your login is currently disabled"),
    "missing": (404, "Record not found"),
    "application": (422, "This method requires an authenticated user"),
    "rate": (429, "Too many requests"),
    "unavailable": (503, "There was a temporary problem serving your request, please try again"),
}
"""What can be refused, by name."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """A limit of calls in windows that are aligned to the clock."""

    limit: int
    window: Millis

    def ends(self, now: Instant) -> Instant:
        """When the window of `now` ends."""
        return now - now % self.window + self.window


CALLS = Throttle(300, 5 * MINUTE)
PAGING = Throttle(300, 15 * MINUTE)
"""Of calls that name an id to start from."""


class Budgets:
    """What is left of both limits. Safe from any thread."""

    def __init__(self, calls: Throttle = CALLS, paging: Throttle = PAGING) -> None:
        self._limits = (calls, paging)
        self._used: dict[tuple[Throttle, Instant], int] = {}
        self._lock = threading.Lock()

    def spend(self, now: Instant, *, paging: bool, epoch: bool) -> tuple[bool, dict[str, str]]:
        """Take one call; whether it was still within the limits, and the headers of the nearest one."""
        with self._lock:
            left = [self._take(throttle, now) for throttle in self._limits[: 2 if paging else 1]]
        throttle, remaining = min(left, key=lambda each: each[1])
        return remaining >= 0, _headers(throttle, max(0, remaining), now, epoch=epoch)

    def exhaust(self, now: Instant) -> None:
        """Leave nothing of the current window of calls."""
        with self._lock:
            self._used[self._limits[0], self._limits[0].ends(now)] = self._limits[0].limit

    def _take(self, throttle: Throttle, now: Instant) -> tuple[Throttle, int]:
        key = (throttle, throttle.ends(now))
        self._used[key] = self._used.get(key, 0) + 1
        return throttle, throttle.limit - self._used[key]


def refusal(name: str, headers: dict[str, str] | None = None) -> Answer:
    """The answer of that name from `REFUSALS`."""
    status, words = REFUSALS[name]
    return Answer.json({"error": words}, status, headers)


def _headers(throttle: Throttle, remaining: int, now: Instant, *, epoch: bool) -> dict[str, str]:
    ends = throttle.ends(now)
    iso = datetime.fromtimestamp(ends / SECOND, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {
        "x-ratelimit-limit": str(throttle.limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(ends // SECOND) if epoch else iso,
    }
