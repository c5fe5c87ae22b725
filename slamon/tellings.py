"""Each telling of a target: what was sent of it, or why nothing was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.model import OPEN_STATUSES
from slamon.sla.timer import steps

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from slamon.model import Instant
    from slamon.sla.policy import Policy
    from slamon.sla.timer import Step
    from slamon.store.explained import StoredWait, Told
    from slamon.store.queue import StoredTimer


@dataclass(frozen=True, slots=True)
class Telling:
    """A stage, for the first time or again."""

    stage: str
    repeat: int
    at: Instant
    audience: str | None
    """`None`: the default one."""
    letters: Sequence[Told]
    note: str
    """Why there is no letter, or why none of them went out by itself; empty where one did, or is about to."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the notes depend on, beside the wait."""

    now: Instant
    audiences: Collection[str | None] | None = None
    """Those that anybody hears of, the default one as `None`; `None`: unknown."""


def tellings(
    policy: Policy, timer: StoredTimer, wait: StoredWait, letters: Sequence[Told], heard: Heard
) -> list[Telling]:
    """The ladder of a target under the policy that it is held to, in order."""
    found = steps(policy, timer)
    sent = [_of(letters, timer, wait, step) for step in found]
    newest = max((n for n, own in enumerate(sent) if own), default=-1)
    return [
        Telling(
            step.stage.name,
            step.repeat,
            step.at,
            step.stage.audience,
            own,
            _kept(own) if own else _note(n, newest, step, timer, wait, heard),
        )
        for n, (step, own) in enumerate(zip(found, sent, strict=True))
    ]


def _of(letters: Sequence[Told], timer: StoredTimer, wait: StoredWait, step: Step) -> list[Told]:
    key = (timer.target.value, step.stage.name, step.repeat, wait.episode)
    return [one for one in letters if (one.target, one.stage, one.repeat, one.episode) == key]


def _kept(letters: Sequence[Told]) -> str:
    states = {letter.state for letter in letters}
    if states == {"held"}:
        return f"not told yet: {letters[0].reason}"
    if states == {"folded"}:
        return f"told by a digest: {letters[0].reason}"
    return f"not told: {letters[0].reason}" if states <= {"superseded", "failed"} else ""


def _note(n: int, newest: int, step: Step, timer: StoredTimer, wait: StoredWait, heard: Heard) -> str:
    ended_at = timer.answered_at if timer.answered_at is not None else wait.cancelled_at
    reasons = {
        "not reached": ended_at is not None and step.at > ended_at,
        "to come": timer.status in OPEN_STATUSES and step.at > heard.now,
        "not reached: it ended otherwise": step.at > heard.now,
        "not announced: it was past due before it was first read": timer.history,
        "nobody hears of it: there is no such audience": heard.audiences is not None
        and step.stage.audience not in heard.audiences,
        "not announced: a later one was": n < newest,
        "not announced: when it was read, it had ended": ended_at is not None,
        "shown, not announced: a new rule put it into the past": n < timer.told,
        "about to be decided": True,
    }
    return next(reason for reason, holds in reasons.items() if holds)
