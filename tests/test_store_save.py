from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from said import SETTINGS, aside, ask, at, reply
from shelves import Shelf, everything
from slamon.model import DAY, MAX_INSTANT, TEXT_CAP, Author, Gone, Message, Reject
from slamon.store import queue
from slamon.store.schema import alias, conversation, quarantine

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Row

    from slamon.store.store import Store


@pytest.fixture
def shelf(store: Store) -> Shelf:
    return Shelf(store)


def aside_kept(store: Store) -> list[Row[Any]]:
    with store.read() as tx:
        return list(tx.execute(select(quarantine).order_by(quarantine.c.id)).all())


class TestAPage:
    def test_comes_back_as_it_was_saved(self, shelf: Shelf, store: Store) -> None:
        rich = replace(
            ask("1", 0, language="de", reach=7, permalink="https://x.com/1", mentions=("acme", "ben"), carried=("c",)),
            author=Author("1", "anna", "Anna", 12, "blue"),
            quotes_author="q",
            advertised=True,
            rating=2,
            app="Suite",
            marks=frozenset({"hand_over", "repeated"}),
        )
        shelf.save(rich)
        with store.read() as tx:
            found = queue.thread_of(tx, shelf.the_wait().id)
        assert found == [rich]

    def test_keeps_what_a_person_said_of_a_message_whatever_the_rules_make_of_it_next(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0, marks=frozenset({"giveaway", "kept"})))
        shelf.save(ask("1", 0, text="edited", marks=frozenset({"giveaway"})))
        assert (shelf.the_wait().state, shelf.message("1").no_reply) == ("open", None)

    def test_with_a_message_hidden_from_the_start_knows_it_as_filtered(self, shelf: Shelf, store: Store) -> None:
        shelf.save(ask("1", 0, hidden=True), ask("2", 0, thread="u"), now=3)
        shelf.save(ask("2", 0, thread="u", hidden=True), now=5)
        shelf.save(ask("2", 0, thread="u", hidden=True, text="edited"), ask("1", 0, hidden=True), now=7)
        with store.read() as tx:
            first, second = (queue.thread_of(tx, row.id)[0] for row in shelf.waits())
        assert (first.filtered, first.hidden_at) == (True, at(3))
        assert (second.filtered, second.hidden, second.hidden_at) == (False, True, at(5))

    def test_saved_twice_writes_nothing_the_second_time(self, shelf: Shelf, store: Store) -> None:
        page = (ask("1", 0, aliases=("1b",)), ask("2", 1, by="ben"), reply("3", 2, to="1"), ask("4", 3))
        first = shelf.save(*page)
        before = everything(store)
        second = shelf.save(*page, now=9)
        assert (first.new, first.touched) == (4, 3)
        assert (second.new, second.changed, second.known, second.touched) == (0, 0, 4, 0)
        assert everything(store) == before

    def test_that_says_an_id_twice_means_the_later_words_at_the_earlier_time(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0, text="old"), ask("1", 5, text="new"))
        assert (shelf.message("1").text, shelf.message("1").created_at) == ("new", at(0))

    def test_counts_its_messages_by_role(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0), aside("2", 1, by="ben"), reply("3", 2, to="1"))
        names = {name: n for (_, _, name), n in shelf.counts("messages:").items()}
        assert names == {"messages:customer": 1, "messages:bystander": 1, "messages:brand": 1}

    def test_of_another_channel_with_the_same_ids_is_another_page(self, shelf: Shelf, store: Store) -> None:
        other = Shelf(store, "acme-two")
        shelf.save(ask("1", 0))
        other.save(ask("1", 0), reply("2", 1, to="1"))
        assert (shelf.the_wait().state, other.the_wait().state) == ("open", "answered")

    def test_without_anything_in_it_changes_nothing(self, shelf: Shelf, store: Store) -> None:
        before = everything(store)
        shelf.save()
        assert everything(store) == before

    def test_marks_the_waits_of_threads_that_were_cut_off(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0), ask("2", 0, by="ben", thread="u"), partial=["t", "never read", "\0"])
        assert {row.thread: row.partial for row in shelf.waits()} == {"t": True, "u": False}

    def test_a_thread_read_whole_afterwards_is_not_known_until_it_was_looked_at_again(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0), partial=["t"])
        shelf.save(ask("2", 1))
        assert shelf.the_wait().partial
        shelf.store.checked([shelf.the_wait().id], at(2), at(2))
        assert not shelf.the_wait().partial


class TestEdits:
    def test_a_new_text_is_kept_with_the_time_it_was_seen(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0, text="old"))
        saved = shelf.save(ask("1", 0, text="new"), now=7)
        assert (saved.changed, shelf.message("1").text, shelf.message("1").edited_at) == (1, "new", at(7))

    def test_whom_an_edit_mentions_counts(self, shelf: Shelf) -> None:
        shelf.save(aside("1", 0, by="anna", text="old"))
        assert shelf.waits() == []
        shelf.save(ask("1", 0, text="@acme new"))
        assert shelf.the_wait().state == "open"

    def test_an_edit_under_a_new_id_is_the_same_message_still(self, shelf: Shelf, store: Store) -> None:
        shelf.save(ask("1", 0, text="old"))
        shelf.save(ask("1", 0, text="new", aliases=("2",)))
        shelf.save(ask("2", 0, text="newer", aliases=("1", "3")))
        assert (shelf.message("1").text, len(shelf.waits())) == ("newer", 1)
        with store.read() as tx:
            assert set(tx.execute(select(alias.c.alias, alias.c.message)).all()) == {("2", "1"), ("3", "1")}

    def test_a_message_that_names_a_stored_one_among_its_ids_is_that_one(self, shelf: Shelf) -> None:
        shelf.save(ask("2", 0, text="new"))
        saved = shelf.save(ask("1", 0, text="old", aliases=("2",)))
        assert (saved.new, shelf.messages_of(shelf.the_wait().id)) == (0, {"2"})

    @pytest.mark.parametrize("id_", ["1", "2", "3"])
    def test_a_reply_to_any_of_its_ids_answers_it(self, shelf: Shelf, id_: str) -> None:
        shelf.save(ask("1", 0, aliases=("2", "3")), ask("9", 0, by="ben"))
        shelf.save(reply("4", 1, to=id_))
        assert [row.state for row in shelf.waits()] == ["answered", "open"]

    @pytest.mark.parametrize("id_", ["1", "2"])
    def test_a_deletion_of_any_of_its_ids_deletes_it(self, shelf: Shelf, id_: str) -> None:
        shelf.save(ask("1", 0, aliases=("2",)))
        saved = shelf.save(gone=[Gone(id_, at(5))])
        assert (saved.gone, shelf.the_wait().state, shelf.the_wait().cancelled_at) == (1, "cancelled", at(5))


class TestDeletions:
    def test_the_first_observation_counts(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0))
        shelf.save(gone=[Gone("1", at(5)), Gone("never read", at(5))])
        again = shelf.save(gone=[Gone("1", at(9))])
        assert (again.gone, shelf.the_wait().cancelled_at) == (0, at(5))

    def test_what_is_shown_again_waits_again(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0))
        shelf.save(gone=[Gone("1", at(5))])
        saved = shelf.save(ask("1", 0))
        assert (saved.changed, shelf.the_wait().state, shelf.the_wait().id) == (1, "open", 1)

    def test_a_deleted_reply_opens_the_wait_again_in_a_second_episode(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0), reply("2", 5, to="1"))
        before = shelf.the_wait()
        shelf.save(gone=[Gone("2", at(60))])
        after = shelf.the_wait()
        assert (before.state, before.episode) == ("answered", 1)
        assert (after.id, after.state, after.episode, after.started_at) == (before.id, "open", 2, at(0))


class TestIdsOfWaits:
    def test_are_kept_when_a_late_reply_parts_a_wait_in_two(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0), ask("3", 2))
        whole = shelf.the_wait().id
        shelf.save(reply("2", 1, to="1"))
        first, second = shelf.waits()
        assert (first.id, first.number, first.state) == (whole, 1, "answered")
        assert (second.number, second.turn, second.state, second.id != whole) == (2, 2, "open", True)
        assert (shelf.messages_of(first.id), shelf.messages_of(second.id)) == ({"1"}, {"3"})

    def test_a_merge_keeps_the_earlier_one_and_the_other_points_to_it(self, shelf: Shelf, store: Store) -> None:
        shelf.save(ask("1", 0), reply("2", 1, to="1"), ask("3", 2))
        first, second = shelf.waits()
        shelf.save(gone=[Gone("2", at(9))])
        merged = shelf.the_wait()
        assert (merged.id, shelf.messages_of(merged.id)) == (first.id, {"1", "3"})
        (lost,) = [row for row in everything(store)["wait"] if row[0] == second.id]
        assert first.id in lost
        assert "merged" in lost

    def test_a_late_message_before_the_first_one_joins_the_same_wait(self, shelf: Shelf) -> None:
        shelf.save(ask("2", 5))
        shelf.save(ask("1", 0))
        assert (shelf.the_wait().id, shelf.the_wait().started_at) == (1, at(0))

    def test_a_late_message_that_proves_an_answer_moves_the_numbers_not_the_ids(self, shelf: Shelf) -> None:
        shelf.save(ask("3", 9))
        shelf.save(ask("1", 0), reply("2", 1, to="1"))
        assert [(row.id, row.number, row.state) for row in shelf.waits()] == [(2, 1, "answered"), (1, 2, "open")]

    def test_a_wait_whose_author_turns_out_to_be_a_colleague_ends(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0, by="bea"))
        shelf.save(aside("2", 1, by="carl"), settings=replace(SETTINGS, staff=frozenset({"bea"})))
        assert shelf.waits() == []
        assert shelf.messages_of(1) == set()

    def test_a_hidden_authors_wait_moves_with_the_name_of_its_branch(self, shelf: Shelf, store: Store) -> None:
        shelf.save(ask("3", 2, by="", in_reply_to="2"))
        assert shelf.the_wait().customer == "anon:3"
        shelf.save(reply("1", 0), ask("2", 1, by="", in_reply_to="1"))
        assert (shelf.the_wait().customer, shelf.the_wait().id) == ("anon:2", 1)
        with store.read() as tx:
            assert len(tx.execute(select(conversation)).all()) == 2


class TestMessagesThatSurfaceLate:
    def test_more_than_a_day_before_the_last_read_they_wait_since_they_surfaced(self, shelf: Shelf) -> None:
        read_at = at(0) + 2 * DAY
        shelf.store.complete_poll(shelf.channel, "c", read_at, read_at)
        shelf.save(ask("1", 0), ask("2", 24 * 60, thread="u"), now=3_000)
        assert [row.started_at for row in shelf.waits()] == [at(3_000), at(24 * 60)]

    def test_at_the_first_poll_nothing_surfaces_late(self, shelf: Shelf) -> None:
        shelf.save(ask("1", 0), now=9_000)
        assert shelf.the_wait().started_at == at(0)


HOSTILE = {
    "nul": "a\0b",
    "lone surrogate": "a\ud800b\udfff",
    "four bytes": "👩‍👩‍👧‍👦🏴‍☠️",
    "right to left": "\u202eevil\u202c שלום",
    "control": "\x01\x1b[31m\r\n\t",
    "quotes": "'; DROP TABLE message; -- \" \\ %s :x ?",
    "long": "x" * 30_000,
    "long and wide": "💥" * 20_000,
    "empty": "",
}


class TestHostileCustomers:
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_any_text_is_kept_and_what_no_database_keeps_is_made_storable(self, shelf: Shelf, text: str) -> None:
        saved = shelf.save(ask("1", 0, text=text))
        kept = shelf.message("1").text
        assert (saved.new, len(kept) <= TEXT_CAP) == (1, True)
        assert kept == text[:TEXT_CAP].translate({0: None, 0xD800: 0xFFFD, 0xDFFF: 0xFFFD})
        assert shelf.save(ask("1", 0, text=text)).known == 1

    @pytest.mark.parametrize("name", [HOSTILE["nul"], HOSTILE["lone surrogate"]], ids=["nul", "lone surrogate"])
    def test_a_name_that_no_connector_cleaned_costs_at_most_its_own_post(self, shelf: Shelf, name: str) -> None:
        bad = replace(ask("2", 1, by="ben"), author=Author("ben", "ben", name))
        shelf.save(ask("1", 0), bad, reply("3", 2, to="1"), now=9)
        kept = {row.customer: row.state for row in shelf.waits()}
        assert kept["anna"] == "answered"
        # PostgreSQL keeps no NUL; SQLite does. Neither keeps a lone surrogate.
        assert ("ben" in kept) != bool(aside_kept(shelf.store))

    def test_a_post_that_is_refused_stands_aside_with_its_reason_and_is_counted(self, shelf: Shelf) -> None:
        bad = ask("2", 1, by="ben", reach=1 << 70)
        saved = shelf.save(ask("1", 0), bad, gone=[Gone("1", at(5))], rejects=[Reject("9", "no author", "{}")], now=9)
        assert saved.new == 1
        two, nine = aside_kept(shelf.store)
        assert (two.id, two.at, "refused" in two.reason, "'2'" in two.raw) == ("2", at(9), True, True)
        assert (nine.id, nine.reason, nine.raw) == ("9", "no author", "{}")
        assert shelf.counts("quarantined") == {("", "", "quarantined"): 2}

    def test_a_page_of_one_bad_post_is_no_exception(self, shelf: Shelf) -> None:
        bad = ask("1", 0, reach=1 << 70)
        shelf.save(bad)
        before = everything(shelf.store)
        shelf.save(bad, now=5)
        assert len(aside_kept(shelf.store)) == 1
        assert everything(shelf.store) == before

    def test_what_a_connector_puts_aside_may_be_as_hostile_as_it_likes(self, shelf: Shelf) -> None:
        rejects = [Reject("\0\ud800" * 9, "\ud800", "\0"), Reject("💥" * 9_000, "x" * 90_000, "y" * 90_000)]
        shelf.save(rejects=rejects, gone=[Gone("\0", at(0)), Gone("\ud800", at(0))])
        assert len(aside_kept(shelf.store)) == 2

    def test_ids_as_long_as_allowed_and_instants_at_both_ends_are_kept(self, shelf: Shelf) -> None:
        long = Message(
            id="9" * 512,
            thread="t" * 512,
            author=Author("a" * 512),
            side=ask("1", 0).side,
            created_at=MAX_INSTANT,
            addressed=True,
        )
        shelf.save(long, replace(long, id="8" * 512, created_at=0))
        assert (shelf.the_wait().started_at, shelf.the_wait().last_message_at) == (0, MAX_INSTANT)
