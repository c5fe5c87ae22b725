"""The figures of one day: the waits that began in it, as they stand now, by channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, literal, select

from slamon.model import OPEN_STATUSES, RESPONSES, Status
from slamon.store.schema import channel, message, timer, wait

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from slamon.model import Instant, Millis

MOST_ANSWERS = 200_000
"""Answers that a median is taken of; of a day with more, the first ones."""
OPEN = tuple(status.value for status in OPEN_STATUSES)


@dataclass(slots=True)
class Day:
    """One channel's: received = met + missed + open + cancelled + unmatched."""

    channel: str
    received: int = 0
    met: int = 0
    missed: int = 0
    open: int = 0
    open_past_due: int = 0
    cancelled: int = 0
    unmatched: int = 0
    """No policy is for them."""
    no_reply: int = 0
    """Messages that started no wait since they need no reply; not among those received."""
    ended: dict[str, int] = field(default_factory=dict)
    """How waits ended, where it was not by a person's plain answer: by the word that `explain` shows."""
    elapsed: list[Millis] = field(default_factory=list)
    """From start to answer, in wall time."""

    @property
    def judged(self) -> int:
        """Those whose promise was kept or broken."""
        return self.met + self.missed + self.open_past_due

    @property
    def median(self) -> Millis | None:
        """Of the answered, by nearest rank; `None`: there were none."""
        return sorted(self.elapsed)[-(-len(self.elapsed) // 2) - 1] if self.elapsed else None

    def add(self, other: Day) -> None:
        """Count those of `other` too."""
        for name in ("received", "met", "missed", "open", "open_past_due", "cancelled", "unmatched", "no_reply"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for how, n in other.ended.items():
            self.ended[how] = self.ended.get(how, 0) + n
        self.elapsed += other.elapsed


_RESPONSE = timer.c.target.in_([target.value for target in RESPONSES])
_JOINED = timer.join(wait, wait.c.id == timer.c.wait).join(channel, channel.c.id == timer.c.channel)


def watched(tx: Connection, at: Instant) -> tuple[bool, list[str]]:
    """Whether any channel was read before then, and those that were not, or were read anew after a day without it."""
    rows = tx.execute(select(channel.c.name, channel.c.history_before).order_by(channel.c.name)).all()
    new = [row.name for row in rows if row.history_before is None or row.history_before >= at]
    return len(new) < len(rows), new


def figures(tx: Connection, first: Instant, stop: Instant, now: Instant) -> list[Day]:
    """Of each channel with anything to count, of the day [first, stop); history is measured apart, and not here."""
    days: dict[str, Day] = {}
    of_day = (wait.c.started_at >= first, wait.c.started_at < stop, wait.c.state != "merged")
    live = (*of_day, _RESPONSE, (timer.c.policy == "") | ~timer.c.history)
    past_due = case((timer.c.due_at < now, literal(1)), else_=literal(0))
    key = (channel.c.name, (timer.c.policy == "").label("unmatched"), timer.c.status, wait.c.reason)
    numbers = (func.count(), func.sum(past_due))
    counted: Select[Any] = select(*key, *numbers).select_from(_JOINED).where(*live).group_by(*key)
    rows: Sequence[Any] = tx.execute(counted).all()
    for name, unmatched, status, reason, n, late in rows:
        _count(days.setdefault(name, Day(name)), (status, bool(unmatched)), reason, int(n), int(late))
    _answers(tx, days, live)
    for name, n in tx.execute(_dropped(first, stop)):
        days.setdefault(name, Day(name)).no_reply = int(n)
    return sorted(days.values(), key=lambda day: (-day.received, day.channel))


def _count(day: Day, kind: tuple[str, bool], reason: str | None, n: int, late: int) -> None:
    status, unmatched = kind
    day.received += n
    if reason:
        day.ended[reason] = day.ended.get(reason, 0) + n
    if unmatched:
        day.unmatched += n
    elif status in OPEN:
        day.open += n
        day.open_past_due += late
    else:
        name = {Status.MET: "met", Status.MISSED: "missed"}.get(Status(status), "cancelled")
        setattr(day, name, getattr(day, name) + n)


def _answers(tx: Connection, days: dict[str, Day], live: Iterable[ColumnElement[bool]]) -> None:
    answered = (timer.c.policy != "", timer.c.status.in_([Status.MET.value, Status.MISSED.value]))
    chosen = select(channel.c.name, timer.c.answered_at - wait.c.started_at).select_from(_JOINED)
    for name, elapsed in tx.execute(chosen.where(*live, *answered).limit(MOST_ANSWERS)):
        days[name].elapsed.append(max(0, int(elapsed)))


def _dropped(first: Instant, stop: Instant) -> Select[Any]:
    of_day = (message.c.no_reply.is_not(None), message.c.created_at >= first, message.c.created_at < stop)
    joined = message.join(channel, channel.c.id == message.c.channel)
    return select(channel.c.name, func.count()).select_from(joined).where(*of_day).group_by(channel.c.name)


def worst(tx: Connection, first: Instant, stop: Instant, now: Instant, most: int) -> list[tuple[int, str, str]]:
    """(wait, target, status) of those that were, or are, the longest past due."""
    late_by = func.coalesce(timer.c.answered_at, now) - timer.c.due_at
    of_day = (wait.c.started_at >= first, wait.c.started_at < stop, wait.c.state != "merged")
    late = (_RESPONSE, ~timer.c.history, timer.c.policy != "", timer.c.status != Status.CANCELLED.value, late_by > 0)
    chosen = select(timer.c.wait, timer.c.target, timer.c.status).select_from(_JOINED).where(*of_day, *late)
    found = tx.execute(chosen.order_by(late_by.desc(), timer.c.wait).limit(most))
    return [(row.wait, row.target, row.status) for row in found]
