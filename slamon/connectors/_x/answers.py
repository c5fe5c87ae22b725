"""X's answers: which are lists, which are refusals in disguise, what they say of errors and budgets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.connectors._verdicts import Problem
from slamon.connectors._x.wording import unknown_word
from slamon.connectors.base import Quota
from slamon.connectors.http import Dialect
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.connectors._answers import Answer

Json: TypeAlias = dict[str, Any]

NOT_FOUND = "resource-not-found"
INVALID = "invalid-request"
STALE_SINCE = "since-id"
"""Our own code for a 400 that refuses `since_id`: too old, or newer than anything."""

VERDICTS: Mapping[str, Verdict] = {
    "credits": Verdict.PAYMENT,
    "credits-depleted": Verdict.PAYMENT,
    "usage-capped": Verdict.PAYMENT,  # comes as 429, but waiting for the quarter of an hour does not help
    NOT_FOUND: Verdict.NOT_FOUND,
    "not-authorized-for-resource": Verdict.PERMISSION,
}

_APP_ONLY = {"401": Verdict.CREDENTIAL}
"""An app-only token cannot be refreshed."""

_PARTS = ("remaining", "limit", "reset")
_BUDGETS = tuple(
    tuple(f"{name}-{part}" for part in _PARTS) for name in ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of posts, or of messages, as X gave it."""

    document: Json
    posts: Sequence[Any]
    next_token: str | None
    cut: bool = False
    """It is full, and does not say whether there is more. X always says so; simpler servers do not."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up by ids or names brought."""

    document: Json
    things: Sequence[Any]
    missing: frozenset[str]
    """What does not exist. What may not be seen (a protected account) is in neither."""
    told: frozenset[str]
    """What something was said of instead of being shown."""


def listing(endpoint: str, answer: Answer, size: int | None = None) -> Listing:
    """The page in `answer`, of which `size` were asked for.

    :raises PlatformError: it is no list, or a refusal although its status is good: an account that does not exist
        gets 200, `errors`, and no list, which must not be read as silence.
    """
    document = _object(endpoint, answer.json)
    posts, meta = _list(endpoint, document, "data"), document.get("meta")
    if meta is None and not posts:
        _raise_errors(endpoint, document)
    silent = meta is None and isinstance(document.get("data"), list)
    if silent:
        meta = {}  # a list that needs no pages
    if not isinstance(meta, dict):
        raise _bad(endpoint, "has no meta")
    if meta.get("result_count") and "data" not in document:
        raise _bad(endpoint, "counts posts and shows none")
    token = meta.get("next_token")
    token = None if token == "" else token
    if not (token is None or isinstance(token, str)):
        raise _bad(endpoint, "has a page token that is no text")
    return Listing(document, posts, token, silent and size is not None and len(posts) >= size)


def looked_up(endpoint: str, answer: Answer) -> Found:
    """The answer to a look-up by ids or names.

    :raises PlatformError: it is no such answer.
    """
    document = _object(endpoint, answer.json)
    found, errors = _list(endpoint, document, "data"), _list(endpoint, document, "errors")
    if not errors and not isinstance(document.get("data"), list):
        raise _bad(endpoint, "says nothing of what was asked")
    return Found(document, found, missing_of(document), _named(errors))


def missing_of(document: Any) -> frozenset[str]:  # noqa: ANN401 - any JSON
    """What an answer says does not exist."""
    errors = document.get("errors") if isinstance(document, dict) else None
    listed = errors if isinstance(errors, list) else []
    return _named([error for error in listed if isinstance(error, dict) and problem_kind(error) == NOT_FOUND])


def _named(errors: Sequence[Any]) -> frozenset[str]:
    told = (error for error in errors if isinstance(error, dict))
    values = (error.get("value") or error.get("resource_id") for error in told)
    return frozenset(value for value in values if isinstance(value, str))


def problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """The kind and the words of a refusal. Shapes differ between 400, 402, 403 and 429: nothing is relied on."""
    if not isinstance(document, dict):
        return Problem()
    errors = document.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    words = (first.get("message"), document.get("detail"), document.get("title"), first.get("detail"))
    text = next((word for word in words if isinstance(word, str) and word), "")
    kind = problem_kind(document) or problem_kind(first)
    if kind in {"", INVALID} and (unknown := unknown_word(document)):
        return Problem(unknown, text)
    # The parameter stands in `errors`, or by the newer description beside `detail`.
    if kind == INVALID and "since_id" in json.dumps([first, document.get("parameter")]):
        kind = STALE_SINCE
    return Problem(kind, text)


def problem_kind(error: Json) -> str:
    """The last part of a problem's type: the host before it is api.x.com or the older api.twitter.com."""
    kind = error.get("type")
    return kind.rsplit("/", 1)[-1] if isinstance(kind, str) and "/" in kind else ""


def budget(endpoint: str, headers: Mapping[str, str]) -> Quota | None:
    """The tightest of the budgets that the headers tell; `None` where they tell none (on 401), which is not zero."""
    told = [quota for names in _BUDGETS if (quota := _quota(endpoint, headers, names))]
    return min(told, key=lambda quota: quota.remaining) if told else None


def _quota(endpoint: str, headers: Mapping[str, str], names: Sequence[str]) -> Quota | None:
    left = headers.get(names[0])
    if left is None:
        return None
    values = (left, headers.get(names[1], ""), headers.get(names[2], ""))
    if not all(value.isascii() and value.isdigit() and len(value) < len("1000000000000") for value in values):
        return None
    return Quota(endpoint, int(values[1]), int(left), int(values[2]) * SECOND)


def _object(endpoint: str, document: Any) -> Json:  # noqa: ANN401 - any JSON
    if not isinstance(document, dict):
        raise _bad(endpoint, "is no object")
    return document


def _list(endpoint: str, document: Json, name: str) -> Sequence[Any]:
    value = document.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _bad(endpoint, f"has {name} that is no list")
    return value


def _raise_errors(endpoint: str, document: Json) -> None:
    errors = _list(endpoint, document, "errors")
    first = errors[0] if errors and isinstance(errors[0], dict) else None
    if first is not None:
        kind = problem_kind(first)
        verdict = VERDICTS.get(kind, Verdict.PERMISSION)
        raise PlatformError(verdict, f"{endpoint}: the platform says {kind or 'no'} for this account", code=kind)


def _bad(endpoint: str, what: str) -> PlatformError:
    return PlatformError(Verdict.BAD_ANSWER, f"{endpoint}: the platform's answer {what}", code="bad_answer")


def dialect(spend: Callable[[str, Any], int], *, app_only: bool) -> Dialect:
    """How X speaks to a token of an app, or of an account."""
    verdicts = {**VERDICTS, **_APP_ONLY} if app_only else VERDICTS
    return Dialect(verdicts=verdicts, problem=problem, budget=budget, spend=spend)
