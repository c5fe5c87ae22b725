"""What answering needs of the rest of slamon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.acting import Acting
    from slamon.model import Instant
    from slamon.notifiers._slack_people import People
    from slamon.notifiers._slack_talk import Talk
    from slamon.store.outbox import Reader
    from slamon.store.store import Store

PAUSE = 1.0
"""Seconds between two messages whose reactions are read: Slack takes fifty a minute."""


@dataclass(frozen=True, slots=True)
class Around:
    """What answering needs of the rest."""

    store: Store
    acting: Acting
    talk: Talk
    people: People
    now: Callable[[], Instant]
    readers: Sequence[Reader] = ()
    """Who hears that Slack lets nobody answer."""
    pause: float = PAUSE
