"""People act over HTTP: /api/v1/waits/NUMBER/acknowledge, snooze and dismiss, and /api/v1/actions/NUMBER/undo.

Only who is signed in may: that name is recorded as who did it.
"""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from starlette.requests import ClientDisconnect
from starlette.routing import Route

from slamon.errors import UsageError
from slamon.web.answers import within
from slamon.web.api.resource import JSON, RefusedError, Resource, answer
from slamon.web.entry.who import who

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

LARGEST = 16_384
"""Bytes of a body."""
MOST_KEY = 200
DIGITS = 15
STATUS = {"done": 200, "refused": 409, "unknown": 404}
VERBS = ("acknowledge", "snooze", "dismiss")


class Doing(Protocol):
    """Does what is asked; `asking.Door` is one. Answers carry `outcome`: `done`, `refused` or `unknown`."""

    def act(self, verb: str, wait: int, said: Mapping[str, object], by: str, key: str) -> dict[str, Any]:
        """Do something about a wait.

        :raises UsageError: it is asked in a shape that nobody understands.
        """
        ...

    def undo(self, action: int, by: str) -> dict[str, Any]:
        """Take it back.

        :raises UsageError: as of `act`.
        """
        ...


class Acts:
    """Answers those requests, in threads of their own."""

    def __init__(self, doing: Doing) -> None:
        self._doing = doing
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="acts")

    def routes(self) -> list[Route]:
        """Where they are."""
        acts = [
            Route(f"/api/v1/waits/{{number}}/{verb}", Resource(POST=self._signed_in(self._acting(verb))))
            for verb in VERBS
        ]
        return [*acts, Route("/api/v1/actions/{number}/undo", Resource(POST=self._signed_in(self._undo)))]

    def close(self) -> None:
        """Take no more work; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _acting(self, verb: str) -> Callable[[Request, str, int], Awaitable[Response]]:
        async def act(request: Request, by: str, number: int) -> Response:
            said = await _said(request)
            key = f"http:{by}:{verb}:{number}:{_key(request)}"
            return await self._done(lambda: self._doing.act(verb, number, said, by, key))

        return act

    async def _undo(self, request: Request, by: str, number: int) -> Response:
        if await _said(request):
            raise RefusedError(400, "taking back needs no body")
        return await self._done(lambda: self._doing.undo(number, by))

    def _signed_in(
        self, work: Callable[[Request, str, int], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def act(request: Request) -> Response:
            asks = who(request)
            if asks is None:
                words = "sign in first, for example with Authorization: Bearer and a token of notify.people.http"
                raise RefusedError(401, words, WWW_Authenticate='Bearer realm="slamon"')
            if not asks.may_act:
                raise RefusedError(403, "this token may only read")
            return await work(request, asks.name, _number(request.path_params["number"]))

        return act

    async def _done(self, work: Callable[[], dict[str, Any]]) -> Response:
        def tried() -> dict[str, Any]:
            try:
                return work()
            except UsageError as error:
                return {"malformed": str(error)}

        found = await within(self._pool, tried)
        if found is None:
            words = "nobody knows whether it was done: ask again with the same Idempotency-Key"
            raise RefusedError(503, words, Retry_After="5")
        if "malformed" in found:
            raise RefusedError(400, found["malformed"])
        outcome = found.pop("outcome")
        if outcome != "done":
            raise RefusedError(STATUS[outcome], found["words"])
        return answer(found)


async def _said(request: Request) -> dict[str, object]:
    """The JSON object that is the body; no body is as good as an empty one."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise RefusedError(413, f"a body may have {LARGEST} bytes")
    except ClientDisconnect:
        raise RefusedError(400, "the body did not come whole") from None
    if not body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise RefusedError(415, f"write JSON, and Content-Type: {JSON}")
    try:
        said = json.loads(bytes(body))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise RefusedError(400, "the body should be a JSON object")
    return said


def _number(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= DIGITS):
        raise RefusedError(404, "waits and actions have whole numbers above 0")
    return int(written)


def _key(request: Request) -> str:
    given = request.headers.get("idempotency-key")
    if given is None:
        return uuid.uuid4().hex
    if not 0 < len(given) <= MOST_KEY or not (given.isascii() and given.isprintable()):
        raise RefusedError(400, f"an Idempotency-Key has 1 to {MOST_KEY} characters of ASCII")
    return given
