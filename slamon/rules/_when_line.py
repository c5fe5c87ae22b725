"""What a line under `when` is to its reader."""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from slamon.fields import did_you_mean, mistake, parse_words
from slamon.sla.numbers import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import tzinfo

    from slamon.rules.facts import Scope
    from slamon.sla.subject import Condition

COMPARISON = re.compile(r"(>=|<=|>|<|=)?\s*(\d{1,15})", re.ASCII)
NUMBER_HOW = 'write ">= 10000" or "< 5"'

Build: TypeAlias = "Callable[[str, Any, Given], Condition | None]"


class Given(NamedTuple):
    """What a line may need beside its own value."""

    scope: Scope
    when: Mapping[str, Any]
    """All lines of this `when`, as they stand in the file."""
    zone: tzinfo | None = None
    """Of the policy's calendar; `None` around the clock."""


class Line(NamedTuple):
    """One kind of condition: what it says, for the manual, and how it is read."""

    description: str
    build: Build
    field: str | None = None
    """What the connector must deliver for it to make sense, as `Connector.delivers` names it."""


def several(value: object) -> tuple[str, ...]:
    """One text or a list of them: nothing would ever fit an empty list."""
    found = parse_words(value)
    if not found:
        raise mistake("is empty")
    return found


def chosen(value: object, known: Collection[str] | None, what: str) -> frozenset[str]:
    """The names in `value`; each must be known, where anything is known."""
    names = several(value)
    for name in names:
        if known is not None and name not in known:
            raise mistake(f"there is no {what} `{name[:60]}`", did_you_mean(name, known))
    return frozenset(names)


def switch(value: object) -> bool:
    """`yes` or `no`."""
    if isinstance(value, bool) or value in ("yes", "no"):
        return value in (True, "yes")
    raise mistake("should be `yes` or `no`")


def numbers(value: object, least: int = 0, most: float = inf) -> Span:
    """The numbers that a comparison, or each one of a list of them, is true of; some must be possible."""
    span = Span(least, most)
    several = isinstance(value, list) and len(value) > 1
    for each in value if isinstance(value, list) and value else [value]:
        match = None if isinstance(each, bool) else COMPARISON.fullmatch(str(each).strip())
        if match is None:
            raise mistake("should be a number, or a comparison with one", NUMBER_HOW)
        span &= Span.of(match[1] or "=", int(match[2]))
    if not span:
        possible = f"the numbers run from {least}" + (f" to {most:g}" if most < inf else "")
        raise mistake("can never hold", "all of them must hold at once" if several else possible)
    return span
