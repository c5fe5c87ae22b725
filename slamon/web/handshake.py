"""TLS on connections that are counted and timed from their first moment on.

asyncio's own TLS server shows a connection to nobody before its handshake is done: thousands that never begin one
would use up the files of the process. And it takes its certificate once, where this one asks for each connection.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from slamon.web.protocol import PatientForAWhile, make_room
from slamon.webfile.certificate import alternative_names

if TYPE_CHECKING:
    from slamon.webfile import Tls

HANDSHAKE = 10.0
"""Seconds that one may take."""
GOODBYE = 30.0
"""Seconds that the other side has to close the connection with us; what is left of a long answer counts among them."""


class Handshake(asyncio.Protocol):
    """What stands on a connection until it is encrypted; then `http` does."""

    idle = True
    """It gives way where there are too many, as one that asks nothing."""

    def __init__(self, http: PatientForAWhile, tls: Tls) -> None:
        self._http = http
        self._tls = tls
        self._early: list[bytes] = []
        self.opened = http.opened
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Begin; make room if this is one too many."""
        self.transport = transport
        self._http.connections.add(self)  # type: ignore[arg-type]  # uvicorn lists its own protocols only
        make_room(self._http.connections)
        self._task = self._http.loop.create_task(self._shake(transport))

    def data_received(self, data: bytes) -> None:
        """What comes with the last word of the handshake is the beginning of a request."""
        self._early.append(data)

    def connection_lost(self, _: Exception | None) -> None:
        """Count it no longer."""
        self._http.connections.discard(self)

    def shutdown(self) -> None:
        """The server stops; nothing was asked here."""
        if self.transport is not None:
            self.transport.abort()

    async def _shake(self, plain: asyncio.Transport) -> None:
        try:
            encrypted: Any = await self._http.loop.start_tls(
                plain,
                self,
                self._tls.context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE,
                ssl_shutdown_timeout=GOODBYE,
            )
        except (OSError, asyncio.CancelledError):  # what is no TLS, too slow, or by a client whom we do not know
            encrypted = None
        self._http.connections.discard(self)
        if encrypted is None or encrypted.is_closing() or not self._welcome(encrypted):
            plain.abort()
            return
        encrypted.set_protocol(self._http)
        self._http.connection_made(encrypted)
        if self._early:
            self._http.data_received(b"".join(self._early))

    def _welcome(self, encrypted: asyncio.Transport) -> bool:
        """Whether the client's certificate has a name that is allowed."""
        allowed = self._tls.allowed
        return allowed is None or bool(allowed & alternative_names(encrypted.get_extra_info("peercert")))
