"""The pages: /metrics, /-/healthy, /-/ready, /-/reload, and / that says what is where; beside them those of acts.py.

Everything else is 404.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router

from slamon.web.answers import GUARDED, from_here, plain, within
from slamon.web.entry.who import may_read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
    from typing import Any, TypeAlias

    from starlette.requests import Request

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


class Part(Protocol):
    """Pages of one kind, such as `Acts`; they bring the threads that answer."""

    def routes(self) -> list[Route]:
        """Where they are."""
        ...

    def close(self) -> None:
        """Take no more work; what runs is not waited for."""
        ...


class Pages:
    """Answers requests. What may wait for the store runs in threads of its own: scrapes never hold up health."""

    def __init__(
        self,
        render: Render,
        health: Callable[[], Health],
        reload: Reload | None = None,
        parts: Sequence[Part] = (),
    ) -> None:
        self._render = render
        self._health = health
        self._reload = reload
        self._parts = parts
        self._reloads = ThreadPoolExecutor(1, thread_name_prefix="reload")
        self._scrapes = ThreadPoolExecutor(2, thread_name_prefix="scrape")
        self._checks = ThreadPoolExecutor(1, thread_name_prefix="health")

    def app(self) -> App:
        """The router as an ASGI application."""
        routes = [
            Route("/metrics", self.metrics),
            Route("/-/healthy", self.healthy),
            Route("/-/ready", self.ready),
        ]
        if self._reload is not None:
            routes.append(Route("/-/reload", self.reload, methods=["POST"]))
        routes += [route for part in self._parts for route in part.routes()]
        routes.append(Route("/", _index))  # where no part has such a page
        return Router(routes, redirect_slashes=False)

    def close(self) -> None:
        """Take no more work; what runs is not waited for."""
        self._scrapes.shutdown(wait=False, cancel_futures=True)
        self._checks.shutdown(wait=False, cancel_futures=True)
        self._reloads.shutdown(wait=False, cancel_futures=True)
        for part in self._parts:
            part.close()

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

    async def healthy(self, request: Request) -> Response:
        """Whether the process does its work; a supervisor may restart it if not."""
        return await self._verdict(request, "healthy", lambda health: health.healthy)

    async def ready(self, request: Request) -> Response:
        """Whether what it says can be relied on."""
        return await self._verdict(request, "ready", lambda health: health.ready)

    async def reload(self, request: Request) -> Response:
        """Read the rules again, unless a page of another site in somebody's browser asks for it."""
        if not from_here(request):
            return plain(403, "pages of other sites may not ask for this")
        report = await within(self._reloads, self._reload) if self._reload else None
        if report is None:
            return plain(503, "the rules could not be read again; the log says why")
        body = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
        return Response(body, REFUSED.get(report.get("outcome"), 200), GUARDED, "application/json")

    async def _verdict(self, request: Request, word: str, good: Callable[[Health], bool]) -> Response:
        health = await within(self._checks, self._health)
        if health is None:
            return plain(503, f"not {word}: the check itself failed")
        if good(health):
            return plain(200, word)
        reasons = health.reasons if may_read(request) else ()  # they name channels
        return plain(503, "\n".join((f"not {word}", *reasons)))


async def _index(_: Request) -> Response:
    return HTMLResponse(INDEX, headers=GUARDED)
