"""What people did about waits: acknowledged, snoozed, dismissed; and what they took back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select, update

from slamon.sla.handling import Verb
from slamon.store import serials
from slamon.store.schema import action, dropped
from slamon.store.schema import wait as waits

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that a person did."""

    id: int
    key: str
    """Names the click, so that one that arrives twice is one action."""
    verb: str
    """Of `sla.handling.Verb`."""
    wait: int | None
    """The one that it was done about; below 0: a digest, by its number."""
    channel: int | None
    scope: str
    """`wait`, `author`, `thread` or `match`."""
    subject: str
    """Of a wider scope: the author's id, the thread's, or the pattern."""
    reason: str
    at: Instant
    until: Instant | None
    by: str
    """As people call them."""
    by_id: str
    """As the place where they did it numbers them."""
    via: str
    """`button`, `reaction`, `command` or `http`."""
    undone_at: Instant | None = None
    undone_by: str | None = None


_ENDED_IT = select(dropped.c.action).where(dropped.c.wait == bindparam("of"))
_OF_WAIT = select(action).where(or_(action.c.wait == bindparam("of"), action.c.id.in_(_ENDED_IT))).order_by(action.c.id)
_BY_KEY = select(action).where(action.c.key == bindparam("key"))
_BY_ID = select(action).where(action.c.id == bindparam("of"))
_UNDO = (
    update(action)
    .where(action.c.id == bindparam("of"))
    .values(undone_at=bindparam("undone_at"), undone_by=bindparam("undone_by"))
)


def of_wait(tx: Connection, wait: int) -> list[Action]:
    """All that was done about a wait, oldest first, by wider orders, too; `wait` below 0: about a digest."""
    return [_action(row) for row in tx.execute(_OF_WAIT, {"of": wait})]


def keyed(tx: Connection, key: str) -> Action | None:
    """What came of the click of that name."""
    return _one(tx.execute(_BY_KEY, {"key": key}).one_or_none())


def of_id(tx: Connection, number: int) -> Action | None:
    """The action of that number."""
    return _one(tx.execute(_BY_ID, {"of": number}).one_or_none())


def take_number(tx: Connection) -> int:
    """A number for a new action."""
    return serials.take(tx, "action", 1)


def write(tx: Connection, one: Action) -> None:
    """Record it."""
    tx.execute(action.insert(), {name: getattr(one, name) for name in Action.__slots__})


def undo(tx: Connection, number: int, by: str, now: Instant) -> None:
    """It is taken back."""
    tx.execute(_UNDO, {"of": number, "undone_at": now, "undone_by": by})


def _one(row: Any) -> Action | None:  # noqa: ANN401 - a row of `action`, or nothing
    return None if row is None else _action(row)


def lapsed(tx: Connection, since: Instant, now: Instant) -> list[int]:
    """Open waits of which somebody's acknowledgement or snooze ended in (since, now]."""
    ended = (action.c.until > since, action.c.until <= now, action.c.undone_at.is_(None))
    held = action.c.verb.in_((Verb.ACKNOWLEDGE.value, Verb.SNOOZE.value))
    standing = select(action.c.wait).join(waits, waits.c.id == action.c.wait)
    found = standing.where(*ended, held, waits.c.state == "open")
    return list(tx.execute(found.distinct()).scalars())


def _action(row: Any) -> Action:  # noqa: ANN401 - a row of `action`
    return Action(**{name: getattr(row, name) for name in Action.__slots__})
