"""Mastodon's answers: lists and their links to older entries, refusals, and what the headers say of the budget."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from slamon.connectors._answers import server_time
from slamon.connectors._mastodon import facts
from slamon.connectors._verdicts import Problem
from slamon.connectors.base import Quota
from slamon.connectors.http import Dialect
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from slamon.connectors._answers import Answer
    from slamon.model import Instant

BUDGET = "requests"
"""The name of the one budget that all calls share."""
LINK_CAP = 8_192
_LINK = re.compile(r"<([^<>]*)>([^<>]*)")
_NEXT = re.compile(r"\brel\s*=\s*\"?next\b", re.IGNORECASE)
_RELATIVE = 10_000_000
_MILLIS = 100_000_000_000
"""Below the first, a reset is seconds to go; from the second on, milliseconds; between them, seconds since 1970."""

VERDICTS: Mapping[str, Verdict] = {
    "401": Verdict.CREDENTIAL,  # a token of Mastodon does not expire and cannot be renewed: it was revoked
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, newest first, and where the older entries begin: `None` at the end."""

    entries: Sequence[Any]
    older_than: str | None
    told: bool
    """The server sent a Link header: `older_than` is its word, not our guess."""


def listing(endpoint: str, answer: Answer) -> Listing:
    """The page in `answer`. Links are never followed: only the id in them is used.

    Servers without a Link header are asked for what is older than the last entry, until a page brings nothing.

    :raises PlatformError: it is no list.
    """
    if not isinstance(answer.json, list):
        raise bad(endpoint, "is no list")
    link = answer.headers.get("link", "")
    if link.strip():
        return Listing(answer.json, _next_in(link), told=True)
    return Listing(answer.json, _last_id(answer.json), told=False)


def problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """The words of a refusal; they follow the server's language, so nothing is decided by them."""
    if not isinstance(document, dict):
        return Problem()
    words = (document.get("error"), document.get("error_description"))
    return Problem(words=": ".join(word for word in words if isinstance(word, str) and word))


def budget(_endpoint: str, headers: Mapping[str, str]) -> Quota | None:
    """What is left, of the limit that is nearest to its end; `None` where the headers do not tell.

    Mastodon writes the reset as ISO 8601, others as seconds.
    """
    limit, remaining = (_number(headers.get(f"x-ratelimit-{part}", "")) for part in ("limit", "remaining"))
    resets_at = _reset(headers.get("x-ratelimit-reset", ""), headers)
    if limit is None or remaining is None or resets_at is None:
        return None
    return Quota(BUDGET, limit, remaining, resets_at)


def shared(told: Iterable[Quota], endpoints: Collection[str], now: Instant) -> Sequence[Quota]:
    """The one budget that all calls share, of what was told of it with each call.

    In one window the smallest word is the newest; an earlier window says nothing any more.
    """
    known = list(told)
    current = [quota for quota in known if quota.resets_at > now]
    if current:
        newest = min(current, key=lambda quota: quota.remaining)
    elif known:
        newest = max(known, key=lambda quota: quota.resets_at)
    else:
        return ()
    return (replace(newest, endpoints=tuple(sorted(endpoints))),)


def bad(endpoint: str, what: str) -> PlatformError:
    """The error for an answer of another shape than documented."""
    return PlatformError(Verdict.BAD_ANSWER, f"{endpoint}: the platform's answer {what}", code="bad_answer")


def _next_in(header: str) -> str | None:
    for address, parameters in _LINK.findall(header[:LINK_CAP]):
        if _NEXT.search(parameters):
            return _max_id(address)
    return None


def _max_id(address: str) -> str | None:
    try:
        values = parse_qs(urlsplit(address).query).get("max_id", [])
        return facts.checked(values[0]) if values else None
    except ValueError:
        return None


def _last_id(entries: Sequence[Any]) -> str | None:
    ids = (entry.get("id") for entry in reversed(entries) if isinstance(entry, dict))
    return next((str(ident) for ident in ids if isinstance(ident, str | int) and ident), None)


def _number(text: str) -> int | None:
    short = text.strip()
    return int(short) if short.isascii() and short.isdigit() and len(short) <= len("1000000000000") else None


def _reset(text: str, headers: Mapping[str, str]) -> Instant | None:
    number = _number(text)
    if number is None:
        return facts.optional_instant(text.strip())
    if number < _RELATIVE:
        now = server_time(headers)
        return None if now is None else now + number * SECOND
    return number if number >= _MILLIS else number * SECOND


DIALECT = Dialect(verdicts=VERDICTS, problem=problem, budget=budget)
