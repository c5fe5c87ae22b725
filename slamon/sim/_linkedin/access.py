"""Who may ask the pretend LinkedIn what, how often, and how it says no."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.model import DAY
from slamon.sim._linkedin.restli import RefusedError
from slamon.sim.server import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from slamon.model import Instant
    from slamon.sim.server import Request

ACCESS_LIFE, REFRESH_LIFE = 60 * DAY, 365 * DAY
COMMENT_SCOPES = frozenset({"r_organization_social_feed", "r_organization_social"})
ADMIN_SCOPES = frozenset({"rw_organization_admin"})
ALL_SCOPES = COMMENT_SCOPES | ADMIN_SCOPES
READERS = frozenset({"ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"})

REFUSALS: Mapping[str, tuple[int, dict[str, Any]]] = {
    "invalid-token": (
        401,
        {"status": 401, "serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN", "message": "Invalid access token"},
    ),
    "expired-token": (
        401,
        {
            "status": 401,
            "serviceErrorCode": 65600,
            "code": "EXPIRED_ACCESS_TOKEN",
            "message": "The token used in the request has expired",
        },
    ),
    "revoked-token": (
        401,
        {
            "status": 401,
            "serviceErrorCode": 65601,
            "code": "REVOKED_ACCESS_TOKEN",
            "message": "The token used in the request has been revoked by the user",
        },
    ),
    "denied": (
        403,
        {
            "status": 403,
            "serviceErrorCode": 100,
            "code": "ACCESS_DENIED",
            "message": "Not enough permissions to access: socialActions.GET.202607",
        },
    ),
    "no-version": (
        426,
        {
            "status": 426,
            "code": "NONEXISTENT_VERSION",
            "message": "Requested version 20250101 is not active",
        },
    ),
    "day": (
        429,
        {
            "serviceErrorCode": 101,
            "message": "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.",
            "status": 429,
        },
    ),
    "throttled": (
        429,
        {
            "serviceErrorCode": 101,
            "message": "Resource level throttle limit for calls to this resource is reached.",
            "status": 429,
        },
    ),
    "unavailable": (503, {"status": 503, "message": "Service Unavailable"}),
}
"""What can be refused on command, by name."""


@dataclass(slots=True)
class Grant:
    """An access token: what it may read, and until when."""

    scopes: frozenset[str]
    expires_at: Instant
    created_at: Instant
    revoked: bool = False


class Access:
    """Tokens, versions, and budgets of a day. Safe from any thread."""

    def __init__(self, limits: Mapping[str, int], client: tuple[str, str]) -> None:
        self.limits = {"app": 500, "member": 100, **limits}
        self.client = client
        self.grants: dict[str, Grant] = {}
        self.refreshes: dict[str, Instant] = {}
        """Refresh tokens, and when they end."""
        self.versions = frozenset(f"{year}{month:02}" for year in (2025, 2026) for month in range(1, 13)) - frozenset(
            f"2025{month:02}" for month in range(1, 12)
        )
        self._used: dict[str, tuple[Instant, int]] = {}
        self._lock = threading.Lock()

    def check(self, request: Request, now: Instant) -> Grant:
        """The grant behind a request that may be answered.

        :raises RefusedError: it may not.
        """
        grant = self._grant(request, now)
        version = request.headers.get("linkedin-version")
        if version is None:
            raise RefusedError(400, "VERSION_MISSING", "A version must be present in the header LinkedIn-Version")
        if version not in self.versions:
            raise RefusedError(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise RefusedError(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version must be 2.0.0")
        for name, words in (("app", "APPLICATION"), ("member", "MEMBER")):
            if not self._spend(name, now):
                text = f"Resource level throttle {words} DAY limit for calls to this resource is reached."
                raise RefusedError(429, "", text, 101)
        return grant

    def used(self, budget: str, now: Instant) -> int:
        """How many calls of today's budget are used up."""
        day, used = self._used.get(budget, (0, 0))
        return used if day == now // DAY else 0

    def _spend(self, name: str, now: Instant) -> bool:
        with self._lock:
            used = self.used(name, now) + 1
            self._used[name] = (now // DAY, used)
            return used <= self.limits[name]

    def _grant(self, request: Request, now: Instant) -> Grant:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        grant = self.grants.get(token)
        if grant is None:
            raise _refused("invalid-token")
        if grant.revoked:
            raise _refused("revoked-token")
        if now >= grant.expires_at:
            raise _refused("expired-token")
        return grant


def allow(grant: Grant, scopes: Collection[str], what: str) -> None:
    """Let a call through that any of these scopes allows.

    :raises RefusedError: the token has none of them.
    """
    if grant.scopes.isdisjoint(scopes):
        raise RefusedError(403, "ACCESS_DENIED", f"Not enough permissions to access: {what}.202607", 100)


def refusal(name: str) -> Answer:
    """The answer of that name from `REFUSALS`."""
    status, body = REFUSALS[name]
    return Answer.json(body, status)


def _refused(name: str) -> RefusedError:
    status, body = REFUSALS[name]
    return RefusedError(status, body["code"], body["message"], body["serviceErrorCode"])
