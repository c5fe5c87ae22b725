"""Digests: messages about many waits, each with a number, and what is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from slamon.store import serials, sql
from slamon.store.outbox import UNSENT
from slamon.store.schema import digest, outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDigest:
    """A digest as it was opened."""

    id: int
    key: str
    """Names what it is about: one for each such thing."""
    kind: str
    destination: str
    audience: str
    channel: str | None
    opened_at: Instant
    until: Instant | None
    """No further letter is folded into it from then on; `None`: until it is closed."""
    closed_at: Instant | None
    spoken_at: Instant
    """When it last spoke aloud: by its first message, or by a reply that was broadcast."""
    spoken: int
    """How many it had then: letters folded into it, or what its kind counts."""
    said: str | None
    """What it says for good, as JSON, where that does not follow from the store any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A digest to open."""

    key: str
    kind: str
    destination: str
    audience: str
    at: Instant
    until: Instant | None = None
    channel: str | None = None
    spoken: int = 0
    said: str | None = None
    mention: str = ""


_OF = select(digest).where(digest.c.id == bindparam("of"))
_SET = update(digest).where(digest.c.id == bindparam("of"))
_OPEN = select(digest).where(digest.c.closed_at.is_(None)).order_by(digest.c.id)
_OPEN_AT = _OPEN.where(digest.c.destination == bindparam("at"))
_MEMBERS = select(outbox.c.wait).where(outbox.c.digest == bindparam("of")).distinct()


def open_(tx: Connection, opening: Opening) -> int | None:
    """Open a digest and put its first letter into the outbox; `None` where one with that key was opened before."""
    if tx.execute(select(digest.c.id).where(digest.c.key == opening.key)).scalar() is not None:
        return None
    number = serials.take(tx, "digest", 1)
    row: dict[str, Any] = {
        "id": number,
        "key": opening.key,
        "kind": opening.kind,
        "destination": opening.destination,
        "audience": opening.audience,
        "channel": opening.channel,
        "opened_at": opening.at,
        "until": opening.until,
        "closed_at": None,
        "spoken_at": opening.at,
        "spoken": opening.spoken,
        "said": opening.said,
    }
    tx.execute(digest.insert(), row)
    stored = StoredDigest(**row)
    speak(tx, stored, 0, opening.at, mention=opening.mention)
    return number


def speak(tx: Connection, of: StoredDigest, repeat: int, at: Instant, *, mention: str = "") -> None:
    """Put a further letter of a digest into the outbox: its first opens the message, later ones reply in its thread."""
    letter = {
        "id": serials.take(tx, "outbox", 1),
        "wait": -of.id,
        "target": "digest",
        "stage": of.kind,
        "episode": 1,
        "repeat": repeat,
        "destination": of.destination,
        "audience": of.audience,
        "mention": mention,
        "broadcast": True,
        "accuses": True,
        "verified": True,
        "reached_at": at,
        "created_at": at,
        **UNSENT,
    }
    tx.execute(sql.insert_once(tx, outbox), letter)


def of(tx: Connection, number: int) -> StoredDigest | None:
    """The digest of that number."""
    row = tx.execute(_OF, {"of": number}).one_or_none()
    return None if row is None else _stored(row)


def open_at(tx: Connection, destination: str) -> list[StoredDigest]:
    """Those at a destination that are not closed, the oldest first."""
    return [_stored(row) for row in tx.execute(_OPEN_AT, {"at": destination})]


def open_ones(tx: Connection) -> list[StoredDigest]:
    """All that are not closed, the oldest first."""
    return [_stored(row) for row in tx.execute(_OPEN)]


def extend(tx: Connection, number: int, until: Instant) -> None:
    """More may come into it until then."""
    tx.execute(_SET.values(until=until), {"of": number})


def spoke(tx: Connection, number: int, spoken: int, at: Instant) -> None:
    """It spoke aloud at that instant, and had so many then."""
    tx.execute(_SET.values(spoken=spoken, spoken_at=at), {"of": number})


def members(tx: Connection, number: int) -> list[int]:
    """The waits whose letters were folded into it, in no order."""
    return list(tx.execute(_MEMBERS, {"of": number}).scalars())


def close(tx: Connection, number: int, now: Instant) -> None:
    """Nothing more comes into it."""
    tx.execute(_SET.values(closed_at=now), {"of": number})


def _stored(row: Any) -> StoredDigest:  # noqa: ANN401 - a row of `digest`
    return StoredDigest(**{name: getattr(row, name) for name in StoredDigest.__slots__})
