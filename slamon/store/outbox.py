"""What is to be told: rows that become `sending` before anything leaves, and `sent` when it surely arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select, update

from slamon.model import clean
from slamon.sla.handling import SNOOZE_ENDS
from slamon.store import livings, serials, sql
from slamon.store.schema import outbox

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


_COLUMNS = [column for column in outbox.c if column.name in Letter.__slots__]


# Written out in the SQL: with parameters, SQLite would not take the index over the few unfinished rows.
def _unfinished(of: Any) -> Any:  # noqa: ANN401 - a table or an alias of it
    return of.c.state.in_(bindparam("unfinished", UNFINISHED, expanding=True, literal_execute=True))


_UNFINISHED = _unfinished(outbox)
_OTHER = outbox.alias("other")
_SAME_READER = (_OTHER.c.wait == outbox.c.wait) & (_OTHER.c.destination == outbox.c.destination)
_BEHIND = exists().where(_SAME_READER, _OTHER.c.id < outbox.c.id, _unfinished(_OTHER))
_OVERTAKEN = exists().where(_SAME_READER, _OTHER.c.id > outbox.c.id, _OTHER.c.state.in_(("pending", "held")))


_READY = sql.firsts(
    select(*_COLUMNS, _OVERTAKEN.label("overtaken")).where(
        _UNFINISHED, outbox.c.not_before <= bindparam("now"), ~_BEHIND
    ),
    outbox.c.destination,
    outbox.c.id,
    AT_ONCE,
)

READY_AT: Select[Any] = select(*_COLUMNS, _OVERTAKEN.label("overtaken")).where(
    _UNFINISHED, outbox.c.not_before <= bindparam("now"), outbox.c.destination == bindparam("at"), ~_BEHIND
)
"""As `ready`, for one destination, in no order."""

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


def last_stage_at(tx: Connection, wait: int) -> Instant:
    """When the newest stage of a wait was reached, repetitions aside; 0 before the first."""
    found = select(func.max(outbox.c.reached_at)).where(outbox.c.wait == wait, outbox.c.repeat == 0)
    return int(tx.execute(found).scalar() or 0)


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


def orphaned(tx: Connection, settle: int, now: Instant) -> int:
    """After a start: whatever the last process was sending has an unknown outcome."""
    lost = update(outbox).where(_UNFINISHED, outbox.c.state == "sending")
    until = func.coalesce(outbox.c.tried_at, now) + settle
    return tx.execute(lost.values(state="unknown", reason="the process ended", not_before=until, looks=0)).rowcount


def fold(tx: Connection, letters: Sequence[int], into: int, reason: str) -> None:
    """These letters are told by a digest, which has to be brought up to date."""
    folded = update(outbox).where(outbox.c.id.in_(bindparam("letters", expanding=True)))
    tx.execute(folded.values(state="folded", reason=reason, digest=into), {"letters": letters})
    livings.changed(tx, [-into])


def stir(tx: Connection, waits: Sequence[int]) -> None:
    """Judge again what is held of these waits, but for the ends of snoozes: a later stage is written behind it."""
    held = (
        outbox.c.state == "held",
        outbox.c.stage != SNOOZE_ENDS,
        outbox.c.wait.in_(bindparam("waits", expanding=True)),
    )
    tx.execute(update(outbox).where(*held).values(not_before=0), {"waits": waits})


def put_forward(tx: Connection, now: Instant) -> None:
    """After a start: what was put off goes at once, since a person may have mended what stood in its way."""
    put_off = update(outbox).where(_UNFINISHED, outbox.c.state == "pending", outbox.c.not_before > now)
    tx.execute(put_off.values(not_before=now))


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
