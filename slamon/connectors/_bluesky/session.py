"""The session at Bluesky: begun with the app password, kept in the vault, renewed with a token that rotates.

Bluesky counts logins (30 in 5 minutes, 300 a day for an account): a session is kept for as long as it can be renewed,
and between two logins five minutes pass.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from slamon.connectors._bluesky import answers
from slamon.connectors._bluesky.ids import DID
from slamon.connectors._vault import fingerprint
from slamon.connectors.http import Dialect, Http
from slamon.connectors.tokens import Token, Tokens
from slamon.errors import PlatformError, Verdict
from slamon.model import MAX_INSTANT, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.connectors._answers import Answer
    from slamon.connectors._bluesky.settings import BlueskySettings
    from slamon.connectors.base import Context
    from slamon.connectors.http import Timeouts
    from slamon.model import Instant, Millis

LOGIN_PAUSE: Millis = 5 * MINUTE
NEW_PASSWORD = "make a new app password: Settings, Privacy and security, App passwords"  # noqa: S105 - advice
_REFUSED = frozenset({Verdict.CREDENTIAL, Verdict.REFRESH, Verdict.BAD_REQUEST})
_LOGIN_DIALECT = Dialect(
    verdicts={**answers.VERDICTS, "401": Verdict.CREDENTIAL}, problem=answers.problem, budget=answers.budget
)


class Session:
    """The headers that a signed-in request carries; safe from any thread, and shared by channels of one account."""

    def __init__(self, settings: BlueskySettings, context: Context, timeouts: Timeouts) -> None:
        self._settings = settings
        self._context = context
        self._login = Http(settings.base_url, context, headers=dict, dialect=_LOGIN_DIALECT, timeouts=timeouts)
        self._refreshing = ""
        self._refresh = Http(
            settings.base_url, context, headers=self._refresh_headers, dialect=_LOGIN_DIALECT, timeouts=timeouts
        )
        secret = settings.credentials.app_password.get()
        key = f"bluesky:{fingerprint(settings.base_url, settings.account, secret)}"
        self.tokens = Tokens(context, key, Token(""), self._renewed)
        self._next_login: Instant = 0
        self._last_refusal: PlatformError | None = None

    def headers(self) -> Mapping[str, str]:
        """What tells Bluesky who asks; signs in first where that is needed."""
        return {"Authorization": f"Bearer {self.tokens.access()}"}

    def refused(self, sent: Mapping[str, str]) -> None:
        """After a token that was refused: get another."""
        self.tokens.refused(sent.get("Authorization", "").removeprefix("Bearer "))

    def http(self, timeouts: Timeouts, more: Mapping[str, str] | None = None) -> Http:
        """A speaker to the same host that is signed in; `more` are further headers of each request."""
        return Http(
            self._settings.base_url,
            self._context,
            headers=lambda: {**self.headers(), **(more or {})},
            refused=self.refused,
            dialect=answers.DIALECT,
            timeouts=timeouts,
        )

    def speakers(self) -> tuple[Http, ...]:
        """What signs in and renews: their budgets count too."""
        return self._login, self._refresh

    def _renewed(self, old: Token) -> Token:
        """Called under the vault's lock, by one at a time."""
        if old.refresh:
            try:
                self._refreshing = old.refresh
                return _token(answers.REFRESH, self._refresh.post(answers.REFRESH, _path("refreshSession"), form={}))
            except PlatformError as error:
                if error.verdict not in _REFUSED:
                    raise
        return self._logged_in(old)

    def _refresh_headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._refreshing}"}

    def _logged_in(self, old: Token) -> Token:
        now = self._context.now()
        if self._last_refusal is not None and now < self._next_login:
            raise self._last_refusal
        if now < self._next_login:
            text = "login: the session was refused minutes after it began; another is begun only after a while"
            raise PlatformError(Verdict.CREDENTIAL, text, code="sessions")
        # Handles move, ids do not: an account that was renamed since its first login is still found.
        body = {
            "identifier": claims(old.refresh).get("sub") or self._settings.account,
            "password": self._settings.credentials.app_password.get(),
        }
        try:
            token = _token(answers.LOGIN, self._login.post(answers.LOGIN, _path("createSession"), body=body))
        except PlatformError as error:
            if error.verdict is not Verdict.CREDENTIAL:
                raise
            self._next_login = now + LOGIN_PAUSE
            text = f"{error}; {NEW_PASSWORD}"
            self._last_refusal = PlatformError(Verdict.CREDENTIAL, text, code=error.code)
            raise self._last_refusal from None
        self._next_login, self._last_refusal = now + LOGIN_PAUSE, None
        return token


def claims(token: str) -> dict[str, Any]:
    """What a token of Bluesky says of itself, unproved; nothing where it cannot be read."""
    try:
        body = token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        subject, ends = told.get("sub"), told.get("exp")
    except (IndexError, ValueError, AttributeError, RecursionError):
        return {}
    good: dict[str, Any] = {}
    if isinstance(subject, str) and DID.fullmatch(subject):
        good["sub"] = subject
    if type(ends) is int and 0 < ends * SECOND < MAX_INSTANT:
        good["exp"] = ends
    return good


def _token(endpoint: str, answer: Answer) -> Token:
    document = answers.whole(endpoint, answer)
    access, refresh = document.get("accessJwt"), document.get("refreshJwt")
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        raise answers.bad(endpoint, "holds no session")
    ends = claims(access).get("exp")
    # The end of the refresh token needs nobody: the app password begins a new session then.
    return Token(access, None if ends is None else ends * SECOND, refresh)


def _path(method: str) -> str:
    return f"/xrpc/com.atproto.server.{method}"
