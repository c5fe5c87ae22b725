"""What every board must have, down to the last panel. tests/test_boards.py asks a real Prometheus their queries."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boards import BOARDS, CHOSEN, EXPORTED, GRAFANA, Asked, Json, listed, panels, queries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PANELS = [(name, panel) for name, board in BOARDS.items() for panel in panels(board)]
QUERIES = list(queries())
OTHERS = {
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
}
"""Of the process and of Prometheus itself; every process has them, so they are asked of slamon alone."""
FIXED = {"[1h]": "hour", "[6h]": "6 hours", "[1d]": "24 hours|1 day", "[3d]": "3 days", "[4w:1h]": "4 weeks"}
"""Times that a query may look back over, whatever the board shows, and how its panel says so."""

every_board = pytest.mark.parametrize("name", BOARDS)
every_panel = pytest.mark.parametrize("panel", [panel for _, panel in PANELS], ids=lambda panel: panel["title"])
every_query = pytest.mark.parametrize("asked", QUERIES, ids=lambda asked: asked.where)


def test_the_boards_are_what_the_generator_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, GRAFANA / "generate.py", tmp_path], check=True, capture_output=True)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text() for path in (GRAFANA / "dashboards").iterdir()}
    assert written == committed, "run `python grafana/generate.py`"


def test_there_are_four_boards_under_stable_addresses() -> None:
    assert {name: board["uid"] for name, board in BOARDS.items()} == {
        name: name for name in ("slamon-now", "slamon-channel", "slamon-objectives", "slamon-itself")
    }


@every_board
def test_a_board_loads_in_grafana_ten_to_thirteen(name: str) -> None:
    board = BOARDS[name]
    assert board["schemaVersion"] == 38
    assert "id" not in board
    assert "__inputs" not in board  # provisioning does not fill them in
    assert board["tags"] == ["slamon"]
    assert board["description"].endswith(".")
    kinds = {panel["type"] for panel in board["panels"]}
    assert kinds <= {"row", "stat", "timeseries", "bargauge", "table", "heatmap", "state-timeline"}


@every_board
def test_a_board_can_be_turned_to_any_prometheus_channel_policy_and_label(name: str) -> None:
    variables = {variable["name"]: variable for variable in BOARDS[name]["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    for chosen in ("market", "brand", "desk", "channel", "policy"):
        assert variables[chosen]["multi"], chosen
        assert variables[chosen]["includeAll"], chosen
        assert variables[chosen]["datasource"]["uid"] == "${datasource}"
        assert listed(variables[chosen])[1] == chosen
    assert "allValue" not in variables["channel"]  # `.*` would let in what market, brand and desk leave out
    assert variables["slamon_url"]["query"] == "http://127.0.0.1:9877"


@every_board
def test_a_variable_that_no_panel_of_a_board_asks_for_is_hidden(name: str) -> None:
    asked = str([panel["targets"] for panel in panels(BOARDS[name])])
    for variable in BOARDS[name]["templating"]["list"]:
        if variable["name"] in {"policy", "utc_offset"}:
            assert (variable["hide"] == 0) == (f"${variable['name']}" in asked), variable["name"]


@every_board
def test_a_board_marks_rules_starts_and_outages_and_leads_to_the_others(name: str) -> None:
    marks = {mark["name"]: mark for mark in BOARDS[name]["annotations"]["list"] if "target" in mark}
    assert set(marks) == {"Rules loaded", "slamon started", "Channel blind"}
    assert [mark["useValueForTime"] for mark in marks.values()] == [True, True, False]
    assert all(mark["datasource"]["uid"] == "${datasource}" for mark in marks.values())
    boards, queue = BOARDS[name]["links"]
    assert (boards["type"], boards["tags"], boards["includeVars"], boards["keepTime"]) == (
        "dashboards",
        ["slamon"],
        True,
        True,
    )
    assert queue["url"] == "${slamon_url}/"


@every_panel
def test_a_panel_says_what_it_shows_in_which_unit_and_what_no_answer_means(panel: Json) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["title"]
    assert re.search(r"\w{3}.*[.?]$", panel["description"])
    assert defaults["unit"]
    assert defaults["noValue"]


@every_panel
def test_a_panel_leads_somewhere_that_is_there(panel: Json) -> None:
    assert panel["links"]
    for link in (*panel["links"], *panel["fieldConfig"]["defaults"]["links"]):
        assert link["title"]
        if board := re.match(r"/d/([\w-]+)\?", link["url"]):
            assert board[1] in BOARDS
            assert "${__url_time_range}" in link["url"]
        elif page := re.match(r"https://github.com/slamon/slamon/blob/main/(.+)", link["url"]):
            assert (GRAFANA.parent / page[1]).is_file(), page[1]
        else:
            assert link["url"].startswith("${slamon_url}/")


@every_panel
def test_the_lines_of_a_panel_have_names(panel: Json) -> None:
    assert panel["targets"]
    refs = [target["refId"] for target in panel["targets"]]
    assert len(set(refs)) == len(refs)
    for target in panel["targets"]:
        assert target["datasource"]["uid"] == "${datasource}"
        assert target["instant"] is not target["range"]
        if panel["type"] == "table":
            assert (target["format"], target["instant"]) == ("table", True)
        else:
            assert target["legendFormat"] != "__auto"


@every_panel
def test_a_panel_names_the_times_that_its_queries_look_back_over(panel: Json) -> None:
    for target in panel["targets"]:
        for window in set(re.findall(r"\[[^]]+\]", target["expr"])) - {"[$__rate_interval]"}:
            if window == "[1h]" and "[4w:1h]" in target["expr"]:
                continue
            assert re.search(FIXED[window], f"{panel['title']} {panel['description']}"), window


@every_query
def test_a_query_asks_for_metrics_that_exist_and_of_the_chosen_channels_and_policies_only(asked: Asked) -> None:
    for metric, labels, _ in selectors(asked.expr):
        family = EXPORTED[metric]
        assert set(re.findall(r"(\w+)[=!]", labels)) <= {*family.labels, "le"}, metric
        for label in ("channel", "policy"):
            if label in family.labels and ": variable" not in asked.where and metric != "slamon_channel_info":
                assert f'{label}=~"${label}"' in labels, (metric, label)


@every_query
def test_a_counter_is_asked_how_fast_it_grows_and_nothing_else_is(asked: Asked) -> None:
    for metric, _, start in selectors(asked.expr):
        grows = asked.expr[:start].endswith(("rate(", "increase("))
        assert grows == (EXPORTED[metric].type in {"counter", "histogram"}), metric


@every_query
def test_a_rate_is_taken_over_the_interval_that_fits_the_scrapes(asked: Asked) -> None:
    assert all("[$__rate_interval]" in called for called in re.findall(r"rate\([^)]*\)", asked.expr))
    assert asked.resolved


@every_query
def test_metrics_that_every_process_has_are_asked_of_slamon_alone(asked: Asked) -> None:
    others = set(re.findall(r"\b(?:process|scrape|up)_\w+", asked.expr))
    assert others <= OTHERS
    assert not others or "and on (job, instance) slamon_build_info" in asked.expr


@every_board
def test_panels_have_ids_of_their_own_and_do_not_overlap(name: str) -> None:
    ids = [panel["id"] for panel in BOARDS[name]["panels"]]
    assert len(set(ids)) == len(ids)
    cells: set[tuple[int, int]] = set()
    for panel in BOARDS[name]["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        taken = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not taken & cells, panel["title"]
        cells |= taken


def test_every_metric_is_on_some_board() -> None:
    shown = {EXPORTED[metric].name for asked in QUERIES for metric, *_ in selectors(asked.expr)}
    assert {family.name for family in EXPORTED.values()} - shown == set()


def selectors(expr: str) -> Iterator[tuple[str, str, int]]:
    """Each metric of ours in `expr`, the labels that are asked for, and where it begins."""
    for found in re.finditer(r"\b(slamon_\w+)(?:\{([^}]*)\})?", expr):
        yield found[1], found[2] or "", found.start()


def test_every_variable_of_a_query_is_one_of_the_board() -> None:
    for name, board in BOARDS.items():
        there = {variable["name"] for variable in board["templating"]["list"]}
        for asked in QUERIES:
            if asked.where.startswith(f"{name}:"):
                used = set(re.findall(r"\$([a-z_]\w*)", asked.expr)) - {"__rate_interval"}
                assert used <= there & {chosen[1:] for chosen in CHOSEN}
