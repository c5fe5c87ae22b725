"""Reddit's answers: listings, refusals, and what its headers say of the budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.connectors._answers import server_time
from slamon.connectors._verdicts import Problem
from slamon.connectors.base import Quota
from slamon.connectors.http import Dialect
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors._answers import Answer

Json: TypeAlias = dict[str, Any]

BUDGET = "requests"
LONGEST_WINDOW = HOUR

VERDICTS: Mapping[str, Verdict] = {
    "invalid_grant": Verdict.CREDENTIAL,
    "invalid_client": Verdict.CREDENTIAL,
    "unauthorized_client": Verdict.CREDENTIAL,
    "unsupported_grant_type": Verdict.CREDENTIAL,
    "USER_DOESNT_EXIST": Verdict.NOT_FOUND,
    "520": Verdict.RETRY,
    "522": Verdict.RETRY,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a listing as Reddit gave it."""

    children: Sequence[Any]
    after: str | None


def listing(endpoint: str, document: Any) -> Listing:  # noqa: ANN401 - any JSON
    """The page in `document`.

    :raises PlatformError: it is no listing.
    """
    data = document.get("data") if isinstance(document, dict) else None
    children = data.get("children") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(children, list):
        raise bad(endpoint, "is no listing")
    after = data.get("after")
    if not (after is None or (isinstance(after, str) and after)):
        raise bad(endpoint, "has a page token that is no text")
    return Listing(children, after)


def account_of(endpoint: str, answer: Answer) -> Json:
    """An account: bare (`me`), or wrapped as a thing (`about`).

    :raises PlatformError: it is none.
    """
    document = answer.json if isinstance(answer.json, dict) else {}
    inner = document.get("data")
    found: Json = inner if isinstance(inner, dict) else document
    if not isinstance(found.get("name"), str):
        raise bad(endpoint, "is no account")
    return found


def problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """Reddit's reason and words: of the API, or of the token endpoint. Most refusals say no more than their status."""
    if not isinstance(document, dict):
        return Problem()
    parts = [document.get(name) for name in ("reason", "error", "message", "explanation")]
    reason, error, message, more = (part if isinstance(part, str) else "" for part in parts)
    return Problem(reason or error, more or message or error)


def budget(_endpoint: str, headers: Mapping[str, str]) -> Quota | None:
    """What is left of the window; `reset` is seconds to go, not a time. `None` where they are missing."""
    used, remaining, reset = (
        _number(headers.get(f"x-ratelimit-{name}", "")) for name in ("used", "remaining", "reset")
    )
    now = server_time(headers)
    if used is None or remaining is None or reset is None or now is None:
        return None
    left = max(0, math.floor(remaining))
    ends = now + min(math.ceil(reset) * SECOND, LONGEST_WINDOW)
    return Quota(BUDGET, left + max(0, math.floor(used)), left, ends)


def newest(quotas: Sequence[Quota], endpoints: Sequence[str]) -> Sequence[Quota]:
    """The one budget that all calls share, out of what each endpoint heard of it last."""
    if not quotas:
        return ()
    window = max(quota.resets_at for quota in quotas)
    # Seconds to go are whole: within one window the same end is told a second or two apart.
    last = min((q for q in quotas if q.resets_at > window - 5 * SECOND), key=lambda quota: quota.remaining)
    return (Quota(BUDGET, last.limit, last.remaining, last.resets_at, tuple(endpoints)),)


def bad(endpoint: str, what: str) -> PlatformError:
    """An answer of another shape than documented."""
    return PlatformError(Verdict.BAD_ANSWER, f"{endpoint}: the platform's answer {what}", code="bad_answer")


def _number(text: str) -> float | None:
    try:
        value = float(text) if len(text) < len("1000000000000") else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


DIALECT = Dialect(verdicts=VERDICTS, problem=problem, budget=budget)
