"""X's ids: numbers in quotes that hold their creation time (Snowflake), read tolerantly and refused precisely.

Servers that pretend to be X have ids that hold no time, or are no numbers: then only `created_at` says when, and lists
are read on by time.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from slamon.model import MAX_INSTANT, SECOND

if TYPE_CHECKING:
    from slamon.model import Instant

SNOWFLAKE_EPOCH: Instant = 1_288_834_974_657
"""Where the time in ids counts from; ids from before November 2010 hold none."""
SNOWFLAKE_SHIFT = 22
FIRST_TIMED: Instant = 1_289_001_600_000
"""2010-11-06: before it ids held no time, and X refuses a `start_time`."""
AGREEMENT = 2 * SECOND
"""`created_at` is cut to whole seconds; an id whose time is further from it holds no time."""

LONGEST = 20
"""Digits of an id: they are 64 bits wide."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def is_id(value: Any) -> TypeGuard[str]:  # noqa: ANN401 - any JSON
    """Whether `value` can be an id, and can stand in a path."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_number(value: Any) -> TypeGuard[str]:  # noqa: ANN401 - any JSON
    """Whether `value` is an id as X writes them."""
    return isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) <= LONGEST


def checked(value: Any) -> str:  # noqa: ANN401 - any JSON
    """`value`, being an id.

    :raises ValueError: it is none.
    """
    if is_id(value):
        return value
    raise ValueError("an id is not a number in quotes, nor a short word")


def optional(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """`value`, being an id or nothing.

    :raises ValueError: it is neither.
    """
    return None if value is None else checked(value)


def created(post_id: str) -> Instant:
    """The creation time that an id holds."""
    return (int(post_id) >> SNOWFLAKE_SHIFT) + SNOWFLAKE_EPOCH


def holds(ident: str, at: Instant) -> bool:
    """Whether an id holds this time, as X's do."""
    return is_number(ident) and -AGREEMENT < created(ident) - at < AGREEMENT


def moment(thing: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    """When a post or a message was made, in the version at hand; `None` where it does not tell."""
    try:
        ident = checked(thing["id"])
        return times(ident, (ident,), thing.get("created_at"))[0]
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        return None


def id_at(instant: Instant) -> int:
    """The smallest id that could have been given out at `instant`."""
    return max(instant - SNOWFLAKE_EPOCH, 0) << SNOWFLAKE_SHIFT


def times(shown: str, history: tuple[str, ...], stated: str | None) -> tuple[Instant, Instant | None]:
    """When the first version was made, and the newest, where there are several.

    `shown` is the version at hand and `stated` its `created_at`, which wins over ids that hold another time.

    :raises ValueError: `stated` is no instant, or nothing tells one.
    """
    if stated is not None:
        told = _instant(stated)
        if not holds(shown, told):
            return told, told if len(history) > 1 else None
    elif not is_number(shown) or not FIRST_TIMED <= created(shown) < MAX_INSTANT:
        raise ValueError("there is no created_at, and the id holds no time")
    return created(history[0]), created(history[-1]) if len(history) > 1 else None


def _instant(stated: str) -> Instant:
    at = datetime.fromisoformat(stated)
    if at.tzinfo is None:
        raise ValueError("created_at has no zone")
    return round(at.timestamp() * SECOND)
