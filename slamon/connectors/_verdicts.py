"""From a refusal to a verdict: one table for all platforms, in which a connector overrides single lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from slamon.connectors._answers import http_date, server_time
from slamon.errors import PlatformError, Verdict
from slamon.logs import redact
from slamon.model import DAY, HOUR, MINUTE, SECOND, clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.connectors.base import Quota
    from slamon.model import Instant, Millis

VERDICTS: Mapping[str, Verdict] = {
    "3xx": Verdict.BAD_ANSWER,
    "4xx": Verdict.BAD_REQUEST,
    "401": Verdict.REFRESH,
    "402": Verdict.PAYMENT,
    "403": Verdict.PERMISSION,
    "404": Verdict.NOT_FOUND,
    "408": Verdict.RETRY,
    "410": Verdict.NOT_FOUND,
    "425": Verdict.RETRY,
    "429": Verdict.WAIT,
    "5xx": Verdict.RETRY,
}
"""What a status means where a platform says nothing more precise."""

UNNAMED_WAIT: Millis = MINUTE
"""How long a refusal to answer now lasts where the platform names no instant."""
LONGEST_WAIT: Millis = DAY
PAYMENT_WAIT: Millis = HOUR
"""Credits come back when a person buys some: looked for once an hour."""
_MARGIN: Millis = SECOND
_WORDS_CAP = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """What a platform says of a refusal: its own error code, and words for a person."""

    code: str = ""
    words: str = ""


class Refused(Protocol):
    """What is needed of a response."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, by name in any case."""
        ...


def simple_problem(_document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """For platforms whose status says it all."""
    return Problem()


def no_budget(_endpoint: str, _headers: Mapping[str, str]) -> None:
    """For platforms that do not tell what is left."""


def no_spend(_endpoint: str, _document: Any) -> int:  # noqa: ANN401 - any JSON
    """For platforms that bill nothing."""
    return 0


def refusal(
    endpoint: str,
    response: Refused,
    problem: Problem,
    overrides: Mapping[str, Verdict],
    *,
    now: Instant,
    quota: Quota | None,
) -> PlatformError:
    """The error for an answer that is no good page; `until` is set wherever waiting is the verdict."""
    status = response.status_code
    verdict = _verdict(problem.code, status, overrides)
    asked = _retry_after(response.headers, now)
    if verdict is Verdict.RETRY and asked is not None:
        verdict = Verdict.WAIT
    words = clean(redact(problem.words), _WORDS_CAP)
    text = f"{endpoint}: the platform answered {status}" + (f" ({words})" if words else "")
    until = _until(verdict, now, asked, quota)
    code = clean(problem.code, _WORDS_CAP) or str(status)
    return PlatformError(verdict, text, code=code, until=until, endpoint=endpoint)


def _verdict(code: str, status: int, overrides: Mapping[str, Verdict]) -> Verdict:
    table = {**VERDICTS, **overrides}
    for key in (code, str(status), f"{status // 100}xx"):
        if key in table:
            return table[key]
    return Verdict.BAD_ANSWER


def _until(verdict: Verdict, now: Instant, asked: Instant | None, quota: Quota | None) -> Instant | None:
    if verdict is Verdict.PAYMENT:
        return now + PAYMENT_WAIT
    if verdict is not Verdict.WAIT:
        return None
    named = asked
    if named is None and quota is not None and quota.remaining <= 0:
        named = quota.resets_at + _MARGIN
    if named is None:
        named = now + UNNAMED_WAIT
    return min(max(named, now + _MARGIN), now + LONGEST_WAIT)


def _retry_after(headers: Mapping[str, str], now: Instant) -> Instant | None:
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return now + min(int(text[:9]) * SECOND, LONGEST_WAIT)
    named = http_date(text)
    if named is None:
        return None
    # A date is in the platform's time: only its distance from the platform's own clock is of use.
    return named - (server_time(headers) or now) + now
