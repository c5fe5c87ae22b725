"""Sessions for polls and last looks: one is kept between polls, a second one lives for one look only.

Kept, because an idle poll is then two STATUS commands; a new session costs four round trips of TLS and signing in,
and mail providers limit sign-ins more strictly than commands.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from slamon.model import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slamon.connectors._email.imap import Mail
    from slamon.model import Instant, Millis

LONGEST_IDLE: Millis = 5 * MINUTE
"""Routers on the way forget a silent connection, without telling either end."""


class Sessions:
    """Hands out sessions; safe from any thread."""

    def __init__(self, opened: Callable[[], Mail], now: Callable[[], Instant]) -> None:
        self._opened = opened
        self._now = now
        self._lock = Lock()
        self._idle: Mail | None = None
        self._since: Instant = 0
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[Mail]:
        """A session for as long as the block runs; after an error, or half-way, it is not used again.

        :raises PlatformError: none could be opened.
        """
        mail = self._kept() or self._opened()
        whole = False
        try:
            yield mail
            mail.leave()
            whole = True
        finally:
            self._back(mail, whole=whole)

    def close(self) -> None:
        """Give back the sockets."""
        with self._lock:
            self._closed, mail, self._idle = True, self._idle, None
        if mail is not None:
            mail.close()

    def _kept(self) -> Mail | None:
        with self._lock:
            mail, self._idle = self._idle, None
        if mail is None:
            return None
        if mail.quiet and 0 <= self._now() - self._since <= LONGEST_IDLE:
            return mail
        mail.close()
        return None

    def _back(self, mail: Mail, *, whole: bool) -> None:
        with self._lock:
            keep = whole and mail.alive and self._idle is None and not self._closed
            if keep:
                self._idle, self._since = mail, self._now()
        if not keep:
            mail.close()
