"""JSON Schema of every file that admins write, made from the models that read them, so that editors help."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slamon.connectors import found
from slamon.schema import calendars, cases, rules, words
from slamon.schema.config import config

if TYPE_CHECKING:
    from slamon.schema.models import Schema

DRAFT = "http://json-schema.org/draft-07/schema#"
FILES = {
    "config": "config.schema.json",
    "rules": "rules.schema.json",
    "calendars": "calendars.schema.json",
    "words": "words.schema.json",
    "tests": "rule-tests.schema.json",
}
"""Each language, and the file that its schema is written to."""
TITLES = {
    "config": "slamon: config.yaml",
    "rules": "slamon: rules/CHANNEL.yaml and rules/default.yaml",
    "calendars": "slamon: rules/calendars.yaml",
    "words": "slamon: rules/words.yaml",
    "tests": "slamon: rules/tests/*.yaml",
}


def schemas() -> dict[str, Schema]:
    """The schema of each language, by the names of `FILES`."""
    bodies = {
        "config": config({name: connector.Settings for name, connector in found().items()}),
        "rules": rules.channel() | {"definitions": rules.definitions()},
        "calendars": calendars.calendars() | {"definitions": calendars.definitions()},
        "words": words.words() | {"definitions": words.definitions()},
        "tests": cases.cases() | {"definitions": cases.definitions()},
    }
    return {name: whole(name, body) for name, body in bodies.items()}


def whole(name: str, body: Schema) -> Schema:
    """A schema that says which draft it is written in, and of what."""
    return {"$schema": DRAFT, "title": TITLES[name], **body}


def as_text(schema: Schema) -> str:
    """A schema as it is written to a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
