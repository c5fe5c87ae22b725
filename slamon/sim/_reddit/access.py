"""Who may ask the pretend Reddit, how often, and how it says no."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from slamon.model import MINUTE, SECOND
from slamon.sim.server import Answer

if TYPE_CHECKING:
    from slamon.model import Instant, Millis
    from slamon.sim.server import Request

WINDOW: Millis = 10 * MINUTE
LIMIT = 1_000
"""Requests of an app in ten minutes."""
TOKEN_SECONDS = 86_400
SCOPES = frozenset({"identity", "read", "history", "privatemessages"})
AGENT = re.compile(r"[\w.-]+:[\w.-]+:[\w.+-]+ \(by /?u/[\w-]+\)")
WORDS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(slots=True)
class App:
    """An app at Reddit, and what the brand's account gave it."""

    client_id: str = "pretend-client"
    client_secret: str = "pretend-client-secret"  # noqa: S105 - it opens nothing but this range
    refresh_token: str = "pretend-refresh-token"  # noqa: S105
    password: str = "pretend-password"  # noqa: S105
    script: bool = True
    """Only an app of that kind may sign in by password."""
    scopes: frozenset[str] = SCOPES


@dataclass(slots=True)
class Gate:
    """Lets requests in, and counts them."""

    app: App
    account: str
    limit: int = LIMIT
    retry_after: bool = True
    """Whether a 429 says how long to wait, beside the headers."""
    _tokens: dict[str, Instant] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _began: Instant = 0
    _used: int = 0

    def token(self, request: Request, now: Instant) -> Answer:
        """The endpoint where access tokens are given out; a wrong password is answered with 200."""
        both = b64encode(f"{self.app.client_id}:{self.app.client_secret}".encode()).decode()
        if not AGENT.fullmatch(request.headers.get("user-agent", "")):
            return html_page(429)
        if request.headers.get("authorization") != f"Basic {both}":
            return refused(401)
        return self._grant(request.form(), now)

    def _grant(self, form: dict[str, str], now: Instant) -> Answer:
        grant = form.get("grant_type")
        if grant == "refresh_token":
            if form.get("refresh_token") != self.app.refresh_token or not self.app.refresh_token:
                return Answer.json({"error": "invalid_grant"}, 400)
            return self._given(now, {"refresh_token": self.app.refresh_token})
        if grant == "password" and self.app.script:
            known = (self.account.lower(), self.app.password)
            if (form.get("username", "").lower(), form.get("password")) != known:
                return Answer.json({"error": "invalid_grant"})
            return self._given(now, {})
        return Answer.json({"error": "unsupported_grant_type"})

    def enter(self, request: Request, now: Instant, scope: str) -> tuple[Answer | None, dict[str, str]]:
        """The refusal, if it is one, and the headers that tell what is left; they are missing on 401 and HTML."""
        if not AGENT.fullmatch(request.headers.get("user-agent", "")):
            return html_page(429), {}
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or now >= self._tokens.get(token, 0):
            challenge = {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
            return refused(401, challenge), {}
        if now >= self._began + WINDOW:
            self._began, self._used = now, 0
        self._used += 1
        headers = self._left(now)
        if self._used > self.limit:
            wait = {"retry-after": headers["x-ratelimit-reset"]} if self.retry_after else {}
            return refused(429, {**headers, **wait}), {}
        if scope not in self.app.scopes:
            challenge = {"www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"'}
            return refused(403, {**headers, **challenge}), {}
        return None, headers

    def exhaust(self, now: Instant) -> None:
        """Leave nothing of the current window."""
        self._began, self._used = now, self.limit

    def forget_tokens(self) -> None:
        """Every access token given out so far ends now."""
        self._tokens.clear()

    def _given(self, now: Instant, more: dict[str, str]) -> Answer:
        access = f"pretend-access-{next(self._numbers)}"
        self._tokens[access] = now + TOKEN_SECONDS * SECOND
        told = {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            **more,
            "scope": " ".join(sorted(self.app.scopes)),
        }
        return Answer.json(told)

    def _left(self, now: Instant) -> dict[str, str]:
        """`remaining` is a float, `reset` is seconds to go."""
        return {
            "x-ratelimit-used": str(self._used),
            "x-ratelimit-remaining": f"{max(0, self.limit - self._used)}.0",
            "x-ratelimit-reset": str(-(-(self._began + WINDOW - now) // SECOND)),
        }


def refused(status: int, headers: dict[str, str] | None = None, reason: str = "") -> Answer:
    """A refusal in JSON."""
    body = {"message": WORDS[status], "error": status, **({"reason": reason} if reason else {})}
    return Answer.json(body, status, headers)


def html_page(status: int) -> Answer:
    """What clients get that do not say who they are."""
    return Answer.text("<html><body><h1>whoa there, pardner!</h1></body></html>", status, "text/html")
