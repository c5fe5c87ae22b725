"""`slamon generate rules` as a team's CI calls it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from metrics_world import ROOT
from slamon.cli import group
from slamon.errors import FaultsError, UsageError
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NAMES = ["recording.rules.yml", "alerting.rules.yml"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A team's own copy of the example."""
    shutil.copy(ROOT / "config.example.yaml", tmp_path / "config.yaml")
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    return tmp_path


def slamon(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(group, ["generate", "rules", "--config", str(folder / "config.yaml"), *words])


def written(folder: Path) -> Path:
    assert slamon(folder, "--out", str(folder / "made")).exit_code == 0
    return folder / "made"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_it_writes_both_files_and_names_them(folder: Path) -> None:
    done = slamon(folder, "--out", str(folder / "new/made"))
    assert done.stdout.split() == [str(folder / "new/made" / name) for name in NAMES]
    head = (folder / "new/made" / NAMES[0]).read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("# Made by `slamon generate rules` from config.yaml and its rules (version ")


def test_no_token_is_needed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X_BEARER_TOKEN", raising=False)
    assert slamon(folder, "--out", str(folder / "made")).exit_code == 0


def test_printed_they_are_the_same(folder: Path) -> None:
    printed = slamon(folder).stdout
    made = written(folder)
    assert printed == "\n".join(f"# --- {name}\n{(made / name).read_text(encoding='utf-8')}" for name in NAMES)


def test_as_json_they_are_what_prometheus_reads(folder: Path) -> None:
    made = written(folder)
    data = json.loads(slamon(folder, "--json").stdout)
    assert data == {name: parse((made / name).read_bytes(), name).data for name in NAMES}


def test_check_is_content_with_what_was_just_made(folder: Path) -> None:
    done = slamon(folder, "--check", str(written(folder)))
    assert (done.exit_code, done.stdout) == (0, f"the rules in {folder / 'made'} are as they should be\n")


def test_check_is_content_after_a_change_of_rules_that_changes_no_alert(folder: Path) -> None:
    made = written(folder)
    edit(folder / "rules/acme-x.yaml", "first_response: 2h", "first_response: 3h")
    assert slamon(folder, "--check", str(made)).exit_code == 0


def test_check_names_what_a_changed_objective_changes(folder: Path) -> None:
    made = written(folder)
    for path in (folder / "rules").glob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("share: 99%", "share: 98%"), encoding="utf-8")
    done = slamon(folder, "--check", str(made))
    file = made / "alerting.rules.yml"
    assert done.exit_code == 1
    assert f"{file}: alert SlamonObjectiveMissed (warning, 98% over 28 days) is missing" in done.stdout
    assert f"{file}: alert SlamonObjectiveMissed (warning, 99% over 28 days) is not among them" in done.stdout
    assert f"{file}: alert SlamonObjectiveUnwatched (warning) has another expr" in done.stdout
    assert "recording.rules.yml" not in done.stdout


def test_check_names_what_somebody_edited(folder: Path) -> None:
    made = written(folder)
    edit(made / "alerting.rules.yml", "for: 2m", "for: 20m")
    edit(made / "recording.rules.yml", "interval: 2m", "interval: 4m")
    lines = slamon(folder, "--check", str(made)).stdout.splitlines()
    assert f"{made / 'alerting.rules.yml'}: alert SlamonDown (critical) has another for" in lines
    name = "record channel_policy_target:slamon_sla_settled:increase3d"
    assert f"{made / 'recording.rules.yml'}: {name} has another group's interval" in lines
    assert not any("SlamonMissing" in line for line in lines)


def test_check_names_a_file_that_is_missing_and_writes_nothing(folder: Path) -> None:
    made = written(folder)
    (made / NAMES[1]).unlink()
    done = slamon(folder, "--check", str(made))
    assert (done.exit_code, done.stdout) == (1, f"{made / NAMES[1]}: the file is missing\n")
    assert not (made / NAMES[1]).exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "groups: 3", "groups: [{rules: 7}, 8]", "groups: [{rules: [9, {alert: [x]}]}]"]
)
def test_check_takes_whatever_stands_in_the_files(folder: Path, text: str) -> None:
    made = written(folder)
    (made / NAMES[1]).write_text(text, encoding="utf-8")
    done = slamon(folder, "--check", str(made))
    assert done.exit_code == 1
    assert "alert Watchdog (none) is missing" in done.stdout


def test_faults_in_the_rules_are_told_as_everywhere(folder: Path) -> None:
    edit(folder / "rules/acme-x.yaml", "first_response: 2h", "first_response: soon")
    done = slamon(folder)
    assert isinstance(done.exception, FaultsError)
    assert "rules/acme-x.yaml" in str(done.exception)


def test_a_configuration_that_is_not_there_is_told_as_everywhere(tmp_path: Path) -> None:
    assert isinstance(slamon(tmp_path).exception, UsageError)


def test_it_does_not_write_and_compare_at_once(folder: Path) -> None:
    assert slamon(folder, "--out", str(folder), "--check", str(folder)).exit_code == 2
