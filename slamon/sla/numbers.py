"""Comparisons with a number, as admins write them: `>= 10000`, or several that must all hold."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Span:
    """Whole numbers from `least` to `most`, both included."""

    least: float = -inf
    most: float = inf

    @classmethod
    def of(cls, comparison: str, number: int) -> Span:
        """The numbers of which `>=`, `<=`, `>`, `<` or `=` a number is true.

        :raises KeyError: another comparison.
        """
        return {
            ">=": cls(number),
            "<=": cls(most=number),
            ">": cls(number + 1),
            "<": cls(most=number - 1),
            "=": cls(number, number),
        }[comparison]

    def __contains__(self, number: float) -> bool:
        return self.least <= number <= self.most

    def __and__(self, other: Span) -> Span:
        return Span(max(self.least, other.least), min(self.most, other.most))

    def __bool__(self) -> bool:
        """Whether there is any number in it."""
        return self.least <= self.most

    def covers(self, other: Span) -> bool:
        """Whether every number of `other` lies in it."""
        return self & other == other
