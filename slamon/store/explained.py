"""What `slamon explain` asks of the store: a wait with everything that was decided of it, and threads by any name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from slamon.store.queue import StoredTimer, stored_timer
from slamon.store.schema import alias, channel, conversation, message, outbox, timer, wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant, Target
    from slamon.store.history import StoredChannel


@dataclass(frozen=True, slots=True)
class StoredWait:
    """A wait as the fold and the evaluator left it."""

    id: int
    channel: int
    thread: str
    customer: str
    number: int
    turn: int
    episode: int
    state: str
    reason: str
    """How it ended, unless by a person's plain answer."""
    started_at: Instant
    last_message_at: Instant
    answered_at: Instant | None
    answered_by: str
    """The id of the answer; empty while open."""
    cancelled_at: Instant | None
    merged_into: int | None
    acknowledged_at: Instant | None
    holding_at: Instant | None
    followed_up_at: Instant | None
    bot_at: Instant | None
    suspected: bool
    policy: str | None
    """`None`: it was not decided yet; empty: none matches."""
    rules: str | None
    """The version of the rules that it was matched with."""
    partial: bool
    """Its thread was cut off: replies may be missing."""
    read_at: Instant | None
    """The start of the newest complete read that covers it."""


@dataclass(frozen=True, slots=True)
class Told:
    """One letter: what was to be told, to whom, and what became of it."""

    target: str
    stage: str
    repeat: int
    episode: int
    audience: str
    destination: str
    state: str
    reason: str
    reached_at: Instant
    sent_at: Instant | None
    verified: bool
    not_before: Instant
    """Where it is held: until when."""
    digest: int | None
    """The number of the digest that tells it, where one does."""


_WAIT = (
    select(wait, conversation.c.thread, conversation.c.customer, channel.c.read_at)
    .join(conversation, conversation.c.id == wait.c.conversation)
    .join(channel, channel.c.id == wait.c.channel)
    .where(wait.c.id == bindparam("of"))
)
_TIMERS = select(timer).where(timer.c.wait == bindparam("of"))
_TOLD = select(outbox).where(outbox.c.wait == bindparam("of")).order_by(outbox.c.id)
# A message is looked up where its channel is named, too; by an id or an alias, all of them would be gone through.
_RENAMED = select(alias.c.message).where(alias.c.channel == bindparam("channel"), alias.c.alias == bindparam("name"))
_IN_CHANNEL = select(message.c.thread).where(message.c.channel == bindparam("channel"))
_BY_ID = _IN_CHANNEL.where(message.c.id == bindparam("name"))
_BY_THREAD = _IN_CHANNEL.where(message.c.thread == bindparam("name")).limit(1)
_BY_AUTHOR = (
    select(message.c.channel, message.c.thread)
    .where((message.c.author == bindparam("name")) | (message.c.handle == bindparam("handle")))
    .order_by(message.c.created_at.desc())
    .limit(bindparam("n"))
)


def wait_of(tx: Connection, id_: int) -> StoredWait | None:
    """The wait of that number."""
    row: Any = tx.execute(_WAIT, {"of": id_}).one_or_none()
    if row is None:
        return None
    polled = 0 if row.partial else (row.read_at or 0)
    return StoredWait(
        id=row.id,
        channel=row.channel,
        thread=row.thread,
        customer=row.customer,
        number=row.number,
        turn=row.turn,
        episode=row.episode,
        state=row.state,
        reason=row.reason or "",
        started_at=row.started_at,
        last_message_at=row.last_message_at,
        answered_at=row.answered_at,
        answered_by=row.answered_by or "",
        cancelled_at=row.cancelled_at,
        merged_into=row.merged_into,
        acknowledged_at=row.acknowledged_at,
        holding_at=row.holding_at,
        followed_up_at=row.followed_up_at,
        bot_at=row.bot_at,
        suspected=bool(row.suspected),
        policy=row.policy,
        rules=row.rules,
        partial=row.partial,
        read_at=max(polled, row.checked_at or 0) or None,
    )


def timers_of(tx: Connection, id_: int) -> dict[Target, StoredTimer]:
    """Its timers."""
    found = (stored_timer(row) for row in tx.execute(_TIMERS, {"of": id_}))
    return {one.target: one for one in found}


def told_of(tx: Connection, id_: int) -> list[Told]:
    """All its letters, oldest first."""
    names = Told.__slots__
    return [Told(**{name: getattr(row, name) for name in names}) for row in tx.execute(_TOLD, {"of": id_})]


def threads_named(tx: Connection, channels: Sequence[StoredChannel], name: str, limit: int) -> list[tuple[int, str]]:
    """(channel, thread) of what `name` may mean: a message's id, a thread's, an author's, or a handle; newest first."""
    found = dict.fromkeys(threads_by_id(tx, [one.id for one in channels], name))
    for one in channels:
        where = {"channel": one.id, "name": name}
        found |= dict.fromkeys((one.id, thread) for thread in tx.execute(_BY_THREAD, where).scalars())
    authored = {"name": name, "handle": name.removeprefix("@"), "n": limit}
    found |= dict.fromkeys((row.channel, row.thread) for row in tx.execute(_BY_AUTHOR, authored))
    return list(found)[:limit]


def threads_by_id(tx: Connection, channels: Sequence[int], name: str) -> list[tuple[int, str]]:
    """(channel, thread) of each message of that id, or that was once known by it."""
    found: list[tuple[int, str]] = []
    for one in channels:
        renamed = tx.execute(_RENAMED, {"channel": one, "name": name}).scalars()
        for id_ in dict.fromkeys((name, *renamed)):
            found += [(one, thread) for thread in tx.execute(_BY_ID, {"channel": one, "name": id_}).scalars()]
    return found
