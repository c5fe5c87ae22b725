"""The figures over the last weeks, and those of the next half hour, as sums made in the database.

They are of the same waits as a report over the same time (`store.cohort`): by when they began, without history.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, case, exists, func, literal, or_, select

from slamon.model import MINUTE, OPEN_STATUSES, RESPONSES, Status, Target
from slamon.sla.fate import fate_of_message, fate_of_wait
from slamon.store.cohort import began_in, owed, stands
from slamon.store.schema import channel, message, timer, wait

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant, Millis
    from slamon.sla.fate import Fate

SOON: Millis = 30 * MINUTE
"""How far `ahead` looks."""


class Kept(NamedTuple):
    """Of the promises of one policy under one target."""

    due: int
    """Kept, broken, or open past due."""
    good: int
    """Kept, as it stands now."""


_FIRST: Any = bindparam("first")
_STOP: Any = bindparam("stop")
_BEGAN = began_in(_FIRST, _STOP)
_ONE, _NONE = literal(1, literal_execute=True), literal(0, literal_execute=True)
_OTHER = timer.alias("other")
_UNREAD = exists().where(_OTHER.c.wait == wait.c.id, _OTHER.c.status == Status.UNVERIFIED.value, ~_OTHER.c.history)
_UNVERIFIED = case((and_(wait.c.state == "open", _UNREAD), _ONE), else_=_NONE).label("unverified")
_WAITS = (
    select(channel.c.name, wait.c.state, wait.c.reason, _UNVERIFIED, func.count().label("n"))
    .select_from(wait)
    .join(channel, channel.c.id == wait.c.channel)
    .outerjoin(timer, and_(timer.c.wait == wait.c.id, owed()))
    .where(_BEGAN, stands(), or_(timer.c.wait.is_(None), timer.c.policy == "", ~timer.c.history))
    .group_by(channel.c.name, wait.c.state, wait.c.reason, "unverified")
)
_NAMES = select(channel.c.id, channel.c.name)
# Looked up for each channel: joined, SQLite reads all that was ever dropped.
_CHANNELS = select(channel.c.id).scalar_subquery()
_MESSAGES = (
    select(message.c.channel, message.c.no_reply, func.count().label("n"))
    .where(message.c.channel.in_(_CHANNELS), message.c.no_reply.is_not(None), message.c.wait.is_(None))
    .where(message.c.created_at >= _FIRST, message.c.created_at < _STOP)
    .group_by(message.c.channel, message.c.no_reply)
)

_MET = timer.c.status == Status.MET.value
_LATE = or_(
    timer.c.status == Status.MISSED.value,
    and_(timer.c.status.in_([status.value for status in OPEN_STATUSES]), timer.c.due_at < bindparam("now")),
)
_GOOD = func.sum(case((_MET, _ONE), else_=_NONE))
_BAD = func.sum(case((_LATE, _ONE), else_=_NONE))
_PROMISES = (
    select(channel.c.name, timer.c.policy, timer.c.target, _GOOD.label("good"), _BAD.label("bad"))
    .select_from(wait)
    .join(timer, timer.c.wait == wait.c.id)
    .join(channel, channel.c.id == wait.c.channel)
    .where(_BEGAN, stands(), timer.c.policy != "", ~timer.c.history)
    .where(or_(timer.c.target.not_in([target.value for target in RESPONSES]), owed()))
    .group_by(channel.c.name, timer.c.policy, timer.c.target)
)
_AHEAD = (
    select(timer.c.channel, timer.c.policy, func.count().label("n"))
    .where(timer.c.channel.in_(_CHANNELS), timer.c.counted)
    .where(timer.c.due_at >= bindparam("now"), timer.c.due_at <= bindparam("until"))
    .where(~timer.c.history)
    .group_by(timer.c.channel, timer.c.policy)
)


def fates(tx: Connection, first: Instant, stop: Instant) -> dict[tuple[str, Fate], int]:
    """By channel, where everything went that was received in [first, stop): waits, and messages that started none."""
    found: Counter[tuple[str, Fate]] = Counter()
    for row in tx.execute(_WAITS, {"first": first, "stop": stop}):
        fate = fate_of_wait(row.state, row.reason or "", [Status.UNVERIFIED] if row.unverified else [])
        if fate is not None:
            found[row.name, fate] += row.n
    names = _names(tx)
    for row in tx.execute(_MESSAGES, {"first": first, "stop": stop}):
        found[names[row.channel], fate_of_message(row.no_reply)] += row.n
    return dict(found)


def promises(tx: Connection, first: Instant, stop: Instant, now: Instant) -> dict[tuple[str, str, Target], Kept]:
    """By (channel, policy, target), the promises of the waits that began in [first, stop), as they stand at `now`."""
    found = tx.execute(_PROMISES, {"first": first, "stop": stop, "now": now})
    return {(row.name, row.policy, Target(row.target)): Kept(int(row.good + row.bad), int(row.good)) for row in found}


def ahead(tx: Connection, now: Instant) -> dict[tuple[str, str], int]:
    """By (channel, policy), the promises that fall due within the next half hour."""
    names = _names(tx)
    found = tx.execute(_AHEAD, {"now": now, "until": now + SOON})
    return {(names[row.channel], row.policy): row.n for row in found}


def _names(tx: Connection) -> dict[int, str]:
    return {row.id: row.name for row in tx.execute(_NAMES)}
