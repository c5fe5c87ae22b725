"""Living messages: where each stands, what it shows and what it has to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from slamon.store import sql
from slamon.store.schema import living, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from slamon.model import Instant
    from slamon.store.outbox import Letter


AT_ONCE = 200
"""Messages of one destination brought up to date in one go."""


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


_STALE = sql.firsts(
    select(living).where(
        living.c.wanted_version > living.c.shown_version,
        living.c.not_before <= bindparam("now"),
        living.c.ts != "",
        living.c.leader.is_(None),  # the message of its leader shows it
    ),
    living.c.destination,
    living.c.wait,
    AT_ONCE,
)

_LIVING = select(living).where(living.c.wait == bindparam("of"), living.c.destination == bindparam("at"))


def stale(tx: Connection, now: Instant) -> list[Living]:
    """Living messages that show less than is known."""
    return [_living(row) for row in tx.execute(_STALE, {"now": now})]


def next_edit_at(tx: Connection) -> Instant | None:
    """When the next living message may be brought up to date; `None` when all are."""
    behind = (living.c.wanted_version > living.c.shown_version, living.c.ts != "", living.c.leader.is_(None))
    found = tx.execute(select(func.min(living.c.not_before)).where(*behind)).scalar()
    return None if found is None else int(found)


def living_of(tx: Connection, wait: int, destination: str) -> Living | None:
    """The living message of a wait there, if one was ever posted."""
    row = tx.execute(_LIVING, {"of": wait, "at": destination}).one_or_none()
    return _living(row) if row else None


def living_at(tx: Connection, at: str, ts: str) -> list[Living]:
    """What a message shows: a wait or a digest, or several waits, the one that it was posted for first."""
    found = tx.execute(select(living).where(living.c.place == at, living.c.ts == ts)).all()
    return sorted(map(_living, found), key=lambda one: (one.leader is not None, one.wait))


def newest_at(tx: Connection, at: str) -> Instant | None:
    """The time, by the receiver's clock, of the newest message known there: Slack's `ts` counts seconds."""
    found = tx.execute(select(func.max(living.c.ts)).where(living.c.place == at, living.c.ts != "")).scalar()
    return None if found is None else int(float(found) * 1_000)


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


def _living(row: Row[Any]) -> Living:
    return Living(**{name: getattr(row, name) for name in Living.__slots__})
