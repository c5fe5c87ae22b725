"""LinkedIn's names for things: how they are read, how addresses carry them, and the time that their numbers hold.

A comment's URN holds the URN of the post it stands under, in a long and a short form (`activity:1`): comments are told
apart by the number at its end alone, posts by theirs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from slamon.model import DAY

if TYPE_CHECKING:
    from slamon.model import Instant

ID = r"[A-Za-z0-9_-]{1,64}"
_PLAIN = re.compile(rf"(?:urn:li:)?([A-Za-z]{{1,32}}):({ID})")
_COMMENT = re.compile(rf"urn:li:comment:\((?:urn:li:)?([A-Za-z]{{1,32}}):({ID}),({ID})\)")
_ID = re.compile(ID)

_SITE = "https://www.linkedin.com/feed/update/"
_TIME_BITS = 22
_EARLIEST, _LATEST = 14_610 * DAY, 47_482 * DAY
"""2010 and 2100: a number that holds another time holds none."""


class CommentName(NamedTuple):
    """A comment: the URN of the post under which it stands, and its own number."""

    thread: str
    id: str


def encoded(urn: str) -> str:
    """`urn` as part of a path or as a value of a query: nothing of it may look like structure."""
    return quote(urn, safe="")


def is_urn(value: object) -> bool:
    """Whether it is the plain URN of anything, in its long form."""
    return isinstance(value, str) and value.startswith("urn:li:") and _PLAIN.fullmatch(value) is not None


def post_urn(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """The URN of a post in its long form, out of either form; `None` where `value` is none."""
    match = _PLAIN.fullmatch(value) if isinstance(value, str) else None
    return f"urn:li:{match[1]}:{match[2]}" if match else None


def comment_name(value: Any) -> CommentName | None:  # noqa: ANN401 - any JSON
    """The post and the number that a comment's URN holds; `None` where `value` is none."""
    match = _COMMENT.fullmatch(value) if isinstance(value, str) else None
    return CommentName(f"urn:li:{match[1]}:{match[2]}", match[3]) if match else None


def comment_urn(thread: str, comment: str) -> str:
    """The long form of a comment's URN."""
    return f"urn:li:comment:({thread},{comment})"


def number(urn: str) -> str:
    """What stands at the end of a plain URN: the id by which slamon knows it."""
    return urn.rpartition(":")[2]


def can_be_read(post: str) -> bool:
    """Whether a post itself can be asked for by this URN: not by that of its activity."""
    return post.startswith(("urn:li:share:", "urn:li:ugcPost:"))


def ident(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """An id, whether it came as text or as a number; `None` where `value` is none."""
    if type(value) is int and value >= 0:
        value = str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def made_at(found: str) -> Instant | None:
    """When the thing of that id was made: its first 41 bits count milliseconds. Nowhere documented, and so far true."""
    at = int(found) >> _TIME_BITS if found.isascii() and found.isdigit() else 0
    return at if _EARLIEST < at < _LATEST else None


def post_link(thread: str) -> str:
    """Where a person reads a post."""
    return f"{_SITE}{thread}/"


def comment_link(thread: str, comment: str, top: str | None) -> str:
    """Where a person reads a comment, or a reply below the comment `top`. The parameters are nowhere documented."""
    short = thread.removeprefix("urn:li:")
    link = f"{post_link(thread)}?commentUrn={encoded(f'urn:li:comment:({short},{top or comment})')}"
    return f"{link}&replyUrn={encoded(f'urn:li:comment:({short},{comment})')}" if top else link
