"""Each file in tests/faults holds one fault and ends with the exact words about it, after `#!`."""

from __future__ import annotations

from pathlib import Path

import pytest

from admin import CALENDARS, CONNECTORS, ENVIRON, FACTS, POLICY
from slamon.config import load_config
from slamon.errors import FaultsError
from slamon.rules import load_rules

FAULTS = sorted((Path(__file__).parent / "faults").glob("*.yaml"))
SIGN = "#! "


def expected_of(path: Path) -> list[str]:
    return [line.removeprefix(SIGN) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(SIGN)]


def found_in(content: str, name: str, folder: Path) -> list[str]:
    """What is said of the file when it stands where its name says, everything around it being good."""
    content = "".join(line for line in content.splitlines(keepends=True) if not line.startswith(SIGN))
    language = name.partition("-")[0]
    files = {"calendars": CALENDARS, "acme-x": POLICY} | {{"rules": "acme-x"}.get(language, language): content}
    for stem, text in files.items():
        (folder / f"{stem}.yaml").write_text(text, encoding="utf-8")
    read = read_config if language == "config" else read_rules
    with pytest.raises(FaultsError) as caught:
        read(folder)
    return [str(fault).replace(f"{folder}/", "") for fault in caught.value.faults]


def read_config(folder: Path) -> None:
    load_config(folder / "config.yaml", CONNECTORS, ENVIRON)


def read_rules(folder: Path) -> None:
    load_rules(folder, {"acme-x": FACTS, "acme-y": FACTS}, {"desk"})


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_broken_file_gives_exactly_its_line(path: Path, tmp_path: Path) -> None:
    expected = expected_of(path)

    assert found_in(path.read_text(encoding="utf-8"), path.stem, tmp_path) == expected
    assert len(expected) == 1


def test_there_are_faults_to_look_at() -> None:
    assert len(FAULTS) > 80
