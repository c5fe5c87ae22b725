"""What a reload is given of the world around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from slamon.events import Listener
    from slamon.model import Instant
    from slamon.sla.policy import RuleSet
    from slamon.store.outbox import Reader


@dataclass(frozen=True, slots=True)
class World:
    """Clocks, the rules on disk and in force, and whoever has to know of a change."""

    now: Callable[[], Instant]
    seconds: Callable[[], float]
    """Monotonic."""
    hear: Listener
    folder: Path
    read: Callable[[], RuleSet]
    """Reads and checks what stands on disk."""
    rebuild: Callable[[Mapping[str, bytes]], RuleSet]
    """Makes an earlier rule set of its files."""
    in_force: Callable[[], RuleSet]
    swap: Callable[[RuleSet], None]
    """Puts a rule set into force, in one step."""
    swept: Callable[[], None]
    """Returns when no sweep under earlier rules is under way."""
    wake: Callable[[], None]
    """There is something to decide."""
    channels: Mapping[str, int]
    """Those that are watched, with their numbers in the store."""
    readers: Sequence[Reader] = ()
    """Who hears of trouble."""
    config_changed: Callable[[], bool] = lambda: False
