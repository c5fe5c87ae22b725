"""What stands behind the question mark, read strictly: a filter with a slip of the pen would leave everything in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slamon.config_keys import NAME
from slamon.model import OPEN_STATUSES, Status, storable
from slamon.store.listing import Asked
from slamon.web.api.resource import RefusedError

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request

MOST_VALUES = 50
"""Of one parameter; all of them at once, in their longest form, have room in a head of 64 KiB."""
LONGEST_NAME, LONGEST_TEXT = 64, 200
LIMIT, MOST_WAITS = 50, 200
LIMITS = re.compile("[1-9][0-9]{0,2}", re.ASCII)
STATUSES = [status.value for status in OPEN_STATUSES]


def nothing(request: Request) -> None:
    """Nothing can be said of this address.

    :raises RefusedError: something is.
    """
    _read(request, (), ())


def channels(request: Request) -> Collection[str]:
    """The channels that are asked for; none: all.

    :raises RefusedError: what is wrong.
    """
    return _names(_read(request, ("channel",), ())["channel"])


def asked(request: Request) -> Asked:
    """Which waits are asked for.

    :raises RefusedError: what is wrong.
    """
    said = _read(request, ("channel", "policy", "status"), ("text", "limit", "after"))
    return Asked(
        channels=_names(said["channel"]),
        policies=[_short("policy", name, LONGEST_NAME) for name in said["policy"]],
        statuses=[_status(name) for name in said["status"]],
        text=_short("text", _only(said["text"]) or "", LONGEST_TEXT),
        after=_only(said["after"]),
        limit=_limit(_only(said["limit"])),
    )


def _read(request: Request, many: Collection[str], one: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in (*many, *one)}
    for name, value in request.query_params.multi_items():
        if name not in found:
            known = ", ".join(f"`{each}`" for each in found) or "none"
            raise RefusedError(400, f"unknown parameter `{name[:60]}`; known: {known}")
        if name in one and found[name]:
            raise RefusedError(400, f"`{name}` may be said once")
        if len(found[name]) == MOST_VALUES:
            raise RefusedError(400, f"`{name}` may be said {MOST_VALUES} times")
        found[name].append(value)
    return found


def _only(values: list[str]) -> str | None:
    return values[0] if values else None


def _names(values: list[str]) -> list[str]:
    if any(NAME.fullmatch(name) is None for name in values):
        raise RefusedError(400, "`channel` should be the name of a channel")
    return values


def _status(name: str) -> Status:
    if name not in STATUSES:
        raise RefusedError(400, f"`status` should be one of: {', '.join(STATUSES)}")
    return Status(name)


def _short(name: str, value: str, most: int) -> str:
    if len(value) > most or not storable(value):
        raise RefusedError(400, f"`{name}` should be a text of at most {most} characters")
    return value


def _limit(value: str | None) -> int:
    if value is None:
        return LIMIT
    if LIMITS.fullmatch(value) is None or int(value) > MOST_WAITS:
        raise RefusedError(400, f"`limit` should be a whole number from 1 to {MOST_WAITS}")
    return int(value)
