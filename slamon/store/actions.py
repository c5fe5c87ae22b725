"""What people did about waits: acknowledged, snoozed, dismissed; and what they took back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from slamon.store.schema import action

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
    """Below 0: a digest, by its number."""
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


_OF_WAIT = select(action).where(action.c.wait == bindparam("of")).order_by(action.c.id)


def of_wait(tx: Connection, wait: int) -> list[Action]:
    """All that was done about a wait, oldest first."""
    return [_action(row) for row in tx.execute(_OF_WAIT, {"of": wait})]


def _action(row: Any) -> Action:  # noqa: ANN401 - a row of `action`
    return Action(**{name: getattr(row, name) for name in Action.__slots__})
