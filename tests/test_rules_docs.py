"""Each example of the manual of rules is a whole folder of rules; each case under it is played by the rule tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from slamon.keytable import updated
from slamon.rules import load_rules
from slamon.ruletests import Setting, run
from slamon.yamlfile import parse

PATH = Path(__file__).resolve().parent.parent / "docs/rules.md"
PAGE = PATH.read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\S[^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LANGUAGES = {"yaml rules", "yaml calendars", "yaml words", "yaml tests"}
AUDIENCES = {"desk", "oncall", "lead"}
VIPS = "\n".join(re.findall(r"^    (@ada_writes.*|mayor_of_berlin)$", PAGE, re.MULTILINE))
CLOSURES = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//acme//works council//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20261202
DTEND;VALUE=DATE:20261203
SUMMARY:Works meeting
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


class Example(NamedTuple):
    """The blocks of one section."""

    title: str
    blocks: list[tuple[str, str]]

    def block(self, language: str) -> str | None:
        found = [text for name, text in self.blocks if name == f"yaml {language}"]
        assert len(found) < 2, f"{self.title}: one block of {language} at most"
        return found[0] if found else None


def examples() -> list[Example]:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    found = [Example(section.partition("\n")[0], BLOCK.findall(section)) for section in sections]
    return [example for example in found if example.blocks]


SUPPORT = next(text for example in examples() if (text := example.block("calendars")))
"""What `support` is where an example does not say it."""


def folder(example: Example, at: Path) -> Path:
    """The files that the example stands for, completed to a folder of rules."""
    rules = example.block("rules")
    assert rules is not None, example.title
    files = {
        "default.yaml": rules,
        "calendars.yaml": example.block("calendars") or SUPPORT,
        "words.yaml": example.block("words"),
        "tests/cases.yaml": example.block("tests"),
        "vips.txt": VIPS,
        "closures.ics": CLOSURES,
    }
    (at / "tests").mkdir()
    for name, text in files.items():
        if text is not None:
            (at / name).write_text(text, encoding="utf-8", newline="")
    return at


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_what_the_manual_says_of_an_example_is_what_comes_of_it(example: Example, tmp_path: Path) -> None:
    rules = load_rules(folder(example, tmp_path), None, AUDIENCES)
    cases = tmp_path / "tests/cases.yaml"
    if not cases.exists():
        return
    report = run([cases], Setting(tmp_path, rules, audiences=AUDIENCES))

    assert [str(fault) for fault in report.faults] == []
    assert {
        result.case.name: [str(d) for m in result.mismatches for d in m.differences]
        for result in report.results
        if result.mismatches
    } == {}
    assert report.passed > 0


def test_nearly_every_example_is_proven() -> None:
    assert [example.title for example in examples() if example.block("tests") is None] == [
        "95 % of promises",
        "Other settings of a channel",
    ]


def test_no_block_is_overlooked() -> None:
    assert {language for example in examples() for language, _ in example.blocks} == LANGUAGES


def test_every_key_of_a_channels_file_is_explained_beside_the_table() -> None:
    prose, _, table = PAGE.partition("<!-- keys:begin -->")
    where = r"^\| rules/CHANNEL\.yaml \| `(?:policies\[\]\.(?:stages\[\]\.|when\.)?)?([\w.]+)`"
    keys = [key.rpartition("automation.")[2] for key in re.findall(where, table, re.MULTILINE)]
    whole = {key for key in keys if key.partition(".")[0] not in {"objective", "valid", "suspect"}}
    assert {key for key in whole if not re.search(rf"(?<![\w.]){re.escape(key)}:|`{re.escape(key)}`", prose)} == set()
    assert {"author.list", "thread.age", "first_response", "repeat", "pattern"} <= whole


def test_the_table_of_keys_is_that_of_the_code() -> None:
    assert updated(PAGE) == PAGE, "run: python -m slamon.keytable docs/rules.md"


def test_the_shown_list_is_the_one_that_the_example_reads() -> None:
    assert VIPS.count("\n") == 1
    assert all(isinstance(parse(text.encode(), "page").data, dict) for e in examples() for _, text in e.blocks)
