"""Who may ask the pretend Bluesky what, how often, and how it says no: sessions, budgets, errors."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim.server import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.model import Instant, Millis

ACCESS_LASTS: Millis = 2 * HOUR
REFRESH_LASTS: Millis = 90 * DAY
LIMIT, WINDOW = 3_000, 5 * MINUTE
LOGINS = ((30, 5 * MINUTE), (300, DAY))


class RefusedError(Exception):
    """A request that Bluesky refuses: with which status, and in which words."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name

    def answer(self, headers: Mapping[str, str]) -> Answer:
        """What goes back."""
        return Answer.json({"error": self.name, "message": str(self)}, self.status, headers)


def invalid(message: str, name: str = "InvalidRequest") -> RefusedError:
    """A 400."""
    return RefusedError(400, name, message)


@dataclass(frozen=True, slots=True)
class Session:
    """What stands behind a token."""

    did: str
    kind: str
    """`access` or `refresh`."""
    direct: bool
    """Whether direct messages may be read with it."""
    ends: Instant


class Sessions:
    """Tokens given out, and those that are good no more. Safe from any thread.

    The real server lets a refresh token be used again for two hours; here it is dead at once, so that a client that
    loses the new one is found out.
    """

    def __init__(self, clock: Callable[[], Instant]) -> None:
        self.clock = clock
        self._tokens: dict[str, Session] = {}
        self._spent: set[str] = set()
        self._numbers = count()
        self._lock = threading.Lock()

    def begin(self, did: str, *, direct: bool) -> dict[str, str]:
        """A new pair of tokens."""
        return {
            "accessJwt": self._new(Session(did, "access", direct, self.clock() + ACCESS_LASTS)),
            "refreshJwt": self._new(Session(did, "refresh", direct, self.clock() + REFRESH_LASTS)),
        }

    def renew(self, token: str) -> tuple[str, dict[str, str]]:
        """Whose it is, and the pair that takes the place of the one with this refresh token."""
        session = self.open(token, "refresh")
        with self._lock:
            if token in self._spent:
                raise invalid("Token has been revoked", "ExpiredToken")
            self._spent.add(token)
        return session.did, self.begin(session.did, direct=session.direct)

    def open(self, token: str, kind: str = "access") -> Session:
        """What stands behind a token of that kind."""
        if not token:
            raise RefusedError(401, "AuthMissing", "Authentication Required")
        session = self._tokens.get(token)
        if session is None:
            raise invalid("Token could not be verified", "InvalidToken")
        if session.kind != kind:
            raise invalid("Invalid token type", "InvalidToken")
        if self.clock() >= session.ends:
            raise invalid("Token has expired", "ExpiredToken")
        return session

    def revoke_all(self) -> None:
        """End every session: an app password was deleted."""
        with self._lock:
            self._spent |= {token for token, session in self._tokens.items() if session.kind == "refresh"}
            self._tokens = {token: session for token, session in self._tokens.items() if session.kind == "refresh"}

    def _new(self, session: Session) -> str:
        claims = {"sub": session.did, "exp": session.ends // SECOND, "scope": session.kind, "jti": next(self._numbers)}
        token = ".".join(_encoded(part) for part in ({"alg": "HS256"}, claims)) + ".pretend"
        with self._lock:
            self._tokens[token] = session
        return token


class Budgets:
    """Requests left in windows of time, by who asks. Safe from any thread."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._windows: dict[tuple[str, Millis], tuple[Instant, int]] = {}
        self._lock = threading.Lock()

    def request(self, now: Instant) -> tuple[bool, dict[str, str]]:
        """Take one of all requests; whether it was left, and the headers that say so."""
        return self._spend("all", self.limit, WINDOW, now)

    def login(self, identifier: str, now: Instant) -> tuple[bool, dict[str, str]]:
        """Take one of the logins of an account: of two budgets the tighter one is told."""
        told = [self._spend(identifier, limit, span, now) for limit, span in LOGINS]
        return min(told, key=lambda each: (each[0], int(each[1]["ratelimit-remaining"])))

    def exhaust(self, now: Instant) -> None:
        """Leave nothing of the current window."""
        with self._lock:
            self._windows["all", WINDOW] = (self._window("all", WINDOW, now)[0], self.limit)

    def _spend(self, key: str, limit: int, span: Millis, now: Instant) -> tuple[bool, dict[str, str]]:
        with self._lock:
            started, used = self._window(key, span, now)
            self._windows[key, span] = (started, used + 1)
        headers = {
            "ratelimit-limit": str(limit),
            "ratelimit-remaining": str(max(0, limit - used - 1)),
            "ratelimit-reset": str((started + span) // SECOND),
            "ratelimit-policy": f"{limit};w={span // SECOND}",
        }
        if used >= limit:
            headers["retry-after"] = str(-(-(started + span - now) // SECOND))
        return used < limit, headers

    def _window(self, key: str, span: Millis, now: Instant) -> tuple[Instant, int]:
        started, used = self._windows.get((key, span), (now, 0))
        return (started, used) if now < started + span else (now, 0)


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
