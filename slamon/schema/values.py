"""Values of keys that a second pass reads, as JSON Schema: what an editor can tell without the rest of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import DURATION_TEXT, ONE_TEXT, SPAN_TEXT, WORDS_SCHEMA, text_schema
from slamon.hours import DAYS, DAYS_HOW, WINDOW_HOW
from slamon.rules._dates import DATE_HOW
from slamon.rules._language import CODES as CODES_OF_LANGUAGES
from slamon.rules.patterns import LONGEST_PATTERN
from slamon.rules.policies import DATE_HOW as INSTANT_HOW
from slamon.rules.replies import MOST
from slamon.rules.stages import STAGE_HOW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.schema.models import Schema

LENGTH: Schema = {
    "anyOf": [
        text_schema(
            rf"{SPAN_TEXT}|(?=0*[1-9])[0-9]{{1,3}}\s*bd|off",
            "write 15m, 1h30m, 1bd for one open day, or off",
            "15m",
            "1bd",
        ),
        {"enum": [False]},
    ]
}
"""`off` is text to slamon, and `false` to editors that read YAML 1.1."""
ZONE_AT_END = r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2}){0,2}(?:[.,][0-9]+)?)"
YEAR_DAY = "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9])|(?:0[13-9]|1[0-2])-30|(?:0[13578]|1[02])-31)"
DAY_TEXT = f"[0-9]{{4}}-{YEAR_DAY}"
MOMENT_TEXT = rf"[0-9]{{4}}-?(?:[0-9]{{2}}-?[0-9]{{2}}|W[0-9]{{2}}(?:-?[0-9])?).[0-9]{{2}}[0-9:.,]*{ZONE_AT_END}"
DAY_OR_MOMENT = text_schema(f"{DAY_TEXT}|{MOMENT_TEXT}", INSTANT_HOW, "2026-11-27", "2026-11-27T08:00:00+01:00")
NOT_NOTHING = r"(?![0.]*\s*%)"
PART = rf"{NOT_NOTHING}0?[0-9]{{1,2}}(?:\.[0-9]{{1,4}})?\s*%"
STAGE_AT = text_schema(rf"{PART}|100(?:\.0{{1,4}})?\s*%|\+\s*(?:{SPAN_TEXT})", STAGE_HOW, "50%", "100%", "+30m")
SHARE = text_schema(PART, "write a share below 100%: 95%", "95%")
PATTERN: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_PATTERN}
NUMBER: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        text_schema(r"(?:>=|<=|>|<|=)?\s*[0-9]{1,15}", 'write ">= 10000" or "< 5"', ">= 10000"),
    ]
}
AGE = text_schema(rf"(?:>=|<=|>|<)\s*(?:{DURATION_TEXT})", 'write "> 7d" or "< 1h"', "> 7d", "< 1h")
CLOCK = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"
WINDOW = text_schema(
    rf"(?!({CLOCK})\s*-\s*\1\s*$){CLOCK}\s*-\s*(?:{CLOCK}|24:00)", WINDOW_HOW, "09:00-17:00", "22:00-06:00"
)


def in_any_case(word: str) -> str:
    """A pattern for `word` however it is capitalised: JSON Schema has no such switch."""
    return "".join(f"[{char}{char.upper()}]" if char.islower() else char for char in word)


DAY = f"(?:{'|'.join(map(in_any_case, DAYS))})"
DAY_RANGE = rf"{DAY}(?:\s*-\s*{DAY})?"
DAYS_TEXT = rf"\s*{DAY_RANGE}(?:\s*,\s*{DAY_RANGE})*\s*"
WEEKDAYS = text_schema(DAYS_TEXT, DAYS_HOW, "mon-fri", "sat-sun", "sat")
YEAR = "(?:19[789][0-9]|20[0-9]{2}|2100)"
DATE_TEXT = rf"{YEAR}-{YEAR_DAY}(?:\s*\.\.\s*{YEAR}-{YEAR_DAY})?|{YEAR_DAY}(?:\s*\.\.\s*{YEAR_DAY})?"
DATES = text_schema(DATE_TEXT, DATE_HOW)
CODES = "|".join(CODES_OF_LANGUAGES.split())


def one_or_many(value: Schema, **limits: object) -> Schema:
    """One such value, or a list of them within `limits`, such as `minItems`."""
    return {"anyOf": [value, {"type": "array", "items": value} | limits]}


def loosely(words: Iterable[str]) -> Schema:
    """One of these words, however it is capitalised and its parts are joined."""
    known = [str(word) for word in words]
    pattern = "|".join(in_any_case(word).replace("_", "[_ -]") for word in known)
    return {"anyOf": [{"enum": known}, text_schema(pattern, f"write one of {', '.join(known)}")]}


NAME = ONE_TEXT
NAMES = WORDS_SCHEMA
PATTERNS = one_or_many(PATTERN, maxItems=MOST)
NUMBERS = one_or_many(NUMBER, minItems=1)
WINDOWS = one_or_many(WINDOW)
HOURS: Schema = {"anyOf": [{"const": "closed"}, *one_or_many(WINDOW, minItems=1)["anyOf"]]}
