"""Asking Reddit: the app, its access tokens, and the name that Reddit wants to hear with every request."""

from __future__ import annotations

from base64 import b64encode
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from slamon.connectors._reddit.answers import BUDGET, DIALECT, bad, newest
from slamon.connectors._vault import fingerprint
from slamon.connectors.http import Http, Timeouts
from slamon.connectors.tokens import Token, Tokens
from slamon.errors import PlatformError, Verdict
from slamon.logs import redact
from slamon.model import DAY, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors._answers import Answer
    from slamon.connectors._reddit.settings import RedditSettings
    from slamon.connectors.base import Context, Expiry, Quota

CALLS = (
    *("me", "about", "subreddit", "inbox", "sent", "own_posts", "own_comments"),
    *("subreddit_posts", "subreddit_comments", "info"),
)
LEAST_SECONDS = 3_600
AGAIN = (
    "Reddit gives this app no access token: the refresh token was revoked, the password is wrong or needs a second "
    "factor, or the app was deleted. Let the account grant access again, and store the new refresh token"
)


class Api:
    """Reddit with one credential, from any thread."""

    def __init__(self, settings: RedditSettings, context: Context, timeouts: Timeouts) -> None:
        self._settings = settings
        self._context = context
        self._agent = settings.user_agent or f"python:slamon:{_version()} (by /u/{settings.account})"
        keys = settings.credentials
        self.payer = f"reddit:{fingerprint(keys.client_id)}"
        self._form = self._grant()
        self._tokens = Tokens(
            context,
            f"reddit:{fingerprint(keys.client_id, settings.account, *self._form.values())}",
            Token("", refresh=self._form.get("refresh_token", "")),
            self._renew,
        )
        self._sign_in = Http(settings.token_url, context, headers=self._basic, dialect=DIALECT, timeouts=timeouts)
        self._http = Http(
            settings.base_url,
            context,
            headers=self._bearer,
            refused=lambda sent: self._tokens.refused(sent["Authorization"].removeprefix("bearer ")),
            dialect=DIALECT,
            timeouts=timeouts,
        )

    def get(self, endpoint: str, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """The good answer to a question. Texts come as they were written, not with `&lt;` in them."""
        return self._http.get(endpoint, path, {"raw_json": 1, **(params or {})})

    def quotas(self) -> Sequence[Quota]:
        """The one budget of the app, as Reddit told it last."""
        told = [quota for quota in self._http.quotas() if quota.endpoint == BUDGET]
        return newest(told, CALLS)

    def expiries(self) -> Sequence[Expiry]:
        """When the access token ends."""
        return self._tokens.expiries()

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()
        self._sign_in.close()

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"bearer {self._tokens.access()}", "User-Agent": self._agent}

    def _basic(self) -> dict[str, str]:
        keys = self._settings.credentials
        secret = keys.client_secret.get() if keys.client_secret else ""
        both = b64encode(f"{keys.client_id}:{secret}".encode()).decode()
        redact.register(both)
        return {"Authorization": f"Basic {both}", "User-Agent": self._agent}

    def _grant(self) -> dict[str, str]:
        keys = self._settings.credentials
        if keys.refresh_token is not None:
            return {"grant_type": "refresh_token", "refresh_token": keys.refresh_token.get()}
        password = keys.password.get() if keys.password else ""
        return {"grant_type": "password", "username": self._settings.account, "password": password}

    def _renew(self, old: Token) -> Token:
        form = {**self._form, **({"refresh_token": old.refresh} if old.refresh else {})}
        try:
            told = self._sign_in.post("token", self._settings.token_url, form=form).json
        except PlatformError as error:
            if error.verdict in {Verdict.CREDENTIAL, Verdict.REFRESH}:
                raise _no_token(error.code) from None
            raise
        document = told if isinstance(told, dict) else {}
        if isinstance(document.get("error"), str):  # a wrong password is answered with 200
            raise _no_token(document["error"])
        access, rotated = document.get("access_token"), document.get("refresh_token")
        if not isinstance(access, str) or not access:
            raise bad("token", "holds no access token")
        ends = self._context.now() + _seconds(document.get("expires_in")) * SECOND
        return Token(access, ends, rotated if isinstance(rotated, str) and rotated and old.refresh else old.refresh)


def _no_token(code: str) -> PlatformError:
    return PlatformError(Verdict.CREDENTIAL, f"token: {AGAIN}", code=code)


def _seconds(value: Any) -> int:  # noqa: ANN401 - any JSON
    return value if type(value) is int and 0 < value <= 30 * DAY // SECOND else LEAST_SECONDS


def _version() -> str:
    try:
        return version("slamon")
    except PackageNotFoundError:
        return "0"
