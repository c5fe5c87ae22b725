"""The figures that are too dear for a scrape: made beside it, now and then, and kept until they are made anew."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

from slamon.model import DAY, MAX_INSTANT
from slamon.store import recent
from slamon.store.snapshot import Ahead, Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.metrics.stored import Aim
    from slamon.model import Instant, Millis, Target
    from slamon.store.store import Store

T = TypeVar("T")

WEEKS: Millis = 28 * DAY
"""What the figures are over, where no objective says otherwise."""
WEEKS_EVERY, AHEAD_EVERY = 30.0, 4.0
"""Seconds from one beginning to the next, at least."""
SHARE = 20
"""A figure may take one part in so many of the time: one that takes longer is made less often."""


@dataclass(slots=True)
class _Kept(Generic[T]):
    """One set of figures."""

    make: Callable[[Instant], T]
    every: float
    found: T | None = None
    not_before: float = -inf

    def renew(self, now: Instant, seconds: Callable[[], float], failed: Callable[[Exception], None]) -> None:
        """Make them anew, unless it is too soon. Where that fails those before stay; the first are soon tried again."""
        began = seconds()
        if began < self.not_before:
            return
        try:
            self.found = self.make(now)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, it goes wrong here alone, and is counted
            failed(error)
        pause = 0.0 if self.found is None else self.every
        self.not_before = began + max(pause, SHARE * (seconds() - began))


class Figures:
    """The last weeks, and what falls due soon. `renew` is for one thread, what is found for any."""

    def __init__(
        self,
        store: Store,
        aims: Callable[[], Mapping[tuple[str, str], Aim]],
        now: Callable[[], Instant],
        seconds: Callable[[], float],
        failed: Callable[[Exception], None],
    ) -> None:
        """Set up; nothing is made before the first `renew`.

        :param aims: what is asked of each (channel, policy) by the rules in force.
        :param failed: hears of each round that failed.
        """
        self._store = store
        self._aims = aims
        self._now = now
        self._seconds = seconds
        self._failed = failed
        self._recent = _Kept(self._weeks, WEEKS_EVERY)
        self._ahead = _Kept(self._soon, AHEAD_EVERY)

    @property
    def recent(self) -> Recent | None:
        """The last weeks; `None` before they were first made."""
        return self._recent.found

    @property
    def ahead(self) -> Ahead | None:
        """What falls due soon; `None` likewise."""
        return self._ahead.found

    def renew(self) -> None:
        """Make anew what is old enough; raises nothing. Called every second or so."""
        for kept in (self._ahead, self._recent):
            kept.renew(self._now(), self._seconds, self._failed)

    def _weeks(self, now: Instant) -> Recent:
        aims = self._aims()
        over = {where: aim.over for where, aim in aims.items()}
        promises: dict[tuple[str, str, Target], recent.Kept] = {}
        with self._store.read() as tx:
            # Without an end: a platform's clock may be ahead of ours.
            fates = recent.fates(tx, now - WEEKS, MAX_INSTANT)
            for window in {WEEKS, *over.values()}:
                found = recent.promises(tx, now - window, MAX_INSTANT, now)
                promises |= {key: kept for key, kept in found.items() if over.get(key[:2], WEEKS) == window}
        return Recent(now, fates, promises)

    def _soon(self, now: Instant) -> Ahead:
        with self._store.read() as tx:
            return Ahead(now, recent.ahead(tx, now))
