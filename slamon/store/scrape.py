"""The snapshot for a scrape: kept counts and a few index look-ups a channel, whatever the number of waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, literal, select

from slamon.model import Settled, Status, Target
from slamon.sla.ladder import RUNGS
from slamon.store import outbox, polls
from slamon.store.schema import channel, tally, wait
from slamon.store.snapshot import ChannelSnapshot, Responses, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from slamon.model import Instant, Millis

_OLDEST = (
    select(wait.c.started_at)
    .where(wait.c.state == literal("open", literal_execute=True), wait.c.channel == bindparam("of"))
    .order_by(wait.c.started_at)
    .limit(1)
)


def snapshot(tx: Connection, blind_after: Mapping[str, Millis], now: Instant, drift: int) -> Snapshot:
    """What is exported of the channels named in `blind_after`, which says how old a read may be for each."""
    channels = [row for row in tx.execute(select(channel)) if row.name in blind_after]
    names = {row.id: row.name for row in channels}
    counted = [row for row in tx.execute(select(tally)) if row.channel in names]
    # Of ten thousand channels few have anybody who waits: only those are looked up.
    waited = {row.channel for row in _named(counted, "open:") if row.n}
    outbox_counts, oldest = outbox.counts(tx)
    return Snapshot(
        channels=[_channel(tx, row, blind_after[row.name], now, waited=row.id in waited) for row in channels],
        waits=_by_status(counted, names),
        settled={
            (names[row.channel], row.policy, Target(row.target), Settled(row.name.partition(":")[2])): row.n
            for row in _named(counted, "settled:")
        },
        responses=_responses(counted, names),
        unmatched=_unmatched(counted, names),
        corrections={
            (names[row.channel], row.name.split(":")[1], row.name.split(":")[2]): row.n
            for row in _named(counted, "corrected:")
        },
        messages={(names[row.channel], row.name.partition(":")[2]): row.n for row in _named(counted, "messages:")},
        no_reply={(names[row.channel], row.name.partition(":")[2]): row.n for row in _named(counted, "no_reply:")},
        suspected={names[row.channel]: row.n for row in _named(counted, "suspected")},
        quarantined={names[row.channel]: row.n for row in _named(counted, "quarantined")},
        outbox=outbox_counts,
        outbox_oldest_at=oldest,
        drift=drift,
    )


def _channel(tx: Connection, row: Row[Any], blind_after: Millis, now: Instant, *, waited: bool) -> ChannelSnapshot:
    return ChannelSnapshot(
        name=row.name,
        platform=row.platform,
        read_at=row.read_at,
        blind=row.read_at is None or now - row.read_at > blind_after,
        oldest_waiting_at=tx.execute(_OLDEST, {"of": row.id}).scalar() if waited else None,
        next_due_at=tx.execute(polls.NEXT_DUE, {"of": row.id, "now": now}).scalar() if waited else None,
    )


def _named(counted: Iterable[Row[Any]], prefix: str) -> list[Row[Any]]:
    return [row for row in counted if row.name.startswith(prefix)]


def _by_status(counted: Iterable[Row[Any]], names: Mapping[int, str]) -> dict[tuple[str, str, Target, Status], int]:
    return {
        (names[row.channel], row.policy, Target(row.target), Status(row.name.partition(":")[2])): row.n
        for row in _named(counted, "open:")
        if row.policy
    }


def _unmatched(counted: Iterable[Row[Any]], names: Mapping[int, str]) -> dict[str, int]:
    found = dict.fromkeys(names.values(), 0)
    for row in _named(counted, "open:"):
        if not row.policy:
            found[names[row.channel]] += row.n
    return found


def _responses(counted: Sequence[Row[Any]], names: Mapping[int, str]) -> dict[tuple[str, Target], Responses]:
    buckets: dict[tuple[str, Target], list[int]] = {}
    sums: dict[tuple[str, Target], int] = {}
    for row in _named(counted, "rung:"):
        key = names[row.channel], Target(row.target)
        buckets.setdefault(key, [0] * (len(RUNGS) + 1))[int(row.name.partition(":")[2])] += row.n
    for row in _named(counted, "response_ms"):
        key = names[row.channel], Target(row.target)
        sums[key] = sums.get(key, 0) + row.n
    return {key: Responses(rungs, sums.get(key, 0) / 1_000) for key, rungs in buckets.items()}
