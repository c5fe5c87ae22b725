"""YouTube's answers: lists, refusals by Google's reasons, and the day after which the quota begins anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from slamon.connectors._verdicts import Problem
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors._answers import Answer
    from slamon.model import Instant

Json: TypeAlias = dict[str, Any]

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Quotas are days there."""

QUOTA = "quotaExceeded"
DISABLED = "commentsDisabled"
LOST = frozenset({"commentThreadNotFound", "commentNotFound", "videoNotFound", "parentCommentNotFound"})
"""Refusals that speak of one comment or video, not of the channel or the credential."""

VERDICTS: Mapping[str, Verdict] = {
    "API_KEY_INVALID": Verdict.CREDENTIAL,
    "keyInvalid": Verdict.CREDENTIAL,
    "keyExpired": Verdict.CREDENTIAL,
    "invalid_grant": Verdict.CREDENTIAL,
    "invalid_client": Verdict.CREDENTIAL,
    "unauthorized_client": Verdict.CREDENTIAL,
    QUOTA: Verdict.WAIT,
    "dailyLimitExceeded": Verdict.WAIT,
    "rateLimitExceeded": Verdict.WAIT,
    "userRateLimitExceeded": Verdict.WAIT,
    "RATE_LIMIT_EXCEEDED": Verdict.WAIT,
    DISABLED: Verdict.NOT_FOUND,
    "invalidPageToken": Verdict.RETRY,  # the next poll begins with the first page
    "processingFailure": Verdict.RETRY,
    "backendError": Verdict.RETRY,
    "internalError": Verdict.RETRY,
}
DAILY = frozenset({QUOTA, "dailyLimitExceeded"})


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list as YouTube gave it."""

    items: Sequence[Any]
    next_token: str | None


def listing(endpoint: str, answer: Answer) -> Listing:
    """The page in `answer`. A list without anything may lack `items`, but never says what it is a list of.

    :raises PlatformError: it is no list.
    """
    document = answer.json
    if not isinstance(document, dict):
        raise _bad(endpoint, "is no object")
    items, kind, token = document.get("items"), document.get("kind"), document.get("nextPageToken")
    if items is None and isinstance(kind, str) and kind.endswith("ListResponse"):
        items = []
    if not isinstance(items, list):
        raise _bad(endpoint, "has no list of items")
    if not (token is None or (isinstance(token, str) and token)):
        raise _bad(endpoint, "has a page token that is no text")
    return Listing(items, token)


def problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """Google's reason and words: of the API (old and new front end), or of the token endpoint."""
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, str):
        return Problem(error, _text(document.get("error_description")))
    if not isinstance(error, dict):
        return Problem()
    details, first = _first(error.get("details")), _first(error.get("errors"))
    meta = details.get("metadata")
    unit = meta.get("quota_unit") if isinstance(meta, dict) else None
    if isinstance(unit, str) and unit.startswith("1/d"):
        return Problem(QUOTA, _text(error.get("message")))
    newer, older = _text(details.get("reason")), _text(first.get("reason"))
    return Problem(newer if newer in VERDICTS else older or newer, _text(error.get("message")))


def next_reset(now: Instant) -> Instant:
    """The midnight in California after `now`: there is one each day, for clocks change at two."""
    local = datetime.fromtimestamp(now / SECOND, UTC).astimezone(PACIFIC)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), PACIFIC)
    return int(midnight.timestamp()) * SECOND


def parked(error: PlatformError, now: Instant) -> PlatformError:
    """`error`, with its end where the quota of the day is used up: YouTube names none."""
    if error.code not in DAILY:
        return error
    return PlatformError(Verdict.WAIT, str(error), code=error.code, until=next_reset(now))


def _first(things: Any) -> Json:  # noqa: ANN401 - any JSON
    return next((each for each in things if isinstance(each, dict)), {}) if isinstance(things, list) else {}


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) else ""


def _bad(endpoint: str, what: str) -> PlatformError:
    return PlatformError(Verdict.BAD_ANSWER, f"{endpoint}: the platform's answer {what}", code="bad_answer")
