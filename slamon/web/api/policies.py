"""What a channel's rules promise, for programs. Spans are seconds, shares lie between 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.checks import length_words
from slamon.explaining import iso
from slamon.sla.calendar import OpenDays
from slamon.sla.policy import WHOLE
from slamon.sla.timer import calendar_of

if TYPE_CHECKING:
    from slamon.model import Instant, Target
    from slamon.sla.policy import ChannelRules, Length, Objective, Policy, Stage


def policies_data(rules: ChannelRules) -> list[dict[str, Any]]:
    """Its policies, in the order in which they are tried."""
    return [_policy(policy) for policy in rules.policies]


def _policy(policy: Policy) -> dict[str, Any]:
    held = {target: length for target, length in policy.targets.items() if length is not None}
    return {
        "policy": policy.name,
        "when": [condition.words for condition in policy.conditions],
        "calendar": policy.calendar.name,
        "targets": {target.value: _target(policy, target, length) for target, length in held.items()},
        "stages": [_stage(stage) for stage in policy.stages],
        "objective": _objective(policy.objective),
        "valid_from": _iso(policy.valid_from),
        "valid_until": _iso(policy.valid_until),
    }


def _target(policy: Policy, target: Target, length: Length) -> dict[str, Any]:
    """Open days have no length in seconds: one may be longer than another."""
    return {
        "words": length_words(length),
        "seconds": None if isinstance(length, OpenDays) else length / 1_000,
        "calendar": calendar_of(policy, target).name,
        "machine_counts": policy.ends(target, automatic=True),
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "stage": stage.name,
        "to": stage.audience,
        "repeat_seconds": None if stage.repeat is None else stage.repeat / 1_000,
        "at_most": stage.at_most,
    }


def _objective(objective: Objective | None) -> dict[str, Any] | None:
    return None if objective is None else {"share": objective.share / WHOLE, "over_seconds": objective.over / 1_000}


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso(at)
