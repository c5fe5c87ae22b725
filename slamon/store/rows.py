"""Messages as rows and back."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from slamon.model import Author, Kind, Message, Role, Side
from slamon.store.schema import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Row

ADDRESSED, AUTOMATED, FAILED, HIDDEN, ALIASED, FILTERED, ADVERTISED, FADED = (1 << n for n in range(8))
_FLAGS = (
    ("addressed", ADDRESSED),
    ("automated", AUTOMATED),
    ("failed", FAILED),
    ("hidden", HIDDEN),
    ("filtered", FILTERED),
    ("advertised", ADVERTISED),
    ("faded", FADED),
)
STORED = ALIASED | FILTERED | FADED
"""What the store alone knows; no page says anything of it."""
_SEPARATOR = "\n"
"""Author ids hold no line break on any platform."""

COLUMNS = tuple(message.c)
NAMES = tuple(column.name for column in COLUMNS)
PLAIN = NAMES.index("wait") + 1
"""So many columns say something of most messages: the others are left out of the INSERT where they say nothing."""


def flags(said: Message) -> int:
    """Its yes-or-no facts as one number."""
    total = ALIASED if said.aliases else 0
    if said.addressed or said.automated or said.failed or said.hidden or said.filtered or said.advertised or said.faded:
        total |= sum(bit for name, bit in _FLAGS if getattr(said, name))
    return total


def joined(ids: Iterable[str]) -> str:
    """Author ids, or marks, as one column."""
    return _SEPARATOR.join(ids)


def to_row(channel: int, said: Message, wait: int | None, no_reply: str | None = None) -> tuple[Any, ...]:
    """The row of a message, in the order of `NAMES`."""
    author = said.author
    return (
        channel,
        said.id,
        said.thread,
        said.in_reply_to,
        said.in_reply_to_author,
        said.quotes_author,
        author.id,
        author.handle,
        author.name,
        author.followers,
        author.verified,
        said.side.value,
        said.role.value if said.role else None,
        said.kind.value,
        said.text,
        joined(said.mentions),
        joined(said.carried),
        said.opens_with,
        said.language,
        said.reach,
        said.permalink,
        flags(said),
        said.created_at,
        said.edited_at,
        said.gone_at,
        said.surfaced_at,
        wait,
        said.rating,
        said.app or None,
        joined(sorted(said.marks)) if said.marks else None,
        said.hidden_at,
        no_reply,
    )


_get = attrgetter(*NAMES[:-1])


def from_row(row: Row[Any], aliases: Iterable[str] = ()) -> Message:
    """The message of a row that holds all columns."""
    (
        _channel,
        id_,
        thread,
        in_reply_to,
        in_reply_to_author,
        quotes_author,
        author,
        handle,
        name,
        followers,
        verified,
        side,
        role,
        kind,
        text,
        mentions,
        carried,
        opens_with,
        language,
        reach,
        permalink,
        bits,
        created_at,
        edited_at,
        gone_at,
        surfaced_at,
        _wait,
        rating,
        app,
        marks,
        hidden_at,
    ) = _get(row)
    return Message(
        id=id_,
        thread=thread,
        author=Author(author, handle, name, followers, verified),
        side=_SIDES[side],
        created_at=created_at,
        kind=_KINDS[kind],
        text=text,
        role=Role(role) if role else None,
        in_reply_to=in_reply_to,
        in_reply_to_author=in_reply_to_author,
        quotes_author=quotes_author,
        mentions=split(mentions),
        carried=split(carried),
        opens_with=opens_with,
        aliases=tuple(aliases),
        language=language,
        reach=reach,
        rating=rating,
        app=app or "",
        permalink=permalink,
        addressed=bool(bits & ADDRESSED),
        automated=bool(bits & AUTOMATED),
        failed=bool(bits & FAILED),
        hidden=bool(bits & HIDDEN),
        filtered=bool(bits & FILTERED),
        advertised=bool(bits & ADVERTISED),
        faded=bool(bits & FADED),
        hidden_at=hidden_at,
        edited_at=edited_at,
        gone_at=gone_at,
        surfaced_at=surfaced_at,
        marks=frozenset(split(marks)),
    )


def split(text: str | None) -> tuple[str, ...]:
    """What `joined` made one column of."""
    return tuple(text.split(_SEPARATOR)) if text else ()


_SIDES: Mapping[str, Side] = {side.value: side for side in Side}
_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}
