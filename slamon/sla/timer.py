"""A wait under its policy: what was promised, in instants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.model import Target
from slamon.sla.policy import WHOLE

if TYPE_CHECKING:
    from slamon.model import Instant, Millis
    from slamon.sla.policy import Policy, Stage


@dataclass(frozen=True, slots=True)
class Promise:
    """A target with its instants: when it is due, and when each stage of the ladder is reached."""

    target: Target
    started_at: Instant
    due_at: Instant
    """Answered at or before it: met. Breached strictly after it."""
    length: Millis
    """In open time of the policy's calendar."""
    stages: tuple[Instant, ...]
    """One for each stage of the policy; those that tell of a breach lie a millisecond past due, or later."""


def target_of(turn: int) -> Target:
    """What a wait of that turn is held to."""
    return Target.FIRST_RESPONSE if turn == 1 else Target.NEXT_RESPONSE


def promise(policy: Policy, turn: int, started_at: Instant) -> Promise | None:
    """What `policy` promises to a wait of that turn; `None` where it leaves the target unwatched."""
    target = target_of(turn)
    length = policy.targets.get(target)
    if length is None:
        return None
    due = policy.calendar.add(started_at, length)
    stages = tuple(_reached(policy, stage, started_at, due, length) for stage in policy.stages)
    return Promise(target, started_at, due, length, stages)


def _reached(policy: Policy, stage: Stage, started_at: Instant, due: Instant, length: Millis) -> Instant:
    """When `stage` is reached. `breached` begins strictly after due, and so does all that tells of it."""
    if stage.offset is not None:
        return policy.calendar.add(due, stage.offset) + 1
    share = stage.share or 0
    if share == WHOLE:
        return due + 1
    at = policy.calendar.add(started_at, length * share // WHOLE)
    return at + 1 if share > WHOLE else at
