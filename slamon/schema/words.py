"""rules/words.yaml as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.rules.words import BUILT_IN, LONGEST, NAME, WordsKeys
from slamon.schema.models import mapping
from slamon.schema.values import CODES
from slamon.sla.words import ANY

if TYPE_CHECKING:
    from slamon.schema.models import Schema

USUAL = (ANY, "de", "en", "es", "fr", "it", "nl", "pt")
"""What editors suggest under a list's name."""
LANGUAGE = f"(?:{CODES}|[a-z]{{3}})(?:-[a-z0-9]{{2,8}})*"


def words() -> Schema:
    """The whole file; it refers to `definitions`."""
    either: Schema = {"anyOf": [{"$ref": "#/definitions/entries"}, {"$ref": "#/definitions/entries_by_language"}]}
    lists = {
        "type": "object",
        "properties": {
            name: {"description": "Beside what slamon ships under this name", **either} for name in BUILT_IN
        },
        "patternProperties": {f"^(?:{NAME.pattern})$": either},
        "additionalProperties": False,
    }
    return mapping(WordsKeys, {"words": lists, "without": lists})


def definitions() -> dict[str, Schema]:
    """What `words` refers to."""
    entry = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    entries: Schema = {"$ref": "#/definitions/entries"}
    by_language = {
        "type": "object",
        "properties": {language: {"description": _language(language), "allOf": [entries]} for language in USUAL},
        "patternProperties": {f"^(?:{LANGUAGE})$": entries},
        "additionalProperties": False,
    }
    return {"entries": {"type": "array", "items": entry, "minItems": 1}, "entries_by_language": by_language}


def _language(code: str) -> str:
    return "Words in every language" if code == ANY else f"Words in texts of the language `{code}`, or of none known"
