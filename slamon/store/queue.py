"""The deadline queue: which waits need a decision now, and when the next one will."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from slamon.model import Settled, Status, Target
from slamon.sla.handling import SNOOZE_ENDS
from slamon.sla.timer import judged_by
from slamon.store import rows
from slamon.store.schema import FRESH, channel, conversation, message, outbox, timer, wait

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from slamon.model import Instant, Message, Millis
    from slamon.sla.policy import RuleSet


@dataclass(frozen=True, slots=True)
class StoredTimer:
    """A timer as it was last decided."""

    target: Target
    policy: str
    """Empty: no policy matches, the wait is only counted."""
    started_at: Instant
    due_at: Instant
    length: Millis
    status: Status
    settled: Settled | None = None
    stage: str = ""
    """The newest stage that was reached."""
    told: int = 0
    episode: int = 1
    history: bool = False
    counted: bool = True
    """It stands in the gauges."""
    answered_at: Instant | None = None
    elapsed: Millis | None = None
    """Open time of its calendar from start to answer."""


@dataclass(frozen=True, slots=True)
class DueWait:
    """A wait that needs a decision, with all that the decision depends on."""

    id: int
    revision: int
    channel: int
    channel_name: str
    platform: str
    thread: str
    customer: str
    turn: int
    episode: int
    state: str
    started_at: Instant
    last_message_at: Instant
    answered_at: Instant | None
    checked_at: Instant | None
    asked_at: Instant | None
    matched: int | None
    """The revision for which a policy was chosen."""
    policy: str | None
    rules: str | None
    partial: bool
    next_at: Instant
    """For when this decision was due."""
    read_at: Instant | None
    """The start of the channel's last complete read."""
    history_before: Instant
    messages: Sequence[Message]
    """Its customer messages that a policy is chosen by, oldest first; empty where the one that was chosen stands."""
    timers: Sequence[StoredTimer]
    told_through: Mapping[str, Instant]
    """By target, the instant of the newest stage that was told in this episode; empty where the policy stands."""
    thread_messages: Sequence[Message] = ()
    """All of the thread, by anyone, where a condition reads it."""
    acknowledged_at: Instant | None = None
    holding_at: Instant | None = None
    followed_up_at: Instant | None = None
    bot_at: Instant | None = None
    """When a listed bot answered behind all that the customer wrote."""
    reason: str | None = None
    tallied: str | None = None
    """As what it was counted in running totals so far."""

    @property
    def seen_through(self) -> Instant:
        """The start of the newest complete read that covers it; 0 before the first."""
        polled = 0 if self.partial else (self.read_at or 0)
        return max(polled, self.checked_at or 0)


_DUE = (
    select(
        wait,
        conversation.c.thread,
        conversation.c.customer,
        channel.c.name.label("channel_name"),
        channel.c.platform,
        channel.c.read_at,
        channel.c.history_before,
    )
    .join(conversation, conversation.c.id == wait.c.conversation)
    .join(channel, channel.c.id == wait.c.channel)
    .where(wait.c.next_at.between(bindparam("first"), bindparam("last")))
    .order_by(wait.c.next_at)
    .limit(bindparam("n"))
)

_TIMERS = select(timer).where(timer.c.wait.in_(bindparam("waits", expanding=True)))

_TOLD = (
    select(outbox.c.wait, outbox.c.target, func.max(outbox.c.reached_at).label("at"))
    .join(wait, (wait.c.id == outbox.c.wait) & (wait.c.episode == outbox.c.episode))
    .where(outbox.c.wait.in_(bindparam("waits", expanding=True)), outbox.c.stage != SNOOZE_ENDS)
    .group_by(outbox.c.wait, outbox.c.target)
)

_MESSAGES = (
    select(*rows.COLUMNS)
    .select_from(wait.join(conversation, conversation.c.id == wait.c.conversation))
    .join(
        message,
        (message.c.channel == conversation.c.channel)
        & (message.c.thread == conversation.c.thread)
        & (message.c.wait == wait.c.id),
    )
    .where(wait.c.id.in_(bindparam("waits", expanding=True)))
    .order_by(message.c.created_at, message.c.id)
)

_THREAD = (
    select(*rows.COLUMNS)
    .select_from(wait.join(conversation, conversation.c.id == wait.c.conversation))
    .join(message, (message.c.channel == conversation.c.channel) & (message.c.thread == conversation.c.thread))
    .where(wait.c.id == bindparam("of"))
    .order_by(message.c.created_at, message.c.id)
)

_NEXT = select(wait.c.next_at).where(wait.c.next_at.is_not(None)).order_by(wait.c.next_at).limit(1)


def due(tx: Connection, now: Instant, rules: RuleSet, limit: int) -> list[DueWait]:
    """Waits with something due at `now`, earliest first; `rules` are those in force."""
    return _load(tx, tx.execute(_DUE, {"first": FRESH + 1, "last": now, "n": limit}).all(), rules)


def fresh(tx: Connection, rules: RuleSet, limit: int) -> list[DueWait]:
    """New waits that nobody looked at yet."""
    return _load(tx, tx.execute(_DUE, {"first": FRESH, "last": FRESH, "n": limit}).all(), rules)


def next_at(tx: Connection) -> Instant | None:
    """The nearest instant at which there is something to decide; 0 for at once, `None` for never."""
    found = tx.execute(_NEXT).scalar()
    return None if found is None else int(found)


def messages_of(tx: Connection, waits: Iterable[int]) -> dict[int, list[Message]]:
    """Customer messages by wait, oldest first, deleted ones included."""
    found: dict[int, list[Message]] = {}
    for row in tx.execute(_MESSAGES, {"waits": list(waits)}):
        found.setdefault(row.wait, []).append(rows.from_row(row))
    return found


def standing(messages: Iterable[Message]) -> list[Message]:
    """Those that are not gone."""
    return [said for said in messages if said.gone_at is None]


def thread_of(tx: Connection, wait_id: int) -> list[Message]:
    """All messages of the thread of a wait, oldest first."""
    return [rows.from_row(row) for row in tx.execute(_THREAD, {"of": wait_id})]


def _load(tx: Connection, found: Sequence[Row[Any]], rules: RuleSet) -> list[DueWait]:
    if not found:
        return []
    timers: dict[int, list[StoredTimer]] = {}
    for row in tx.execute(_TIMERS, {"waits": [row.id for row in found]}):
        timers.setdefault(row.wait, []).append(stored_timer(row))
    wanted = [row.id for row in found if row.matched != row.revision or row.rules != rules.version]
    messages = messages_of(tx, wanted) if wanted else {}
    told = _told(tx, [id_ for id_ in wanted if id_ in timers])
    waits = []
    for row in found:
        judged = judged_by(messages.get(row.id, ()), row.answered_at)
        reads = row.id in messages and rules.holding(row.channel_name, row.rules)[0].reads_thread
        thread = thread_of(tx, row.id) if reads else ()
        waits.append(_wait(row, judged, timers.get(row.id, ()), told.get(row.id, {}), thread))
    return waits


def _told(tx: Connection, waits: Sequence[int]) -> dict[int, dict[str, Instant]]:
    told: dict[int, dict[str, Instant]] = {}
    if waits:
        for row in tx.execute(_TOLD, {"waits": waits}):
            told.setdefault(row.wait, {})[row.target] = row.at
    return told


def _wait(
    row: Row[Any],
    messages: Sequence[Message],
    timers: Sequence[StoredTimer],
    told: Mapping[str, Instant],
    thread: Sequence[Message],
) -> DueWait:
    return DueWait(
        id=row.id,
        revision=row.revision,
        channel=row.channel,
        channel_name=row.channel_name,
        platform=row.platform,
        thread=row.thread,
        customer=row.customer,
        turn=row.turn,
        episode=row.episode,
        state=row.state,
        started_at=row.started_at,
        last_message_at=row.last_message_at,
        answered_at=row.answered_at,
        checked_at=row.checked_at,
        asked_at=row.asked_at,
        matched=row.matched,
        policy=row.policy,
        rules=row.rules,
        partial=row.partial,
        next_at=row.next_at,
        read_at=row.read_at,
        history_before=row.history_before or 0,
        messages=messages,
        timers=timers,
        told_through=told,
        thread_messages=thread,
        acknowledged_at=row.acknowledged_at,
        holding_at=row.holding_at,
        followed_up_at=row.followed_up_at,
        bot_at=row.bot_at,
        reason=row.reason,
        tallied=row.tallied,
    )


def stored_timer(row: Row[Any]) -> StoredTimer:
    """A row of `timer`."""
    return StoredTimer(
        target=Target(row.target),
        policy=row.policy,
        started_at=row.started_at,
        due_at=row.due_at,
        length=row.length,
        status=Status(row.status),
        settled=Settled(row.settled) if row.settled else None,
        stage=row.stage,
        told=row.told,
        episode=row.episode,
        history=row.history,
        counted=row.counted,
        answered_at=row.answered_at,
        elapsed=row.elapsed,
    )
