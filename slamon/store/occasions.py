"""What the clock asks of the store: which digests stand, how far channels are read, and who waits where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, func, literal, or_, select, update

from slamon.store import digests, livings, outbox
from slamon.store.polls import ChannelRow
from slamon.store.schema import action, channel, digest, timer, wait
from slamon.store.schema import outbox as letters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection

    from slamon.model import Instant
    from slamon.store.digests import StoredDigest

SCANNED = 1_000
"""Waits looked at for a list of a few."""
IN_ONE_GO = 500
"""Names in one statement; databases have limits."""

_SET = update(digest).where(digest.c.id == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Listed:
    """A timer as a digest lists it."""

    wait: int
    target: str
    status: str
    channel: str
    policy: str


@dataclass(frozen=True, slots=True)
class Crowd:
    """Those who wait in one channel under one policy."""

    channel: str
    policy: str
    waits: int
    recent: int
    """Begun since the given instant."""
    oldest: Instant
    due: int
    """Due between the two given instants."""
    late: int
    """Due before the first of them."""


# --- digests


def opened(tx: Connection, key: str) -> bool:
    """Whether a digest with that key was opened before."""
    return tx.execute(select(digest.c.id).where(digest.c.key == key)).scalar() is not None


def standing(tx: Connection, kind: str) -> list[StoredDigest]:
    """The digests of a kind that are not closed, in the order in which they were opened."""
    return [one for one in digests.open_ones(tx) if one.kind == kind]


def say(tx: Connection, of: StoredDigest, said: str) -> None:
    """It says that from now on: its message has to be brought up to date."""
    tx.execute(_SET.values(said=said), {"of": of.id})
    livings.want_again(tx, -of.id, of.destination)


def unsaid(tx: Connection, number: int) -> bool:
    """Whether a letter of it is still on its way."""
    unfinished = letters.c.state.in_(bindparam("unfinished", outbox.UNFINISHED, expanding=True, literal_execute=True))
    found = select(letters.c.id).where(letters.c.wait == -number, unfinished).limit(1)
    return tx.execute(found).scalar() is not None


# --- channels


def channels(tx: Connection) -> list[ChannelRow]:
    """All channels that were ever registered, without what a poll needs."""
    return _channels(tx)


def begun(tx: Connection, since: Instant) -> list[ChannelRow]:
    """The channels whose history began after that instant, and that were read completely since it began."""
    of = (channel.c.history_before > since, channel.c.read_at >= channel.c.history_before)
    return _channels(tx, *of)


def _channels(tx: Connection, *where: ColumnElement[bool]) -> list[ChannelRow]:
    known = select(channel.c.id, channel.c.name, channel.c.platform, channel.c.read_at, channel.c.history_before)
    return [
        ChannelRow(row.id, row.name, row.platform, None, None, row.read_at, row.history_before)
        for row in tx.execute(known.where(*where))
    ]


def undecided(tx: Connection, channel_id: int) -> bool:
    """Whether an open wait of the channel was never looked at by the evaluator."""
    new = select(wait.c.id).where(_OPEN, wait.c.channel == channel_id, wait.c.matched.is_(None)).limit(1)
    return tx.execute(new).scalar() is not None


def waiting_in(tx: Connection, channel_ids: Sequence[int], since: Instant, now: Instant) -> tuple[int, int]:
    """How many wait in these channels, and how many of them were due in [since, now)."""
    waits = due = 0
    for at in range(0, len(channel_ids), IN_ONE_GO):
        some = channel_ids[at : at + IN_ONE_GO]
        now_due = case(((timer.c.due_at >= since) & (timer.c.due_at < now) & ~timer.c.history, timer.c.wait))
        counted = select(func.count(timer.c.wait.distinct()), func.count(now_due.distinct()))
        row = tx.execute(counted.where(timer.c.counted, timer.c.channel.in_(some))).one()
        waits, due = waits + row[0], due + row[1]
    return waits, due


def unverified_readers(tx: Connection) -> list[tuple[str, outbox.Reader]]:
    """(channel, who is still to be told of a stage of it that could not be verified)."""
    waiting = letters.c.state.in_(bindparam("waiting", ("pending", "held"), expanding=True, literal_execute=True))
    found = (
        select(channel.c.name, letters.c.audience, letters.c.destination)
        .join(wait, wait.c.id == letters.c.wait)
        .join(channel, channel.c.id == wait.c.channel)
        .where(waiting, ~letters.c.verified, letters.c.attempt == 0)
        .distinct()
    )
    return [(row.name, outbox.Reader(row.audience, row.destination)) for row in tx.execute(found)]


# --- those who wait

_OPEN = wait.c.state == literal("open", literal_execute=True)
_LIVE = (timer.c.counted, ~timer.c.history, timer.c.policy != "")
_LISTED = (
    select(timer.c.wait, timer.c.target, timer.c.status, channel.c.name.label("channel"), timer.c.policy)
    .join(channel, channel.c.id == timer.c.channel)
    .join(wait, wait.c.id == timer.c.wait)
)


def crowds(tx: Connection, before: Instant, recent: Instant, until: Instant) -> list[Crowd]:
    """Who waits since before that instant, by channel and policy; due: between `before` and `until`. No history."""
    begun = case((wait.c.started_at >= recent, timer.c.wait))
    due = case(((timer.c.due_at >= before) & (timer.c.due_at <= until), timer.c.wait))
    late = case((timer.c.due_at < before, timer.c.wait))
    counts = (func.count(one.distinct()) for one in (timer.c.wait, begun))
    grouped = (
        select(
            channel.c.name,
            timer.c.policy,
            *counts,
            func.min(wait.c.started_at),
            func.count(due.distinct()),
            func.count(late.distinct()),
        )
        .join(channel, channel.c.id == timer.c.channel)
        .join(wait, wait.c.id == timer.c.wait)
        .where(*_LIVE, wait.c.started_at < before)
        .group_by(channel.c.name, timer.c.policy)
    )
    return [Crowd(*row) for row in tx.execute(grouped)]


def due_soon(tx: Connection, before: Instant, until: Instant) -> list[Listed]:
    """The most urgent of those who wait since before that instant and are due by `until`. No history."""
    chosen = _LISTED.where(*_LIVE, wait.c.started_at < before, timer.c.due_at <= until)
    return _listed(tx, chosen.order_by(timer.c.due_at, timer.c.wait).limit(SCANNED))


def history(tx: Connection, channel_id: int, most: int) -> tuple[int, Instant | None, list[Listed]]:
    """The history of a channel that nobody answered yet: how many, the oldest start, and those due the longest ago."""
    of = (timer.c.channel == channel_id, timer.c.counted, timer.c.history, timer.c.policy != "")
    counted = select(func.count(timer.c.wait.distinct()), func.min(wait.c.started_at))
    n, oldest = tx.execute(counted.join(wait, wait.c.id == timer.c.wait).where(*of)).one()
    worst = _listed(tx, _LISTED.where(*of).order_by(timer.c.due_at, timer.c.wait).limit(most)) if n else []
    return int(n), oldest, worst


def statuses(tx: Connection, timers: Collection[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """How those timers stand."""
    if not timers:
        return {}
    found = select(timer.c.wait, timer.c.target, timer.c.status)
    rows = tx.execute(found.where(timer.c.wait.in_({one for one, _ in timers})))
    return {(row.wait, row.target): row.status for row in rows if (row.wait, row.target) in timers}


def in_hand(tx: Connection, now: Instant) -> list[tuple[int, str, str]]:
    """(wait, channel, policy) of open waits about which somebody's word may hold."""
    holds = (action.c.undone_at.is_(None), or_(action.c.until.is_(None), action.c.until > now))
    chosen = (
        select(wait.c.id, channel.c.name, wait.c.policy)
        .join(action, action.c.wait == wait.c.id)
        .join(channel, channel.c.id == wait.c.channel)
        .where(_OPEN, *holds)
        .distinct()
    )
    return [(row.id, row.name, row.policy or "") for row in tx.execute(chosen)]


def _listed(tx: Connection, chosen: Any) -> list[Listed]:  # noqa: ANN401 - a select of `_LISTED`
    rows: Iterable[Any] = tx.execute(chosen)
    return [Listed(row.wait, row.target, row.status, row.channel, row.policy) for row in rows]
