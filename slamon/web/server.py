"""The web server: uvicorn in a thread of its own, which leaves signals alone and logs no requests."""

from __future__ import annotations

from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from slamon.web import address
from slamon.web.pages import KnownHosts, Pages
from slamon.web.protocol import KEEP_ALIVE, PatientForAWhile

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.web.acts import Acts
    from slamon.web.health import Health
    from slamon.web.pages import Reload, Render

PATIENCE = 30.0
"""Seconds within which a request must have come and its answer been read."""

GRACE = 2
"""Seconds that a stop waits for answers under way."""


class WebServer:
    """Serves `render`, `health` and `reload` at `listen` (loopback only) between `start` and `stop`.

    All of them run in worker threads. `render` gets the Accept header and whether to gzip; without `reload` there is
    no such page, and without `acts` nothing can be done about waits.
    """

    def __init__(
        self,
        listen: str,
        render: Render,
        health: Callable[[], Health],
        reload: Reload | None = None,
        *,
        acts: Acts | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """:raises UsageError: `listen` is no loopback address."""
        self._wanted = address.parse(listen)
        self._pages = Pages(render, health, reload, acts)
        self._server = uvicorn.Server(_config(self._app(), patience))
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
        self._pages.close()

    def _app(self) -> KnownHosts:
        host = str(address.Address(self._wanted.host, 0)).removesuffix(":0").lower()
        return KnownHosts(self._pages.app(), frozenset({"localhost", "127.0.0.1", "[::1]", host}))


def _config(app: KnownHosts, patience: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=cast("Any", partial(PatientForAWhile, patience=patience)),  # a class by its type, any callable by its use
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
