"""What a panel is, before Grafana's own JSON is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CHANNEL = 'channel=~"$channel"'


@dataclass(frozen=True)
class Query:
    """PromQL and the name of its lines; `instant` asks for the newest value only."""

    expr: str
    legend: str = ""
    instant: bool = False
    format: str = "time_series"


@dataclass(frozen=True)
class Panel:
    """One panel on a grid 24 wide. `steps` are (from, colour), the first one the base."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    type: str = "timeseries"
    width: int = 8
    height: int = 8
    steps: tuple[tuple[float, str], ...] = ((0, "green"),)
    empty: str = ""
    """What an empty answer means, where it means something."""
    stack: bool = False
    limits: tuple[float | None, float | None] = (0, None)
    colours: dict[str, str] = field(default_factory=dict)
    mappings: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Value to (text, colour)."""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A heading and its panels."""

    title: str
    panels: tuple[Panel, ...]


def number(title: str, description: str, unit: str, expr: str, **more: Any) -> Panel:  # noqa: ANN401 - fields of Panel
    """One big number."""
    return Panel(title, description, unit, (Query(expr, instant=True),), "stat", width=4, height=4, **more)


ALARM = ((0, "green"), (1, "red"))
