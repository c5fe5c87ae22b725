"""Tokens that are shown, against those of the configuration: by their hashes alone, and in constant time."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING

from slamon.web.entry.who import Who

if TYPE_CHECKING:
    from slamon.web.entry.guard import Guard


class Tokens:
    """Those with which somebody may act, and those with which somebody may only read."""

    def __init__(self, guard: Guard) -> None:
        self._known = {
            digest(token.get()): Who(name, may_act)
            for tokens, may_act in ((guard.readers, False), (guard.people, True))
            for name, token in tokens.items()
        }

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._known)

    def who(self, token: str) -> Who | None:
        """Whose it is; each is compared, so that the time tells nothing."""
        shown = digest(token)
        found = [who for known, who in self._known.items() if hmac.compare_digest(known, shown)]
        return found[0] if token and found else None


def digest(token: str) -> bytes:
    """Of one length, so that comparing tells nothing of another's."""
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
