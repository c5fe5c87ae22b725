"""What is to be told: rows that become `sending` before anything leaves, and `sent` when it surely arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select, update

from slamon.model import clean
from slamon.sla.handling import SNOOZE_ENDS
from slamon.store import serials, sql
from slamon.store.schema import living, outbox, pacing, place

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

UNFINISHED = ("pending", "held", "sending", "unknown")
"""`held`: it waits for an hour at which it may be told; those behind it wait with it."""
NOTICE = 0
"""In the place of a wait: the letter is about none. Below it stand digests, by their number."""
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
    exempt: bool | None = None
    """It is told by itself, whatever else is told at the time."""
    verified: bool = True
    """False: the channel could not be read again before its stage was decided."""

    @property
    def notice(self) -> bool:
        """Whether it is words about nothing that the store follows."""
        return self.wait == NOTICE

    @property
    def digest(self) -> int | None:
        """The digest that it speaks for, if it does."""
        return -self.wait if self.wait < NOTICE else None

    @property
    def waiting(self) -> bool:
        """Whether it was not tried since it was last known not to have arrived."""
        return self.state in {"pending", "held"}


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
    leader: int | None = None
    """The wait whose message this one shares."""


_COLUMNS = [column for column in outbox.c if column.name in Letter.__slots__]


# Written out in the SQL: with parameters, SQLite would not take the index over the few unfinished rows.
def _unfinished(of: Any) -> Any:  # noqa: ANN401 - a table or an alias of it
    return of.c.state.in_(bindparam("unfinished", UNFINISHED, expanding=True, literal_execute=True))


_UNFINISHED = _unfinished(outbox)
_OTHER = outbox.alias("other")
_SAME_READER = (_OTHER.c.wait == outbox.c.wait) & (_OTHER.c.destination == outbox.c.destination)
_BEHIND = exists().where(_SAME_READER, _OTHER.c.id < outbox.c.id, _unfinished(_OTHER))
_OVERTAKEN = exists().where(_SAME_READER, _OTHER.c.id > outbox.c.id, _OTHER.c.state.in_(("pending", "held")))


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

READY_AT: Select[Any] = select(*_COLUMNS, _OVERTAKEN.label("overtaken")).where(
    _UNFINISHED, outbox.c.not_before <= bindparam("now"), outbox.c.destination == bindparam("at"), ~_BEHIND
)
"""As `ready`, for one destination, in no order."""

_STALE = _first(
    select(living).where(
        living.c.wanted_version > living.c.shown_version,
        living.c.not_before <= bindparam("now"),
        living.c.ts != "",
        living.c.leader.is_(None),  # the message of its leader shows it
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
    found = tx.execute(select(func.min(outbox.c.not_before)).where(_UNFINISHED, ~_BEHIND)).scalar()
    return None if found is None else int(found)


def next_edit_at(tx: Connection) -> Instant | None:
    """When the next living message may be brought up to date; `None` when all are."""
    behind = (living.c.wanted_version > living.c.shown_version, living.c.ts != "", living.c.leader.is_(None))
    found = tx.execute(select(func.min(living.c.not_before)).where(*behind)).scalar()
    return None if found is None else int(found)


def last_stage_at(tx: Connection, wait: int) -> Instant:
    """When the newest stage of a wait was reached, repetitions aside; 0 before the first."""
    found = select(func.max(outbox.c.reached_at)).where(outbox.c.wait == wait, outbox.c.repeat == 0)
    return int(tx.execute(found).scalar() or 0)


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


def move(tx: Connection, id_: int, destination: str) -> None:
    """Write a letter anew for another destination, unless the very same is there already."""
    row = dict(tx.execute(select(outbox).where(outbox.c.id == id_)).mappings().one())
    unsent = {**UNSENT, "tried_at": None, "since": None, "sent_at": None, "digest": None}
    anew = row | unsent | {"id": serials.take(tx, "outbox", 1), "destination": destination}
    tx.execute(sql.insert_once(tx, outbox), anew)


def put_off(tx: Connection, id_: int, state: str, reason: str, until: Instant, looks: int = 0) -> None:
    """Try again, or look, at `until`; `state` is `pending`, `held` or `unknown`."""
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
        "leader": None,
    }
    changed = ("place", "ts", "shown_version", "fresh_sent", "leader")
    tx.execute(sql.insert_or_replace(tx, living, *changed), row)


def newest_at(tx: Connection, at: str) -> Instant | None:
    """The time, by the receiver's clock, of the newest message known there: Slack's `ts` counts seconds."""
    found = tx.execute(select(func.max(living.c.ts)).where(living.c.place == at, living.c.ts != "")).scalar()
    return None if found is None else int(float(found) * 1_000)


def living_at(tx: Connection, at: str, ts: str) -> list[Living]:
    """What a message shows: a wait or a digest, or several waits, the one that it was posted for first."""
    found = tx.execute(select(living).where(living.c.place == at, living.c.ts == ts)).all()
    return sorted(map(_living, found), key=lambda one: (one.leader is not None, one.wait))


def wanted(tx: Connection, of: Living) -> int:
    """The version that a living message has to show by now."""
    found = living_of(tx, of.wait, of.destination)
    return found.wanted_version if found else of.wanted_version


_OF = (living.c.wait == bindparam("of"), living.c.destination == bindparam("at"))


_LATER = {"wanted_version": living.c.wanted_version + 1}
_OF_WAITS: Any = bindparam("waits", expanding=True)
_LEADERS = select(living.c.leader).where(living.c.wait.in_(_OF_WAITS), living.c.leader.is_not(None))
_LISTED = select(-outbox.c.digest).where(outbox.c.wait.in_(_OF_WAITS), outbox.c.digest.is_not(None))
_CHANGED = update(living).where(living.c.wait.in_(_OF_WAITS)).values(**_LATER)
_CHANGED_SHARED = update(living).where(living.c.wait.in_(_LEADERS)).values(**_LATER)
_CHANGED_DIGESTS = update(living).where(living.c.wait.in_(_LISTED)).values(**_LATER)

_SHARING = (living.c.leader == bindparam("of"), living.c.destination == bindparam("at"))
_SHOWN_TOO = update(living).where(*_SHARING).values(shown_version=living.c.wanted_version)


def shown(tx: Connection, of: Living, version: int, not_before: Instant = 0) -> None:
    """The living message shows `version`, and is not edited again before `not_before`."""
    values = {"shown_version": version, "not_before": not_before}
    tx.execute(update(living).where(*_OF).values(**values), {"of": of.wait, "at": of.destination})
    tx.execute(_SHOWN_TOO, {"of": of.wait, "at": of.destination})


def want_again(tx: Connection, wait: int, destination: str) -> None:
    """The living message has to be rendered once more."""
    values = {"wanted_version": living.c.wanted_version + 1}
    tx.execute(update(living).where(*_OF).values(**values), {"of": wait, "at": destination})


def changed(tx: Connection, waits: Sequence[int]) -> None:
    """Whatever shows one of these waits is out of date: its own messages, those it shares, digests that list it."""
    for statement in (_CHANGED, _CHANGED_SHARED, _CHANGED_DIGESTS):
        tx.execute(statement, {"waits": waits})


def hold_edit(tx: Connection, of: Living, until: Instant) -> None:
    """No edit before `until`."""
    tx.execute(update(living).where(*_OF).values(not_before=until), {"of": of.wait, "at": of.destination})


def deleted(tx: Connection, of: Living) -> None:
    """Somebody deleted it at the receiver: there is nothing to edit any more, whatever it showed."""
    values = {"ts": "", "shown_version": living.c.wanted_version}
    there = (living.c.place == bindparam("there"), living.c.ts == bindparam("of"))
    tx.execute(update(living).where(*there).values(**values), {"there": of.place, "of": of.ts})


def orphaned(tx: Connection, settle: int, now: Instant) -> int:
    """After a start: whatever the last process was sending has an unknown outcome."""
    lost = update(outbox).where(_UNFINISHED, outbox.c.state == "sending")
    until = func.coalesce(outbox.c.tried_at, now) + settle
    return tx.execute(lost.values(state="unknown", reason="the process ended", not_before=until, looks=0)).rowcount


def fold(tx: Connection, letters: Sequence[int], into: int, reason: str) -> None:
    """These letters are told by a digest, which has to be brought up to date."""
    folded = update(outbox).where(outbox.c.id.in_(bindparam("letters", expanding=True)))
    tx.execute(folded.values(state="folded", reason=reason, digest=into), {"letters": letters})
    tx.execute(_CHANGED, {"waits": [-into]})


def paused(tx: Connection) -> dict[str, Instant]:
    """Until when each receiver asked to be left alone, by destination."""
    return {row.key: row.until for row in tx.execute(select(pacing))}


def pause(tx: Connection, key: str, until: Instant, reason: str) -> None:
    """It asked to be left alone until then; a restart does not shorten that."""
    tx.execute(sql.insert_or_replace(tx, pacing, "until", "reason"), {"key": key, "until": until, "reason": reason})


def stir(tx: Connection, waits: Sequence[int]) -> None:
    """Judge again what is held of these waits, but for the ends of snoozes: a later stage is written behind it."""
    held = (outbox.c.state == "held", outbox.c.stage != SNOOZE_ENDS, outbox.c.wait.in_(_OF_WAITS))
    tx.execute(update(outbox).where(*held).values(not_before=0), {"waits": waits})


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
    """Unfinished letters by state, and the creation of the oldest that is not held on purpose."""
    grouped = select(outbox.c.state, func.count(), func.min(outbox.c.created_at))
    rows: Sequence[Any] = tx.execute(grouped.where(_UNFINISHED).group_by(outbox.c.state)).all()
    oldest = min((row[2] for row in rows if row[0] != "held"), default=None)
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
