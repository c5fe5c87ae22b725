"""Who is signed in with a browser: sessions in memory, each named by a cookie that only the server can read."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from threading import Lock
from typing import TYPE_CHECKING

from slamon.web.entry.tokens import digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.web.entry.who import Who

MOST = 1_000
"""Sessions at a time; one more ends the one that was used longest ago."""
ENDS_AFTER = 12 * 3600.0
"""Seconds, whatever is done meanwhile."""
IDLE_AFTER = 2 * 3600.0
"""Seconds without a request."""
BYTES = 32
LONGEST_COOKIES = 8_192


@dataclass(frozen=True, slots=True)
class _Session:
    who: Who
    began: float
    used: float


class Sessions:
    """Those of one server, safe from any thread. Ids are kept as hashes: nobody can sign in with what memory holds."""

    def __init__(self, seconds: Callable[[], float], port: int = 0) -> None:
        """`seconds`: a clock that never goes back. `port` keeps servers of one host apart: cookies do not."""
        self._seconds = seconds
        self._name = f"slamon-{port}"
        self._lock = Lock()
        self._open: OrderedDict[bytes, _Session] = OrderedDict()

    def begin(self, who: Who, *, secure: bool) -> str:
        """Sign somebody in; :returns: the Set-Cookie header."""
        value, now = secrets.token_urlsafe(BYTES), self._seconds()
        with self._lock:
            self._open[digest(value)] = _Session(who, now, now)
            while len(self._open) > MOST:
                self._open.popitem(last=False)
        return self._header(value, secure=secure)

    def end(self, cookies: str, *, secure: bool) -> str:
        """Sign out whom these cookies name; :returns: the Set-Cookie header that takes the cookie back."""
        with self._lock:
            for value in self._values(cookies):
                self._open.pop(digest(value), None)
        return self._header("", secure=secure) + "; Max-Age=0"

    def who(self, cookies: str) -> Who | None:
        """Whom a Cookie header names."""
        now = self._seconds()
        with self._lock:
            for value in self._values(cookies):
                key = digest(value)
                session = self._open.get(key)
                if session is None:
                    continue
                if now >= min(session.began + ENDS_AFTER, session.used + IDLE_AFTER):
                    del self._open[key]
                    continue
                self._open[key] = replace(session, used=now)
                self._open.move_to_end(key)
                return session.who
        return None

    def _values(self, cookies: str) -> list[str]:
        try:
            found = SimpleCookie(cookies[:LONGEST_COOKIES])
        except CookieError:
            return []
        return [found[name].value for name in (f"__Host-{self._name}", self._name) if name in found]

    def _header(self, value: str, *, secure: bool) -> str:
        # Browsers take a name with this prefix only over TLS, from this very host, for all of it.
        prefix, only = ("__Host-", "; Secure") if secure else ("", "")
        return f"{prefix}{self._name}={value}; Path=/; HttpOnly; SameSite=Strict{only}"
