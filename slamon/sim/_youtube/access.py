"""Who may ask the pretend YouTube, at what cost, and how Google says no."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from slamon.model import SECOND
from slamon.sim._youtube.query import RefusedError
from slamon.sim.server import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant
    from slamon.sim.server import Request

SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
READ_ONLY = "https://www.googleapis.com/auth/youtube.readonly"
CALIFORNIA = ZoneInfo("America/Los_Angeles")
TOKEN_SECONDS = 3_599
_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


@dataclass(slots=True)
class Credentials:
    """An API key, and an OAuth client with the refresh token that the brand's owner gave it."""

    api_key: str = "pretend-api-key"
    client_id: str = "pretend.apps.googleusercontent.com"
    client_secret: str = "pretend-client-secret"  # noqa: S105 - it opens nothing but this range
    refresh_token: str = "pretend-refresh-token"  # noqa: S105
    scopes: frozenset[str] = frozenset({SCOPE})
    """What the owner granted."""


@dataclass(slots=True)
class Gate:
    """Lets requests in, and counts units by the day in California."""

    credentials: Credentials
    daily_units: int
    spent: dict[str, int] = field(default_factory=dict)
    """By day."""
    _tokens: dict[str, Instant] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def enter(self, request: Request, now: Instant, *, needs: frozenset[str]) -> bool:
        """Whether the owner asks, rather than anybody with an API key.

        :raises RefusedError: nobody that is known, without the right, or the day's units are used up.
        """
        owner = self._who(request, now)
        if owner and not self.credentials.scopes & needs:
            info = {"@type": _INFO, "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domain": "googleapis.com"}
            words = "Request had insufficient authentication scopes."
            raise RefusedError(403, "insufficientPermissions", words, "global", [info])
        day = datetime.fromtimestamp(now / SECOND, UTC).astimezone(CALIFORNIA).date().isoformat()
        self.spent[day] = self.spent.get(day, 0) + 1
        if self.spent[day] > self.daily_units:
            words = 'The request cannot be completed because you have exceeded your <a href="/quota">quota</a>.'
            raise RefusedError(403, "quotaExceeded", words, "youtube.quota")
        return owner

    def renew(self, request: Request, now: Instant) -> Answer:
        """The token endpoint."""
        form, keys = request.form(), self.credentials
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            return _refused("invalid_request", "Could not determine client ID from request.")
        if (form.get("client_id"), form.get("client_secret")) != (keys.client_id, keys.client_secret):
            return _refused("invalid_client", "The OAuth client was not found.", 401)
        if form.get("grant_type") != "refresh_token":
            return _refused("unsupported_grant_type", "Invalid grant_type")
        if form.get("refresh_token") != keys.refresh_token or not keys.refresh_token:
            return _refused("invalid_grant", "Token has been expired or revoked.")
        access = f"ya29.pretend-{next(self._numbers)}"
        self._tokens[access] = now + TOKEN_SECONDS * SECOND
        told = {
            "access_token": access,
            "expires_in": TOKEN_SECONDS,
            "scope": " ".join(sorted(keys.scopes)),
            "token_type": "Bearer",
        }
        return Answer.json(told)

    def forget_tokens(self) -> None:
        """Every access token given out so far ends now."""
        self._tokens.clear()

    def _who(self, request: Request, now: Instant) -> bool:
        header, key = request.headers.get("authorization", ""), _key(request.headers, request.query)
        if header:
            ends = self._tokens.get(header.removeprefix("Bearer "))
            if ends is None or now >= ends:
                words = "Request had invalid authentication credentials."
                challenge = {"www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'}
                raise RefusedError(401, "authError", words, "global", headers=challenge)
            return True
        if key is None:
            raise RefusedError(403, "forbidden", "The request is missing a valid API key.", "global")
        if key != self.credentials.api_key:
            words = "API key not valid. Please pass a valid API key."
            info = {"@type": _INFO, "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
            raise RefusedError(400, "badRequest", words, "global", [info])
        return False


def _key(headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    return headers.get("x-goog-api-key", query.get("key"))


def _refused(code: str, words: str, status: int = 400) -> Answer:
    return Answer.json({"error": code, "error_description": words}, status)
