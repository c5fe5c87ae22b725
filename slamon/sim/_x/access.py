"""Who may ask the pretend X how often, and how it says no."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.model import MINUTE, SECOND
from slamon.sim._x.shape import PROBLEMS
from slamon.sim.server import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant

WINDOW = 15 * MINUTE
APP_LIMITS = {"mentions": 450, "tweets": 10_000, "lookup": 3_500, "users": 300, "search": 450}
USER_LIMITS = {
    "mentions": 300, "tweets": 900, "lookup": 5_000, "users": 900, "me": 75, "search": 300,
    "dm_events": 15, "dm_conversations": 15,
}  # fmt: skip
"""Requests in 15 minutes by endpoint, as X documents them."""

REFUSALS: Mapping[str, tuple[int, dict[str, Any]]] = {
    "unauthorized": (
        401,
        {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"},
    ),
    "credits": (
        402,
        {
            "title": "CreditsDepleted",
            "type": PROBLEMS + "credits",
            "detail": "Your account does not have any credits to fulfill this request.",
        },
    ),
    "payment": (
        402,
        {
            "title": "Payment Required",
            "detail": "credits depleted",
            "status": 402,
            "type": "https://api.x.com/2/problems/credits-depleted",
        },
    ),
    "not-enrolled": (
        403,
        {
            "title": "Client Forbidden",
            "type": PROBLEMS + "client-forbidden",
            "detail": "This app does not have the access level that this request needs.",
            "reason": "client-not-enrolled",
            "registration_url": "https://developer.x.example/",
        },
    ),
    "wrong-token": (
        403,
        {
            "title": "Unsupported Authentication",
            "type": PROBLEMS + "unsupported-authentication",
            "status": 403,
            "detail": "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.",
        },
    ),
    "no-scope": (
        403,
        {"title": "Forbidden", "type": "about:blank", "status": 403, "detail": "Forbidden"},
    ),
    "rate": (
        429,
        {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429},
    ),
    "cap": (
        429,
        {
            "title": "UsageCapExceeded",
            "type": PROBLEMS + "usage-capped",
            "detail": "Usage cap exceeded: Monthly product cap",
            "period": "Monthly",
            "scope": "Product",
        },
    ),
    "unavailable": (
        503,
        {"title": "Service Unavailable", "detail": "Service Unavailable", "type": "about:blank", "status": 503},
    ),
}
"""What can be refused on command, by name."""


@dataclass(slots=True)
class _Window:
    started: Instant
    used: int = 0


class Budgets:
    """Requests left for each app or account and endpoint in windows of 15 minutes. Safe from any thread."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self.limits = {**APP_LIMITS, **limits}
        self.user_limits = {**USER_LIMITS, **limits}
        self._windows: dict[tuple[str, str], _Window] = {}
        self._lock = threading.Lock()

    def spend(self, payer: str, endpoint: str, now: Instant, *, as_user: bool) -> tuple[bool, dict[str, str]]:
        """Take one request; whether it was still within the limit, and the headers that say what is left."""
        limit = (self.user_limits if as_user else self.limits).get(endpoint, 1)
        with self._lock:
            window = self._window((payer, endpoint), now)
            window.used += 1
            return window.used <= limit, _headers(limit, limit - window.used, window.started + WINDOW)

    def exhaust(self, payer: str, endpoint: str, now: Instant) -> None:
        """Leave nothing of the current window."""
        with self._lock:
            self._window((payer, endpoint), now).used = 1_000_000

    def _window(self, key: tuple[str, str], now: Instant) -> _Window:
        window = self._windows.get(key)
        if window is None or now >= window.started + WINDOW:
            window = self._windows[key] = _Window(now)
        return window


def refusal(name: str, headers: Mapping[str, str] | None = None) -> Answer:
    """The answer of that name from `REFUSALS`."""
    status, body = REFUSALS[name]
    kind = {"content-type": "application/problem+json"}
    return Answer(status, json.dumps(body).encode(), {**kind, **(headers or {})})


def spent_headers(now: Instant) -> dict[str, str]:
    """The headers of a budget that is used up for a whole window from `now`."""
    return _headers(450, 0, now + WINDOW)


def _headers(limit: int, remaining: int, resets_at: Instant) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(max(0, remaining)),
        "x-rate-limit-reset": str(-(-resets_at // SECOND)),
    }
