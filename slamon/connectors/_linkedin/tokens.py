"""LinkedIn's tokens: an access token of 60 days, and for approved partners a refresh token of 365.

Facts: renewing gives a new access token and does not lengthen the life of the refresh token, which counts from the
member's consent. Without one a person signs in anew every 60 days, so the end must be known: it is configured, or asked
for (`introspectToken`, which needs the app's id and secret).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from slamon.connectors._linkedin.answers import OAUTH_DIALECT, bad, thing
from slamon.connectors._vault import fingerprint
from slamon.connectors.base import Expiry
from slamon.connectors.http import Http, Timeouts
from slamon.connectors.tokens import Token, Tokens
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, MAX_INSTANT, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors._linkedin.settings import LinkedInSettings
    from slamon.connectors._linkedin.values import Json
    from slamon.connectors.base import Context
    from slamon.model import Instant

SIGN_IN = (
    "an admin of the page signs in to your app again, and the new token goes where `credentials` points "
    "(docs/connectors/linkedin.md)"
)
ACCESS, REFRESH = "access token", "refresh token"
_MILLISECONDS_FROM = 100_000_000_000
"""A time beyond this is in milliseconds: LinkedIn's pages say seconds, and show both."""


@dataclass(frozen=True, slots=True)
class Told:
    """What LinkedIn says of a token."""

    active: bool
    expires_at: Instant | None = None
    scopes: frozenset[str] | None = None


class Credential:
    """The member's token in force, for every call; shared by channels that are configured with the same one."""

    def __init__(self, settings: LinkedInSettings, context: Context, timeouts: Timeouts) -> None:
        keys = settings.credentials
        access = keys.access_token.get() if keys.access_token else ""
        refresh = keys.refresh_token.get() if keys.refresh_token else ""
        self._keys = keys
        self._context = context
        self.payer = f"linkedin:{fingerprint(refresh or access)}"
        self.app = f"linkedin-app:{fingerprint(keys.client_id)}" if keys.client_id else ""
        self._ends = {ACCESS: _end_of(keys.expires), REFRESH: _end_of(keys.refresh_expires)}
        self._told_of: dict[str, Told] = {}
        self._http = Http(settings.auth_url, context, headers=dict, dialect=OAUTH_DIALECT, timeouts=timeouts)
        configured = Token(access, self._ends[ACCESS] if refresh else None, refresh, self._ends[REFRESH])
        self._tokens = Tokens(context, f"linkedin:{fingerprint(access, refresh)}", configured, self._renewed)
        self._configured = configured

    def access(self) -> str:
        """The access token, renewed where that is needed and possible.

        :raises PlatformError: it had to be renewed and could not be.
        """
        return self._tokens.access()

    def refused(self, headers: Mapping[str, str]) -> None:
        """After a 401: renew the token that was sent.

        :raises PlatformError: that cannot be done.
        """
        self._tokens.refused(headers["Authorization"].removeprefix("Bearer "))

    def expiries(self) -> Sequence[Expiry]:
        """When the tokens end: as LinkedIn said when it gave them or was asked, or else as configured."""
        known = {each.credential: each for each in self._tokens.expiries()}
        for name in (ACCESS, REFRESH):
            told = self._told_of.get(name)
            at = (told.expires_at if told else None) or self._ends[name]
            if at is not None and name not in known:
                known[name] = Expiry(name, at, renewed=name == ACCESS and bool(self._configured.refresh))
        return list(known.values())

    def learn(self) -> Told | None:
        """Ask when the configured tokens end, and what they may read; `None` where that cannot be asked.

        Never raises for what LinkedIn answers: it is asked for nothing that a poll needs.
        """
        if self._keys.client_id is None or self._keys.client_secret is None:
            return None
        try:
            self._told_of[ACCESS] = self._introspected(self.access())
            if self._configured.refresh:
                self._told_of[REFRESH] = self._introspected(self._configured.refresh)
        except PlatformError:
            return self._told_of.get(ACCESS)
        return self._told_of[ACCESS]

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def _introspected(self, token: str) -> Told:
        document = self._posted("introspection", "/oauth/v2/introspectToken", {"token": token})
        scope = document.get("scope")
        words = scope.replace(",", " ").split() if isinstance(scope, str) else None
        return Told(
            document.get("active") is not False,
            _instant(document.get("expires_at")),
            None if words is None else frozenset(words),
        )

    def _renewed(self, old: Token) -> Token:
        if not old.refresh:
            text = f"LinkedIn refuses the access token, and there is no refresh token: {SIGN_IN}"
            raise PlatformError(Verdict.CREDENTIAL, text, code="sign_in")
        try:
            form = {"grant_type": "refresh_token", "refresh_token": old.refresh}
            document = self._posted("token", "/oauth/v2/accessToken", form)
        except PlatformError as error:
            if error.verdict is not Verdict.CREDENTIAL:
                raise
            text = f"LinkedIn refuses the refresh token ({error.code}): {SIGN_IN}"
            raise PlatformError(Verdict.CREDENTIAL, text, code="sign_in") from None
        return self._token(old, document)

    def _token(self, old: Token, document: Json) -> Token:
        access, refresh = document.get("access_token"), document.get("refresh_token")
        if not isinstance(access, str) or not access:
            raise bad("token", "has no access_token")
        new = replace(old, access=access, expires_at=self._in(document.get("expires_in")))
        if isinstance(refresh, str) and refresh:
            ends = self._in(document.get("refresh_token_expires_in"))
            new = replace(new, refresh=refresh, refresh_expires_at=ends or old.refresh_expires_at)
        return new

    def _posted(self, endpoint: str, path: str, form: Mapping[str, str]) -> Json:
        keys = self._keys
        secret = keys.client_secret.get() if keys.client_secret else ""
        ours = {"client_id": keys.client_id or "", "client_secret": secret}
        return thing(endpoint, self._http.post(endpoint, path, form={**form, **ours}).json)

    def _in(self, seconds: Any) -> Instant | None:  # noqa: ANN401 - any JSON
        known = type(seconds) is int and 0 < seconds < _MILLISECONDS_FROM
        return self._context.now() + seconds * SECOND if known else None


def _end_of(day: date | None) -> Instant | None:
    """The first instant of the day on which it ends: told too early rather than too late."""
    return None if day is None else round(datetime.combine(day, time(), UTC).timestamp()) * SECOND


def _instant(value: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    if type(value) is not int or not DAY < value <= MAX_INSTANT:
        return None
    return value if value > _MILLISECONDS_FROM else value * SECOND
