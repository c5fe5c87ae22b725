"""rules/CHANNEL.yaml as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import SPAN_SCHEMA
from slamon.model import Mark
from slamon.rules.keys import ObjectiveKeys, PolicyKeys, RulesKeys, StageKeys, ValidKeys
from slamon.rules.policies import SWITCHED
from slamon.rules.replies import MOST, REASON
from slamon.rules.reply_keys import FEWEST, AutomationKeys, NoReplyKeys, SuspectKeys
from slamon.rules.reply_keys import MOST as MOST_TIMES
from slamon.rules.stages import MOST_OFTEN
from slamon.schema.models import mapping
from slamon.schema.values import DAY_OR_MOMENT, LENGTH, NAMES, PATTERNS, SHARE, STAGE_AT, one_or_many
from slamon.schema.when import when
from slamon.sla.marking import BUILT_IN
from slamon.sla.policy import AnsweredBy

if TYPE_CHECKING:
    from slamon.schema.models import Schema

TARGETS = ("first_response", "next_response", "acknowledgement", "follow_up", "reply_window")
SUFFICIENT = ("first_response", "acknowledgement", "reply_window")
"""A policy that promises none of these promises nothing."""
WHEN: Schema = {"$ref": "#/definitions/when"}
WHEN_ALONE: Schema = {"$ref": "#/definitions/when_of_one_message"}


def channel() -> Schema:
    """A channel's file, or default.yaml; it refers to `definitions`."""
    values: dict[str, Schema] = {
        "policies": {"type": "array", "items": {"$ref": "#/definitions/policy"}, "minItems": 1},
        "automation": {"anyOf": [*NAMES["anyOf"], _automation()]},
        "hand_over": PATTERNS,
        "holding": PATTERNS,
        "no_reply": one_or_many({"$ref": "#/definitions/no_reply"}, maxItems=MOST),
    }
    return mapping(RulesKeys, values, never_empty=("automation", "hand_over", "holding", "no_reply"))


def definitions() -> dict[str, Schema]:
    """What `channel` refers to."""
    return {"policy": _policy(), "no_reply": _no_reply(), "when": when(), "when_of_one_message": when(alone=True)}


def _policy() -> Schema:
    who: Schema = {"enum": [str(by) for by in AnsweredBy]}
    by_target = {
        "type": "object",
        "properties": {str(target): {"description": "Who may end it", **who} for target in SWITCHED},
        "additionalProperties": False,
    }
    values = {
        **dict.fromkeys(TARGETS, LENGTH),
        "when": WHEN,
        "valid": mapping(ValidKeys, {"from": DAY_OR_MOMENT, "until": DAY_OR_MOMENT}),
        "answered_by": {"anyOf": [who, by_target]},
        "stages": {"type": "array", "items": _stage()},
        "objective": mapping(ObjectiveKeys, {"share": SHARE}),
    }
    return mapping(PolicyKeys, values) | {"anyOf": [{"required": [target]} for target in SUFFICIENT]}


def _stage() -> Schema:
    often = {"type": "integer", "minimum": 2, "maximum": MOST_OFTEN}
    stage = mapping(StageKeys, {"at": STAGE_AT, "repeat": SPAN_SCHEMA, "at_most": often})
    return stage | {"dependencies": {"until": ["repeat"], "at_most": ["repeat"]}}


def _automation() -> Schema:
    times = {"type": "integer", "minimum": FEWEST, "maximum": MOST_TIMES}
    return mapping(AutomationKeys, {"pattern": PATTERNS, "suspect": mapping(SuspectKeys, {"repeated": times})})


def _no_reply() -> Schema:
    reason = {
        "type": "string",
        "pattern": f"^(?:{REASON.pattern})$",
        "not": {"enum": [*map(str, Mark), "praise"]},
    }
    own = mapping(NoReplyKeys, {"reason": reason, "when": WHEN_ALONE})
    of_its_own = {"properties": {"reason": {"enum": list(BUILT_IN)}}}
    own |= {"if": {"not": of_its_own}, "then": {"required": ["when"]}}
    return {"anyOf": [{"enum": list(BUILT_IN)}, own]}
