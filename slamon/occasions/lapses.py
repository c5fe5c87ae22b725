"""What somebody took in hand, or put off, for a while: when that is over, the living messages say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import DAY
from slamon.store import actions, livings

if TYPE_CHECKING:
    from slamon.model import Instant
    from slamon.occasions.base import World


class Lapses:
    """Nothing but time ends them, so nothing else would bring the messages up to date."""

    name = "lapses"

    def __init__(self, world: World) -> None:
        self._store = world.store
        self._seen: Instant = world.up_since - DAY
        """A process that was down for a day has other news."""

    def look(self, now: Instant) -> None:
        """Have the messages of what lapsed since the last look shown anew."""
        with self._store.read() as tx:
            waits = actions.lapsed(tx, self._seen, now)
        if waits:
            with self._store.write() as tx:
                livings.changed(tx, waits)
        self._seen = max(self._seen, now)
