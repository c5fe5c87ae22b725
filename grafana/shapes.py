"""What a board is, before Grafana's own JSON is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """PromQL and the name of its lines; `instant` asks for the newest value only."""

    expr: str
    legend: str = ""
    instant: bool = False
    format: str = "time_series"


@dataclass(frozen=True)
class Link:
    """Where to go from a panel."""

    title: str
    url: str


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
    empty: str = "No data: is slamon scraped?"
    """What is said when a query has no answer."""
    stack: bool = False
    limits: tuple[float | None, float | None] = (0, None)
    colours: dict[str, str] = field(default_factory=dict)
    mappings: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Value to (text, colour)."""
    never: str = ""
    """What stands for `promql.NEVER`."""
    options: Json = field(default_factory=dict)
    columns: tuple[Json, ...] = ()
    """Overrides of a table's columns."""
    transformations: tuple[Json, ...] = ()
    links: tuple[Link, ...] = ()
    """Beside those of its row."""
    data_links: tuple[Link, ...] = ()
    """From a single line or number."""


@dataclass(frozen=True)
class Row:
    """A heading, its panels, and where each of them leads."""

    title: str
    panels: tuple[Panel, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Board:
    """One board. Its uid never changes, so links to it stay good."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    since: str = "now-24h"
    refresh: str = "30s"
    variables: tuple[Json, ...] = ()
    """Beside those that all boards have."""


def number(title: str, description: str, unit: str, expr: str, **more: Any) -> Panel:  # noqa: ANN401 - fields of Panel
    """One big number."""
    shape = {"width": 4, "height": 4, **more}
    return Panel(title, description, unit, (Query(expr, title, instant=True),), "stat", **shape)


ALARM = ((0, "green"), (1, "red"))
NOTICE = ((0, "green"), (1, "orange"))
PLAIN = ((0, "blue"),)
