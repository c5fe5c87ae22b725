"""What the evaluator decided → timers, statuses, settlement, counts and outbox, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from slamon.model import RESPONSES, Settled, Status
from slamon.sla.fate import Fate, fate_of_wait
from slamon.sla.ladder import rung
from slamon.sla.timer import target_of
from slamon.store import livings, serials, sql
from slamon.store import outbox as outboxes
from slamon.store.schema import outbox, timer, wait
from slamon.store.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant, Target
    from slamon.store.queue import DueWait, StoredTimer


@dataclass(frozen=True, slots=True)
class Announcement:
    """A stage to tell of, to one destination."""

    target: Target
    stage: str
    repeat: int
    destination: str
    audience: str
    mention: str
    broadcast: bool
    accuses: bool
    verified: bool
    reached_at: Instant
    exempt: bool = False
    """It is told by itself, whatever else is told at the time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows for one wait."""

    wait: DueWait
    policy: str
    rules: str
    timers: Sequence[StoredTimer]
    announcements: Sequence[Announcement]
    state: str
    asked_at: Instant | None
    next_at: Instant | None


_CURRENT = select(wait.c.id, wait.c.revision, wait.c.next_at).where(wait.c.id.in_(bindparam("waits", expanding=True)))

_WAIT_COLUMNS = ("policy", "rules", "matched", "state", "asked_at", "next_at", "tallied")
_WAIT = update(wait).where(wait.c.id == bindparam("at_id")).values({name: bindparam(name) for name in _WAIT_COLUMNS})

_TIMER_COLUMNS = (
    "policy",
    "started_at",
    "due_at",
    "length",
    "answered_at",
    "elapsed",
    "status",
    "settled",
    "stage",
    "told",
    "episode",
    "history",
    "counted",
)


def record(tx: Connection, outcomes: Sequence[Outcome], now: Instant) -> int:
    """Write all outcomes whose wait did not change since it was read; the others are due again anyway.

    :returns: how many rows went into the outbox.
    """
    found = tx.execute(_CURRENT, {"waits": [outcome.wait.id for outcome in outcomes]})
    current = {row.id: (row.revision, row.next_at) for row in found}
    # Whoever moved `next_at` meanwhile has read something that this decision does not know of.
    valid = [o for o in outcomes if current.get(o.wait.id) == (o.wait.revision, o.wait.next_at)]
    if not valid:
        return 0
    tx.execute(_WAIT, [_wait_row(outcome) for outcome in valid])
    timers = [_timer_row(outcome.wait, new) for outcome in valid for new in outcome.timers]
    if timers:
        tx.execute(sql.insert_or_replace(tx, timer, *_TIMER_COLUMNS), timers)
    tally = Tally()
    for outcome in valid:
        _count(tally, outcome)
    tally.write(tx)
    changed = [outcome.wait.id for outcome in valid if _shows_otherwise(outcome)]
    if changed:
        livings.changed(tx, changed)
    return _announce(tx, valid, now)


def _wait_row(outcome: Outcome) -> dict[str, Any]:
    return {
        "at_id": outcome.wait.id,
        "policy": outcome.policy,
        "rules": outcome.rules,
        "matched": outcome.wait.revision,
        "state": outcome.state,
        "asked_at": outcome.asked_at,
        "next_at": outcome.next_at,
        "tallied": _tallied(outcome),
    }


def _timer_row(due: DueWait, new: StoredTimer) -> dict[str, Any]:
    return {
        "wait": due.id,
        "target": new.target.value,
        "channel": due.channel,
        "policy": new.policy,
        "started_at": new.started_at,
        "due_at": new.due_at,
        "length": new.length,
        "answered_at": new.answered_at,
        "elapsed": new.elapsed,
        "status": new.status.value,
        "settled": new.settled.value if new.settled else None,
        "stage": new.stage,
        "told": new.told,
        "episode": new.episode,
        "history": new.history,
        "counted": new.counted,
    }


def _tallied(outcome: Outcome) -> str | None:
    """As what the wait counts from now on: once as received, once by how it first ended, and never back.

    What became part of another wait ends as nothing; history is not counted at all.
    """
    before = outcome.wait.tallied
    if before not in {None, Fate.OPEN}:
        return before
    fate = fate_of_wait(outcome.state, outcome.wait.reason or "", ())
    if fate is None or (before is None and _is_history(outcome)):
        return before
    return fate.value


def _is_history(outcome: Outcome) -> bool:
    owed = target_of(outcome.wait.turn)
    return any(new.target is owed and new.history and new.policy for new in outcome.timers)


def _count_wait(tally: Tally, outcome: Outcome) -> None:
    before, now = outcome.wait.tallied, _tallied(outcome)
    if before == now:
        return
    if before is None:
        tally.add(outcome.wait.channel, "received", 1)
    if now != Fate.OPEN:
        tally.add(outcome.wait.channel, f"closed:{now}", 1)


def _count(tally: Tally, outcome: Outcome) -> None:
    _count_wait(tally, outcome)
    before = {old.target: old for old in outcome.wait.timers}
    for new in outcome.timers:
        old = before.get(new.target)
        if old and old.counted:
            _move(tally, outcome.wait, old, f"open:{old.status.value}", -1)
        if new.counted:
            _move(tally, outcome.wait, new, f"open:{new.status.value}", 1)
        if new.settled and not (old and old.settled):
            _move(tally, outcome.wait, new, f"settled:{new.settled.value}", 1)
        _count_response(tally, outcome.wait, old, new)
        _count_correction(tally, outcome.wait, old, new)


def _count_response(tally: Tally, due: DueWait, old: StoredTimer | None, new: StoredTimer) -> None:
    """The time to the first reading of an answer; one that is deleted and given again counts once."""
    first = new.answered_at is not None and (old is None or old.answered_at is None) and new.episode == 1
    if not first or new.history or new.answered_at is None:
        return
    millis = new.answered_at - (due.started_at if new.target in RESPONSES else new.started_at)
    _move(tally, due, new, f"rung:{rung(millis)}", 1)
    _move(tally, due, new, "response_ms", millis)


def _count_correction(tally: Tally, due: DueWait, old: StoredTimer | None, new: StoredTimer) -> None:
    """A settled timer that would be counted otherwise now stays as it was; that it would is a figure of its own."""
    if old is None or old.settled is None:
        return
    otherwise = _OTHERWISE.get((old.settled, new.status))
    if otherwise and otherwise != _OTHERWISE.get((old.settled, old.status)):
        tally.add(due.channel, f"corrected:{old.settled.value}:{otherwise}", 1)


_OTHERWISE = {
    (Settled.LATE, Status.MET): "in_time",
    (Settled.IN_TIME, Status.MISSED): "late",
    (Settled.IN_TIME, Status.BREACHED): "late",
    (Settled.IN_TIME, Status.CANCELLED): "cancelled",
    (Settled.LATE, Status.CANCELLED): "cancelled",
}


def _move(tally: Tally, due: DueWait, at: StoredTimer, name: str, n: int) -> None:
    tally.add(due.channel, name, n, policy=at.policy, target=at.target.value)


def _shows_otherwise(outcome: Outcome) -> bool:
    """Whether living messages are out of date; while a last look is under way they keep what they show."""
    if outcome.wait.matched != outcome.wait.revision or outcome.announcements:
        return True
    if outcome.asked_at is not None:
        return False
    before = {old.target: (old.status, old.stage) for old in outcome.wait.timers}
    return any(before.get(new.target) != (new.status, new.stage) for new in outcome.timers)


def _announce(tx: Connection, outcomes: Iterable[Outcome], now: Instant) -> int:
    rows = [_outbox_row(o, told, now) for o in outcomes for told in o.announcements]
    if not rows:
        return 0
    outboxes.stir(tx, sorted({row["wait"] for row in rows}))
    for id_, row in enumerate(rows, serials.take(tx, "outbox", len(rows))):
        row["id"] = id_
    return int(tx.execute(sql.insert_once(tx, outbox), rows).rowcount)


def _outbox_row(outcome: Outcome, told: Announcement, now: Instant) -> dict[str, Any]:
    return {
        "wait": outcome.wait.id,
        "target": told.target.value,
        "stage": told.stage,
        "episode": outcome.wait.episode,
        "repeat": told.repeat,
        "destination": told.destination,
        "audience": told.audience,
        "mention": told.mention,
        "broadcast": told.broadcast,
        "accuses": told.accuses,
        "verified": told.verified,
        "reached_at": told.reached_at,
        "created_at": now,
        "exempt": told.exempt or None,
        **outboxes.UNSENT,
    }
