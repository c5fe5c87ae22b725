"""What folding letters into digests asks of the outbox, and writes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, true, union, update

from slamon.model import OPEN_STATUSES, Status
from slamon.store import outbox as letters
from slamon.store.livings import Living
from slamon.store.outbox import Letter
from slamon.store.schema import action, channel, dropped, living, outbox, timer, wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant

AT_ONCE = 1_000
"""Letters of one destination folded in one transaction."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter about a wait that can go, and what folding has to know of it."""

    letter: Letter
    not_before: Instant
    digest: int | None
    """One that lists its wait, whether or not the letter is sent besides."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A wait that a digest tells of, under one of its targets."""

    wait: int
    target: str
    channel: str
    policy: str
    status: Status
    due_at: Instant
    answered_at: Instant | None
    open: bool
    alone: bool
    """Its letter goes by itself besides."""


_WAITS: Any = bindparam("waits", expanding=True)
_LETTERS: Any = bindparam("letters", expanding=True)
_OF_DIGEST = outbox.c.digest == bindparam("of")
_FOLDABLE = (
    letters.READY_AT.add_columns(outbox.c.not_before, outbox.c.digest.label("listed"))
    .where(outbox.c.state.in_(("pending", "held")), outbox.c.wait > letters.NOTICE, outbox.c.exempt.is_not(true()))
    .order_by(outbox.c.id)
    .limit(bindparam("n"))
)
_DIGESTS_FIRST = letters.READY_AT.order_by(outbox.c.wait >= letters.NOTICE, outbox.c.id).limit(bindparam("n"))
_WORDS = select(outbox.c.state, outbox.c.not_before).where(
    outbox.c.wait == bindparam("of"), outbox.c.target == "digest"
)
_ACTED = union(
    select(action.c.wait).where(action.c.wait.in_(_WAITS)),
    select(dropped.c.wait).where(dropped.c.wait.in_(_WAITS)),  # by an order about another wait
)
_TOLD_SINGLY = ("sent", "sending", "unknown")
_RECENT = (
    select(outbox.c.audience, func.count())
    .where(
        outbox.c.destination == bindparam("at"),
        outbox.c.reached_at > bindparam("since"),
        outbox.c.wait > letters.NOTICE,
        outbox.c.state.in_(_TOLD_SINGLY),
        outbox.c.digest.is_(None),
    )
    .group_by(outbox.c.audience)
)
_FOLDED = select(func.count()).where(_OF_DIGEST, outbox.c.state == "folded")
_LISTED = (
    select(
        outbox.c.wait,
        outbox.c.target,
        outbox.c.state,
        channel.c.name.label("channel"),
        timer.c.policy,
        timer.c.status,
        timer.c.due_at,
        timer.c.answered_at,
        wait.c.state.label("wait_state"),
    )
    .join(timer, (timer.c.wait == outbox.c.wait) & (timer.c.target == outbox.c.target))
    .join(wait, wait.c.id == outbox.c.wait)
    .join(channel, channel.c.id == wait.c.channel)
    .where(_OF_DIGEST)
)
_STILL_OPEN = _LISTED.with_only_columns(func.count(outbox.c.wait.distinct())).where(
    wait.c.state == "open", timer.c.status.in_(OPEN_STATUSES)
)


def acted(tx: Connection, waits: Sequence[int]) -> set[int]:
    """Those of the waits that somebody did something about."""
    return {int(found) for found in tx.execute(_ACTED, {"waits": waits}).scalars()}


def living_among(tx: Connection, waits: Sequence[int], destination: str) -> dict[int, Living]:
    """The living messages of these waits there, by wait."""
    found = tx.execute(select(living).where(living.c.wait.in_(waits), living.c.destination == destination))
    return {row.wait: Living(**{name: getattr(row, name) for name in Living.__slots__}) for row in found}


def ready(tx: Connection, destination: str, now: Instant) -> list[Ready]:
    """Letters about waits for that destination whose time has come, oldest first; never exempt ones."""
    found = tx.execute(_FOLDABLE, {"at": destination, "now": now, "n": AT_ONCE})
    return [Ready(_letter(row), row.not_before, row.listed) for row in found]


def to_send(tx: Connection, destination: str, now: Instant, n: int) -> list[Letter]:
    """Letters of any kind for that destination whose time has come, digests first."""
    return [_letter(row) for row in tx.execute(_DIGESTS_FIRST, {"at": destination, "now": now, "n": n})]


def recent(tx: Connection, destination: str, since: Instant) -> dict[str, int]:
    """How many letters that were reached after `since` were told one by one there, by audience."""
    return {row[0]: int(row[1]) for row in tx.execute(_RECENT, {"at": destination, "since": since})}


def folded(tx: Connection, digest: int) -> int:
    """How many letters were folded into it."""
    return int(tx.execute(_FOLDED, {"of": digest}).scalar_one())


def still_open(tx: Connection, digest: int) -> int:
    """How many waits in it have still to be answered."""
    return int(tx.execute(_STILL_OPEN, {"of": digest}).scalar_one())


def words(tx: Connection, digest: int) -> list[tuple[str, Instant]]:
    """State and next instant of each of its own letters."""
    return [(row.state, row.not_before) for row in tx.execute(_WORDS, {"of": -digest})]


def listed(tx: Connection, digest: int) -> list[Listed]:
    """All that it tells of; a wait once for each target that a letter was about."""
    found: dict[tuple[int, str], Listed] = {}
    for row in tx.execute(_LISTED, {"of": digest}):
        alone = row.state not in {"folded", "superseded"}
        before = found.get((row.wait, row.target))
        found[row.wait, row.target] = _listed(row, alone=alone or (before is not None and before.alone))
    return list(found.values())


def list_(tx: Connection, chosen: Sequence[int], digest: int) -> None:
    """A digest lists the waits of these letters, which are sent besides."""
    tx.execute(update(outbox).where(outbox.c.id.in_(_LETTERS)).values(digest=digest), {"letters": chosen})


def wait_for(tx: Connection, chosen: Sequence[int], until: Instant) -> None:
    """These letters go no sooner."""
    tx.execute(update(outbox).where(outbox.c.id.in_(_LETTERS)).values(not_before=until), {"letters": chosen})


def _letter(row: Any) -> Letter:  # noqa: ANN401 - a row of `READY_AT`
    return Letter(**{name: getattr(row, name) for name in Letter.__slots__})


def _listed(row: Any, *, alone: bool) -> Listed:  # noqa: ANN401 - a row of `_LISTED`
    status = Status(row.status)
    return Listed(
        wait=row.wait,
        target=row.target,
        channel=row.channel,
        policy=row.policy,
        status=status,
        due_at=row.due_at,
        answered_at=row.answered_at,
        open=row.wait_state == "open" and status in OPEN_STATUSES,
        alone=alone,
    )
