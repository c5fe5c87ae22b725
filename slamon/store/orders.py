"""Standing orders in the store: those of a channel, and the messages that they dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, select

from slamon.sla.handling import Verb
from slamon.sla.orders import Standing
from slamon.store import sql
from slamon.store.schema import action, dropped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant, Message

# As the partial index has it, word for word and without parameters: else SQLite would not take it.
_FOR_MESSAGES_TO_COME = action.c.scope.op("<>")(bindparam("wait", "wait", literal_execute=True))
_STANDING = (
    select(action.c.id, action.c.verb, action.c.scope, action.c.subject, action.c.until)
    .where(
        action.c.channel == bindparam("channel"),
        _FOR_MESSAGES_TO_COME,
        action.c.undone_at.is_(None),
        action.c.until > bindparam("since"),
    )
    .order_by(action.c.id)
)
_IN_FORCE = select(action.c.id).where(
    action.c.id.in_(bindparam("orders", expanding=True)), action.c.undone_at.is_(None)
)
_OTHER = dropped.alias("other")
_ANOTHER = exists().where(
    _OTHER.c.channel == dropped.c.channel,
    _OTHER.c.message == dropped.c.message,
    _OTHER.c.action != dropped.c.action,
    action.c.id == _OTHER.c.action,
    action.c.verb == bindparam("verb"),
    action.c.undone_at.is_(None),
)
_FREED = select(dropped.c.message).where(dropped.c.action == bindparam("order"), ~_ANOTHER)
_WAITS = (
    select(dropped.c.wait)
    .where(dropped.c.action == bindparam("order"), dropped.c.wait.is_not(None))
    .distinct()
    .order_by(dropped.c.wait)
)
_FORGET = delete(dropped).where(
    dropped.c.channel == bindparam("channel"), dropped.c.message.in_(bindparam("messages", expanding=True))
)


def standing(tx: Connection, channel_id: int, since: Instant) -> list[Standing]:
    """The orders for messages of a channel that were written at `since` or later, oldest first."""
    found: Sequence[Any] = tx.execute(_STANDING, {"channel": channel_id, "since": since}).all()
    return [Standing(row.id, Verb(row.verb).mark.value, row.scope, row.subject, row.until) for row in found]


def in_force(tx: Connection, ordered: Mapping[str, Sequence[Standing]]) -> dict[str, list[Standing]]:
    """What is left of it: an order may have been taken back since its messages were looked at."""
    ids = sorted({order.action for orders in ordered.values() for order in orders})
    still = set(tx.execute(_IN_FORCE, {"orders": ids}).scalars())
    return {said: [order for order in orders if order.action in still] for said, orders in ordered.items()}


def obeyed(messages: Sequence[Message], ordered: Mapping[str, Sequence[Standing]]) -> list[Message]:
    """The messages, those that are meant by an order with its mark."""
    return [
        replace(said, marks=said.marks | {order.mark for order in ordered[said.id]}) if ordered.get(said.id) else said
        for said in messages
    ]


def write(
    tx: Connection, channel_id: int, messages: Iterable[Message], ordered: Mapping[str, Sequence[Standing]]
) -> None:
    """Which of these new messages which order dropped."""
    drop(tx, channel_id, [(order.action, said.id, None) for said in messages for order in ordered.get(said.id, ())])


def drop(tx: Connection, channel_id: int, lost: Iterable[tuple[int, str, int | None]]) -> None:
    """Remember (action, message, wait that it belonged to)."""
    rows = [{"action": of, "channel": channel_id, "message": said, "wait": wait} for of, said, wait in lost]
    if rows:
        tx.execute(sql.insert_once(tx, dropped), rows)


def forget(tx: Connection, channel_id: int, messages: Sequence[str]) -> None:
    """No action drops these messages any more."""
    tx.execute(_FORGET, {"channel": channel_id, "messages": messages})


def freed(tx: Connection, order: int, verb: str) -> list[str]:
    """The messages that an action dropped, but for those that another one, not taken back, dropped as the same."""
    return list(tx.execute(_FREED, {"order": order, "verb": verb}).scalars())


def waits_of(tx: Connection, order: int) -> list[int]:
    """The waits that an action ended."""
    return [int(wait) for wait in tx.execute(_WAITS, {"order": order}).scalars()]
