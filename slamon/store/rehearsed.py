"""What `slamon test-rules` asks of a store of its own: everything that came of one case, and an empty store again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from slamon.model import Settled, Status, Target
from slamon.store.schema import conversation, message, metadata, outbox, timer, wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from slamon.model import Instant, Millis
    from slamon.store.store import Store

KEPT = ("meta", "alembic_version")


@dataclass(frozen=True, slots=True)
class Letter:
    """One announcement."""

    stage: str
    audience: str
    at: Instant
    accuses: bool
    """It tells of a breach: its moment lies a millisecond past the one that people name."""
    reached_at: Instant


@dataclass(frozen=True, slots=True)
class Stood:
    """A timer with its wait."""

    wait: int
    thread: str
    customer: str
    number: int
    state: str
    reason: str | None
    started_at: Instant
    answered_at: Instant | None
    cancelled_at: Instant | None
    target: Target
    policy: str
    """Empty: none matches."""
    rules: str | None
    held_from: Instant
    """When the timer starts: with the wait, or with the message that brought its promise."""
    due_at: Instant
    ended_at: Instant | None
    """When what the timer is held to was done."""
    business: Millis | None
    status: Status
    settled: Settled | None
    stage: str
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class Needless:
    """A message that needs no reply."""

    thread: str
    author: str
    at: Instant
    reason: str


_TIMERS = (
    select(
        wait,
        conversation.c.thread,
        conversation.c.customer,
        timer.c.target,
        timer.c.policy.label("held_by"),
        timer.c.started_at.label("held_from"),
        timer.c.due_at,
        timer.c.answered_at.label("ended_at"),
        timer.c.elapsed,
        timer.c.status,
        timer.c.settled,
        timer.c.stage,
    )
    .join(conversation, conversation.c.id == wait.c.conversation)
    .join(timer, timer.c.wait == wait.c.id)
    .where(wait.c.state != "merged")
    .order_by(wait.c.started_at, wait.c.id)
)
_LETTERS = select(outbox).where(outbox.c.wait != 0).order_by(outbox.c.created_at, outbox.c.id)
_NEEDLESS = (
    select(message.c.thread, message.c.author, message.c.created_at, message.c.no_reply)
    .where(message.c.no_reply.is_not(None))
    .order_by(message.c.created_at, message.c.id)
)


def stood(tx: Connection) -> list[Stood]:
    """Every timer, by the start of its wait, and of one wait in the order of `Target`."""
    letters: dict[tuple[int, str], list[Letter]] = {}
    for row in tx.execute(_LETTERS):
        found = Letter(row.stage, row.audience, row.created_at, row.accuses, row.reached_at)
        letters.setdefault((row.wait, row.target), []).append(found)
    rows = [_stood(row, letters.get((row.id, row.target), ())) for row in tx.execute(_TIMERS)]
    order = list(Target)
    return sorted(rows, key=lambda found: (found.started_at, found.wait, order.index(found.target)))


def needless(tx: Connection) -> list[Needless]:
    """Messages that need no reply, oldest first."""
    return [Needless(row.thread, row.author, row.created_at, row.no_reply) for row in tx.execute(_NEEDLESS)]


def empty(store: Store) -> None:
    """Forget everything but the database's own id."""
    with store.write() as tx:
        for table in metadata.sorted_tables:
            if table.name not in KEPT:
                tx.execute(table.delete())


def hurry(store: Store) -> None:
    """Have commits not wait for the disk: nothing in this store is worth more than its process."""
    connection = store.database.writer.raw_connection()
    try:
        connection.cursor().execute("PRAGMA synchronous=OFF")
    finally:
        connection.close()


def _stood(row: Row[Any], letters: Sequence[Letter]) -> Stood:
    return Stood(
        wait=row.id,
        thread=row.thread,
        customer=row.customer,
        number=row.number,
        state=row.state,
        reason=row.reason,
        started_at=row.started_at,
        answered_at=row.answered_at,
        cancelled_at=row.cancelled_at,
        target=Target(row.target),
        policy=row.held_by,
        rules=row.rules,
        held_from=row.held_from,
        due_at=row.due_at,
        ended_at=row.ended_at,
        business=row.elapsed,
        status=Status(row.status),
        settled=Settled(row.settled) if row.settled else None,
        stage=row.stage,
        letters=tuple(letters),
    )
