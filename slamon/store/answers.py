"""Which messages a person may still answer to with an emoji."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from slamon.store import livings
from slamon.store.schema import living, wait

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant

_OPEN = select(wait.c.id).where(wait.c.id.in_(bindparam("waits", expanding=True)), wait.c.state == "open")
_MESSAGES = (
    select(living.c.place, living.c.ts)
    .join(wait, wait.c.id == living.c.wait)
    .where(wait.c.state == "open", wait.c.started_at >= bindparam("since"), living.c.ts != "")
    .distinct()
    .order_by(living.c.ts.desc())
    .limit(bindparam("most"))
)


def open_at(tx: Connection, place: str, ts: str) -> list[int]:
    """The open waits that a message of ours shows, or the digest that it is (below 0)."""
    shown = [one.wait for one in livings.living_at(tx, place, ts)]
    still = set(tx.execute(_OPEN, {"waits": shown}).scalars()) if shown else set()
    return [subject for subject in shown if subject < 0 or subject in still]


def messages(tx: Connection, since: Instant, most: int) -> list[tuple[str, str]]:
    """(place, ts) of the newest messages about waits that are open and began at `since` or later."""
    return [(row.place, row.ts) for row in tx.execute(_MESSAGES, {"since": since, "most": most})]
