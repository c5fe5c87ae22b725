"""What pages have in common: how they answer, in which thread they work, and whose requests they take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import structlog
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from starlette.requests import Request

Answer = TypeVar("Answer")

ANSWER_WITHIN = 30.0
"""Seconds; Prometheus itself gives up after 10 by default."""

GUARDED = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}

log = structlog.get_logger(__name__)


def from_here(request: Request) -> bool:
    """Whether no browser sent it, or one that shows a page of ours: browsers say where a request comes from."""
    host = request.headers["host"].lower()
    own = {f"{request.url.scheme}://{host}", f"https://{host}"}  # a proxy may speak TLS for us
    origins = request.headers.getlist("origin")
    sites = request.headers.getlist("sec-fetch-site")
    return all(origin.lower() in own for origin in origins) and set(sites) <= {"same-origin", "none"}


def over_tls(request: Request) -> bool:
    """Whether the browser speaks TLS, with us or with a proxy before us: of a request that is `from_here`."""
    return request.url.scheme == "https" or request.headers.get("origin", "").lower().startswith("https://")


async def within(pool: ThreadPoolExecutor, work: Callable[[], Answer]) -> Answer | None:
    """What `work` answers, done in `pool`; `None` where it fails or takes too long, which the log tells."""
    running = asyncio.get_running_loop().run_in_executor(pool, work)
    try:
        return await asyncio.wait_for(running, ANSWER_WITHIN)
    except Exception as error:  # noqa: BLE001 - a fault behind one page must not end in a traceback for its reader
        log.warning("page_failed", kind=type(error).__name__, error=str(error))
        return None


def plain(status: int, text: str) -> PlainTextResponse:
    """A line of text."""
    return PlainTextResponse(text + "\n", status, headers=GUARDED)
