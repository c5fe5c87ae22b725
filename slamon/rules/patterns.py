"""Regular expressions that admins write."""

from __future__ import annotations

import re
from math import prod

import regex

from slamon.fields import mistake

LONGEST_PATTERN = 1_000
MOST_REPEATS = 10_000
"""Of all `{n}` in a pattern, multiplied: the library unrolls them, and would take all memory for `a{1000000000}`."""
REPEATS = re.compile(r"\{\s*(\d*)\s*(?:,\s*(\d*)\s*)?\}", re.ASCII)


def parse_pattern(value: object) -> regex.Pattern[str]:
    """A regular expression, without regard to upper and lower case.

    :raises PydanticCustomError: it is none, or too long, or repeats too much.
    """
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PATTERN:
        raise mistake(f"should be a regular expression of at most {LONGEST_PATTERN} characters", "refund|broken")
    counts = [int(number) for pair in REPEATS.findall(value) for number in pair if number]
    if prod(number or 1 for number in counts) > MOST_REPEATS:
        raise mistake(f"repeats more than {MOST_REPEATS} times", "write + or *")
    try:
        return regex.compile(value, regex.IGNORECASE)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        reason = str(error) if isinstance(error, regex.error) else "nested too deeply"
        raise mistake(
            f"is no regular expression: {reason}", "special characters need a backslash: \\( \\? \\+"
        ) from None
