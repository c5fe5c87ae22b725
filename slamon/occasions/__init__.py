"""What comes by the clock: digests of openings, shifts, days, history that was found, blind channels; and lapses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.notify.timed import Opening
from slamon.occasions.base import Occasions, World
from slamon.occasions.blind import Blindness, LastErrors, Watched
from slamon.occasions.daily import Daily
from slamon.occasions.history import Histories
from slamon.occasions.lapses import Lapses
from slamon.occasions.opening import Openings

if TYPE_CHECKING:
    from slamon.notify.digests import DigestsConfig
    from slamon.occasions.base import Occasion

__all__ = ["LastErrors", "Occasions", "Watched", "World", "occasions_of"]


def occasions_of(world: World, watched: Watched, config: DigestsConfig) -> Occasions:
    """All that are configured; none where nobody can be told."""
    found: list[Occasion] = [
        Histories(world),
        Blindness(world, watched, config.blind),
        Daily(world, config.daily),
        Lapses(world),
    ]
    if config.opening != Opening.NO:
        found.append(Openings(world, always=config.opening == Opening.ALWAYS))
    return Occasions(world.now, found if world.audiences else ())
