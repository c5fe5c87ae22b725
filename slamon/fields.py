"""Kinds of values that people write in YAML: durations, yes and no, zones, lists of names."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from slamon.model import DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.model import Millis

UNITS = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": 1}
UNIT_NAMES = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"), (1, "millisecond"))
LONGEST: Millis = 3_660 * DAY
SHOWN = 12
SHAPE = re.compile(r"(?:\d{1,15}(?:ms|[dhms]) ?)+", re.ASCII)
PART = re.compile(r"(\d+)(ms|[dhms])", re.ASCII)
ZONE_HOW = "write an IANA name such as Europe/Berlin, or UTC"
HOW = "write a number and a unit: 500ms, 60s, 15m, 8h, 2d, or 1h30m"
DURATION_TEXT = "(?=[0-9])" + "".join(f"(?:[0-9]{{1,15}}{unit} ?)?" for unit in UNITS)
"""As `SHAPE`, for editors: the largest unit first, each once."""
SPAN_TEXT = f"(?=[^1-9]*[1-9]){DURATION_TEXT}"


def mistake(message: str, hint: str = "") -> PydanticCustomError:
    """The error that a validator raises for a person: what is wrong, and what to write instead."""
    return PydanticCustomError("mistake", "{message}", {"message": message, "hint": hint})


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that `word` was probably meant to be."""
    return next(iter(get_close_matches(word.lower(), sorted(known), n=1, cutoff=cutoff)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a name that nobody knows: the nearest known one, else the first dozen of them."""
    names = sorted(known)
    near = nearest(word, names)
    if near:
        return f"did you mean `{near}`?"
    more = ", …" if len(names) > SHOWN else ""
    return f"known: {', '.join(names[:SHOWN])}{more}" if names else ""


def parse_duration(value: object) -> Millis:
    """Milliseconds of a duration as people write it: `500ms`, `60s`, `15m`, `8h`, `2d`, `1h30m`; `0s` is one too.

    :raises PydanticCustomError: anything else, units out of order, or more than ten years.
    """
    if isinstance(value, bool | float) or not isinstance(value, int | str):
        raise mistake("should be a duration", HOW)
    text = str(value).strip()
    if text.isdecimal():
        raise mistake(f"{text[:20]} has no unit", f"perhaps {text[:20]}s or {text[:20]}m")
    if not SHAPE.fullmatch(text):
        raise mistake(f"`{text[:40]}` is no duration", HOW)
    parts = [(int(number), UNITS[unit]) for number, unit in PART.findall(text)]
    units = [unit for _, unit in parts]
    if units != sorted(set(units), reverse=True):
        raise mistake(f"`{text[:40]}` is no duration", "largest unit first, each once: 1h30m")
    total = sum(number * unit for number, unit in parts)
    if total > LONGEST:
        raise mistake(f"`{text[:40]}` is longer than ten years")
    return total


def parse_span(value: object) -> Millis:
    """As `parse_duration`, but longer than nothing."""
    span = parse_duration(value)
    if not span:
        raise mistake("should be longer than 0")
    return span


def duration_words(span: Millis) -> str:
    """`span` in English: `1 hour 30 minutes`."""
    words, rest = [], span
    for unit, name in UNIT_NAMES:
        number, rest = divmod(rest, unit)
        if number:
            words.append(f"{number} {name}{'s' if number != 1 else ''}")
    return " ".join(words) or "0 seconds"


def find_zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name.

    :raises PydanticCustomError: there is none; the message suggests the nearest.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # unknown, a path, a folder such as `Europe`, a key too long
        near = get_close_matches(name, available_timezones(), n=1)
        hint = f"did you mean `{near[0]}`?" if near else ZONE_HOW
        raise mistake(f"`{name[:60]}` is no time zone", hint) from None


def _yes_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in {"yes", "no"}:
        return value == "yes"
    raise mistake("should be `yes` or `no`")


def _zone_name(value: object) -> str:
    if not isinstance(value, str):
        raise mistake("should be a time zone", ZONE_HOW)
    return find_zone(value).key


def parse_words(value: object) -> tuple[str, ...]:
    """One text or a list of texts.

    :raises PydanticCustomError: anything else, or an empty text.
    """
    entries = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, str) and entry for entry in entries):
        raise mistake("should be text, or a list of texts", "put numbers in quotes")
    return tuple(entries)


def text_schema(pattern: str, how: str, *examples: str) -> dict[str, Any]:
    """What an editor is told of a text that as a whole has a shape; blanks around it do not matter."""
    schema: dict[str, Any] = {"type": "string", "pattern": rf"^\s*(?:{pattern})\s*$", "patternErrorMessage": how}
    return schema | ({"examples": list(examples)} if examples else {})


ONE_TEXT = {"type": "string", "minLength": 1}
YES_NO_SCHEMA = {"enum": ["yes", "no", True, False]}
WORDS_SCHEMA = {"anyOf": [ONE_TEXT, {"type": "array", "items": ONE_TEXT}]}
COMMON_ZONES = (
    "UTC Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Istanbul Europe/Lisbon Europe/London Europe/Madrid "
    "Europe/Paris Europe/Rome Europe/Stockholm Europe/Vienna Europe/Warsaw Europe/Zurich Africa/Cairo "
    "Africa/Johannesburg Africa/Lagos America/Bogota America/Chicago America/Denver America/Los_Angeles "
    "America/Mexico_City America/New_York America/Sao_Paulo America/Toronto Asia/Dubai Asia/Hong_Kong Asia/Jakarta "
    "Asia/Kolkata Asia/Manila Asia/Shanghai Asia/Singapore Asia/Tokyo Australia/Sydney Pacific/Auckland"
)
"""What editors suggest: all there are differ from machine to machine."""
ZONE_SCHEMA = text_schema("[A-Za-z][A-Za-z0-9_+/-]*", ZONE_HOW, *COMMON_ZONES.split())
DURATION_SCHEMA = text_schema(DURATION_TEXT, HOW, "60s", "15m", "24h")
SPAN_SCHEMA = text_schema(SPAN_TEXT, HOW, "60s", "15m", "24h")

Duration: TypeAlias = Annotated[int, BeforeValidator(parse_duration), WithJsonSchema(DURATION_SCHEMA)]
"""Milliseconds, written as a duration; may be 0."""
Span: TypeAlias = Annotated[int, BeforeValidator(parse_span), WithJsonSchema(SPAN_SCHEMA)]
"""Milliseconds, written as a duration longer than 0."""
YesNo: TypeAlias = Annotated[bool, BeforeValidator(_yes_no), WithJsonSchema(YES_NO_SCHEMA)]
"""A switch, written yes or no, or true or false."""
ZoneName: TypeAlias = Annotated[str, BeforeValidator(_zone_name), WithJsonSchema(ZONE_SCHEMA)]
"""An IANA time zone that exists on this machine."""
Words: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(parse_words), WithJsonSchema(WORDS_SCHEMA)]
"""One text or a list of texts."""
