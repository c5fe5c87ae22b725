"""The figures of one day: the waits that began in it, as they stand now, by channel. Reports of that day say the same.

`store.cohort` says which waits are counted; here the database does the sums.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal, or_, select

from slamon.model import OPEN_STATUSES, Status
from slamon.store.cohort import Span, began_in, channels, no_reply, owed, stands
from slamon.store.schema import channel, timer, wait

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from slamon.model import Instant, Millis

MOST_ANSWERS = 200_000
"""Answers that a median is taken of; of a day with more, the first ones."""
OPEN = tuple(status.value for status in OPEN_STATUSES)


@dataclass(slots=True)
class Day:
    """One channel's: received = met + missed + open + cancelled + unmatched.

    With those that needed no reply it is what a report calls received.
    """

    channel: str
    received: int = 0
    met: int = 0
    missed: int = 0
    open: int = 0
    open_past_due: int = 0
    cancelled: int = 0
    unmatched: int = 0
    """Nothing was promised: no policy is for them, or it leaves such an answer unwatched."""
    no_reply: int = 0
    """Messages that started no wait, and waits that a person ended: not among those received."""
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


_HELD = wait.outerjoin(timer, and_(timer.c.wait == wait.c.id, owed())).join(channel, channel.c.id == wait.c.channel)
_LIVE = or_(timer.c.wait.is_(None), timer.c.policy == "", ~timer.c.history)
_BY_HAND = wait.c.state == "merged"
"""Of the waits that stand."""


def watched(tx: Connection, at: Instant) -> tuple[bool, list[str]]:
    """Whether any channel was read before then, and those that were not, or were read anew after a day without it."""
    rows = tx.execute(select(channel.c.name, channel.c.history_before).order_by(channel.c.name)).all()
    new = [row.name for row in rows if row.history_before is None or row.history_before >= at]
    return len(new) < len(rows), new


def figures(tx: Connection, first: Instant, stop: Instant, now: Instant) -> list[Day]:
    """Of each channel with anything to count, of the day [first, stop); history is measured apart, and not here."""
    days: dict[str, Day] = {}
    live = (began_in(first, stop), stands(), _LIVE)
    past_due = case((timer.c.due_at < now, literal(1)), else_=literal(0))
    promised = func.coalesce(timer.c.policy, "") != ""
    key = (channel.c.name, promised.label("promised"), timer.c.status, wait.c.reason, _BY_HAND.label("by_hand"))
    numbers = (func.count(), func.sum(past_due))
    counted: Select[Any] = select(*key, *numbers).select_from(_HELD).where(*live).group_by(*key)
    rows: Sequence[Any] = tx.execute(counted).all()
    for name, held, status, reason, by_hand, n, late in rows:
        day = days.setdefault(name, Day(name))
        if by_hand:
            day.no_reply += n
        else:
            _count(day, (status, bool(held)), reason, int(n), int(late or 0))
    _answers(tx, days, (*live, ~_BY_HAND))
    names = channels(tx)
    for of, _, n in no_reply(tx, Span(first, stop, now)):
        days.setdefault(names[of], Day(names[of])).no_reply += n
    return sorted(days.values(), key=lambda day: (-day.received, day.channel))


def _count(day: Day, kind: tuple[str, bool], reason: str | None, n: int, late: int) -> None:
    status, promised = kind
    day.received += n
    if reason:
        day.ended[reason] = day.ended.get(reason, 0) + n
    if not promised:
        day.unmatched += n
    elif status in OPEN:
        day.open += n
        day.open_past_due += late
    else:
        name = {Status.MET: "met", Status.MISSED: "missed"}.get(Status(status), "cancelled")
        setattr(day, name, getattr(day, name) + n)


def _answers(tx: Connection, days: dict[str, Day], live: Iterable[ColumnElement[bool]]) -> None:
    answered = (timer.c.policy != "", timer.c.status.in_([Status.MET.value, Status.MISSED.value]))
    chosen = select(channel.c.name, timer.c.answered_at - wait.c.started_at).select_from(_HELD)
    for name, elapsed in tx.execute(chosen.where(*live, *answered).limit(MOST_ANSWERS)):
        days[name].elapsed.append(max(0, int(elapsed)))


def worst(tx: Connection, first: Instant, stop: Instant, now: Instant, most: int) -> list[tuple[int, str, str]]:
    """(wait, target, status) of those that were, or are, the longest past due."""
    late_by = func.coalesce(timer.c.answered_at, now) - timer.c.due_at
    of_day = (began_in(first, stop), stands(), ~_BY_HAND)
    late = (~timer.c.history, timer.c.policy != "", timer.c.status != Status.CANCELLED.value, late_by > 0)
    chosen = select(timer.c.wait, timer.c.target, timer.c.status).select_from(_HELD).where(*of_day, *late)
    found = tx.execute(chosen.order_by(late_by.desc(), timer.c.wait).limit(most))
    return [(row.wait, row.target, row.status) for row in found]
