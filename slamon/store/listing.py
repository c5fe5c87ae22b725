"""The open queue for people and programs who look: filtered, nearest deadline first, page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, exists, func, literal, select, tuple_

from slamon.errors import UsageError
from slamon.model import Status, Target
from slamon.sla.texts import matchable
from slamon.store import facts
from slamon.store.schema import channel, conversation, message, timer, wait

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, FromClause, Select

    from slamon.model import Instant
    from slamon.store.facts import WaitFacts

COUNTED = 10_000
"""Waits are counted up to so many: that number means that many or more."""
SEARCHED = 20_000
"""Waits whose words are read for one search, those with the nearest deadlines."""
AT_ONCE = 500
CURSOR = re.compile(rf"([0-9]{{1,14}})-([0-9]{{1,15}})-({'|'.join(Target)})")
"""Where a page begins: behind this deadline, wait and target."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which waits are wanted; an empty filter leaves all in."""

    channels: Collection[str] = ()
    """Names; one that nobody knows has no waits."""
    policies: Collection[str] = ()
    """Names; the empty one stands for waits that no policy matches."""
    statuses: Collection[Status] = ()
    text: str = ""
    """In what waits, or in the handle or name of who wrote it; upper and lower case are the same."""
    after: str | None = None
    """`Listed.next` of the page before; `None`: the first page."""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the queue."""

    waits: Sequence[WaitFacts]
    """Each wait once, under the nearest of its open targets that is wanted; waits without a policy last."""
    next: str | None
    """Where the next page begins; `None` behind the last wait."""
    total: int
    """How many waits are wanted in all, on every page; counted up to `COUNTED`."""
    complete: bool = True
    """Whether all waits were searched for the text; else only the `SEARCHED` with the nearest deadlines."""


class _Key(NamedTuple):
    """Where a wait stands in the queue."""

    due_at: Instant
    wait: int
    target: str


_ORDER = (timer.c.due_at, timer.c.wait, timer.c.target)
_WORDS = (
    select(message.c.wait, message.c.text, message.c.handle, message.c.name)
    .select_from(wait.join(conversation, conversation.c.id == wait.c.conversation))
    .join(
        message,
        (message.c.channel == conversation.c.channel)
        & (message.c.thread == conversation.c.thread)
        & (message.c.wait == wait.c.id),
    )
    .where(wait.c.id.in_(bindparam("waits", expanding=True)), message.c.gone_at.is_(None))
)


def listing(tx: Connection, asked: Asked) -> Listed:
    """The page that is asked for.

    A page begins behind the last wait of the one before, wherever that stood: what closes or comes in between neither
    hides a wait nor shows another twice.

    :raises UsageError: `after` is nothing that an earlier page gave.
    """
    after = None if asked.after is None else _read(asked.after)
    channels = _channels(tx, asked.channels)
    if channels is not None and not channels:
        return Listed((), None, 0)
    chosen = _chosen(asked, channels)
    if asked.text.strip():
        return _searched(tx, asked, chosen, after)
    rest = chosen if after is None else chosen.where(_behind(after))
    keys = [_Key(*row) for row in tx.execute(rest.order_by(*_ORDER).limit(asked.limit + 1))]
    whole = after is None and len(keys) <= asked.limit
    return _page(tx, asked, keys, len(keys) if whole else _count(tx, chosen))


def _count(tx: Connection, chosen: Select[Any]) -> int:
    return tx.execute(select(func.count()).select_from(chosen.limit(COUNTED).subquery())).scalar_one()


def _searched(tx: Connection, asked: Asked, chosen: Select[Any], after: _Key | None) -> Listed:
    """Words are compared here, not in SQL: what SQLite and PostgreSQL take for the same letter differs."""
    keys = [_Key(*row) for row in tx.execute(chosen.order_by(*_ORDER).limit(SEARCHED + 1))]
    found = list(_holding(tx, keys[:SEARCHED], _folded(asked.text.strip())))
    rest = found if after is None else [key for key in found if key > after]
    return _page(tx, asked, rest[: asked.limit + 1], min(len(found), COUNTED), complete=len(keys) <= SEARCHED)


def _holding(tx: Connection, keys: Sequence[_Key], words: str) -> Iterator[_Key]:
    for first in range(0, len(keys), AT_ONCE):
        some = keys[first : first + AT_ONCE]
        rows = tx.execute(_WORDS, {"waits": [key.wait for key in some]})
        held = {row.wait for row in rows if any(words in _folded(said) for said in (row.text, row.handle, row.name))}
        yield from (key for key in some if key.wait in held)


def _page(tx: Connection, asked: Asked, keys: Sequence[_Key], total: int, *, complete: bool = True) -> Listed:
    """`keys`: those of the page, and one more where more follow."""
    shown = keys[: asked.limit]
    stored = facts.of_waits(tx, [key.wait for key in shown]) if shown else {}
    by_target = {(one.id, one.target.value): one for waits in stored.values() for one in waits}
    waits = [by_target[key.wait, key.target] for key in shown if (key.wait, key.target) in by_target]
    return Listed(waits, _written(shown[-1]) if len(keys) > asked.limit else None, total, complete)


def _chosen(asked: Asked, channels: Sequence[int] | None) -> Select[Any]:
    nearer = timer.alias("nearer")
    before = exists().where(
        nearer.c.wait == timer.c.wait,
        nearer.c.target != timer.c.target,
        *_wanted(nearer, asked),
        tuple_(nearer.c.due_at, nearer.c.target) < tuple_(timer.c.due_at, timer.c.target),
    )
    found = select(*_ORDER).where(*_wanted(timer, asked), ~before)
    return found if channels is None else found.where(_in_channels(channels))


def _wanted(of: FromClause, asked: Asked) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [of.c.counted]
    if asked.policies:
        wanted.append(of.c.policy.in_(sorted(asked.policies)))
    if asked.statuses:
        wanted.append(of.c.status.in_(sorted(status.value for status in asked.statuses)))
    return wanted


def _in_channels(channels: Sequence[int]) -> ColumnElement[bool]:
    if len(channels) == 1:
        return timer.c.channel == channels[0]
    # Added to, a column is not looked up: of many channels the index in the order of deadlines is the better one.
    return (timer.c.channel + literal(0, literal_execute=True)).in_(channels)


def _channels(tx: Connection, names: Collection[str]) -> list[int] | None:
    if not names:
        return None
    return list(tx.execute(select(channel.c.id).where(channel.c.name.in_(sorted(names)))).scalars())


def _behind(key: _Key) -> ColumnElement[bool]:
    return tuple_(*_ORDER) > tuple_(*(literal(part) for part in key))


def _written(key: _Key) -> str:
    return f"{key.due_at}-{key.wait}-{key.target}"


def _read(written: str) -> _Key:
    found = CURSOR.fullmatch(written)
    if found is None:
        raise UsageError("`after` should be the `next` of the page before")
    return _Key(int(found[1]), int(found[2]), found[3])


def _folded(text: str) -> str:
    return matchable(text).casefold()
