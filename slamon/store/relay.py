"""Letters on a second route, what stands open at an Alertmanager, and since when the first route is unusable."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, func, literal, select, update

from slamon.model import Status
from slamon.store import sql
from slamon.store.outbox import NOTICE, UNFINISHED, Letter
from slamon.store.schema import outbox, relay, timer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant

MOST_FIRING = 5_000
"""Alerts that stand open at once; of more, those that are due first."""
MOST_ENROLLED = 2_000
SLACK = 0
"""In the place of a letter: that Slack is unusable."""
GIVEN_UP = frozenset({"superseded", "folded", "failed"})
"""States of a letter that is told by itself no more; one that failed at a bad place goes on as another letter."""
_TROUBLE = " trouble"
_MARK = " mark"
"""In the place of a route: what is kept about all of them."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The first route does not take what it is given."""

    since: Instant
    failed_at: Instant
    """The newest try that failed."""
    reason: str
    open: bool = False
    """The second route is open for it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A letter that a second route carries."""

    letter: Letter
    state: str
    """Of the letter itself, in the outbox."""
    attempt: int
    at: Instant
    """When it was taken up."""


@dataclass(frozen=True, slots=True)
class Open:
    """A wait that an audience was told of, or was to be, and that is not over."""

    letter: int
    wait: int
    target: str
    audience: str
    stage_at: Instant


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert at an Alertmanager: `said` is what names it there."""

    letter: int
    said: Mapping[str, Any]
    ended_at: Instant | None


_OTHER = outbox.alias("later")
_LATER = exists().where(
    _OTHER.c.wait == outbox.c.wait,
    _OTHER.c.destination == outbox.c.destination,
    _OTHER.c.id > outbox.c.id,
    _OTHER.c.state.in_(("pending", "held")),
)
_LETTER = [column for column in outbox.c if column.name in Letter.__slots__]
_CARRIED = [relay.c.attempt.label("tries"), relay.c.at.label("taken_at")]
_OF_ROUTE = (relay.c.route == bindparam("of_route"), relay.c.state != "done")
_AT = (relay.c.letter == bindparam("of"), relay.c.route == bindparam("on"))

_DUE = (
    select(*_LETTER, (_LATER & (outbox.c.wait > NOTICE)).label("overtaken"), *_CARRIED)
    .join(relay, relay.c.letter == outbox.c.id)
    .where(*_OF_ROUTE, relay.c.state == "pending", relay.c.not_before <= bindparam("now"))
    .order_by(relay.c.letter)
    .limit(bindparam("n"))
)
_BY_NUMBER = select(*_LETTER, literal(False).label("overtaken")).where(  # noqa: FBT003 - a value in SQL
    outbox.c.id.in_(bindparam("ids", expanding=True))
)
_UNTOLD = (
    select(outbox.c.id)
    .where(outbox.c.state.in_(UNFINISHED), outbox.c.state != "held")
    .where(~exists().where(relay.c.letter == outbox.c.id, relay.c.route == bindparam("of_route")))
    .order_by(outbox.c.id)
    .limit(MOST_ENROLLED)
)
_NEWER = select(outbox.c.id).where(outbox.c.id > bindparam("mark")).order_by(outbox.c.id).limit(MOST_ENROLLED)
_OVER = (
    select(func.min(relay.c.letter).label("letter"), outbox.c.wait, outbox.c.target)
    .join(outbox, outbox.c.id == relay.c.letter)
    .join(timer, (timer.c.wait == outbox.c.wait) & (timer.c.target == outbox.c.target))
    .where(*_OF_ROUTE, relay.c.state == "sent", ~timer.c.counted)
    .group_by(outbox.c.wait, outbox.c.target)
)
_BROKEN = timer.c.status.in_((Status.BREACHED.value, Status.UNVERIFIED.value)) & outbox.c.accuses
_NEAR = (timer.c.status == Status.AT_RISK.value) & ~outbox.c.accuses
_FIRING = (
    select(
        func.min(outbox.c.id).label("letter"),
        timer.c.wait,
        timer.c.target,
        outbox.c.audience,
        func.min(outbox.c.reached_at).label("stage_at"),
    )
    .join(outbox, (outbox.c.wait == timer.c.wait) & (outbox.c.target == timer.c.target))
    .where(timer.c.counted, ~timer.c.history, _BROKEN | _NEAR, outbox.c.state != "held")
    .group_by(timer.c.wait, timer.c.target, outbox.c.audience, timer.c.due_at)
    .order_by(timer.c.due_at, timer.c.wait)
    .limit(MOST_FIRING)
)


def take_up(tx: Connection, route: str, now: Instant) -> int:
    """Have the route carry every letter that the first one still owes; :returns: how many are new."""
    return _enrol(tx, route, list(tx.execute(_UNTOLD, {"of_route": route}).scalars()), now)


def take_up_new(tx: Connection, route: str, now: Instant) -> int:
    """Have the route carry every letter since it last did, whatever becomes of it on the first one.

    What was there before its first time is none of its business.
    """
    known = _kept(tx, _MARK)
    if known is None:
        _keep(tx, _MARK, str(tx.execute(select(func.max(outbox.c.id))).scalar() or 0))
        return 0
    letters = list(tx.execute(_NEWER, {"mark": int(known)}).scalars())
    if letters:
        _keep(tx, _MARK, str(letters[-1]))
    return _enrol(tx, route, letters, now)


def has_new(tx: Connection) -> bool:
    """Whether there are letters that `take_up_new` would take."""
    known = _kept(tx, _MARK)
    return known is None or tx.execute(_NEWER.limit(1), {"mark": int(known)}).first() is not None


def _enrol(tx: Connection, route: str, letters: Sequence[int], now: Instant) -> int:
    rows = [
        {"letter": id_, "route": route, "state": "pending", "attempt": 0, "not_before": now, "at": now, "reason": ""}
        for id_ in letters
    ]
    return int(tx.execute(sql.insert_once(tx, relay), rows).rowcount) if rows else 0


def owes(tx: Connection, route: str) -> bool:
    """Whether the first route has letters to send that the second does not carry yet."""
    return tx.execute(_UNTOLD.limit(1), {"of_route": route}).first() is not None


def due(tx: Connection, route: str, now: Instant, limit: int) -> list[Carried]:
    """What the route can carry now, oldest first."""
    return [_carried(row) for row in tx.execute(_DUE, {"of_route": route, "now": now, "n": limit})]


def letters(tx: Connection, ids: Collection[int]) -> dict[int, Letter]:
    """Letters by their numbers."""
    found = tx.execute(_BY_NUMBER, {"ids": list(ids)}).all() if ids else ()
    return {row.id: _letter(row) for row in found}


def put_off(tx: Connection, letter: int, route: str, reason: str, until: Instant) -> None:
    """Try again then."""
    later = {"attempt": relay.c.attempt + 1, "not_before": until, "reason": reason[:500]}
    tx.execute(update(relay).where(*_AT).values(**later), {"of": letter, "on": route})


def settle(tx: Connection, letter: int, route: str, state: str, reason: str, now: Instant) -> None:
    """The route is through with it: `sent` while the receiver is owed word of its end, else `done`."""
    values = {"state": state, "reason": reason[:500], "at": now}
    tx.execute(update(relay).where(*_AT).values(**values), {"of": letter, "on": route})


def drop(tx: Connection, route: str, reason: str) -> int:
    """What the route has not carried yet is left to the first one; :returns: how many."""
    waiting = update(relay).where(relay.c.route == route, relay.c.state == "pending")
    return tx.execute(waiting.values(state="done", reason=reason)).rowcount


def over(tx: Connection, route: str) -> bool:
    """Whether a wait ended whose end the receiver was not told."""
    return tx.execute(_OVER.limit(1), {"of_route": route}).first() is not None


def end(tx: Connection, route: str, closing: str, now: Instant) -> int:
    """Owe the receiver word of each wait that ended, once, by the route `closing`; :returns: how many waits."""
    over = tx.execute(_OVER, {"of_route": route}).all()
    for row in over:
        told = select(outbox.c.id).where(outbox.c.wait == row.wait, outbox.c.target == row.target)
        sent = update(relay).where(relay.c.route == route, relay.c.state == "sent", relay.c.letter.in_(told))
        tx.execute(sent.values(state="done"))
    return _enrol(tx, closing, [row.letter for row in over], now)


def firing(tx: Connection) -> list[Open]:
    """What is the case now: for each wait, target and audience that was told, or was to be, the first such letter."""
    return [Open(*row) for row in tx.execute(_FIRING)]


def standing(tx: Connection, route: str) -> list[Standing]:
    """What was said to be the case, and what was since said to have ended."""
    chosen = select(relay.c.letter, relay.c.said, relay.c.state, relay.c.at).where(*_OF_ROUTE)
    return [
        Standing(row.letter, json.loads(row.said or "{}"), row.at if row.state == "ended" else None)
        for row in tx.execute(chosen, {"of_route": route})
    ]


def stand(tx: Connection, route: str, said: Mapping[int, Mapping[str, Any]], now: Instant) -> None:
    """These are said to be the case from now on, each in words that never change."""
    rows = [
        {
            "letter": letter,
            "route": route,
            "state": "sent",
            "attempt": 0,
            "not_before": now,
            "at": now,
            "reason": "",
            "said": json.dumps(words),
        }
        for letter, words in said.items()
    ]
    if rows:
        tx.execute(sql.insert_or_replace(tx, relay, "state", "at", "said"), rows)


def ended(tx: Connection, route: str, letters: Collection[int], now: Instant) -> None:
    """These are the case no more."""
    over = update(relay).where(relay.c.route == route, relay.c.letter.in_(letters))
    if letters:
        tx.execute(over.values(state="ended", at=now))


def forget(tx: Connection, route: str, before: Instant) -> None:
    """What ended before then was said often enough."""
    tx.execute(delete(relay).where(relay.c.route == route, relay.c.state == "ended", relay.c.at < before))


def trouble(tx: Connection) -> Trouble | None:
    """Since when the first route is in trouble, as the last process left it; `None` when it is not."""
    found = _kept(tx, _TROUBLE)
    return Trouble(**json.loads(found)) if found else None


def set_trouble(tx: Connection, now: Trouble | None) -> None:
    """Remember it, so that a restart does not begin anew."""
    _keep(tx, _TROUBLE, "" if now is None else json.dumps(asdict(now)))


def _kept(tx: Connection, what: str) -> str | None:
    return tx.execute(select(relay.c.said).where(*_AT), {"of": SLACK, "on": what}).scalar()


def _keep(tx: Connection, what: str, said: str) -> None:
    row = {"letter": SLACK, "route": what, "state": "done", "attempt": 0, "not_before": 0, "at": 0, "reason": ""}
    tx.execute(sql.insert_or_replace(tx, relay, "said"), row | {"said": said})


def _letter(row: Any) -> Letter:  # noqa: ANN401 - a row of the outbox
    return Letter(**{name: getattr(row, name) for name in Letter.__slots__})


def _carried(row: Any) -> Carried:  # noqa: ANN401 - a row of two tables
    letter = _letter(row)
    return Carried(letter, letter.state, row.tries, row.taken_at)
