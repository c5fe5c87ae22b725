"""One channel's part in the budgets of its payer: what its reads took, whether it may ask, how often."""

from __future__ import annotations

from collections import Counter
from threading import local
from typing import TYPE_CHECKING

from slamon.budget import Budgets, Wish, exhausted, interval

if TYPE_CHECKING:
    from slamon.connectors.base import Call, Connector
    from slamon.errors import PlatformError
    from slamon.model import Instant, Millis

__all__ = ["Budgets", "Spending"]

POLL = "poll"
WORTH_TELLING = 0.1
"""A change by less is not told: what is left of a budget moves the interval a little with each poll."""
_NOTHING: Counter[str] = Counter()


class Spending:
    """Of one channel. Polls and last looks may run side by side, each in a thread of its own."""

    def __init__(self, channel: str, connector: Connector, budgets: Budgets, every: Millis) -> None:
        self.every = every
        """As configured."""
        self.interval = every
        """How often the channel is polled now."""
        self._told: Millis | None = None
        self.parked_until: dict[str, Instant] = {}
        """By purpose: polls and last looks ask different endpoints, with budgets of their own."""
        self._connector = connector
        self._budgets = budgets
        self._use: dict[str, Counter[str]] = {}
        """By purpose: the calls of the last read, by endpoint."""
        self._running = local()
        budgets.joins(connector.payer, channel)

    def begins(self, purpose: str) -> None:
        """A read begins in this thread."""
        self._running.calls = self._use[purpose] = Counter()

    def called(self, call: Call) -> None:
        """A request of the read that runs in this thread has ended."""
        calls: Counter[str] | None = getattr(self._running, "calls", None)
        if calls is not None:
            calls[call.endpoint] += 1

    def ended(self) -> None:
        """The read is over: what the platform said meanwhile of its budgets holds for every channel of this payer."""
        self._running.calls = None
        self._budgets.told(self._connector.payer, self._connector.quotas())

    def refused(self, purpose: str, error: PlatformError) -> None:
        """Ask nothing before the instant that the platform named."""
        if error.until is None:
            return
        self.parked_until[purpose] = error.until
        if error.endpoint is not None:
            self._budgets.park(self._connector.payer, error.endpoint, error.until)

    def held(self, purpose: str, now: Instant) -> str:
        """Why the platform is not asked now: `parked`, or `resting` in favour of last looks; empty where it is."""
        payer, use = self._connector.payer, self._use.get(purpose, _NOTHING)
        if now < max(self.parked_until.get(purpose, 0), self._budgets.parked_until(payer, use)):
            return "parked"
        if purpose == POLL and exhausted(self._budgets.of(payer), use, now):
            return "resting"
        return ""

    def paced(self, next_due: Instant | None, now: Instant, *, waited: bool) -> bool:
        """Set the interval to the next poll; :returns: whether it is clearly another than said last."""
        payer = self._connector.payer
        wish = Wish(self.every, self._connector.least_every, next_due, waited)
        use, sharers = self._use.get(POLL, _NOTHING), self._budgets.sharers(payer)
        self.interval = interval(wish, self._budgets.of(payer), use, sharers, now)
        if self._told is not None and abs(self.interval - self._told) <= self._told * WORTH_TELLING:
            return False
        self._told = self.interval
        return True
