"""What pages are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from slamon.model import Instant
    from slamon.sla.policy import RuleSet
    from slamon.store.snapshot import Snapshot
    from slamon.store.store import Store


@dataclass(frozen=True, slots=True)
class Reading:
    """The daemon as far as pages may look into it."""

    store: Store
    rules: Callable[[], RuleSet]
    """Those in force."""
    now: Callable[[], Instant]
    snapshot: Callable[[], Snapshot]
    """Of the watched channels."""
    audiences: Collection[str | None] = ()
    """Those that anybody hears of, the default one as `None`."""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By channel, those that are given."""
