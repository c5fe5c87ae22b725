"""One mistake, one line: each key of the shipped rules misspelt, and each value replaced by nonsense, one at a time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slamon.errors import FaultsError
from slamon.rules import load_files

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = Path(__file__).parents[1] / "rules"
FILES = {path.name: path.read_bytes() for path in RULES.iterdir() if path.is_file()}
NAMES = sorted(name for name in FILES if name.endswith(".yaml"))
AUDIENCES = ("desk", "oncall", "lead")
KEY = re.compile(r"(?<![\w.-])[a-z_.]+(?=: )|(?<=\n  )[a-z_]+(?=:\n)")
VALUE = re.compile(r"(?<=: )(?![\[{|>&*])[^,\n}\]#]+")


def lines(name: str, content: str) -> list[str]:
    try:
        load_files({**FILES, name: content.encode()}, None, AUDIENCES)
    except FaultsError as error:
        return [str(fault) for fault in error.faults]
    return []


def misspelt(name: str) -> Iterator[str]:
    """The file with one key misspelt; names of calendars and word lists are the admin's own."""
    text = FILES[name].decode()
    own = re.findall(r"^ {2}([a-z-]+):", text, re.MULTILINE) if name in {"calendars.yaml", "words.yaml"} else []
    for match in KEY.finditer(text):
        if match[0] not in {*own, "complaint", "day"} and "#" not in _before(text, match.start()):
            yield text[: match.end() - 1] + text[match.end() :]


def broken(name: str, nonsense: str) -> Iterator[str]:
    """The file with one value replaced."""
    text = FILES[name].decode()
    for match in VALUE.finditer(text):
        if "#" not in _before(text, match.start()):
            yield text[: match.start()] + nonsense + text[match.end() :]


def _before(text: str, at: int) -> str:
    return text[:at].rpartition("\n")[2]


@pytest.mark.parametrize("name", NAMES)
def test_a_misspelt_key_is_one_line(name: str) -> None:
    found = [lines(name, content) for content in misspelt(name)]
    assert [several for several in found if len(several) != 1] == []
    assert found


@pytest.mark.parametrize("name", [name for name in NAMES if name != "words.yaml"])
@pytest.mark.parametrize("nonsense", ["{q: 1}", "zzz"])
def test_a_value_that_cannot_be_is_at_most_one_line(name: str, nonsense: str) -> None:
    found = [lines(name, content) for content in broken(name, nonsense)]
    assert [several for several in found if len(several) > 1] == []
    assert any(found)
