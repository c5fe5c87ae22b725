"""A mail taken apart into its parts, byte by byte as it lies there: what FETCH shows must not be written anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import Message

MIME = ("content-type", "content-transfer-encoding", "content-disposition")


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its own fields of MIME, its bytes without them, and the parts within it."""

    head: Message
    body: bytes
    children: Sequence[Part] = ()

    @property
    def kind(self) -> tuple[str, str]:
        """Type and subtype, in lower case."""
        return self.head.get_content_maintype(), self.head.get_content_subtype()

    def at(self, path: list[int]) -> Part | None:
        """The part of that number, as FETCH counts; what has no parts is its own first, once."""
        part, whole = self, True
        for step in path:
            mail = part.children[0] if part.kind == ("message", "rfc822") and part is not self else part
            many = mail.kind[0] == "multipart"
            inner = mail.children if many else (mail,) if whole else ()
            if not 0 < step <= len(inner):
                return None
            part, whole = inner[step - 1], many
        return part


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Header with its empty line, and body."""
    if raw.startswith(b"\r\n"):
        return raw[:2], raw[2:]
    head, sign, body = raw.partition(b"\r\n\r\n")
    return head + sign, body


def chosen(head: bytes, names: Sequence[str]) -> bytes:
    """The fields of these names as they stand, and an empty line."""
    found: list[bytes] = []
    keeps = False
    for line in head.splitlines(keepends=True):
        if line[:1] not in {b" ", b"\t"}:
            keeps = line.partition(b":")[0].strip().decode("latin-1").lower() in names
        found += [line] if keeps and line.strip() else []
    return b"".join(found) + b"\r\n"


def taken_apart(raw: bytes) -> Part:
    """The parts of a mail."""
    head, body = split(raw)
    fields = BytesHeaderParser().parsebytes(chosen(head, MIME))
    inside: Sequence[bytes] = ()
    if fields.get_content_maintype() == "multipart":
        inside = _between(body, fields.get_boundary("").encode("ascii", "replace")) or (b"",)
    elif fields.get_content_type() == "message/rfc822":
        inside = (body,)
    return Part(fields, body, [taken_apart(each) for each in inside])


def _between(body: bytes, boundary: bytes) -> list[bytes]:
    if not boundary:
        return []
    line = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r\n|\Z)")
    found, start = [], -1
    for match in line.finditer(body):
        if start >= 0:
            found.append(body[start : match.start()])
        if match[1]:
            break
        start = match.end()
    return found
