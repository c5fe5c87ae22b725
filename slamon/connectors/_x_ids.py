"""X's ids: numbers in quotes that hold their creation time (Snowflake), read tolerantly and refused precisely."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from slamon.model import SECOND

if TYPE_CHECKING:
    from slamon.model import Instant

SNOWFLAKE_EPOCH: Instant = 1_288_834_974_657
"""Where the time in ids counts from; ids from before November 2010 hold none."""
SNOWFLAKE_SHIFT = 22
AGREEMENT = 2 * SECOND
"""`created_at` is cut to whole seconds; an id whose time is further from it holds no time."""

LONGEST = 20
"""Digits of an id: they are 64 bits wide."""


def is_id(value: Any) -> TypeGuard[str]:  # noqa: ANN401 - any JSON
    """Whether `value` is an id as X writes them."""
    return isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) <= LONGEST


def checked(value: Any) -> str:  # noqa: ANN401 - any JSON
    """`value`, being an id.

    :raises ValueError: it is none.
    """
    if is_id(value):
        return value
    raise ValueError("an id is not a number in quotes")


def optional(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """`value`, being an id or nothing.

    :raises ValueError: it is neither.
    """
    return None if value is None else checked(value)


def created(post_id: str) -> Instant:
    """The creation time that an id holds."""
    return (int(post_id) >> SNOWFLAKE_SHIFT) + SNOWFLAKE_EPOCH


def id_at(instant: Instant) -> int:
    """The smallest id that could have been given out at `instant`."""
    return max(instant - SNOWFLAKE_EPOCH, 0) << SNOWFLAKE_SHIFT


def times(shown: str, history: tuple[str, ...], stated: str | None) -> tuple[Instant, Instant | None]:
    """When the first version was made, and the newest, where there are several.

    `shown` is the version at hand and `stated` its `created_at`, which wins over ids that hold another time.

    :raises ValueError: `stated` is no instant.
    """
    if stated is not None:
        told = _instant(stated)
        if not -AGREEMENT < created(shown) - told < AGREEMENT:
            return told, told if len(history) > 1 else None
    return created(history[0]), created(history[-1]) if len(history) > 1 else None


def _instant(stated: str) -> Instant:
    at = datetime.fromisoformat(stated)
    if at.tzinfo is None:
        raise ValueError("created_at has no zone")
    return round(at.timestamp() * SECOND)
