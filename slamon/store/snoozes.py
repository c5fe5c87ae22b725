"""The letters that end a snooze: each holds up what comes behind it for the same reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from slamon.sla.handling import SNOOZE_ENDS
from slamon.store import serials, sql
from slamon.store.outbox import UNSENT
from slamon.store.schema import outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant

TOLD = ("sent", "folded", "sending", "unknown")
"""States of letters that have reached their reader, as far as is known."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who has been told of a wait, and of what last."""

    audience: str
    destination: str
    target: str
    mention: str


@dataclass(frozen=True, slots=True)
class Snooze:
    """A wait is told of again then."""

    wait: int
    episode: int
    action: int
    until: Instant


_TOLD = select(outbox).where(outbox.c.wait == bindparam("of"), outbox.c.state.in_(TOLD)).order_by(outbox.c.id)
_HELD = (outbox.c.wait == bindparam("of"), outbox.c.stage == SNOOZE_ENDS, outbox.c.state.in_(("held", "pending")))
_CLOSE = update(outbox).where(*_HELD).values(state="superseded", reason=bindparam("why"))


def readers(tx: Connection, wait: int) -> list[Reader]:
    """Those who have been told of it, each destination once."""
    rows: Sequence[Any] = tx.execute(_TOLD, {"of": wait}).all()
    newest = {row.destination: Reader(row.audience, row.destination, row.target, row.mention) for row in rows}
    return list(newest.values())


def write(tx: Connection, snooze: Snooze, readers: Sequence[Reader], wakes: Callable[[Reader], str]) -> None:
    """Tell these readers again at its end, and nothing before; `wakes` says whom it wakes then."""
    if not readers:
        return
    first = serials.take(tx, "outbox", len(readers))
    rows = [_row(id_, snooze, reader, wakes(reader)) for id_, reader in enumerate(readers, first)]
    tx.execute(sql.insert_once(tx, outbox), rows)


def close(tx: Connection, wait: int, why: str, only: int | None = None) -> None:
    """The snoozes of a wait, or that of one action, end without a word; what stands behind them goes on."""
    statement = _CLOSE if only is None else _CLOSE.where(outbox.c.repeat == only)
    tx.execute(statement, {"of": wait, "why": why})


def _row(id_: int, snooze: Snooze, reader: Reader, mention: str) -> dict[str, Any]:
    return {
        **UNSENT,
        "id": id_,
        "wait": snooze.wait,
        "target": reader.target,
        "stage": SNOOZE_ENDS,
        "episode": snooze.episode,
        "repeat": snooze.action,
        "destination": reader.destination,
        "audience": reader.audience,
        "mention": mention,
        "broadcast": False,
        "accuses": False,  # else it would be told that the answer came late while everybody slept
        "verified": True,
        "reached_at": snooze.until,
        "created_at": snooze.until,
        "state": "held",
        "reason": "snoozed",
        "not_before": snooze.until,
    }
