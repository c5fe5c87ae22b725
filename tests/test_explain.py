"""`slamon explain`: what it says of waits that ended in every way, and that strangers' words stay words."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from slamon.cli.explain import _as_json, _lines, command
from slamon.explain import explain
from slamon.logs import escape
from slamon.model import HOUR, MINUTE
from stage import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.explain import Explained

RULES = """\
policies:
  - {name: refunds, when: {text: refund}, first_response: 1h}
  - {name: stars, when: {author.followers: ">= 1000"}, first_response: 30m}
"""
HOSTILE = "refund\x1b[31m\u202e\r\n\x00wait 7: met <!channel>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, rules=RULES) as opened:
        yield opened


def explained(desk: Desk, name: str) -> Explained:
    (only,) = explain(desk.app.store, desk.app.rules, name, desk.now)
    return only


def lines(desk: Desk, name: str) -> str:
    return "\n".join(_lines(explained(desk, name)))


def facts(desk: Desk, name: str) -> dict[str, Any]:
    return _as_json(explained(desk, name))


def run(desk: Desk, *arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, [*arguments, "--config", str(desk.folder / "config.yaml")])
    return done.exit_code, done.stdout, done.stderr


class TestWords:
    def test_a_wait_that_was_met_is_told_from_question_to_answer(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.passes(50 * MINUTE)
        desk.answers(post)
        desk.passes(10 * MINUTE)
        assert lines(desk, post) == dedent(f"""\
            wait 1: met, acme-x, thread {post}, customer {desk.x.user("ann").id}
              messages (* waits for an answer):
               *2026-11-22T12:00:01.000+00:00  other  @ann: @acme my refund?
                2026-11-22T12:50:01.000+00:00  ours   @acme: @ann on its way
              policy: refunds
              first_response: 1 h from 2026-11-22T12:00:01.000+00:00, due 2026-11-22T13:00:01.000+00:00
              answered 2026-11-22T12:50:01.000+00:00 by @acme, after 50 min, 50 min of it in open hours
              counted: in time
              last read: 2026-11-22T13:00:00.000+00:00
                stage 80% at 2026-11-22T12:48:01.000+00:00
                stage 100% at 2026-11-22T13:00:01.001+00:00
              told:
                80% to desk (#desk): sent at 2026-11-22T12:48:01.000+00:00""")

    def test_a_breach_says_how_long_it_waits_and_who_was_told(self, desk: Desk) -> None:
        desk.asks("my refund?")
        desk.passes(2 * HOUR)
        told = lines(desk, "@ann")
        assert told.startswith("wait 1: breached, ")
        assert "\n  waiting for 2 h\n  counted: late\n" in told
        assert told.endswith("100% to desk (#desk): sent at 2026-11-22T13:00:01.001+00:00")

    def test_what_was_told_unverified_says_so(self, desk: Desk) -> None:
        desk.asks("my refund?")
        desk.passes(50 * MINUTE)
        with desk.x_fails():
            desk.passes(HOUR)
        assert lines(desk, "ann").endswith("100% to desk (#desk): sent at 2026-11-22T13:00:31.001+00:00, not verified")

    def test_an_unmatched_wait_shows_what_failed_in_each_policy(self, desk: Desk) -> None:
        desk.asks("hello")
        desk.settles()
        assert lines(desk, "ann").partition("  policy: ")[2] == dedent("""\
            none matches, the wait is only counted
                not refunds: text: refund does not hold
                not stars: author.followers: >= 1000 does not hold
              told: nobody""")

    def test_only_policies_above_the_one_that_holds_are_said_to_fail(self, desk: Desk) -> None:
        desk.x.user("fay", followers=5_000)
        desk.asks("hello", by="fay")
        desk.settles()
        assert "\n  policy: stars\n    not refunds: text: refund does not hold\n  first" in lines(desk, "fay")

    def test_a_wait_that_a_later_message_shortened_is_not_said_to_fall_under_another_policy(self, desk: Desk) -> None:
        desk.x.user("fay", followers=5_000)
        post = desk.asks("hello", by="fay")
        desk.asks("a refund, please", by="fay", reply_to=post)
        desk.settles()
        assert "\n  policy: stars\n  first_response: 30 min" in lines(desk, "fay")

    def test_history_is_not_counted(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path, rules=RULES)
        desk.x.customer_posts("ann", "@acme my refund?", at=desk.now - 5 * HOUR)
        with desk:
            assert "\n  waiting for 5 h\n  counted: no, it is history\n" in lines(desk, "ann")

    def test_a_cancelled_wait_keeps_its_policy_and_says_when_it_ended(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.passes(6 * MINUTE)
        desk.x.delete(post)
        desk.passes(HOUR)
        told = lines(desk, "ann")
        assert "@ann, deleted: @acme my refund?\n  policy: refunds\n  first_response: 1 h from" in told
        ending = "cancelled 2026-11-22T12:48:01.000+00:00, after 48 min: all that waited was deleted"
        assert f"\n  {ending}\n  counted: no, it was cancelled\n" in told

    def test_new_rules_that_would_decide_otherwise_are_named(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.settles()
        desk.answers(post)
        desk.settles()
        desk.promise("policies: [{name: others, first_response: 2h}]")
        desk.restart()
        desk.passes(HOUR)
        assert "  policy: refunds\n    under the rules in force now it would be others\n" in lines(desk, post)


class TestJson:
    def test_it_tells_the_same_for_programs(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.passes(90 * MINUTE)
        desk.answers(post)
        desk.settles()
        found = facts(desk, post)
        assert (found["status"], found["settled"], found["policy"]) == (
            "missed",
            "late",
            "refunds",
        )
        assert (found["elapsed_seconds"], found["open_seconds"]) == (5_400.0, 5_400.0)
        assert [stage["stage"] for stage in found["stages"]] == ["80%", "100%"]
        assert [(told["stage"], told["to"], told["state"]) for told in found["told"]] == [
            ("80%", "desk", "sent"),
            ("100%", "desk", "sent"),
        ]
        assert [(said["author"], said["side"]) for said in found["messages"]] == [("ann", "other"), ("acme", "ours")]

    def test_an_unmatched_wait_has_no_policy_no_due_and_is_no_history(self, desk: Desk) -> None:
        desk.asks("hello")
        desk.settles()
        found = facts(desk, "ann")
        assert (found["policy"], found["due_at"], found["history"]) == (None, None, False)
        assert found["failed"] == [
            {"policy": "refunds", "condition": "text: refund"},
            {"policy": "stars", "condition": "author.followers: >= 1000"},
        ]

    def test_a_cancelled_wait_ends_when_it_was_cancelled(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.passes(6 * MINUTE)
        desk.x.delete(post)
        desk.passes(HOUR)
        found = facts(desk, post)
        assert (found["status"], found["elapsed_seconds"]) == ("cancelled", 48 * 60.0)
        assert found["messages"][0]["gone_at"] == found["cancelled_at"] == "2026-11-22T12:48:01.000+00:00"


class TestCommand:
    @pytest.mark.parametrize("name", ["1", "ann", "@ann", "post", "customer"])
    def test_a_wait_is_found_by_whatever_names_it(self, desk: Desk, name: str) -> None:
        post = desk.asks("my refund?")
        desk.settles()
        names = {"post": post, "customer": desk.wait(post).customer}
        code, shown, _ = run(desk, names.get(name, name), "--json")
        assert (code, [wait["wait"] for wait in json.loads(shown)["waits"]]) == (0, [1])

    def test_strangers_words_are_printed_escaped_and_on_their_own_line(self, desk: Desk) -> None:
        post = desk.asks(HOSTILE)
        desk.settles()
        code, shown, _ = run(desk, post)
        assert code == 0
        assert escape(shown.replace("\n", "")) == shown.replace("\n", "")
        assert [line for line in shown.splitlines() if line.startswith("wait")] == [shown.splitlines()[0]]
        assert r"@acme refund\x1b[31m\u202e wait 7: met <!channel>" in shown

    def test_its_json_keeps_them_as_they_are(self, desk: Desk) -> None:
        post = desk.asks(HOSTILE)
        desk.settles()
        _, shown, _ = run(desk, post, "--json")
        assert json.loads(shown)["waits"][0]["messages"][0]["text"] == "@acme " + HOSTILE.replace("\x00", "")

    def test_a_name_that_nobody_knows_is_told_escaped_with_exit_code_1(self, desk: Desk) -> None:
        code, shown, error = run(desk, "\x1b[2Jnobody")
        assert (code, shown) == (1, "")
        assert error == "Nothing is known of \\x1b[2Jnobody: try a number from `slamon waiting`.\n"
