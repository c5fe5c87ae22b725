"""Arrivals, answers and backlog as time goes by: counted by step, whatever the number of waits."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import TYPE_CHECKING

from slamon.model import DAY, HOUR
from slamon.report.sheet import Flow, Point
from slamon.sla.calendars.localtime import instant_of, local

if TYPE_CHECKING:
    from datetime import tzinfo

    from slamon.model import Instant

HOURLY = 35 * DAY
"""A longer span is shown by day."""


class FlowCount:
    """Counts between the edges of steps: hours from the first instant on, or local days."""

    def __init__(self, first: Instant, stop: Instant, zone: tzinfo) -> None:
        self.step = "hour" if stop - first <= HOURLY else "day"
        self.stop = stop
        self.edges = list(range(first, stop, HOUR)) if self.step == "hour" else _days(first, stop, zone)
        self._arrivals = [0] * len(self.edges)
        self._answers = [0] * len(self.edges)
        self._endings = [0] * len(self.edges)
        self._before = 0

    def began(self, at: Instant) -> None:
        """A wait began in the span."""
        self._arrivals[self._step(at)] += 1

    def carried(self) -> None:
        """A wait of before goes on."""
        self._before += 1

    def ended(self, at: Instant, *, answered: bool) -> None:
        """A wait was answered, or was over by anything else."""
        if self.edges[0] <= at < self.stop:
            (self._answers if answered else self._endings)[self._step(at)] += 1

    def flow(self) -> Flow:
        """The steps with who waited at the end of each."""
        points, backlog = [], self._before
        for at, arrivals, answers, endings in zip(
            self.edges, self._arrivals, self._answers, self._endings, strict=True
        ):
            backlog += arrivals - answers - endings
            points.append(Point(at, arrivals, answers, backlog))
        return Flow(self.step, points)

    def _step(self, at: Instant) -> int:
        return bisect_right(self.edges, at) - 1


def _days(first: Instant, stop: Instant, zone: tzinfo) -> list[Instant]:
    day, _ = local(first, zone)
    edges = [first]
    while day < date.max.toordinal() and (at := instant_of(zone, day := day + 1, 0)) < stop:
        edges.append(at)
    return edges


def by_day(flow: Flow, zone: tzinfo) -> list[Point]:
    """The same by local day."""
    days: list[Point] = []
    known = None
    for point in flow.points:
        day, _ = local(point.from_at, zone)
        if day != known:
            known = day
            days.append(point)
        else:
            last = days[-1]
            days[-1] = Point(last.from_at, last.arrivals + point.arrivals, last.answers + point.answers, point.backlog)
    return days
