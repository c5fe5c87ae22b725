"""`slamon replay`: what it counts, what it prints, and how it says no."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from slamon.cli import main
from slamon.cli._replay_table import table
from slamon.connectors._records import instant
from slamon.errors import FaultsError, UsageError
from slamon.model import HOUR, Target
from slamon.replay import Figures, replay
from slamon.sla.policy import ChannelRules, Policy, RuleSet

if TYPE_CHECKING:
    from collections.abc import Callable

ONE_HOUR = RuleSet("test")

Line: TypeAlias = "dict[str, object]"
History: TypeAlias = "Callable[..., Path]"
Run: TypeAlias = "Callable[..., Done]"


def at(clock: str) -> str:
    return f"2026-11-20T{clock}Z"


def said(ident: str, clock: str, role: str = "customer", author: str = "ann", **cells: object) -> Line:
    cells = {"conversation": "c", "brand": "acme", "author": author if role == "customer" else "acme"} | cells
    return {"id": ident, "role": role, "created_at": at(clock), "text": ""} | cells


def answered(ident: str, clock: str, **cells: Any) -> Line:
    return said(ident, clock, "brand", **cells)


@pytest.fixture
def history(tmp_path: Path) -> History:
    path = tmp_path / "history.jsonl"

    def write(*lines: Line | str) -> Path:
        text = [one if isinstance(one, str) else json.dumps(one) for one in lines]
        path.write_text("\n".join(text), encoding="utf-8")
        return path

    return write


def figures(path: Path, target: Target = Target.FIRST_RESPONSE, judged_at: str = "") -> dict[str, Any]:
    total: Any = replay(path, ONE_HOUR, instant(judged_at) if judged_at else None).as_json()["total"]
    return dict(total[target])


class TestCounting:
    def test_an_answer_at_the_due_instant_is_met_and_a_millisecond_later_missed(self, history: History) -> None:
        path = history(
            said("1", "08:00:00", conversation="a"),
            answered("2", "09:00:00", conversation="a"),
            said("3", "08:00:00", conversation="b"),
            answered("4", "09:00:00.001", conversation="b"),
        )
        found = figures(path)
        assert (found["count"], found["met"], found["missed"]) == (2, 1, 1)
        assert (found["p50"], found["max"]) == (3_600, 3_600.001)

    def test_an_open_breach_is_open_and_weighs_on_the_share(self, history: History) -> None:
        path = history(said("1", "08:00:00"), answered("2", "08:30:00"), said("3", "07:00:00", conversation="b"))
        found = figures(path)
        assert (found["met"], found["open"], found["answered_within_target"]) == (1, 1, 0.5)

    def test_an_open_wait_that_is_due_now_weighs_nothing_yet(self, history: History) -> None:
        path = history(said("1", "08:00:00"))
        assert figures(path, judged_at=at("09:00:00"))["answered_within_target"] is None
        assert figures(path, judged_at=at("09:00:00.001"))["answered_within_target"] == 0

    def test_lines_after_the_instant_are_ignored(self, history: History) -> None:
        path = history(said("1", "08:00:00"), answered("2", "08:30:00"), said("3", "10:00:00", conversation="b"))
        result = replay(path, ONE_HOUR, instant(at("08:29:59")))
        assert (result.messages, result.threads, result.conversations) == (1, 1, 1)
        assert result.total[Target.FIRST_RESPONSE].open == 1

    def test_the_second_wait_is_a_next_response(self, history: History) -> None:
        path = history(
            said("1", "08:00:00"), answered("2", "08:10:00"), said("3", "08:20:00"), answered("4", "10:00:00")
        )
        found = figures(path, Target.NEXT_RESPONSE)
        assert (found["count"], found["missed"], found["p50"]) == (1, 1, 6_000)

    def test_customers_of_a_thread_are_conversations_of_their_own(self, history: History) -> None:
        path = history(
            said("1", "08:00:00"),
            said("2", "08:05:00", author="bob"),
            answered("3", "08:10:00", in_reply_to="2"),
            answered("4", "08:20:00", text="hello all"),
        )
        result = replay(path, ONE_HOUR)
        assert (result.messages, result.threads, result.conversations) == (4, 1, 2)
        assert (result.total[Target.FIRST_RESPONSE].met, result.total[Target.FIRST_RESPONSE].open) == (1, 1)

    def test_a_wait_whose_messages_all_went_is_cancelled_unless_that_is_still_to_come(self, history: History) -> None:
        path = history(said("1", "08:00:00", gone_at=at("08:05:00")), said("2", "09:30:00", conversation="b"))
        assert figures(path)["cancelled"] == 1
        assert figures(path, judged_at=at("08:04:00"))["open"] == 1

    def test_an_edit_is_the_same_message_with_its_last_mentions_and_its_first_time(self, history: History) -> None:
        path = history(
            said("1", "08:00:00"),
            said("1", "08:50:00", text="please?"),
            said("2", "08:00:00", author="bob"),
            answered("3", "09:30:00", text="oops"),
            answered("3", "09:40:00", text="@Ann sorry"),
        )
        result = replay(path, ONE_HOUR)
        first = result.total[Target.FIRST_RESPONSE]
        assert (result.messages, first.missed, first.open, first.elapsed) == (3, 1, 1, [90 * 60_000])

    def test_the_same_id_on_two_channels_is_two_messages(self, history: History) -> None:
        path = history(said("1", "08:00:00"), said("1", "08:00:00", brand="other"))
        assert {name: found[Target.FIRST_RESPONSE].open for name, found in replay(path, ONE_HOUR).channels.items()} == {
            "acme": 1,
            "other": 1,
        }

    def test_rules_of_the_channel_decide(self, history: History) -> None:
        promises: dict[Target, int | None] = {Target.FIRST_RESPONSE: 10 * HOUR, Target.NEXT_RESPONSE: None}
        rules = RuleSet("test", {"acme": ChannelRules((Policy("slow", promises),))})
        lines = [said("1", "08:00:00"), answered("2", "12:00:00"), said("3", "12:30:00")]
        path = history(*lines, *({**line, "brand": "other"} for line in lines))
        found = replay(path, rules).channels
        assert [found[name][Target.FIRST_RESPONSE].met for name in ("acme", "other")] == [1, 0]
        assert [found[name][Target.NEXT_RESPONSE].count for name in ("acme", "other")] == [0, 1]

    def test_an_empty_file_counts_nothing_and_divides_by_nothing(self, history: History) -> None:
        result = replay(history(), ONE_HOUR).as_json()
        none: dict[str, int | None] = dict.fromkeys(("count", "met", "missed", "open", "cancelled"), 0)
        none |= {"answered_within_target": None, "p50": None, "p90": None, "p99": None, "max": None}
        assert result == {
            "messages": 0,
            "threads": 0,
            "conversations": 0,
            "channels": {},
            "total": {"first_response": none, "next_response": none},
        }

    def test_progress_ends_with_the_whole_file(self, history: History) -> None:
        path = history(said("1", "08:00:00"), said("2", "08:00:00"))
        seen: list[tuple[int, int]] = []
        replay(path, ONE_HOUR, progress=lambda done, size: seen.append((done, size)))
        assert seen[-1] == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize(("percent", "span"), [(50, 20), (90, 40), (99, 40), (100, 40)])
def test_a_percentile_is_the_nearest_rank(percent: int, span: int) -> None:
    assert Figures(elapsed=[40, 10, 30, 20]).percentile(percent) == span


class TestFaults:
    def test_are_told_all_at_once_with_their_places(self, history: History) -> None:
        path = history(said("1", "08:00:00", role="boss"), "", "{", said("2", "08:00:00", brand=None))
        with pytest.raises(FaultsError) as caught:
            replay(path, ONE_HOUR)
        places = [(fault.line, fault.column) for fault in caught.value.faults]
        assert places == [(1, 21), (3, 2), (4, 1)]
        assert caught.value.faults[-1].message == "brand is missing"

    def test_beyond_twenty_are_counted(self, history: History) -> None:
        with pytest.raises(FaultsError) as caught:
            replay(history(*(["no"] * 23)), ONE_HOUR)
        assert [fault.line for fault in caught.value.faults] == [*range(1, 21), 21]
        assert caught.value.faults[-1].message == "3 more faults from this line on"

    def test_of_a_file_that_is_not_there_are_of_use(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="No such file"):
            replay(tmp_path / "none.jsonl", ONE_HOUR)


@dataclass
class Done:
    exit_code: int
    stdout: str
    stderr: str


class TestTheCommand:
    @pytest.fixture
    def run(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
        def run(*words: object) -> Done:
            monkeypatch.setattr(sys, "argv", ["slamon", "replay", *map(str, words)])
            with pytest.raises(SystemExit) as left:
                main()
            return Done(int(left.value.code or 0), *capsys.readouterr())

        return run

    def test_prints_figures_as_json(self, run: Run, history: History) -> None:
        path = history(said("1", "08:00:00"), answered("2", "08:30:00"))
        done = run(path, "--json")
        assert done.exit_code == 0
        assert json.loads(done.stdout) == replay(path, ONE_HOUR).as_json()

    def test_judges_at_the_instant_it_is_told(self, run: Run, history: History) -> None:
        path = history(said("1", "08:00:00"), answered("2", "08:30:00"))
        done = run(path, "--json", "--at", "2026-11-20T09:10:00+01:00")
        assert json.loads(done.stdout)["total"]["first_response"]["open"] == 1

    def test_prints_a_table_for_people(self, run: Run, history: History) -> None:
        done = run(history(said("1", "08:00:00"), answered("2", "09:30:05")))
        channel, total = (line.split() for line in done.stdout.splitlines() if "first_response" in line)
        assert channel == ["acme", "first_response", "1", "0", "1", "0", "0", "0.0%", *["1h30m"] * 4]
        assert total[1:] == channel[1:]
        assert done.stdout.endswith("2 messages, 1 threads, 1 conversations, judged at 2026-11-20 09:30:05 UTC\n")

    def test_writes_out_what_would_move_the_cursor(self, run: Run, history: History) -> None:
        done = run(history(said("1", "08:00:00", brand="\x1b[2Jacme")))
        assert "\\x1b[2Jacme" in done.stdout

    def test_with_faults_prints_each_and_exits_with_1(self, run: Run, history: History) -> None:
        path = history("{", said("1", "08:00:00", kind="\x1b"))
        done = run(path, "--json")
        assert (done.exit_code, done.stdout) == (1, "")
        assert [line.removeprefix(f"{path}:")[:3] for line in done.stderr.splitlines()] == ["1:2", "2:1"]
        assert "\x1b" not in done.stderr

    def test_holds_waits_to_the_rules_of_a_folder(self, run: Run, history: History, tmp_path: Path) -> None:
        rules = tmp_path / "rules"
        rules.mkdir()
        (rules / "gone.yaml").write_text("policies: [{name: all, first_response: 1m, stages: [{at: 100%, to: desk}]}]")
        (rules / "acme.yaml").write_text("policies: [{name: all, first_response: 20m}]")
        path = history(said("1", "08:00:00"), answered("2", "08:30:00"))
        assert json.loads(run(path, "--json").stdout)["total"]["first_response"]["met"] == 1
        assert json.loads(run(path, "--json", "--rules", rules).stdout)["total"]["first_response"]["missed"] == 1

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["none.jsonl"], "none.jsonl cannot be read"),
            (["."], "cannot be read: Is a directory"),
            (["none.jsonl", "--at", "noon"], "--at noon is no ISO 8601 time; write 2026-"),
            (["none.jsonl", "--rules", "none"], "--rules none is no folder"),
        ],
    )
    def test_that_cannot_work_says_why_and_exits_with_2(self, run: Run, words: list[str], message: str) -> None:
        done = run(*words)
        assert done.exit_code == 2
        assert message in done.stderr
        assert done.stdout == ""


def test_the_example_of_the_manual_prints_what_the_manual_shows(tmp_path: Path) -> None:
    manual = Path(__file__).parents[1].joinpath("docs", "replay.md").read_text(encoding="utf-8")
    path = tmp_path / "history.jsonl"
    path.write_text(manual.split("```json\n")[1].split("```")[0], encoding="utf-8")
    for shown in table(replay(path, ONE_HOUR)).splitlines()[:2]:
        assert f"\n    {shown}\n" in manual


def test_spans_in_the_table_have_two_units(history: History) -> None:
    path = history(
        said("1", "08:00:00"), answered("2", "08:00:00.250"), said("3", "08:00:01"), answered("4", "08:00:01")
    )
    rows = [line.split()[-1] for line in table(replay(path, ONE_HOUR)).splitlines()[1:5]]
    assert rows == ["250ms", "0s", "250ms", "0s"]
