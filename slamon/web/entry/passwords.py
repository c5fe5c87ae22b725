"""Passwords against bcrypt hashes. A check takes a quarter of a second on purpose: few are made, in a thread."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import bcrypt

from slamon.web.entry.throttle import Failures, SlowDownError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST = 72
"""Bytes of a password that count: whatever follows them never did, in any bcrypt, and the library refuses it."""
REMEMBERED = 1_000
"""Good passwords of which no new check is made, as keyed hashes."""
WAITING = 16
"""Checks that wait or run at a time; with one a quarter of a second, the last waits four."""


class Passwords:
    """Tells right passwords from wrong ones; on one event loop.

    Wrong ones are counted by where they come from and for whom: guessing at one user from one place locks out neither
    others at that place nor that user elsewhere, and nobody whose password was right before.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        """`seconds`: a clock that never goes back."""
        self._failures = Failures(seconds)
        self._key = secrets.token_bytes(32)
        self._good: OrderedDict[bytes, None] = OrderedDict()
        self._running: dict[tuple[str, str], tuple[bytes, asyncio.Future[bool]]] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="passwords")

    def close(self) -> None:
        """Make no more checks."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def right(self, users: Mapping[str, bytes], name: str, password: bytes, place: str) -> bool:
        """Whether that is the password of `name` among `users`; `place` is where it comes from.

        :raises SlowDownError: too many wrong ones came from there for this user, or too many wait for an answer.
        """
        known, password = name in users, password[:LONGEST]
        hashed = users[name] if known else _nobody(users)
        proof = hmac.digest(self._key, b"\0".join((name.encode(), hashed, password)), "sha256")
        if proof in self._good:
            self._good.move_to_end(proof)
            return True
        key = (place, name if known else "")
        self._failures.let_through(key)
        good = await self._checked(key, proof, password, hashed) and known
        if good:
            self._remember(proof)
        return good

    async def _checked(self, key: tuple[str, str], proof: bytes, password: bytes, hashed: bytes) -> bool:
        """One check at a time for each key; who shows the very same password meanwhile waits for it too."""
        running = self._running.get(key)
        if running and running[0] == proof:
            return await running[1]
        if running or len(self._running) >= WAITING:
            raise SlowDownError(1)
        check = asyncio.get_running_loop().run_in_executor(self._pool, bcrypt.checkpw, password, hashed)
        self._running[key] = proof, check
        try:
            good = await check
        finally:
            del self._running[key]
        if not good:
            self._failures.add(key)
        return good

    def _remember(self, proof: bytes) -> None:
        self._good[proof] = None
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)


def _nobody(users: Mapping[str, bytes]) -> bytes:
    """A hash that fits no password, as dear to check as those of the users: time must not tell who exists."""
    cost = max((hashed.split(b"$")[2] for hashed in users.values()), default=b"10")
    return b"$2b$%b$%b" % (cost, b"." * 53)
