"""A rule for Prometheus as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

CRITICAL: Severity = "critical"
"""Somebody should look now."""
WARNING: Severity = "warning"
"""Somebody should look on the next working day."""

if TYPE_CHECKING:
    from typing import TypeAlias

    Severity: TypeAlias = Literal["critical", "warning", "none"]
    Board: TypeAlias = Literal["slamon-now", "slamon-channel", "slamon-objectives", "slamon-itself"]


@dataclass(frozen=True, slots=True)
class Record:
    """A series that is computed ahead; its name is `level:metric:operation`."""

    name: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that somebody has to hear of. Texts are Go templates, as Prometheus takes them."""

    name: str
    expr: str
    severity: Severity
    summary: str
    description: str
    board: Board = "slamon-itself"
    """The uid of the board on which it can be seen."""
    held: str = ""
    """How long it must be so before anybody hears of it: Prometheus' `for`."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are computed one after the other, at one instant."""

    name: str
    about: str
    """A comment above it, for who reads the file."""
    rules: tuple[Record | Alert, ...]
    interval: str = ""
    """How often; empty: as Prometheus is configured."""
