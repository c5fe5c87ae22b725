"""What is to be told: rows that become `sending` before anything leaves, and `sent` when it surely arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from slamon.store import sql
from slamon.store.schema import living, outbox, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from slamon.model import Instant

UNFINISHED = ("pending", "sending", "unknown")
AT_ONCE = 1_000
"""Rows looked at in one go; the rest wait behind them."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A stage to tell to one destination, and how far that has come."""

    id: int
    wait: int
    target: str
    stage: str
    episode: int
    repeat: int
    destination: str
    audience: str
    mention: str
    broadcast: bool
    accuses: bool
    reached_at: Instant
    created_at: Instant
    state: str
    intent: str
    attempt: int
    tried_at: Instant | None
    since: Instant | None
    looks: int
    overtaken: bool
    """A later stage for the same reader is waiting too."""


@dataclass(frozen=True, slots=True)
class Living:
    """The one message of a wait at a destination."""

    wait: int
    destination: str
    place: str
    ts: str
    """Empty: somebody deleted it there."""
    wanted_version: int
    shown_version: int
    fresh_sent: int
    """How often it was posted again after it had been deleted."""


_COLUMNS = [column for column in outbox.c if column.name in Letter.__slots__]

# Written out in the SQL: with parameters, SQLite would not take the index over the few unfinished rows.
_UNFINISHED = outbox.c.state.in_(bindparam("unfinished", UNFINISHED, expanding=True, literal_execute=True))

_OPEN = select(*_COLUMNS, outbox.c.not_before).where(_UNFINISHED).order_by(outbox.c.id).limit(AT_ONCE)

_STALE = (
    select(living)
    .where(
        living.c.wanted_version > living.c.shown_version,
        living.c.not_before <= bindparam("now"),
        living.c.ts != "",
    )
    .order_by(living.c.wait)
    .limit(AT_ONCE)
)

_LIVING = select(living).where(living.c.wait == bindparam("of"), living.c.destination == bindparam("at"))
_SET = update(outbox).where(outbox.c.id == bindparam("of"))


def ready(tx: Connection, now: Instant) -> list[Letter]:
    """Letters whose time has come, oldest first: at most one for each wait and destination."""
    found: Sequence[Any] = tx.execute(_OPEN).all()
    newest = {(row.wait, row.destination): row.id for row in found if row.state == "pending"}
    taken: set[tuple[int, str]] = set()
    letters = []
    for row in found:
        key = (row.wait, row.destination)
        if key not in taken and row.not_before <= now and row.state != "sending":
            letters.append(_letter(row, overtaken=newest.get(key, row.id) > row.id))
        taken.add(key)
    return letters


def next_at(tx: Connection) -> Instant | None:
    """When the next unfinished letter may go; `None` when there is none."""
    movable = outbox.c.state != "sending"
    found = tx.execute(select(func.min(outbox.c.not_before)).where(_UNFINISHED, movable)).scalar()
    return None if found is None else int(found)


def stale(tx: Connection, now: Instant) -> list[Living]:
    """Living messages that show less than is known."""
    return [_living(row) for row in tx.execute(_STALE, {"now": now})]


def living_of(tx: Connection, wait: int, destination: str) -> Living | None:
    """The living message of a wait there, if one was ever posted."""
    row = tx.execute(_LIVING, {"of": wait, "at": destination}).one_or_none()
    return _living(row) if row else None


def sending(tx: Connection, letter: Letter, intent: str, owner: str, now: Instant, since: Instant | None) -> None:
    """Write down the intent: from here to the receipt, the outcome of a crash is unknown."""
    values = {"state": "sending", "intent": intent, "owner": owner, "tried_at": now, "since": since, "looks": 0}
    tx.execute(_SET.values(**values, attempt=letter.attempt + 1), {"of": letter.id})


def finish(tx: Connection, id_: int, state: str, reason: str, now: Instant) -> None:
    """Close a letter: `sent`, `superseded` or `failed`, with its reason."""
    tx.execute(_SET.values(state=state, reason=reason, sent_at=now if state == "sent" else None), {"of": id_})


def put_off(tx: Connection, id_: int, state: str, reason: str, until: Instant, looks: int = 0) -> None:
    """Try again, or look, at `until`; `state` is `pending` or `unknown`."""
    tx.execute(_SET.values(state=state, reason=reason, not_before=until, looks=looks), {"of": id_})


def posted(tx: Connection, letter: Letter, at: str, ts: str) -> None:
    """The living message stands at `at`, and shows all that is wanted so far."""
    before = living_of(tx, letter.wait, letter.destination)
    version = before.wanted_version if before else 1
    row = {
        "wait": letter.wait,
        "destination": letter.destination,
        "place": at,
        "ts": ts,
        "wanted_version": version,
        "shown_version": version,
        "not_before": 0,
        "fresh_sent": before.fresh_sent + 1 if before else 0,
    }
    changed = ("place", "ts", "shown_version", "fresh_sent")
    tx.execute(sql.insert_or_replace(tx, living, *changed), row)


def newest_at(tx: Connection, at: str) -> Instant | None:
    """The time, by the receiver's clock, of the newest message known there: Slack's `ts` counts seconds."""
    found = tx.execute(select(func.max(living.c.ts)).where(living.c.place == at, living.c.ts != "")).scalar()
    return None if found is None else int(float(found) * 1_000)


def wanted(tx: Connection, of: Living) -> int:
    """The version that a living message has to show by now."""
    found = living_of(tx, of.wait, of.destination)
    return found.wanted_version if found else of.wanted_version


_OF = (living.c.wait == bindparam("of"), living.c.destination == bindparam("at"))


def shown(tx: Connection, of: Living, version: int) -> None:
    """The living message shows `version`."""
    tx.execute(update(living).where(*_OF).values(shown_version=version), {"of": of.wait, "at": of.destination})


def want_again(tx: Connection, wait: int, destination: str) -> None:
    """The living message has to be rendered once more."""
    values = {"wanted_version": living.c.wanted_version + 1}
    tx.execute(update(living).where(*_OF).values(**values), {"of": wait, "at": destination})


def hold_edit(tx: Connection, of: Living, until: Instant) -> None:
    """No edit before `until`."""
    tx.execute(update(living).where(*_OF).values(not_before=until), {"of": of.wait, "at": of.destination})


def deleted(tx: Connection, of: Living) -> None:
    """Somebody deleted it at the receiver: there is nothing to edit any more."""
    values = {"ts": "", "shown_version": living.c.wanted_version}
    tx.execute(update(living).where(*_OF).values(**values), {"of": of.wait, "at": of.destination})


def orphaned(tx: Connection, settle: int, now: Instant) -> int:
    """After a start: whatever the last process was sending has an unknown outcome."""
    lost = update(outbox).where(_UNFINISHED, outbox.c.state == "sending")
    until = func.coalesce(outbox.c.tried_at, now) + settle
    return tx.execute(lost.values(state="unknown", reason="the process ended", not_before=until, looks=0)).rowcount


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


def counts(tx: Connection) -> tuple[dict[str, int], Instant | None]:
    """Unfinished letters by state, and the creation of the oldest."""
    grouped = select(outbox.c.state, func.count(), func.min(outbox.c.created_at))
    rows: Sequence[Any] = tx.execute(grouped.where(_UNFINISHED).group_by(outbox.c.state)).all()
    oldest = min((row[2] for row in rows), default=None)
    return dict.fromkeys(UNFINISHED, 0) | {row[0]: row[1] for row in rows}, oldest


def _letter(row: Row[Any], *, overtaken: bool) -> Letter:
    values = {name: getattr(row, name) for name in Letter.__slots__ if name != "overtaken"}
    return Letter(**values, overtaken=overtaken)


def _living(row: Row[Any]) -> Living:
    return Living(**{name: getattr(row, name) for name in Living.__slots__})
