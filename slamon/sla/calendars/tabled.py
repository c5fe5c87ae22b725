"""Calendars whose open time is compiled to a table of intervals, by whole years and on demand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING

from slamon.model import DAY
from slamon.sla.calendars.localtime import BEGIN, END, FIRST_YEAR, LAST_YEAR, instant_of, local, year_of
from slamon.sla.calendars.opentimes import Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from slamon.model import Instant, Millis
    from slamon.sla.calendars.opentimes import Interval


class Tabled(ABC):
    """A calendar whose open time stands in a table; safe from any thread.

    Subclasses say what is open; the rest follows.
    """

    __slots__ = ("_table", "fingerprint", "name", "zone")

    def __init__(self, name: str, zone: tzinfo | None, content: object) -> None:
        self.name = name
        self.zone = zone
        self.fingerprint = sha256(repr(content).encode()).hexdigest()[:16]
        self._table = Table(self._compiled)

    @property
    @abstractmethod
    def closes(self) -> bool:
        """Whether any time is closed."""

    @abstractmethod
    def _compiled(self, first: Instant, stop: Instant) -> Iterable[Interval]:
        """The open time within [first, stop), both from 1970 to 2100: intervals in order that do not touch."""

    def open_times(self, first: Instant, stop: Instant) -> Iterable[Interval]:
        """The open time within [first, stop), both from 1970 to 2100: intervals in order that do not touch."""
        table = self._table
        if not (table.low <= first and stop <= table.high):
            table = self._grown(year_of(first), year_of(stop - 1) + 1)  # no more: unions stand on unions
        return table.between(first, stop)

    def add(self, start: Instant, span: Millis) -> Instant:
        """The instant at which `span` of open time has passed since `start`; on a closing edge it stays there.

        Nothing added is `start` itself. A negative span goes back, to the latest instant from which so much open
        time leads up to `start`.
        """
        table = self._table
        if not table.low <= start < table.high:
            table = self._covering(start)
        if span <= 0:
            return self._back(table, start, -span) if span else start
        i = bisect_right(table.starts, start) - 1  # Table.reading, written out: each call would take a tenth
        end = table.ends[i]
        want = (start if start < end else end) - table.shift[i] + span  # noqa: FURB136 - min() takes twice as long
        if want > table.after[-1]:
            table, want = self._reaching(table, start, span)
        return want + table.shift[bisect_left(table.after, want)]

    def open_between(self, start: Instant, end: Instant) -> Millis:
        """The open time in [start, end); 0 where end is not after start."""
        if end <= start:
            return 0
        table = self._table
        if not (table.low <= start and end < table.high):
            table = self._covering(start, end)
        return table.reading(end) - table.reading(start)

    def is_open(self, at: Instant) -> bool:
        """Whether `at` counts."""
        table = self._table
        if not table.low <= at < table.high:
            table = self._covering(at)
        return table.opening(at) == at

    def next_open(self, at: Instant) -> Instant:
        """The first open instant at or after `at`."""
        table = self._table
        if not table.low <= at < table.high:
            table = self._covering(at)
        while (opens := table.opening(at)) >= table.high:
            table = self._grown(table.years.start, table.years.stop + len(table.years))
        return opens

    def add_days(self, start: Instant, days: int) -> Instant:
        """The same local time on the n-th next day with any open time; see `Calendar`."""
        opens, zone = self.next_open(start), self.zone or UTC
        if not days or not BEGIN <= opens < END:
            return opens + days * DAY
        day, time = local(opens, zone)
        for more in reversed(range(days)):
            opens = self.next_open(instant_of(zone, day + 1, 0))
            if opens >= END:
                return opens + more * DAY
            day = max(day + 1, local(opens, zone)[0])  # clocks that went back over midnight show the day before again
        midnight, next_midnight = instant_of(zone, day, 0), instant_of(zone, day + 1, 0)
        return self._opened(instant_of(zone, day, time), midnight, next_midnight)

    def _opened(self, at: Instant, midnight: Instant, next_midnight: Instant) -> Instant:
        """`at`, moved out of the closed time of its day."""
        table = self._covering(midnight - DAY, next_midnight)
        opens = table.opening(at)
        if opens == at or (at > midnight and table.closing(at) == at):
            return at
        return opens if opens < next_midnight else table.closing(next_midnight)

    def _reaching(self, table: Table, start: Instant, span: Millis) -> tuple[Table, Millis]:
        """A table that holds so much open time after `start`, and its reading there."""
        while (want := table.reading(start) + span) > table.after[-1]:
            table = self._grown(table.years.start, table.years.stop + len(table.years))
        return table, want

    def _back(self, table: Table, start: Instant, span: Millis) -> Instant:
        while (want := table.reading(start) - span) < table.before[0]:
            table = self._grown(table.years.start - len(table.years), table.years.stop)
        return want + table.shift[bisect_right(table.before, want) - 1]

    def _covering(self, *instants: Instant) -> Table:
        table = self._table
        if all(table.low <= instant < table.high for instant in instants):
            return table
        years = [year_of(instant) for instant in instants]
        return self._grown(min(years), max(years) + 2)  # one more: what is asked next lies ahead

    def _grown(self, first: int, stop: int) -> Table:
        # Two threads may grow at once: each goes on with its own table, whichever is kept for the next call.
        years = range(max(first, FIRST_YEAR), min(stop, LAST_YEAR + 1))
        self._table = table = self._table.extended(years)
        return table
