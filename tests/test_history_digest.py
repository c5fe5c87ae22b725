"""What was past due when a channel was first read: one digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clockwork import edits, fact, letters, looks, opened, sent, shown, the, world
from desk import DESK, Desk, policy, rules
from said import DAY_LONG, ask, reply
from slamon.audiences import Audience
from slamon.occasions.history import Histories
from slamon.store.occasions import history

if TYPE_CHECKING:
    from slamon.store.store import Store

HOUR = 60


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def histories(desk: Desk) -> Histories:
    return Histories(world(desk, DESK, Audience("lead", "#lead")))


def first_read(desk: Desk, *minutes: float, at: float = 10 * HOUR) -> None:
    """A first poll that finds a question of each of these minutes."""
    desk.poll(*(ask(f"{n}", minute, thread=f"t{n}", by=f"c{n}") for n, minute in enumerate(minutes, 1)), minute=at)
    desk.sweep()


class TestAHistory:
    def test_is_one_digest_to_the_default_audience_and_no_single_alert(self, desk: Desk) -> None:
        first_read(desk, 0, 30, 9.5 * HOUR)
        occasion = histories(desk)
        looks(desk, occasion)
        of = the(desk.store, "history")
        said = shown(desk, of)
        assert (of.destination, of.channel) == ("#desk", "acme-x")
        assert said.title == "acme-x: 2 customers wait since before it was read, past due"
        assert (fact(said, "Found"), fact(said, "Oldest")) == ("2", "since 13:32")
        assert [row.customer for row in said.rows] == ["c1", "c2"]
        assert [letter.wait for letter in desk.letters()] == [-of.id]
        assert letters(desk.store) == [(of.id, 0, "", "pending")]

    def test_is_told_once_across_restarts(self, desk: Desk) -> None:
        first_read(desk, 0)
        for _ in range(3):
            looks(desk, histories(desk))
        assert len(letters(desk.store)) == 1

    def test_of_nobody_is_not_told(self, desk: Desk) -> None:
        first_read(desk, 9.5 * HOUR)
        looks(desk, histories(desk))
        assert opened(desk.store, "history") == []

    def test_waits_for_the_poll_to_be_complete_and_decided(self, desk: Desk) -> None:
        desk.move(10 * HOUR)
        desk.store.begin_poll(desk.shelf.channel, desk.now)
        desk.shelf.save(ask("1", 0), now=desk.minute)
        desk.sweep()
        occasion = histories(desk)
        looks(desk, occasion)
        assert opened(desk.store, "history") == []
        desk.shelf.save(ask("2", 1, thread="t2", by="c2"), now=desk.minute)
        desk.store.complete_poll(desk.shelf.channel, "c", desk.now, desk.now)
        looks(desk, occasion)
        assert opened(desk.store, "history") == []
        desk.sweep()
        looks(desk, occasion)
        assert fact(shown(desk, the(desk.store, "history")), "Found") == "2"

    def test_of_unwatched_waits_is_none(self, store: Store) -> None:
        desk = Desk(store, rules())
        first_read(desk, 0)
        looks(desk, histories(desk))
        assert opened(store, "history") == []

    def test_of_a_day_of_blindness_is_told_anew(self, desk: Desk) -> None:
        first_read(desk, 0)
        occasion = histories(desk)
        looks(desk, occasion)
        desk.poll(reply("r", 11 * HOUR, to="1", thread="t1"), minute=11 * HOUR)
        desk.sweep()
        looks(desk, occasion)
        desk.poll(ask("9", 20 * HOUR, thread="t9", by="c9"), minute=11 * HOUR + DAY_LONG + 1)
        desk.sweep()
        looks(desk, occasion)
        first, second = opened(desk.store, "history")
        assert first.closed_at is not None
        assert [row.customer for row in shown(desk, second).rows] == ["c9"]

    def test_of_a_poll_that_still_runs_waits_for_its_end(self, desk: Desk) -> None:
        desk.poll(minute=10 * HOUR)
        desk.move(10 * HOUR + DAY_LONG + 1)
        desk.store.begin_poll(desk.shelf.channel, desk.now)
        desk.shelf.save(ask("1", 30 * HOUR), now=desk.minute)
        desk.sweep()
        occasion = histories(desk)
        looks(desk, occasion)
        assert opened(desk.store, "history") == []
        desk.store.complete_poll(desk.shelf.channel, "c", desk.now, desk.now)
        looks(desk, occasion)
        assert len(opened(desk.store, "history")) == 1

    def test_that_new_rules_make_of_old_waits_is_not_told_as_found_now(self, store: Store) -> None:
        desk = Desk(store, rules())
        first_read(desk, 0)
        late = 10 * HOUR + DAY_LONG + 5
        for minute in (15 * HOUR, 25 * HOUR, late):
            desk.poll(minute=minute)
        desk.rules = rules(policy(), version="two")
        store.rematch("two")
        desk.sweep()
        with store.read() as tx:
            assert history(tx, desk.shelf.channel, 20)[0] == 1
        looks(desk, histories(desk))
        assert opened(store, "history") == []

    def test_shows_who_has_an_answer_and_ends_when_all_have(self, desk: Desk) -> None:
        first_read(desk, 0, 1)
        occasion = histories(desk)
        looks(desk, occasion)
        sent(desk.store)
        of = the(desk.store, "history")
        desk.poll(reply("r", 11 * HOUR, to="1", thread="t1"), minute=11 * HOUR)
        desk.sweep()
        looks(desk, occasion)
        said = shown(desk, of)
        assert (edits(desk.store, of), fact(said, "Still waiting"), said.open) == (1, "1", True)
        assert [(row.customer, row.answered_at is not None) for row in said.rows] == [("c2", False), ("c1", True)]
        desk.poll(reply("s", 12 * HOUR, to="2", thread="t2"), minute=12 * HOUR)
        desk.sweep()
        looks(desk, occasion)
        said = shown(desk, the(desk.store, "history"))
        assert said.title == "acme-x: all who waited since before it was read have their answer"
        assert (said.open, the(desk.store, "history").closed_at) == (False, desk.now)

    def test_beyond_what_a_message_shows_is_counted(self, desk: Desk) -> None:
        first_read(desk, *range(30))
        looks(desk, histories(desk))
        said = shown(desk, the(desk.store, "history"))
        assert (len(said.rows), said.more) == (20, 10)
        assert said.rows[0].customer == "c1"
