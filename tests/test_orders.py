"""Standing orders: what people say of messages to come, by an author, in a thread, or with certain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import Desk
from doing import ANN, Doers
from said import SETTINGS, aside, ask, at, reply
from slamon.acting import Order
from slamon.errors import UsageError
from slamon.metrics.growing import HELD_FOR
from slamon.model import DAY, MINUTE, Mark
from slamon.rules.orders import Finder, check_pattern
from slamon.sla.handling import Verb
from slamon.sla.orders import Standing, ordered
from slamon.store import orders
from slamon.store.noreply import dropped
from slamon.store.save import Batch
from stage import Desk as Stage

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.acting import Acted
    from slamon.model import Message
    from slamon.store.store import Store

DAY_LONG = 24 * 60


@pytest.fixture
def doers(store: Store) -> Doers:
    """Anna asks in thread t."""
    desk = Desk(store)
    doers = Doers(desk)
    desk.poll(ask("1", 0), minute=1)
    desk.sweep()
    return doers


def mute(doers: Doers, **more: Any) -> Acted:
    return doers.act(Verb.MUTE, **more)


def waiting(doers: Doers) -> set[str]:
    rows = [row for row in doers.desk.shelf.waits() if row.state == "open"]
    return {said for row in rows for said in doers.desk.shelf.messages_of(row.id)}


class TestAMessageToCome:
    def test_in_a_muted_thread_waits_for_nothing_whoever_writes_it(self, doers: Doers) -> None:
        mute(doers)
        doers.reads(ask("2", 3), ask("3", 3, by="bob"), ask("4", 3, thread="u"), minute=4)
        assert waiting(doers) == {"4"}
        assert doers.desk.shelf.message("3").no_reply == "muted"

    def test_by_a_muted_author_waits_for_nothing_in_whatever_thread(self, doers: Doers) -> None:
        mute(doers, scope="author")
        doers.reads(ask("2", 3, thread="u"), ask("3", 3, by="bob"), minute=4)
        assert waiting(doers) == {"3"}

    def test_with_such_words_waits_for_nothing(self, doers: Doers) -> None:
        doers.act(Verb.STATEMENT, scope="match", pattern="out(age)?s?")
        doers.reads(ask("2", 3, by="bob", text="OUTAGE again?"), ask("3", 3, by="cy", text="my parcel?"), minute=4)
        assert waiting(doers) == {"3"}
        assert doers.desk.shelf.message("2").no_reply == "answered_by_statement"

    def test_waits_where_it_is_written_after_the_end(self, doers: Doers) -> None:
        mute(doers, span=10 * MINUTE)
        doers.reads(ask("2", 10.99), ask("3", 11, by="bob"), minute=30)
        assert waiting(doers) == {"3"}

    def test_on_another_channel_waits(self, doers: Doers, store: Store) -> None:
        mute(doers)
        other = Doers(Desk(store, name="acme-other"))
        other.store.save(Batch(other.desk.shelf.channel, [ask("2", 3)]), SETTINGS, at(4))
        with store.read() as tx:
            assert orders.standing(tx, other.desk.shelf.channel, 0) == []
        assert waiting(other) == {"2"}

    def test_of_ours_is_never_marked_and_answers_as_ever(self, doers: Doers) -> None:
        doers.desk.poll(ask("9", 2, by="bob"), minute=3)
        doers.act(Verb.MUTE, 2, scope="author")
        doers.act(Verb.MUTE, 1, scope="match", pattern=".+")
        doers.reads(reply("2", 3, to="1"), minute=4)
        assert not doers.desk.shelf.message("2").marks

    def test_is_listed_and_counted_with_the_reason(self, doers: Doers) -> None:
        mute(doers)
        before = doers.desk.shelf.counts("no_reply")
        doers.reads(ask("2", 3), aside("3", 3, by="bob"), minute=4)
        assert before == {("", "", "no_reply:muted"): 1}
        assert doers.desk.shelf.counts("no_reply") == {("", "", "no_reply:muted"): 2}
        with doers.store.read() as tx:
            assert [said.id for said in dropped(tx, 10)] == ["2", "1"]


class TestAMessageThatIsThere:
    def test_is_not_touched_by_a_page_that_brings_it_again_or_edited(self, doers: Doers) -> None:
        doers.desk.poll(ask("2", 2, thread="u", by="bob", text="parcel?"), minute=3)
        doers.act(Verb.MUTE, scope="match", pattern="outage")
        doers.reads(ask("2", 2, thread="u", by="bob", text="outage?"), minute=4)
        assert waiting(doers) == {"2"}

    def test_that_was_kept_by_a_person_stays_kept(self, doers: Doers) -> None:
        mute(doers)
        doers.reads(ask("2", 3), minute=4)
        doers.store.keep(doers.desk.shelf.channel, ["2"], SETTINGS, at(5))
        doers.reads(ask("2", 3, text="really?"), minute=6)
        assert waiting(doers) == {"2"}


class TestAnOrder:
    def test_that_is_taken_back_gives_back_all_that_it_dropped_and_drops_no_more(self, doers: Doers) -> None:
        acted = mute(doers)
        doers.reads(ask("2", 3, by="bob"), minute=4)
        words = doers.undo(acted).words
        assert doers.store.standing(doers.desk.shelf.channel, 0) == []
        doers.reads(ask("3", 5, by="cy"), minute=6)
        assert waiting(doers) == {"1", "2", "3"}
        assert words == "Taken back: 1 wait is open again, and messages to come count"
        assert {row.customer: row.started_at for row in doers.desk.shelf.waits()}["bob"] == at(3)

    def test_that_ended_leaves_dropped_what_it_dropped_until_it_is_taken_back(self, doers: Doers) -> None:
        acted = mute(doers, span=10 * MINUTE)
        doers.reads(ask("2", 3), minute=4)
        doers.reads(ask("2", 3), minute=DAY_LONG)
        assert waiting(doers) == set()
        doers.undo(acted)
        assert waiting(doers) == {"1", "2"}

    def test_that_is_taken_back_leaves_what_another_one_dropped_too(self, doers: Doers) -> None:
        first = mute(doers)
        doers.reads(ask("9", 2, thread="u"), minute=2)
        second = doers.act(Verb.MUTE, 2, scope="author")
        doers.reads(ask("2", 3), ask("3", 3, by="bob"), minute=4)
        doers.undo(first)
        assert waiting(doers) == {"1", "3"}
        doers.undo(second)
        assert waiting(doers) == {"1", "2", "3", "9"}

    def test_that_is_taken_back_leaves_what_another_verb_dropped_too(self, doers: Doers) -> None:
        first = mute(doers)
        doers.reads(ask("9", 2, thread="u"), minute=2)
        second = doers.act(Verb.ELSEWHERE, 2, scope="author")
        doers.reads(ask("2", 3), minute=4)
        doers.undo(first)
        assert doers.desk.shelf.message("2").no_reply == "answered_elsewhere"
        doers.undo(second)
        assert waiting(doers) == {"1", "2", "9"}

    def test_that_is_taken_back_while_a_page_is_on_its_way_drops_nothing_of_it(self, doers: Doers) -> None:
        acted = mute(doers)
        standing = doers.store.standing(doers.desk.shelf.channel, 0)
        doers.undo(acted)
        batch = Batch(doers.desk.shelf.channel, [ask("2", 3)], ordered={"2": standing})
        doers.store.save(batch, SETTINGS, at(4))
        assert waiting(doers) == {"1", "2"}

    def test_about_one_wait_stands_for_nothing(self, doers: Doers) -> None:
        mute(doers, scope="wait")
        assert doers.store.standing(doers.desk.shelf.channel, 0) == []
        doers.reads(ask("2", 3), minute=4)
        assert waiting(doers) == {"2"}


def test_the_poller_looks_up_orders_and_a_restart_changes_nothing(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        post = stage.asks()
        stage.settles()
        (number,) = [wait.id for wait in stage.waits("ann")]
        acted = stage.app.acting.act(Order(verb=Verb.MUTE, wait=number, by=ANN, via="command", key="k", span=90 * DAY))
        stage.settles()
        stage.asks("@acme and where is mine?", by="bob", reply_to=post)
        stage.settles()
        assert stage.waits("bob") == []
        stage.passes(HELD_FOR)
        assert stage.metric("slamon_no_reply_messages_total", channel="acme-x", reason="muted") == 2
        assert stage.metric("slamon_no_reply_messages_total", channel="acme-x", reason="dismissed") == 0
        stage.restart()
        stage.asks("@acme hello?", by="cy", reply_to=post)
        stage.settles()
        assert stage.waits("cy") == []
        stage.app.acting.undo(acted.action, ANN, "command")
        stage.settles()
        assert [wait.state for name in ("ann", "bob", "cy") for wait in stage.waits(name)] == ["open"] * 3


class TestAPattern:
    @pytest.mark.parametrize("pattern", ["", "x*", "(a|)", "^", "(?:)"])
    def test_that_is_found_in_every_text_is_refused(self, pattern: str) -> None:
        with pytest.raises(UsageError):
            check_pattern(pattern)

    def test_is_searched_for_without_what_nobody_sees(self) -> None:
        finds = Finder()
        assert finds("outage", "OUT\u200bAGE")
        assert finds("outage", "\uff4futage")
        assert not finds("outage", "parcel")

    def test_that_takes_too_long_is_not_found(self) -> None:
        assert not Finder()("(a+)+(b+)+$x", "a" * 5_000 + "b" * 4_000 + "!")

    def test_that_can_no_longer_be_read_is_not_found(self) -> None:
        assert not Finder()("(", "(")


SCOPES = st.sampled_from(["author", "thread", "match"])
STANDING = st.builds(
    Standing,
    action=st.integers(1, 5),
    mark=st.just(Mark.MUTED.value),
    scope=SCOPES,
    subject=st.sampled_from(["anna", "bob", "t", "u"]),
    until=st.none() | st.integers(0, 10).map(at),
)
MESSAGES = st.builds(
    lambda n, minute, by, thread, ours: (reply if ours else ask)(f"m{n}", minute, by=by, thread=thread, text="t u"),
    st.integers(0, 9),
    st.integers(0, 10),
    st.sampled_from(["anna", "bob"]),
    st.sampled_from(["t", "u"]),
    st.booleans(),
)


@given(st.lists(MESSAGES, max_size=5, unique_by=lambda m: m.id), st.lists(STANDING, max_size=4))
def test_a_message_is_meant_by_each_order_for_its_author_thread_or_words_until_its_end(
    messages: list[Message], standing: list[Standing]
) -> None:
    found = ordered(messages, standing, {"acme"}, lambda pattern, text: pattern in text)
    for message in messages:
        of = {"author": message.author.id, "thread": message.thread}
        meant = [
            one
            for one in standing
            if (one.subject in message.text if one.scope == "match" else one.subject == of[one.scope])
            and (one.until is None or message.created_at < one.until)
        ]
        assert found.get(message.id, []) == ([] if message.side == "ours" else meant)
