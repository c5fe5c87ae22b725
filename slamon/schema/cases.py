"""A file of rules/tests/ as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import DURATION_TEXT, YES_NO_SCHEMA, text_schema
from slamon.model import Kind, Role, Settled, Target
from slamon.rules.case_keys import (
    LONGEST_ID,
    NOTHING,
    TIME_HOW,
    AnnouncedKeys,
    CaseFileKeys,
    CaseKeys,
    EditKeys,
    ExpectKeys,
    MessageKeys,
    Outcome,
    ReloadKeys,
)
from slamon.schema import calendars, rules, words
from slamon.schema.models import mapping, nullable
from slamon.schema.values import MOMENT_TEXT, in_any_case, loosely, one_or_many

if TYPE_CHECKING:
    from slamon.schema.models import Schema

NONE = "|".join(in_any_case(word) for word in NOTHING)
TIME = text_schema(MOMENT_TEXT, TIME_HOW, "2026-11-21T15:45:00+01:00")
TIME_OR_NONE = nullable(
    text_schema(f"{MOMENT_TEXT}|{NONE}", f"{TIME_HOW}; or none", "2026-11-21T15:45:00+01:00", "none")
)
ELAPSED: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        text_schema(f"{DURATION_TEXT}|{NONE}", "write a duration such as 17h35m, or a number of seconds", "17h35m"),
        {"type": "null"},
    ]
}
NAME: Schema = {"type": ["string", "integer"], "minLength": 1, "maxLength": LONGEST_ID}
TEXT: Schema = {"type": ["string", "integer", "boolean", "null"]}
"""A customer may say just `yes`, which is `true` to editors that read YAML 1.1."""
TEXT_OR_NONE: Schema = {"type": ["string", "integer", "null"]}
HANDLES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
MARK = {"anyOf": [{"type": "string"}, YES_NO_SCHEMA], "examples": ["yes", "blue", "business", "government"]}


def cases() -> Schema:
    """The whole file; it refers to `definitions`."""
    values = {
        "channel": NAME,
        "messages": {"type": "array", "items": _message(), "minItems": 1},
        "at": TIME,
        "expect": one_or_many(_defined("row")),
        "reload": one_or_many(_defined("reload")),
    }
    return mapping(CaseFileKeys, {"cases": {"type": "array", "items": mapping(CaseKeys, values), "minItems": 1}})


def definitions() -> dict[str, Schema]:
    """What `cases` refers to: rules may stand in a case."""
    return {
        "edit": mapping(EditKeys, {"at": TIME, "text": TEXT}),
        "row": _row(),
        "announced": _announced(),
        "reload": mapping(ReloadKeys, {"at": TIME, "rules": _rules()}),
        **rules.definitions(),
        **calendars.definitions(),
        **words.definitions(),
        "channel": rules.channel(),
        "calendars": calendars.calendars(),
        "words": words.words(),
    }


def _defined(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _message() -> Schema:
    values = {
        "from": loosely(Role),
        "at": TIME,
        "text": TEXT,
        "edited": one_or_many(_defined("edit")),
        "verified": MARK,
        "kind": _or_none(loosely(Kind)),
        "mentions": HANDLES,
        **dict.fromkeys(("id", "name", "in_reply_to", "thread"), NAME),
        **dict.fromkeys(("gone_at", "hidden_at"), TIME_OR_NONE),
    }
    return mapping(MessageKeys, values)


def _row() -> Schema:
    values = {
        **dict.fromkeys(("customer", "policy", "reason", "stage"), TEXT_OR_NONE),
        **dict.fromkeys(("due", "started", "answered"), TIME_OR_NONE),
        **dict.fromkeys(("elapsed", "business"), ELAPSED),
        "target": _or_none(loosely(Target)),
        "status": _or_none(loosely(Outcome)),
        "settled": _or_none(loosely(Settled)),
        "announced": one_or_many(_defined("announced")),
    }
    return mapping(ExpectKeys, values)


def _announced() -> Schema:
    told = mapping(AnnouncedKeys, {"stage": TEXT_OR_NONE, "at": TIME_OR_NONE, "to": TEXT_OR_NONE})
    return {"anyOf": [told, {"type": "string"}]}


def _or_none(value: Schema) -> Schema:
    return {"anyOf": [*value["anyOf"], text_schema(NONE, "write none"), {"type": "null"}]}


def _rules() -> Schema:
    """A folder or a file by name, YAML as text, policies, or files by name."""
    policies = {"type": "array", "items": _defined("policy")}
    file = {"anyOf": [_defined("channel"), policies, {"type": "string"}]}
    shared = {
        name: {
            "description": f"What stands in {name}.yaml, with its first key or without",
            "anyOf": [_defined(name), whole()["properties"][name], {"type": "string"}],
        }
        for name, whole in (("calendars", calendars.calendars), ("words", words.words))
    }
    files: Schema = {"type": "object", "properties": shared, "additionalProperties": file, "minProperties": 1}
    channel = rules.channel()
    beside = channel | {"properties": channel["properties"] | shared}
    in_place = {"if": {"required": ["policies"]}, "then": beside, "else": files}
    return {"anyOf": [{"type": "string"}, policies, {"type": "object", **in_place}]}
