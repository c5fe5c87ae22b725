"""What people did, newest first, over all waits: for those who want to take something back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select

from slamon.store.actions import Action
from slamon.store.schema import action, channel

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant

_RECENT = (
    select(action, channel.c.name.label("channel_name"))
    .outerjoin(channel, channel.c.id == action.c.channel)
    .order_by(action.c.id.desc())
    .limit(bindparam("n"))
)
_STANDING = _RECENT.where(
    action.c.scope != "wait",
    action.c.undone_at.is_(None),
    or_(action.c.until.is_(None), action.c.until > bindparam("now")),
)


def recent(tx: Connection, limit: int) -> list[tuple[Action, str]]:
    """At most so many, each with the name of its channel, or nothing where it is of none."""
    return _listed(tx, limit)


def standing(tx: Connection, limit: int, now: Instant) -> list[tuple[Action, str]]:
    """As `recent`, but only what holds for messages to come."""
    return _listed(tx, limit, now)


def _listed(tx: Connection, limit: int, now: Instant | None = None) -> list[tuple[Action, str]]:
    query, values = (_RECENT, {"n": limit}) if now is None else (_STANDING, {"n": limit, "now": now})
    return [
        (Action(**{name: getattr(row, name) for name in Action.__slots__}), row.channel_name or "")
        for row in tx.execute(query, values)
    ]
