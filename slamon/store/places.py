"""Where destinations are, and how long each asked to be left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from slamon.store import sql
from slamon.store.schema import pacing, place

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant


def place_of(tx: Connection, destination: str) -> str | None:
    """The id that a destination was resolved to."""
    found = tx.execute(select(place.c.id).where(place.c.destination == destination)).scalar()
    return None if found is None else str(found)


def set_place(tx: Connection, destination: str, id_: str) -> None:
    """Remember the id of a destination: history and edits refuse names."""
    tx.execute(sql.insert_or_replace(tx, place, "id"), {"destination": destination, "id": id_})


def forget_place(tx: Connection, destination: str) -> None:
    """Resolve it anew next time."""
    tx.execute(place.delete().where(place.c.destination == destination))


def paused(tx: Connection) -> dict[str, Instant]:
    """Until when each receiver asked to be left alone, by destination."""
    return {row.key: row.until for row in tx.execute(select(pacing))}


def pause(tx: Connection, key: str, until: Instant, reason: str) -> None:
    """It asked to be left alone until then; a restart does not shorten that."""
    tx.execute(sql.insert_or_replace(tx, pacing, "until", "reason"), {"key": key, "until": until, "reason": reason})
