"""One wait with everything a person may want to know of it: for alerts, `waiting` and `explain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from slamon.model import OPEN_STATUSES, Status, Target
from slamon.sla.timer import target_of
from slamon.store.explained import threads_by_id
from slamon.store.queue import messages_of, standing
from slamon.store.schema import action, channel, conversation, message, outbox, timer, wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from slamon.model import Author, Instant, Message, Millis

NUMBER_DIGITS = 15
"""Longer numbers are ids of platforms, never numbers of waits."""


@dataclass(frozen=True, slots=True)
class WaitFacts:
    """A wait with its timer and its messages."""

    id: int
    channel: str
    platform: str
    thread: str
    customer: str
    number: int
    turn: int
    state: str
    started_at: Instant
    answered_at: Instant | None
    answered_by: str
    """The handle of the one who answered; empty while open."""
    cancelled_at: Instant | None
    reason: str
    """How it ended, unless by a person's plain answer; empty while open."""
    suspected: bool
    """A machine may have answered it."""
    read_at: Instant | None
    policy: str
    target: Target
    status: Status
    settled: str | None
    history: bool
    stage: str
    due_at: Instant
    length: Millis
    elapsed: Millis | None
    author: Author | None
    """Of its newest message, even if that is gone."""
    messages: Sequence[Message]
    """Those that are not gone, oldest first."""
    acted: int = 0
    """How often a person did something about it, or took that back."""


_ACTED = select(func.count() + func.count(action.c.undone_at)).where(action.c.wait == wait.c.id).scalar_subquery()
_SELECT = (
    select(
        wait,
        conversation.c.thread,
        conversation.c.customer,
        channel.c.name.label("channel_name"),
        channel.c.platform,
        channel.c.read_at,
        timer.c.policy.label("timer_policy"),
        timer.c.target,
        timer.c.status,
        timer.c.settled,
        timer.c.history,
        timer.c.stage,
        timer.c.due_at,
        timer.c.length,
        timer.c.elapsed,
        message.c.handle.label("answerer"),
        _ACTED.label("acted"),
    )
    .join(conversation, conversation.c.id == wait.c.conversation)
    .join(channel, channel.c.id == wait.c.channel)
    .join(timer, timer.c.wait == wait.c.id)
    .outerjoin(message, (message.c.channel == wait.c.channel) & (message.c.id == wait.c.answered_by))
)

_OF_WAITS = _SELECT.where(wait.c.id.in_(bindparam("waits", expanding=True)))

# Chosen by the index alone: with a million open timers, half the time of sorting all that is joined.
_NEAREST = (
    select(timer.c.wait, timer.c.target)
    .where(timer.c.counted)
    .order_by(timer.c.due_at, timer.c.wait)
    .limit(bindparam("n"))
    .subquery()
)
_QUEUE = _SELECT.join(_NEAREST, (_NEAREST.c.wait == timer.c.wait) & (_NEAREST.c.target == timer.c.target)).order_by(
    timer.c.due_at, wait.c.id
)


def of_wait(tx: Connection, id_: int, target: str | None = None) -> WaitFacts | None:
    """The facts of one wait under a target, by default the one to speak of now; `None` while no timer stands."""
    found = of_targets(tx, id_)
    if target is not None:
        found = [wait for wait in found if wait.target == target] or found
    return found[0] if found else None


def of_targets(tx: Connection, id_: int) -> list[WaitFacts]:
    """The facts of one wait under each of its targets: the answer first, unless it is given and another runs on."""
    return of_waits(tx, [id_]).get(id_, [])


def of_waits(tx: Connection, ids: Sequence[int], *, bare: bool = False) -> dict[int, list[WaitFacts]]:
    """As `of_targets`, for many waits at once; `bare`: without their messages, which are most of the work."""
    messages = {} if bare else messages_of(tx, ids)
    found: dict[int, list[WaitFacts]] = {}
    for row in tx.execute(_OF_WAITS, {"waits": ids}):
        found.setdefault(row.id, []).append(_facts(row, messages.get(row.id, ())))
    return {id_: sorted(waits, key=_to_speak_of) for id_, waits in found.items()}


def _to_speak_of(wait: WaitFacts) -> tuple[bool, bool, bool, str]:
    owed = wait.target is target_of(wait.turn)
    still_runs = wait.status in OPEN_STATUSES
    return (not (owed and still_runs), not still_runs, not owed, wait.target)


def queue(tx: Connection, limit: int) -> list[WaitFacts]:
    """The open queue, nearest deadline first."""
    found = tx.execute(_QUEUE, {"n": limit}).all()
    messages = messages_of(tx, [row.id for row in found]) if found else {}
    return [_facts(row, messages.get(row.id, ())) for row in found]


def waits_named(tx: Connection, name: str) -> list[int]:
    """The waits that `name` may mean: a wait's number, a message's id, a thread's id, a customer's id or handle."""
    if name.isascii() and name.isdigit() and len(name) <= NUMBER_DIGITS:
        found = tx.execute(select(wait.c.id).where(wait.c.id == int(name))).scalars().all()
        if found:
            return list(found)
    threads = threads_by_id(tx, tx.execute(select(channel.c.id)).scalars().all(), name)
    authors = select(message.c.author).where(message.c.handle == name.removeprefix("@"))
    named = select(conversation.c.id, conversation.c.channel, conversation.c.thread).where(
        (conversation.c.thread == name) | (conversation.c.customer == name) | conversation.c.customer.in_(authors)
    )
    conversations = [row.id for row in tx.execute(named)]
    for of, thread in threads:
        inside = select(conversation.c.id).where(conversation.c.channel == of, conversation.c.thread == thread)
        conversations += tx.execute(inside).scalars()
    chosen = select(wait.c.id).where(wait.c.conversation.in_(conversations)).order_by(wait.c.id)
    return list(tx.execute(chosen).scalars())


def told_of(tx: Connection, wait_id: int) -> Sequence[Row[Any]]:
    """All letters of a wait, oldest first."""
    return tx.execute(select(outbox).where(outbox.c.wait == wait_id).order_by(outbox.c.id)).all()


def _facts(row: Row[Any], messages: Sequence[Message]) -> WaitFacts:
    return WaitFacts(
        id=row.id,
        channel=row.channel_name,
        platform=row.platform,
        thread=row.thread,
        customer=row.customer,
        number=row.number,
        turn=row.turn,
        state=row.state,
        started_at=row.started_at,
        answered_at=row.answered_at,
        answered_by=row.answerer or "",
        cancelled_at=row.cancelled_at,
        reason=row.reason or "",
        suspected=bool(row.suspected),
        read_at=row.read_at,
        policy=row.timer_policy,
        target=Target(row.target),
        status=Status(row.status),
        settled=row.settled,
        history=row.history,
        stage=row.stage,
        due_at=row.due_at,
        length=row.length,
        elapsed=row.elapsed,
        author=messages[-1].author if messages else None,
        messages=standing(messages),
        acted=row.acted,
    )
