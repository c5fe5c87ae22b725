"""People act over HTTP: /api/v1/waits/NUMBER/acknowledge, snooze and dismiss, and /api/v1/actions/NUMBER/undo.

Whoever asks shows a token; its name in the configuration is recorded as who did it.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from slamon.errors import UsageError
from slamon.web.answers import GUARDED, from_here, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from slamon.secret import Secret

LARGEST = 16_384
"""Bytes of a body."""
MOST_KEY = 200
DIGITS = 15
FAILURES = 10
"""Wrong tokens in a minute that are called wrong; further ones are told to slow down."""
MINUTE = 60.0
STATUS = {"done": 200, "refused": 409, "unknown": 404}
BEARER = "bearer "

log = structlog.get_logger(__name__)


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


class _RefusedError(Exception):
    """The request is answered with this."""

    def __init__(self, status: int, words: str, **headers: str) -> None:
        super().__init__(words)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Acts:
    """Answers those requests, in threads of their own."""

    def __init__(self, doing: Doing, tokens: Mapping[str, Secret], seconds: Callable[[], float]) -> None:
        """`tokens` by the name that is recorded; `seconds` a clock that never goes back."""
        self._doing = doing
        self._names = {_digest(token.get()): name for name, token in tokens.items()}
        self._failures = _Failures(seconds)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="acts")

    def routes(self) -> list[Route]:
        """Where they are."""
        acts = [
            Route(f"/api/v1/waits/{{number}}/{verb}", self._acting(verb), methods=["POST"])
            for verb in ("acknowledge", "snooze", "dismiss")
        ]
        return [*acts, Route("/api/v1/actions/{number}/undo", self._answered(self._undo), methods=["POST"])]

    def close(self) -> None:
        """Take no more work; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _acting(self, verb: str) -> Callable[[Request], Any]:
        async def act(request: Request, by: str, number: int) -> Response:
            said = await _said(request)
            key = f"http:{by}:{verb}:{number}:{_key(request)}"
            return await self._done(lambda: self._doing.act(verb, number, said, by, key))

        return self._answered(act)

    async def _undo(self, request: Request, by: str, number: int) -> Response:
        if await _said(request):
            raise _RefusedError(400, "taking back needs no body")
        return await self._done(lambda: self._doing.undo(number, by))

    def _answered(self, work: Callable[[Request, str, int], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                if not from_here(request):
                    raise _RefusedError(403, "pages of other sites may not ask for this")  # noqa: TRY301 - one way out
                by = self._who(request)
                found: Response = await work(request, by, _number(request.path_params["number"]))
            except _RefusedError as refused:
                return _json(refused.status, {"error": str(refused)}, refused.headers)
            return found

        return answer

    def _who(self, request: Request) -> str:
        """The name of the token that is shown; each is compared, and in constant time."""
        shown = request.headers.getlist("authorization")
        bearer = shown[0] if len(shown) == 1 and shown[0][: len(BEARER)].lower() == BEARER else ""
        proof = _digest(bearer[len(BEARER) :].strip())
        names = [name for token, name in self._names.items() if hmac.compare_digest(token, proof)]
        if bearer and names:
            return names[0]
        if wait := self._failures.wait():
            raise _RefusedError(429, "too many wrong tokens: wait a minute", Retry_After=str(wait))
        self._failures.add()
        log.warning("http_token_refused", shown=bool(shown))
        raise _RefusedError(401, "show a token: Authorization: Bearer …", WWW_Authenticate='Bearer realm="slamon"')

    async def _done(self, work: Callable[[], dict[str, Any]]) -> Response:
        def tried() -> dict[str, Any]:
            try:
                return work()
            except UsageError as error:
                return {"malformed": str(error)}

        answer = await within(self._pool, tried)
        if answer is None:
            raise _RefusedError(503, "nobody knows whether it was done: ask again with the same Idempotency-Key")
        if "malformed" in answer:
            raise _RefusedError(400, answer["malformed"])
        outcome = answer.pop("outcome")
        if outcome != "done":
            raise _RefusedError(STATUS[outcome], answer["words"])
        return _json(200, answer)


class _Failures:
    """When wrong tokens were shown in the last minute."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._at: deque[float] = deque(maxlen=FAILURES)

    def wait(self) -> int:
        """How many seconds until a further one is looked at; 0: now."""
        if len(self._at) < FAILURES:
            return 0
        left = self._at[0] + MINUTE - self._seconds()
        return int(left) + 1 if left > 0 else 0

    def add(self) -> None:
        self._at.append(self._seconds())


async def _said(request: Request) -> dict[str, object]:
    """The JSON object that is the body; no body is as good as an empty one."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise _RefusedError(413, f"a body may have {LARGEST} bytes")
    except ClientDisconnect:
        raise _RefusedError(400, "the body did not come whole") from None
    if not body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _RefusedError(415, "write JSON, and Content-Type: application/json")
    try:
        said = json.loads(bytes(body))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _RefusedError(400, "the body should be a JSON object")
    return said


def _number(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= DIGITS):
        raise _RefusedError(404, "waits and actions have whole numbers above 0")
    return int(written)


def _key(request: Request) -> str:
    given = request.headers.get("idempotency-key")
    if given is None:
        return uuid.uuid4().hex
    if not 0 < len(given) <= MOST_KEY or not (given.isascii() and given.isprintable()):
        raise _RefusedError(400, f"an Idempotency-Key has 1 to {MOST_KEY} characters of ASCII")
    return given


def _digest(token: str) -> bytes:
    """Of one length, so that comparing tells nothing of another's."""
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(body) + "\n"  # in ASCII: a lone surrogate that somebody sent could not be written
    return Response(text, status, {**GUARDED, **(headers or {})}, "application/json")
