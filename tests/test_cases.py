"""Files of rule tests: what may stand in them, how generously it is read, and what is said of mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.errors import UsageError
from slamon.model import HOUR, MINUTE, Kind, Role, Settled, Target
from slamon.rules.case_keys import Outcome
from slamon.rules.cases import Case, CaseFile, read_cases

if TYPE_CHECKING:
    from pathlib import Path

ASKED = '{from: customer, at: "2026-11-21T15:45:00+01:00"}'
CASE = """\
cases:
  - name: one
    channel: acme-x
    messages:
      - MESSAGE
    expect: EXPECT
"""
AT: int = 1_795_272_300_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules" / "tests").mkdir(parents=True)
    return tmp_path / "rules"


class Reads:
    """Files of cases in a folder of rules."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "tests" / "a.yaml"

    def __call__(self, content: str | bytes, channels: list[str] | None = None) -> CaseFile:
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_cases(self.path, self.folder, channels)

    def case(self, message: str = ASKED, expect: str = "[]", more: str = "") -> Case:
        (case,) = self.good(CASE.replace("MESSAGE", message).replace("EXPECT", expect) + more)
        return case

    def good(self, content: str) -> tuple[Case, ...]:
        read = self(content)
        assert [str(fault) for fault in read.faults] == []
        return read.cases

    def row(self, expect: str) -> dict[str, Any]:
        (row,) = self.case(expect=f"[{expect}]").rows
        return dict(row.keys)

    def faults(self, content: str, channels: list[str] | None = None) -> list[str]:
        read = self(content, channels)
        return [str(fault).replace(f"{self.path}:", "") for fault in read.faults]

    def fault(self, message: str = ASKED, expect: str = "[]", more: str = "") -> str:
        (only,) = self.faults(CASE.replace("MESSAGE", message).replace("EXPECT", expect) + more)
        return only


@pytest.fixture
def reads(folder: Path) -> Reads:
    return Reads(folder)


class TestWhatIsRead:
    def test_a_case_with_what_it_leaves_open(self, reads: Reads) -> None:
        case = reads.case()
        (said,) = case.messages
        assert (case.name, case.channel, case.at, case.rows, case.reloads) == ("one", "acme-x", AT, (), ())
        assert (said.id, said.role, said.at, said.text) == ("1", Role.CUSTOMER, AT, "")
        assert (said.name, said.kind, said.thread, said.in_reply_to) == (None, None, None, None)

    def test_every_key_of_a_message(self, reads: Reads) -> None:
        case = reads.case(
            "{from: Brand, at: 2026-11-21T14:45:00Z, text: hi, id: 7, name: Ann, followers: 12, verified: business,"
            " in_reply_to: 8, thread: t, kind: direct message, gone_at: 2026-11-21T16:45:00Z, mentions: ['@ben'],"
            " hidden_at: 2026-11-21T15:45:00Z, edited: {at: 2026-11-21T14:50:00Z, text: ho}, language: de, rating: 5,"
            " reach: 9, app: Suite, permalink: p, advertised: yes, automated: yes, failed: yes, hidden: yes}"
        )
        (said,) = case.messages
        assert (said.role, said.id, said.text, said.name) == (Role.BRAND, "7", "hi", "Ann")
        assert (said.followers, said.verified, said.in_reply_to, said.thread) == (12, "business", "8", "t")
        assert (said.kind, said.mentions) == (Kind.DIRECT_MESSAGE, ("@ben",))
        edited, hidden, gone = said.changes
        assert (edited.at, edited.text) == (AT + 5 * MINUTE, "ho")
        assert (hidden.at, hidden.hidden, gone.at, gone.gone) == (AT + HOUR, True, AT + 2 * HOUR, True)
        assert said.facts == {
            "language": "de",
            "rating": 5,
            "reach": 9,
            "app": "Suite",
            "permalink": "p",
            "advertised": True,
            "automated": True,
            "failed": True,
            "hidden": True,
        }
        assert case.at == AT + 2 * HOUR

    @pytest.mark.parametrize(
        ("written", "key", "value"),
        [
            ("customer: Ann", "customer", "Ann"),
            ("wait: 2", "wait", 2),
            ("target: next response", "target", Target.NEXT_RESPONSE),
            ("policy: none", "policy", None),
            ("policy: null", "policy", None),
            ("policy: everyone", "policy", "everyone"),
            ("due: none", "due", None),
            ("status: on-track", "status", Outcome.ON_TRACK),
            ("status: no_reply", "status", Outcome.NO_REPLY),
            ("settled: in_time", "settled", Settled.IN_TIME),
            ("elapsed: 17h35m", "elapsed", 17 * HOUR + 35 * MINUTE),
            ("elapsed: 17h 35m", "elapsed", 17 * HOUR + 35 * MINUTE),
            ("elapsed: 90", "elapsed", 90_000),
            ("elapsed: 0.5", "elapsed", 500),
            ("business: 0s", "business", 0),
            ("announced: none", "announced", ()),
            ("announced: []", "announced", ()),
            ("reason: handed_over", "reason", "handed_over"),
            ("stage: 80%", "stage", "80%"),
        ],
    )
    def test_a_row_holds_the_keys_that_are_written(self, reads: Reads, written: str, key: str, value: object) -> None:
        assert reads.row("{" + written + "}") == {key: value}

    def test_announcements_are_rows_and_a_stage_may_stand_alone(self, reads: Reads) -> None:
        told = reads.row("{announced: [50%, {stage: +30m, to: lead, at: 2026-11-21T15:45:00+01:00}]}")["announced"]
        assert [set(row.keys) for row in told] == [{"stage"}, {"stage", "to", "at"}]

    def test_a_row_or_an_announcement_may_stand_without_a_list(self, reads: Reads) -> None:
        (row,) = reads.case(expect="{status: met, announced: {stage: 80%}}").rows
        assert len(row.keys["announced"]) == 1

    def test_messages_without_an_id_are_numbered_around_those_that_have_one(self, reads: Reads) -> None:
        case = reads.case(f"{ASKED}\n      - {ASKED[:-1]}, id: 3}}\n      - {ASKED}\n      - {ASKED}")
        assert [said.id for said in case.messages] == ["1", "3", "#3", "4"]

    def test_it_is_judged_at_the_last_instant_that_is_named(self, reads: Reads) -> None:
        later = "at: 2026-11-21T16:45:00+01:00"
        assert reads.case(more=f"    {later}\n").at == AT + HOUR
        assert reads.case(more=f"    reload: {{{later}, rules: {{policies: []}}}}\n").at == AT + HOUR
        assert reads.case(expect=f"[{{answered: {later[4:]}}}]").at == AT + HOUR
        assert reads.case(expect=f"[{{due: {later[4:]}}}]").at == AT
        assert reads.case(expect=f"[{{announced: [{{{later}}}]}}]").at == AT + HOUR + 1


class TestOtherRules:
    def files(self, reads: Reads, rules: str) -> dict[str, Any]:
        case = reads.case(more=f"    reload: {{at: 2026-11-21T16:45:00+01:00, rules: {rules}}}\n")
        (reload,) = case.reloads
        assert reload.folder is None
        return {name: yaml.safe_load(content) for name, content in reload.files.items()}

    @pytest.mark.parametrize(
        "rules",
        [
            "{policies: [{name: p}]}",
            "[{name: p}]",
            "{acme-x: {policies: [{name: p}]}}",
            "{acme-x.yaml: {policies: [{name: p}]}}",
            "{acme-x: [{name: p}]}",
            "{acme-x.yaml: 'policies: [{name: p}]'}",
            '"policies:\\n  [{name: p}]"',
        ],
    )
    def test_those_of_the_channel_may_be_written_in_many_ways(self, reads: Reads, rules: str) -> None:
        assert self.files(reads, rules) == {"acme-x.yaml": {"policies": [{"name": "p"}]}}

    @pytest.mark.parametrize("rules", ["{calendars: {c: {open: {}}}}", "{calendars: {calendars: {c: {open: {}}}}}"])
    def test_so_may_calendars(self, reads: Reads, rules: str) -> None:
        assert self.files(reads, rules) == {"calendars.yaml": {"calendars": {"c": {"open": {}}}}}

    def test_both_may_stand_together(self, reads: Reads) -> None:
        files = self.files(reads, "{policies: [], lookback: 3d, calendars: {c: {}}}")
        assert files == {
            "acme-x.yaml": {"policies": [], "lookback": "3d"},
            "calendars.yaml": {"calendars": {"c": {}}},
        }

    @pytest.mark.parametrize("name", ["new", "tests/new", "rules/tests/new"])
    def test_a_folder_is_sought_from_the_file_and_from_the_rules(self, reads: Reads, name: str) -> None:
        (reads.folder / "tests" / "new").mkdir()
        case = reads.case(more=f"    reload: {{at: 2026-11-21T16:45:00+01:00, rules: {name}}}\n")
        assert [reload.folder for reload in case.reloads if reload.folder] != []

    def test_a_single_file_is_that_of_the_channel(self, reads: Reads) -> None:
        (reads.folder / "tests" / "v2.yaml").write_text("policies: []")
        case = reads.case(more="    reload: {at: 2026-11-21T16:45:00+01:00, rules: v2.yaml}\n")
        assert case.reloads[0].files == {"acme-x.yaml": b"policies: []"}

    def test_a_file_of_rules_among_the_tests_is_no_test(self, reads: Reads) -> None:
        assert reads("policies: [{name: p}]") == CaseFile(reads.path, ())


class TestFaults:
    def test_all_of_them_at_once_each_with_its_place(self, reads: Reads) -> None:
        content = """\
cases:
  - name: one
    chanel: acme-x
    messages:
      - {from: custmer, at: 2026-11-21T15:45:00, txt: hi}
      - {at: yesterday, followers: many}
    expect:
      - {target: first_responce, status: mised, stats: x}
  - name: two
    channel: acme-x
    messages: []
    expect:
  - name: three
    channel: acme-x
    messages:
      - {from: customer, at: 2026-11-21T15:45:00Z, gone_at: 2026-11-21T15:40:00Z}
    expect: [{}]
  - name: three
    channel: acme-x
    messages: [{from: customer, at: 2026-11-21T15:45:00Z, followers: -1}]
    expect: [{due: 17:00, elapsed: 12, business: 1x}]
"""
        when = "write 2026-11-21T15:45:00+01:00, or Z for UTC"
        assert reads.faults(content) == [
            "3:5: unknown key `chanel` (did you mean `channel`?)",
            "5:50: unknown key `txt` (did you mean `text`?)",
            "5:16: `from`: unknown word `custmer` (did you mean `customer`?)",
            f"5:29: `at`: `2026-11-21T15:45:00` has no time zone ({when})",
            "6:9: `from` is missing (`customer`, `brand`, `automation`, `staff` or `bystander`)",
            f"6:14: `at`: `yesterday` is no ISO 8601 time ({when})",
            "6:36: `followers` should be a whole number",
            "8:49: unknown key `stats` (did you mean `status`?)",
            "8:18: `target`: unknown word `first_responce` (did you mean `first_response`?)",
            "8:42: `status`: unknown word `mised` (did you mean `missed`?)",
            "11:15: `messages` is empty",
            "12:12: `expect` has no value (`[]`: nobody waits)",
            "16:61: `gone_at` lies before the message was written",
            "17:14: this row says nothing (write at least one key)",
            "18:11: a second case is named `three`",
            "20:70: `followers`: input should be greater than or equal to 0",
            f"21:20: `due`: `17:00` is no ISO 8601 time ({when})",
            "21:50: `business`: `1x` is no duration (write a number and a unit: 500ms, 60s, 15m, 8h, 2d, or 1h30m)",
        ]

    def test_a_case_with_a_fault_is_left_out_and_the_others_are_kept(self, reads: Reads) -> None:
        good = CASE.replace("MESSAGE", ASKED).replace("EXPECT", "[]")
        bad = good.replace("cases:\n", "").replace("one", "bad").replace("from", "form")
        read = reads(good + bad)
        assert ([case.name for case in read.cases], len(read.faults)) == (["one"], 1)

    def test_a_channel_that_nobody_knows_where_channels_are_known(self, reads: Reads) -> None:
        content = CASE.replace("MESSAGE", ASKED).replace("EXPECT", "[]")
        assert reads.faults(content, ["acme-xx"]) == ["3:14: there is no channel `acme-x` (did you mean `acme-xx`?)"]
        assert reads.faults(content, ["acme-x"]) == []

    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            ("nowhere", "there is no folder `nowhere` (relative to this file, or to the rules)"),
            ("12", "`rules` should be a folder, or rules in place (name a folder, or write `policies`, `calendars`"),
            ("{}", "`rules` should be a folder, or rules in place"),
            ("{acme-x: 12}", "should be the content of a file"),
            ('"a: [\\n"', "this is no YAML"),
        ],
    )
    def test_other_rules_that_are_none(self, reads: Reads, rules: str, said: str) -> None:
        fault = reads.fault(more=f"    reload: {{at: 2026-11-21T16:45:00Z, rules: {rules}}}\n")
        assert said in fault
        assert fault.startswith("7:")

    def test_a_file_that_is_not_there(self, reads: Reads) -> None:
        with pytest.raises(UsageError, match="cannot read"):
            read_cases(reads.path, reads.folder)

    def test_an_empty_file(self, reads: Reads) -> None:
        assert reads.faults("") == ["1:1: the file is empty"]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
    @given(st.binary(max_size=200))
    def test_random_bytes_are_faults_or_nothing(self, reads: Reads, content: bytes) -> None:
        assert reads(content).cases == ()

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
    @given(st.data())
    def test_anything_in_the_place_of_anything_else_is_a_fault_or_good(self, reads: Reads, data: st.DataObject) -> None:
        """No value of any key leads to a traceback."""
        edit = {"at": "2026-11-21T15:46:00Z", "text": ""}
        whole: dict[str, Any] = {
            "name": "n",
            "channel": "c",
            "at": "2026-11-21T16:45:00Z",
            "messages": [{"from": "customer", "at": "2026-11-21T15:45:00Z", "edited": [edit]}],
            "reload": {"at": "2026-11-21T16:00:00Z", "rules": {"policies": [{"name": "p"}]}},
            "expect": [{"status": "met", "elapsed": 1, "announced": [{"stage": "80%"}]}],
        }
        odd = st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
            max_leaves=4,
        )
        place = whole
        while True:
            key: Any = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
                place[key] = data.draw(odd)
                break
            place = place[key]
        read = reads(yaml.safe_dump({"cases": [whole]}, allow_unicode=True))
        assert bool(read.cases) != bool(read.faults)
