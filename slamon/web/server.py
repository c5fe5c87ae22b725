"""The web server: uvicorn in a thread of its own, which leaves signals alone and logs no requests."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from slamon.errors import UsageError
from slamon.web import address
from slamon.web.entry.guard import Guard
from slamon.web.entry.headers import Headed
from slamon.web.entry.hosts import ALWAYS, KnownHosts, fits, is_address
from slamon.web.entry.signin import SignIn
from slamon.web.handshake import Handshake
from slamon.web.protocol import KEEP_ALIVE, PatientForAWhile
from slamon.webfile import WebFile, unguarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.web.pages import App, Pages

PATIENCE = 30.0
"""Seconds within which a request must have come and its answer been read."""

GRACE = 2
"""Seconds that a stop waits for answers under way."""


class WebServer:
    """Serves `pages` at `listen` between `start` and `stop`, to those whom `guard` lets in."""

    def __init__(self, listen: str, pages: Pages, guard: Guard | None = None, *, patience: float = PATIENCE) -> None:
        """:raises UsageError: other machines could reach `listen`, and not all of them would have to sign in."""
        self._wanted = address.parse(listen)
        self._pages = pages
        self._guard = guard or Guard()
        self._refuse_open_doors()
        self._sign_in = SignIn(pages.app(), self._guard)
        self._server = uvicorn.Server(_config(self._app(), self._protocol(patience)))
        self._thread: Thread | None = None
        self._bound = self._wanted

    @property
    def address(self) -> str:
        """`host:port` as it was bound; before `start`, as it was asked for."""
        return str(self._bound)

    def start(self) -> None:
        """Bind and serve; requests are answered from here on.

        :raises UsageError: the address cannot be bound; says which and what to do.
        """
        listener = address.bind(self._wanted)
        self._bound = address.Address(self._wanted.host, listener.getsockname()[1])
        self._thread = Thread(target=self._server.run, args=([listener],), name="web", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Take no more requests and let answers under way finish, for at most `timeout` seconds."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout)
        self._sign_in.close()
        self._pages.close()

    @property
    def url(self) -> str:
        """Where it is for a browser on this machine."""
        return f"{'https' if self._web().tls else 'http'}://{self.address}"

    def _app(self) -> App:
        return Headed(KnownHosts(self._sign_in, self._known), lambda: self._web().headers)

    def _web(self) -> WebFile:
        return self._guard.web.now() if self._guard.web else WebFile()

    def _refuse_open_doors(self) -> None:
        """What other machines reach needs TLS and sign-in, now and after each change of web.yml."""
        if self._wanted.loopback:
            return
        if why := self._why_not(self._web()):
            raise UsageError(why)
        if self._guard.web:
            self._guard.web.bar = self._why_not

    def _why_not(self, web: WebFile) -> str:
        why = unguarded(web, self._guard.readers)
        return f"listen: {self._wanted} can be reached by other machines: {why[0]}; {why[1]}" if why else ""

    def _known(self, name: str) -> bool:
        """Whether a host name is served. An address is no name that a name server could give to somebody else."""
        tls = self._web().tls
        names = {*ALWAYS, self._wanted.name, *self._guard.names, *(tls.shown.names if tls else ())}
        return fits(name, names) or (not self._wanted.loopback and is_address(name))

    def _protocol(self, patience: float) -> Callable[..., PatientForAWhile | Handshake]:
        def begin(**kwargs: Any) -> PatientForAWhile | Handshake:  # noqa: ANN401 - whatever uvicorn hands its protocols
            http, tls = PatientForAWhile(patience=patience, **kwargs), self._web().tls
            return Handshake(http, tls) if tls else http

        return begin


def _config(app: App, protocol: Callable[..., object]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=cast("Any", protocol),  # a class by its type, any callable by its use
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
