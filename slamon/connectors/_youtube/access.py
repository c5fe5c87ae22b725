"""Asking YouTube: the credential, the count of units, and the four calls that slamon makes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slamon.connectors._meter import Meter
from slamon.connectors._vault import fingerprint
from slamon.connectors._youtube.answers import VERDICTS, Listing, listing, next_reset, parked, problem
from slamon.connectors.http import Dialect, Http, Timeouts
from slamon.connectors.tokens import Token, Tokens
from slamon.errors import PlatformError, Verdict
from slamon.model import MAX_INSTANT, SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.connectors._youtube.settings import Credentials, YouTubeSettings
    from slamon.connectors.base import Call, Context, Expiry, Quota
    from slamon.model import Instant

PATHS = {
    "channels": "/youtube/v3/channels",
    "threads": "/youtube/v3/commentThreads",
    "replies": "/youtube/v3/comments",
    "comments": "/youtube/v3/comments",
}
COSTS = dict.fromkeys(PATHS, 1)
"""Units of a call, also of one that was refused."""
HOUR_OF_A_TOKEN = 3_600
AGAIN = (
    "Google gives no access token for this refresh token: it was revoked, or the consent screen is in testing, where "
    "it lasts seven days. Sign in as the owner of the YouTube channel again, and store the new refresh token"
)


class Api:
    """YouTube with one credential; counts what it costs."""

    def __init__(self, settings: YouTubeSettings, context: Context, timeouts: Timeouts) -> None:
        keys = settings.credentials
        self.payer = f"youtube:{fingerprint(keys.api_key.get() if keys.api_key else keys.client_id or '')}"
        self._context = context
        self._meter = Meter(context, self.payer, ("units", settings.daily_units), next_reset, COSTS)
        self._heard = context.on_call
        self._asked = _key(keys) if keys.api_key_in == "query" else {}
        counting = replace(context, on_call=self._count)
        self._tokens = None if keys.api_key else Renewal(settings.token_url, keys, context, timeouts)
        verdicts = VERDICTS if self._tokens else {**VERDICTS, "401": Verdict.CREDENTIAL}
        self._http = Http(
            settings.base_url,
            counting,
            headers=self._tokens.headers if self._tokens else lambda: {} if self._asked else _key(keys),
            refused=self._tokens.refused if self._tokens else None,
            dialect=Dialect(verdicts=verdicts, problem=problem),
            timeouts=timeouts,
        )

    def list(self, endpoint: str, params: Mapping[str, str | int]) -> tuple[Listing, Instant]:
        """A page of a list, and YouTube's time.

        :raises PlatformError: no good page; when the day's quota is used up, `until` is midnight in California.
        """
        try:
            answer = self._http.get(endpoint, PATHS[endpoint], {**params, **self._asked})
        except PlatformError as error:
            raise parked(error, self._context.now()) from None
        return listing(endpoint, answer), answer.date or self._context.now()

    def quota(self) -> Quota:
        """What is left of the day, by our own count."""
        return self._meter.quota()

    def expiries(self) -> Sequence[Expiry]:
        """When the access token ends; an API key never does."""
        return self._tokens.expiries() if self._tokens else ()

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()
        if self._tokens:
            self._tokens.close()

    def _count(self, call: Call) -> None:
        if call.code not in {"timeout", "connection"}:
            self._meter.spent(call.endpoint)
        self._heard(call)


class Renewal:
    """Access tokens of an OAuth client; Google leaves the refresh token as it is."""

    def __init__(self, url: str, keys: Credentials, context: Context, timeouts: Timeouts) -> None:
        self._url = url
        self._keys = keys
        self._context = context
        self._http = Http(
            url, context, headers=dict, dialect=Dialect(verdicts=VERDICTS, problem=problem), timeouts=timeouts
        )
        refresh = keys.refresh_token.get() if keys.refresh_token else ""
        name = f"youtube:{fingerprint(keys.client_id or '', refresh)}"
        self._tokens = Tokens(context, name, Token("", refresh=refresh), self._renew)
        self.expiries: Callable[[], Sequence[Expiry]] = self._tokens.expiries

    def headers(self) -> dict[str, str]:
        """What names the credential."""
        return {"Authorization": f"Bearer {self._tokens.access()}"}

    def refused(self, sent: Mapping[str, str]) -> None:
        """Renew what YouTube refused."""
        self._tokens.refused(sent["Authorization"].removeprefix("Bearer "))

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def _renew(self, old: Token) -> Token:
        secret = self._keys.client_secret
        form = {
            "grant_type": "refresh_token",
            "client_id": self._keys.client_id or "",
            "client_secret": secret.get() if secret else "",
            "refresh_token": old.refresh,
        }
        try:
            told = self._http.post("token", self._url, form=form).json
        except PlatformError as error:
            if error.verdict in {Verdict.CREDENTIAL, Verdict.REFRESH}:
                raise PlatformError(Verdict.CREDENTIAL, f"token: {AGAIN}", code=error.code) from None
            raise
        access = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(access, str) or not access:
            raise PlatformError(Verdict.BAD_ANSWER, "token: Google's answer holds no access token", code="bad_answer")
        rotated = told.get("refresh_token")
        return Token(
            access,
            self._context.now() + _seconds(told.get("expires_in")) * SECOND,
            rotated if isinstance(rotated, str) and rotated else old.refresh,
        )


def _seconds(value: Any) -> int:  # noqa: ANN401 - any JSON
    return value if type(value) is int and 0 < value < MAX_INSTANT // SECOND // 10 else HOUR_OF_A_TOKEN


def _key(keys: Credentials) -> dict[str, str]:
    """The API key under the name that it has there. In a header it stands in no address, and in no proxy's log."""
    if keys.api_key is None:
        return {}
    return {"key" if keys.api_key_in == "query" else "X-Goog-Api-Key": keys.api_key.get()}
