from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from metrics_world import ROOT
from slamon.metrics.catalogue import FAMILIES

if TYPE_CHECKING:
    from pathlib import Path

GRAFANA = ROOT / "grafana"
BOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards/slamon.json").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
EXPORTED = {
    family.name + suffix
    for family in FAMILIES
    for suffix in (("_bucket", "_sum", "_count") if family.type == "histogram" else ("",))
}
titled = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])


def test_the_board_is_what_the_generator_writes(tmp_path: Path) -> None:
    written = tmp_path / "slamon.json"
    subprocess.run([sys.executable, GRAFANA / "generate.py", written], check=True, capture_output=True)
    assert written.read_text() == (GRAFANA / "dashboards/slamon.json").read_text(), "run `python grafana/generate.py`"


def test_the_board_loads_in_grafana_ten_to_thirteen_under_a_stable_address() -> None:
    assert BOARD["schemaVersion"] == 38
    assert BOARD["uid"] == "slamon"
    assert "id" not in BOARD


def test_the_board_can_be_turned_to_any_prometheus_and_channel() -> None:
    variables = {variable["name"]: variable for variable in BOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    assert variables["channel"]["query"]["query"] == "label_values(slamon_channel_info, channel)"


@titled
def test_every_panel_says_what_it_shows_and_in_which_unit(panel: dict[str, Any]) -> None:
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]


@titled
def test_every_query_asks_the_chosen_prometheus_for_metrics_that_exist(panel: dict[str, Any]) -> None:
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"]["uid"] == "${datasource}"
        asked = set(re.findall(r"slamon_\w+", target["expr"]))
        assert asked
        assert asked <= EXPORTED


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    cells: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        taken = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not taken & cells, panel["title"]
        cells |= taken


def test_provisioning_names_one_source_and_one_folder_of_boards() -> None:
    sources = yaml.safe_load((GRAFANA / "provisioning/datasources/slamon.yaml").read_text())
    boards = yaml.safe_load((GRAFANA / "provisioning/dashboards/slamon.yaml").read_text())
    assert [(source["type"], source["access"]) for source in sources["datasources"]] == [("prometheus", "proxy")]
    assert [provider["type"] for provider in boards["providers"]] == ["file"]
