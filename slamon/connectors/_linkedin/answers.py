"""LinkedIn's answers: which are lists and where they go on, and what a refusal says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from slamon.connectors._linkedin.values import NOTHING, Json
from slamon.connectors._verdicts import Problem
from slamon.connectors.http import Dialect
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Instant

NO_VERSION = ("NONEXISTENT_VERSION", "VERSION_DEPRECATED", "426")
THROTTLED = "101"
_LARGEST = 1 << 31

VERDICTS: Mapping[str, Verdict] = {
    "REVOKED_ACCESS_TOKEN": Verdict.CREDENTIAL,
    "65601": Verdict.CREDENTIAL,  # the member took the right back: its refresh token is dead as well
    **dict.fromkeys(NO_VERSION, Verdict.BAD_REQUEST),
}
"""All else follows from the status: 401 is a token to be renewed, 403 a role or a scope, 404 gone or out of sight."""


def problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """The code and the words of a refusal: the code has a name, or only a number, or is missing."""
    if not isinstance(document, dict):
        return Problem()
    name, count = document.get("code"), document.get("serviceErrorCode")
    code = name if isinstance(name, str) else str(count) if type(count) is int else ""
    words = document.get("message")
    return Problem(code, words if isinstance(words, str) else "")


def oauth_problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """As `problem`, for the host of tokens."""
    if not isinstance(document, dict):
        return Problem()
    code, words = document.get("error"), document.get("error_description")
    return Problem(code if isinstance(code, str) else "", words if isinstance(words, str) else "")


DIALECT = Dialect(verdicts=VERDICTS, problem=problem)
OAUTH_DIALECT = Dialect(
    verdicts=dict.fromkeys(("400", "401", "403"), Verdict.CREDENTIAL),
    problem=oauth_problem,
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, and the offset at which it goes on."""

    elements: Sequence[Any]
    next: str | None


def listing(endpoint: str, document: Any, start: int, count: int) -> Listing:  # noqa: ANN401 - any JSON
    """The page that was asked for from `start` on, `count` at most.

    :raises PlatformError: it is no list.
    """
    elements = thing(endpoint, document).get("elements")
    if not isinstance(elements, list):
        raise bad(endpoint, "has no list of elements")
    paging = document.get("paging")
    following = _following(paging if isinstance(paging, dict) else NOTHING, len(elements), start, count)
    return Listing(elements, None if following is None else str(following))


def thing(endpoint: str, document: Any) -> Json:  # noqa: ANN401 - any JSON
    """The object that was asked for.

    :raises PlatformError: it is none.
    """
    if not isinstance(document, dict):
        raise bad(endpoint, "is no object")
    return document


def bad(endpoint: str, what: str) -> PlatformError:
    """The error for an answer of another shape than LinkedIn's."""
    return PlatformError(Verdict.BAD_ANSWER, f"{endpoint}: LinkedIn's answer {what}", code="bad_answer")


def midnight(now: Instant) -> Instant:
    """When LinkedIn's day ends: budgets begin anew at 00:00 UTC."""
    return (now // DAY + 1) * DAY


def _following(paging: Json, size: int, start: int, count: int) -> int | None:
    """By the link to the next page; without links, by the total; without that, by whether the page was full.

    A server may give less than it was asked for and say so in `count`: a short page is not yet the last one.
    """
    given = _number(paging.get("count")) or count
    step = min(given, count)
    links = [link for link in _list(paging.get("links")) if isinstance(link, dict)]
    following = next((link for link in links if link.get("rel") == "next"), None)
    if following is not None:
        named = _start(following.get("href"))
        return start + step if named is None else named
    total = _number(paging.get("total"))
    more = start + step < total if total is not None else size >= step
    return start + step if more and not links else None


def _start(href: Any) -> int | None:  # noqa: ANN401 - any JSON
    """The offset in a link; nothing else of it is used, so it leads nowhere else."""
    try:
        found = parse_qs(urlsplit(href).query).get("start", [""])[0] if isinstance(href, str) else ""
    except ValueError:
        return None
    return int(found) if found.isascii() and found.isdigit() and len(found) < len(str(_LARGEST)) else None


def _number(value: Any) -> int | None:  # noqa: ANN401 - any JSON
    return value if type(value) is int and 0 <= value < _LARGEST else None


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else []
