"""What FETCH answers: sections of a mail, cut as asked, and its BODYSTRUCTURE (RFC 9051, section 7.5.2)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slamon.model import SECOND
from slamon.sim._email.parts import chosen, split, taken_apart
from slamon.sim._email.words import BadCommandError, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message

    from slamon.model import Instant
    from slamon.sim._email.box import Mail
    from slamon.sim._email.parts import Part

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BODY = re.compile(r"BODY(?P<peek>\.PEEK)?\[(?P<section>[^\]]*)\](?:<(?P<first>\d+)\.(?P<size>\d+)>)?", re.IGNORECASE)
_FIELDS = re.compile(r"HEADER\.FIELDS \((?P<names>[^()]+)\)", re.IGNORECASE)
_PLACE = re.compile(r"(?P<path>\d+(?:\.\d+)*)(?:\.(?P<what>HEADER|TEXT|MIME))?", re.IGNORECASE)


def item(mail: Mail, name: str) -> bytes:
    """One item of a mail with its value.

    :raises BadCommandError: no such item.
    """
    plain: Callable[[], bytes] | None = {
        "UID": lambda: b"%d" % mail.uid,
        "FLAGS": f"({' '.join(sorted(mail.flags))})".encode,
        "INTERNALDATE": lambda: quoted(internal_date(mail.at)),
        "RFC822.SIZE": lambda: b"%d" % len(mail.raw),
        "BODYSTRUCTURE": lambda: structure(taken_apart(mail.raw)),
    }.get(name.upper())
    if plain is not None:
        return name.upper().encode() + b" " + plain()
    asked = _BODY.fullmatch(name)
    if asked is None:
        raise BadCommandError(f"Unknown parameter: {name}")
    data = section(mail, asked["section"])
    label = f"BODY[{asked['section']}]"
    if asked["first"] is not None:
        first = int(asked["first"])
        data = None if data is None else data[first : first + int(asked["size"])]
        label += f"<{first}>"
    return label.encode() + b" " + (b"NIL" if data is None else literal(data))


def marks_as_seen(name: str) -> bool:
    r"""Whether fetching that item sets `\Seen`, in a folder that is open for writing."""
    asked = _BODY.fullmatch(name)
    return asked is not None and asked["peek"] is None


def section(mail: Mail, name: str) -> bytes | None:
    """The bytes of a section; `None`: the mail has no such part."""
    head, body = split(mail.raw)
    fields = _FIELDS.fullmatch(name)
    if fields is not None:
        return chosen(head, fields["names"].replace('"', "").lower().split())
    simple = {"": mail.raw, "HEADER": head, "TEXT": body}
    if name.upper() in simple:
        return simple[name.upper()]
    place = _PLACE.fullmatch(name)
    if place is None:
        raise BadCommandError(f"Invalid BODY section: {name}")
    part = taken_apart(mail.raw).at([int(step) for step in place["path"].split(".")])
    return None if part is None else _of(part, (place["what"] or "").upper())


def structure(part: Part) -> bytes:
    """What a mail is made of, with the fields of extension."""
    kind, disposition = part.kind, _disposition(part.head)
    if part.children and kind[0] == "multipart":
        inner = b"".join(structure(child) for child in part.children)
        return b"(%b %b %b %b NIL NIL)" % (inner, quoted(kind[1]), _parameters(part.head), disposition)
    encoding = str(part.head.get("content-transfer-encoding") or "7bit").strip()
    size = b"%d" % len(part.body)
    fields = [quoted(kind[0]), quoted(kind[1]), _parameters(part.head), b"NIL", b"NIL", quoted(encoding), size]
    if kind == ("message", "rfc822"):
        fields += [b"(" + b" ".join([b"NIL"] * 10) + b")", structure(part.children[0])]
    if kind[0] == "text" or kind == ("message", "rfc822"):
        fields.append(b"%d" % part.body.count(b"\n"))
    return b"(" + b" ".join([*fields, b"NIL", disposition, b"NIL", b"NIL"]) + b")"


def internal_date(at: Instant) -> str:
    """`01-Aug-2026 10:00:01 +0000`."""
    when = datetime.fromtimestamp(at // SECOND, UTC)
    return f"{when.day:02d}-{MONTHS[when.month - 1]}-{when.year} {when:%H:%M:%S} +0000"


def _of(part: Part, what: str) -> bytes:
    if part.kind == ("message", "rfc822") and what in {"HEADER", "TEXT"}:
        head, body = split(part.body)
        return head if what == "HEADER" else body
    return part.body


def _parameters(head: Message) -> bytes:
    given = head.get_params([]) if head["content-type"] else []
    pairs = {name.lower(): str(value) for name, value in given if value and "/" not in name}
    if head.get_content_maintype() == "text":
        pairs.setdefault("charset", "us-ascii")
    listed = b" ".join(quoted(name) + b" " + quoted(value) for name, value in pairs.items())
    return b"(" + listed + b")" if listed else b"NIL"


def _disposition(head: Message) -> bytes:
    kind = head.get_content_disposition()
    return b"(%b NIL)" % quoted(kind) if kind else b"NIL"
