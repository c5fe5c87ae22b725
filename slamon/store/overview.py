"""The open queue at a glance: how many waits stand where, and which channels were read when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from slamon.model import OPEN_STATUSES, RESPONSES, Status
from slamon.store.listing import COUNTED
from slamon.store.schema import channel, tally, timer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection, Select, Table

    from slamon.model import Instant


@dataclass(frozen=True, slots=True)
class SeenChannel:
    """A channel, and when it was last read."""

    name: str
    platform: str
    read_at: Instant | None
    """The start of the last complete read; `None` before the first."""


OPEN = "open:"
"""Before a status, in the name of a count."""

_KEPT = select(tally.c.target, tally.c.name, tally.c.n).where(tally.c.name.like(f"{OPEN}%"))
_CHANNELS = select(channel.c.name, channel.c.platform, channel.c.read_at).order_by(channel.c.name)


def channels(tx: Connection) -> list[SeenChannel]:
    """All that were ever watched, by name."""
    return [SeenChannel(row.name, row.platform, row.read_at) for row in tx.execute(_CHANNELS)]


def counts(tx: Connection, names: Collection[str] = (), policies: Collection[str] = ()) -> Mapping[Status, int]:
    """How many waits have an open target of each status.

    A wait with two targets of one status is one; beyond `COUNTED`, where all would have to be gone through, it is two.
    """
    kept: dict[Status, int] = dict.fromkeys(OPEN_STATUSES, 0)
    targets = set()
    for row in tx.execute(_filtered(_KEPT, tally, names, policies)):
        kept[Status(row.name.removeprefix(OPEN))] += row.n
        targets |= {row.target} if row.n else set()
    if targets <= set(RESPONSES) or sum(kept.values()) > COUNTED:
        return kept  # each wait is held to one of the responses, never to both
    each = select(timer.c.status, func.count(timer.c.wait.distinct()).label("n")).where(timer.c.counted)
    found = tx.execute(_filtered(each, timer, names, policies).group_by(timer.c.status))
    return dict.fromkeys(OPEN_STATUSES, 0) | {Status(row.status): row.n for row in found}


def _filtered(found: Select[Any], of: Table, names: Collection[str], policies: Collection[str]) -> Select[Any]:
    if names:
        found = found.where(of.c.channel.in_(select(channel.c.id).where(channel.c.name.in_(sorted(names)))))
    return found.where(of.c.policy.in_(sorted(policies))) if policies else found
