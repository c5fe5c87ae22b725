"""Patterns of standing orders: a person writes them in a hurry, so they are held to the limits of the rules' own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from slamon.errors import UsageError
from slamon.rules._patience import LimitedPatience
from slamon.rules.patterns import parse_pattern
from slamon.sla.texts import matchable

if TYPE_CHECKING:
    import regex

    from slamon.sla.conditions_text import Patience

_compiled = lru_cache(maxsize=256)(parse_pattern)
_OWN = LimitedPatience()


def check_pattern(pattern: str) -> None:
    """Refuse what is no pattern, and what is found in every text.

    :raises UsageError: why.
    """
    try:
        compiled: regex.Pattern[str] = _compiled(pattern)
    except PydanticCustomError as error:
        context = error.context or {}
        hint = f" ({context['hint']})" if context.get("hint") else ""
        raise UsageError(f"the pattern {context.get('message')}{hint}") from None
    if _OWN.finds(compiled, ""):
        raise UsageError("the pattern is found in every message, even in an empty one")


class Finder:
    """Searches for patterns of standing orders; one that takes too long, or is none any more, is not found."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or _OWN

    def __call__(self, pattern: str, text: str) -> bool:
        """Whether the pattern is found in the text."""
        try:
            return self._patience.finds(_compiled(pattern), matchable(text))
        except PydanticCustomError:  # another version of the library took it once
            return False
