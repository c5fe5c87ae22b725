"""Logs: one line an event, on standard error; secrets and control characters stop at the sink.

Everything goes through here, structlog's lines and those of libraries that use the standard `logging` module:
`redact` and `escape` are applied to every value of every line, whoever wrote it.
"""

from __future__ import annotations

import json as jsonlib
import logging
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO, cast
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from types import ModuleType

    from structlog.typing import FilteringBoundLogger

STARTED = "started"
STOPPING = "stopping"
STOPPED = "stopped"
FAULT = "fault"
"""A mistake of ours: the only event that carries a traceback."""
LIBRARY = "library"
"""A line that a library wrote through the standard `logging` module."""

CHATTY = ("alembic", "apscheduler")
"""Libraries that tell of each job and each plug-in at info: what they warn of is still heard."""

STARS = "***"
LEAST_SECRET = 6
"""A registered secret shorter than this would star out ordinary words."""

_PATTERNS = re.compile(
    r"""(?ix)
    (?P<query> [?&;] (?:access_?token|refresh_?token|id_?token|token|code|client_secret|secret|api_?key|key|sig
               |signature|password|appsecret_proof|hub\.verify_token) = ) [^&\s"'<>#]+
    | (?P<scheme> \b (?:bearer|basic|oauth) \s+ ) [a-z0-9._~+/%=-]{6,}
    | (?P<header> \b (?:proxy-)?authorization \s* ["']? \s* [:=] \s* ["']? ) (?!(?:bearer|basic|oauth)\s) [^\s"',}]+
    | (?P<slack> \b (?:xox[a-z]|xapp) - ) [a-z0-9-]+
    | (?P<user> \b [a-z][a-z0-9+.-]* :// [^\s/@:"']* : ) [^\s/@"']+ (?=@)
    """
)

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape(text: str) -> str:
    r"""`text` with control and bidi characters, line separators and lone surrogates written out: `\x1b`, `\u202e`.

    For terminals and logs: what a stranger wrote can then neither move the cursor, nor forge a line, nor run
    backwards. Joiners stay, since emoji need them.
    """
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    return _NAMED.get(char) or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")  # noqa: PLR2004 - one byte


class Redactor:
    """Stars out tokens: those that look like one, and those that were registered. Safe from any thread."""

    def __init__(self) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None

    def register(self, secret: str) -> None:
        """From now on `secret` is starred wherever it stands, also percent-encoded or as JSON writes it."""
        if len(secret) < LEAST_SECRET or secret in self._secrets:
            return
        self._secrets |= {secret, quote(secret, safe="", errors="surrogatepass"), jsonlib.dumps(secret)[1:-1]}
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        """`text` without secrets; what was around them stays readable."""
        if self._known is not None:
            text = self._known.sub(STARS, text)
        return _PATTERNS.sub(_starred, text)


def _starred(match: re.Match[str]) -> str:
    return f"{match[match.lastgroup or 0]}{STARS}"


redact = Redactor()
"""The one redactor of the process: whoever reads a secret from the configuration registers it here."""


def configure(level: str = "info", *, json: bool | None = None, stream: TextIO | None = None) -> None:
    """Send every log line of the process, ours and the libraries', from `level` up, to `stream` (standard error).

    `json`: one JSON object a line; by default, when the stream is no terminal. May be called again.

    :raises KeyError: `level` is no name of a level.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    sink = _Sink(stream)
    structlog = _structlog()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            _safe,
            _as_json if (json if json is not None else not sink.terminal) else _as_text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: sink,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _Bridge)] + [_Bridge()]
    root.setLevel(number)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def get(name: str) -> FilteringBoundLogger:
    """A logger whose lines carry `source=name`; bind what is constant, then write one line for each thing done."""
    structlog = _structlog()
    if not structlog.is_configured():
        configure("warning")
    return cast("FilteringBoundLogger", structlog.get_logger(source=name))


def _structlog() -> ModuleType:
    import structlog  # noqa: PLC0415 - half of what a short command may take to start; few of them log

    return structlog


class _Sink:
    """Where lines end. A stream that is gone takes no daemon with it."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def terminal(self) -> bool:
        with suppress(AttributeError, ValueError):
            return (self._stream or sys.stderr).isatty()
        return False

    def msg(self, line: str) -> None:
        with suppress(AttributeError, OSError, ValueError):
            stream = self._stream or sys.stderr
            stream.write(line + "\n")  # one write a line: threads do not mix theirs
            stream.flush()

    debug = info = warning = error = critical = exception = msg


class _Bridge(logging.Handler):
    """Carries a library's record over to structlog, and so to the same sink."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - logging's own way out prints the arguments, unredacted, to standard error
            message = str(record.msg)
        level = max(logging.DEBUG, min(logging.CRITICAL, record.levelno // 10 * 10))
        get(record.name).log(level, LIBRARY, message=message, exc_info=record.exc_info or None)


def _safe(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    traceback = event.pop("exception", None)
    clean: dict[str, Any] = {key: _value(value) for key, value in event.items()}
    if traceback is not None:
        clean["exception"] = "\n".join(escape(line) for line in redact(str(traceback)).split("\n"))
    return clean


def _value(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {str(_value(str(key))): _value(item) for key, item in value.items()}
    return escape(redact(str(value)))


def _as_json(_logger: object, _method: str, event: Mapping[str, Any]) -> str:
    head = {key: event[key] for key in ("time", "level", "event")}
    return jsonlib.dumps(head | dict(event), ensure_ascii=False, separators=(",", ":"))


def _as_text(_logger: object, _method: str, event: Mapping[str, Any]) -> str:
    rest = dict(event)
    head = f"{rest.pop('time')} {rest.pop('level'):<8} {rest.pop('event')}"
    traceback = rest.pop("exception", "")
    words = [head, *(f"{key}={_word(value)}" for key, value in rest.items())]
    indented = "".join(f"\n  | {line}" for line in traceback.split("\n")) if traceback else ""
    return " ".join(words) + indented


def _word(value: object) -> str:
    plain = isinstance(value, str) and value != "" and not set(' "=') & set(value)
    return str(value) if plain else jsonlib.dumps(value, ensure_ascii=False)
