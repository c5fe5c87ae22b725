"""The stored history as it was said: channels, and their threads a slice at a time, so that reading holds up nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from slamon.store import rows
from slamon.store.schema import alias, channel, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.model import Message
    from slamon.store.store import Store

SLICE = 500
"""Threads read in one short transaction."""


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A channel, and who answers there."""

    id: int
    name: str
    platform: str
    identity: str | None
    """JSON of the pinned account and team; `None` before the first read."""


@dataclass(frozen=True, slots=True)
class StoredThread:
    """All that is stored of a thread."""

    name: str
    messages: Sequence[Message]
    waits: Mapping[str, int]
    """Message id → number of the wait that it belongs to."""
    no_reply: Mapping[str, str]
    """Message id → why it needs no reply."""


_CHANNELS = select(channel.c.id, channel.c.name, channel.c.platform, channel.c.identity).order_by(channel.c.id)
_COUNT = select(func.count()).select_from(message)
_NAMES = (
    select(message.c.thread)
    .where(message.c.channel == bindparam("channel"), message.c.thread > bindparam("after"))
    .distinct()
    .order_by(message.c.thread)
    .limit(SLICE)
)
_MESSAGES = select(*rows.COLUMNS).where(
    message.c.channel == bindparam("channel"), message.c.thread.in_(bindparam("threads", expanding=True))
)
_ALIASES = (
    select(alias.c.message, alias.c.alias)
    .join(message, (message.c.channel == alias.c.channel) & (message.c.id == alias.c.message))
    .where(alias.c.channel == bindparam("channel"), message.c.thread.in_(bindparam("threads", expanding=True)))
    .order_by(alias.c.alias)
)


def channels(tx: Connection) -> list[StoredChannel]:
    """Every channel that was ever registered."""
    return [StoredChannel(row.id, row.name, row.platform, row.identity) for row in tx.execute(_CHANNELS)]


def count(tx: Connection) -> int:
    """How many messages are stored."""
    return int(tx.execute(_COUNT).scalar_one())


def threads(store: Store, channel_id: int) -> Iterator[StoredThread]:
    """The threads of a channel in the order of their names, each as it is when its turn comes."""
    after: str | None = ""
    while after is not None:
        with store.read() as tx:
            names = tx.execute(_NAMES, {"channel": channel_id, "after": after}).scalars().all()
            found = _slice(tx, channel_id, names)
        yield from found
        after = names[-1] if len(names) == SLICE else None


def thread(tx: Connection, channel_id: int, name: str) -> StoredThread:
    """One thread; without messages where nothing is known of it."""
    (found,) = _slice(tx, channel_id, [name])
    return found


def _slice(tx: Connection, channel_id: int, names: Sequence[str]) -> list[StoredThread]:
    if not names:
        return []
    where = {"channel": channel_id, "threads": list(names)}
    others: dict[str, list[str]] = {}
    for row in tx.execute(_ALIASES, where):
        others.setdefault(row.message, []).append(row.alias)
    messages: dict[str, list[Message]] = {name: [] for name in names}
    waits: dict[str, dict[str, int]] = {name: {} for name in names}
    no_reply: dict[str, dict[str, str]] = {name: {} for name in names}
    stored: Sequence[Any] = tx.execute(_MESSAGES, where).all()
    for row in stored:
        messages[row.thread].append(rows.from_row(row, others.get(row.id, ())))
        if row.wait is not None:
            waits[row.thread][row.id] = row.wait
        if row.no_reply is not None:
            no_reply[row.thread][row.id] = row.no_reply
    return [StoredThread(name, messages[name], waits[name], no_reply[name]) for name in names]
