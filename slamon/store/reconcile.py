"""Counts that are kept are counted again now and then; the drift is a metric, and 0 is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from slamon.store.schema import tally, timer

if TYPE_CHECKING:
    from sqlalchemy import Connection


def drift(tx: Connection) -> int:
    """How many open timers the kept counts are off by, summed over all of them."""
    kept = {
        (row.channel, row.policy, row.target, row.name): row.n
        for row in tx.execute(select(tally).where(tally.c.name.like("open:%")))
    }
    grouped = (
        select(timer.c.channel, timer.c.policy, timer.c.target, timer.c.status, func.count().label("n"))
        .where(timer.c.counted)
        .group_by(timer.c.channel, timer.c.policy, timer.c.target, timer.c.status)
    )
    for row in tx.execute(grouped):
        key = (row.channel, row.policy, row.target, f"open:{row.status}")
        kept[key] = kept.get(key, 0) - row.n
    return sum(abs(n) for n in kept.values())
