"""What customers wrote, and who they are by name, is dropped after a time; ids, times, roles and counts stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, or_, select, update

from slamon.model import Side
from slamon.store import rows
from slamon.store.schema import message, quarantine

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Update

    from slamon.model import Instant

SLICE = 500
"""Messages in one turn at the gate."""

_THEIRS = (
    message.c.channel == bindparam("of"),
    message.c.side == Side.OTHER.value,
    message.c.created_at < bindparam("before"),
)


def _where(condition: ColumnElement[bool]) -> Update:
    chosen = select(message.c.id).where(*_THEIRS, condition).limit(SLICE)
    return (
        update(message)
        .where(message.c.channel == bindparam("of"), message.c.id.in_(chosen.scalar_subquery()))
        .execution_options(preserve_rowcount=True)
    )


_TEXTS = _where(message.c.flags.bitwise_and(rows.FADED) == 0).values(
    text="", flags=message.c.flags.bitwise_or(rows.FADED)
)
_NAMES = _where(or_(message.c.handle != "", message.c.name != "")).values(
    handle="", name="", followers=None, verified=""
)
_RAW = delete(quarantine).where(quarantine.c.channel == bindparam("of"), quarantine.c.at < bindparam("before"))


def drop_texts(tx: Connection, channel_id: int, before: Instant) -> bool:
    """Drop a slice of the texts written before then; :returns: whether there may be more."""
    tx.execute(_RAW, {"of": channel_id, "before": before})
    return tx.execute(_TEXTS, {"of": channel_id, "before": before}).rowcount == SLICE


def drop_names(tx: Connection, channel_id: int, before: Instant) -> bool:
    """Drop a slice of the names of who wrote before then; :returns: whether there may be more."""
    return tx.execute(_NAMES, {"of": channel_id, "before": before}).rowcount == SLICE
