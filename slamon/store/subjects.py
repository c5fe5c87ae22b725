"""What an action is about: the wait that was named, and further open ones that it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, literal, select

from slamon.sla.orders import AUTHOR, THREAD
from slamon.store.history import StoredChannel
from slamon.store.schema import channel, conversation, message, wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

MERGES = 20
"""How many merges in a row are followed."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A wait that somebody named."""

    id: int
    state: str
    reason: str
    episode: int
    channel: StoredChannel
    thread: str
    customer: str


_NAMED = (
    select(
        wait.c.id,
        wait.c.state,
        wait.c.reason,
        wait.c.episode,
        wait.c.merged_into,
        wait.c.channel,
        conversation.c.thread,
        conversation.c.customer,
        channel.c.name,
        channel.c.platform,
        channel.c.identity,
    )
    .join(conversation, conversation.c.id == wait.c.conversation)
    .join(channel, channel.c.id == wait.c.channel)
    .where(wait.c.id == bindparam("of"))
)

# Written out in the SQL: with a parameter, SQLite would not take the index over open waits.
_OPEN = (
    select(wait.c.id)
    .join(conversation, conversation.c.id == wait.c.conversation)
    .where(wait.c.state == literal("open", literal_execute=True), wait.c.channel == bindparam("channel"))
    .order_by(wait.c.started_at, wait.c.id)
    .limit(bindparam("n"))
)
_OF = {
    AUTHOR: _OPEN.where(conversation.c.customer == bindparam("subject")),
    THREAD: _OPEN.where(conversation.c.thread == bindparam("subject")),
}
_MESSAGES = (
    select(message.c.id, message.c.wait)
    .select_from(wait.join(conversation, conversation.c.id == wait.c.conversation))
    .join(
        message,
        (message.c.channel == conversation.c.channel)
        & (message.c.thread == conversation.c.thread)
        & (message.c.wait == wait.c.id),
    )
    .where(wait.c.id.in_(bindparam("waits", expanding=True)))
    .order_by(message.c.wait, message.c.id)
)


def named(tx: Connection, number: int) -> Subject | None:
    """The wait of that number, or the one that it is part of by now."""
    row: Any = tx.execute(_NAMED, {"of": number}).one_or_none()
    for _ in range(MERGES):
        if row is None or row.merged_into is None:
            break
        row = tx.execute(_NAMED, {"of": row.merged_into}).one_or_none()
    if row is None:
        return None
    of = StoredChannel(row.channel, row.name, row.platform, row.identity)
    return Subject(row.id, row.state, row.reason or "", row.episode, of, row.thread, row.customer)


def open_waits(tx: Connection, of: Subject, scope: str, most: int) -> list[int]:
    """The open waits of the same channel and, by the scope, of the same author or thread: oldest first."""
    subject = {AUTHOR: of.customer, THREAD: of.thread}.get(scope)
    given = {"channel": of.channel.id, "n": most} | ({} if subject is None else {"subject": subject})
    return list(tx.execute(_OF.get(scope, _OPEN), given).scalars())


def messages(tx: Connection, waits: Sequence[int]) -> list[tuple[str, int]]:
    """(message, wait) of all that these waits hold, deleted ones included."""
    return [(row.id, row.wait) for row in tx.execute(_MESSAGES, {"waits": waits})]
