"""The pages: /metrics, /-/healthy, /-/ready, /-/reload, and / that says what is where; beside them those of acts.py.

Everything else is 404.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router

from slamon.web.answers import GUARDED, from_here, plain, within

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping
    from typing import Any, TypeAlias

    from starlette.requests import Request

    from slamon.web.acts import Acts
    from slamon.web.health import Health

    Render: TypeAlias = Callable[[str, bool], tuple[bytes, str]]
    """(Accept header, whether to gzip) to (body, content type)."""
    Reload: TypeAlias = Callable[[], Mapping[str, object]]
    """Reads the rules again; `faults` in the answer say why they were not taken up."""
    Scope: TypeAlias = MutableMapping[str, Any]
    App: TypeAlias = Callable[[Scope, Any, Any], Awaitable[None]]

REFUSED: dict[object, int] = {"faults": 409, "failed": 503}
"""The status of a reload by its outcome, where the old rules stay."""

INDEX = """<!doctype html>
<html lang="en">
<title>slamon</title>
<h1>slamon</h1>
<p>Watches how long customers wait for an answer.</p>
<ul>
<li><a href="/metrics">/metrics</a>: what Prometheus scrapes
<li><a href="/-/healthy">/-/healthy</a>: 200 while the deadlines are being watched
<li><a href="/-/ready">/-/ready</a>: 200 once the store can be written and every channel was tried; else the reasons
<li>POST /-/reload: reads the rules again; 200 with what changed, or 409 with the faults for which the old ones stay
</ul>
</html>
"""


class Pages:
    """Answers requests. What may wait for the store runs in threads of its own: scrapes never hold up health."""

    def __init__(
        self,
        render: Render,
        health: Callable[[], Health],
        reload: Reload | None = None,
        acts: Acts | None = None,
    ) -> None:
        self._render = render
        self._health = health
        self._reload = reload
        self._acts = acts
        self._reloads = ThreadPoolExecutor(1, thread_name_prefix="reload")
        self._scrapes = ThreadPoolExecutor(2, thread_name_prefix="scrape")
        self._checks = ThreadPoolExecutor(1, thread_name_prefix="health")

    def app(self) -> App:
        """The router as an ASGI application."""
        routes = [
            Route("/", _index),
            Route("/metrics", self.metrics),
            Route("/-/healthy", self.healthy),
            Route("/-/ready", self.ready),
        ]
        if self._reload is not None:
            routes.append(Route("/-/reload", self.reload, methods=["POST"]))
        if self._acts is not None:
            routes += self._acts.routes()
        return Router(routes, redirect_slashes=False)

    def close(self) -> None:
        """Take no more work; what runs is not waited for."""
        self._scrapes.shutdown(wait=False, cancel_futures=True)
        self._checks.shutdown(wait=False, cancel_futures=True)
        self._reloads.shutdown(wait=False, cancel_futures=True)
        if self._acts is not None:
            self._acts.close()

    async def metrics(self, request: Request) -> Response:
        """Everything that is measured, as the client accepts it."""
        zipped = "gzip" in request.headers.get("accept-encoding", "")
        accept = request.headers.get("accept", "")
        page = await within(self._scrapes, lambda: self._render(accept, zipped))
        if page is None:
            return plain(503, "the metrics could not be made; the log says why")
        body, kind = page
        coding = {"Content-Encoding": "gzip"} if zipped else {}
        return Response(body, headers={**GUARDED, **coding, "Content-Type": kind, "Vary": "Accept, Accept-Encoding"})

    async def healthy(self, _: Request) -> Response:
        """Whether the process does its work; a supervisor may restart it if not."""
        return await self._verdict("healthy", lambda health: health.healthy)

    async def ready(self, _: Request) -> Response:
        """Whether what it says can be relied on."""
        return await self._verdict("ready", lambda health: health.ready)

    async def reload(self, request: Request) -> Response:
        """Read the rules again, unless a page of another site in somebody's browser asks for it."""
        if not from_here(request):
            return plain(403, "pages of other sites may not ask for this")
        report = await within(self._reloads, self._reload) if self._reload else None
        if report is None:
            return plain(503, "the rules could not be read again; the log says why")
        body = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
        return Response(body, REFUSED.get(report.get("outcome"), 200), GUARDED, "application/json")

    async def _verdict(self, word: str, good: Callable[[Health], bool]) -> Response:
        health = await within(self._checks, self._health)
        if health is None:
            return plain(503, f"not {word}: the check itself failed")
        if good(health):
            return plain(200, word)
        return plain(503, "\n".join((f"not {word}", *health.reasons)))


class KnownHosts:
    """Refuses requests for any other host name, so that a page elsewhere cannot read this one by DNS rebinding."""

    def __init__(self, app: App, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own untyped callables
        """Answer 421, or let the request through."""
        named = [value for name, value in scope["headers"] if name == b"host"]
        known = len(named) == 1 and _name(named[0].decode("latin-1")) in self._hosts
        app = self._app if known else plain(421, "this host name is not served here; use the address slamon listens on")
        await app(scope, receive, send)


async def _index(_: Request) -> Response:
    return HTMLResponse(INDEX, headers=GUARDED)


def _name(host: str) -> str:
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()
