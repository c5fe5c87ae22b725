"""Who asks: by user and password, by token, or by the session of a browser. Stands before all pages."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse

from slamon.web.answers import GUARDED
from slamon.web.entry.passwords import Passwords
from slamon.web.entry.refusals import refusal
from slamon.web.entry.throttle import Failures, SlowDownError, neighbourhood
from slamon.web.entry.tokens import Tokens
from slamon.web.entry.who import DEMANDED, KEY, Who

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from slamon.web.entry.guard import Guard
    from slamon.web.pages import App, Scope

OPEN = frozenset({"/-/healthy", "/-/ready"})
"""For those who watch the process, such as systemd and Kubernetes: they have no password."""
LOOKING = frozenset({"GET", "HEAD"})
BASIC = 'Basic realm="slamon", charset="UTF-8"'
BEARER = 'Bearer realm="slamon"'

log = structlog.get_logger(__name__)


class WrongError(Exception):
    """Something was shown that proves nothing."""


class SignIn:
    """Notes who asks, and lets in whoever may come in."""

    def __init__(self, app: App, guard: Guard) -> None:
        self._app = app
        self._guard = guard
        self._tokens = Tokens(guard)
        self._passwords = Passwords(guard.seconds)
        self._failures = Failures(guard.seconds)

    def close(self) -> None:
        """Make no more checks."""
        self._passwords.close()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own untyped callables
        """Answer 401, 403 or 429, or let the request through."""
        scope[DEMANDED] = bool(self._guard.readers or self._users())
        refused = await self._refused(scope)
        await (refused or self._app)(scope, receive, send)

    async def _refused(self, scope: Scope) -> Response | None:
        found, refused = None, None
        try:
            found = await self._who(scope)
        except WrongError:
            refused = self._unknown(scope, "the user, the password or the token is wrong")
        except SlowDownError as slow:
            refused = refusal(scope, 429, "too many were wrong: wait a little", Retry_After=str(slow.seconds))
        scope[KEY] = found
        if self._is_open(scope["path"]):
            return None
        if found and not found.may_act and scope["method"] not in LOOKING:
            return refusal(scope, 403, "this token may only read")
        return refused or (self._first(scope) if scope[DEMANDED] and not found else None)

    def _first(self, scope: Scope) -> Response:
        """Whoever has nothing to show signs in first: people on the page for it, where there is one."""
        person = scope["method"] in LOOKING and "text/html" in Headers(scope=scope).get("accept", "")
        if self._guard.page and person and not self._users():
            back = quote(
                scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
            )
            return RedirectResponse(f"{self._guard.page}?back={back}", 303, GUARDED)
        return self._unknown(scope, "sign in first")

    async def _who(self, scope: Scope) -> Who | None:
        """Who it is.

        :raises WrongError: what is shown is of a kind that is known here, and wrong.
        :raises SlowDownError: it was not looked at.
        """
        headers = Headers(scope=scope)
        shown = headers.getlist("authorization")
        if not shown:
            return self._guard.sessions(headers.get("cookie", ""))
        kind, _, proof = shown[0].strip().partition(" ")
        place, users = neighbourhood(scope["client"]), self._users()
        if kind.lower() == "basic" and users and len(shown) == 1:
            return await self._user(users, proof.strip(), place)
        if kind.lower() == "bearer" and self._tokens:
            return self._token(proof.strip() if len(shown) == 1 else "", place)
        if users:
            raise WrongError
        return None  # a proxy before us may hand on what is meant for itself

    async def _user(self, users: Mapping[str, bytes], proof: str, place: str) -> Who:
        name, password = _decoded(proof)
        if await self._passwords.right(users, name, password, place):
            return Who(name, may_act=True)
        log.warning("http_password_refused", known=name in users, address=place)
        raise WrongError

    def _token(self, token: str, place: str) -> Who:
        if found := self._tokens.who(token):
            return found
        self._failures.let_through(place)
        self._failures.add(place)
        log.warning("http_token_refused", shown=bool(token), address=place)
        raise WrongError

    def _users(self) -> Mapping[str, bytes]:
        return self._guard.web.now().users if self._guard.web else {}

    def _is_open(self, path: str) -> bool:
        below = self._guard.open_below
        return path in OPEN or path in self._guard.open_paths or bool(below and path.startswith(below))

    def _unknown(self, scope: Scope, words: str) -> Response:
        answer = refusal(scope, 401, words)
        for challenge in [BASIC] * bool(self._users()) + [BEARER] * bool(self._tokens):
            answer.headers.append("WWW-Authenticate", challenge)
        return answer


def _decoded(proof: str) -> tuple[str, bytes]:
    """Name and password of basic authentication.

    :raises WrongError: it is none.
    """
    try:
        name, colon, password = b64decode(proof, validate=True).partition(b":")
        return name.decode() if colon else "", password
    except ValueError:
        raise WrongError from None
