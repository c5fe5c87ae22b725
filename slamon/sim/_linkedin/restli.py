"""Rest.li 2.0 as the pretend LinkedIn reads it: structure unencoded, values encoded, pages by offset.

What is encoded is told from what is not, so everything here works on the query and the path as they were sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

STRUCTURE = frozenset("(),:'")
DEFAULT_COUNT, MOST = 10, 100
LIST = re.compile(r"List\(([^()]*)\)")
RECORD = re.compile(r"\(([A-Za-z]+:[^(),:]+(?:,[A-Za-z]+:[^(),:]+)*)\)")


class RefusedError(Exception):
    """What LinkedIn answers with a refusal."""

    def __init__(self, status: int, code: str, message: str, service_code: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.service_code = service_code

    def document(self) -> dict[str, Any]:
        """The body; its code may be missing."""
        told = {"status": self.status, "serviceErrorCode": self.service_code, "code": self.code, "message": str(self)}
        return {name: value for name, value in told.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Paging:
    """The part of a list that is asked for."""

    start: int
    count: int


def parameters(raw_query: str, allowed: Collection[str]) -> dict[str, str]:
    """The parameters as they were sent, values still encoded.

    :raises RefusedError: one that this call does not know, or one that comes twice.
    """
    found: dict[str, str] = {}
    for part in filter(None, raw_query.split("&")):
        name, _, value = part.partition("=")
        if name not in allowed or name in found:
            raise RefusedError(400, "QUERY_PARAM_NOT_ALLOWED", f"Query parameters validation failed: {unquote(name)}")
        found[name] = value
    return found


def text(value: str | None, what: str) -> str:
    """A plain value, decoded.

    :raises RefusedError: it is missing, or signs of structure stand in it unencoded.
    """
    if not value or STRUCTURE & set(value):
        raise RefusedError(400, "ILLEGAL_ARGUMENT", f"Syntax exception in {what}")
    return unquote(value)


def items(value: str | None, what: str) -> list[str]:
    """The items of `List(a,b)`, decoded.

    :raises RefusedError: it is none.
    """
    match = LIST.fullmatch(value or "")
    if not match:
        raise RefusedError(400, "ILLEGAL_ARGUMENT", f"Syntax exception in {what}: no List(…)")
    return [text(item, what) for item in match[1].split(",")]


def record(value: str | None, what: str) -> dict[str, str]:
    """The fields of `(start:1,end:2)`, decoded.

    :raises RefusedError: it is none.
    """
    match = RECORD.fullmatch(value or "")
    if not match:
        raise RefusedError(400, "ILLEGAL_ARGUMENT", f"Syntax exception in {what}: no (key:value)")
    pairs = (field.partition(":") for field in match[1].split(","))
    return {name: unquote(part) for name, _, part in pairs}


def number(value: str, what: str) -> int:
    """A count or an instant.

    :raises RefusedError: it is none.
    """
    if not value.isascii() or not value.isdigit() or len(value) > len("9999999999999"):
        raise RefusedError(400, "ILLEGAL_ARGUMENT", f"{what} is no number")
    return int(value)


def paging(given: Mapping[str, str]) -> Paging:
    """`start` and `count` of a request.

    :raises RefusedError: no numbers, or more than 100 at once.
    """
    start, size = (number(given.get(name, default), name) for name, default in (("start", "0"), ("count", "10")))
    if not 1 <= size <= MOST:
        raise RefusedError(400, "ILLEGAL_ARGUMENT", f"count {size} is not between 1 and {MOST}")
    return Paging(start, size)


def page(
    path: str, raw_query: str, asked: Paging, found: Sequence[Any], *, totals: bool, links: bool
) -> dict[str, Any]:
    """One page of `found`, with links to its neighbours."""
    end = asked.start + asked.count
    told: dict[str, Any] = {"start": asked.start, "count": asked.count, "links": []}
    if links and end < len(found):
        kept = [part for part in raw_query.split("&") if part and part.partition("=")[0] not in {"start", "count"}]
        href = "&".join([*kept, f"count={asked.count}", f"start={end}"])
        told["links"] = [{"type": "application/json", "rel": "next", "href": f"{path}?{href}"}]
    if totals:
        told["total"] = len(found)
    return {"paging": told, "elements": list(found[asked.start : end])}
