"""One HTTP exchange with Slack that says for sure whether anything was sent, and ends as a whole after its timeout.

urllib alone cannot: its timeout is one for each socket operation (each address, each line of the answer), so a request
could still be sent when the caller had long counted it as given up; and it follows redirects with the token in hand.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import (
    AbstractHTTPHandler,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

if TYPE_CHECKING:
    from ssl import SSLContext
    from typing import Self

ANSWER_CAP = 16 * 1024 * 1024


class NeverSentError(OSError):
    """No connection was made: name, route, TLS or proxy; nothing of the request left this machine."""


class Exchange:
    """Bounds one request: at the end of its time the connection is cut, and none is used that came too late."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self.given_up = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    @property
    def left(self) -> float:
        """Seconds until the exchange is given up; never 0, which would mean non-blocking."""
        return max(self._ends - time.monotonic(), 0.001)

    def connected(self, connection: socket.socket) -> None:
        """Take note of a connection that is about to be used.

        :raises NeverSentError: it came too late.
        """
        if time.monotonic() >= self._ends:
            connection.close()
            raise NeverSentError("no connection in time")
        self._socket = connection

    def _cut(self) -> None:
        self.given_up = True
        if self._socket is not None:
            try:
                # Not SSLSocket's own: it would take the session away under the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # it had ended in this very moment


class _Plain(http.client.HTTPConnection):
    exchange: Exchange

    def connect(self) -> None:
        _connect(self, super().connect)


class _Secure(http.client.HTTPSConnection):
    exchange: Exchange

    def connect(self) -> None:
        _connect(self, super().connect)


def _connect(connection: _Plain | _Secure, connect: Any) -> None:  # noqa: ANN401 - a bound method of the base
    connection.timeout = connection.exchange.left
    try:
        connect()
    except OSError as error:
        raise NeverSentError(str(error)) from error
    connection.exchange.connected(connection.sock)


def _make(kind: type[_Plain | _Secure], exchange: Exchange, host: str, **options: Any) -> _Plain | _Secure:  # noqa: ANN401
    connection = kind(host, **options)
    connection.exchange = exchange
    return connection


class _PlainHandler(HTTPHandler):
    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._make = partial(_make, _Plain, exchange)

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(self._make, req)


class _SecureHandler(HTTPSHandler):
    def __init__(self, exchange: Exchange, context: SSLContext | None) -> None:
        super().__init__(context=context)
        self._make = partial(_make, _Secure, exchange)
        self._tls = context

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(self._make, req, context=self._tls)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - whatever the base hands over
        """Follow nothing: the request carries the token."""


def opener(exchange: Exchange, context: SSLContext | None, *, proxies: bool) -> OpenerDirector:
    """What opens requests within `exchange`; proxies as the environment names them, NO_PROXY included."""
    handlers: list[AbstractHTTPHandler | ProxyHandler | HTTPRedirectHandler] = [
        _PlainHandler(exchange),
        _SecureHandler(exchange, context),
        _NoRedirect(),
    ]
    return build_opener(*handlers, *([] if proxies else [ProxyHandler({})]))


def perform(request: Request, timeout: float, context: SSLContext | None) -> dict[str, Any]:
    """Send `request`, read the answer; both within `timeout` seconds, as {status, headers, body}.

    :raises urllib.error.URLError: with a `NeverSentError` as reason, nothing was sent.
    :raises OSError: cut off, or given up, after something was sent.
    """
    with Exchange(timeout) as exchange:
        try:
            answer = opener(exchange, context, proxies=not _loopback(request.host)).open(request, timeout=timeout)
        except HTTPError as error:
            answer = error
        with answer:
            body = answer.read(ANSWER_CAP + 1)
    if exchange.given_up:
        raise TimeoutError("the answer did not end in time")
    if len(body) > ANSWER_CAP:
        raise OSError("the answer is larger than 16 MiB")
    charset = answer.headers.get_content_charset() or "utf-8"
    return {"status": answer.code, "headers": answer.headers, "body": body.decode(charset)}


def _loopback(host: str) -> bool:
    name = host.rsplit(":", 1)[0].strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
