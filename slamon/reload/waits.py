"""The open waits of a running daemon are put up for decision, a few at a time, so that no alert waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from slamon.reload.spans import spans
from slamon.store.rematch import Place, Search

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.reload.diff import Change, Moved
    from slamon.sla.policy import RuleSet
    from slamon.store.rematch import Found
    from slamon.store.ruling import Ruling

AT_ONCE = 200
"""Waits put up in one turn at the gate: some milliseconds."""


@dataclass(frozen=True, slots=True)
class Job:
    """What has to be looked at in one channel."""

    channel: int
    every: bool
    """All its open waits."""
    moved: tuple[Moved, ...] = ()
    lost: frozenset[str] = frozenset()
    """Versions that waits of it are held to and that cannot be read any more."""
    alone: bool = True
    """The channel has one policy only, so that no promise hangs on a later message."""


def jobs(
    changes: Sequence[Mapping[str, Change] | None],
    rules: RuleSet,
    channels: Mapping[str, int],
    lost: Collection[str],
) -> list[Job]:
    """What to do in each channel (name to number) for these changes; `None` stands for one that nobody can tell."""
    found = []
    for name, number in channels.items():
        new = rules.of(name)
        known = [change[name] for change in changes if change is not None and name in change]
        every = not new.new_waits_only and (None in changes or any(change.everything for change in known))
        moved = () if every else tuple(one for change in known for one in change.moved)
        missing = frozenset(lost) if new.new_waits_only else frozenset()
        if every or moved or missing:
            found.append(Job(number, every, moved, missing, len(new.policies) == 1))
    return found


class Rematch:
    """Puts the waits of some jobs up for decision under one version of the rules."""

    def __init__(self, ruling: Ruling, version: str, pace: Callable[[], bool]) -> None:
        """Prepare.

        :param pace: called after each turn at the gate; returns when the next one may follow, with whether to go on.
        """
        self._ruling = ruling
        self._version = version
        self._pace = pace
        self.waits = 0
        """How many were put up."""

    def run(self, todo: Sequence[Job]) -> bool:
        """Do the jobs; :returns: whether they are done, rather than given up."""
        return all(self._put_up(waits) for job in todo for waits in self._found(job))

    def _put_up(self, waits: Sequence[int]) -> bool:
        for first in range(0, len(waits), AT_ONCE):
            self.waits += self._ruling.put_up(waits[first : first + AT_ONCE], self._version)
            if not self._pace():
                return False
        return True

    def _found(self, job: Job) -> Iterator[Sequence[int]]:
        search = Search(job.channel, self._version)
        if job.every:
            yield from self._slices(search.every)
        if job.lost:
            yield from self._slices(partial(search.carrying, versions=job.lost))
        for moved in job.moved:
            if moved.calendars is None:
                yield from self._slices(partial(search.under, policy=moved.policy, alone=job.alone))
            else:
                yield from self._in_spans(search, moved, alone=job.alone)

    def _in_spans(self, search: Search, moved: Moved, *, alone: bool) -> Iterator[Sequence[int]]:
        with self._ruling.store.read() as tx:
            reach = search.reach(tx)
        if reach is None or moved.calendars is None:
            return
        for span in spans(moved, moved.calendars, *reach):
            chosen = partial(search.in_span, policy=moved.policy, begun_before=span.begun_before)
            yield from self._slices(partial(chosen, due_until=span.due_until), Place(span.due_after))
            if not alone:
                several = partial(search.several_in_span, begun_before=span.begun_before)
                yield from self._slices(several, Place(span.due_after))

    def _slices(
        self, find: Callable[[Connection, Place], Found], after: Place | None = None
    ) -> Iterator[Sequence[int]]:
        """Each slice is a read of its own, outside the gate."""
        place: Place | None = after or Place()
        while place is not None:
            with self._ruling.store.read() as tx:
                found = find(tx, place)
            yield found.waits
            place = found.last
