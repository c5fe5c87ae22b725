"""Acting by forms: acknowledge, snooze, dismiss and undo; a form is taken from a page of ours, by whom it was shown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from slamon.errors import UsageError
from slamon.web.answers import from_here, within
from slamon.web.entry.who import who
from slamon.web.people import forms
from slamon.web.people.frame import HEADERS
from slamon.web.people.site import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from slamon.web.api.acts import Doing
    from slamon.web.people.site import Site

STATUS = {"refused": 409, "unknown": 404}
DIGITS = 15
SHIFT = "shift"
SAID = ("reason", "as", "scope", "pattern", "for")
"""What a form may say beside who and which; a field left empty is not said."""
UNSURE = "Nobody knows whether it was done: go back and press the button again, it is done only once."
STALE = "This page is too old: slamon was started again since, or somebody else signed in. Go back, load it again."


class Forms:
    """Carries out what forms ask for, in threads of its own."""

    def __init__(self, site: Site, doing: Doing) -> None:
        self._site = site
        self._doing = doing
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="forms")

    def routes(self) -> list[Route]:
        """Where they are."""
        acts = [
            Route(f"/waits/{{number}}/{verb}", self._acting(verb), methods=["POST"])
            for verb in ("acknowledge", "snooze", "dismiss")
        ]
        return [*acts, Route("/actions/{number}/undo", self._undo, methods=["POST"])]

    def close(self) -> None:
        """Take no more work; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _acting(self, verb: str) -> Callable[[Request], Any]:
        async def act(request: Request) -> Response:
            def work(number: int, fields: Mapping[str, str], by: str) -> dict[str, Any]:
                said = _said(fields)
                return self._doing.act(verb, number, said, by, _key(by, verb, number, said, fields.get("key", "")))

            return await self._answered(request, work)

        return act

    async def _undo(self, request: Request) -> Response:
        return await self._answered(request, lambda number, _, by: self._doing.undo(number, by))

    async def _answered(
        self, request: Request, work: Callable[[int, Mapping[str, str], str], dict[str, Any]]
    ) -> Response:
        try:
            by = _who(request)
            number = _number(request.path_params["number"])
            fields = await _fields(request)
            if not self._site.world.proof.holds(by, fields.get("proof", "")):
                raise _RefusedError(403, STALE)  # noqa: TRY301 - one way out
            done = await self._done(lambda: work(number, fields, by))
        except _RefusedError as error:
            return refused(self._site.frame(request), error.status, str(error))
        return see(_with(forms.back(fields.get("back", "/")), done))

    async def _done(self, work: Callable[[], dict[str, Any]]) -> int:
        """:returns: the number of the action."""

        def tried() -> dict[str, Any]:
            try:
                return work()
            except UsageError as error:
                return {"outcome": "malformed", "words": str(error)}

        answer = await within(self._pool, tried)
        self._site.lately.forget()
        if answer is None:
            raise _RefusedError(503, UNSURE)
        if answer["outcome"] != "done":
            raise _RefusedError(STATUS.get(answer["outcome"], 400), _sentence(answer["words"]))
        return int(answer["action"])


class _RefusedError(Exception):
    """The form is answered with this."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def _who(request: Request) -> str:
    asks = who(request)
    if not from_here(request):
        raise _RefusedError(403, "Pages of other sites may not ask for this.")
    if asks is None or not asks.may_act:
        raise _RefusedError(403, "Sign in first: only then can you do something about waits.")
    return asks.name


def _number(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= DIGITS):
        raise _RefusedError(404, "Waits and actions have whole numbers above 0.")
    return int(written)


async def _fields(request: Request) -> Mapping[str, str]:
    try:
        return await forms.read(request)
    except UsageError as error:
        raise _RefusedError(400, _sentence(str(error))) from None


def see(path: str, **more: str) -> Response:
    """Have the browser look there."""
    return RedirectResponse(path, 303, {**HEADERS, **{name.replace("_", "-"): value for name, value in more.items()}})


def _said(fields: Mapping[str, str]) -> dict[str, object]:
    if fields.get("for") == SHIFT:
        return {"until_shift_ends": True}
    return {name: fields[name] for name in SAID if fields.get(name, "").strip()}


def _key(by: str, *more: object) -> str:
    """Equal for the same button of the same copy of a page."""
    return f"page:{by}:{sha256(repr(more).encode()).hexdigest()}"


def _with(path: str, action: int) -> str:
    """`path`, which then tells of that action instead of an earlier one."""
    place, _, query = path.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name != "did"]
    return f"{place}?{urlencode([*kept, ('did', action)])}"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
