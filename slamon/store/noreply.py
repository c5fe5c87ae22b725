"""Messages that need no reply: those that were dropped, newest first, and what became of one that is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from slamon.model import Mark
from slamon.store import rows
from slamon.store.schema import alias, channel, message

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant


@dataclass(frozen=True, slots=True)
class Named:
    """A customer's message, and whether it waits."""

    channel: int
    channel_name: str
    id: str
    thread: str
    at: Instant
    author: str
    """Its handle, or the id where there is none."""
    text: str
    permalink: str
    reason: str | None
    """Why it needs no reply; `None`: it was not dropped."""
    wait: int | None
    kept: bool
    """A person took back that it needs none."""


_COLUMNS = (
    message.c.channel,
    message.c.id,
    message.c.thread,
    message.c.created_at,
    message.c.author,
    message.c.handle,
    message.c.text,
    message.c.permalink,
    message.c.marks,
    message.c.no_reply,
    message.c.wait,
    channel.c.name.label("channel_name"),
)
_SELECT = select(*_COLUMNS).join(channel, channel.c.id == message.c.channel)
_DROPPED = (
    _SELECT.where(message.c.channel == bindparam("of"), message.c.no_reply.is_not(None))
    .order_by(message.c.created_at.desc(), message.c.id.desc())
    .limit(bindparam("n"))
)
_CHANNELS = select(channel.c.id, channel.c.name)
_BY_ID = _SELECT.where(message.c.channel.in_(bindparam("channels", expanding=True)), message.c.id == bindparam("name"))
_BY_ALIAS = _SELECT.join(alias, (alias.c.channel == message.c.channel) & (alias.c.message == message.c.id)).where(
    alias.c.channel.in_(bindparam("channels", expanding=True)), alias.c.alias == bindparam("name")
)


def dropped(tx: Connection, limit: int, only: str | None = None) -> list[Named]:
    """Messages that start no wait because they need no reply, newest first; of the channel named, or of all."""
    found: list[Named] = []
    for row in tx.execute(_CHANNELS).all():
        if only is None or row.name == only:
            found += map(_named, tx.execute(_DROPPED, {"of": row.id, "n": limit}))
    return sorted(found, key=lambda said: (said.at, said.id), reverse=True)[:limit]


def called(tx: Connection, name: str, only: str | None = None) -> list[Named]:
    """The messages with that id, or alias: at most one a channel."""
    channels = [row.id for row in tx.execute(_CHANNELS) if only is None or row.name == only]
    found: dict[int, Named] = {}
    for statement in (_BY_ALIAS, _BY_ID):
        for row in tx.execute(statement, {"channels": channels, "name": name}):
            found[row.channel] = _named(row)
    return [found[of] for of in sorted(found)]


def _named(row: Any) -> Named:  # noqa: ANN401 - a row of `_COLUMNS`
    return Named(
        channel=row.channel,
        channel_name=row.channel_name,
        id=row.id,
        thread=row.thread,
        at=row.created_at,
        author=row.handle or row.author,
        text=row.text,
        permalink=row.permalink,
        reason=row.no_reply,
        wait=row.wait,
        kept=Mark.KEPT.value in rows.split(row.marks),
    )
