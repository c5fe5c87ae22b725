"""What a person says of stored messages: that they wait for nothing, or that they do after all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from slamon.model import BY_HAND, Mark
from slamon.sla.marking import LASTING
from slamon.store import orders, rows
from slamon.store.save import remark
from slamon.store.schema import message
from slamon.store.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant
    from slamon.sla.fold import FoldSettings
    from slamon.store.save import Saved

_NAMED = select(*rows.COLUMNS).where(
    message.c.channel == bindparam("channel"), message.c.id.in_(bindparam("ids", expanding=True))
)
_DROPPED = _NAMED.where(message.c.no_reply.is_not(None))


def keep(tx: Connection, channel_id: int, ids: Sequence[str], settings: FoldSettings, now: Instant) -> Saved:
    """A person takes back that these messages need no reply; those of them that do need one stay as they are."""
    dropped = [rows.from_row(row) for row in tx.execute(_DROPPED, {"channel": channel_id, "ids": list(ids)})]
    kept = [replace(one, marks=(one.marks & (LASTING - BY_HAND)) | {Mark.KEPT.value}) for one in dropped]
    orders.forget(tx, channel_id, [one.id for one in kept])
    return remark(tx, channel_id, kept, settings, now)


def close_by_hand(
    tx: Connection, channel_id: int, ids: Sequence[str], mark: Mark, settings: FoldSettings, now: Instant
) -> Saved:
    """A person says that these messages wait for nothing, and as what: it outweighs an earlier `keep`."""
    found = [rows.from_row(row) for row in tx.execute(_NAMED, {"channel": channel_id, "ids": list(ids)})]
    counts = Tally()
    counts.add(channel_id, f"no_reply:{mark.value}", len(found))
    counts.write(tx)
    return remark(tx, channel_id, [replace(one, marks=one.marks | {mark.value}) for one in found], settings, now)


def reopen(
    tx: Connection, channel_id: int, ids: Sequence[str], mark: Mark, settings: FoldSettings, now: Instant
) -> Saved:
    """What was said of them by `close_by_hand`, or by a standing order, is taken back: each is again what it was."""
    found = [rows.from_row(row) for row in tx.execute(_NAMED, {"channel": channel_id, "ids": list(ids)})]
    marked = [replace(one, marks=one.marks - {mark.value}) for one in found if mark in one.marks]
    return remark(tx, channel_id, marked, settings, now)
