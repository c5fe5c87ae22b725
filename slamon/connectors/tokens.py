"""Access tokens that expire: renewed in time, or when refused; a rotated one is stored before it is used."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from slamon.connectors.base import Expiry
from slamon.logs import redact
from slamon.model import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.connectors.base import Context
    from slamon.model import Instant, Millis


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """An access token, and what renews it."""

    access: str
    expires_at: Instant | None = None
    """`None`: unknown, or never."""
    refresh: str = ""
    refresh_expires_at: Instant | None = None


class Tokens:
    """The token in force for one configured credential; safe from any thread, and shared by channels.

    The vault keeps it under the fingerprint of what is configured: a new configured credential wins at once.
    """

    def __init__(
        self,
        context: Context,
        key: str,
        configured: Token,
        renew: Callable[[Token], Token],
        *,
        renew_before: Millis = 5 * MINUTE,
    ) -> None:
        """`key` names the credential: `PLATFORM:` and a `fingerprint` of what is configured.

        `renew` asks the platform for a new token; it raises `PlatformError` (`CREDENTIAL` when a person is needed).
        """
        self._context = context
        self._key = key
        self._configured = configured
        self._renew = renew
        self._before = renew_before
        for value in (configured.access, configured.refresh):
            _hide(value)

    def access(self) -> str:
        """The access token, renewed first where it is missing or about to expire.

        :raises PlatformError: it had to be renewed and could not be.
        """
        token = self._current()
        if not token.access or self._expiring(token):
            self._renewed(token)
            token = self._current()
        return token.access

    def refused(self, used: str) -> None:
        """After a 401 with `used`: renew it, unless somebody else has done so since.

        :raises PlatformError: it cannot be renewed.
        """
        token = self._current()
        if token.access == used:
            self._renewed(token)

    def expiries(self) -> Sequence[Expiry]:
        """When the parts of the token in force end."""
        token = self._current()
        found = []
        if token.expires_at is not None:
            found.append(Expiry("access token", token.expires_at, renewed=True))
        if token.refresh_expires_at is not None:
            found.append(Expiry("refresh token", token.refresh_expires_at))
        return found

    def _expiring(self, token: Token) -> bool:
        return token.expires_at is not None and self._context.now() >= token.expires_at - self._before

    def _current(self) -> Token:
        kept = self._context.vault.get(self._key)
        if kept is None:
            return self._configured
        token = Token(**json.loads(kept))
        for value in (token.access, token.refresh):
            _hide(value)
        return token

    def _renewed(self, old: Token) -> None:
        with self._context.vault.lock(self._key):
            if self._current() != old:
                return
            new = self._renew(old)
            for value in (new.access, new.refresh):
                _hide(value)
            # Before its first use: where the platform rotates, the old one is dead already.
            self._context.vault.put(self._key, json.dumps(asdict(new)))


def _hide(value: str) -> None:
    if value:
        redact.register(value)
