"""Open waits that changed rules may hold otherwise: found a slice at a time, and put up for decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal, select, tuple_, update

from slamon.model import MAX_INSTANT
from slamon.store.schema import FRESH, channel, timer, wait

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Select

    from slamon.model import Instant

SLICE = 1_000
"""Waits found in one read."""

# Written out in the SQL: with a parameter, SQLite would not take the index over open waits.
_OPEN = wait.c.state == literal("open", literal_execute=True)
_OTHERWISE = wait.c.rules != bindparam("version")
_SEVERAL = wait.c.last_message_at > wait.c.started_at
"""Several messages: what was promised may hang on any of them, and so on any policy."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a search has come, in the order that it goes: an instant and a wait."""

    at: Instant = -1
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A slice of waits, and where the next one begins."""

    waits: Sequence[int]
    last: Place | None
    """`None`: there are no more."""


_WAITS = (
    select(wait.c.id, wait.c.started_at.label("at"))
    .where(
        _OPEN,
        wait.c.channel == bindparam("channel"),
        tuple_(wait.c.started_at, wait.c.id) > tuple_(bindparam("at"), bindparam("after")),
        _OTHERWISE,
    )
    .order_by(wait.c.started_at, wait.c.id)
    .limit(SLICE)
)
_TIMERS = (
    select(timer.c.wait.label("id"), timer.c.due_at.label("at"))
    .join(wait, wait.c.id == timer.c.wait)
    .where(
        timer.c.counted,
        timer.c.channel == bindparam("channel"),
        tuple_(timer.c.due_at, timer.c.wait) > tuple_(bindparam("at"), bindparam("after")),
        _OTHERWISE,
    )
    .order_by(timer.c.due_at, timer.c.wait)
    .limit(SLICE)
)
_OF_POLICY = timer.c.policy == bindparam("policy")
_BEGUN = timer.c.started_at < bindparam("begun_before")
_UNTIL = timer.c.due_at <= bindparam("until")

_ALL = _WAITS
_CARRYING = _WAITS.where(wait.c.rules.in_(bindparam("versions", expanding=True)))
_UNDER = _WAITS.where(wait.c.policy == bindparam("policy"))
_UNDER_OR_SEVERAL = _WAITS.where((wait.c.policy == bindparam("policy")) | _SEVERAL)
_IN_SPAN = _TIMERS.where(_OF_POLICY, _BEGUN, _UNTIL)
_SEVERAL_IN_SPAN = _TIMERS.where(_SEVERAL, wait.c.started_at < bindparam("begun_before"))

_FIRST = (
    select(wait.c.started_at).where(_OPEN, wait.c.channel == bindparam("channel")).order_by(wait.c.started_at).limit(1)
)
_LAST = (
    select(timer.c.due_at)
    .where(timer.c.counted, timer.c.channel == bindparam("channel"), timer.c.due_at < MAX_INSTANT)
    .order_by(timer.c.due_at.desc())
    .limit(1)
)
_PUT_UP = (
    update(wait)
    .where(wait.c.id.in_(bindparam("waits", expanding=True)), _OPEN, _OTHERWISE)
    .values(next_at=FRESH)
    .execution_options(preserve_rowcount=True)
)
_BACKLOG = select(func.count()).select_from(
    select(wait.c.id).where(wait.c.next_at == FRESH, wait.c.rules.is_not(None)).limit(bindparam("n")).subquery()
)


class Search:
    """The open waits of one channel that `version` may hold otherwise; those it decided are left out."""

    def __init__(self, channel: int, version: str) -> None:
        self._given: dict[str, Any] = {"channel": channel, "version": version}

    def every(self, tx: Connection, after: Place) -> Found:
        """Every one."""
        return self._found(tx, _ALL, after)

    def carrying(self, tx: Connection, after: Place, versions: Collection[str]) -> Found:
        """Those matched under one of these rule sets."""
        return self._found(tx, _CARRYING, after, versions=list(versions))

    def under(self, tx: Connection, after: Place, policy: str, *, alone: bool) -> Found:
        """Those under a policy and, unless it is `alone`, those whose promise may hang on another message."""
        return self._found(tx, _UNDER if alone else _UNDER_OR_SEVERAL, after, policy=policy)

    def in_span(self, tx: Connection, after: Place, policy: str, begun_before: Instant, due_until: Instant) -> Found:
        """Those under a policy that began and are due by then; `after` says from when on."""
        return self._found(tx, _IN_SPAN, after, policy=policy, begun_before=begun_before, until=due_until)

    def several_in_span(self, tx: Connection, after: Place, begun_before: Instant) -> Found:
        """Those of several messages that began by then, whatever their policy."""
        return self._found(tx, _SEVERAL_IN_SPAN, after, begun_before=begun_before)

    def reach(self, tx: Connection) -> tuple[Instant, Instant] | None:
        """When the first of them began, and when the last is due; `None` where there is none."""
        first, last = (tx.execute(asked, {"channel": self._given["channel"]}).scalar() for asked in (_FIRST, _LAST))
        return None if first is None or last is None else (int(first), max(int(first), int(last)))

    def _found(self, tx: Connection, asked: Select[Any], after: Place, **more: Any) -> Found:  # noqa: ANN401 - values
        rows = tx.execute(asked, {**self._given, **more, "at": after.at, "after": after.wait}).all()
        last = Place(rows[-1].at, rows[-1].id) if len(rows) == SLICE else None
        return Found([row.id for row in rows], last)


def put_up(tx: Connection, waits: Sequence[int], version: str) -> int:
    """Have these decided anew, behind everything that is due; :returns: how many still needed it."""
    return int(tx.execute(_PUT_UP, {"waits": waits, "version": version}).rowcount)


def backlog(tx: Connection, most: int) -> int:
    """How many waits are put up and not decided yet, counted up to `most`; new ones were never decided."""
    return int(tx.execute(_BACKLOG, {"n": most}).scalar_one())


_CHANNELS = select(channel.c.id, channel.c.name).order_by(channel.c.id)
_LEFT = select(func.count().label("n"), func.max(wait.c.started_at).label("newest")).where(
    _OPEN, wait.c.channel == bindparam("channel")
)
_NEXT_OPEN = (
    select(wait.c.id)
    .where(_OPEN, wait.c.channel == bindparam("channel"))
    .order_by(wait.c.started_at, wait.c.id)
    .limit(bindparam("n"))
)
_CANCEL = (
    update(wait)
    .where(wait.c.id.in_(bindparam("waits", expanding=True)), _OPEN)
    .values(
        state="cancelled",
        reason="unwatched",
        cancelled_at=bindparam("now"),
        next_at=bindparam("now"),
        revision=wait.c.revision + 1,
    )
)


@dataclass(frozen=True, slots=True)
class Left:
    """A channel that nobody watches any more although customers wait there."""

    channel: int
    name: str
    waits: int
    newest: Instant
    """When the last of them to be cancelled began: the same after a restart in between."""


def unwatched(tx: Connection, watched: Collection[int]) -> list[Left]:
    """Channels with open waits that are not among those watched, by number."""
    known = set(watched)
    left = [row for row in tx.execute(_CHANNELS) if row.id not in known]
    counted = [(row, tx.execute(_LEFT, {"channel": row.id}).one()) for row in left]
    return [Left(row.id, row.name, count.n, count.newest) for row, count in counted if count.n]


def cancel(tx: Connection, channel_id: int, now: Instant, most: int) -> int:
    """Cancel up to `most` open waits of a channel that is not watched any more, oldest first; :returns: how many."""
    waits = tx.execute(_NEXT_OPEN, {"channel": channel_id, "n": most}).scalars().all()
    if waits:
        tx.execute(_CANCEL, {"waits": waits, "now": now})
    return len(waits)
