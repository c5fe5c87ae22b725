"""What all parts of the dispatcher share: the store, the notifier, the paces, and how a letter is put off or closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.events import AlertSent
from slamon.model import MINUTE, SECOND, Instant, Millis
from slamon.notifiers.base import Outcome
from slamon.pace import Paces
from slamon.store import outbox, places

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.audiences import Audience
    from slamon.events import Listener
    from slamon.notifiers.base import Notifier, SendError
    from slamon.sla.policy import RuleSet
    from slamon.store.livings import Living
    from slamon.store.outbox import Letter
    from slamon.store.store import Store

SETTLE = 20 * SECOND
"""How long a message may take to show up at the receiver; at least the client's timeout and 5 s."""
LOOK_AGAIN = 10 * SECOND
MENDABLE = MINUTE
"""Between tries of what only a person can mend: a bad place, a bad token."""
LONGEST_BACKOFF = MINUTE


@dataclass(frozen=True, slots=True)
class Sending:
    """What the dispatcher is given of the world."""

    now: Callable[[], Instant]
    seconds: Callable[[], float]
    """Monotonic."""
    rules: Callable[[], RuleSet]
    hear: Listener
    owner: str
    """Names this process in the rows it is sending."""
    audiences: Mapping[str, Audience] = field(default_factory=dict)
    fallback: Audience | None = None
    """Who hears what cannot be told where it should be."""


class Line:
    """One notifier with its outbox."""

    def __init__(self, store: Store, notifier: Notifier, world: Sending) -> None:
        self.store = store
        self.notifier = notifier
        self.world = world
        self.paces = Paces(world.seconds)
        self.settle = max(SETTLE, int(notifier.timeout * SECOND) + 5 * SECOND)
        self.paused_until: Instant = 0
        """The token was refused: nothing is tried before, and nothing is lost."""
        self._shunned: dict[str, Instant] = {}
        """Bad places, and until when none of their letters is tried there."""
        self._obey_pauses()

    def may_go(self, destination: str) -> bool:
        """Whether something may be sent there now."""
        return self.world.now() >= self.paused_until and self.paces.free(destination)

    def hold(self, destination: str, error: SendError) -> Millis:
        """The receiver asked for a pause there; :returns: how long."""
        pause = error.retry_after or SECOND
        self.paces.hold(destination, pause / SECOND)
        with self.store.write() as tx:
            places.pause(tx, destination, self.world.now() + pause, str(error)[:500])
        return pause

    def distrust(self) -> None:
        """The token was refused: a person has to mend it."""
        self.paused_until = self.world.now() + MENDABLE

    def fallback(self, destination: str) -> Audience | None:
        """Who hears what a destination does not take; `None` where there is nobody else."""
        fallback = self.world.fallback
        return fallback if fallback and fallback.destination != destination else None

    def shun(self, destination: str) -> None:
        """It is a bad place: a person has to mend it, and may do so at any time."""
        self._shunned[destination] = self.world.now() + MENDABLE

    def shunned(self, destination: str) -> bool:
        """Whether its letters go to the fallback for now, without a try."""
        return self.fallback(destination) is not None and self.world.now() < self._shunned.get(destination, 0)

    def put_off(self, letter: Letter, state: str, reason: str, delay: Millis, looks: int = 0) -> None:
        """Go on with it after `delay`."""
        with self.store.write() as tx:
            outbox.put_off(tx, letter.id, state, reason[:500], self.world.now() + delay, looks)

    def close(self, letter: Letter, state: str, reason: str) -> None:
        """It is not sent any more."""
        with self.store.write() as tx:
            outbox.finish(tx, letter.id, state, reason, self.world.now())
        self.tell(letter, purpose(letter, None), state, self.world.seconds())

    def tell(self, letter: Letter, what: str, outcome: str, began: float, code: str = "") -> None:
        """Have heard what came of a try."""
        arrived = outcome in {"sent", "found"} and letter.wait > outbox.NOTICE
        lateness = self.world.now() - letter.reached_at if arrived and letter.state != "held" else None
        name, seconds = self.notifier.name, self.world.seconds() - began
        wait = letter.wait if letter.wait > outbox.NOTICE else None
        self.world.hear(AlertSent(name, letter.audience, what, outcome, seconds, lateness, wait, code))

    def _obey_pauses(self) -> None:
        """What a receiver asked of the last process holds for this one."""
        now = self.world.now()
        with self.store.read() as tx:
            paused = places.paused(tx)
        for destination, until in paused.items():
            if until > now:
                self.paces.hold(destination, (until - now) / SECOND)


def purpose(letter: Letter, living: Living | None) -> str:
    """What a letter is sent for."""
    if letter.notice or letter.digest:
        return "notice"
    return "reply" if living and living.ts else "post"


def pause_after(error: SendError) -> Millis:
    """How long to leave alone what was refused."""
    if error.retry_after is not None:
        return error.retry_after
    return MENDABLE if error.outcome in {Outcome.BAD_PLACE, Outcome.BAD_CREDENTIAL} else LOOK_AGAIN


def backoff(attempt: int) -> Millis:
    """Before the next try of what surely did not arrive."""
    return int(min(SECOND * 2 ** min(attempt, 10), LONGEST_BACKOFF))


__all__ = ["LOOK_AGAIN", "MENDABLE", "SETTLE", "Line", "Sending", "backoff", "pause_after", "purpose"]
