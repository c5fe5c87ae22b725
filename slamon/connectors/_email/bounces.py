"""Reports that a mail of ours could not be delivered (RFC 3464), and as Exim and Gmail write them without parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.connectors._email.headers import Header

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slamon.connectors._email.structure import Part

STATUS = "message/delivery-status"
RETURNED = {"message/rfc822": ".HEADER", "message/global": ".HEADER", "text/rfc822-headers": ""}
"""Parts that hold the header of the mail that was not delivered, and how it is fetched."""
_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\]{1,64}@[^\s@<>(),;:\"\\]{1,255}")


@dataclass(frozen=True, slots=True)
class Bounce:
    """Mails that did not arrive, and at whom."""

    ids: frozenset[str]
    addresses: frozenset[str]


def sections(parts: Sequence[Part]) -> tuple[str | None, str | None]:
    """Where the status stands, and where the header of the mail that it is about."""
    status = next((part.section for part in parts if part.kind == STATUS), None)
    returned = next((part.section + RETURNED[part.kind] for part in parts if part.kind in RETURNED), None)
    return status, returned


def bounce(header: Header, status: bytes, returned: bytes) -> Bounce | None:
    """What failed for good; `None` for a report of something else, a delay for example."""
    listed = {address for value in header.all("x-failed-recipients") for address in _ADDRESS.findall(value.lower())}
    addresses = frozenset(listed | set(_failed(status)))
    named = Header.parse(returned).ids("message-id") if returned else []
    ids = frozenset(named or header.ids("in-reply-to") or header.ids("references")[-1:])
    return Bounce(ids, addresses) if ids and addresses else None


def _failed(status: bytes) -> Iterable[str]:
    """Each recipient has a block of lines of its own."""
    for block in re.split(rb"\r?\n\r?\n", status):
        report = Header.parse(block)
        if report.first("action").split("(")[0].strip().lower() == "failed":
            for name in ("final-recipient", "original-recipient"):
                yield from _ADDRESS.findall(report.first(name).lower())
