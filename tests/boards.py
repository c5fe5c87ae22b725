"""The boards of grafana/dashboards as tests read them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from metrics_world import ROOT
from slamon.metrics.catalogue import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = dict[str, Any]

GRAFANA = ROOT / "grafana"
BOARDS: dict[str, Json] = {
    path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))
}
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}
EXPORTED = {family.name + suffix: family for family in FAMILIES for suffix in SUFFIXES.get(family.type, ("",))}
CHOSEN = {
    "$__rate_interval": "1m",
    "$channel": ".*",
    "$policy": ".*",
    "$market": ".*",
    "$brand": ".*",
    "$desk": ".*",
    "$utc_offset": "-5",
}


@dataclass(frozen=True)
class Asked:
    """One query, and where it stands."""

    where: str
    expr: str

    @property
    def resolved(self) -> str:
        """As Grafana would send it with everything chosen."""
        expr = self.expr
        for name, value in CHOSEN.items():
            expr = expr.replace(name, value)
        assert not re.search(r"\$[a-z_]", expr), self
        return expr


def panels(board: Json) -> list[Json]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries() -> Iterator[Asked]:
    """Every query of every panel, annotation and variable; of a variable, the metric whose labels it lists."""
    for name, board in BOARDS.items():
        for panel in panels(board):
            for target in panel["targets"]:
                yield Asked(f"{name}: {panel['title']}: {target['refId']}", target["expr"])
        for annotation in board["annotations"]["list"]:
            if "target" in annotation:
                yield Asked(f"{name}: annotation {annotation['name']}", annotation["target"]["expr"])
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = listed(variable)
                chosen = f'{metric.removesuffix("}")}{"," if "{" in metric else "{"}{label}!=""}}'
                yield Asked(f"{name}: variable {variable['name']}", f"count by ({label}) ({chosen})")


def listed(variable: Json) -> tuple[str, str]:
    """The series and the label of a `label_values`."""
    found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
    assert found, variable
    return found[1], found[2]
