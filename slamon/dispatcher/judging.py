"""Whether a letter is still to be sent, by how things stand now: a list of judges, the first that objects decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from slamon.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.audiences import Audience
    from slamon.model import Instant
    from slamon.sla.handling import Handling
    from slamon.store.facts import WaitFacts
    from slamon.store.outbox import Letter, Living


@dataclass(frozen=True, slots=True)
class Close:
    """It is not to be sent any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """It is to be judged again then; whatever is behind it for the same reader waits with it."""

    until: Instant
    reason: str


Verdict: TypeAlias = Close | Hold | None
"""`None`: nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A letter about a wait, and all that its judges look at."""

    letter: Letter
    wait: WaitFacts | None
    living: Living | None
    handling: Handling
    audience: Audience | None
    now: Instant


def superseded(case: Case) -> Verdict:
    """What it tells is over."""
    letter, wait, living = case.letter, case.wait, case.living
    if wait is None:
        return Close("the wait is gone")
    reasons = {
        "a later stage is told": letter.overtaken,
        "the wait was cancelled": wait.status is Status.CANCELLED,
        "answered in time": wait.status is Status.MET,
        "answered": wait.status is Status.MISSED and not letter.accuses,
        "its message was deleted twice": living is not None and not living.ts and living.fresh_sent > 0,
    }
    return next((Close(reason) for reason, holds in reasons.items() if holds), None)


JUDGES: Sequence[Callable[[Case], Verdict]] = (superseded,)


def judge(case: Case) -> Verdict:
    """What the first judge says that objects."""
    return next((verdict for one in JUDGES if (verdict := one(case))), None)


__all__ = ["JUDGES", "Case", "Close", "Hold", "Verdict", "judge", "superseded"]
