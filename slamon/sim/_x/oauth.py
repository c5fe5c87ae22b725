"""Signing in to the pretend X by OAuth 2.0: access tokens for two hours, refresh tokens that work once."""

from __future__ import annotations

import threading
from base64 import b64encode
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from slamon.model import HOUR, SECOND
from slamon.sim.server import Answer, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from slamon.model import Instant, Millis

LIFETIME: Millis = 2 * HOUR
READING = ("tweet.read", "users.read", "dm.read", "offline.access")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token is good for."""

    user: str
    scopes: frozenset[str]
    expires_at: Instant | None
    """`None`: never; only for tests that are not about signing in."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a person gets who has signed in."""

    access: str
    refresh: str
    """Empty without the scope `offline.access`."""


class Grants:
    """Who signed in to one app, a public one where it has no secret. Safe from any thread."""

    def __init__(self, clock: Callable[[], Instant], client: str, secret: str) -> None:
        self.client, self.secret = client, secret
        self._clock = clock
        self._lock = threading.Lock()
        self._number = count(1)
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, tuple[str, Grant]] = {}

    def keep(self, access: str, user: str, refresh: str = "") -> None:
        """Take a token of the caller's choice, which never ends and may do everything."""
        with self._lock:
            grant = Grant(user, frozenset(READING), None)
            self._access[access] = grant
            if refresh:
                self._refresh[refresh] = access, grant

    def sign_in(self, user: str, scopes: Iterable[str]) -> SignedIn:
        """Tokens for an account."""
        with self._lock:
            return self._issue(user, frozenset(scopes))

    def of(self, access: str) -> Grant | None:
        """What a token may do; `None` for one that nobody was given, and for one that has ended."""
        with self._lock:
            grant = self._access.get(access)
        ended = grant is not None and grant.expires_at is not None and self._clock() >= grant.expires_at
        return None if ended else grant

    def revoke(self, access: str) -> None:
        """End an access token before its time; its refresh token stays good."""
        with self._lock:
            self._access.pop(access, None)

    def answer(self, request: Request) -> Answer:
        """To a request for a new token."""
        form = request.form()
        if not request.headers.get("content-type", "").startswith(FORM):
            return _refused(400, "invalid_request", f"Content-Type should be {FORM}")
        if self.secret and request.headers.get("authorization") != self._basic():
            return _refused(401, "unauthorized_client", "Missing valid authorization header")
        if not self.secret and form.get("client_id") != self.client:
            return _refused(401, "invalid_client", "Value passed for the client id was invalid.")
        if form.get("grant_type") != "refresh_token":
            return _refused(400, "unsupported_grant_type", "Only refresh_token is pretended here.")
        return self._renewed(form.get("refresh_token", ""))

    def _renewed(self, refresh: str) -> Answer:
        with self._lock:
            if refresh not in self._refresh:
                return _refused(400, "invalid_request", "Value passed for the token was invalid.")
            old, grant = self._refresh.pop(refresh)
            self._access.pop(old, None)
            new = self._issue(grant.user, grant.scopes)
        answer = {
            "token_type": "bearer",
            "expires_in": LIFETIME // SECOND,
            "access_token": new.access,
            "scope": " ".join(sorted(grant.scopes)),
        }
        return Answer.json(answer | ({"refresh_token": new.refresh} if new.refresh else {}))

    def _issue(self, user: str, scopes: frozenset[str]) -> SignedIn:
        number = next(self._number)
        access = f"pretend-access-{number}"
        refresh = f"pretend-refresh-{number}" if "offline.access" in scopes else ""
        grant = self._access[access] = Grant(user, scopes, self._clock() + LIFETIME)
        if refresh:
            self._refresh[refresh] = access, grant
        return SignedIn(access, refresh)

    def _basic(self) -> str:
        return "Basic " + b64encode(f"{self.client}:{self.secret}".encode()).decode()


def _refused(status: int, error: str, words: str) -> Answer:
    return Answer.json({"error": error, "error_description": words}, status)
