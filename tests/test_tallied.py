"""Running totals of waits and of blind time: each wait once, nothing ever taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from desk import Desk, policy, rules
from doing import Doers
from said import START, ask, at, reply
from slamon.model import DAY, MINUTE, SECOND, Gone, Target
from slamon.sla.handling import Verb
from slamon.store.rematch import cancel

if TYPE_CHECKING:
    from slamon.model import Millis
    from slamon.store.store import Store

BLIND_AFTER = 5 * MINUTE


@pytest.fixture
def desk(store: Store) -> Desk:
    made = Desk(store)
    made.poll(minute=0)
    return made


def counted(desk: Desk) -> dict[str, int]:
    """The totals of waits by their names."""
    counts = {name: n for (_, _, name), n in desk.shelf.counts().items()}
    return {name: n for name, n in counts.items() if name == "received" or name.startswith("closed:")}


class TestAWait:
    def test_counts_as_received_when_it_is_first_decided_and_never_again(self, desk: Desk) -> None:
        desk.poll(ask("1", 1), minute=2)
        assert counted(desk) == {}
        desk.sweep()
        desk.poll(ask("2", 3), minute=4)
        desk.sweep(61)
        desk.sweep(200)
        assert counted(desk) == {"received": 1}

    def test_counts_as_closed_by_how_it_ended(self, desk: Desk) -> None:
        desk.poll(ask("1", 1), minute=2)
        desk.sweep()
        desk.poll(reply("2", 3, to="1"), minute=4)
        desk.sweep()
        assert counted(desk) == {"received": 1, "closed:answered": 1}

    def test_that_is_read_with_its_answer_counts_as_both(self, desk: Desk) -> None:
        desk.poll(ask("1", 1), reply("2", 3, to="1", marks=frozenset({"hand_over"})), minute=4)
        desk.sweep()
        assert counted(desk) == {"received": 1, "closed:handed_over": 1}

    def test_whose_answer_is_deleted_and_given_again_is_not_closed_twice(self, desk: Desk) -> None:
        desk.poll(ask("1", 1), reply("2", 3, to="1"), minute=4)
        desk.sweep()
        desk.poll(gone=[Gone("2", at(5))], minute=6)
        desk.sweep()
        assert desk.status() == "on_track"
        desk.poll(gone=[Gone("1", at(7))], minute=8)
        desk.sweep()
        assert desk.status() == "cancelled"
        assert counted(desk) == {"received": 1, "closed:answered": 1}

    def test_that_a_person_ends_counts_once_even_if_that_is_taken_back_and_it_is_answered(self, desk: Desk) -> None:
        doers = Doers(desk)
        desk.poll(ask("1", 1), minute=2)
        desk.sweep()
        acted = doers.act(Verb.DISMISS, reason="spam")
        desk.sweep()
        assert counted(desk) == {"received": 1, "closed:dismissed": 1}
        doers.undo(acted)
        desk.poll(reply("2", 3, to="1"), minute=4)
        desk.sweep()
        assert desk.status() == "met"
        assert counted(desk) == {"received": 1, "closed:dismissed": 1}

    def test_that_nobody_answers_counts_as_abandoned(self, store: Store) -> None:
        desk = Desk(store, rules(policy(), abandoned_after=DAY))
        desk.poll(ask("1", 1), minute=2)
        desk.sweep(3 * 24 * 60)
        assert counted(desk) == {"received": 1, "closed:abandoned": 1}

    def test_of_a_channel_that_is_not_watched_any_more_counts_as_cancelled(self, desk: Desk) -> None:
        desk.poll(ask("1", 1), minute=2)
        desk.sweep()
        with desk.store.write() as tx:
            cancel(tx, desk.shelf.channel, desk.now, 10)
        desk.sweep()
        assert counted(desk) == {"received": 1, "closed:cancelled": 1}

    def test_that_becomes_part_of_another_does_not_count_as_closed(self, desk: Desk) -> None:
        desk.poll(ask("1", 1), ask("3", 5, thread="u"), minute=6)
        desk.poll(reply("2", 3, to="1"), ask("4", 5), minute=7)
        desk.sweep()
        assert counted(desk) == {"received": 3, "closed:answered": 1}
        desk.poll(gone=[Gone("2", at(8))], minute=9)  # both questions of the thread wait again, as one
        desk.sweep()
        assert counted(desk) == {"received": 3, "closed:answered": 1}

    def test_that_no_policy_is_for_counts_too(self, store: Store) -> None:
        desk = Desk(store, rules())
        desk.poll(ask("1", 1), minute=2)
        desk.sweep()
        assert counted(desk) == {"received": 1}

    def test_of_history_counts_nothing(self, store: Store) -> None:
        desk = Desk(store)
        desk.poll(ask("1", 1), minute=100)
        desk.sweep()
        desk.poll(reply("2", 101, to="1"), minute=102)
        desk.sweep()
        assert counted(desk) == {}

    def test_of_history_to_which_the_customer_comes_back_counts_from_then_on(self, store: Store) -> None:
        desk = Desk(store)
        desk.poll(ask("1", 1), minute=100)
        desk.sweep()
        desk.poll(ask("2", 101), minute=102)
        desk.sweep()
        assert counted(desk) == {"received": 1}

    def test_under_a_policy_that_leaves_the_answer_unwatched_counts_too(self, store: Store) -> None:
        desk = Desk(store, rules(replace(policy(), targets={Target.ACKNOWLEDGEMENT: MINUTE})))
        desk.poll(ask("1", 0), minute=0.5)
        desk.sweep()
        assert counted(desk) == {"received": 1}


class TestBlindTime:
    def reads(self, desk: Desk, minute: float, took: Millis = 0) -> None:
        """A complete poll that begins then."""
        desk.move(minute)
        desk.store.begin_poll(desk.shelf.channel, desk.now)
        desk.store.complete_poll(desk.shelf.channel, "c", desk.now, desk.now + took, BLIND_AFTER)

    def seconds(self, desk: Desk, minute: float) -> float:
        """What a scrape at that minute sees."""
        return desk.store.snapshot({desk.shelf.name: BLIND_AFTER}, at(minute)).blind_seconds[desk.shelf.name]

    def test_runs_on_while_a_channel_is_blind_and_stays_when_it_is_read_again(self, store: Store) -> None:
        desk = Desk(store)
        self.reads(desk, 0)
        assert [self.seconds(desk, minute) for minute in (1, 5, 6, 8)] == [0, 0, 60, 180]
        self.reads(desk, 10)
        assert [self.seconds(desk, minute) for minute in (10, 15, 16)] == [300, 300, 360]

    def test_is_the_same_whoever_looks_and_however_often_the_process_ends(
        self, store: Store, database_url: str
    ) -> None:
        desk = Desk(store)
        self.reads(desk, 0)
        self.reads(desk, 60)
        store.close()
        again = Desk(type(store)(database_url))
        assert self.seconds(again, 70) == (60 - 5 + 5) * 60
        again.store.close()

    def test_ends_when_the_read_ends_not_when_it_began(self, store: Store) -> None:
        desk = Desk(store)
        self.reads(desk, 0)
        self.reads(desk, 10, took=30 * SECOND)
        assert self.seconds(desk, 10.5) == 5 * 60 + 30

    def test_of_a_channel_that_is_read_in_time_is_none(self, store: Store) -> None:
        desk = Desk(store)
        for minute in range(0, 60, 5):
            self.reads(desk, minute)
        assert self.seconds(desk, 60) == 0
        assert desk.shelf.counts("blind") == {}

    def test_begins_with_the_first_try_where_no_read_ever_ended_well(self, store: Store) -> None:
        desk = Desk(store)
        assert self.seconds(desk, 30) == 0
        store.begin_poll(desk.shelf.channel, START)
        assert self.seconds(desk, 2) == 120

    def test_goes_on_where_a_channel_is_in_vain_for_more_than_a_day(self, store: Store) -> None:
        desk = Desk(store)
        for hour in (0, 20, 25, 45, 60):
            store.begin_poll(desk.shelf.channel, at(hour * 60))
        assert self.seconds(desk, 61 * 60) == 61 * 3_600
        self.reads(desk, 62 * 60)
        assert self.seconds(desk, 62 * 60) == 62 * 3_600


def test_new_rules_make_no_wait_news(desk: Desk) -> None:
    desk.poll(ask("1", 1), minute=2)
    desk.sweep()
    desk.rules = rules(policy(), version="two")
    desk.store.rematch("two")
    desk.sweep()
    assert counted(desk) == {"received": 1}
