"""The waits that began in a span of time, as they stand now, for reports: read one after the other, never all at once.

History is left out, and so is what became part of another wait. What was received is what is read here: the waits, and
the customers' messages that started none.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, case, func, literal, or_, select, true

from slamon.model import BY_HAND, PRIVATE_KINDS, RESPONSES, Status, Target
from slamon.sla.fate import fate_of_message, fate_of_wait
from slamon.sla.timer import target_of
from slamon.store.schema import channel, conversation, digest, message, timer, wait

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection

    from slamon.model import Instant, Millis
    from slamon.sla.fate import Fate

SLICE = 2_000
"""Rows that are in memory at once."""
ENDING = 40
"""Characters of an answer's end, where agents sign."""
RESPONSE_NAMES = tuple(target.value for target in RESPONSES)


class Span(NamedTuple):
    """[first, stop), of some channels, seen at `now`."""

    first: Instant
    stop: Instant
    now: Instant
    channels: Collection[int] | None = None
    """Their numbers; `None`: all."""

    def of(self, column: ColumnElement[int]) -> ColumnElement[bool]:
        """The row is of one of its channels."""
        return true() if self.channels is None else column.in_(self.channels)


class TimerRow(NamedTuple):
    """A target of a wait."""

    target: Target
    policy: str
    started_at: Instant
    due_at: Instant
    answered_at: Instant | None
    elapsed: Millis | None
    """To the answer, in open time."""
    status: Status
    settled: str | None


class WaitRow(NamedTuple):
    """A wait with the targets that it is held to; `main` is that of the answer, where it is watched."""

    id: int
    channel: int
    policy: str
    """Empty: none is for it, or none was looked for yet."""
    fate: Fate
    by_hand: bool
    """A person ended it: its targets count nowhere."""
    started_at: Instant
    last_message_at: Instant
    answered_at: Instant | None
    cancelled_at: Instant | None
    suspected: bool
    answerer: str
    """The handle, or the id, of who answered."""
    ending: str
    """How the answer ends."""
    main: TimerRow | None
    beside: Sequence[TimerRow]


class Carried(NamedTuple):
    """A wait that began before the span and was not over then."""

    channel: int
    policy: str
    answered_at: Instant | None
    ended_at: Instant | None
    """By anything but an answer."""
    silent_since: Instant | None
    """Of one that was abandoned: the customer's last word."""


def stands() -> ColumnElement[bool]:
    """A wait that counts: not one that became part of another."""
    by_hand = and_(wait.c.merged_into.is_(None), wait.c.reason.in_(sorted(BY_HAND)))
    return or_(wait.c.state != "merged", by_hand)


def owed() -> ColumnElement[bool]:
    """The timer of a wait's answer, not one that an earlier reading of the thread has left behind."""
    first, later = (target.value for target in RESPONSES)
    return timer.c.target == case((wait.c.turn == 1, literal(first)), else_=literal(later))


def began_in(first: Instant, stop: Instant) -> ColumnElement[bool]:
    """The wait began then."""
    return and_(wait.c.started_at >= first, wait.c.started_at < stop)


def channels(tx: Connection) -> dict[int, str]:
    """Every channel that was ever registered: its number and its name."""
    return {row[0]: row[1] for row in tx.execute(select(channel.c.id, channel.c.name).order_by(channel.c.name))}


def size(tx: Connection, span: Span) -> int:
    """How many waits there are to be read, at most."""
    chosen = select(func.count()).select_from(wait).where(began_in(span.first, span.stop), span.of(wait.c.channel))
    return int(tx.execute(chosen).scalar_one())


def waits(tx: Connection, span: Span) -> Iterator[WaitRow]:
    """In the order of their numbers."""
    ending = func.substr(message.c.text, -ENDING) if tx.dialect.name == "sqlite" else func.right(message.c.text, ENDING)
    chosen = (
        select(
            *(timer.c.target, timer.c.policy, timer.c.started_at, timer.c.due_at, timer.c.answered_at, timer.c.elapsed),
            *(timer.c.status, timer.c.settled, timer.c.history, wait.c.id, wait.c.turn, wait.c.state, wait.c.reason),
            *(wait.c.channel, wait.c.policy, wait.c.started_at, wait.c.last_message_at, wait.c.answered_at),
            *(
                wait.c.cancelled_at,
                wait.c.suspected,
                func.coalesce(func.nullif(message.c.handle, ""), message.c.author),
            ),
            ending,
        )
        .select_from(wait)
        .outerjoin(timer, timer.c.wait == wait.c.id)
        .outerjoin(message, and_(message.c.channel == wait.c.channel, message.c.id == wait.c.answered_by))
        .where(began_in(span.first, span.stop), stands(), span.of(wait.c.channel))
        .order_by(wait.c.id)
        .execution_options(yield_per=SLICE)
    )
    found: Iterator[Any] = iter(tx.execute(chosen))
    for _, rows in groupby(found, itemgetter(_OF_TIMER)):
        told = _wait(list(rows))
        if told:
            yield told


_OF_TIMER = 9
"""So many columns of a row of `waits` are of the timer; by position, since they are read a million times."""
_TARGETS = {target.value: target for target in Target}
_STATUSES = {status.value: status for status in Status}


def _wait(rows: Sequence[Sequence[Any]]) -> WaitRow | None:
    """The wait of these rows; `None` where it is history."""
    main, beside, owes = None, [], target_of(rows[0][_OF_TIMER + 1])
    for target, policy, started_at, due_at, answered_at, elapsed, status, settled, history, *_ in rows:
        if target is None or (target in RESPONSE_NAMES and target != owes):
            continue
        if target == owes and history and policy:
            return None
        held = TimerRow(_TARGETS[target], policy, started_at, due_at, answered_at, elapsed, _STATUSES[status], settled)
        if target == owes:
            main = held
        elif not history:
            beside.append(held)
    return _told(rows[0][_OF_TIMER:], main, beside)


def _told(row: Sequence[Any], main: TimerRow | None, beside: Sequence[TimerRow]) -> WaitRow | None:
    id_, _, state, reason, of, policy, started_at, last_at, answered_at, cancelled_at, suspected, by, ending = row
    fate = fate_of_wait(state, reason or "", {held.status for held in ((main, *beside) if main else beside)})
    if fate is None:
        return None
    return WaitRow(
        id=id_,
        channel=of,
        policy=main.policy if main else policy or "",
        fate=fate,
        by_hand=state == "merged",
        started_at=started_at,
        last_message_at=last_at,
        answered_at=main.answered_at if main and main.answered_at is not None else answered_at,
        cancelled_at=cancelled_at,
        suspected=bool(suspected),
        answerer=by or "",
        ending=ending or "",
        main=main,
        beside=beside,
    )


def no_reply(tx: Connection, span: Span) -> list[tuple[int, Fate, int]]:
    """(channel, fate, how many) of the customers' messages that started no wait."""
    chosen = (
        select(message.c.channel, message.c.no_reply, func.count())
        .where(
            message.c.no_reply.is_not(None),
            message.c.wait.is_(None),
            message.c.created_at >= span.first,
            message.c.created_at < span.stop,
            span.of(message.c.channel),
        )
        .group_by(message.c.channel, message.c.no_reply)
    )
    return [(row[0], fate_of_message(row[1]), int(row[2])) for row in tx.execute(chosen)]


def rounds(tx: Connection, span: Span) -> list[tuple[int, str | None, int, int]]:
    """(channel, policy, conversations, waits); and by channel alone, where the policy is `None`."""
    by_policy = func.coalesce(timer.c.policy, wait.c.policy, "")
    live = or_(timer.c.wait.is_(None), timer.c.policy == "", ~timer.c.history)
    waits_of = (
        select(wait.c.channel, by_policy.label("policy"), wait.c.conversation)
        .select_from(wait)
        .outerjoin(timer, and_(timer.c.wait == wait.c.id, owed()))
        .where(began_in(span.first, span.stop), stands(), live, span.of(wait.c.channel))
        .subquery()
    ).c
    found: list[tuple[int, str | None, int, int]] = []
    for by in ((waits_of.channel, waits_of.policy), (waits_of.channel,)):
        of = select(*by, func.count().label("n")).group_by(*by, waits_of.conversation).subquery()
        keys = [of.c[column.name] for column in by]
        for row in tx.execute(select(func.count(), func.sum(of.c.n), *keys).group_by(*keys)):
            found.append((row[2], row[3] if len(by) > 1 else None, int(row[0]), int(row[1])))  # noqa: PERF401 - plainer
    return found


def carried(tx: Connection, span: Span, silent_before: Instant) -> Iterator[Carried]:
    """Waits that began before the span and were not over at its first instant.

    `silent_before`: what was abandoned after a last word earlier than that was over by then.
    """
    over = or_(wait.c.state != "abandoned", wait.c.last_message_at >= silent_before)
    chosen = (
        select(
            *(wait.c.channel, func.coalesce(timer.c.policy, wait.c.policy, "").label("policy"), wait.c.state),
            *(func.coalesce(timer.c.answered_at, wait.c.answered_at).label("answered_at"), wait.c.cancelled_at),
            wait.c.last_message_at,
        )
        .select_from(wait)
        .outerjoin(timer, and_(timer.c.wait == wait.c.id, owed()))
        .where(
            wait.c.started_at < span.first,
            span.of(wait.c.channel),
            stands(),
            over,
            or_(wait.c.answered_at.is_(None), wait.c.answered_at >= span.first),
            or_(wait.c.cancelled_at.is_(None), wait.c.cancelled_at >= span.first),
            or_(timer.c.wait.is_(None), timer.c.policy == "", ~timer.c.history),
        )
        .execution_options(yield_per=SLICE)
    )
    for row in tx.execute(chosen):
        if row.answered_at is None or row.answered_at >= span.first:
            silent = row.last_message_at if row.state == "abandoned" else None
            yield Carried(row.channel, row.policy, row.answered_at, row.cancelled_at, silent)


class Handed(NamedTuple):
    """A wait whose answer asked the customer to go on elsewhere."""

    wait: int
    platform: str
    customer: str
    started_at: Instant
    answered_at: Instant


def handed_over(tx: Connection, span: Span) -> list[Handed]:
    """Those of the span."""
    chosen = (
        select(wait.c.id, channel.c.platform, conversation.c.customer, wait.c.started_at, wait.c.answered_at)
        .join(conversation, conversation.c.id == wait.c.conversation)
        .join(channel, channel.c.id == wait.c.channel)
        .where(began_in(span.first, span.stop), span.of(wait.c.channel))
        .where(wait.c.state == "answered", wait.c.reason == "handed_over")
    )
    return [Handed(*row) for row in tx.execute(chosen)]


def private_answers(tx: Connection, since: Instant) -> Iterator[tuple[str, str, Instant]]:
    """(platform, customer, when) of the answers that were given in private, on any channel."""
    chosen = (
        select(channel.c.platform, conversation.c.customer, wait.c.answered_at)
        .select_from(wait)
        .join(conversation, conversation.c.id == wait.c.conversation)
        .join(channel, channel.c.id == wait.c.channel)
        .join(message, and_(message.c.channel == wait.c.channel, message.c.id == wait.c.answered_by))
        .where(wait.c.answered_at >= since, wait.c.state == "answered")
        .where(message.c.kind.in_(sorted(kind.value for kind in PRIVATE_KINDS)))
        .execution_options(yield_per=SLICE)
    )
    for row in tx.execute(chosen):
        yield row[0], row[1], row[2]


class Blindness(NamedTuple):
    """A notice that a channel, or (`channel` is `None`) several of a platform, could not be read."""

    channel: str | None
    said: str
    """What it said, as JSON."""
    opened_at: Instant
    closed_at: Instant | None


def blindness(tx: Connection, first: Instant, stop: Instant) -> list[Blindness]:
    """The notices that stood at any time of [first, stop)."""
    chosen = select(digest.c.channel, digest.c.said, digest.c.opened_at, digest.c.closed_at).where(
        digest.c.kind == "blind",
        digest.c.opened_at < stop,
        or_(digest.c.closed_at.is_(None), digest.c.closed_at > first),
    )
    return [Blindness(row[0], row[1] or "", row[2], row[3]) for row in tx.execute(chosen)]
