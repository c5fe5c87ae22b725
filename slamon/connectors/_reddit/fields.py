"""The fields of Reddit's things: names, texts, times, and what became of a thing.

Facts from recorded answers of 2016 to 2025: what its author deleted has author and body `[deleted]`, what moderators
removed has the body `[removed]`; `created` is shifted in old records, `created_utc` is right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.model import MAX_INSTANT, SECOND, TEXT_CAP, clean

if TYPE_CHECKING:
    from slamon.model import Instant

Json: TypeAlias = dict[str, Any]

FULLNAME = re.compile(r"t[1-6]_[a-z0-9]{1,20}")
DELETED = "[deleted]"
REMOVED = frozenset({"[removed]", "[ Removed by Reddit ]"})
BY_AUTHOR = frozenset({"deleted", "author"})
"""Values of `removed_by_category` that speak of the author; all others, of moderators or of Reddit."""
ODD = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""What an odd value in an answer may raise."""


def is_deleted(kind: str, data: Json) -> bool:
    """Whether its author took it away."""
    if kind == "t4" or data.get("author") not in {None, DELETED}:
        return False
    body = data.get("body") if kind == "t1" else data.get("selftext")
    return body == DELETED or data.get("removed_by_category") in BY_AUTHOR


def is_removed(data: Json) -> bool:
    """Whether moderators, or Reddit, hid it."""
    body = data.get("body", data.get("selftext"))
    return body in REMOVED or bool(data.get("banned_by")) or bool(data.get("removed_by_category"))


def fullname(value: Any) -> str:  # noqa: ANN401 - any JSON
    """`value`, being a fullname.

    :raises ValueError: it is none.
    """
    if isinstance(value, str) and FULLNAME.fullmatch(value):
        return value
    raise ValueError("a name is no fullname such as t1_abc")


def written(value: Any) -> str:  # noqa: ANN401 - any JSON
    """`value`, being a text.

    :raises TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError("a text is no text")
    return clean(value, TEXT_CAP)


def instant(value: Any) -> Instant:  # noqa: ANN401 - any JSON
    """Seconds as an instant.

    :raises ValueError: they are none.
    """
    if type(value) not in {int, float} or not 0 <= value * SECOND <= MAX_INSTANT:
        raise ValueError("a time is no number of seconds")
    at: Instant = round(value * SECOND)
    return at


def reach(data: Json) -> int | None:
    """Votes, and for a post what stands under it."""
    counts = [data.get(name) for name in ("score", "num_comments")]
    if data.get("link_title") is not None:
        counts = counts[:1]  # of a comment: the other one counts what stands under its post
    known = [max(0, count) for count in counts if type(count) is int and abs(count) < 1 << 53]
    return sum(known) if known else None
