"""`slamon test-rules`: cases that hold, cases that fail with a clear difference, and the command around them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from admin import write
from slamon.cli import main
from slamon.cli._test_report import as_lines
from slamon.fields import parse_duration
from slamon.model import DAY, MINUTE
from slamon.practice.expectations import compare
from slamon.practice.shown import shown_span
from slamon.rules import load_rules
from slamon.rules.case_keys import Moment
from slamon.ruletests import DEFAULT_AUDIENCE, Setting, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.rules.cases import Row
    from slamon.ruletests import Report

CASES = Path(__file__).parent / "rule_cases"
FILES = sorted(CASES.glob("*.yaml"))
OFFICE = """\
calendars:
  office: {timezone: Europe/Berlin, open: {mon-fri: "09:00-17:00"}}
"""
RULES = """\
policies:
  - {name: everyone, first_response: 1h, calendar: office, stages: [{at: 80%, to: desk}, {at: 100%, to: lead}]}
"""
HEAD = """\
cases:
  - name: a case
    channel: acme-x
"""
MONDAY = """\
    messages:
      - {from: customer, name: Anna, at: 2026-11-23T10:00:00+01:00, text: "where is my parcel?"}
      - {from: brand, at: 2026-11-23T11:20:00+01:00, text: on its way}
    at: 2026-11-23T12:00:00+01:00
"""


class Bench:
    """A folder of rules with tests, and slamon beside it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.capsys = capsys
        self.tests = folder / "rules" / "tests"
        write(folder, {"rules/acme-x.yaml": RULES, "rules/calendars.yaml": OFFICE})

    def test(self, content: str, name: str = "a") -> Path:
        write(self.folder, {f"rules/tests/{name}.yaml": content})
        return self.tests / f"{name}.yaml"

    def report(self, content: str, **more: Any) -> Report:
        rules = self.folder / "rules"
        return run([self.test(content)], Setting(rules, load_rules(rules), **more))

    def differences(self, expect: str, messages: str = MONDAY) -> list[str]:
        (result,) = self.report(f"{HEAD}{messages}    expect: {expect}\n").results
        assert all(mismatch.differences for mismatch in result.mismatches)
        return [str(found) for mismatch in result.mismatches for found in mismatch.differences]

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of `slamon test-rules`."""
        rules = [] if "--rules" in words or "--config" in words else ["--rules", str(self.folder / "rules")]
        self.monkeypatch.setattr(sys, "argv", ["slamon", "test-rules", *words, *rules])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = self.capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err.replace(f"{self.folder}/", "")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(CASES / "rules", load_rules(CASES / "rules"))


@pytest.fixture(scope="module")
def reports(setting: Setting) -> dict[Path, Report]:
    return {path: run([path], setting) for path in FILES}


class TestTheEngine:
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_comes_to_what_was_worked_out_by_hand(self, path: Path, reports: dict[Path, Report]) -> None:
        report = reports[path]
        assert report.good, "\n".join([*map(str, report.faults), *as_lines(report)])

    def test_is_tried_by_many_cases(self, reports: dict[Path, Report]) -> None:
        assert sum(len(report.results) for report in reports.values()) > 70

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_every_single_value_that_is_expected_counts(self, path: Path, reports: dict[Path, Report]) -> None:
        """With any other value in its place, the case fails."""
        changed = 0
        for result in reports[path].results:
            rows = result.case.rows
            for n, row in enumerate(rows):
                for other in _otherwise(row):
                    case = replace(result.case, rows=(*rows[:n], other, *rows[n + 1 :]))
                    assert compare(case, result.found, DEFAULT_AUDIENCE), (case.name, other)
                    changed += 1
        assert changed

    def test_reads_no_clock_and_keeps_nothing_from_one_case_to_the_next(
        self, setting: Setting, reports: dict[Path, Report]
    ) -> None:
        """In any order, at any time, each comes to the same."""
        with time_machine.travel(datetime(2031, 5, 5, tzinfo=UTC)):
            again = run(FILES[::-1], setting)
        found = {result.case.place: result.found for report in reports.values() for result in report.results}
        assert {result.case.place: result.found for result in again.results} == found


def _otherwise(row: Row) -> Iterator[Row]:
    """The row with one of its values changed."""
    for key, value in row.keys.items():
        if key == "announced":
            told = [*value, *value[:1]] if value else [replace(row, keys={"stage": "80%"})]
            yield _with(row, key, tuple(told))
            for n, letter in enumerate(value):
                for other in _otherwise(letter):
                    yield _with(row, key, (*value[:n], other, *value[n + 1 :]))
        else:
            yield _with(row, key, _another(key, value))


def _with(row: Row, key: str, value: object) -> Row:
    return replace(row, keys={**row.keys, key: value})


def _another(key: str, value: object) -> object:
    if key in {"due", "started", "answered", "at"}:
        return replace(value, at=value.at + MINUTE) if isinstance(value, Moment) else Moment(0, UTC)
    if key in {"elapsed", "business", "wait"}:
        return (value if isinstance(value, int) else 0) + 1_000
    return "another"


class TestADifference:
    def test_says_what_was_expected_and_what_was_found_in_the_zone_of_the_case(self, bench: Bench) -> None:
        expect = "[{due: 2026-11-23T10:45:00+01:00, status: met, elapsed: 1h, policy: vip, business: 0s, wait: 1}]"
        assert bench.differences(expect) == [
            "due: expected Mon 2026-11-23 10:45 +01:00, found Mon 2026-11-23 11:00 +01:00",
            "status: expected met, found missed",
            "elapsed: expected 1h, found 1h20m",
            "policy: expected vip, found everyone",
            "business: expected 0s, found 1h20m",
        ]

    def test_is_shown_in_the_zone_in_which_the_admin_wrote_that_very_instant(self, bench: Bench) -> None:
        assert bench.differences("[{due: 2026-11-23T15:30:01+05:30}]") == [
            "due: expected Mon 2026-11-23 15:30:01 +05:30, found Mon 2026-11-23 15:30 +05:30"
        ]

    def test_of_announcements_shows_all_of_them(self, bench: Bench) -> None:
        expect = "[{announced: [{stage: 80%, at: 2026-11-23T10:40:00+01:00, to: lead}]}]"
        assert bench.differences(expect) == [
            (
                "announced: expected 80% Mon 2026-11-23 10:40 +01:00 to lead, found "
                "80% Mon 2026-11-23 10:48 +01:00 to desk; 100% Mon 2026-11-23 11:00 +01:00 to lead"
            )
        ]
        assert bench.differences("[{announced: []}]")[0].startswith("announced: expected nothing, found 80%")

    def test_is_none_about_who_hears_of_a_stage_that_names_nobody(self, bench: Bench) -> None:
        write(bench.folder, {"rules/acme-x.yaml": RULES.replace(", to: lead", "")})
        row = "[{announced: [{stage: 80%, to: desk}, {stage: 100%, to: WHO}]}]"
        assert bench.differences(row.replace("WHO", "whoever")) == []
        assert len(bench.differences(row.replace("desk", "whoever"))) == 1

    def test_where_the_row_fits_no_timer_says_what_there_is_instead(self, bench: Bench) -> None:
        there = "found Anna wait 1 first_response (missed)"
        assert bench.differences("[{customer: ben}]") == [f"expected customer ben, {there}"]
        assert bench.differences("[{wait: 2, target: next_response}]") == [
            f"expected wait 2, target next_response, {there}"
        ]

    def test_where_two_rows_fit_one_timer(self, bench: Bench) -> None:
        assert bench.differences("[{customer: anna}, {customer: anna}]") == [
            "expected another with customer anna, found Anna wait 1 first_response (missed)"
        ]

    def test_where_nobody_is_to_wait(self, bench: Bench) -> None:
        assert bench.differences("[]") == ["expected nobody to wait, found Anna wait 1 first_response (missed)"]

    def test_where_nobody_waits(self, bench: Bench) -> None:
        messages = "    messages: [{from: staff, at: 2026-11-23T10:00:00Z}]\n"
        assert bench.differences("[{status: met}]", messages) == ["expected one more, found nobody who waits"]

    def test_is_taken_from_the_nearest_timer(self, bench: Bench) -> None:
        messages = """\
    messages:
      - {from: customer, name: Anna, id: a, at: 2026-11-23T10:00:00+01:00}
      - {from: customer, name: Ben, id: b, at: 2026-11-23T10:30:00+01:00}
      - {from: brand, in_reply_to: b, at: 2026-11-23T10:40:00+01:00}
"""
        expect = "[{status: met, due: 2026-11-23T11:30:00+01:00, elapsed: 11m}]"
        assert bench.differences(expect, messages) == ["elapsed: expected 11m, found 10m"]

    def test_is_none_where_the_rows_stand_in_another_order(self, bench: Bench) -> None:
        messages = """\
    messages:
      - {from: customer, name: Anna, id: a, at: 2026-11-23T10:00:00+01:00}
      - {from: customer, name: Ben, id: b, at: 2026-11-23T10:30:00+01:00}
      - {from: brand, in_reply_to: b, at: 2026-11-23T10:40:00+01:00}
"""
        rows = ["{wait: 1}", "{status: met}", "{customer: '@ANNA'}"]
        assert bench.differences(f"[{rows[1]}, {rows[0]}]", messages) == []
        assert bench.differences(f"[{rows[0]}, {rows[2]}]", messages) == []
        assert bench.differences(f"[{rows[0]}, {rows[1]}]", messages) == []

    @pytest.mark.parametrize("stage", ["80 %", "80.0%", "80%"])
    def test_is_none_where_a_stage_is_written_in_another_way(self, bench: Bench, stage: str) -> None:
        assert bench.differences(f"[{{announced: ['{stage}', 100%]}}]") == []

    @given(st.integers(0, 10 * 365 * DAY))
    def test_shows_spans_as_they_may_be_written(self, span: int) -> None:
        assert parse_duration(shown_span(span)) == span


class TestMessages:
    def test_a_repeated_id_is_an_edit(self, bench: Bench) -> None:
        messages = """\
    messages:
      - {from: customer, id: a, at: 2026-11-23T10:00:00+01:00, text: hello}
      - {from: customer, id: a, at: 2026-11-23T10:30:00+01:00, text: hello!}
"""
        assert bench.differences("[{started: 2026-11-23T10:00:00+01:00}]", messages) == []
        assert bench.differences("[{wait: 1}, {}]".replace("{}", "{wait: 2}"), messages) != []

    def test_a_reply_joins_the_thread_of_what_it_answers_however_far_up(self, bench: Bench) -> None:
        messages = """\
    messages:
      - {from: customer, name: Anna, id: a, thread: one, at: 2026-11-23T10:00:00+01:00}
      - {from: customer, name: Ben, id: b, at: 2026-11-23T10:01:00+01:00}
      - {from: brand, id: c, in_reply_to: a, at: 2026-11-23T10:10:00+01:00}
      - {from: customer, name: Anna, id: d, in_reply_to: c, at: 2026-11-23T10:20:00+01:00}
"""
        expect = (
            "[{customer: anna, wait: 1, status: met}, {customer: anna, wait: 2}, {customer: ben, status: on_track}]"
        )
        assert bench.differences(expect, messages) == []

    def test_ours_without_a_thread_go_where_the_customer_wrote(self, bench: Bench) -> None:
        messages = """\
    messages:
      - {from: customer, name: Anna, thread: one, at: 2026-11-23T10:00:00+01:00}
      - {from: customer, name: Ben, thread: two, at: 2026-11-23T10:01:00+01:00}
      - {from: brand, text: "@anna yes", at: 2026-11-23T10:10:00+01:00}
      - {from: brand, text: "yes", at: 2026-11-23T10:20:00+01:00}
"""
        expect = "[{customer: anna, elapsed: 10m}, {customer: ben, elapsed: 19m, status: met}]"
        assert bench.differences(expect, messages) == []

    def test_a_dialogue_goes_on_where_a_message_leaves_its_kind_out(self, bench: Bench) -> None:
        messages = """\
    messages:
      - {from: customer, kind: direct_message, at: 2026-11-23T10:00:00+01:00}
      - {from: customer, at: 2026-11-23T10:10:00+01:00}
      - {from: customer, kind: direct_message, at: 2026-11-23T10:20:00+01:00}
"""
        assert bench.differences("[{wait: 1}, {wait: 1}]", messages) != []

    def test_what_lies_behind_the_instant_it_is_judged_at_has_not_happened(self, bench: Bench) -> None:
        messages = """\
    messages:
      - {from: customer, at: 2026-11-23T10:00:00+01:00, gone_at: 2026-11-23T10:40:00+01:00}
      - {from: brand, at: 2026-11-23T10:20:00+01:00}
    at: 2026-11-23T10:19:59+01:00
"""
        assert bench.differences("[{status: on_track, answered: none}]", messages) == []

    def test_the_last_word_of_the_channel_is_its_platform_unless_it_is_told(self, bench: Bench) -> None:
        rules = "policies: [{name: on-x, when: {platform: x}, first_response: 1h}]"
        write(bench.folder, {"rules/acme-x.yaml": rules})
        assert bench.differences("[{policy: on-x}]") == []
        assert bench.differences("[{policy: none}]", f"    platform: mail\n{MONDAY}") == []


CONFIG = """\
channels:
  - {name: acme-x, connector: archive, account: acme, path: messages.jsonl}
notify:
  slack: {token: {env: NOT_SET}}
  audiences:
    desk: {slack: "#desk", default: true}
    lead: {slack: "#lead"}
"""
GOOD = f"{HEAD}{MONDAY}    expect: [{{status: missed}}]\n"
BAD = f"{HEAD}{MONDAY}    expect: [{{status: met}}]\n"


class TestTheCommand:
    def test_is_good_when_all_is_as_expected(self, bench: Bench) -> None:
        bench.test(GOOD)
        assert bench() == (0, "1 passed, 0 failed\n", "")

    def test_says_what_differs_and_how_it_went(self, bench: Bench) -> None:
        path = bench.test(GOOD + BAD.replace("a case", "another").removeprefix("cases:\n"))
        assert bench() == (
            1,
            f"""\
FAILED {path}:9: another
  row 1 (line 15): status: expected met, found missed
  how it went:
    Mon 2026-11-23 10:00 +01:00  customer Anna writes 1 (mention): where is my parcel?
    Mon 2026-11-23 10:00 +01:00  Anna, wait 1, first_response: held by everyone, due Mon 2026-11-23 11:00 +01:00
    Mon 2026-11-23 10:48 +01:00  Anna, wait 1, first_response: 80% told to desk
    Mon 2026-11-23 11:00 +01:00  Anna, wait 1, first_response: 100% told to lead
    Mon 2026-11-23 11:20 +01:00  brand writes 2 (mention): on its way
    Mon 2026-11-23 11:20 +01:00  Anna, wait 1, first_response: missed after 1h20m
    Mon 2026-11-23 12:00 +01:00  judged

1 passed, 1 failed
""",
            "",
        )

    def test_plays_the_sound_cases_and_names_the_faults_of_others(self, bench: Bench) -> None:
        bench.test(GOOD + GOOD.replace("a case", "another").replace("from", "form").removeprefix("cases:\n"))
        code, out, errors = bench()
        assert (code, out) == (1, "1 passed, 0 failed, 2 faults in cases that were not tried\n")
        assert errors.splitlines()[0] == "rules/tests/a.yaml:12:10: unknown key `form` (did you mean `from`?)"

    def test_names_all_faults_of_rules_and_cases_when_the_rules_cannot_be_tried(self, bench: Bench) -> None:
        bench.test(GOOD.replace("status", "stats"))
        write(bench.folder, {"rules/acme-x.yaml": RULES.replace("office", "offce")})
        code, out, errors = bench()
        assert (code, out) == (1, "")
        assert [line.partition(": ")[0] for line in errors.splitlines()] == [
            "rules/acme-x.yaml:2:52",
            "rules/tests/a.yaml:8:15",
        ]

    def test_tries_the_files_and_folders_that_are_named(self, bench: Bench, tmp_path: Path) -> None:
        bench.test(BAD)
        write(tmp_path, {"elsewhere/b.yaml": GOOD, "elsewhere/c.yaml": GOOD})
        assert bench(str(tmp_path / "elsewhere" / "b.yaml"))[:2] == (0, "1 passed, 0 failed\n")
        assert bench(str(tmp_path / "elsewhere"))[:2] == (0, "2 passed, 0 failed\n")

    def test_tries_only_cases_named_like_a_word(self, bench: Bench) -> None:
        bench.test(GOOD + BAD.replace("a case", "Another").removeprefix("cases:\n"))
        assert bench("-k", "a CASE")[0] == 0
        assert bench("-k", "another")[0] == 1
        assert bench("-k", "nowhere") == (2, "", "slamon: no case is named like `nowhere`\n")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--rules", "nowhere"), "there is no folder nowhere: name the one of your rules by --rules DIR"),
            ((), "there are no rule tests in rules/tests: write a file there, or name one"),
            (("nowhere.yaml",), "cannot read nowhere.yaml: No such file or directory"),
        ],
    )
    def test_cannot_work_without_files(self, bench: Bench, words: tuple[str, ...], said: str) -> None:
        assert bench(*words) == (2, "", f"slamon: {said}\n")

    def test_takes_the_rules_beside_it_where_none_are_named(self, bench: Bench) -> None:
        bench.test(GOOD)
        bench.monkeypatch.chdir(bench.folder)
        bench.monkeypatch.setattr(sys, "argv", ["slamon", "test-rules"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0

    def test_checks_names_and_knows_the_default_audience_by_the_configuration(self, bench: Bench) -> None:
        write(
            bench.folder,
            {"config.yaml": CONFIG, "messages.jsonl": "", "rules/acme-x.yaml": RULES.replace(", to: lead", "")},
        )
        told = "[{announced: [{stage: 80%, to: desk}, {stage: 100%, to: desk}]}]"
        bench.test(f"{HEAD}{MONDAY}    expect: {told}\n")
        config = ("--config", str(bench.folder / "config.yaml"))
        assert bench(*config) == (0, "1 passed, 0 failed\n", "")
        bench.test(GOOD.replace("acme-x", "acme-y"))
        assert bench(*config)[2] == "rules/tests/a.yaml:3:14: there is no channel `acme-y` (did you mean `acme-x`?)\n"
        write(bench.folder, {"rules/acme-x.yaml": RULES.replace("desk", "dsk")})
        assert "there is no audience `dsk` (did you mean `desk`?)" in bench(*config)[2]

    def test_names_the_fault_of_other_rules_at_the_line_of_the_case(self, bench: Bench) -> None:
        reload = "    reload: {at: 2026-11-23T10:10:00+01:00, rules: {policies: [{name: p, first_response: 1x}]}}\n"
        bench.test(GOOD + reload)
        code, _, errors = bench()
        assert code == 1
        assert errors.startswith("rules/tests/a.yaml:9:52: in acme-x.yaml: `first_response`: `1x` is no duration")

    def test_names_the_fault_of_another_folder_in_its_file(self, bench: Bench) -> None:
        write(bench.folder, {"rules/tests/new/acme-x.yaml": RULES.replace("office", "offce")})
        bench.test(GOOD + "    reload: {at: 2026-11-23T10:10:00+01:00, rules: new}\n")
        assert bench()[2].startswith("rules/tests/new/acme-x.yaml:2:52: there is no calendar `offce`")

    def test_prints_json_for_programs(self, bench: Bench) -> None:
        path = bench.test(BAD)
        code, out, _ = bench("--json")
        said = json.loads(out)
        story = said["cases"][0].pop("story")
        assert (code, len(story)) == (1, 7)
        assert said == {
            "ok": False,
            "passed": 0,
            "failed": 1,
            "faults": [],
            "cases": [
                {
                    "file": str(path),
                    "line": 2,
                    "name": "a case",
                    "channel": "acme-x",
                    "passed": False,
                    "differences": [{"row": 1, "key": "status", "expected": "met", "found": "missed"}],
                }
            ],
        }

    def test_prints_faults_as_json_too(self, bench: Bench) -> None:
        bench.test(BAD.replace("status", "stats"))
        code, out, errors = bench("--json")
        (fault,) = json.loads(out)["faults"]
        assert (code, errors, fault["line"], fault["hint"]) == (1, "", 8, "did you mean `status`?")

    def test_writes_junit_for_ci(self, bench: Bench) -> None:
        hostile = BAD.replace("a case", "\"a <b> & 'c' \\x1b[31m \\0 ]]> \\uFFFE\"").removeprefix("cases:\n")
        bench.test(GOOD + hostile.replace("where is my parcel?", "<x>&]]>\\x07"))
        bench.test(GOOD.replace("status", "stats"), "b")
        bench("--junit", str(bench.folder / "out.xml"))
        suite = ET.parse(bench.folder / "out.xml").getroot()[0]
        assert suite.attrib == {"name": "rules", "tests": "3", "failures": "1", "errors": "1", "skipped": "0"}
        good, bad, fault = suite
        assert (good.attrib["name"], list(good)) == ("a case", [])
        assert bad.attrib["name"] == "a <b> & 'c' [31m  ]]> "
        assert bad[0].attrib["message"] == "row 1 (line 15): status: expected met, found missed"
        assert "writes 1 (mention): <x>&]]>" in (bad[0].text or "")
        assert fault[0].attrib["message"].endswith("unknown key `stats` (did you mean `status`?)")
        assert good.attrib["classname"].endswith("rules.tests.a")

    def test_writes_the_same_whenever_it_runs(self, bench: Bench) -> None:
        bench.test(BAD)
        outs = [bench("--junit", str(bench.folder / f"{n}.xml")) for n in (1, 2)]
        assert outs[0] == outs[1]
        assert (bench.folder / "1.xml").read_bytes() == (bench.folder / "2.xml").read_bytes()

    def test_lets_no_case_move_the_cursor(self, bench: Bench) -> None:
        bench.test(BAD.replace("where is my parcel?", "\\x1b[31m \\u202e"))
        assert not {"\x1b", "\u202e"} & set(bench()[1])
