"""`slamon ack`, `snooze`, `dismiss` and `undo`: by the daemon that runs, or beside it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from click.testing import CliRunner

from slamon.asking import LONGEST, NUMBERS, Door
from slamon.cli import COMMANDS, group
from slamon.control import ask
from slamon.errors import StoreError, UsageError
from slamon.model import DAY, HOUR, MINUTE
from slamon.store.actions import of_wait
from stage import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.store.actions import Action

MANY = "policies: [{name: everyone, first_response: 1h}]"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """In a folder with a short path: a socket's may have about a hundred characters."""
    monkeypatch.setenv("SUDO_USER", "kim")
    with TemporaryDirectory() as name, Desk(Path(name), rules=MANY) as opened:
        opened.app.control.start()
        yield opened


def run(desk: Desk, *words: str) -> Any:
    return CliRunner().invoke(group, [*words, "--config", str(desk.folder / "config.yaml")], catch_exceptions=False)


def told(done: Any) -> list[str]:
    """What stands in the error output, but for the log of the daemon, which runs in this process too."""
    return [line for line in done.stderr.splitlines() if not line.startswith("{")]


def done_about(desk: Desk, wait: int = 1) -> list[Action]:
    with desk.app.store.read() as tx:
        return of_wait(tx, wait)


def waiting(desk: Desk, *, by: str = "ann") -> str:
    post = desk.asks(by=by)
    desk.settles()
    return post


class TestWhileTheDaemonRuns:
    def test_a_wait_is_acknowledged_by_whoever_is_behind_sudo(self, desk: Desk) -> None:
        waiting(desk)
        done = run(desk, "ack", "1")
        assert (done.exit_code, told(done)) == (0, [])
        assert done.stdout.strip()
        (action,) = done_about(desk)
        assert (action.verb, action.wait, action.by, action.via) == ("acknowledge", 1, "kim", "command")
        assert desk.metric("slamon_actions_total", verb="acknowledge", via="command") == 1

    def test_each_command_is_an_action_of_its_own(self, desk: Desk) -> None:
        waiting(desk)
        for _ in range(2):
            assert run(desk, "snooze", "1", "--for", "15m").exit_code == 0
        assert len({action.key for action in done_about(desk)}) == 2

    def test_it_is_snoozed_for_so_long(self, desk: Desk) -> None:
        waiting(desk)
        done = run(desk, "snooze", "1", "--for", "15m", "--json")
        answer = json.loads(done.stdout)
        (action,) = done_about(desk)
        assert (done.exit_code, action.verb, action.until) == (0, "snooze", desk.now + 15 * MINUTE)
        assert answer.keys() == {"action", "new", "words", "until"}
        assert (answer["action"], answer["new"], answer["until"]) == (action.id, True, "2026-11-22T12:15:01.000+00:00")

    @pytest.mark.parametrize(
        ("words", "verb", "scope", "span"),
        [
            ((), "dismiss", "wait", None),
            (("--as", "elsewhere"), "answered_elsewhere", "wait", None),
            (("--as", "statement", "--for", "1h"), "answered_by_statement", "thread", HOUR),
            (("--as", "mute", "--for", "2d"), "mute", "thread", 2 * DAY),
            (("--scope", "author", "--for", "2d"), "dismiss", "author", 2 * DAY),
            (("--scope", "match", "--pattern", "parcel", "--for", "1h"), "dismiss", "match", HOUR),
        ],
    )
    def test_it_is_dismissed_as_it_was_said(
        self, words: tuple[str, ...], verb: str, scope: str, span: int | None, desk: Desk
    ) -> None:
        waiting(desk)
        done = run(desk, "dismiss", "1", "--reason", "by phone", *words)
        assert (done.exit_code, told(done)) == (0, [])
        (action,) = done_about(desk)
        assert (action.verb, action.scope, action.reason, action.by) == (verb, scope, "by phone", "kim")
        assert span is None or action.until == desk.now + span
        desk.settles()
        assert "Nobody waits." in run(desk, "waiting").stdout

    def test_it_is_taken_back_and_waits_again(self, desk: Desk) -> None:
        waiting(desk)
        number = json.loads(run(desk, "dismiss", "1", "--reason", "spam", "--json").stdout)["action"]
        desk.settles()
        assert "Nobody waits." in run(desk, "waiting").stdout
        done = run(desk, "undo", str(number))
        assert (done.exit_code, told(done)) == (0, [])
        desk.settles()
        assert len(json.loads(run(desk, "waiting", "--json").stdout)["waiting"]) == 1
        (action,) = done_about(desk)
        assert (action.undone_at is not None, action.undone_by) == (True, "kim")
        done = run(desk, "undo", str(number))
        assert (done.exit_code, done.stdout) == (1, "")
        assert "was taken back before" in done.stderr

    @pytest.mark.parametrize("name", ["ann", "@ann", "post"])
    def test_a_wait_may_be_named_as_explain_takes_it(self, name: str, desk: Desk) -> None:
        post = waiting(desk)
        waiting(desk, by="bob")
        assert run(desk, "ack", post if name == "post" else name).exit_code == 0
        assert [len(done_about(desk, wait)) for wait in (1, 2)] == [1, 0]

    def test_of_several_nothing_is_done_and_all_are_listed(self, desk: Desk) -> None:
        waiting(desk)
        waiting(desk)
        done = run(desk, "ack", "ann")
        assert (done.exit_code, done.stdout) == (1, "")
        head, *lines = told(done)
        assert head == "ann may mean 2 open waits: say the number of one"
        assert [line.split()[:4] for line in lines] == [
            ["1", "acme-x", "on_track", "@ann"],
            ["2", "acme-x", "on_track", "@ann"],
        ]
        assert json.loads(run(desk, "ack", "ann", "--json").stdout)["waits"] == [1, 2]
        assert done_about(desk, 1) == done_about(desk, 2) == []

    def test_those_that_are_over_are_not_meant(self, desk: Desk) -> None:
        desk.answers(waiting(desk))
        desk.settles()
        waiting(desk)
        assert run(desk, "ack", "ann").exit_code == 0
        assert [len(done_about(desk, wait)) for wait in (1, 2)] == [0, 1]

    def test_what_cannot_be_done_is_one_clear_line(self, desk: Desk) -> None:
        desk.answers(waiting(desk))
        desk.settles()
        for words in (("ack", "1"), ("ack", "ann"), ("ack", "nobody\x1b[2J"), ("undo", "99")):
            done = run(desk, *words)
            assert (done.exit_code, done.stdout, len(told(done))) == (1, "", 1)
            assert "\x1b" not in done.stderr
        assert told(run(desk, "ack", "nobody\x1b[2J")) == ["nothing is known of nobody\\x1b[2J"]
        assert told(run(desk, "ack", "ann")) == ["nobody waits there any more: ann"]
        assert told(run(desk, "undo", "99")) == ["there is no action 99"]
        assert json.loads(run(desk, "undo", "99", "--json").stdout) == {"refused": "there is no action 99"}

    @pytest.mark.parametrize(
        "words",
        [
            ("ack",),
            ("snooze", "1", "--for", "soon"),
            ("snooze", "1", "--for", "0s"),
            ("snooze", "1", "--for", "1h", "--until-shift-ends"),
            ("dismiss", "1"),
            ("dismiss", "1", "--reason", "x", "--scope", "all"),
            ("dismiss", "1", "--reason", "x", "--scope", "match"),
            ("dismiss", "1", "--reason", "x", "--pattern", "a"),
            ("dismiss", "1", "--reason", "x", "--as", "met"),
            ("undo", "x"),
            ("undo", "0"),
            ("undo", "1", "--standing"),
        ],
    )
    def test_wrong_usage_is_told_before_anything_is_done(self, words: tuple[str, ...], desk: Desk) -> None:
        waiting(desk)
        assert run(desk, *words).exit_code == 2
        assert done_about(desk) == []

    def test_a_reason_of_blanks_is_none(self, desk: Desk) -> None:
        waiting(desk)
        with pytest.raises(UsageError, match="answers: `reason` is missing"):
            run(desk, "dismiss", "1", "--reason", " ")


class TestWhereNoDaemonRuns:
    def test_the_command_does_it_itself(self, desk: Desk) -> None:
        waiting(desk)
        desk.app.control.stop()
        desk.kill()
        number = json.loads(run(desk, "dismiss", "ann", "--reason", "spam", "--json").stdout)["action"]
        assert run(desk, "ack", "ann").exit_code == 1
        assert run(desk, "undo", str(number)).exit_code == 0
        assert run(desk, "ack", "ann").exit_code == 0
        desk.restart()
        desk.settles()
        assert [(action.verb, action.via) for action in done_about(desk, 1)][:1] == [("dismiss", "command")]
        assert [wait.state for wait in desk.waits("ann")][-1:] == ["open"]

    def test_where_one_writes_that_does_not_listen_the_command_says_so(self, desk: Desk) -> None:
        waiting(desk)
        desk.app.control.stop()
        with pytest.raises(StoreError, match="another slamon"):
            run(desk, "ack", "1")
        assert done_about(desk) == []


class TestTheList:
    def test_is_newest_first_with_who_and_why(self, desk: Desk) -> None:
        waiting(desk)
        waiting(desk, by="bob")
        assert run(desk, "undo").stdout == "Nobody did anything.\n"
        run(desk, "ack", "1")
        run(desk, "dismiss", "2", "--reason", "spam\x1b[2J\nand more", "--scope", "author", "--for", "7d")
        run(desk, "undo", "1")
        newest, oldest = run(desk, "undo").stdout.splitlines()
        assert newest.split()[:3] == ["2", "2026-11-22T12:00:02.000+00:00", "dismiss"]
        assert newest.endswith("by kim (command)  until 2026-11-29T12:00:02.000+00:00  spam\\x1b[2J and more")
        assert " author " in newest
        assert oldest.startswith("     1  2026-11-22T12:00:02.000+00:00  acknowledge wait 1")
        assert oldest.endswith("taken back 2026-11-22T12:00:02.000+00:00 by kim")

    def test_for_programs_is_json(self, desk: Desk) -> None:
        waiting(desk)
        run(desk, "ack", "1")
        (found,) = json.loads(run(desk, "undo", "--json").stdout)["actions"]
        assert found | {"until": "", "channel": ""} == {
            "action": 1,
            "at": "2026-11-22T12:00:01.000+00:00",
            "verb": "acknowledge",
            "wait": 1,
            "channel": "",
            "scope": "wait",
            "subject": found["subject"],
            "reason": "",
            "until": "",
            "by": "kim",
            "by_id": "kim",
            "via": "command",
            "undone_at": None,
            "undone_by": None,
        }

    def test_may_be_of_what_still_holds_for_messages_to_come(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        for by in ("ann", "bob", "cyd", "dan"):
            waiting(desk, by=by)
        run(desk, "ack", "4")
        for wait, length in (("1", "1h"), ("2", "2d"), ("3", "2d")):
            run(desk, "dismiss", wait, "--reason", "spam", "--scope", "author", "--for", length)
        run(desk, "undo", "4")
        desk.clock.now += HOUR
        monkeypatch.setattr("slamon.app.wall_clock", desk.clock)
        found = json.loads(run(desk, "undo", "--standing", "--json").stdout)["actions"]
        assert [action["wait"] for action in found] == [2]
        assert [line.split()[0] for line in run(desk, "undo", "--limit", "2").stdout.splitlines()] == ["4", "3"]


class TestTheDoor:
    """What the socket takes; HTTP takes the same."""

    GOOD: ClassVar[dict[str, Any]] = {"verb": "acknowledge", "wait": 1, "said": {}, "by": "kim", "key": "k"}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"verb": "met"},
            {"verb": ["acknowledge"]},
            {"verb": None},
            {"wait": "1"},
            {"wait": True},
            {"wait": 0},
            {"wait": 1.0},
            {"wait": -1},
            {"wait": NUMBERS},
            {"said": []},
            {"said": None},
            {"said": {"for": "1h"}},
            {"by": ""},
            {"by": 7},
            {"by": "x" * (LONGEST + 1)},
            {"by": "a\0b"},
            {"by": "\ud800"},
            {"key": ""},
            {"key": None},
            {"verb": "snooze", "said": {"for": 3600}},
            {"verb": "snooze", "said": {"for": "1 hour"}},
            {"verb": "snooze", "said": {"for": ["1h"]}},
            {"verb": "snooze", "said": {"until_shift_ends": "yes"}},
            {"verb": "snooze", "said": {"until_shift_ends": True, "for": "1h"}},
            {"verb": "snooze", "said": {"reason": "x"}},
            {"verb": "dismiss", "said": {}},
            {"verb": "dismiss", "said": {"reason": "x" * (LONGEST + 1)}},
            {"verb": "dismiss", "said": {"reason": {"a": 1}}},
            {"verb": "dismiss", "said": {"reason": "x", "as": "met"}},
            {"verb": "dismiss", "said": {"reason": "x", "as": {}}},
            {"verb": "dismiss", "said": {"reason": "x", "scope": "all"}},
            {"verb": "dismiss", "said": {"reason": "x", "scope": ["wait"]}},
            {"verb": "dismiss", "said": {"reason": "x", "scope": "match", "pattern": 7}},
            {"verb": "dismiss", "said": {"reason": "x", "pattern": []}},
            {"verb": "dismiss", "said": {"reason": "x", "scope": "match", "pattern": "x" * (LONGEST + 1)}},
        ],
    )
    def test_refuses_what_is_no_such_order(self, wrong: dict[str, Any], desk: Desk) -> None:
        waiting(desk)
        with pytest.raises(UsageError):
            Door(desk.app.acting, "command").act(**self.GOOD | wrong)
        with pytest.raises(UsageError, match=r"the running slamon answers: [^A-Z]"):
            ask(desk.app.control.path, "act", **self.GOOD | wrong)
        assert done_about(desk) == []

    def test_the_same_key_twice_is_one_action(self, desk: Desk) -> None:
        waiting(desk)
        first, second = (ask(desk.app.control.path, "act", **self.GOOD) for _ in range(2))
        assert (first["new"], second["new"], first["action"]) == (True, False, second["action"])
        assert len(done_about(desk)) == 1

    @pytest.mark.parametrize("wrong", [{"action": "1"}, {"action": -1}, {"action": True}, {"by": ""}, {"by": None}])
    def test_refuses_what_is_no_number_to_take_back(self, wrong: dict[str, Any], desk: Desk) -> None:
        with pytest.raises(UsageError, match=r"the running slamon answers: [^A-Z]"):
            ask(desk.app.control.path, "undo", **{"action": 1, "by": "kim"} | wrong)


@pytest.mark.parametrize("name", ["ack", "snooze", "dismiss", "undo"])
def test_each_command_stands_in_the_help(name: str) -> None:
    assert COMMANDS[name] in CliRunner().invoke(group, ["--help"]).stdout
