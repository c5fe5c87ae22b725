"""An address of the JSON interface: which methods it takes, what it refuses, and how it says so."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from slamon.errors import UsageError
from slamon.web.answers import GUARDED, from_here

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import TypeAlias

    from slamon.web.pages import Scope

    Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

Answer = TypeVar("Answer")

JSON = "application/json"
FROM_HERE = {**GUARDED, "Cross-Origin-Resource-Policy": "same-origin"}
WAITS = 10.0
"""Seconds for an answer, the time in the queue included."""
QUEUED = 8
"""Requests that wait for each thread."""
NEVER = re.compile(r"q\s*=\s*0(\.0*)?")
ELSEWHERE = "pages of other sites may not ask for this"

log = structlog.get_logger(__name__)


class Rest(Convertor[str]):
    """All that is left of a path. Starlette's own `path` ends at a line break, and what follows is nobody's."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("rest", Rest())


class RefusedError(Exception):
    """The request is answered with this."""

    def __init__(self, status: int, words: str, **headers: str) -> None:
        super().__init__(words)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Resource:
    """Answers one address, as an ASGI application. HEAD is GET without the body."""

    def __init__(self, **methods: Handler) -> None:
        """`methods` by name: `GET`, `POST`."""
        self._methods = methods | ({"HEAD": methods["GET"]} if "GET" in methods else {})

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own untyped callables
        """Answer, whatever comes."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except RefusedError as refused:
            response = answer({"error": str(refused)}, refused.status, refused.headers)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        handler = self._methods.get(request.method)
        if handler is None:
            raise RefusedError(405, f"{request.method} is not for this address", Allow=", ".join(sorted(self._methods)))
        if not from_here(request):
            raise RefusedError(403, ELSEWHERE)
        if not _accepts_json(request):
            raise RefusedError(406, f"there is only {JSON} here")
        return await handler(request)


class Turns:
    """Threads that answer, and a bounded queue before them: whoever would wait too long is told so at once."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = BoundedSemaphore(threads * (1 + QUEUED))

    async def take(self, work: Callable[[], Answer]) -> Answer:
        """What `work` answers.

        :raises RefusedError: too much is asked, it takes too long, it is asked in no right way, or it fails.
        """
        if not self._room.acquire(blocking=False):
            raise RefusedError(503, "too much is asked at once: ask again in a second", Retry_After="1")
        running = self._pool.submit(work)
        running.add_done_callback(lambda _: self._room.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(running), WAITS)
        except UsageError as error:
            raise RefusedError(400, str(error)) from None
        except Exception as error:  # noqa: BLE001 - as in `answers.within`
            log.warning("page_failed", kind=type(error).__name__, error=str(error))
            raise RefusedError(503, "no answer could be made; the log says why", Retry_After="5") from None

    def close(self) -> None:
        """Take no more work; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON in ASCII: whatever customers wrote, no byte of it means anything to a terminal, a log or a browser."""
    text = json.dumps(body) + "\n"
    return Response(text, status, {**FROM_HERE, **(headers or {})}, JSON)


def tagged(request: Request, body: object) -> Response:
    """As `answer`, or 304 without a body where the client has just this already."""
    text = json.dumps(body) + "\n"
    tag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
    given = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if given & {tag, "*"}:
        return Response(None, 304, {**FROM_HERE, "ETag": tag})
    return Response(text, 200, {**FROM_HERE, "ETag": tag}, JSON)


def _accepts_json(request: Request) -> bool:
    ranges = [one for line in request.headers.getlist("accept") for one in line.split(",") if one.strip()]
    return not ranges or any(map(_takes, ranges))


def _takes(one: str) -> bool:
    kind, *more = (part.strip().lower() for part in one.split(";"))
    return kind in {JSON, "application/*", "*/*"} and not any(map(NEVER.fullmatch, more))
