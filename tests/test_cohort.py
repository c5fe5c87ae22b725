"""Which waits a report counts, and as what: those that began in its time, as they stand."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from desk import Desk, policy, rules
from doing import Doers
from said import DAY_LONG, SETTINGS, ask, at, reply
from slamon.model import DAY, Gone, Kind, Mark, Status, Target
from slamon.sla.fate import Fate
from slamon.sla.fold import FoldSettings
from slamon.sla.handling import Verb
from slamon.store import cohort
from slamon.store.cohort import Span
from slamon.store.schema import timer, wait

if TYPE_CHECKING:
    from slamon.store.cohort import WaitRow
    from slamon.store.store import Store

ALL = Span(at(0), at(30 * DAY_LONG), at(30 * DAY_LONG))


@pytest.fixture
def desk(store: Store) -> Desk:
    desk = Desk(store, rules(policy()), up_since=-1)
    desk.poll(minute=-1)
    return desk


def waits(store: Store, span: Span = ALL) -> list[WaitRow]:
    with store.read() as tx:
        return list(cohort.waits(tx, span))


def fates(store: Store, span: Span = ALL) -> dict[Fate, int]:
    with store.read() as tx:
        found = Counter(row.fate for row in cohort.waits(tx, span))
        for _, fate, n in cohort.no_reply(tx, span):
            found[fate] += n
    return dict(found)


def asks(desk: Desk, id_: str, minute: float, answered: float | None = None) -> None:
    """In a thread and by a customer of its own."""
    desk.poll(ask(id_, minute, thread=f"t{id_}", by=f"c{id_}"), minute=minute)
    desk.sweep()
    if answered is not None:
        desk.poll(reply(f"r{id_}", answered, to=id_, thread=f"t{id_}", text="it is ^AB"), minute=answered)
        desk.sweep()


class TestWhatIsCounted:
    def test_a_wait_is_counted_where_it_began_and_not_where_it_ended(self, desk: Desk) -> None:
        for id_, minute in (("1", 9.999), ("2", 10), ("3", 19.999), ("4", 20)):
            asks(desk, id_, minute)
        span = Span(at(10), at(20), desk.now)
        assert [row.started_at for row in waits(desk.store, span)] == [at(10), at(19.999)]

    def test_each_has_the_timer_of_its_answer_and_who_gave_it(self, desk: Desk) -> None:
        asks(desk, "1", 0, 20)
        (row,) = waits(desk.store)
        assert (row.fate, row.policy, row.answerer, row.ending) == (Fate.ANSWERED, "everyone", "acme", "it is ^AB")
        assert row.main is not None
        assert (row.main.target, row.main.status, row.answered_at) == (Target.FIRST_RESPONSE, Status.MET, at(20))

    def test_history_is_left_out(self, store: Store) -> None:
        desk = Desk(store, rules(policy()))
        desk.poll(ask("1", 0), minute=300)
        desk.sweep()
        assert fates(store) == {}

    def test_one_that_nobody_looked_at_yet_is_open(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=0)
        (row,) = waits(desk.store)
        assert (row.fate, row.policy, row.main, row.beside) == (Fate.OPEN, "", None, [])

    def test_one_that_no_policy_is_for_is_counted_too(self, store: Store) -> None:
        desk = Desk(store, rules(), up_since=-1)
        desk.poll(minute=-1)
        asks(desk, "1", 0)
        (row,) = waits(store)
        assert (row.fate, row.policy) == (Fate.OPEN, "")

    def test_one_that_became_part_of_another_is_not(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=0)
        desk.sweep()
        with desk.store.write() as tx:
            tx.execute(update(wait).values(state="merged", merged_into=7))
        assert fates(desk.store) == {}

    def test_one_that_a_person_dismissed_is_and_its_message_is_not_counted_twice(self, desk: Desk) -> None:
        asks(desk, "1", 0)
        doers = Doers(desk)
        doers.act(Verb.DISMISS, reason="spam")
        desk.sweep()
        assert fates(desk.store) == {Fate.DISMISSED: 1}
        (row,) = waits(desk.store)
        assert row.by_hand

    def test_messages_that_need_no_reply_are_counted_as_received(self, desk: Desk) -> None:
        desk.poll(ask("1", 5, marks=frozenset({"spam"})), minute=5)
        assert fates(desk.store) == {Fate.NO_REPLY: 1}
        assert fates(desk.store, Span(at(5.001), at(9), desk.now)) == {}

    def test_what_was_deleted_is_cancelled(self, desk: Desk) -> None:
        asks(desk, "1", 0)
        desk.poll(gone=(Gone("1", at(3)),), minute=3)
        desk.sweep()
        assert fates(desk.store) == {Fate.CANCELLED: 1}

    def test_one_past_due_in_a_channel_that_is_not_read_is_unverified(self, desk: Desk) -> None:
        asks(desk, "1", 0)
        desk.sweep(61)
        desk.sweep(63)
        assert fates(desk.store) == {Fate.UNVERIFIED: 1}

    def test_a_timer_that_an_earlier_reading_of_the_thread_has_left_behind_counts_nowhere(self, desk: Desk) -> None:
        asks(desk, "1", 0, 20)
        with desk.store.write() as tx:
            tx.execute(update(timer).values(target=Target.NEXT_RESPONSE.value))
        (row,) = waits(desk.store)
        assert (row.main, row.beside) == (None, [])

    def test_channels_can_be_chosen(self, desk: Desk) -> None:
        other = Desk(desk.store, desk.rules, name="other", up_since=-1)
        other.poll(minute=-1)
        asks(desk, "1", 0)
        asks(other, "2", 0)
        assert len(waits(desk.store)) == 2
        only = waits(desk.store, ALL._replace(channels=[other.shelf.channel]))
        assert [row.channel for row in only] == [other.shelf.channel]


class TestBesideThem:
    def test_rounds_are_waits_by_conversation(self, desk: Desk) -> None:
        for minute in (0, 60, 120):
            desk.poll(ask(f"q{minute}", minute), minute=minute)
            desk.poll(reply(f"a{minute}", minute + 5, to=f"q{minute}"), minute=minute + 5)
            desk.sweep()
        asks(desk, "2", 130)
        with desk.store.read() as tx:
            found = cohort.rounds(tx, ALL)
        channel = desk.shelf.channel
        assert sorted(found, key=repr) == [(channel, "everyone", 2, 4), (channel, None, 2, 4)]

    def test_what_began_before_and_goes_on_is_carried_into_the_time(self, desk: Desk) -> None:
        asks(desk, "1", 0, 50)
        asks(desk, "2", 51, 101)
        asks(desk, "3", 102)
        asks(desk, "4", 103, 110)
        with desk.store.read() as tx:
            found = list(cohort.carried(tx, Span(at(100), at(300), desk.now), at(0)))
            later = list(cohort.carried(tx, Span(at(105), at(300), desk.now), at(0)))
        assert [one.answered_at for one in found] == [at(101)]
        assert [one.answered_at for one in later] == [None, at(110)]

    def test_private_answers_are_those_in_private(self, store: Store) -> None:
        desk = Desk(store, rules(policy()), up_since=-1)
        handing = FoldSettings(ours=SETTINGS.ours)
        desk.poll(minute=-1)
        desk.poll(ask("1", 0), minute=0, settings=handing)
        desk.poll(reply("2", 5, to="1", marks=frozenset({Mark.HAND_OVER.value})), minute=5, settings=handing)
        desk.poll(ask("3", 8, thread="p", kind=Kind.DIRECT_MESSAGE), minute=8)
        desk.poll(reply("4", 9, to="3", thread="p", kind=Kind.DIRECT_MESSAGE), minute=9)
        desk.sweep()
        with store.read() as tx:
            (handed,) = cohort.handed_over(tx, ALL)
            private = list(cohort.private_answers(tx, at(0)))
        assert (handed.platform, handed.customer, handed.started_at, handed.answered_at) == ("x", "anna", at(0), at(5))
        assert private == [("x", "anna", at(9))]

    def test_an_empty_store_has_nothing(self, store: Store) -> None:
        with store.read() as tx:
            span = Span(0, DAY, DAY)
            assert (cohort.channels(tx), cohort.size(tx, span), list(cohort.waits(tx, span))) == ({}, 0, [])
            assert (cohort.rounds(tx, span), cohort.no_reply(tx, span), cohort.blindness(tx, 0, DAY)) == ([], [], [])
