"""Signing in: by a password, or by an OAuth token that is renewed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from slamon.connectors._email.imap import Mail
from slamon.connectors._vault import fingerprint
from slamon.connectors._verdicts import Problem
from slamon.connectors.http import Dialect, Http
from slamon.connectors.tokens import Token, Tokens
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors._email.settings import Credentials, EmailSettings
    from slamon.connectors.base import Context, Expiry
    from slamon.connectors.http import Timeouts
    from slamon.secret import Secret

ANEW = "get a new one, put it where `credentials` points, and restart slamon"
LONGEST_LIFE = 366 * 24 * 60 * 60
VERDICTS: Mapping[str, Verdict] = {
    "401": Verdict.CREDENTIAL,
    "invalid_grant": Verdict.CREDENTIAL,
    "invalid_client": Verdict.CREDENTIAL,
    "unauthorized_client": Verdict.CREDENTIAL,
    "invalid_scope": Verdict.PERMISSION,
    "temporarily_unavailable": Verdict.RETRY,
}
"""What a token endpoint says, by RFC 6749 section 5.2."""


class SignIn:
    """Opens sessions for one mailbox; safe from any thread."""

    def __init__(self, settings: EmailSettings, context: Context, timeouts: Timeouts) -> None:
        self._settings = settings
        self._context = context
        self._timeouts = timeouts
        self._http = _token_endpoint(settings.credentials, context, timeouts)
        self._tokens = self._make_tokens()

    def open(self) -> Mail:
        """A new session, signed in.

        :raises PlatformError: no connection, or the credential is refused.
        """
        mail = Mail(self._settings, self._context, self._timeouts)
        try:
            self._log_in(mail)
        except BaseException:
            mail.close()
            raise
        return mail

    def expiries(self) -> Sequence[Expiry]:
        """When the tokens end, as far as is known."""
        return self._tokens.expiries() if self._tokens else ()

    def close(self) -> None:
        """Give back the sockets to the token endpoint."""
        if self._http is not None:
            self._http.close()

    def _log_in(self, mail: Mail) -> None:
        user, password = self._settings.login, self._settings.credentials.password
        if self._tokens is None:
            mail.login(user, _value(password))
            return
        token = self._tokens.access()
        try:
            mail.login_by_token(user, token)
        except PlatformError as error:
            if error.verdict is not Verdict.CREDENTIAL or not mail.alive:
                raise
            self._tokens.refused(token)
            mail.login_by_token(user, self._tokens.access())

    def _make_tokens(self) -> Tokens | None:
        given = self._settings.credentials
        if given.password is not None:
            return None
        access, refresh = _value(given.access_token), _value(given.refresh_token)
        key = f"email:{fingerprint(access, refresh, given.client_id or '', _value(given.client_secret))}"
        return Tokens(self._context, key, Token(access, refresh=refresh), self._renewed)

    def _renewed(self, old: Token) -> Token:
        given, http = self._settings.credentials, self._http
        if http is None:
            text = f"login: the access token is refused or has expired; {ANEW}"
            raise PlatformError(Verdict.CREDENTIAL, text, code="expired")
        form = {"client_id": given.client_id or ""}
        form |= {"client_secret": _value(given.client_secret)} if given.client_secret else {}
        form |= {"scope": given.scope} if given.scope else {}
        if old.refresh:
            form |= {"grant_type": "refresh_token", "refresh_token": old.refresh}
        else:
            form |= {"grant_type": "client_credentials"}
        try:
            answer = http.post("token", urlsplit(given.token_url or "").path or "/", form=form)
        except PlatformError as error:
            if error.verdict is Verdict.CREDENTIAL:
                text = f"{error}: the refresh token or the app's secret is not accepted any more; {ANEW}"
                raise PlatformError(error.verdict, text, code=error.code) from None
            raise
        return _token(answer.json, old, self._context.now())


def _token(document: Any, old: Token, now: int) -> Token:  # noqa: ANN401 - any JSON
    found = document if isinstance(document, dict) else {}
    access, refresh, life = found.get("access_token"), found.get("refresh_token"), found.get("expires_in")
    if not isinstance(access, str) or not access.isprintable() or not access:
        raise PlatformError(Verdict.BAD_ANSWER, "token: the answer holds no access token", code="bad_answer")
    seconds = int(life) if isinstance(life, (int, str)) and str(life).isascii() and str(life)[:9].isdigit() else 0
    new = replace(old, access=access, expires_at=now + seconds * SECOND if 0 < seconds <= LONGEST_LIFE else None)
    return replace(new, refresh=refresh) if isinstance(refresh, str) and refresh else new


def _token_endpoint(given: Credentials, context: Context, timeouts: Timeouts) -> Http | None:
    if not given.token_url:
        return None
    parts = urlsplit(given.token_url)
    host = f"{parts.scheme}://{parts.netloc}"
    return Http(host, context, headers=dict, dialect=Dialect(verdicts=VERDICTS, problem=_problem), timeouts=timeouts)


def _problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    code = document.get("error") if isinstance(document, dict) else None
    return Problem(code if isinstance(code, str) else "")


def _value(secret: Secret | None) -> str:
    return secret.get() if secret else ""
