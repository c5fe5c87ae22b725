from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from desk import Desk, rules
from said import ask, at, reply
from shelves import Shelf
from slamon.model import MINUTE, Gone, Role, Settled, Status, Target
from slamon.sla.ladder import RUNGS
from slamon.store import facts, scrape
from slamon.store.polls import Waiting
from slamon.store.tally import Tally

if TYPE_CHECKING:
    from slamon.store.store import Store

US = json.dumps({"account": "1", "handle": "acme", "team": []})


class TestChannels:
    def test_are_made_once_and_numbered_in_order(self, store: Store) -> None:
        first, second = store.register("a", "x"), store.register("b", "archive")
        assert (first.id, second.id, store.register("a", "x")) == (1, 2, first)
        assert (first.cursor, first.read_at, first.history_before) == (None, None, None)

    def test_are_pinned_to_the_account_that_was_found_first(self, store: Store) -> None:
        channel = store.register("a", "x").id
        assert store.pin(channel, US) is None
        assert store.pin(channel, json.dumps({"account": "1", "handle": "acme_inc"})) is None
        assert store.pin(channel, json.dumps({"account": "2", "handle": "acme"})) == "1"
        assert json.loads(str(store.register("a", "x").identity))["handle"] == "acme_inc"


class TestWhoIsWaiting:
    def test_names_threads_and_messages_oldest_first_without_those_that_are_gone(self, store: Store) -> None:
        shelf = Shelf(store)
        shelf.save(ask("2", 5), ask("1", 0), ask("3", 6), ask("9", 0, by="ben", thread="u"))
        shelf.save(gone=[Gone("1", at(7))])
        ben, anna = store.waiting([row.id for row in shelf.waits()])
        assert anna == Waiting(anna.wait, "t", "anna", ("2", "3"), at(5))
        assert (ben.thread, ben.messages) == ("u", ("9",))
        assert store.waiting([]) == []


class TestTheFactsOfAWait:
    def test_are_told_under_the_target_that_it_is_held_to_now(self, store: Store) -> None:
        desk = Desk(store)
        desk.poll(ask("3", 20), minute=21)
        desk.sweep()
        desk.poll(ask("1", 0), reply("2", 5, to="1"), minute=22)
        desk.sweep()
        newest = desk.shelf.waits()[-1]
        with store.read() as tx:
            found = facts.of_wait(tx, newest.id)
        assert found is not None
        assert (found.number, found.target, found.status) == (2, Target.NEXT_RESPONSE, Status.ON_TRACK)

    def test_are_none_before_it_was_decided(self, store: Store) -> None:
        shelf = Shelf(store)
        shelf.save(ask("1", 0))
        with store.read() as tx:
            assert facts.of_wait(tx, 1) is None


class TestTheSnapshot:
    def test_of_an_empty_store_says_that_nobody_waits_and_nothing_was_read(self, store: Store) -> None:
        store.register("a", "x")
        shot = store.snapshot({"a": MINUTE}, at(0))
        (channel,) = shot.channels
        assert (channel.read_at, channel.blind, channel.oldest_waiting_at, channel.next_due_at) == (
            None,
            True,
            None,
            None,
        )
        assert (shot.waits, shot.settled, shot.outbox_oldest_at) == ({}, {}, None)
        assert shot.outbox == {"pending": 0, "held": 0, "sending": 0, "unknown": 0}

    def test_leaves_out_channels_that_are_not_configured_any_more(self, store: Store) -> None:
        Desk(store, name="old").poll(ask("1", 0), minute=1)
        store.register("new", "x")
        shot = store.snapshot({"new": MINUTE}, at(1))
        assert [channel.name for channel in shot.channels] == ["new"]
        assert shot.messages == {}

    def test_of_a_busy_hour_shows_every_count(self, store: Store) -> None:
        desk = Desk(store)
        desk.poll(ask("1", 0), ask("2", 10, by="ben"), ask("3", 50, by="carl"), reply("4", 12, to="2"), minute=55)
        desk.sweep()
        desk.poll(minute=61)
        desk.sweep()
        shot = store.snapshot({"acme-x": 5 * MINUTE}, at(62))
        (channel,) = shot.channels
        first = Target.FIRST_RESPONSE
        assert (channel.oldest_waiting_at, channel.next_due_at, channel.blind) == (at(0), at(110), False)
        assert {key[2:]: n for key, n in shot.waits.items() if n} == {
            (first, Status.ON_TRACK): 1,
            (first, Status.BREACHED): 1,
        }
        assert {key[2:]: n for key, n in shot.settled.items()} == {
            (first, Settled.IN_TIME): 1,
            (first, Settled.LATE): 1,
        }
        assert shot.responses["acme-x", first].sum_seconds == 120.0
        assert shot.responses["acme-x", first].buckets[RUNGS.index(300)] == 1
        assert shot.messages == {("acme-x", Role.CUSTOMER.value): 3, ("acme-x", Role.BRAND.value): 1}
        assert (shot.outbox["pending"], shot.outbox_oldest_at) == (2, at(55))
        assert store.snapshot({"acme-x": 5 * MINUTE}, at(66) + 1).channels[0].blind

    def test_counts_what_no_policy_matches_apart(self, store: Store) -> None:
        desk = Desk(store, rules())
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        shot = store.snapshot({"acme-x": MINUTE}, at(1))
        assert (shot.unmatched, shot.waits) == ({"acme-x": 1}, {})

    def test_sees_one_moment_although_others_write(self, store: Store) -> None:
        shelf = Shelf(store)
        with store.read() as tx:
            before = scrape.snapshot(tx, {"acme-x": MINUTE}, at(0), 0)
            shelf.save(ask("1", 0))
            assert scrape.snapshot(tx, {"acme-x": MINUTE}, at(0), 0) == before
        assert store.snapshot({"acme-x": MINUTE}, at(0)) != before


class TestReconciliation:
    @pytest.mark.parametrize("off", [-1, 1, 3])
    def test_finds_what_the_counts_are_off_by(self, store: Store, off: int) -> None:
        desk = Desk(store)
        desk.poll(ask("1", 0), minute=1)
        desk.sweep()
        assert store.reconcile() == 0
        with store.write() as tx:
            wrong = Tally()
            wrong.add(desk.shelf.channel, "open:on_track", off, policy="everyone", target="first_response")
            wrong.write(tx)
        assert store.reconcile() == abs(off)
        assert store.snapshot({"acme-x": MINUTE}, at(1)).drift == abs(off)
