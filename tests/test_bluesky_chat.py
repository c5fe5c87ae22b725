"""Direct messages on Bluesky: a log that begins now, conversations for what was before, and who is in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import NOON, SECRET, Reader, all_messages, altered
from rig_bluesky import MessagesRig
from slamon.connectors.base import OpenThread
from slamon.connectors.http import Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind, Side
from slamon.sim.bluesky import CHAT
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.bluesky import PretendBluesky


class PatientRig(MessagesRig):
    timeouts = Timeouts()


@pytest.fixture
def rig() -> Iterator[MessagesRig]:
    with PatientRig() as each:
        yield each


@pytest.fixture
def bluesky(rig: MessagesRig) -> PretendBluesky:
    return rig.bluesky


@pytest.fixture
def reader(rig: MessagesRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


def calls_of(bluesky: PretendBluesky, reader: Reader) -> list[str]:
    before = len(bluesky.server.ledger)
    reader.poll()
    return [taken.request.path.rsplit(".", 1)[-1] for taken in list(bluesky.server.ledger)[before:]]


class TestMessages:
    def test_both_sides_are_seen_in_the_dialogue(self, bluesky: PretendBluesky, reader: Reader) -> None:
        bluesky.account("ann", followers=12)
        hello = bluesky.customer_messages("ann", "hello?")
        answer = bluesky.brand_messages(hello, "hi")
        reader.poll()
        asked, answered = reader.messages[hello], reader.messages[answer]
        assert {asked.kind, answered.kind} == {Kind.DIRECT_MESSAGE}
        assert (asked.side, answered.side) == (Side.OTHER, Side.OURS)
        assert asked.thread == answered.thread == hello.partition("/")[0]
        assert (asked.author.handle, asked.author.name, asked.author.followers) == ("ann.bsky.social", "Ann", 12)
        assert asked.permalink == f"https://bsky.app/messages/{asked.thread}"
        assert answered.author.id == bluesky.brand

    def test_an_answer_that_points_at_a_message_names_it(self, bluesky: PretendBluesky, reader: Reader) -> None:
        hello = bluesky.customer_messages("ann", "hello?")
        answer = bluesky.brand_messages(hello, "hi", answers=True)
        reader.poll()
        assert reader.messages[answer].in_reply_to == hello

    def test_strangers_and_known_people_count_alike(self, bluesky: PretendBluesky, reader: Reader) -> None:
        known = bluesky.customer_messages("ann", "hello?")
        bluesky.brand_messages(known, "hi")
        stranger = bluesky.customer_messages("bob", "psst")
        reader.poll()
        later = bluesky.customer_messages("cyd", "me too")
        reader.poll()
        assert {known, stranger, later} <= set(reader.messages)

    def test_a_group_is_left_out(self, bluesky: PretendBluesky, reader: Reader) -> None:
        before = bluesky.group_messages("ann", ["bob"], "hello all")
        reader.poll()
        after = [bluesky.group_messages("ann", ["bob"], "hm"), bluesky.group_messages("cyd", ["bob"], "new")]
        hello = bluesky.customer_messages("ann", "hello?")
        reader.poll()
        assert set(reader.messages) == {hello}
        assert {before, *after}.isdisjoint(reader.messages)

    def test_what_somebody_deletes_for_himself_stays(self, bluesky: PretendBluesky, reader: Reader) -> None:
        hello = bluesky.customer_messages("ann", "hello?")
        answer = bluesky.brand_messages(hello, "hi")
        reader.poll()
        bluesky.dialogues.delete(answer)
        bluesky.dialogues.delete(hello)
        pages = reader.poll()
        assert (reader.gone, all_messages(pages)) == ({}, [])
        assert reader.messages[hello].text == "hello?"

    def test_a_message_deleted_before_it_was_read_has_no_words_to_show(
        self, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        reader.poll()
        bluesky.dialogues.delete(bluesky.customer_messages("ann", "hello?"))
        pages = reader.poll()
        assert (all_messages(pages), [page.rejects for page in pages]) == ([], [()])

    @pytest.mark.parametrize(
        ("key", "odd"),
        [("id", None), ("id", "a/b"), ("text", 5), ("sender", {}), ("sender", {"did": "ann"}), ("sentAt", "soon")],
    )
    def test_one_that_cannot_be_read_is_set_aside(
        self, bluesky: PretendBluesky, reader: Reader, key: str, odd: Any
    ) -> None:
        bluesky.customer_messages("ann", "broken")

        def spoil(document: Any) -> None:
            for said in document.get("messages", ()):
                if said["text"] == "broken":
                    said[key] = odd

        altered(bluesky.server, spoil)
        good = bluesky.customer_messages("ann", "whole")
        pages = reader.poll()
        assert [message.id for message in all_messages(pages)] == [good]
        (reject,) = (reject for page in pages for reject in page.rejects)
        assert reject.reason


class TestTheLog:
    def test_a_quiet_poll_costs_one_call(self, bluesky: PretendBluesky, reader: Reader) -> None:
        bluesky.customer_messages("ann", "hello?")
        reader.poll()
        assert calls_of(bluesky, reader) == ["getLog"]

    def test_the_chat_is_asked_through_our_own_host(self, bluesky: PretendBluesky, reader: Reader) -> None:
        reader.poll()
        chats = [taken.request for taken in bluesky.server.ledger if "chat.bsky" in taken.request.path]
        others = [taken.request for taken in bluesky.server.ledger if "chat.bsky" not in taken.request.path]
        assert {request.headers.get("atproto-proxy") for request in chats} == {CHAT}
        assert {request.headers.get("atproto-proxy") for request in others} == {None}

    def test_the_first_poll_reads_the_lookback(self, bluesky: PretendBluesky, reader: Reader) -> None:
        bluesky.customer_messages("ann", "last month", at=NOON - 30 * DAY)
        bluesky.customer_messages("bob", "long ago", at=NOON - 8 * DAY)
        inside = [bluesky.customer_messages("bob", f"number {n}", at=NOON - HOUR + n * SECOND) for n in range(150)]
        reader.poll()
        assert set(reader.messages) == set(inside)

    def test_what_is_written_while_the_conversations_are_read_is_not_lost(
        self, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        bluesky.customer_messages("ann", "hello?")
        late: list[str] = []

        def meanwhile(document: Any) -> None:
            if "requests" in document and not late:
                late.append(bluesky.customer_messages("bob", "while you looked"))

        altered(bluesky.server, meanwhile)
        reader.poll()
        reader.poll()
        assert set(late) <= set(reader.messages)

    def test_a_long_log_is_read_to_its_end_page_by_page(self, bluesky: PretendBluesky, reader: Reader) -> None:
        reader.poll()
        hello = bluesky.customer_messages("ann", "hello?")
        written = [bluesky.brand_messages(hello, f"answer {number}") for number in range(250)]
        calls = calls_of(bluesky, reader)
        assert set(written) <= set(reader.messages)
        assert calls.count("getLog") == 4
        assert calls.count("getConvo") == 1, "who takes part is asked for once"

    def test_events_without_words_bring_nothing(self, bluesky: PretendBluesky, reader: Reader) -> None:
        hello = bluesky.customer_messages("ann", "hello?")
        reader.poll()
        bluesky.dialogues.read(hello.partition("/")[0])
        assert [len(page.messages) for page in reader.poll()] == [0]
        assert calls_of(bluesky, reader) == ["getLog"]

    def test_a_log_that_repeats_its_last_event_brings_it_once(self, bluesky: PretendBluesky, reader: Reader) -> None:
        bluesky.customer_messages("ann", "hello?")
        reader.poll()
        bluesky.customer_messages("ann", "again?")
        reader.poll()
        last = bluesky.dialogues.log[-1]
        event = {"$type": "chat.bsky.convo.defs#logCreateMessage", "rev": last.rev, "convoId": last.convo}

        def repeat(document: Any) -> None:
            if "logs" in document:
                document["logs"].insert(0, event)

        altered(bluesky.server, repeat)
        assert [len(page.messages) for page in reader.poll()] == [0]

    def test_after_a_day_without_a_read_the_conversations_are_read_again(
        self, rig: MessagesRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        reader.poll()
        missed = bluesky.customer_messages("ann", "hello?")
        bluesky.dialogues.log.clear()
        rig.now += 25 * HOUR
        reader.poll()
        assert missed in reader.messages

    def test_so_they_are_when_the_log_does_not_know_its_place(
        self, rig: MessagesRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        bluesky.customer_messages("ann", "first")
        reader.poll()
        missed = bluesky.customer_messages("ann", "hello?")
        rig.now += HOUR
        refusal = json.dumps({"error": "InvalidRequest", "message": "Malformed cursor"})
        bluesky.faults.add(Fault(path="/xrpc/chat.bsky.convo.getLog", status=400, body=refusal))
        assert reader.poll()[-1].complete
        assert missed in reader.messages

    def test_a_dialogue_that_was_left_since_is_read_all_the_same(self, bluesky: PretendBluesky, reader: Reader) -> None:
        reader.poll()
        hello = bluesky.customer_messages("ann", "hello?")
        refusal = json.dumps({"error": "InvalidConvo", "message": "Convo not found"})
        bluesky.faults.add(Fault(path="/xrpc/chat.bsky.convo.getConvo", status=400, body=refusal))
        reader.poll()
        assert reader.messages[hello].author.handle == "ann.bsky.social"


class TestAccess:
    def test_a_password_without_direct_messages_is_told_so(self, bluesky: PretendBluesky, rig: MessagesRig) -> None:
        bluesky.passwords[SECRET] = False
        reader = Reader(rig)
        with pytest.raises(PlatformError, match=r"Bad token method.*Allow access to your direct messages") as caught:
            reader.poll()
        reader.close()
        assert caught.value.verdict is Verdict.PERMISSION

    def test_posts_alone_need_none(self, bluesky: PretendBluesky, rig: MessagesRig) -> None:
        bluesky.passwords[SECRET] = False
        connector = rig.made(rig.context(), watch=["mentions"])
        assert list(connector.fetch(connector.identify(), None))[-1].complete
        connector.close()
        assert not [taken for taken in bluesky.server.ledger if "chat.bsky" in taken.request.path]

    def test_both_surfaces_go_on_from_one_cursor(self, bluesky: PretendBluesky, rig: MessagesRig) -> None:
        connector = rig.made(rig.context(), watch=["mentions", "messages"])
        identity = connector.identify()
        cursor = list(connector.fetch(identity, None))[-1].cursor
        post, said = bluesky.customer_posts("ann", "@acme hello?"), bluesky.customer_messages("ann", "hello?")
        pages = list(connector.fetch(identity, cursor))
        assert {message.id for message in all_messages(pages)} == {post, said}
        assert all_messages(connector.fetch(identity, pages[-1].cursor)) == []
        connector.close()


class TestRecheck:
    def look(self, reader: Reader, *threads: OpenThread) -> set[str]:
        pages = list(reader.connector.recheck(reader.identity, reader.cursor, threads))
        assert pages[-1].complete
        return {message.id for message in all_messages(pages)}

    def test_it_reads_only_the_surface_on_which_somebody_waits(
        self, bluesky: PretendBluesky, rig: MessagesRig, reader: Reader
    ) -> None:
        del rig
        post, said = bluesky.customer_posts("ann", "@acme hello?"), bluesky.customer_messages("ann", "hello?")
        reader.poll()
        answers = bluesky.brand_replies(post, "hi"), bluesky.brand_messages(said, "hi")
        of_post = OpenThread(post, "ann", (post,), NOON)
        of_message = OpenThread(said.partition("/")[0], "ann", (said,), NOON)
        assert answers[0] in self.look(reader, of_post)
        assert self.look(reader, of_message) == {answers[1]}
        assert set(answers) <= self.look(reader, of_post, of_message)

    def test_after_a_minute_it_costs_one_call(self, bluesky: PretendBluesky, rig: MessagesRig, reader: Reader) -> None:
        said = bluesky.customer_messages("ann", "hello?")
        reader.poll()
        rig.now += MINUTE
        before = len(bluesky.server.ledger)
        self.look(reader, OpenThread(said.partition("/")[0], "ann", (said,), NOON))
        assert len(bluesky.server.ledger) - before == 1
