from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from slamon.errors import UsageError
from slamon.resources import SHIPPED, shipped

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", SHIPPED)
def test_an_editable_install_finds_its_data_at_the_root_of_the_checkout(name: str) -> None:
    assert shipped(name) == ROOT / name
    assert shipped(name).exists()


def test_a_wheel_finds_its_data_inside_the_package(tmp_path: Path) -> None:
    rules = tmp_path / "site-packages/slamon/shipped/rules"
    rules.mkdir(parents=True)
    assert shipped("rules", tmp_path / "site-packages/slamon") == rules


def test_a_stranger_beside_an_installed_wheel_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "slamon").mkdir()
    with pytest.raises(UsageError, match="lacks rules; install it again"):
        shipped("rules", tmp_path / "slamon")


def test_the_wheel_is_built_with_everything_that_is_looked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {name: f"slamon/shipped/{name}" for name in SHIPPED}
