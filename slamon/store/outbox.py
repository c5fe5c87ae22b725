"""What is to be told: rows that become `sending` before anything leaves, and `sent` when it surely arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select, update

from slamon.model import clean
from slamon.store import serials, sql
from slamon.store.schema import living, outbox, place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row, Select

    from slamon.model import Instant

UNSENT: Mapping[str, str | int] = {
    "state": "pending",
    "reason": "",
    "intent": "",
    "attempt": 0,
    "owner": "",
    "not_before": 0,
    "looks": 0,
}
"""What a letter says of its sending when it is written."""

UNFINISHED = ("pending", "sending", "unknown")
NOTICE = 0
"""In the place of a wait: the letter is about none."""
NOTICE_ROOM = 10_000
"""Characters of a notice; a notifier cuts further."""
AT_ONCE = 200
"""Rows of one destination looked at in one go; the rest wait behind them, and no other destination does."""


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
    text: str | None = None
    """What a notice says; `None` for a stage, which says how its wait stands when it is sent."""

    @property
    def notice(self) -> bool:
        """Whether it is about no wait."""
        return self.wait == NOTICE


@dataclass(frozen=True, slots=True)
class Reader:
    """Who hears of a notice, and where."""

    audience: str
    destination: str


@dataclass(frozen=True, slots=True)
class Intent:
    """One try to send a letter."""

    id: str
    """Travels in the message, so that it can be found there."""
    owner: str
    at: Instant
    until: Instant
    """The lease: nobody else touches the letter before; afterwards its outcome is unknown."""
    since: Instant | None
    """A lower bound of when the message can have arrived, by the receiver's clock."""


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
def _unfinished(of: Any) -> Any:  # noqa: ANN401 - a table or an alias of it
    return of.c.state.in_(bindparam("unfinished", UNFINISHED, expanding=True, literal_execute=True))


_UNFINISHED = _unfinished(outbox)
_OTHER = outbox.alias("other")
_SAME_READER = (_OTHER.c.wait == outbox.c.wait) & (_OTHER.c.destination == outbox.c.destination)
_BEHIND = exists().where(_SAME_READER, _OTHER.c.id < outbox.c.id, _unfinished(_OTHER))
_OVERTAKEN = exists().where(_SAME_READER, _OTHER.c.id > outbox.c.id, _OTHER.c.state == "pending")


def _first(chosen: Select[Any], of: Any, by: Any) -> Select[Any]:  # noqa: ANN401 - columns of any table
    """Of what is chosen, the first of each destination."""
    nth = func.row_number().over(partition_by=of, order_by=by).label("nth")
    numbered = chosen.add_columns(nth).subquery()
    return select(numbered).where(numbered.c.nth <= AT_ONCE).order_by(numbered.c[by.name])


_READY = _first(
    select(*_COLUMNS, _OVERTAKEN.label("overtaken")).where(
        _UNFINISHED, outbox.c.not_before <= bindparam("now"), ~_BEHIND
    ),
    outbox.c.destination,
    outbox.c.id,
)

_STALE = _first(
    select(living).where(
        living.c.wanted_version > living.c.shown_version,
        living.c.not_before <= bindparam("now"),
        living.c.ts != "",
    ),
    living.c.destination,
    living.c.wait,
)

_LIVING = select(living).where(living.c.wait == bindparam("of"), living.c.destination == bindparam("at"))
_STANDS = select(outbox.c.state, outbox.c.attempt, outbox.c.looks).where(outbox.c.id == bindparam("of"))
_SET = update(outbox).where(outbox.c.id == bindparam("of"))


def notify(tx: Connection, key: str, text: str, readers: Sequence[Reader], now: Instant) -> int:
    """Write a notice for each reader, once for each `key`; :returns: how many are new."""
    rows = [_notice(key, text, reader, now) for reader in readers]
    for id_, row in enumerate(rows, serials.take(tx, "outbox", len(rows)) if rows else 0):
        row["id"] = id_
    return int(tx.execute(sql.insert_once(tx, outbox), rows).rowcount) if rows else 0


def ready(tx: Connection, now: Instant) -> list[Letter]:
    """Letters whose time has come, oldest first: at most one for each wait and destination."""
    return [_letter(row) for row in tx.execute(_READY, {"now": now})]


def stands(tx: Connection, letter: Letter) -> bool:
    """Whether nothing was done about the letter since it was read."""
    found = tx.execute(_STANDS, {"of": letter.id}).one_or_none()
    return found is not None and tuple(found) == (letter.state, letter.attempt, letter.looks)


def next_at(tx: Connection) -> Instant | None:
    """When the next unfinished letter may go; `None` when there is none."""
    found = tx.execute(select(func.min(outbox.c.not_before)).where(_UNFINISHED)).scalar()
    return None if found is None else int(found)


def stale(tx: Connection, now: Instant) -> list[Living]:
    """Living messages that show less than is known."""
    return [_living(row) for row in tx.execute(_STALE, {"now": now})]


def living_of(tx: Connection, wait: int, destination: str) -> Living | None:
    """The living message of a wait there, if one was ever posted."""
    row = tx.execute(_LIVING, {"of": wait, "at": destination}).one_or_none()
    return _living(row) if row else None


def sending(tx: Connection, letter: Letter, intent: Intent) -> None:
    """Write down the intent: from here to the receipt, the outcome of a crash is unknown."""
    values = {"state": "sending", "looks": 0, "not_before": intent.until, "attempt": letter.attempt + 1}
    named = {"intent": intent.id, "owner": intent.owner, "tried_at": intent.at, "since": intent.since}
    tx.execute(_SET.values(**values, **named), {"of": letter.id})


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


def put_forward(tx: Connection, now: Instant) -> None:
    """After a start: what was put off goes at once, since a person may have mended what stood in its way."""
    put_off = update(outbox).where(_UNFINISHED, outbox.c.state == "pending", outbox.c.not_before > now)
    tx.execute(put_off.values(not_before=now))


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


def _notice(key: str, text: str, reader: Reader, now: Instant) -> dict[str, Any]:
    return {
        "wait": NOTICE,
        "target": "notice",
        "stage": key,
        "episode": 1,
        "repeat": 0,
        "destination": reader.destination,
        "audience": reader.audience,
        "mention": "",
        "broadcast": False,
        "accuses": False,
        "verified": True,
        "reached_at": now,
        "created_at": now,
        **UNSENT,
        "text": clean(text, NOTICE_ROOM),
    }


def _letter(row: Row[Any]) -> Letter:
    return Letter(**{name: getattr(row, name) for name in Letter.__slots__})


def _living(row: Row[Any]) -> Living:
    return Living(**{name: getattr(row, name) for name in Living.__slots__})
