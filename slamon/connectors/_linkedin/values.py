"""Values of LinkedIn's JSON, each of which may be anything: times, counts, and what is set aside of the unreadable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.connectors._linkedin.urns import is_urn, made_at
from slamon.model import ID_CAP, NAME_CAP, SECOND, TEXT_CAP, Reject, clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant

Json: TypeAlias = dict[str, Any]

ODD = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""What may come of values that are none of LinkedIn's."""
NOTHING: Json = {}
_MOST = 1 << 53
_TOLD = ("id", "$URN", "commentUrn", "parentComment", "object", "notificationId", "action", "sourcePost")
"""What is kept of a post that cannot be read: names of things, nothing that a member wrote."""


def instant(value: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    """Epoch milliseconds, or `None` where `value` is none."""
    return value if type(value) is int and 0 < value < _MOST else None


def reject(element: Any, error: Exception) -> Reject:  # noqa: ANN401 - any JSON
    """What is set aside of a post that cannot be read: never what a member wrote, for that may not be kept for long."""
    known: Mapping[str, Any] = element if isinstance(element, dict) else NOTHING
    told = {name: known[name] for name in _TOLD if isinstance(known.get(name), (str, int))}
    reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
    return Reject(
        clean(str(told.get("id", told.get("notificationId", "?"))), ID_CAP),
        clean(reason, NAME_CAP),
        clean(json.dumps(told, ensure_ascii=False), TEXT_CAP),
    )


def part(value: Any) -> Json:  # noqa: ANN401 - any JSON
    """An object, or an empty one where `value` is none."""
    return value if isinstance(value, dict) else NOTHING


def urn(value: Any) -> str:  # noqa: ANN401 - any JSON
    """A URN, or an empty text where `value` is none."""
    return str(value) if is_urn(value) else ""


def written(told: Any, found: str) -> Instant:  # noqa: ANN401 - any JSON
    """When the thing of the id `found` was written: as `told`, or else as its id holds it.

    :raises ValueError: neither says.
    """
    at = instant(told) or made_at(found)
    if at is None:
        raise ValueError("it does not say when it was written")
    return at


def edited(created_at: Instant, changed: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    """The time of the last change, where that is not the writing itself."""
    at = instant(changed)
    return at if at is not None and at >= created_at + SECOND else None


def count(value: Any) -> int | None:  # noqa: ANN401 - any JSON
    """A number of things, or `None` where `value` is none."""
    return value if type(value) is int and 0 <= value < _MOST else None
