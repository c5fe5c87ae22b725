"""The thread of a status, where nothing but its reply chain tells: what is known first, and few calls for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_contract import NOON, Reader
from rig_mastodon import MastodonRig, MessagesRig, OtherServerRig
from slamon.connectors._mastodon.cursor import THREADS_KEPT, Cursor, Mark
from slamon.connectors._mastodon.status import Status
from slamon.connectors._mastodon.threads import DIALOGUE, Threads
from slamon.connectors._mastodon.words import Named
from slamon.connectors.base import OpenThread
from slamon.model import DAY, HOUR, MINUTE, Author

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.mastodon import PretendMastodon

OURS = frozenset({"900"})


def said(
    ident: str, above: str | None = None, *, by: str = "55", to: tuple[str, ...] = (), direct: bool = False
) -> Status:
    return Status(id=ident, author=Author(by), created_at=NOON, reply_to=above, named=Named(leading=to), direct=direct)


def threads(*statuses: Status, known: dict[str, str] | None = None, waiting: tuple[OpenThread, ...] = ()) -> Threads:
    found = Threads(known or {}, waiting, OURS)
    found.add(statuses)
    return found


class TestNames:
    def test_a_status_that_replies_to_nothing_begins_a_thread(self) -> None:
        assert threads().name(said("1")) == ("1", None)

    def test_a_chain_is_named_after_its_first(self) -> None:
        chain = threads(said("1"), said("2", "1"), said("3", "2"))
        assert chain.name(said("4", "3")) == ("1", None)

    def test_what_is_remembered_wins_over_a_chain_that_was_cut_since(self) -> None:
        assert threads(said("2"), known={"2": "1"}).name(said("3", "2")) == ("1", None)
        assert threads(known={"2": "1"}).name(said("2")) == ("1", None)

    def test_what_the_store_tells_of_those_who_wait_wins_over_memory(self) -> None:
        waiting = OpenThread("stored", "55", ("2",), NOON)
        assert threads(known={"2": "1"}, waiting=(waiting,)).name(said("3", "2")) == ("stored", None)

    def test_a_chain_that_leads_nowhere_is_named_after_the_furthest_id_and_says_which(self) -> None:
        assert threads(said("2", "1")).name(said("3", "2")) == ("1", "1")

    def test_rings_end(self) -> None:
        ring = threads(said("1", "3"), said("2", "1"), said("3", "2"))
        assert {ring.name(said(each, above))[0] for each, above in (("1", "3"), ("2", "1"), ("3", "2"))} == {"1"}

    def test_a_dialogue_is_named_after_those_whom_it_is_between(self) -> None:
        asked = said("1", to=("900",), direct=True)
        again = said("2", to=("900",), direct=True)
        ours = said("3", by="900", to=("55",), direct=True)
        names = {threads().name(each)[0] for each in (asked, again, ours)}
        assert names == {f"{DIALOGUE}55"}

    def test_a_dialogue_of_several_has_a_name_of_its_own_whatever_the_order(self) -> None:
        one = said("1", to=("900", "66"), direct=True)
        two = said("2", by="66", to=("55", "900"), direct=True)
        assert threads().name(one) == threads().name(two) == (f"{DIALOGUE}55,66", None)

    def test_many_people_have_a_short_name(self) -> None:
        crowd = said("1", to=tuple(str(n) for n in range(1_000, 1_200)), direct=True)
        assert len(threads().name(crowd)[0]) < 100

    def test_a_private_answer_to_a_public_post_stands_where_that_was_asked(self) -> None:
        answer = said("2", "1", by="900", to=("55",), direct=True)
        assert threads(said("1")).name(answer) == ("1", None)

    def test_a_note_to_oneself_is_a_thread_of_its_own(self) -> None:
        assert threads().name(said("1", by="900", direct=True)) == ("1", None)

    def test_what_is_read_again_is_forgotten_last(self) -> None:
        found = threads(known={"1": "1", "2": "2"})
        found.settle(said("1"))
        assert list(found.messages) == ["2", "1"]

    @given(st.lists(st.integers(0, 30), min_size=1, max_size=30), st.data())
    def test_all_of_a_tree_have_one_name_in_whatever_order_they_are_asked(
        self, parents: list[int], data: st.DataObject
    ) -> None:
        tree = [said("0")] + [said(str(n), str(parent % n)) for n, parent in enumerate(parents, 1)]
        found = threads(*tree)
        assert {found.settle(each) for each in data.draw(st.permutations(tree))} == {"0"}

    @given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdef")))
    def test_whatever_points_where_a_name_is_found(self, above: dict[str, str]) -> None:
        statuses = [said(each, parent) for each, parent in above.items()]
        found = threads(*statuses)
        assert all(found.name(each)[0] for each in statuses)


class TestCursor:
    def test_what_is_written_is_read(self) -> None:
        cursor = Cursor({"mentions": Mark("5", NOON)}, ("7", "8"), {"1": "1", "2": "1"})
        assert Cursor.parse(cursor.text()) == cursor

    @pytest.mark.parametrize(
        "text",
        [
            None, "", "5", "null", "{", "[]", '{"marks": 5, "threads": [], "dialogues": {}}', '{"marks": {"a": [1]}}',
            '{"marks": {"a": ["1", "x"]}}', '{"marks": {"a": ["", 5]}}', '{"threads": {"a": 5}}', "[" * 100_000,
        ],
    )  # fmt: skip
    def test_what_is_no_cursor_starts_from_the_lookback(self, text: str | None) -> None:
        assert Cursor.parse(text) == Cursor()

    def test_only_the_newest_threads_are_kept(self) -> None:
        many = {str(n): "1" for n in range(THREADS_KEPT + 50)}
        kept = Cursor.parse(Cursor(threads=many).text()).threads
        assert list(kept) == [str(n) for n in range(50, THREADS_KEPT + 50)]

    @given(st.text())
    def test_any_text_is_read_or_left_out(self, text: str) -> None:
        Cursor.parse(text)


@pytest.fixture
def rig() -> Iterator[MastodonRig]:
    with MastodonRig() as each:
        yield each


@pytest.fixture
def mastodon(rig: MastodonRig) -> PretendMastodon:
    return rig.mastodon


@pytest.fixture
def reader(rig: MastodonRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


def calls(rig: MastodonRig, name: str) -> int:
    return sum(call.endpoint == name for call in rig.calls)


class TestCalls:
    def test_a_dialogue_with_us_costs_no_further_call(self, rig: MastodonRig, reader: Reader) -> None:
        asked = rig.customer("where?")
        reader.poll()
        rig.now += MINUTE
        answer = rig.ours("here", asked)
        rig.now += MINUTE
        reader.poll()
        again = rig.customer("where exactly?", reply_to=answer)
        reader.poll()
        assert {reader.messages[each].thread for each in (asked, answer, again)} == {asked}
        assert (calls(rig, "context"), calls(rig, "status")) == (0, 0)
        assert calls(rig, "statuses") == 1  # in the second poll, to see whether what waits is still there

    def test_replies_to_a_new_post_of_ours_cost_none(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        news = mastodon.post("acme", "new opening hours")
        replies = [rig.customer("really?", by=f"c{n}", reply_to=news) for n in range(30)]
        reader.poll()
        assert {reader.messages[each].thread for each in replies} == {news}
        assert (calls(rig, "context"), calls(rig, "statuses")) == (0, 0)

    def test_replies_to_an_old_post_of_ours_cost_one_together(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        news = mastodon.post("acme", "new opening hours", at=NOON - 30 * DAY)
        replies = [rig.customer("really?", by=f"c{n}", reply_to=news) for n in range(30)]
        reader.poll()
        assert {reader.messages[each].thread for each in replies} == {news}
        assert (calls(rig, "context"), calls(rig, "statuses")) == (0, 1)

    def test_a_mention_deep_down_in_a_strangers_thread_costs_two(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        root = last = mastodon.post("zoe", "nice weather", at=NOON - HOUR)
        for number in range(10):
            last = mastodon.post("yan", f"yes {number}", reply_to=last, at=NOON - MINUTE + number)
        asked = mastodon.post("ann", "@yan @acme what do you say?", reply_to=last)
        reader.poll()
        assert reader.messages[asked].thread == root
        assert reader.messages[asked].mentions == (mastodon.brand.id,)
        assert (calls(rig, "context"), calls(rig, "statuses")) == (1, 1)

    def test_a_parent_that_is_not_for_our_eyes_names_the_thread(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        hidden = mastodon.post("zoe", "only for friends", visibility="private")
        asked = mastodon.post("ann", "@acme have you seen that?", reply_to=hidden)
        other = mastodon.post("bob", "@acme and you?", reply_to=hidden)
        reader.poll()
        assert {reader.messages[each].thread for each in (asked, other)} == {hidden}
        assert calls(rig, "context") == 1
        answer = rig.ours("seen", asked)
        reader.poll()
        assert reader.messages[answer].thread == hidden

    def test_many_strange_threads_at_once_are_followed_up_to_a_limit(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        made = {}
        for number in range(45):
            root = mastodon.post(f"z{number}", "nice weather", at=NOON - HOUR)
            middle = mastodon.post("yan", "yes", reply_to=root, at=NOON - HOUR + 1)
            made[mastodon.post("ann", "@yan @acme look", reply_to=middle)] = (root, middle)
        reader.poll()
        named = [reader.messages[asked].thread for asked in made]
        assert [thread in pair for thread, pair in zip(named, made.values(), strict=True)] == [True] * 45
        assert (calls(rig, "context"), calls(rig, "statuses")) == (30, 3)
        assert named.count("") == 0

    def test_a_server_without_look_ups_of_many_costs_a_call_for_each_chain(self) -> None:
        with OtherServerRig() as rig:
            reader = Reader(rig)
            root = rig.mastodon.post("zoe", "nice weather", at=NOON - HOUR)
            middle = rig.mastodon.post("yan", "yes", reply_to=root, at=NOON - MINUTE)
            asked = rig.mastodon.post("ann", "@yan @acme look", reply_to=middle)
            reader.poll()
            reader.close()
            assert reader.messages[asked].thread == root
            assert (calls(rig, "context"), calls(rig, "status")) == (1, 0)


class TestAcrossPolls:
    @pytest.mark.parametrize("lost", [False, True], ids=["remembered", "forgotten"])
    def test_an_answer_after_a_restart_stands_in_the_thread_of_its_question(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader, *, lost: bool
    ) -> None:
        old = mastodon.post("acme", "news", at=NOON - 30 * DAY)
        asked = rig.customer("really?", reply_to=old)
        reader.poll()
        rig.now += HOUR
        answer = rig.ours("yes", asked)
        again = Reader(rig)
        again.cursor = None if lost else reader.cursor
        again.poll()
        again.close()
        assert again.messages[answer].thread == reader.messages[asked].thread == old

    def test_an_answer_is_at_home_although_the_first_post_was_deleted_since(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        old = mastodon.post("acme", "news", at=NOON - 30 * DAY)
        asked = rig.customer("really?", reply_to=old)
        reader.poll()
        mastodon.delete(old)
        rig.now += HOUR
        answer = rig.ours("yes", asked)
        reader.poll()
        assert reader.messages[answer].thread == old

    def test_the_store_remembers_those_who_wait_longer_than_the_cursor(self, rig: MastodonRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()
        rig.now += HOUR
        answer = rig.ours("hello!", asked)
        waiting = [OpenThread("as stored", "ann", (asked,), NOON)]
        for look in (reader.connector.fetch, reader.connector.recheck):
            found = {m.id: m for page in look(reader.identity, None, waiting) for m in page.messages}
            assert found[answer].thread == "as stored"

    def test_a_dialogue_stays_one_thread_over_days(self) -> None:
        with MessagesRig() as rig:
            reader = Reader(rig)
            asked = rig.customer("my card is lost")
            reader.poll()
            rig.now += DAY
            answer = rig.ours("which one?", asked)
            rig.now += DAY
            again = rig.customer("the blue one")
            more = rig.ours("done", again)
            reader.poll()
            reader.close()
            found = {reader.messages[each].thread for each in (asked, answer, again, more)}
            assert found == {DIALOGUE + rig.mastodon.account("ann").id}
