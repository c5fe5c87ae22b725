"""Waits that end by a person's word: never met, and back with their old start when that is undone."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk import Desk
from doing import IDENTITY, Doers
from office import opened
from said import SETTINGS, ask, at, reply
from shelves import Shelf, clear
from slamon.acting import closing
from slamon.errors import UsageError
from slamon.model import BY_HAND, DAY, Gone, Mark
from slamon.sla.fold import fold
from slamon.sla.handling import Verb
from slamon.store import facts, outbox
from slamon.store.byhand import close_by_hand, keep
from slamon.store.noreply import dropped
from slamon.store.schema import wait
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Row

    from slamon.model import Message

CLOSING = [
    (Verb.DISMISS, "dismissed", "Wait 1 is closed: no reply needed"),
    (Verb.ELSEWHERE, "answered_elsewhere", "Wait 1 is closed: answered elsewhere"),
    (Verb.MUTE, "muted", "Wait 1 is closed: muted"),
    (Verb.STATEMENT, "answered_by_statement", "Wait 1 is closed: answered by a statement"),
]


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.fixture
def doers(desk: Desk) -> Doers:
    """Anna asks at minute 0."""
    doers = Doers(desk)
    desk.poll(ask("1", 0), minute=1)
    desk.sweep()
    return doers


def dismissed(doers: Doers, number: int = 1, **more: Any) -> Any:
    acted = doers.act(Verb.DISMISS, number, **{"reason": "a joke"} | more)
    doers.desk.sweep()
    return acted


def stored(desk: Desk, number: int = 1) -> Row[Any]:
    with desk.store.read() as tx:
        return tx.execute(wait.select().where(wait.c.id == number)).one()


def states(desk: Desk) -> list[tuple[int, str]]:
    with desk.store.read() as tx:
        rows = tx.execute(wait.select().order_by(wait.c.id)).all()
    return [(row.id, row.reason if row.state == "merged" and row.reason else row.state) for row in rows]


class TestOneWait:
    @pytest.mark.parametrize(("verb", "how", "words"), CLOSING)
    def test_is_closed_with_how_and_why_and_is_never_met(self, doers: Doers, verb: Verb, how: str, words: str) -> None:
        acted = doers.act(verb, reason="a  joke\nof hers", scope="wait")
        assert (acted.words, acted.until) == (words, None)
        doers.desk.sweep(2)
        assert states(doers.desk) == [(1, how)]
        assert doers.desk.shelf.timers()[1].status == "cancelled"
        assert (stored(doers.desk).cancelled_at, stored(doers.desk).merged_into) == (at(1), None)
        assert doers.actions()[0].reason == "a joke of hers"
        assert doers.desk.next_at() is None

    def test_counts_nowhere_when_it_was_not_settled(self, doers: Doers) -> None:
        dismissed(doers)
        doers.desk.poll(minute=180)
        doers.desk.sweep()
        assert doers.desk.shelf.settled() == {}
        assert doers.desk.shelf.counts("corrected") == {}
        assert doers.desk.shelf.counts("no_reply") == {("", "", "no_reply:dismissed"): 1}

    def test_that_was_settled_late_stays_late_and_is_counted_as_corrected(self, doers: Doers) -> None:
        doers.desk.poll(minute=61)
        doers.desk.sweep()
        dismissed(doers)
        assert doers.desk.shelf.settled() == {(1, "first_response"): "late"}
        assert list(doers.desk.shelf.counts("corrected")) == [("", "", "corrected:late:cancelled")]

    def test_is_listed_as_in_need_of_no_reply_and_keeps_its_messages(self, doers: Doers) -> None:
        dismissed(doers)
        with doers.store.read() as tx:
            (said,) = dropped(tx, 10)
            found = facts.of_wait(tx, 1)
        assert (said.id, said.reason, said.wait) == ("1", "dismissed", 1)
        assert found is not None
        assert [one.id for one in found.messages] == ["1"]

    def test_cannot_be_closed_twice(self, doers: Doers) -> None:
        dismissed(doers)
        with pytest.raises(UsageError, match="wait 1 is closed already: no reply needed"):
            doers.act(Verb.MUTE)

    def test_stays_closed_when_its_page_comes_again_or_its_message_is_edited(self, doers: Doers) -> None:
        dismissed(doers)
        doers.desk.poll(ask("1", 0), minute=3)
        doers.desk.poll(ask("1", 0, text="edited?"), minute=4)
        doers.desk.sweep()
        assert states(doers.desk) == [(1, "dismissed")]
        assert doers.desk.shelf.message("1").wait == 1

    def test_stays_closed_and_is_not_met_when_an_answer_is_read_later(self, doers: Doers) -> None:
        dismissed(doers)
        doers.desk.poll(reply("2", 0.5, to="1"), minute=5)
        doers.desk.sweep()
        assert states(doers.desk) == [(1, "dismissed")]
        assert doers.desk.shelf.settled() == {}

    def test_stays_closed_when_its_message_is_deleted(self, doers: Doers) -> None:
        dismissed(doers)
        doers.desk.poll(gone=[Gone("1", at(3))], minute=4)
        assert states(doers.desk) == [(1, "dismissed")]

    def test_leaves_what_the_customer_writes_later_waiting(self, doers: Doers) -> None:
        dismissed(doers)
        doers.desk.poll(ask("2", 9), minute=10)
        doers.desk.sweep()
        assert states(doers.desk) == [(1, "dismissed"), (2, "open")]
        assert stored(doers.desk, 2).started_at == at(9)

    def test_leaves_what_was_answered_before_as_it_is(self, doers: Doers) -> None:
        doers.desk.poll(reply("2", 5, to="1"), ask("3", 6), minute=7)
        doers.desk.sweep()
        dismissed(doers, 2)
        assert states(doers.desk) == [(1, "answered"), (2, "dismissed")]
        assert doers.desk.status() == "met"

    def test_with_several_messages_is_closed_with_all_of_them(self, doers: Doers) -> None:
        doers.desk.poll(ask("2", 2), minute=3)
        dismissed(doers)
        assert doers.desk.shelf.messages_of(1) == {"1", "2"}
        assert states(doers.desk) == [(1, "dismissed")]

    def test_is_shown_as_closed_by_whom_and_no_further_stage_is_told(self, doers: Doers, desk: Desk) -> None:
        with opened(desk) as office:
            desk.passes(48)
            office.sends()
            dismissed(doers)
            office.waits(30_000)
            desk.passes(120)
            office.sends()
            assert office.states() == [("80%", "sent")]
            shown = str(office.roots[0].blocks)
            assert "Ann" in shown
            assert "a joke" in shown

    def test_on_its_way_out_is_not_told(self, doers: Doers, desk: Desk) -> None:
        with opened(desk) as office:
            desk.passes(48)
            dismissed(doers)
            office.sends()
            assert office.states() == [("80%", "superseded")]
            assert office.roots == []

    def test_lets_go_at_once_of_letters_that_are_held_until_the_morning(self, doers: Doers, desk: Desk) -> None:
        with opened(desk) as office:
            desk.passes(48)
            with desk.store.write() as tx:
                outbox.put_off(tx, desk.letters()[0].id, "held", "quiet hours", at(600))
            dismissed(doers)
            office.sends()
            assert office.states() == [("80%", "superseded")]


class TestTakingItBack:
    def test_brings_the_same_wait_back_with_its_old_start(self, doers: Doers) -> None:
        acted = dismissed(doers)
        doers.desk.move(20)
        undone = doers.undo(acted)
        doers.desk.sweep()
        assert undone.words == "Taken back: wait 1 waits again"
        assert states(doers.desk) == [(1, "open")]
        assert (stored(doers.desk).started_at, stored(doers.desk).reason) == (at(0), None)
        timer = doers.desk.shelf.timers()[1]
        assert (timer.status, timer.due_at) == ("on_track", at(60))

    def test_tells_what_came_due_meanwhile_once(self, doers: Doers) -> None:
        doers.desk.passes(48)
        acted = dismissed(doers)
        doers.desk.passes(70)
        doers.undo(acted)
        doers.desk.passes(71)
        assert doers.desk.told() == [("anna", "80%"), ("anna", "100%")]

    def test_lets_an_answer_count_that_was_read_meanwhile(self, doers: Doers) -> None:
        acted = dismissed(doers)
        doers.desk.poll(reply("2", 5, to="1"), minute=6)
        doers.undo(acted)
        doers.desk.sweep()
        assert states(doers.desk) == [(1, "answered")]
        assert doers.desk.status() == "met"

    def test_settles_nothing_anew(self, doers: Doers) -> None:
        doers.desk.poll(minute=61)
        doers.desk.sweep()
        doers.undo(dismissed(doers))
        doers.desk.poll(reply("2", 70, to="1"), minute=71)
        doers.desk.sweep()
        counts = doers.desk.shelf.counts("settled")
        assert counts == {("everyone", "first_response", "settled:late"): 1}

    def test_leaves_a_message_that_a_person_kept_before_as_one_that_waits(self, doers: Doers) -> None:
        desk = doers.desk
        thanks = replace(ask("2", 0, thread="u", text="thanks"), marks=frozenset({"emoji"}))
        desk.poll(thanks, minute=2)
        with desk.store.write() as tx:
            keep(tx, desk.shelf.channel, ["2"], SETTINGS, desk.now)
        acted = dismissed(doers, 2)
        assert states(desk) == [(1, "open"), (2, "dismissed")]
        doers.undo(acted)
        assert states(desk) == [(1, "open"), (2, "open")]
        assert desk.shelf.message("2").marks == "kept"

    def test_by_message_outweighs_the_closing_and_a_later_closing_outweighs_that(self, doers: Doers) -> None:
        desk = doers.desk
        dismissed(doers)
        with desk.store.write() as tx:
            keep(tx, desk.shelf.channel, ["1"], SETTINGS, desk.now)
        assert states(desk) == [(1, "open")]
        again = dismissed(doers)
        assert states(desk) == [(1, "dismissed")]
        doers.undo(again)
        assert states(desk) == [(1, "open")]


class TestWiderScopes:
    @pytest.fixture
    def crowd(self, doers: Doers) -> Doers:
        """Anna asks in two threads, Bob in the first of them."""
        doers.desk.poll(ask("2", 1, thread="u"), ask("3", 2, by="bob"), minute=3)
        doers.desk.sweep()
        assert [row.customer for row in doers.desk.shelf.waits()] == ["anna", "bob", "anna"]
        return doers

    def open_messages(self, doers: Doers) -> set[str]:
        rows = [row for row in doers.desk.shelf.waits() if row.state == "open"]
        return {said for row in rows for said in doers.desk.shelf.messages_of(row.id)}

    def wait_of(self, doers: Doers, message: str) -> int:
        return int(doers.desk.shelf.message(message).wait)

    @pytest.mark.parametrize(
        ("scope", "left", "words", "days"),
        [
            ("author", {"3"}, "2 waits are closed: no reply needed. So is what this author writes on the channel", 7),
            ("thread", {"2"}, "2 waits are closed: no reply needed. So is what comes in this thread", 7),
            ("match", {"1"}, "2 waits are closed: no reply needed. So is what fits the pattern", 1),
        ],
    )
    def test_close_all_that_waits_there(self, crowd: Doers, scope: str, left: set[str], words: str, days: int) -> None:
        number = self.wait_of(crowd, "2" if scope == "match" else "1")
        acted = dismissed(crowd, number, scope=scope, pattern="^3" if scope == "match" else "")
        assert self.open_messages(crowd) == left
        assert acted.words.startswith(words + " for ")
        assert acted.until == crowd.desk.now + days * DAY
        crowd.undo(acted)
        assert self.open_messages(crowd) == {"1", "2", "3"}

    @pytest.mark.parametrize(("verb", "span"), [(Verb.MUTE, 30 * DAY), (Verb.STATEMENT, DAY)])
    def test_are_what_a_post_is_muted_by(self, crowd: Doers, verb: Verb, span: int) -> None:
        acted = crowd.act(verb, self.wait_of(crowd, "3"))
        assert self.open_messages(crowd) == {"2"}
        assert acted.until == crowd.desk.now + span

    def test_close_what_is_named_even_where_the_pattern_does_not_fit_it(self, crowd: Doers) -> None:
        crowd.act(Verb.STATEMENT, 1, scope="match", pattern="^nothing$")
        assert self.open_messages(crowd) == {"2", "3"}

    def test_search_for_three_seconds_and_leave_the_rest(self, crowd: Doers, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = count(crowd.desk.now, 2_000)
        monkeypatch.setattr(crowd.acting, "now", lambda: next(clock))
        crowd.act(Verb.MUTE, self.wait_of(crowd, "1"), scope="match", pattern="^[23]")
        assert len(self.open_messages(crowd)) == 2

    def test_end_the_wait_that_is_named_however_many_wait_before_it(
        self, crowd: Doers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(closing, "MOST", 1)
        crowd.act(Verb.MUTE, self.wait_of(crowd, "2"), scope="author")
        assert self.open_messages(crowd) == {"3"}

    def test_show_on_every_wait_that_they_ended(self, crowd: Doers) -> None:
        dismissed(crowd, self.wait_of(crowd, "1"), scope="author")
        assert [done.scope for done in crowd.actions(self.wait_of(crowd, "2"))] == ["author"]
        assert crowd.actions(self.wait_of(crowd, "3")) == []

    def test_keep_letters_of_every_wait_that_they_ended_from_being_told(self, crowd: Doers, desk: Desk) -> None:
        with opened(desk) as office:
            desk.passes(50)
            dismissed(crowd, self.wait_of(crowd, "1"), scope="author")
            office.sends()
            reasons = {row.wait: (row.state, row.reason) for row in desk.letters()}
            assert reasons[self.wait_of(crowd, "2")] == ("superseded", "closed by Ann")
            assert reasons[self.wait_of(crowd, "3")][0] == "sent"

    def test_leave_other_channels_alone(self, crowd: Doers, store: Store) -> None:
        other = Shelf(store, "acme-other")
        other.save(ask("1", 0), now=3)
        dismissed(crowd, scope="author")
        assert [row.state for row in other.waits()] == ["open"]

    def test_are_limited_in_patterns(self, crowd: Doers) -> None:
        for n in range(20):
            crowd.desk.poll(ask(f"n{n}", 4, thread=f"n{n}"), minute=5)
            crowd.act(Verb.MUTE, self.wait_of(crowd, f"n{n}"), scope="match", pattern=f"^n{n}$")
        with pytest.raises(UsageError, match="20 patterns hold on acme-x already: take one back first"):
            crowd.act(Verb.MUTE, scope="match", pattern="^more$")
        assert "1" in self.open_messages(crowd)


class TestWhateverTheOrderOfArrival:
    @pytest.fixture(scope="class")
    @staticmethod
    def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
        path: Path = tmp_path_factory.mktemp("closing") / "slamon.db"
        store = Store(f"sqlite:///{path}")
        yield store
        store.close()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(order=st.permutations(range(5)), closed=st.sets(st.sampled_from(["1", "2", "4"])), again=st.booleans())
    def test_the_same_messages_with_the_same_marks_give_the_same_waits(
        self, shared: Store, order: list[int], closed: set[str], *, again: bool
    ) -> None:
        said = [ask("1", 0), ask("2", 1), reply("3", 2, to="2"), ask("4", 3), reply("5", 9, by="acmehelp")]
        expected = [
            (one.customer, one.turn, one.started_at, one.answered_at, frozenset(one.messages))
            for one in fold([_with(one, closed) for one in said], SETTINGS).waits
        ]
        clear(shared)
        shelf = Shelf(shared)
        shared.pin(shelf.channel, IDENTITY)
        for n in order:
            shelf.save(said[n], now=10)
            if said[n].id in closed:
                with shared.write() as tx:
                    close_by_hand(tx, shelf.channel, [said[n].id], Mark.DISMISSED, SETTINGS, at(10))
            if again:
                shelf.save(*(said[m] for m in order[: order.index(n) + 1]), now=11)
        found = [
            (row.customer, row.turn, row.started_at, row.answered_at, frozenset(shelf.messages_of(row.id)))
            for row in shelf.waits()
        ]
        assert found == expected


def _with(said: Message, closed: set[str]) -> Message:
    return replace(said, marks=frozenset({"dismissed"})) if said.id in closed else said


@given(marks=st.sets(st.sampled_from(sorted(BY_HAND | {Mark.KEPT, Mark.REPEATED}))), question=st.booleans())
def test_a_persons_word_outweighs_whatever_else_is_known_of_a_message(*, marks: set[Mark], question: bool) -> None:
    said = replace(ask("1", 0, text="why?" if question else "thanks"), marks=frozenset({"thanks", *marks}))
    folded = fold([said], SETTINGS)
    assert bool(folded.waits) is BY_HAND.isdisjoint(marks)
    assert set(folded.no_reply.values()) <= BY_HAND


def test_a_message_that_a_person_dropped_belongs_to_no_wait_that_runs_already() -> None:
    (found,) = fold([ask("1", 0), _with(ask("2", 1), {"2"}), ask("3", 2)], SETTINGS).waits
    assert found.messages == ("1", "3")
