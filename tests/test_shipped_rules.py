"""The worked set of rules that slamon ships: good together with the example configuration, and proven by its cases."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from slamon.checks import Checked, check
from slamon.loading import channel_facts, connector_infos
from slamon.rules import load_rules
from slamon.rules.cases import Case, read_cases
from slamon.ruletests import Report, Setting, files_in, run

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "rules"
CONFIG = ROOT / "config.example.yaml"
ENVIRON = dict.fromkeys(re.findall(r"env: (\w+)", CONFIG.read_text(encoding="utf-8")), "xapp-canary")
OFFERED = re.compile(r"^( +)# ( *\w+:)", re.MULTILINE)
"""A key that stands in a comment, to be taken up."""
CHANNELS = ("acme-x", "acme-facebook", "acme-messenger", "acme-instagram", "acme-linkedin", "acme-mail")
SHARED = {"default", "calendars", "words"}
LONGEST = 80
"""Lines of a file that is read in one sitting."""


@cache
def checked() -> Checked:
    return check(CONFIG, None, connector_infos(), channel_facts, ENVIRON)


@cache
def cases() -> tuple[Case, ...]:
    return tuple(case for path in files_in(RULES) for case in read_cases(path, RULES).cases)


def policies() -> list[tuple[str, str]]:
    rules = load_rules(RULES)
    return [(channel, policy.name) for channel in CHANNELS for policy in rules.of(channel).policies]


def failures(report: Report) -> dict[str, list[str]]:
    return {
        result.case.name: [str(difference) for mismatch in result.mismatches for difference in mismatch.differences]
        for result in report.results
        if not result.passed
    }


def test_the_example_configuration_is_good_with_the_rules_and_what_its_connectors_tell() -> None:
    assert [str(fault) for fault in checked().faults] == []


def test_what_it_offers_in_comments_is_good_too(tmp_path: Path) -> None:
    text, taken_up = OFFERED.subn(r"\1\2", CONFIG.read_text(encoding="utf-8"))
    assert taken_up > 5
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(RULES, tmp_path / "rules")
    taken = check(tmp_path / "config.yaml", None, connector_infos(), channel_facts, ENVIRON)
    assert [str(fault) for fault in taken.faults] == []


def test_it_watches_the_six_channels_each_with_a_file_of_its_own() -> None:
    config = checked().config
    assert config is not None
    assert [channel.name for channel in config.channels] == list(CHANNELS)
    assert {path.stem for path in RULES.glob("*.yaml")} == {*CHANNELS, *SHARED}


def test_every_case_comes_out_as_written() -> None:
    report = run(files_in(RULES), Setting(RULES, load_rules(RULES)))
    assert [str(fault) for fault in report.faults] == []
    assert failures(report) == {}
    assert report.passed == len(cases())


def test_so_it_does_with_the_channels_and_audiences_of_the_configuration() -> None:
    config, rules = checked().config, checked().rules
    assert config is not None
    assert rules is not None
    setting = Setting(RULES, rules, channel_facts(config), config.notify.audiences, "desk")
    report = run(files_in(RULES), setting)
    assert ([str(fault) for fault in report.faults], failures(report)) == ([], {})


@pytest.mark.parametrize(("channel", "policy"), policies())
def test_each_promise_is_proven_by_when_it_is_due_or_kept(channel: str, policy: str) -> None:
    rows = [row.keys for case in cases() if case.channel == channel for row in case.rows]
    mine = [row for row in rows if row.get("policy") == policy]
    assert any(key in row for row in mine for key in ("due", "status"))


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel_has_a_promise_for_everybody_that_stands_last(channel: str) -> None:
    rules = load_rules(RULES).of(channel)
    assert rules.source == f"{channel}.yaml"
    assert rules.policies[-1].name == "everyone"
    assert rules.policies[-1].conditions == ()
    assert rules.policies[-1].objective is not None


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.name)
def test_each_file_says_what_it_is_and_is_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert len(lines) <= LONGEST
