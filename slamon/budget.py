"""What may still be asked of a platform: how often a channel is polled, and what is kept for the last looks.

Channels with the same payer share its budgets. A budget is what the platform's headers tell of it, or what a
connector counts itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from slamon.model import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from slamon.connectors.base import Quota
    from slamon.model import Instant, Millis

RESERVE = 0.1
"""The share of each budget that polls leave to the looks before an accusation."""
AMPLE = 0.5
"""Above this share nothing is saved, and what is urgent may be read more often."""
SLOW, SLOWEST = 0.25, 4
"""Of a budget in per cent, whose calls have no known price: below this share polls slow down, up to so many times."""
NEAR = 5
"""A deadline within so many poll intervals is near."""
LATEST: Millis = 60 * MINUTE
"""The longest interval, however short a budget is; where nothing but the last tenth is left, polls rest altogether."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How often a channel would be read if nothing were short."""

    every: Millis
    least: Millis
    """What its platform can bear at the most often."""
    next_due: Instant | None
    open: bool


def interval(wish: Wish, quotas: Iterable[Quota], use: Mapping[str, int], sharers: int, now: Instant) -> Millis:
    """Time until the next poll of a channel whose poll takes `use` calls by endpoint, and whose budgets these are.

    `sharers` channels live on each budget, this one among them.
    """
    touched = [quota for quota in quotas if quota.resets_at > now and _price(quota, use)]
    left = min((_share(quota) for quota in touched), default=1.0)
    wanted = wish.every
    if left > AMPLE and wish.next_due is not None and wish.next_due - now <= NEAR * wish.every:
        wanted = max(wish.least, wish.every // 2)
    elif left <= AMPLE and not wish.open:
        wanted = 2 * wish.every
    floor = max((_floor(quota, use, wish.every, sharers, now) for quota in touched), default=0)
    return max(wanted, min(floor, LATEST))


def exhausted(quotas: Iterable[Quota], use: Mapping[str, int], now: Instant) -> Instant | None:
    """Until when a poll would eat into what is kept for last looks; `None` where it would not."""
    short = [q.resets_at for q in quotas if q.resets_at > now and (price := _price(q, use)) and _spendable(q) < price]
    return max(short, default=None)


def _floor(quota: Quota, use: Mapping[str, int], every: Millis, sharers: int, now: Instant) -> Millis:
    left = quota.resets_at - now
    if quota.percent:
        share = _share(quota)
        return every if share >= SLOW else round(every * (1 + (SLOWEST - 1) * (SLOW - share) / (SLOW - RESERVE)))
    polls = _spendable(quota) // _price(quota, use)
    return left if polls < 1 else left * sharers // polls


def _spendable(quota: Quota) -> int:
    return max(0, quota.remaining - int(quota.limit * RESERVE))


def _share(quota: Quota) -> float:
    return quota.remaining / quota.limit if quota.limit > 0 else 0.0


def _price(quota: Quota, use: Mapping[str, int]) -> int:
    """What a poll takes of it, in its own units."""
    costs = dict(quota.costs)
    endpoints = quota.endpoints or (quota.endpoint,)
    return sum(use.get(endpoint, 0) * costs.get(endpoint, 1) for endpoint in endpoints)


class Budgets:
    """What is known of every payer's budgets. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._quotas: dict[str, dict[str, Quota]] = defaultdict(dict)
        self._parked: dict[tuple[str, str], Instant] = {}
        self._sharers: dict[str, set[str]] = defaultdict(set)

    def joins(self, payer: str, channel: str) -> None:
        """A channel lives on this payer's budgets."""
        with self._lock:
            self._sharers[payer].add(channel)

    def sharers(self, payer: str) -> int:
        """How many channels live on them."""
        with self._lock:
            return max(1, len(self._sharers[payer]))

    def told(self, payer: str, quotas: Sequence[Quota]) -> None:
        """Take note of what a connector heard; a word about an earlier window is old news."""
        with self._lock:
            known = self._quotas[payer]
            for quota in quotas:
                before = known.get(quota.endpoint)
                if before is None or _newer(quota, before):
                    known[quota.endpoint] = quota

    def of(self, payer: str) -> Sequence[Quota]:
        """Every budget of this payer, as last heard."""
        with self._lock:
            return tuple(self._quotas[payer].values())

    def park(self, payer: str, endpoint: str, until: Instant) -> None:
        """The platform answers nothing before `until`; without an endpoint: nothing at all to this payer."""
        with self._lock:
            self._parked[payer, endpoint] = until

    def parked_until(self, payer: str, use: Iterable[str]) -> Instant:
        """Until when one of these endpoints, or the payer as a whole, is refused; 0 where none is."""
        with self._lock:
            return max(self._parked.get((payer, endpoint), 0) for endpoint in ("", *use))


def _newer(quota: Quota, before: Quota) -> bool:
    """Of one window, the one that leaves less is later; percentages recover without a new window."""
    if quota.percent or quota.limit != before.limit:
        return True
    # Reset instants come in whole seconds and are moved into our time: the same window wanders a little.
    if abs(quota.resets_at - before.resets_at) < MINUTE:
        return quota.remaining <= before.remaining
    return quota.resets_at > before.resets_at
