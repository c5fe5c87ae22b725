"""What customers wrote is dropped when the time for which it may be kept is over; what was promised on it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from admin import CHANNEL, CONNECTORS, ENVIRON, write
from desk import Desk, policy, rules
from said import DAY_LONG, ask, at, reply
from slamon.config import load_config
from slamon.errors import FaultsError
from slamon.model import DAY, HOUR, MINUTE, Author, Reject
from slamon.store.retention import SLICE
from slamon.store.schema import message, quarantine
from test_evaluator_rules import Says

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.config import ConnectorInfo
    from slamon.store.store import Store

URGENT = rules(policy("urgent", 30 * MINUTE, conditions=(Says("parcel"),)), policy())
RETAINED = 100.0
"""The minute at which everything written before is dropped."""


@pytest.fixture
def desk(store: Store) -> Desk:
    made = Desk(store, URGENT)
    made.poll(ask("1", 0, text="where is my parcel?"), reply("2", 1, thread="other"), minute=2)
    made.sweep(3)
    return made


def drop(desk: Desk, *, texts: bool = True, names: bool = True) -> None:
    before = at(RETAINED)
    desk.store.retain(desk.shelf.channel, before if texts else None, before if names else None)


class TestDropping:
    def test_the_words_and_names_of_others_go_and_ids_times_and_roles_stay(self, desk: Desk) -> None:
        before = desk.shelf.message("1")
        drop(desk)
        after = desk.shelf.message("1")
        assert (after.text, after.handle, after.name) == ("", "", "")
        assert (after.author, after.created_at, after.wait) == (before.author, before.created_at, before.wait)

    def test_our_own_words_stay(self, desk: Desk) -> None:
        drop(desk)
        assert desk.shelf.message("2").text == "2."

    def test_what_was_written_since_stays(self, desk: Desk) -> None:
        desk.poll(ask("3", RETAINED + 1), minute=RETAINED + 2)
        drop(desk)
        assert desk.shelf.message("3").text == "3?"

    def test_words_and_names_have_times_of_their_own(self, desk: Desk) -> None:
        drop(desk, names=False)
        assert (desk.shelf.message("1").text, desk.shelf.message("1").handle) == ("", "anna")
        drop(desk, texts=False)
        assert desk.shelf.message("1").handle == ""

    def test_what_could_not_be_understood_goes_too(self, desk: Desk) -> None:
        desk.poll(minute=5, rejects=[Reject("bad", "no id", "the whole post")])
        drop(desk)
        with desk.store.read() as tx:
            assert tx.execute(select(func.count()).select_from(quarantine)).scalar() == 0

    def test_a_long_history_goes_in_slices(self, desk: Desk) -> None:
        desk.poll(*(ask(f"m{n}", 10, thread=f"t{n}") for n in range(SLICE + 3)), minute=20)
        drop(desk)
        with desk.store.read() as tx:
            kept = select(func.count()).where(message.c.side == "other", message.c.text != "")
            assert tx.execute(kept).scalar() == 0


class TestAfterwards:
    def test_the_wait_keeps_its_policy_and_its_deadline(self, desk: Desk) -> None:
        drop(desk)
        desk.rules = replace(URGENT, version="two")
        desk.store.rematch("two")
        desk.sweep(RETAINED)
        (wait,) = desk.shelf.waits()
        assert (wait.policy, desk.shelf.timers()[wait.id].due_at) == ("urgent", at(30))

    def test_a_further_message_does_not_lengthen_the_promise(self, desk: Desk) -> None:
        drop(desk)
        desk.poll(ask("3", RETAINED), minute=RETAINED + 1)
        desk.sweep(RETAINED + 2)
        assert desk.shelf.the_wait().policy == "urgent"

    def test_an_answer_closes_it_as_ever(self, desk: Desk) -> None:
        drop(desk)
        desk.poll(reply("4", RETAINED, to="1"), minute=RETAINED + 1)
        desk.sweep(RETAINED + 2)
        assert desk.status() == "missed"

    def test_the_platform_showing_it_again_brings_the_words_back_to_nobody(self, desk: Desk) -> None:
        drop(desk)
        saved = desk.poll(ask("1", 0, text="where is my parcel?"), minute=RETAINED + 1)
        assert (saved.known, saved.changed, desk.shelf.message("1").text) == (1, 0, "")

    def test_its_deletion_is_still_noticed(self, desk: Desk) -> None:
        drop(desk)
        desk.poll(ask("1", 0, gone_at=at(RETAINED)), minute=RETAINED + 1)
        assert (desk.shelf.message("1").text, desk.shelf.message("1").gone_at) == ("", at(RETAINED))

    def test_after_a_year_nothing_is_dropped_twice(self, desk: Desk) -> None:
        drop(desk)
        revision = desk.shelf.the_wait().revision
        drop(desk)
        assert desk.shelf.the_wait().revision == revision


class TestSettings:
    TERMS: ConnectorInfo = replace(CONNECTORS["pretend"], keeps_texts=48 * HOUR)

    def kept(self, folder: Path, keys: str) -> int | None:
        write(folder, {"config.yaml": CHANNEL + keys})
        return load_config(folder / "config.yaml", {"pretend": self.TERMS}, ENVIRON).channels[0].keep_texts

    def test_without_a_key_the_terms_of_the_platform_hold(self, tmp_path: Path) -> None:
        assert self.kept(tmp_path, "") == 48 * HOUR

    def test_an_admin_may_drop_them_earlier(self, tmp_path: Path) -> None:
        assert self.kept(tmp_path, "    keep_texts: 24h\n") == DAY

    def test_but_not_later(self, tmp_path: Path) -> None:
        with pytest.raises(FaultsError, match="the terms of `pretend` allow at most 2 days"):
            self.kept(tmp_path, "    keep_texts: 30d\n")


def test_names_are_dropped_of_authors_without_words(store: Store) -> None:
    desk = Desk(store)
    desk.poll(replace(ask("1", 0, text=""), author=Author("7", "ann", "Ann Otto", 12, "blue")), minute=DAY_LONG)
    drop(desk)
    row = desk.shelf.message("1")
    assert (row.author, row.handle, row.name, row.followers, row.verified) == ("7", "", "", None, "")
