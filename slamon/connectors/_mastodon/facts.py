"""Single values of the Mastodon API, read tolerantly and refused precisely: ids, times, counts, addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from slamon.model import SECOND, URL_CAP

if TYPE_CHECKING:
    from slamon.model import Instant

LONGEST = 255
"""Characters of an id. Numbers at Mastodon, ULIDs, UUIDs or words elsewhere: opaque texts, never cast."""
_ID = re.compile(rf"[^\s\x00-\x20\x7f-\xa0]{{1,{LONGEST}}}")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f\"'<>\\^`{|}]+")


def checked(value: Any) -> str:  # noqa: ANN401 - any JSON
    """`value`, being an id; some servers send numbers without quotes.

    :raises ValueError: it is none.
    """
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and _ID.fullmatch(text) and text.isprintable():
        return text
    raise ValueError("an id is missing or no text")


def optional(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """`value`, being an id or nothing.

    :raises ValueError: it is neither.
    """
    return None if value is None or value == "" else checked(value)


def rank(ident: str) -> tuple[int, str]:
    """Orders ids as servers do: the longer number is the larger one, ULIDs are all of one length."""
    return len(ident), ident


def instant(value: Any) -> Instant:  # noqa: ANN401 - any JSON
    """A time as the API writes it, RFC 3339; one without a zone is UTC, as all of them are.

    :raises ValueError: it is none.
    """
    # Python reads any digits as a date, too.
    if not isinstance(value, str) or value[4:5] != "-":
        raise ValueError("a time is missing, or is none")
    at = datetime.fromisoformat(value)
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * SECOND)


def optional_instant(value: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    """A time, or `None` for whatever is none."""
    try:
        return instant(value)
    except (ValueError, OverflowError, OSError):
        return None


def count(value: Any) -> int | None:  # noqa: ANN401 - any JSON
    """A number of things that a database can keep, or `None`."""
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def language(value: Any) -> str:  # noqa: ANN401 - any JSON
    """A language tag, or nothing."""
    return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else ""


def address(*candidates: object) -> str:
    """The first of the candidates that a browser may be sent to."""
    fit = (url for url in candidates if isinstance(url, str) and len(url) <= URL_CAP and _ADDRESS.fullmatch(url))
    return next(fit, "")


def text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """A text, or nothing."""
    return value if isinstance(value, str) else ""


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    """A list, or an empty one."""
    return value if isinstance(value, list) else []
