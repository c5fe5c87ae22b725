"""What every occasion is: it looks at the store and the clock, and opens, tells anew or closes its digests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from slamon import logs
from slamon.digests.said import loads
from slamon.errors import StoreError
from slamon.model import MINUTE, SECOND
from slamon.store import digests, occasions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from slamon.audiences import Audience
    from slamon.digests.said import Said
    from slamon.model import Instant, Millis
    from slamon.sla.policy import RuleSet
    from slamon.store.digests import Opening, StoredDigest
    from slamon.store.store import Store

FIRST_READ_WITHIN: Millis = 5 * MINUTE
"""After a start, what counts waits comes when every channel was tried, or after so long."""
COUNT_EVERY: Millis = 30 * SECOND

log = logs.get("slamon.occasions")


@dataclass(frozen=True, slots=True)
class World:
    """What an occasion is given of the world."""

    store: Store
    now: Callable[[], Instant]
    rules: Callable[[], RuleSet]
    audiences: Mapping[str | None, Audience]
    """By name; the default one under `None`."""
    zone: ZoneInfo
    """In which messages say times."""
    channels: Sequence[str]
    """Those that are watched."""
    tried: Callable[[], bool]
    """Whether each of them was read once since the start, well or not."""
    up_since: Instant

    def may_count(self) -> bool:
        """Whether what the store has is as new as can be had."""
        return self.now() - self.up_since >= FIRST_READ_WITHIN or self.tried()


class Paced:
    """When each digest was last counted anew: at every look would cost too much where a hundred thousand wait."""

    def __init__(self) -> None:
        self._at: dict[int, Instant] = {}

    def due(self, number: int, now: Instant) -> bool:
        """Whether to count anew for that digest; then it is not for a while."""
        last = self._at.get(number)
        if last is not None and last <= now < last + COUNT_EVERY:
            return False
        self._at[number] = now
        return True


class Occasion(Protocol):
    """Something that a digest is for."""

    name: str

    def look(self, now: Instant) -> None:
        """Do what follows at `now`; looking twice does nothing twice."""
        ...


class Occasions:
    """All of them; the trouble of one stays there."""

    def __init__(self, now: Callable[[], Instant], occasions: Sequence[Occasion]) -> None:
        self.now = now
        self.occasions = occasions

    def look(self) -> None:
        """Have each look; raises nothing."""
        for each in self.occasions:
            try:
                each.look(self.now())
            except StoreError as error:
                log.warning("occasion_failed", occasion=each.name, error=str(error))
            except Exception as fault:  # a fault of ours in one must not end the others
                log.exception("occasion_failed", occasion=each.name, error=type(fault).__name__)


def opens(store: Store, opening: Opening) -> bool:
    """Open a digest; :returns: whether it is new."""
    with store.write() as tx:
        return digests.open_(tx, opening) is not None


def keep(tx: Connection, of: StoredDigest, said: Said) -> bool:
    """Have a digest say that, unless it does; :returns: whether there was news."""
    if loads(of.said) == said:
        return False
    occasions.say(tx, of, said.dumps())
    return True


def people(n: int) -> str:
    """`1 customer waits`, `3 customers wait`."""
    return "1 customer waits" if n == 1 else f"{n} customers wait"
