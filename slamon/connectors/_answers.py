"""What came back: read within bounds, and decoded or refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NoReturn

from urllib3.exceptions import DecodeError, HTTPError, ProtocolError

from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant

BODY_CAP = 16 * 1024 * 1024
"""Bytes of a body after decompression: 291 kB of gzip became 300 MB otherwise."""
ERROR_BODY_CAP = 64 * 1024
DEPTH_CAP = 64
"""Levels of a document; no platform's answer needs a quarter of it."""
_CHUNK = 64 * 1024
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[{]}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: an object or a list of JSON, headers by name in any case, and the platform's clock."""

    json: Any
    headers: Mapping[str, str]
    status: int
    date: Instant | None
    """The platform's Date header, to the second."""


def read_capped(endpoint: str, stream: Any, cap: int = BODY_CAP) -> bytes:  # noqa: ANN401 - urllib3's response
    """The decompressed body.

    :raises PlatformError: more than `cap` bytes, cut off, or wrongly compressed.
    """
    body = bytearray()
    try:
        while chunk := stream.read(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > cap:
                _bad(endpoint, f"more than {cap // 1024 // 1024} MiB")
    except (ProtocolError, DecodeError):
        _bad(endpoint, "cut off or wrongly compressed")
    return bytes(body)


def decoded(endpoint: str, body: bytes) -> Any:  # noqa: ANN401 - an object or a list of JSON
    """The document in `body`.

    :raises PlatformError: not JSON in UTF-8, neither object nor list, or more than `DEPTH_CAP` levels deep.
    """
    try:
        document = json.loads(body.decode(), parse_constant=_no_number)
    except RecursionError:
        _bad(endpoint, "nested too deeply")
    except ValueError:
        _bad(endpoint, "an HTML page instead of JSON" if body.lstrip()[:1] == b"<" else "not JSON")
    if not isinstance(document, (dict, list)):
        _bad(endpoint, "neither a JSON object nor a list")
    if _seems_deep(body) and _is_deep(document):
        _bad(endpoint, "nested too deeply")
    return document


def lenient(stream: Any) -> Any:  # noqa: ANN401 - urllib3's response in, any JSON or `None` out
    """The document of a refusal, or `None`: its status says enough without it."""
    try:
        return decoded("", read_capped("", stream, ERROR_BODY_CAP))
    except (PlatformError, HTTPError):
        return None


def server_time(headers: Mapping[str, str]) -> Instant | None:
    """The Date header, or `None` where it is missing or no date."""
    return http_date(headers.get("date", ""))


def http_date(text: str) -> Instant | None:
    """A date as HTTP writes it, or `None`."""
    try:
        return int(parsedate_to_datetime(text).timestamp()) * SECOND
    except (ValueError, OverflowError):
        return None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _seems_deep(body: bytes) -> bool:
    # Twenty times as fast as a walk. Brackets inside of texts count too, so a yes is only a reason to look.
    steps = (1 if bracket in b"[{" else -1 for bracket in body.translate(None, _NO_BRACKETS))
    return max(accumulate(steps), default=0) > DEPTH_CAP


def _is_deep(document: Any) -> bool:  # noqa: ANN401 - any JSON
    level = [document]
    for _ in range(DEPTH_CAP):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    values = node.values() if isinstance(node, dict) else node
    return [value for value in values if isinstance(value, (dict, list))]


def _bad(endpoint: str, what: str) -> NoReturn:
    text = f"{endpoint}: the platform's answer is {what}"
    raise PlatformError(Verdict.BAD_ANSWER, text, code="bad_answer") from None
