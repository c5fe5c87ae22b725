"""The rules for Prometheus: what they are made from, what they say, and what the real promtool makes of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics_world import ROOT
from promtool_cases import FILES, Book, as_text
from slamon.loading import load
from slamon.metrics.catalogue import FAMILIES
from slamon.model import DAY, HOUR, MINUTE
from slamon.promrules import ALERTING, RECORDING, Basis, Links, basis_of, files
from slamon.promrules.burn import PAIRS, REACHABLE, burns
from slamon.promrules.model import Alert, Record
from slamon.sla.policy import WHOLE, Objective
from slamon.yamlfile import dump, parse

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "exporters/prometheus"
CONFIG = ROOT / "config.example.yaml"
BOARDS = {"slamon-now", "slamon-channel", "slamon-objectives", "slamon-itself"}
OF_OTHERS = {"up"}
"""Series that Prometheus itself makes."""
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="needs promtool (Debian package prometheus)")

RECORDED, ALERTED = files(basis_of(*load(CONFIG, unsealed=False)), Links())
ALERTS = [rule for group in ALERTED.groups for rule in group.rules if isinstance(rule, Alert)]
RECORDS = [rule for group in RECORDED.groups for rule in group.rules if isinstance(rule, Record)]
EVERY: list[Record | Alert] = [*RECORDS, *ALERTS]
NAMES = sorted({alert.name for alert in ALERTS})


def promtool(*words: str, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    return subprocess.run([PROMTOOL, *words], cwd=folder, capture_output=True, text=True, check=False)


def without_version(text: str) -> str:
    return re.sub(r"\(version [0-9a-f]{12}\)", "", text)


# --- the committed files


@pytest.mark.parametrize("made", [RECORDED, ALERTED], ids=lambda made: made.name)
def test_the_committed_rules_are_those_of_the_example(made: Any) -> None:
    committed = (FOLDER / made.name).read_text(encoding="utf-8")
    again = "run: slamon generate rules --config config.example.yaml --out exporters/prometheus"
    assert without_version(committed) == without_version(made.text), again


@pytest.mark.parametrize("book", FILES, ids=lambda book: book.name)
def test_the_committed_cases_are_those_of_the_tables(book: Book) -> None:
    committed = (FOLDER / f"tests/{book.name}.test.yml").read_text(encoding="utf-8")
    assert committed == as_text(book), "run: PYTHONPATH=tests python -m promtool_cases"


def test_no_file_of_cases_is_left_over() -> None:
    assert {path.name for path in (FOLDER / "tests").iterdir()} == {f"{book.name}.test.yml" for book in FILES}


@pytest.mark.parametrize("made", [RECORDED, ALERTED], ids=lambda made: made.name)
def test_what_is_written_reads_back_as_what_was_meant(made: Any) -> None:
    assert parse(made.text.encode(), made.name).data == made.data


@needs_promtool
@pytest.mark.parametrize("name", [RECORDING, ALERTING])
def test_promtool_finds_no_fault_in_the_rules(name: str) -> None:
    checked = promtool("check", "rules", name)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "FAILED" not in checked.stdout


@needs_promtool
@pytest.mark.parametrize("book", FILES, ids=lambda book: book.name)
def test_every_alert_fires_and_is_silent_as_the_tables_say(book: Book) -> None:
    done = promtool("test", "rules", f"{book.name}.test.yml", folder=FOLDER / "tests")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_shown_firing_and_silent(name: str) -> None:
    looks = [look for book in FILES for case in book.cases for look in case.looks if look.alert == name]
    assert any(look.fires for look in looks)
    assert any(not look.fires for look in looks) or name == "Watchdog"


def test_every_severity_of_every_alert_is_shown() -> None:
    shown = {
        (look.alert, fires.severity, fires.labels.get("window"))
        for book in FILES
        for case in book.cases
        for look in case.looks
        for fires in look.fires
    }
    assert {(alert.name, alert.severity, alert.labels.get("window")) for alert in ALERTS} == shown


# --- what stands in them


def test_every_metric_is_exported_with_the_labels_that_are_asked_for() -> None:
    known = {family.name: {*family.labels, "job", "instance"} for family in FAMILIES}
    recorded = {record.name for record in RECORDS}
    for rule in EVERY:
        expr = re.sub(r"\b(by|on|group_left) \([^)]*\)", "", rule.expr)
        for name, matchers in re.findall(r"(?<![\w:\"])([a-z][\w:]*)(?:\{([^}]*)\})?(?=[\s\[)=<>*+/-]|$)", expr):
            if ":" in name:
                assert name in recorded, name
            elif name.startswith("slamon_"):
                plain = re.sub(r"_(bucket|count)$", "", name) if name not in known else name
                asked = set(re.findall(r"(\w+)(?:=|!)", matchers)) - {"le"}
                assert asked <= known[plain], (name, asked)
    assert all(re.findall(r"slamon_\w+|\bup\b|vector", rule.expr) for rule in EVERY)


def test_every_recorded_name_says_level_metric_and_operation() -> None:
    for record in RECORDS:
        level, metric, operation = record.name.split(":")
        by = re.search(r"by \(([^)]*)\)", record.expr)
        names = by[1].replace(", ", "_") if by else level
        assert level in {names, f"{names}_weeks_ago"}
        assert metric.startswith("slamon_")
        assert operation


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_texts_a_runbook_and_a_board(alert: Alert) -> None:
    rules = [rule for group in ALERTED.data["groups"] for rule in group["rules"] if rule["alert"] == alert.name]
    for rule in rules:
        said = rule["annotations"]
        assert set(said) == {"summary", "description", "runbook_url", "dashboard_url"}
        assert not said["summary"].endswith(".")
        assert said["description"][-1] in ".?"
        assert said["runbook_url"].endswith(f"docs/runbooks.md#{alert.name.lower()}")
        assert re.search(r"/d/([\w-]+)", said["dashboard_url"])[1] in BOARDS  # type: ignore[index] # else it fails
        assert rule["labels"]["severity"] in {"critical", "warning", "none"}


def test_the_runbooks_are_those_of_the_alerts() -> None:
    page = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^### (\S+)$", page, re.MULTILINE)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_runbook_says_what_to_look_at_and_what_to_do(name: str) -> None:
    page = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^### {name}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    for word in ("**Means.**", "**Look.**", "**Do.**"):
        assert word in section


# --- how fast promises may break

OBJECTIVES = st.builds(Objective, st.integers(1, WHOLE - 1), st.integers(1, 400).map(lambda days: days * DAY))


@given(OBJECTIVES)
def test_a_window_in_which_all_is_late_is_above_every_threshold(objective: Objective) -> None:
    for burn in burns(objective):
        assert burn.threshold < WHOLE


@given(OBJECTIVES)
def test_no_threshold_is_below_what_may_be_late(objective: Objective) -> None:
    for burn in burns(objective):
        assert burn.threshold >= WHOLE - objective.share
        assert burn.lasts <= objective.over


@given(OBJECTIVES)
def test_shorter_windows_need_more(objective: Objective) -> None:
    thresholds = [burn.threshold for burn in burns(objective)]
    assert thresholds == sorted(thresholds, reverse=True)


@given(OBJECTIVES)
def test_only_windows_within_the_time_of_the_objective_are_looked_at(objective: Objective) -> None:
    assert [burn.pair for burn in burns(objective)] == [pair for pair in PAIRS if pair.length < objective.over]


@pytest.mark.parametrize(
    ("share", "thresholds"),
    [
        (990_000, [134_400, 56_000, 28_000, 10_000]),
        (950_000, [672_000, 280_000, 140_000, 50_000]),
        (930_000, [REACHABLE, 392_000, 196_000, 70_000]),
        (900_000, [REACHABLE, 560_000, 280_000, 100_000]),
        (500_000, [REACHABLE, REACHABLE, REACHABLE, 500_000]),
        (100_000, [900_000, 900_000, 900_000, 900_000]),
    ],
)
def test_the_thresholds_of_four_weeks(share: int, thresholds: list[int]) -> None:
    assert [burn.threshold for burn in burns(Objective(share, 28 * DAY))] == thresholds


def test_what_two_hundredths_of_the_allowance_in_an_hour_come_to() -> None:
    first = next(burns(Objective(950_000, 28 * DAY)))
    assert first.lasts == 50 * HOUR


# --- what they are made from


def test_two_objectives_of_one_share_have_rules_of_their_own(tmp_path: Path) -> None:
    basis = Basis("config.yaml", "0" * 12, (Objective(950_000, 7 * DAY), Objective(950_000, 28 * DAY)))
    _, made = files(basis, Links())
    assert {label for rule in rules_of(made.data) if (label := rule["labels"].get("objective"))} == {
        "95% over 7 days",
        "95% over 28 days",
    }
    if PROMTOOL:
        (tmp_path / made.name).write_text(made.text, encoding="utf-8")
        assert promtool("check", "rules", made.name, folder=tmp_path).returncode == 0


def test_without_objectives_every_objective_is_unwatched() -> None:
    _, made = files(Basis("config.yaml", "0" * 12), Links())
    names = [rule["alert"] for rule in rules_of(made.data) if "Objective" in rule["alert"]]
    assert names == ["SlamonObjectiveUnwatched"]


def test_channels_that_are_read_seldom_may_be_silent_longer() -> None:
    _, made = files(Basis("config.yaml", "0" * 12, shortest_every=20 * MINUTE), Links())
    assert "[80m]" in one(made.data, "SlamonNoPolls")["expr"]
    assert "1 hour 20 minutes" in one(made.data, "SlamonNoPolls")["annotations"]["description"]


def test_a_longer_promise_is_longer_not_forgotten() -> None:
    _, made = files(Basis("config.yaml", "0" * 12, longest_promise=10 * DAY), Links())
    assert f"> {13 * 86_400}\n" in one(made.data, "SlamonOldestWaitFarPastDue")["expr"]


def test_links_and_the_job_are_as_asked_for() -> None:
    _, made = files(
        Basis("config.yaml", "0" * 12), Links("https://wiki.example/slamon", "https://graphs.example/", "care")
    )
    down = one(made.data, "SlamonDown")
    assert down["expr"] == 'up{job="care"} == 0'
    assert down["annotations"]["runbook_url"] == "https://wiki.example/slamon#slamondown"
    assert down["annotations"]["dashboard_url"] == "https://graphs.example/d/slamon-itself"
    assert 'job="slamon"' not in made.text


def rules_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [rule for group in data["groups"] for rule in group["rules"]]


def one(data: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (rule for rule in rules_of(data) if rule["alert"] == name)
    return found


# --- YAML for people

PRINTABLE = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), include_characters="\n", exclude_characters="\ufeff")
)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | PRINTABLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE.filter(bool), inner, max_size=4),
    max_leaves=12,
)


@given(DATA)
def test_whatever_is_dumped_reads_back(data: object) -> None:
    assert parse(dump({"data": data}).encode(), "page").data == {"data": data}


# --- configurations that load them


@needs_promtool
def test_promtool_finds_no_fault_in_what_the_collector_scrapes(tmp_path: Path) -> None:
    collector = parse((ROOT / "exporters/otel/collector.yaml").read_bytes(), "collector.yaml").data
    (tmp_path / "prometheus.yml").write_text(dump(collector["receivers"]["prometheus"]["config"]), encoding="utf-8")
    checked = promtool("check", "config", "prometheus.yml", folder=tmp_path)
    assert checked.returncode == 0, checked.stderr


def test_every_part_of_the_collectors_pipelines_is_there() -> None:
    collector = parse((ROOT / "exporters/otel/collector.yaml").read_bytes(), "collector.yaml").data
    for pipeline in collector["service"]["pipelines"].values():
        for kind, names in pipeline.items():
            assert set(names) <= set(collector[kind])


@needs_promtool
@pytest.mark.parametrize("variant", ["basic_auth", "authorization"])
def test_promtool_finds_no_fault_in_the_other_ways_to_scrape(variant: str, tmp_path: Path) -> None:
    """The comments of scrape.yml, taken at their word."""
    for name in (RECORDING, ALERTING):
        shutil.copy(FOLDER / name, tmp_path)
    for name in ("slamon-ca.pem", "slamon-password", "slamon-token"):
        (tmp_path / name).touch()
    text = (FOLDER / "scrape.yml").read_text(encoding="utf-8")
    without = text[: text.index("    # From another machine")]
    plain, token = text[text.index("    # scheme") :].split("    #\n")
    chosen = plain if variant == "basic_auth" else plain.split("    # basic_auth")[0] + token.split("config.yaml:\n")[1]
    (tmp_path / "prometheus.yml").write_text(without + chosen.replace("    # ", "    "), encoding="utf-8")
    read = parse((tmp_path / "prometheus.yml").read_bytes(), "prometheus.yml").data["scrape_configs"][0]
    assert variant in read
    assert read["scheme"] == "https"
    checked = promtool("check", "config", "prometheus.yml", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
