"""Connections that keep two promises `requests` does not: an answer ends by its deadline, a public host is public.

A read timeout alone is met by a server that sends a byte now and then, for ever. Here every read of an answer,
headers included, gets only what is left of the time for the whole of it.
"""

from __future__ import annotations

import io
from http.client import HTTPResponse
from time import monotonic
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from slamon.connectors._urls import is_public

if TYPE_CHECKING:
    import socket


class PrivateAddressError(HTTPError):
    """A public name led to a private address: nothing was sent there."""


class _TimedReads(io.RawIOBase):
    """The bytes of a socket until `deadline` (monotonic seconds), none of them waited for longer than `patience`."""

    def __init__(self, sock: socket.socket, deadline: float, patience: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline
        self._patience = patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:  # noqa: ANN401 - any writable buffer, as io has it
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long as a whole")
        self._sock.settimeout(min(left, self._patience))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def pools(read: float, whole: float, *, public: bool) -> dict[str, type[HTTPConnectionPool]]:
    """Pool classes by scheme for urllib3: seconds for one read and for a whole answer; `public`: no private peers."""

    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
            super().__init__(sock, *args, **options)
            self.fp.close()
            self.fp = io.BufferedReader(_TimedReads(sock, monotonic() + whole, read))

    class Plain(HTTPConnection):
        response_class = Response

        def connect(self) -> None:
            super().connect()
            _check_peer(self, public=public)

    class Tls(HTTPSConnection):
        response_class = Response

        def connect(self) -> None:
            super().connect()
            _check_peer(self, public=public)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}


def _check_peer(connection: HTTPConnection, *, public: bool) -> None:
    # Behind a proxy the peer is the proxy, and the name is looked up there.
    if not public or connection.proxy is not None or connection.sock is None:
        return
    if not is_public(str(connection.sock.getpeername()[0])):
        connection.close()
        raise PrivateAddressError(f"{connection.host} leads to a private address")
