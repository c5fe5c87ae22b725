"""Signing in with a browser, by a token of `notify.people.http` or `web.tokens`, and out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from starlette.routing import Route

from slamon.errors import UsageError
from slamon.web.answers import from_here, over_tls
from slamon.web.entry.throttle import Failures, SlowDownError, neighbourhood
from slamon.web.entry.tokens import Tokens
from slamon.web.entry.who import who
from slamon.web.people import forms
from slamon.web.people.acting import see
from slamon.web.people.frame import page
from slamon.web.people.site import refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from slamon.web.entry.guard import Guard
    from slamon.web.people.session import Sessions
    from slamon.web.people.site import Site

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
WRONG = "There is no such token. Ask those who look after slamon for yours."

log = structlog.get_logger(__name__)


class SigningIn:
    """The page on which one signs in."""

    def __init__(self, site: Site, guard: Guard, sessions: Sessions) -> None:
        """By the tokens of `guard`: with some one may act, with others only read."""
        self._site = site
        self._tokens = Tokens(guard)
        self._sessions = sessions
        self._failures = Failures(guard.seconds)

    def routes(self) -> list[Route]:
        """Where it is."""
        return [
            Route(SIGN_IN, self.show, methods=["GET"]),
            Route(SIGN_IN, self.sign_in, methods=["POST"]),
            Route(SIGN_OUT, self.sign_out, methods=["POST"]),
        ]

    def close(self) -> None:
        """It holds nothing."""

    async def show(self, request: Request) -> Response:
        """The form, or back to where somebody who is signed in came from."""
        back = forms.back(request.query_params.get("back", "/"))
        return see(back) if who(request) else self._form(request, 200, back)

    async def sign_in(self, request: Request) -> Response:
        """Begin a session, unless the token is wrong."""
        if not from_here(request):
            return refused(self._site.frame(request), 403, "Pages of other sites may not ask for this.")
        try:
            fields = await forms.read(request)
        except UsageError:
            return self._form(request, 400, "/", WRONG)
        back, place = forms.back(fields.get("back", "/")), neighbourhood(request.scope["client"])
        try:
            self._failures.let_through(place)
        except SlowDownError as slow:
            words = f"Too many were wrong: wait {slow.seconds} s."
            return self._form(request, 429, back, words, Retry_After=str(slow.seconds))
        found = self._tokens.who(fields.get("token", "").strip())
        if not found:
            self._failures.add(place)
            log.warning("http_token_refused", shown=True, address=place)
            return self._form(request, 403, back, WRONG)
        return see(back, Set_Cookie=self._sessions.begin(found, secure=over_tls(request)))

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        if not from_here(request):
            return refused(self._site.frame(request), 403, "Pages of other sites may not ask for this.")
        cookies = request.headers.get("cookie", "")
        return see("/", Set_Cookie=self._sessions.end(cookies, secure=over_tls(request)))

    def _form(self, request: Request, status: int, back: str, fault: str = "", **more: str) -> Response:
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        return page("sign_in.html", self._site.frame(request), status, headers, back=back, fault=fault)
