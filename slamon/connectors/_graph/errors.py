"""The Graph API's refusals: classified by error code and subcode, since nearly all of them come with status 400.

Codes and texts by Meta's error-handling guide and by reports; a code is `#190`, with a subcode that matters `#100/33`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._verdicts import UNNAMED_WAIT, Problem, refusal
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.connectors.base import Quota
    from slamon.model import Instant, Millis

GONE = "#100/33"
"""Missing, deleted, or not to be seen with this token: the same answer for all three."""
TOO_MUCH = "#1/data"
"""Our own name for code 1 with "reduce the amount of data": the same question with a smaller page may be answered."""
NO_SUCH_FIELD = "#100/field"
"""Our own name for code 100 about a field that this node or version does not offer."""
DEPRECATED = "#12"
BAD_PROOF = "#100/proof"

UNKNOWN_PATH = frozenset({"404", "405", "501"})
"""Refusals without a code of Meta's: whoever answers there does not know the call at all."""

THROTTLES = ("#4", "#17", "#32", "#341", "#613", "#80001", "#80002", "#80006", "#80008")
ABUSE = "#368"
"""Blocked as abusive: over in hours at the earliest."""
TOKENS = ("#102", "#190")

VERDICTS: Mapping[str, Verdict] = {
    **dict.fromkeys(THROTTLES, Verdict.WAIT),
    **dict.fromkeys(TOKENS, Verdict.REFRESH),
    **{f"#{code}": Verdict.PERMISSION for code in (3, 10, *range(200, 300))},
    ABUSE: Verdict.WAIT,
    "#1": Verdict.RETRY,
    "#2": Verdict.RETRY,
    TOO_MUCH: Verdict.RETRY,
    GONE: Verdict.NOT_FOUND,
    "#803": Verdict.NOT_FOUND,
    DEPRECATED: Verdict.BAD_REQUEST,
    "#100": Verdict.BAD_REQUEST,
    "#104": Verdict.CREDENTIAL,  # a wrong signature, or no token at all
    BAD_PROOF: Verdict.CREDENTIAL,
    NO_SUCH_FIELD: Verdict.BAD_REQUEST,
    "#2500": Verdict.BAD_REQUEST,
}

SUBCODES = {
    458: "the app was removed by the person behind the token",
    459: "the person behind the token has to log in to Facebook first",
    460: "the person behind the token changed the password",
    463: "the token has expired",
    464: "the person behind the token is not confirmed",
    467: "the token is invalid",
    492: "the person behind the token has no role on the Page any more: a new token of that person fails too",
}
"""Why a token is refused, by the subcode of 190."""

_SUBCODED = frozenset({(100, 33)})
_LEAST_WAIT: Millis = 5 * MINUTE
_LONGEST_WAIT: Millis = HOUR
_ABUSE_WAIT: Millis = 4 * HOUR


def problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """Code and words of a refusal; never raises."""
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return Problem()
    code, subcode = error.get("code"), error.get("error_subcode")
    words = error.get("message")
    text = words if isinstance(words, str) else ""
    if type(code) is not int or code < 0:
        return Problem("", text)
    why = SUBCODES.get(subcode) if type(subcode) is int and f"#{code}" in TOKENS else None
    return Problem(_named(code, subcode, text), f"{why}: {text}" if why else text)


def has_error(document: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether a document is a refusal, whatever its status said."""
    return isinstance(document, dict) and isinstance(document.get("error"), dict)


def refused(endpoint: str, status: int, document: Any, *, now: Instant) -> PlatformError:  # noqa: ANN401 - any JSON
    """The error for a refusal that did not come as an answer of its own: a part of a batch, or under a good status."""
    return refusal(endpoint, _Part(status), problem(document), VERDICTS, now=now, quota=None)


class Waits:
    """How long to leave an account alone where Meta names no instant: 5 minutes, and longer with each refusal.

    Every call into a throttle counts and prolongs it, so a minute is never enough.
    """

    def __init__(self) -> None:
        self._next = _LEAST_WAIT

    def answered(self) -> None:
        """A good answer came: the next refusal is a first one."""
        self._next = _LEAST_WAIT

    def parked(self, error: PlatformError, now: Instant, named: Quota | None) -> PlatformError:
        """`error` with the instant until which to wait, where it is about waiting: it is the account that waits."""
        if error.verdict is not Verdict.WAIT:
            return error
        until = error.until or now
        if error.code == ABUSE:
            until = max(until, now + _ABUSE_WAIT)
        elif named is not None and named.remaining <= 0:
            until = max(until, named.resets_at)
        elif until - now <= UNNAMED_WAIT:
            until = now + self._next
            self._next = min(2 * self._next, _LONGEST_WAIT)
        return PlatformError(Verdict.WAIT, str(error), code=error.code, until=until, endpoint="")


@dataclass(frozen=True, slots=True)
class _Part:
    """A refusal without an answer of its own, as `refusal` wants it."""

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)


def _named(code: int, subcode: object, text: str) -> str:
    low = text.lower()
    if code == 1 and "reduce the amount of data" in low:
        return TOO_MUCH
    if code == 100 and "appsecret_proof" in low:  # noqa: PLR2004 - Meta's number
        return BAD_PROOF
    if code == 100 and "nonexisting field" in low:  # noqa: PLR2004 - Meta's number
        return NO_SUCH_FIELD
    return f"#{code}/{subcode}" if (code, subcode) in _SUBCODED else f"#{code}"
