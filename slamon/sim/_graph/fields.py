"""The Graph API's request language: `fields=a,b{c},comments.filter(stream).limit(1){id}`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.sim._graph.refusals import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_MODIFIER = re.compile(r"\.([a-z_]+)\(([^(){}]*)\)")
DEPTH = 6


@dataclass(frozen=True, slots=True)
class Field:
    """One field or edge that is asked for: modifiers by name, and what is asked of what stands there."""

    name: str
    modifiers: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Field, ...] | None = None
    """`None`: nothing is said, so the default fields."""

    @property
    def key(self) -> str:
        """Under which name it comes: `as` gives another."""
        return self.modifiers.get("as", self.name)


def parsed(text: str) -> tuple[Field, ...]:
    """The fields of a request.

    :raises GraphError: code 2500, as the Graph API says of a list that it cannot read.
    """
    reading = _Reading(text)
    found = reading.fields(0)
    if reading.place != len(text):
        raise reading.error()
    return found


class _Reading:
    """Walks through the text once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def fields(self, depth: int) -> tuple[Field, ...]:
        if depth > DEPTH:
            raise self.error()
        found = [self.field(depth)]
        while self.takes(","):
            found.append(self.field(depth))
        return tuple(found)

    def field(self, depth: int) -> Field:
        name = _NAME.match(self.text, self.place)
        if not name:
            raise self.error()
        self.place = name.end()
        modifiers: dict[str, str] = {}
        while modifier := _MODIFIER.match(self.text, self.place):
            modifiers[modifier[1]] = modifier[2]
            self.place = modifier.end()
        if not self.takes("{"):
            return Field(name[0], modifiers)
        parts = self.fields(depth + 1)
        if not self.takes("}"):
            raise self.error()
        return Field(name[0], modifiers, parts)

    def takes(self, sign: str) -> bool:
        if self.text[self.place : self.place + 1] != sign:
            return False
        self.place += 1
        return True

    def error(self) -> GraphError:
        return GraphError(2500, f"Syntax error at character {self.place} of the fields")
