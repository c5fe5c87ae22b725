"""A wait under its policy: what was promised, in instants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from slamon.model import MAX_INSTANT, Target
from slamon.sla.policy import WHOLE, match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant, Message, Millis
    from slamon.sla.policy import Policy, Stage
    from slamon.sla.subject import Subject

REMATCHED = 50
"""Messages of one wait that may still change its policy; beyond it a flood costs nothing."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A target with its instants."""

    target: Target
    started_at: Instant
    due_at: Instant
    """Answered at or before it: met. Breached strictly after it."""
    length: Millis
    """In open time of the policy's calendar."""


class Held(Protocol):
    """Whatever knows from when to when a target runs."""

    @property
    def started_at(self) -> Instant:
        """When it starts."""
        ...

    @property
    def due_at(self) -> Instant:
        """When it is due."""
        ...

    @property
    def length(self) -> Millis:
        """In open time."""
        ...


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
    return Promise(target, started_at, due, length)


def stage_instants(policy: Policy, held: Held) -> tuple[Instant, ...]:
    """When each stage of `policy` is reached; those that tell of a breach lie a millisecond past due, or later."""
    return tuple(_reached(policy, stage, held.started_at, held.due_at, held.length) for stage in policy.stages)


def held_to(
    policies: Sequence[Policy], subject: Subject, turn: int, started_at: Instant
) -> tuple[Policy | None, Promise | None]:
    """The policy and promise of a wait: matched on its first message, and anew with each further one.

    A later match only ever shortens: it counts from the message that brought it, so that no stage lands in the past.
    """
    policy: Policy | None = None
    held: Promise | None = None
    for n, message in enumerate(subject.messages[:REMATCHED], 1):
        found = match(policies, replace(subject, messages=subject.messages[:n])).policy
        if found is None or found is policy:
            continue
        offered = promise(found, turn, started_at if n == 1 else message.created_at)
        if policy is None or (offered and (held is None or offered.due_at < held.due_at)):
            policy, held = found, offered
    return policy, held


def judged_by(messages: Sequence[Message], answered_at: Instant | None) -> Sequence[Message]:
    """The messages of a wait that choose its policy: those not deleted before the answer; where none is left, all."""
    until = MAX_INSTANT if answered_at is None else answered_at
    return [said for said in messages if said.gone_at is None or said.gone_at > until] or messages


def _reached(policy: Policy, stage: Stage, started_at: Instant, due: Instant, length: Millis) -> Instant:
    """When `stage` is reached. `breached` begins strictly after due, and so does all that tells of it."""
    if stage.offset is not None:
        return policy.calendar.add(due, stage.offset) + 1
    share = stage.share or 0
    if share == WHOLE:
        return due + 1
    at = policy.calendar.add(started_at, length * share // WHOLE)
    return at + 1 if share > WHOLE else at
