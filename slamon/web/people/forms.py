"""What a browser sends from a form of ours, and how it shows that the form is ours."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import ClientDisconnect

from slamon.errors import UsageError
from slamon.model import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

LARGEST = 16_384
"""Bytes of a form."""
FIELDS = 20
KIND = "application/x-www-form-urlencoded"


class Proof:
    """Makes tokens that only pages shown to somebody carry, each good for that person alone, until a restart."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, name: str) -> str:
        """The one that pages shown to `name` carry."""
        return hmac.new(self._key, name.encode("utf-8", "surrogatepass"), "sha256").hexdigest()

    def holds(self, name: str, shown: str) -> bool:
        """Whether it is that one."""
        return hmac.compare_digest(self.of(name).encode(), shown.encode("utf-8", "surrogatepass"))


async def read(request: Request) -> Mapping[str, str]:
    """The fields of a form; of one that is there twice, the last.

    :raises UsageError: it is no form, or too large.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != KIND:
        raise UsageError("this is not what a form sends")
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise UsageError(f"a form may have {LARGEST} bytes")
    except ClientDisconnect:
        raise UsageError("the form did not come whole") from None
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"))
    except ValueError:
        raise UsageError("this is not what a form sends") from None
    if not all(map(storable, fields.values())):
        raise UsageError("a field holds characters that cannot be kept")
    return fields


def back(path: str) -> str:
    """`path` where it is one of this server's; else the queue: nobody is sent elsewhere by what a request says."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    return quote(path, safe="/?&=%:+,;@~!*'()") if ours and path.isprintable() and "\\" not in path else "/"
