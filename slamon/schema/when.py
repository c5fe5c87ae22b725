"""What may stand under `when`, as JSON Schema: a line for each condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import YES_NO_SCHEMA, ZONE_SCHEMA, text_schema
from slamon.model import Kind
from slamon.rules._when_author import MARKS
from slamon.rules._when_text import LANGUAGE_HOW
from slamon.rules.when import CONDITIONS
from slamon.rules.words import BUILT_IN
from slamon.schema.values import AGE, CODES, NAME, NAMES, NUMBERS, PATTERN, WEEKDAYS, WINDOW, one_or_many

if TYPE_CHECKING:
    from slamon.schema.models import Schema


def _zoned(key: str, value: Schema) -> Schema:
    """A value in the zone of the policy's calendar, or in one of its own."""
    values = one_or_many(value)
    own = {
        key: {"description": "One, or a list", **values},
        "timezone": {"description": "The zone that it is meant in", **ZONE_SCHEMA},
    }
    whole = {"type": "object", "properties": own, "required": [key], "additionalProperties": False}
    return {"anyOf": [*values["anyOf"], whole]}


LANGUAGE = f"(?:{CODES}|[A-Z][A-Za-z]|[a-z][A-Z]|[A-Za-z]{{3}})(?:[-_][A-Za-z0-9]{{2,8}})*"
"""Upper and lower case are the same; in lower case, as most write it, two letters are looked at."""
VALUES: dict[str, Schema] = {
    "kind": one_or_many({"enum": [str(kind) for kind in Kind]}),
    "channel": NAMES,
    "platform": NAMES,
    "filtered": YES_NO_SCHEMA,
    "author.followers": NUMBERS,
    "author.verified": {"anyOf": [YES_NO_SCHEMA, *one_or_many({"enum": list(MARKS)})["anyOf"]]},
    "author.handle": NAMES,
    "author.name": NAMES,
    "author.list": NAME,
    "text": PATTERN,
    "question": YES_NO_SCHEMA,
    "length": NUMBERS,
    "language": one_or_many(text_schema(LANGUAGE, LANGUAGE_HOW, "de", "en", "pt-BR")),
    "words": one_or_many({"anyOf": [{"enum": list(BUILT_IN)}, NAME]}),
    "whole": {"enum": ["yes", True]},
    "reach": NUMBERS,
    "rating": NUMBERS,
    "messages": NUMBERS,
    "hour": _zoned("between", WINDOW),
    "days": _zoned("on", WEEKDAYS),
    "thread.permalink": NAMES,
    "thread.text": PATTERN,
    "thread.hashtag": one_or_many(text_schema(r"#?[^\s#]+", "one word; text that begins with # needs quotes")),
    "thread.ad": YES_NO_SCHEMA,
    "thread.age": AGE,
    "thread.commenters": NUMBERS,
}
"""What each condition is compared with."""
OF_THE_WAIT = ("messages", "filtered")
"""Conditions that a message by itself cannot answer, beside those on its thread."""
BESIDE = {"whole": ["words"]}
"""Conditions that need another one."""


def when(*, alone: bool = False) -> Schema:
    """The mapping of conditions; `alone`: on a message by itself, and at least one."""
    keys = [key for key in CONDITIONS if not (alone and (key in OF_THE_WAIT or key.startswith("thread.")))]
    properties = {key: {"description": CONDITIONS[key].description} | VALUES[key] for key in keys}
    schema = {"type": "object", "properties": properties, "dependencies": BESIDE, "additionalProperties": False}
    return schema | ({"minProperties": 1} if alone else {})
