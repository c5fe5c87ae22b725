"""What people live through, told through the composition root: pretend X, pretend Slack, a real database."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from conftest import emptied
from slamon.dispatcher.living import DEBOUNCE
from slamon.model import HOUR, MINUTE, SECOND, Settled, Status
from slamon.store.schema import timer
from stage import EVERY, Desk, Records, iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.sim._slack_workspace import Posted

ON_TRACK, WARNED, TOLD, UNSURE, IN_TIME, LATE, CANCELLED = "⏳", "🟡", "🔴", "🟠", "🟢", "🟤", "⚪"
QUIET = 3 * HOUR


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as opened:
        yield opened


def said(message: Posted) -> list[str]:
    """All that a message ever said, by its marks."""
    return [text[0] for text in (*(edit.text for edit in message.edits), message.text)]


def told_of(message: Posted) -> int:
    """The wait that a message names in its metadata."""
    assert message.metadata
    return int(message.metadata["event_payload"]["wait"])


def shown(message: Posted) -> str:
    return str(message.text) + str(message.blocks)


class TestAlerts:
    def test_a_post_nobody_answers_is_warned_about_at_80_percent_and_told_of_at_100(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(48 * MINUTE - 1)
        assert desk.roots == []
        desk.passes(1)
        assert desk.root.text.startswith("🟡 Due in 12 min, limit 1 h: ann (100 followers) on acme-x wrote")
        desk.passes(12 * MINUTE)
        assert (said(desk.root), desk.replies) == ([WARNED], [])
        desk.passes(1)
        desk.passes(QUIET)
        (reply,) = desk.replies
        assert (said(desk.root), said(reply)) == ([WARNED, TOLD], [TOLD])
        assert (reply.thread_ts, reply.broadcast, reply.at) == (desk.root.ts, True, desk.root.edits[0].at)

    def test_an_answer_in_time_is_shown_and_nothing_more_is_told(self, desk: Desk) -> None:
        post = desk.asks()
        desk.passes(50 * MINUTE)
        desk.answers(post)
        desk.passes(QUIET)
        assert (said(desk.root), desk.replies) == ([WARNED, IN_TIME], [])
        assert desk.root.text.startswith("🟢 Answered in time after 50 min, limit 1 h")
        assert desk.wait(post).status is Status.MET

    def test_an_answer_edits_the_message_to_answered_after(self, desk: Desk) -> None:
        post = desk.asks()
        desk.passes(90 * MINUTE)
        desk.answers(post)
        desk.passes(EVERY)
        assert said(desk.root) == [WARNED, TOLD, LATE]
        assert "Answered late after 1 h 30 min, 30 min over the limit of 1 h" in desk.root.text
        assert "by @acme" in shown(desk.root)

    @pytest.mark.parametrize("moment", [47 * MINUTE, 59 * MINUTE + 59 * SECOND])
    def test_an_answer_typed_between_two_polls_means_no_alert_after_it(self, desk: Desk, moment: int) -> None:
        post = desk.asks()
        desk.every = 40 * MINUTE
        desk.passes(moment)
        before = len(desk.roots)
        desk.answers(post)
        desk.passes(2 * MINUTE)
        desk.passes(2 * HOUR)
        assert len(desk.roots) == before
        assert not any(TOLD in said(message) or UNSURE in said(message) for message in desk.slack.messages)

    @pytest.mark.parametrize("by", ["acme", "acmehelp"])
    def test_a_reply_counts_whoever_of_the_team_typed_it(self, desk: Desk, by: str) -> None:
        post = desk.asks()
        desk.passes(10 * MINUTE)
        desk.answers(post, by=by)
        desk.passes(QUIET)
        assert desk.roots == []
        assert (desk.wait(post).status, desk.wait(post).answered_by) == (Status.MET, by)

    def test_a_reply_by_anybody_else_ends_nothing(self, desk: Desk) -> None:
        post = desk.asks()
        desk.answers(post, by="zoe")
        desk.passes(HOUR)
        assert desk.wait(post).answered_at is None

    def test_the_next_question_of_a_conversation_has_a_message_of_its_own(self, desk: Desk) -> None:
        post = desk.asks()
        desk.passes(50 * MINUTE)
        answer = desk.answers(post)
        desk.passes(10 * MINUTE)
        desk.asks("and the refund?", reply_to=answer)
        desk.passes(2 * HOUR)
        assert [said(root) for root in desk.roots] == [[WARNED, IN_TIME], [WARNED, TOLD]]


class TestChangesOfMind:
    def test_an_edited_post_is_shown_edited(self, desk: Desk) -> None:
        desk.promise("policies: [{name: quick, first_response: 20m}]")
        desk.restart()
        post = desk.asks("teh app")
        desk.passes(17 * MINUTE)
        desk.x.edit(post, "@acme the app & <!channel>")
        desk.passes(EVERY)
        assert (said(desk.root), len(desk.replies)) == ([WARNED, WARNED, TOLD], 1)
        assert "the app &amp; &lt;!channel&gt;" in desk.root.edits[-1].text
        assert "teh app" not in shown(desk.root)

    def test_an_edit_that_fits_another_policy_is_held_to_it(self, desk: Desk) -> None:
        desk.promise(
            "policies:\n"
            "  - {name: urgent, when: {text: outage}, first_response: 30m}\n"
            "  - {name: everyone, first_response: 1h}\n"
        )
        desk.restart()
        post = desk.asks("it is slow")
        desk.passes(EVERY)
        desk.x.edit(post, "@acme it is an outage")
        desk.passes(EVERY)
        assert (desk.wait(post).policy, desk.wait(post).length) == ("urgent", 30 * MINUTE)

    @pytest.mark.parametrize(("after", "told"), [(6 * MINUTE, []), (50 * MINUTE, [[WARNED, CANCELLED]])])
    def test_a_deleted_post_cancels_its_wait(self, desk: Desk, after: int, told: list[list[str]]) -> None:
        post = desk.asks()
        desk.passes(after)
        desk.x.delete(post)
        desk.passes(QUIET)
        assert ([said(root) for root in desk.roots], desk.replies) == (told, [])
        assert desk.wait(post).status is Status.CANCELLED
        assert desk.metric("slamon_sla_settled_total", channel="acme-x") == 0


class TestTroubleWithX:
    def test_a_hanging_x_delays_an_alert_by_no_more_than_verify_within(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(50 * MINUTE)
        due = desk.wait("ann").due_at
        with desk.x_hangs():
            desk.passes(due + 1 + 30 * SECOND - 1 - desk.now)
            assert desk.replies == []
            desk.passes(1)
            (reply,) = desk.replies
            assert (reply.at, said(reply), said(desk.root)) == (due + 1 + 30 * SECOND, [UNSURE], [WARNED, UNSURE])
            assert "not read since 12:50" in reply.text
        desk.settles()
        desk.passes(DEBOUNCE)
        assert (said(desk.root), len(desk.replies)) == ([WARNED, UNSURE, TOLD], 1)

    def test_what_was_told_unverified_is_corrected_when_x_is_back(self, desk: Desk) -> None:
        post = desk.asks()
        desk.passes(50 * MINUTE)
        with desk.x_hangs():
            desk.answers(post)
            desk.passes(HOUR)
        desk.settles()
        assert (said(desk.root), len(desk.replies)) == ([WARNED, UNSURE, IN_TIME], 1)
        assert desk.metric("slamon_sla_settled_total", outcome="in_time") == 1

    def test_a_failing_x_delays_it_no_longer_than_a_hanging_one(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(50 * MINUTE)
        with desk.x_fails():
            desk.passes(HOUR)
        (reply,) = desk.replies
        assert (reply.at - desk.wait("ann").due_at, said(reply)) == (30 * SECOND + 1, [UNSURE])

    def test_a_blind_channel_settles_nothing(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(50 * MINUTE)
        with desk.x_fails():
            desk.passes(5 * HOUR)
            assert desk.metric("slamon_channel_blind", channel="acme-x") == 1
            assert desk.metric("slamon_waits", status="unverified") == 1
            assert desk.metric("slamon_sla_settled_total", channel="acme-x") == 0
        desk.settles()
        assert desk.metric("slamon_channel_blind", channel="acme-x") == 0
        assert desk.metric("slamon_sla_settled_total", outcome="late") == 1
        assert said(desk.root) == [WARNED, UNSURE, TOLD]

    def test_a_wrong_token_blinds_the_channel_and_raises_nothing(
        self, desk: Desk, capfd: pytest.CaptureFixture[str]
    ) -> None:
        desk.write("x-token", "a-token-nobody-knows")
        desk.restart()
        desk.asks()
        desk.passes(HOUR)
        assert desk.roots == []
        assert desk.metric("slamon_channel_blind", channel="acme-x") == 1
        assert (desk.metric("slamon_poll_failures_total", channel="acme-x") or 0) > 0
        assert (desk.metric("slamon_api_calls_total", code="401") or 0) > 0
        logged = "".join(capfd.readouterr())
        assert "Traceback" not in logged
        assert "a-token-nobody-knows" not in logged

    def test_another_account_behind_the_handle_blocks_the_channel(self, desk: Desk) -> None:
        desk.x.user("stranger")
        desk.watches("stranger")
        desk.restart()
        desk.asks("@stranger hello")
        desk.passes(HOUR)
        assert desk.waits("ann") == []
        assert (desk.metric("slamon_poll_failures_total", channel="acme-x") or 0) > 0
        desk.watches("acme")
        desk.restart()
        desk.settles()
        assert len(desk.waits("ann")) == 1


class TestFirstPoll:
    @pytest.fixture
    def late(self, tmp_path: Path) -> Iterator[Desk]:
        """A desk whose customer wrote three hours before slamon first looked."""
        desk = Desk(tmp_path)
        desk.x.customer_posts("ann", "@acme hello?", at=desk.now - 3 * HOUR)
        with desk:
            yield desk

    def test_what_is_past_due_then_is_history_and_never_told_of_singly(self, late: Desk) -> None:
        late.passes(QUIET)
        assert late.slack.messages == []
        assert (late.wait("ann").history, late.wait("ann").settled) == (True, None)
        assert late.metric("slamon_sla_settled_total", channel="acme-x") == 0

    def test_a_new_message_makes_it_live_and_is_what_it_is_held_from(self, late: Desk) -> None:
        late.passes(HOUR)
        again = late.asks("hello again", reply_to=late.wait("ann").messages[0].id)
        asked = late.now
        late.passes(2 * HOUR)
        wait = late.wait(again)
        assert (wait.history, wait.due_at, wait.settled) == (False, asked + HOUR, Settled.LATE)
        assert (said(late.root), late.root.at) == ([WARNED, TOLD], asked + 48 * MINUTE)

    def test_what_is_not_due_yet_is_as_live_as_any(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        desk.x.customer_posts("ann", "@acme hello?", at=desk.now - 50 * MINUTE)
        with desk:
            assert said(desk.root) == [WARNED]


class TestNewRules:
    def test_open_waits_are_held_to_the_rules_of_a_new_start_from_their_old_beginning(self, desk: Desk) -> None:
        post = desk.asks()
        asked = desk.now
        desk.passes(50 * MINUTE)
        desk.promise("policies: [{name: patient, first_response: 2h}]")
        desk.restart()
        desk.passes(QUIET)
        assert (desk.wait(post).policy, desk.wait(post).due_at) == ("patient", asked + 2 * HOUR)
        assert (set(said(desk.root)[:-1]), said(desk.root)[-1]) == ({WARNED, ON_TRACK}, TOLD)
        assert [reply.at for reply in desk.replies] == [asked + 2 * HOUR + 1]

    def test_a_stage_that_they_put_into_the_past_is_shown_but_not_announced(self, desk: Desk) -> None:
        post = desk.asks()
        desk.passes(30 * MINUTE)
        desk.promise("policies: [{name: strict, first_response: 20m, stages: [{at: 100%}, {at: +30m}]}]")
        desk.restart()
        desk.passes(10 * MINUTE)
        assert (desk.slack.messages, desk.wait(post).status) == ([], Status.BREACHED)
        desk.passes(QUIET)
        assert (said(desk.root), desk.root.at) == ([TOLD], desk.wait(post).due_at + 30 * MINUTE + 1)

    def test_a_shorter_ladder_forgets_no_stage_that_is_still_to_come(self, desk: Desk) -> None:
        desk.promise("policies: [{name: a, first_response: 1h, stages: [{at: 10%}, {at: 20%}, {at: 100%}]}]")
        desk.restart()
        desk.asks()
        desk.passes(20 * MINUTE)
        desk.promise("policies: [{name: a, first_response: 1h, stages: [{at: 80%}, {at: 100%}]}]")
        desk.restart()
        desk.passes(QUIET)
        assert said(desk.root)[-1] == TOLD
        assert [reply.text[0] for reply in desk.replies] == [WARNED, WARNED, TOLD]

    def test_a_breach_during_downtime_is_told_of_under_new_rules_too(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(50 * MINUTE)
        desk.kill()
        desk.clock.now += 20 * MINUTE
        desk.promise("policies: [{name: other, first_response: 1h}]")
        desk.start()
        desk.passes(QUIET)
        assert (said(desk.root)[-1], len(desk.replies)) == (TOLD, 1)


class TestDeletedReplies:
    """X does not tell of them, so these stories come from records."""

    @pytest.fixture
    def records(self, tmp_path: Path) -> Iterator[Records]:
        with Records(tmp_path, "acme") as opened:
            yield opened

    @pytest.mark.parametrize(("after", "status", "episode"), [(HOUR, Status.BREACHED, 2), (25 * HOUR, Status.MET, 1)])
    def test_a_reply_deleted_soon_reopens_the_wait_with_its_old_start(
        self, records: Records, after: int, status: Status, episode: int
    ) -> None:
        records.every = HOUR
        asked = records.now
        records.says(id="q", brand="acme", role="customer", author="ann")
        records.passes(10 * MINUTE)
        reply = {"id": "a", "brand": "acme", "role": "brand", "author": "acme", "in_reply_to": "q"}
        reply |= {"created_at": iso(records.now)}
        records.says(**reply)
        records.passes(after)
        assert records.wait("q").status is Status.MET
        records.says(**reply, gone_at=iso(records.now))
        records.passes(HOUR)
        wait = records.wait("q")
        assert (wait.status, wait.started_at, wait.settled) == (status, asked, Settled.IN_TIME)
        assert records.metric("slamon_sla_corrections_total") == episode - 1
        with records.app.store.read() as tx:
            assert [row.episode for row in tx.execute(timer.select())] == [episode]


class TestSudden:
    """Deaths: the process ends at any commit or send, and a new one takes over at once."""

    @staticmethod
    def everything_happens(desk: Desk) -> list[str]:
        """In time, late, never, and one whose customer asks twice; returns the posts that nobody answered in time."""
        desk.every = 20 * MINUTE
        posts = [desk.asks(by=name) for name in ("ann", "bob", "cyd", "dan")]
        desk.passes(30 * MINUTE)
        desk.answers(posts[0])
        desk.asks("hello?", by="dan", reply_to=posts[3])
        desk.passes(50 * MINUTE)
        desk.answers(posts[1])
        desk.passes(HOUR)
        return posts[1:]

    @pytest.mark.parametrize("seed", range(10))
    def test_each_wait_that_breached_has_one_message_and_one_reply_however_often_it_dies(
        self, tmp_path: Path, seed: int
    ) -> None:
        random = Random(seed)
        with Desk(tmp_path) as desk:
            desk.lives = iter([random.randrange(40) for _ in range(5)])
            desk.restart()
            posts = self.everything_happens(desk)
            assert sorted(told_of(root) for root in desk.roots) == sorted(desk.wait(post).id for post in posts)
            assert sorted(told_of(reply) for reply in desk.replies) == sorted(desk.wait(post).id for post in posts)
            assert sorted(said(root)[-1] for root in desk.roots) == sorted([LATE, TOLD, TOLD])
            assert desk.metric("slamon_sla_settled_total", outcome="late") == 3
            assert desk.metric("slamon_sla_settled_total", outcome="in_time") == 1
            assert next(desk.lives, None) is None

    def test_so_it_is_on_postgresql(self, tmp_path: Path, cleaned: str) -> None:
        emptied(cleaned)
        with Desk(tmp_path, database=cleaned) as desk:
            desk.lives = iter([25, 60])
            desk.restart()
            posts = self.everything_happens(desk)
            assert [told_of(root) for root in desk.roots] == [desk.wait(post).id for post in posts]
            assert [said(root)[-1] for root in desk.roots] == [LATE, TOLD, TOLD]
            assert len(desk.replies) == 3
