"""The account's own token on X: good for two hours, renewed by a refresh token that each renewal replaces.

Source: X's pages on OAuth 2.0, August 2026. That a used refresh token is refused with 400, and a wrong client with
401, is known from reports only; either means that a person must sign in again.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from slamon.connectors._vault import fingerprint
from slamon.connectors._verdicts import Problem
from slamon.connectors.http import Dialect, Http
from slamon.connectors.tokens import Token, Tokens
from slamon.errors import PlatformError, Verdict
from slamon.logs import redact
from slamon.model import HOUR, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors._x.settings import Credentials
    from slamon.connectors.base import Context, Expiry
    from slamon.connectors.http import Timeouts
    from slamon.model import Instant

LIFETIME = 2 * HOUR
"""Of an access token, where X does not say."""
_LONGEST = 10**9
SIGN_IN_AGAIN = (
    "each refresh token works once: sign in as the account again, and put the new one where `credentials` points"
)


class UserToken:
    """Signs requests as the account itself; channels with the same credential share its newest token."""

    def __init__(self, credentials: Credentials, base_url: str, context: Context, timeouts: Timeouts) -> None:
        self._client = credentials.client_id or ""
        self._secret = credentials.client_secret.get() if credentials.client_secret else ""
        self._context = context
        self._http = Http(base_url, context, headers=self._as_client, dialect=_DIALECT, timeouts=timeouts)
        access = credentials.access_token.get() if credentials.access_token else ""
        refresh = credentials.refresh_token.get() if credentials.refresh_token else ""
        self.name = f"x:{fingerprint(self._client, refresh, access)}"
        """Of the credential; tells nothing of it."""
        self._tokens = Tokens(context, self.name, Token(access, refresh=refresh), self._renewed)

    def headers(self) -> Mapping[str, str]:
        """Of a request.

        :raises PlatformError: there is no token, or none that is good for long, and it cannot be renewed.
        """
        return {"Authorization": f"Bearer {self._tokens.access()}"}

    def refused(self, sent: Mapping[str, str]) -> None:
        """After a 401 with these headers: renew the token, once.

        :raises PlatformError: it cannot be renewed.
        """
        self._tokens.refused(sent["Authorization"].removeprefix("Bearer "))

    def expiries(self) -> Sequence[Expiry]:
        """When the access token ends, once it has been renewed: of a configured one nobody knows."""
        return self._tokens.expiries()

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def _as_client(self) -> Mapping[str, str]:
        if not self._secret:
            return {}
        pair = b64encode(f"{self._client}:{self._secret}".encode()).decode()
        redact.register(pair)
        return {"Authorization": f"Basic {pair}"}

    def _renewed(self, old: Token) -> Token:
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh}
        if not self._secret:
            form["client_id"] = self._client
        try:
            answer = self._http.post("token", "/2/oauth2/token", form=form)
        except PlatformError as error:
            raise _for_a_person(error) from None
        return _token(answer.json, old, self._context.now())


def _for_a_person(error: PlatformError) -> PlatformError:
    if error.verdict is not Verdict.CREDENTIAL:
        return error
    return PlatformError(error.verdict, f"{error}; {SIGN_IN_AGAIN}", code=error.code, endpoint=error.endpoint)


def _token(document: Any, old: Token, now: Instant) -> Token:  # noqa: ANN401 - any JSON
    said = document if isinstance(document, dict) else {}
    access, refresh, lasts = said.get("access_token"), said.get("refresh_token"), said.get("expires_in")
    if not isinstance(access, str) or not access:
        raise PlatformError(Verdict.BAD_ANSWER, "token: the platform's answer holds no token", code="bad_answer")
    lifetime = lasts * SECOND if type(lasts) is int and 0 < lasts < _LONGEST else LIFETIME
    return Token(
        access,
        now + lifetime,
        refresh if isinstance(refresh, str) and refresh else old.refresh,
    )


def _problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """OAuth has a shape of its own for what is wrong."""
    said = document if isinstance(document, dict) else {}
    code, words = said.get("error"), said.get("error_description")
    return Problem(code if isinstance(code, str) else "", words if isinstance(words, str) else "")


_DIALECT = Dialect(
    verdicts={"400": Verdict.CREDENTIAL, "401": Verdict.CREDENTIAL, "403": Verdict.CREDENTIAL}, problem=_problem
)
