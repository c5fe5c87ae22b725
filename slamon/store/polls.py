"""Channels: who they are, where their last poll ended, up to when they are known to have been read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, literal, select, update

from slamon.model import DAY
from slamon.store.schema import FRESH, channel, conversation, message, timer, wait
from slamon.store.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from slamon.model import Instant, Millis

SLICE = 100
"""Rows changed in one turn at the gate."""


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel as stored."""

    id: int
    name: str
    platform: str
    identity: str | None
    """JSON of the pinned account and team, as their handles were resolved."""
    cursor: str | None
    read_at: Instant | None
    history_before: Instant | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An unanswered thread of one customer, as a connector needs it to look again."""

    wait: int
    thread: str
    customer: str
    messages: tuple[str, ...]
    since: Instant


_BY_NAME = select(channel).where(channel.c.name == bindparam("of"))
_BY_ID = select(channel).where(channel.c.id == bindparam("of"))


def register(tx: Connection, channels: Iterable[tuple[str, str]]) -> None:
    """Make the rows of those channels (name, platform) that are new."""
    known = set(tx.execute(select(channel.c.name)).scalars())
    new = {name: platform for name, platform in channels if name not in known}
    first = int(tx.execute(select(func.coalesce(func.max(channel.c.id), 0))).scalar_one()) + 1
    if new:
        tx.execute(
            insert(channel),
            [{"id": first + n, "name": name, "platform": new[name]} for n, name in enumerate(new)],
        )


def named(tx: Connection, name: str) -> ChannelRow | None:
    """The row of the channel of that name."""
    found = tx.execute(_BY_NAME, {"of": name}).one_or_none()
    return None if found is None else _row(found)


def _row(row: Row[Any]) -> ChannelRow:
    return ChannelRow(row.id, row.name, row.platform, row.identity, row.cursor, row.read_at, row.history_before)


def pin(tx: Connection, channel_id: int, identity: str) -> str | None:
    """Pin who answers, unless that is done; :returns: what is pinned otherwise, where it differs."""
    row = tx.execute(_BY_ID, {"of": channel_id}).one()
    account = json.loads(identity)["account"]
    if row.account is not None and row.account != account:
        return str(row.account)
    tx.execute(update(channel).where(channel.c.id == channel_id).values(account=account, identity=identity))
    return None


def of(tx: Connection, channel_id: int) -> ChannelRow:
    """The row of that channel."""
    return _row(tx.execute(_BY_ID, {"of": channel_id}).one())


def begins_history(row: ChannelRow, now: Instant) -> bool:
    """Whether what is past due now is history: at the first poll, and at one after each day of blindness."""
    return row.history_before is None or now - max(row.history_before, row.read_at or 0) > DAY


_HISTORY = update(channel).where(channel.c.id == bindparam("of")).values(history_before=bindparam("now"))


def begin_history(tx: Connection, channel_id: int, now: Instant) -> None:
    """What is past due at `now` is history."""
    tx.execute(_HISTORY, {"of": channel_id, "now": now})


def cursor(tx: Connection, channel_id: int) -> str | None:
    """Where the last complete poll ended; `None` before the first."""
    found = tx.execute(_BY_ID, {"of": channel_id}).one().cursor
    return None if found is None else str(found)


def move_cursor(tx: Connection, channel_id: int, to: str) -> None:
    """Go on from `to`, although something before it was out of reach: the watermark stays."""
    tx.execute(update(channel).where(channel.c.id == channel_id).values(cursor=to))


_COMPLETE = (
    update(channel)
    .where(channel.c.id == bindparam("of"))
    .values(cursor=bindparam("to"), read_at=bindparam("started_at"))
)


def blind_since(read_at: Instant | None, history_before: Instant | None, blind_after: Millis) -> Instant | None:
    """From when on a channel is blind: its last read is too old, or it was tried and never read; `None`: untried."""
    return history_before if read_at is None else read_at + blind_after


def too_old(read_at: Instant | None, blind_after: Millis, now: Instant) -> bool:
    """Whether the last complete read is too old to call anybody late by it; there may have been none."""
    return read_at is None or now - read_at > blind_after


def count_blind(tx: Connection, channel_id: int, blind_after: Millis, now: Instant) -> None:
    """Before a channel is read anew, or its history begins anew: the time until `now` in which it was blind counts."""
    row = of(tx, channel_id)
    since = blind_since(row.read_at, row.history_before, blind_after)
    if since is not None and since < now:
        counts = Tally()
        counts.add(channel_id, "blind_ms", now - since)
        counts.write(tx)


def complete(tx: Connection, channel_id: int, cursor: str | None, started_at: Instant) -> None:
    """The poll that began at `started_at` missed nothing: the cursor and the watermark move."""
    tx.execute(_COMPLETE, {"of": channel_id, "to": cursor, "started_at": started_at})


_UNSETTLED = (
    select(timer.c.wait)
    .where(
        timer.c.counted,
        timer.c.settled.is_(None),
        ~timer.c.history,
        timer.c.channel == bindparam("of"),
        timer.c.due_at < bindparam("read_at"),
        timer.c.due_at > bindparam("after"),
    )
    .order_by(timer.c.due_at)
    .limit(SLICE)
)
_ASKED = select(wait.c.id).where(wait.c.channel == bindparam("of"), wait.c.asked_at.is_not(None)).limit(10 * SLICE)
_WAKE = update(wait).where(wait.c.id.in_(bindparam("waits", expanding=True))).values(next_at=bindparam("now"))
_CHECKED = (
    update(wait)
    .where(wait.c.id.in_(bindparam("waits", expanding=True)))
    .values(checked_at=bindparam("at"), partial=False, next_at=bindparam("now"))
)
_LAST_DUE = select(func.max(timer.c.due_at)).where(timer.c.wait.in_(bindparam("waits", expanding=True)))


def wake_asked(tx: Connection, channel_id: int, now: Instant) -> bool:
    """A complete poll answers every open question about the channel as well; :returns: whether there was any."""
    waits = tx.execute(_ASKED, {"of": channel_id}).scalars().all()
    if waits:
        tx.execute(_WAKE, {"waits": waits, "now": now})
    return bool(waits)


def wake_unsettled(
    tx: Connection, channel_id: int, after: Instant, read_at: Instant, now: Instant
) -> tuple[bool, Instant | None]:
    """Have a slice of the timers decided that this read may settle.

    :returns: whether there was any, and where the next slice begins.
    """
    waits = tx.execute(_UNSETTLED, {"of": channel_id, "after": after, "read_at": read_at}).scalars().all()
    if not waits:
        return False, None
    tx.execute(_WAKE, {"waits": waits, "now": now})
    return True, int(tx.execute(_LAST_DUE, {"waits": waits}).scalar_one()) if len(waits) == SLICE else None


def checked(tx: Connection, waits: Sequence[int], at: Instant, now: Instant) -> None:
    """These waits were looked at once more, completely, by a read that began at `at`."""
    tx.execute(_CHECKED, {"waits": list(waits), "at": at, "now": now})


def reopen_questions(tx: Connection, now: Instant) -> None:
    """After a start: questions that the last process asked died with it."""
    tx.execute(update(wait).where(wait.c.asked_at.is_not(None)).values(asked_at=None, next_at=now))


_OTHER_RULES = (
    select(wait.c.id)
    .where(wait.c.state == "open", wait.c.id > bindparam("after"), wait.c.rules != bindparam("version"))
    .order_by(wait.c.id)
    .limit(10 * SLICE)
)


def rematch(tx: Connection, version: str, after: int) -> int | None:
    """Have a slice of the open waits decided anew that other rules matched; :returns: where the next slice begins."""
    waits = tx.execute(_OTHER_RULES, {"after": after, "version": version}).scalars().all()
    if not waits:
        return None
    tx.execute(_WAKE, {"waits": waits, "now": FRESH})
    return int(waits[-1])


@dataclass(frozen=True, slots=True)
class Pressure:
    """How urgently a channel wants to be read."""

    next_due: Instant | None
    """The nearest due instant of an open wait that is not late yet."""
    open: bool
    """Whether anybody waits."""


NEXT_DUE = (
    select(timer.c.due_at)
    .where(timer.c.counted, timer.c.channel == bindparam("of"), timer.c.due_at >= bindparam("now"))
    .order_by(timer.c.due_at)
    .limit(1)
)
"""Of a channel `of`, the nearest deadline from `now` on."""
# Written out in the SQL: with a parameter, not every SQLite takes the index over open waits.
_ANY_OPEN = (
    select(wait.c.id)
    .where(wait.c.state == literal("open", literal_execute=True), wait.c.channel == bindparam("of"))
    .limit(1)
)


def pressure(tx: Connection, channel_id: int, now: Instant) -> Pressure:
    """What waits in the channel, seen from `now`."""
    due = tx.execute(NEXT_DUE, {"of": channel_id, "now": now}).scalar()
    if due is not None:
        return Pressure(int(due), open=True)
    return Pressure(None, open=tx.execute(_ANY_OPEN, {"of": channel_id}).scalar() is not None)


_NEAREST = (
    select(timer.c.wait)
    .where(timer.c.counted, timer.c.channel == bindparam("of"), timer.c.due_at >= bindparam("now"))
    .order_by(timer.c.due_at)
    .limit(bindparam("most"))
)
_LATE = (
    select(timer.c.wait)
    .where(timer.c.counted, timer.c.channel == bindparam("of"), timer.c.due_at < bindparam("now"))
    .order_by(timer.c.due_at.desc())
    .limit(bindparam("most"))
)


def open_waits(tx: Connection, channel_id: int, now: Instant, most: int) -> list[int]:
    """Open waits of the channel, most urgent first: what is due next, then what is late, the latest late first."""
    asked = {"of": channel_id, "now": now, "most": most}
    found = [*tx.execute(_NEAREST, asked).scalars(), *tx.execute(_LATE, asked).scalars()]
    return list(dict.fromkeys(found))[:most]


_WAITING = (
    select(
        wait.c.id,
        conversation.c.thread,
        conversation.c.customer,
        message.c.id.label("message"),
        message.c.created_at,
    )
    .join(conversation, conversation.c.id == wait.c.conversation)
    .join(
        message,
        (message.c.channel == conversation.c.channel)
        & (message.c.thread == conversation.c.thread)
        & (message.c.wait == wait.c.id),
    )
    .where(wait.c.id.in_(bindparam("waits", expanding=True)), message.c.gone_at.is_(None))
    .order_by(message.c.created_at, message.c.id)
)


def waiting(tx: Connection, waits: Iterable[int]) -> list[Waiting]:
    """The threads of these waits with the messages that wait."""
    found: dict[int, Waiting] = {}
    for row in tx.execute(_WAITING, {"waits": list(waits)}):
        before = found.get(row.id)
        ids = (*before.messages, row.message) if before else (row.message,)
        found[row.id] = Waiting(row.id, row.thread, row.customer, ids, before.since if before else row.created_at)
    return list(found.values())
