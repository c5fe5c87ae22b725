"""Bluesky's names and times: addresses of records, keys that sort by time, and instants that clients made up."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.model import ID_CAP, MINUTE, SECOND

if TYPE_CHECKING:
    from slamon.model import Instant, Millis

Json: TypeAlias = dict[str, Any]

POSTS = "app.bsky.feed.post"
GATES = "app.bsky.feed.threadgate"
AHEAD: Millis = MINUTE
"""How far ahead of its server's clock a time may be: beyond, somebody made it up."""
DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}")
HANDLE = re.compile(r"(?=.{4,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,62}")
NO_HANDLE = "handle.invalid"
"""What stands for a handle that no longer leads to its account."""

_ADDRESS = re.compile(r"at://([A-Za-z0-9._:%-]{1,255})/([A-Za-z0-9.-]{1,317})/([A-Za-z0-9._:~-]{1,255})")
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_KEY = re.compile(f"[{_SORTABLE[:16]}][{_SORTABLE}]{{12}}")
_CLOCK_BITS = 10
_MICROS = 1_000
_LATEST_KEY = (1 << 63) - 1


def parts(uri: str) -> tuple[str, str, str]:
    """Author, collection and key of the record at `uri`.

    :raises ValueError: it is no address of a record.
    """
    match = _ADDRESS.fullmatch(uri) if len(uri) <= ID_CAP else None
    if match is None:
        raise ValueError("a record has no address")
    return match[1], match[2], match[3]


def author_of(uri: str) -> str | None:
    """Whose record stands at `uri`; `None` where that is not said by an id that never changes."""
    try:
        who = parts(uri)[0]
    except ValueError:
        return None
    return who if DID.fullmatch(who) else None


def address(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """The address in a reference to a record, or `None`."""
    uri = value.get("uri") if isinstance(value, dict) else None
    try:
        return uri if isinstance(uri, str) and parts(uri) else None
    except ValueError:
        return None


def post_uri(author: str, key: str) -> str:
    """The address of a post."""
    return f"at://{author}/{POSTS}/{key}"


def key_at(at: Instant) -> str:
    """The smallest key that a record written at `at` can have, where its key tells the time."""
    return _key(max(at, 0) * _MICROS << _CLOCK_BITS)


def key_time(key: str) -> Instant | None:
    """When a record was written by the word of its key; `None` for a key that tells no time. Keys can lie."""
    number = _number(key)
    return None if number is None else (number >> _CLOCK_BITS) // _MICROS


def key_before(key: str) -> str:
    """A key that comes before `key`, with hardly another between them."""
    number = _number(key)
    return _key(number - 1) if number else key[:-1]


def instant(text: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    """The instant that `text` names, from 1970 on; `None` for anything else."""
    if not isinstance(text, str) or len(text) > ID_CAP:
        return None
    try:
        at = datetime.fromisoformat(text)
        return round(at.timestamp() * SECOND) if at.tzinfo and at.timestamp() >= 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def written_at(stated: Any, seen: Instant | None, now: Instant, key: str = "") -> Instant:  # noqa: ANN401 - any JSON
    """When a post was made: as its author's program states, unless that is later than Bluesky first saw it, or absurd.

    Where Bluesky does not say when that was, `now` (its clock) bounds the statement, and the record's key comes next.
    """
    told, latest = instant(stated), now + AHEAD
    if seen is not None:
        return seen if told is None or told > seen else told
    for candidate in (told, key_time(key)):
        if candidate is not None and candidate <= latest:
            return candidate
    return now


def _key(number: int) -> str:
    number = min(number, _LATEST_KEY)
    return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def _number(key: str) -> int | None:
    if not _KEY.fullmatch(key):
        return None
    number = 0
    for letter in key:
        number = number << 5 | _SORTABLE.index(letter)
    return number
