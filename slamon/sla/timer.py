"""A wait under its policy: what was promised, in instants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from slamon.model import HOUR, MAX_INSTANT, Millis, Target
from slamon.sla.calendar import ALWAYS, OpenDays
from slamon.sla.policy import WHOLE, Stage, match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant, Message
    from slamon.sla.calendar import Calendar
    from slamon.sla.policy import Policy
    from slamon.sla.subject import Subject

REMATCHED = 50
"""Messages of one wait that may still change its policy; beyond it a flood costs nothing."""
DOOR_CLOSES: Millis = 4 * HOUR
"""Before the end of a platform's window for answers, the first stage."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A target with its instants."""

    target: Target
    started_at: Instant
    due_at: Instant
    """Answered at or before it: met. Breached strictly after it."""
    length: Millis
    """In open time of the policy's calendar."""


@dataclass(frozen=True, slots=True)
class Step:
    """One telling: a stage of the ladder, for the first time (`repeat` 0) or again."""

    stage: Stage
    repeat: int
    at: Instant


class Held(Protocol):
    """Whatever knows from when to when a target runs."""

    @property
    def target(self) -> Target:
        """Which one it is."""
        ...

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


def calendar_of(policy: Policy, target: Target) -> Calendar:
    """In which time a target of `policy` counts: a platform's window runs around the clock."""
    return ALWAYS if target is Target.REPLY_WINDOW else policy.calendar


def promise(policy: Policy, target: Target, started_at: Instant) -> Promise | None:
    """What `policy` promises of that target from then on; `None` where it leaves it unwatched."""
    length = policy.targets.get(target)
    if length is None:
        return None
    calendar = calendar_of(policy, target)
    if isinstance(length, OpenDays):
        due = calendar.add_days(started_at, length.days)
        return Promise(target, started_at, due, calendar.open_between(started_at, due))
    return Promise(target, started_at, calendar.add(started_at, length), length)


def steps(policy: Policy, held: Held) -> tuple[Step, ...]:
    """Every telling of a target, in order.

    `breached` begins strictly after due, and so does all that tells of it: a millisecond past the edge.
    """
    calendar, found = calendar_of(policy, held.target), []
    for stage in stages_of(policy, held):
        at, past = _reached(calendar, stage, held), int(stage.accuses)
        found.append(Step(stage, 0, at + past))
        if stage.repeat is not None:
            again = (Step(stage, n, calendar.add(at, n * stage.repeat) + past) for n in range(1, stage.at_most))
            found.extend(again)
    return tuple(sorted(found, key=lambda step: step.at)) if len(found) > len(policy.stages) else tuple(found)


def stages_of(policy: Policy, held: Held) -> tuple[Stage, ...]:
    """The ladder of a target: the policy's, but for a platform's window, which has one of its own."""
    if held.target is not Target.REPLY_WINDOW:
        return policy.stages
    warning = Stage("-4h", offset=-DOOR_CLOSES) if held.length > DOOR_CLOSES else Stage("50%", share=WHOLE // 2)
    return (warning, Stage("100%", share=WHOLE))


def stage_instants(policy: Policy, held: Held) -> tuple[Instant, ...]:
    """When each telling is due, in the order of `steps`."""
    return tuple(step.at for step in steps(policy, held))


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
        offered = promise(found, target_of(turn), started_at if n == 1 else message.created_at)
        if policy is None or (offered and (held is None or offered.due_at < held.due_at)):
            policy, held = found, offered
    return policy, held


def judged_by(messages: Sequence[Message], answered_at: Instant | None) -> Sequence[Message]:
    """The messages of a wait that choose its policy: those not deleted before the answer; where none is left, all."""
    until = MAX_INSTANT if answered_at is None else answered_at
    left = [said for said in messages if said.gone_at is None or said.gone_at > until] or list(messages)
    left.sort(key=lambda said: (said.created_at, said.id))  # the same order of what was said at once, wherever from
    return left


def greeting(policies: Sequence[Policy], subject: Subject, turn: int) -> Policy | None:
    """The policy that owes a sign of arrival: the one that the first message fits, whatever is said behind it.

    It is owed once a conversation, to its first wait: machines greet, and then people talk.
    """
    if turn > 1 or not subject.messages or not any(Target.ACKNOWLEDGEMENT in policy.targets for policy in policies):
        return None
    return match(policies, replace(subject, messages=subject.messages[:1])).policy


def beside(policy: Policy, last_at: Instant, holding_at: Instant | None) -> list[Promise]:
    """What `policy` promises beside the answer: what a holding text announced, and the platform's window."""
    begins = {Target.REPLY_WINDOW: last_at}
    if holding_at is not None:
        begins[Target.FOLLOW_UP] = holding_at
    found = (promise(policy, target, at) for target, at in sorted(begins.items()))
    return [one for one in found if one is not None]


def began_at(messages: Sequence[Message], started_at: Instant) -> Instant:
    """When the customer began to wait for anything, although the wait for people may start later."""
    said = (m.created_at if m.surfaced_at is None else m.surfaced_at for m in messages)
    return min(started_at, *said) if messages else started_at


def _reached(calendar: Calendar, stage: Stage, held: Held) -> Instant:
    """When `stage` is reached, on the edge."""
    if stage.offset is not None:
        return calendar.add(held.due_at, stage.offset)
    share = stage.share or 0
    return held.due_at if share == WHOLE else calendar.add(held.started_at, held.length * share // WHOLE)
