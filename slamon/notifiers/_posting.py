"""One JSON document to one configured address: bounded as a whole, no redirect, the answer's body capped."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import Request

from slamon.model import SECOND
from slamon.notifiers._slack_wire import NeverSentError, perform
from slamon.notifiers.base import Outcome, SendError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Millis

GOOD = range(200, 300)
REDIRECTS = range(300, 400)
REFUSALS = range(400, 500)
DELAY = re.compile(r"[0-9]{1,5}")
CREDENTIALS = frozenset({401, 403})
PASSING = frozenset({408, 425, 429})
"""Refusals that the next try may not meet."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to post, and with which headers. Its texts never carry a header's value."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: str | None = None


def post(to: Address, body: bytes, headers: Mapping[str, str], timeout: float) -> None:
    """Post `body`; returns when it was accepted. `timeout`, in seconds, bounds the whole exchange.

    :raises SendError: it was not, or nobody knows. `BAD_CONTENT` is a refusal that stays one however often it is tried.
    """
    every = {"Content-Type": "application/json", "User-Agent": "slamon", **to.headers, **headers}
    request = Request(to.url, data=body, headers=every, method="POST")  # noqa: S310 - a configured http(s) address
    context = _context(to)
    try:
        answer = perform(request, timeout, context)
    except URLError as error:
        never = isinstance(error.reason, NeverSentError)
        reason = "no connection" if never else "no whole answer"
        outcome = Outcome.NOT_SENT if never else Outcome.UNKNOWN
        raise SendError(outcome, reason, code="no_connection" if never else "no_answer") from None
    except Exception as error:  # noqa: BLE001 - whatever breaks after sending, the outcome is unknown
        raise SendError(Outcome.UNKNOWN, f"no whole answer ({type(error).__name__})", code="no_answer") from None
    status = int(answer["status"])
    if status not in GOOD:
        raise SendError(_outcome(status), _why(status), code=f"http_{status}", retry_after=_delay(answer["headers"]))


def _context(to: Address) -> ssl.SSLContext | None:
    try:
        return ssl.create_default_context(cafile=to.ca_file) if to.url.startswith("https:") else None
    except OSError:
        reason = f"the certificates in {to.ca_file} cannot be read"
        raise SendError(Outcome.NOT_SENT, reason, code="bad_ca_file") from None


def _outcome(status: int) -> Outcome:
    if status in CREDENTIALS:
        return Outcome.BAD_CREDENTIAL
    if status in PASSING:
        return Outcome.PACE
    return Outcome.BAD_CONTENT if status in REFUSALS else Outcome.UNKNOWN


def _why(status: int) -> str:
    if status in REDIRECTS:
        return f"it answered {status}, and redirects are not followed: configure the address that they lead to"
    return f"it answered {status}"


def _delay(headers: Mapping[str, str]) -> Millis | None:
    said = headers.get("Retry-After") or ""
    return int(said) * SECOND if DELAY.fullmatch(said) else None
