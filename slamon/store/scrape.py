"""The snapshot for a scrape: kept counts and a few index look-ups a channel, whatever the number of waits."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, literal, select

from slamon.model import SECOND, Settled, Status, Target
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


class _Count(NamedTuple):
    """A running count; `what` is the second half of its name."""

    channel: str
    policy: str
    target: str
    what: str
    n: int


def snapshot(tx: Connection, blind_after: Mapping[str, Millis], now: Instant, drift: int) -> Snapshot:
    """What is exported of the channels named in `blind_after`, which says how old a read may be for each."""
    channels = [row for row in tx.execute(select(channel)) if row.name in blind_after]
    counts = _counts(tx, {row.id: row.name for row in channels})
    # Of ten thousand channels few have anybody who waits: only those are looked up.
    waited = {found.channel for found in counts["open"] if found.n}
    outbox_counts, oldest = outbox.counts(tx)
    return Snapshot(
        channels=[_channel(tx, row, blind_after[row.name], now, waited=row.name in waited) for row in channels],
        waits={(of, policy, Target(on), Status(what)): n for of, policy, on, what, n in counts["open"] if policy},
        settled={(of, policy, Target(on), Settled(how)): n for of, policy, on, how, n in counts["settled"]},
        responses=_responses(counts["rung"], counts["response_ms"]),
        unmatched=_unmatched(channels, counts["open"]),
        corrections={(of, *_both(change)): n for of, _, _, change, n in counts["corrected"]},
        messages=_by_what(counts["messages"]),
        no_reply=_by_what(counts["no_reply"]),
        suspected=_by_channel(counts["suspected"]),
        quarantined=_by_channel(counts["quarantined"]),
        received=_by_channel(counts["received"]),
        closed=_by_what(counts["closed"]),
        blind_seconds=_blind_seconds(channels, _by_channel(counts["blind_ms"]), blind_after, now),
        outbox=outbox_counts,
        outbox_oldest_at=oldest,
        drift=drift,
    )


def _counts(tx: Connection, names: Mapping[int, str]) -> Mapping[str, Sequence[_Count]]:
    """All counts by the first half of their name."""
    found: dict[str, list[_Count]] = defaultdict(list)
    for of, policy, target, name, n in tx.execute(select(tally)):
        if of in names:
            kind, _, what = name.partition(":")
            found[kind].append(_Count(names[of], policy, target, what, n))
    return found


def _channel(tx: Connection, row: Row[Any], blind_after: Millis, now: Instant, *, waited: bool) -> ChannelSnapshot:
    return ChannelSnapshot(
        name=row.name,
        platform=row.platform,
        read_at=row.read_at,
        blind=polls.too_old(row.read_at, blind_after, now),
        oldest_waiting_at=tx.execute(_OLDEST, {"of": row.id}).scalar() if waited else None,
        next_due_at=tx.execute(polls.NEXT_DUE, {"of": row.id, "now": now}).scalar() if waited else None,
    )


def _by_channel(counts: Iterable[_Count]) -> dict[str, int]:
    return {found.channel: found.n for found in counts}


def _by_what(counts: Iterable[_Count]) -> dict[tuple[str, str], int]:
    return {(found.channel, found.what): found.n for found in counts}


def _both(change: str) -> tuple[str, str]:
    before, _, after = change.partition(":")
    return before, after


def _unmatched(channels: Iterable[Row[Any]], counts: Iterable[_Count]) -> dict[str, int]:
    found = {row.name: 0 for row in channels}
    for count in counts:
        if not count.policy:
            found[count.channel] += count.n
    return found


def _blind_seconds(
    channels: Iterable[Row[Any]], counted: Mapping[str, int], blind_after: Mapping[str, Millis], now: Instant
) -> dict[str, float]:
    """What is counted, and what has run on since."""
    found = {}
    for row in channels:
        since = polls.blind_since(row.read_at, row.history_before, blind_after[row.name])
        running = 0 if since is None else max(0, now - since)
        found[row.name] = (counted.get(row.name, 0) + running) / SECOND
    return found


def _responses(rungs: Iterable[_Count], sums: Iterable[_Count]) -> dict[tuple[str, Target], Responses]:
    buckets: dict[tuple[str, Target], list[int]] = {}
    millis: dict[tuple[str, Target], int] = {}
    for count in rungs:
        key = count.channel, Target(count.target)
        buckets.setdefault(key, [0] * (len(RUNGS) + 1))[int(count.what)] += count.n
    for count in sums:
        key = count.channel, Target(count.target)
        millis[key] = millis.get(key, 0) + count.n
    return {key: Responses(found, millis.get(key, 0) / SECOND) for key, found in buckets.items()}
