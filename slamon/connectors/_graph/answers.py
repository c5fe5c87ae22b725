"""The Graph API's answers: lists with cursors, times, small values; each read with nothing taken for granted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from slamon.connectors._urls import same_host
from slamon.errors import PlatformError, Verdict
from slamon.model import ID_CAP, MAX_INSTANT, NAME_CAP, SECOND, TEXT_CAP, URL_CAP, Reject, clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Instant

Json: TypeAlias = dict[str, Any]

_NOTHING: Json = {}
_COUNT_CAP = 1 << 53


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of an edge, on its own or nested in an object."""

    data: Sequence[Any]
    after: str | None = None
    """The cursor of the next page; `None` where there is none. A page may be short or empty and still have one."""
    summary: Mapping[str, Any] = field(default_factory=dict)

    @property
    def total(self) -> int | None:
        """How many items the platform counts: at least as many as it shows; `None` where it was not asked."""
        return count(self.summary.get("total_count"))


def listing(endpoint: str, document: Any, base: str = "") -> Listing:  # noqa: ANN401 - any JSON
    """The page in `document`. Only a page that names a `next` has a cursor: its length proves nothing.

    `base` is where the API is: a `next` without a cursor beside it is read for its cursor on that host only.

    :raises PlatformError: it is no page.
    """
    page = thing(endpoint, document)
    data = page.get("data")
    if not isinstance(data, list):
        raise bad(endpoint, "is no list")
    summary = page.get("summary")
    after = _after(endpoint, page.get("paging"), base)
    return Listing(data, after, summary if isinstance(summary, dict) else _NOTHING)


def nested(parent: Json, name: str) -> Listing | None:
    """The edge `name` that came inside of an object; `None` where it did not come, or cannot be read.

    A cursor in it says that it was cut off.
    """
    try:
        return listing(name, parent.get(name))
    except PlatformError:
        return None


def thing(endpoint: str, document: Any) -> Json:  # noqa: ANN401 - any JSON
    """`document`, being an object.

    :raises PlatformError: it is none.
    """
    if not isinstance(document, dict):
        raise bad(endpoint, "is no object")
    return document


def bad(endpoint: str, what: str) -> PlatformError:
    """The error for an answer of another shape than documented."""
    return PlatformError(Verdict.BAD_ANSWER, f"{endpoint}: the platform's answer {what}", code="bad_answer")


def instant(value: Any) -> Instant:  # noqa: ANN401 - any JSON
    """A time as the API writes it (`2026-03-02T09:14:55+0000`), or as Unix seconds where those were asked for.

    :raises ValueError: it is none, or has no zone.
    """
    if type(value) is int and 0 <= value <= MAX_INSTANT // SECOND:
        return value * SECOND
    if not isinstance(value, str):
        raise ValueError("a time is neither text nor a number")  # noqa: TRY004 - one kind of error for odd values
    try:
        told = datetime.fromisoformat(value)
        at = None if told.tzinfo is None else round(told.timestamp() * SECOND)
    except (ValueError, OverflowError):
        at = None
    if at is None or not 0 <= at <= MAX_INSTANT:
        raise ValueError("a time is no time with a zone")
    return at


def ident(value: Any) -> str:  # noqa: ANN401 - any JSON
    """An id: a text that is not empty.

    :raises ValueError: it is none.
    """
    if isinstance(value, str) and 0 < len(value) <= ID_CAP:
        return value
    raise ValueError("an id is no text")


def text(value: Any, cap: int = TEXT_CAP) -> str:  # noqa: ANN401 - any JSON
    """A text, or `""` where it is missing: fields without a value are left out.

    :raises ValueError: it is there and no text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("a text is no text")  # noqa: TRY004 - one kind of error for odd values
    return clean(value, cap)


def count(value: Any) -> int | None:  # noqa: ANN401 - any JSON
    """A count, or `None`."""
    return value if type(value) is int and 0 <= value < _COUNT_CAP else None


def link(value: Any) -> str:  # noqa: ANN401 - any JSON
    """An https address, or `""`."""
    good = isinstance(value, str) and value.startswith("https://") and len(value) <= URL_CAP and value.isprintable()
    return value if good else ""


def reject(item: Any, error: Exception) -> Reject:  # noqa: ANN401 - any JSON
    """An item that could not be understood, with its reason."""
    known = item.get("id") if isinstance(item, dict) else None
    reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
    raw = json.dumps(item, ensure_ascii=False)
    name = clean(known, ID_CAP) if isinstance(known, str) and known else "?"
    return Reject(name, clean(reason, NAME_CAP), clean(raw, TEXT_CAP))


def _after(endpoint: str, paging: Any, base: str) -> str | None:  # noqa: ANN401 - any JSON
    following = paging.get("next") if isinstance(paging, dict) else None
    if following is None:
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if after is None and isinstance(following, str) and base:
        after = _after_in(following, base)
    if not isinstance(after, str) or not after:
        raise bad(endpoint, "has a next page without a cursor")
    return after


def _after_in(following: str, base: str) -> str | None:
    """The cursor in a link to a next page, which holds the token and is never asked as it stands."""
    if not same_host(base, following):
        raise PlatformError(Verdict.BAD_ANSWER, "a link of the platform leads to another host", code="other_host")
    return dict(parse_qsl(urlsplit(following).query)).get("after")
