"""Where two calendars differ, and which promises that can have moved. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from slamon.sla.calendars.localtime import BEGIN, END

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.model import Instant
    from slamon.reload.diff import Moved
    from slamon.sla.calendar import Calendar

SLACK = 2
"""Milliseconds: what tells of a breach lies one past its instant."""
MOST = 100
"""Spans that are searched apart; beyond, the last one takes in the others."""


@dataclass(frozen=True, slots=True)
class Span:
    """Promises of a policy that a differing stretch of time may have moved: begun before its end, not over by then."""

    begun_before: Instant
    due_after: Instant
    due_until: Instant


def spans(moved: Moved, calendars: tuple[Calendar, Calendar], first: Instant, last: Instant) -> list[Span]:
    """Which promises may have moved of those that began at `first` or later and are due by `last`; nearest first.

    A promise runs from its start through due to its last telling. Where both calendars agree all that way, it stands.
    """
    before, after = calendars
    first, over = (min(max(at, BEGIN), END) for at in (first, before.add(last, moved.tail) + SLACK))
    found: list[Span] = []
    for start, stop in differing(before, after, first, over):
        new = Span(stop, before.add(start, -moved.tail) - SLACK, before.add(stop, moved.longest) + SLACK)
        joins = bool(found) and (new.due_after <= found[-1].due_until or len(found) == MOST)
        if joins:
            new = Span(new.begun_before, found.pop().due_after, new.due_until)
        found.append(new)
    return found


def differing(one: Calendar, other: Calendar, first: Instant, stop: Instant) -> Iterator[tuple[Instant, Instant]]:
    """The stretches of [first, stop) that are open in one of the two and closed in the other."""
    edges = {first, stop}
    for calendar in (one, other):
        edges.update(chain.from_iterable(calendar.open_times(first, stop)))
    begun: Instant | None = None
    for at in sorted(edges):
        differs = at < stop and one.is_open(at) != other.is_open(at)
        if differs and begun is None:
            begun = at
        elif not differs and begun is not None:
            yield begun, at
            begun = None
