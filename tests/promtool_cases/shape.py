from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNBOOKS = "https://github.com/slamon/slamon/blob/main/docs/runbooks.md"
GRAFANA = "http://127.0.0.1:3000/d"


@dataclass(frozen=True)
class Fires:
    """One alert that is expected, word for word. `severity` and the rest are its labels."""

    severity: str
    summary: str
    description: str
    labels: Mapping[str, str] = field(default_factory=dict)
    board: str = "slamon-itself"
    about: str = ""
    """What the link to the board ends with."""

    def expected(self, alert: str) -> dict[str, object]:
        return {
            "exp_labels": {"severity": self.severity, **self.labels},
            "exp_annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{RUNBOOKS}#{alert.lower()}",
                "dashboard_url": f"{GRAFANA}/{self.board}{self.about}",
            },
        }


@dataclass(frozen=True)
class Look:
    """At that time, these alerts of that name fire and no others."""

    at: str
    alert: str
    fires: tuple[Fires, ...] = ()


@dataclass(frozen=True)
class Case:
    name: str
    series: Mapping[str, str]
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class Book:
    """The cases of one file, with one step of time."""

    name: str
    about: str
    interval: str
    """Between two scrapes."""
    every: str
    """Between two evaluations."""
    cases: tuple[Case, ...]
