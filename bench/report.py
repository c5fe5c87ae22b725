"""Figures as lines; a ratio past its limit is a regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement; ratios carry the limit past which something is wrong."""

    name: str
    value: float
    unit: str
    yardstick: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def regressed(self) -> bool:
        """Whether it is past its limit."""
        over = self.at_most is not None and self.value > self.at_most
        return over or (self.at_least is not None and self.value < self.at_least)

    def line(self) -> str:
        """For the terminal."""
        limits = [
            f"{word} {limit:g}" for word, limit in (("limit", self.at_most), ("at least", self.at_least)) if limit
        ]
        notes = [f"yardstick {self.yardstick}"] if self.yardstick else []
        verdict = ["REGRESSED"] if self.regressed else []
        return f"  {self.name:<48} {_number(self.value):>9} {self.unit:<6} {'; '.join([*notes, *limits, *verdict])}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], at: float) -> float:
    """The nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(at) // 100) - 1)]
