"""From what a mail server refuses, or fails to say, to a verdict. The lines are data.

Codes by RFC 5530 and RFC 9051; `THROTTLED` and "Suggested Backoff Time" as Microsoft 365 and Gmail say them.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from typing import TYPE_CHECKING

from slamon.errors import PlatformError, Verdict
from slamon.logs import redact
from slamon.model import MINUTE, clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant, Millis

CODES: Mapping[str, Verdict] = {
    "AUTHENTICATIONFAILED": Verdict.CREDENTIAL,
    "EXPIRED": Verdict.CREDENTIAL,
    "PRIVACYREQUIRED": Verdict.CREDENTIAL,
    "AUTHORIZATIONFAILED": Verdict.PERMISSION,
    "CONTACTADMIN": Verdict.PERMISSION,
    "NOPERM": Verdict.PERMISSION,
    "NONEXISTENT": Verdict.NOT_FOUND,
    "TRYCREATE": Verdict.NOT_FOUND,
    "CLIENTBUG": Verdict.BAD_REQUEST,
    "CANNOT": Verdict.BAD_REQUEST,
    "SERVERBUG": Verdict.RETRY,
    "UNAVAILABLE": Verdict.WAIT,
    "INUSE": Verdict.WAIT,
    "LIMIT": Verdict.WAIT,
    "THROTTLED": Verdict.WAIT,
    "OVERQUOTA": Verdict.WAIT,
}
WAITS: Mapping[str, Millis] = {"UNAVAILABLE": MINUTE, "INUSE": MINUTE, "OVERQUOTA": 15 * MINUTE}
UNNAMED_WAIT: Millis = 5 * MINUTE
LONGEST_WAIT: Millis = 60 * MINUTE
REFUSED: Mapping[str, Verdict] = {
    "login": Verdict.CREDENTIAL,
    "list": Verdict.PERMISSION,
    "status": Verdict.NOT_FOUND,
    "examine": Verdict.NOT_FOUND,
}
"""What a NO without a code means, by call; of any other call: try again."""
TOO_MANY = re.compile(r"too many|simultaneous|throttl|rate limit", re.IGNORECASE)
_CODE = re.compile(r"\[([A-Z][A-Z0-9-]{1,40})[^\]]{0,200}\]")
_BACKOFF = re.compile(r"suggested backoff time: {0,3}(\d{1,9})", re.IGNORECASE)
_WORDS_CAP = 200

FAULTS = (
    imaplib.IMAP4.error,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    StopIteration,
)
"""Whatever the library makes of a server that speaks no IMAP."""


def trouble(endpoint: str, error: BaseException, now: Instant) -> tuple[str, PlatformError]:
    """The code by which a failed call is counted, and the error to raise for it."""
    error = origin(error)
    text = str(error)
    if isinstance(error, TimeoutError):
        return "timeout", PlatformError(Verdict.RETRY, f"{endpoint}: no answer in time", code="timeout")
    if isinstance(error, OSError):
        return "connection", PlatformError(Verdict.RETRY, f"{endpoint}: {_why(error)}", code="connection")
    if isinstance(error, imaplib.IMAP4.abort) and "socket error" in text:
        return "connection", PlatformError(Verdict.RETRY, f"{endpoint}: the connection broke off", code="connection")
    kind = _kind(endpoint, error, text)
    if not kind:
        words = f"{endpoint}: the answer is not IMAP, or too long"
        return "bad_answer", PlatformError(Verdict.BAD_ANSWER, words, code="bad_answer")
    return kind, _said(endpoint, kind, text, now)


def origin(error: BaseException) -> BaseException:
    """What really happened: IMAPClient tells of a connection that ended during a login as of a refused login."""
    before = error.__context__
    return before if isinstance(before, imaplib.IMAP4.abort) else error


def _kind(endpoint: str, error: BaseException, text: str) -> str:
    """BYE, BAD or NO, where the server said that; imaplib and IMAPClient tell them apart by words."""
    if not isinstance(error, imaplib.IMAP4.error) or "unexpected" in text:
        return ""
    if isinstance(error, imaplib.IMAP4.abort) or "* BYE" in text:
        return "BYE"
    if "command error: BAD" in text or "syntax error in the criteria" in text:
        return "BAD"
    return "NO" if endpoint == "login" or "failed: " in text else ""


def _said(endpoint: str, kind: str, text: str, now: Instant) -> PlatformError:
    found = _CODE.search(text)
    code = found[1] if found else ""
    verdict = CODES.get(code)
    if verdict is None and (TOO_MANY.search(text) or _BACKOFF.search(text)):
        verdict = Verdict.WAIT
    if verdict is None:
        verdict = {"BYE": Verdict.RETRY, "BAD": Verdict.BAD_REQUEST}.get(kind, REFUSED.get(endpoint, Verdict.RETRY))
    # Of other calls the words may hold what a customer wrote.
    words = clean(redact(text), _WORDS_CAP) if endpoint in {"connect", "login"} else code
    told = f"{endpoint}: the server answered {kind}" + (f" ({words})" if words else "")
    return PlatformError(verdict, told, code=code or kind.lower(), until=_until(verdict, code, text, now))


def _until(verdict: Verdict, code: str, text: str, now: Instant) -> Instant | None:
    if verdict is not Verdict.WAIT:
        return None
    named = _BACKOFF.search(text)
    wait = int(named[1]) if named else WAITS.get(code, UNNAMED_WAIT)
    return now + min(max(wait, 1_000), LONGEST_WAIT)


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "no secure connection: the certificate or the TLS handshake failed"
    return "no connection, or it broke off"
