"""`slamon explain`: what it says of waits that ended in every way, and that strangers' words stay words."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from slamon import explaining
from slamon.cli import _explain_text
from slamon.cli.explain import command
from slamon.explain import explain, quiet
from slamon.logs import escape
from slamon.metrics.growing import HELD_FOR
from slamon.model import HOUR, MINUTE, SECOND
from slamon.noreply import Asked, undo
from slamon.sim.faults import Fault
from slamon.store.schema import outbox, ruleset
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
    return "\n".join(_explain_text.lines(explained(desk, name)))


def facts(desk: Desk, name: str) -> dict[str, Any]:
    return explaining.as_data(explained(desk, name))


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
              number 1 of this customer in the thread, turn 1
              messages (* waits for an answer):
               *2026-11-22T12:00:01.000+00:00  customer    @ann: @acme my refund?
                2026-11-22T12:50:01.000+00:00  brand       @acme: @ann on its way [the answer]
              answered 2026-11-22T12:50:01.000+00:00 by @acme, after 50 min
              policy: refunds (rules those in force)
              first_response: met, within 1 h
                from 2026-11-22T12:00:01.000+00:00, due 2026-11-22T13:00:01.000+00:00
                done 2026-11-22T12:50:01.000+00:00, after 50 min, 50 min of it in open hours
                counted: in time
                80% at 2026-11-22T12:48:01.000+00:00: desk (#desk) sent 2026-11-22T12:48:01.000+00:00
                100% at 2026-11-22T13:00:01.001+00:00: not reached
              last read: 2026-11-22T13:00:00.000+00:00""")

    def test_a_breach_says_how_long_it_waits_and_who_was_told(self, desk: Desk) -> None:
        desk.asks("my refund?")
        desk.passes(2 * HOUR)
        told = lines(desk, "@ann")
        assert told.startswith("wait 1: breached, ")
        assert "\n  waiting for 2 h\n" in told
        assert "\n    waiting for 2 h, 2 h of it in open hours\n    counted: late\n" in told
        assert "\n    100% at 2026-11-22T13:00:01.001+00:00: desk (#desk) sent 2026-11-22T13:00:01.001+00:00\n" in told

    def test_what_was_told_unverified_says_so(self, desk: Desk) -> None:
        desk.asks("my refund?")
        desk.passes(50 * MINUTE)
        with desk.x_fails():
            desk.passes(HOUR)
        told = "100% at 2026-11-22T13:00:01.001+00:00: desk (#desk) sent 2026-11-22T13:00:31.001+00:00, not verified\n"
        assert told in lines(desk, "ann")

    def test_an_unmatched_wait_shows_what_failed_in_each_policy(self, desk: Desk) -> None:
        desk.asks("hello")
        desk.settles()
        told = lines(desk, "ann").partition("  policy: ")[2]
        assert told.partition("  last read")[0] == dedent("""\
            none matches, the wait is only counted (rules those in force)
                not refunds: text: refund does not hold
                not stars: author.followers: >= 1000 does not hold
            """)

    def test_only_policies_above_the_one_that_holds_are_said_to_fail(self, desk: Desk) -> None:
        desk.x.user("fay", followers=5_000)
        desk.asks("hello", by="fay")
        desk.settles()
        shown = "\n  policy: stars (rules those in force)\n    not refunds: text: refund does not hold\n  first"
        assert shown in lines(desk, "fay")

    def test_a_policy_that_a_later_message_met_but_promises_nothing_earlier_is_said_to_hold(self, desk: Desk) -> None:
        desk.x.user("fay", followers=5_000)
        post = desk.asks("hello", by="fay")
        desk.asks("a refund, please", by="fay", reply_to=post)
        desk.settles()
        told = lines(desk, "fay")
        assert "  policy: stars (" in told
        assert "\n    not refunds: it holds as well, but promises nothing earlier\n  first_response: " in told

    def test_a_promise_that_a_later_message_brought_counts_from_that_message(self, desk: Desk) -> None:
        desk.promise(RULES.replace("first_response: 1h", "first_response: 10m"))
        desk.reload()
        desk.x.user("fay", followers=5_000)
        post = desk.asks("hello", by="fay")
        desk.passes(4 * MINUTE)
        desk.asks("a refund, please", by="fay", reply_to=post)
        desk.passes(2 * MINUTE)
        told = lines(desk, "fay")
        assert "    from 2026-11-22T12:04:02.000+00:00, due 2026-11-22T12:14:02.000+00:00\n" in told
        assert "    80% at 2026-11-22T12:12:02.000+00:00: to come\n" in told

    def test_history_is_not_counted(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path, rules=RULES)
        desk.x.customer_posts("ann", "@acme my refund?", at=desk.now - 5 * HOUR)
        with desk:
            told = lines(desk, "ann")
            assert "\n    counted: no, it is history\n" in told
            assert ": not announced: it was past due before it was first read\n" in told

    def test_a_cancelled_wait_keeps_its_policy_and_says_when_it_ended(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.passes(6 * MINUTE)
        desk.x.delete(post)
        desk.passes(HOUR)
        told = lines(desk, "ann")
        assert "@ann: @acme my refund? [deleted 2026-11-22T12:48:01.000+00:00]\n" in told
        assert "\n  cancelled 2026-11-22T12:48:01.000+00:00, after 48 min: all that waited was deleted\n" in told
        assert "\n  policy: refunds (" in told
        assert "\n    counted: no, it was cancelled\n" in told
        assert "80% at 2026-11-22T12:48:01.000+00:00: not announced: when it was read, it had ended\n" in told

    def test_new_rules_that_would_decide_otherwise_are_named(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.settles()
        before = desk.app.rules.version
        desk.answers(post)
        desk.settles()
        desk.promise("policies: [{name: others, first_response: 2h}]")
        desk.restart()
        desk.passes(HOUR)
        told = lines(desk, post)
        assert f"  policy: refunds (rules {before}, not {desk.app.rules.version})\n" in told
        assert "    under the rules in force now it would be others\n" in told
        assert "    80% at 2026-11-22T12:48:01.000+00:00: not reached\n" in told

    def test_where_earlier_rules_are_not_kept_that_is_said(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.settles()
        desk.answers(post)
        desk.settles()
        desk.promise("policies: [{name: others, first_response: 2h}]")
        desk.restart()
        with desk.app.store.write() as tx:
            tx.execute(ruleset.delete())
        told = lines(desk, post)
        assert "    the rules that it was matched with are not kept: what follows is by those in force\n" in told
        assert "\n  first_response: met, within 1 h\n" in told

    def test_a_stage_that_a_new_rule_put_into_the_past_is_shown_not_announced(self, desk: Desk) -> None:
        desk.asks("my refund?")
        desk.passes(30 * MINUTE)
        desk.reload(RULES.replace("first_response: 1h", "first_response: 35m"))
        desk.passes(MINUTE)
        told = lines(desk, "ann")
        assert "80% at 2026-11-22T12:28:01.000+00:00: shown, not announced: a new rule put it into the past\n" in told
        assert "100% at 2026-11-22T12:35:01.001+00:00: to come\n" in told

    def test_letters_of_earlier_rules_are_not_lost(self, desk: Desk) -> None:
        desk.asks("my refund?")
        desk.passes(50 * MINUTE)
        desk.reload(RULES.replace("1h}", "1h, stages: [{at: 90%}]}"))
        desk.passes(MINUTE)
        told = lines(desk, "ann")
        assert (
            "  told by other rules, or before an answer was deleted:\n    first_response 80%: desk (#desk) sent" in told
        )

    def test_a_letter_that_became_pointless_says_why(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.passes(47 * MINUTE)
        desk.slack.faults.add(Fault(path="/api/chat.postMessage", status=429, headers={"retry-after": "300"}))
        desk.passes(MINUTE + SECOND)
        desk.answers(post)
        desk.passes(10 * MINUTE)
        assert ": desk (#desk) superseded (answered in time)\n" in lines(desk, "ann")

    def test_each_repeat_is_a_telling_of_its_own(self, desk: Desk) -> None:
        desk.reload(RULES.replace("1h}", "1h, stages: [{at: 100%, repeat: 30m, at_most: 3}]}"))
        desk.asks("my refund?")
        desk.passes(100 * MINUTE)
        told = lines(desk, "ann")
        assert "    100%, again 1 at 2026-11-22T13:30:01.001+00:00: desk (#desk) sent 2026-11-22T13:30:01.001" in told
        assert "    100%, again 2 at 2026-11-22T14:00:01.001+00:00: to come\n" in told

    def test_a_stage_for_nobody_says_so(self, desk: Desk) -> None:
        desk.asks("my refund?")
        desk.passes(55 * MINUTE)
        with desk.app.store.write() as tx:
            tx.execute(outbox.delete())
        (one,) = explain(desk.app.store, desk.app.rules, "ann", desk.now, {"oncall"})
        shown = "\n".join(_explain_text.lines(one))
        assert "80% at 2026-11-22T12:48:01.000+00:00: nobody hears of it: there is no such audience\n" in shown


class TestEveryTarget:
    RULES = """\
automation: {author: [acmehelp]}
hand_over: ["(?i)dm us"]
holding: ["(?i)look into it"]
policies:
  - {name: refunds, when: {text: refund}, first_response: 1h, acknowledgement: 10m, follow_up: 2h}
  - {name: everyone, first_response: 1h, answered_by: {first_response: anyone}}
"""

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Iterator[Desk]:
        with Desk(tmp_path, rules=self.RULES) as opened:
            yield opened

    def test_has_a_paragraph_of_its_own_with_its_own_times(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.passes(4 * MINUTE)
        desk.answers(post, "we got it", by="acmehelp")
        desk.passes(90 * MINUTE)
        desk.answers(post, "we look into it")
        desk.passes(11 * MINUTE)
        told = lines(desk, "ann")
        assert "@acmehelp: @ann @acme we got it [automatic: the rules list it]\n" in told
        assert "@acme: @ann we look into it [only promises an answer; the answer]\n" in told
        assert "\n  first sign of life: 2026-11-22T12:04:01.000+00:00\n" in told
        assert "\n  an answer was promised 2026-11-22T13:34:01.000+00:00, and given: not yet\n" in told
        paragraphs = told.partition("\n  policy: ")[2].split("\n  ")
        targets = {line.partition(":")[0]: line for line in paragraphs if line[0] != " "}
        assert targets["first_response"] == "first_response: missed, within 1 h"
        assert targets["acknowledgement"] == "acknowledgement: met, within 10 min"
        assert targets["follow_up"] == "follow_up: on_track, within 2 h"
        assert "\n    done 2026-11-22T12:04:01.000+00:00, after 4 min, 4 min of it in open hours\n" in told
        assert "\n    from 2026-11-22T13:34:01.000+00:00, due 2026-11-22T15:34:01.000+00:00\n" in told
        found = facts(desk, "ann")
        assert [(one["target"], one["status"], one["wall_seconds"]) for one in found["targets"]] == [
            ("first_response", "missed", 94 * 60),
            ("acknowledgement", "met", 4 * 60),
            ("follow_up", "on_track", 11 * 60),
        ]
        assert [one["role"] for one in found["messages"]] == ["customer", "automation", "brand"]

    def test_says_that_it_was_handed_over(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.settles()
        desk.answers(post, "please DM us")
        desk.settles()
        told = lines(desk, "ann")
        assert "after 0 s, handed over: the answer asks the customer to go on elsewhere\n" in told
        assert "please DM us [hands over; the answer]" in told
        assert facts(desk, "ann")["reason"] == "handed_over"

    def test_says_that_a_machine_answered(self, desk: Desk) -> None:
        post = desk.asks("hello?")
        desk.settles()
        desk.answers(post, "we got it", by="acmehelp")
        desk.settles()
        assert "by @acmehelp, after 0 s, by a machine, which its policy takes for an answer\n" in lines(desk, "ann")

    def test_says_that_a_bots_answer_was_left_standing(self, desk: Desk) -> None:
        desk.reload(f"bot_closes_after: 20m\n{self.RULES}")
        post = desk.asks("my refund?")
        desk.passes(5 * MINUTE)
        desk.answers(post, "we got it", by="acmehelp")
        desk.passes(30 * MINUTE)
        told = lines(desk, "ann")
        assert (
            "closed by the answer of a bot, 2026-11-22T12:05:01.000+00:00, which the customer left standing\n" in told
        )

    def test_says_that_a_machine_is_suspected(self, desk: Desk) -> None:
        suspect = "automation: {author: [acmehelp], suspect: {faster_than: 5s}}"
        desk.reload(self.RULES.replace("automation: {author: [acmehelp]}", suspect))
        post = desk.asks("my refund?")
        desk.settles()
        desk.clock.now += SECOND
        desk.answers(post)
        desk.settles()
        assert "by @acme, after 1 s; a machine is suspected\n" in lines(desk, "ann")
        assert facts(desk, "ann")["suspected"] is True
        desk.passes(HELD_FOR)
        assert desk.metric("slamon_suspected_answers_total", channel="acme-x") == 1

    def test_says_so_where_a_policy_watches_nothing(self, desk: Desk) -> None:
        desk.reload("policies: [{name: quiet, first_response: off, next_response: 1h}]")
        desk.asks("hello?")
        desk.settles()
        (one,) = explain(desk.app.store, desk.app.rules, "ann", desk.now)
        shown = list(_explain_text.lines(one))
        assert shown[0].startswith("wait 1: open, acme-x, ")
        assert "  policy: quiet (rules those in force)" in shown
        assert "  it watches none of the targets of this wait" in shown

    def test_a_pattern_that_took_too_long_is_named(self, desk: Desk) -> None:
        slow = "(a|aa)+$"
        desk.reload(f"hand_over: ['{slow}']\npolicies: [{{name: slow, when: {{text: '{slow}'}}, first_response: 1h}}]")
        post = desk.asks("a" * 200 + "!")
        desk.settles()
        desk.answers(post, "a" * 200 + "!")
        desk.settles()
        told = lines(desk, "ann")
        assert f"    not slow: text: {slow} does not hold (the pattern took too long)\n" in told
        assert f"[the answer; a pattern took too long: {slow}]\n" in told


class TestNoReply:
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Iterator[Desk]:
        with Desk(tmp_path, rules=f"no_reply: [thanks, emoji]\n{RULES}") as opened:
            yield opened

    def test_what_was_dropped_says_why_and_how_it_is_taken_back(self, desk: Desk) -> None:
        post = desk.asks("my refund?")
        desk.settles()
        thanks = desk.asks("thanks!", reply_to=desk.answers(post))
        desk.settles()
        shown = f"customer   {thanks}  @ann: @acme thanks! [needs no reply: thanks]\n"
        assert shown in lines(desk, post)
        undo(desk.app.store, desk.app.rules, Asked([thanks]), desk.now)
        desk.settles()
        first, second = explain(desk.app.store, desk.app.rules, post, desk.now)
        kept = "@ann: @acme thanks! [needs a reply: a person took back that it needs none"
        assert f"{kept}; wait 2]" in "\n".join(_explain_text.lines(first))
        assert f"{kept}]" in "\n".join(_explain_text.lines(second))

    @pytest.mark.parametrize("name", ["post", "customer", "ann", "@ann"])
    def test_a_thread_in_which_all_was_dropped_is_explained_by_whatever_names_it(self, desk: Desk, name: str) -> None:
        text = "\U0001f64f\U0001f64f"
        post = desk.asks(text)
        desk.settles()
        names = {"post": post, "customer": desk.x.user("ann").id}
        code, shown, _ = run(desk, names.get(name, name))
        assert code == 0
        assert shown == dedent(f"""\
            no wait: acme-x, thread {post}
              its messages need no reply; `slamon no-reply --undo ID` takes that back:
                2026-11-22T12:00:01.000+00:00  customer   {post}  @ann: @acme {text} [needs no reply: emoji]
            """)
        code, shown, _ = run(desk, names.get(name, name), "--json")
        (found,) = json.loads(shown)["no_wait"]
        assert [(one["id"], one["no_reply"]) for one in found["messages"]] == [(post, "emoji")]

    def test_a_thread_with_a_wait_is_told_once(self, desk: Desk) -> None:
        desk.asks("my refund?")
        desk.settles()
        assert quiet(desk.app.store, desk.app.rules, "ann") == []


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
        assert [stage["told"][0]["state"] for stage in found["targets"][0]["stages"]] == ["sent", "sent"]
        assert (found["rules"]["matched"], found["rules"]["policy_in_force"]) == (desk.app.rules.version, "refunds")
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
            {"policy": "refunds", "condition": "text: refund", "note": ""},
            {"policy": "stars", "condition": "author.followers: >= 1000", "note": ""},
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
