"""Mastodon's lists are read so that nothing is lost, and what waits is looked at again, by few calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import NOON, Reader, all_messages, altered, objects
from mastodon_looks import (
    BoostsAlways,
    MentionsOnly,
    MessagesOnly,
    NoConversations,
    OneByOne,
    QuotesOnly,
    RemoteTeam,
    asked_for,
    waits,
    with_rig,
)
from rig_mastodon import MastodonRig, MessagesRig, OtherServerRig
from slamon.connectors._mastodon.lists import PAGE_LIMIT, PAGE_SIZE
from slamon.connectors.base import OpenThread
from slamon.connectors.mastodon import FOLLOWED, Mastodon
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Page
    from slamon.sim.mastodon import PretendMastodon


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


@pytest.fixture
def other(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Reader]]:
    """A rig of the kind that the test names, and its reader."""
    with request.param() as rig:
        reader = Reader(rig)
        yield rig, reader
        reader.close()


class TestPolls:
    def test_the_first_poll_reads_the_lookback(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        old = rig.customer("too long ago", at=NOON - 9 * DAY)
        mastodon.brand_replies(old, "indeed", at=NOON - 8 * DAY)
        inside = rig.customer("last week", at=NOON - 6 * DAY)
        reader.poll()
        assert set(reader.messages) == {inside}

    def test_a_silent_poll_costs_a_call_for_each_list(self, rig: MastodonRig, reader: Reader) -> None:
        reader.poll()
        rig.calls.clear()
        reader.poll()
        assert sorted(call.endpoint for call in rig.calls) == [
            "account_statuses", "account_statuses", "conversations", "notifications",
        ]  # fmt: skip

    def test_what_a_policy_filters_is_asked_for(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        mastodon.policy["for_not_following"] = "filter"
        hidden = rig.customer("am I heard?")
        reader.poll()
        assert hidden in reader.messages

    def test_more_than_a_page_since_the_last_poll_leaves_no_gap(self, rig: MastodonRig, reader: Reader) -> None:
        rig.customer("before", at=NOON - HOUR)
        reader.poll()
        made = {rig.customer(f"number {n}", by=f"c{n}", at=NOON - MINUTE + n) for n in range(3 * PAGE_SIZE + 1)}
        reader.poll()
        assert made <= set(reader.messages)

    def test_more_answers_than_a_page_leave_no_gap(self, rig: MastodonRig, reader: Reader) -> None:
        parcel = rig.customer("before", at=NOON - HOUR)
        reader.poll()
        made = {rig.ours(f"number {n}", parcel) for n in range(2 * PAGE_SIZE + 1)}
        reader.poll()
        assert made <= set(reader.messages)

    def test_a_notification_that_shows_up_behind_a_newer_one_is_not_lost(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        slow = mastodon.customer_writes("ann", "@acme slow", at=NOON - SECOND, noticed_after=5 * SECOND)
        rig.customer("quick", by="bob", at=NOON)
        reader.poll()
        assert slow not in reader.messages
        rig.now += MINUTE
        reader.poll()
        assert slow in reader.messages

    def test_what_was_on_its_way_for_hours_is_read_when_it_comes(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        late = mastodon.customer_writes("ann@other.example", "@acme late", at=NOON - HOUR, arrives_after=2 * HOUR)
        rig.customer("quick", by="bob")
        reader.poll()
        rig.now += 2 * HOUR
        reader.poll()
        assert reader.messages[late].created_at == NOON - HOUR

    def test_a_time_that_another_server_put_into_the_future_is_that_of_its_arrival(
        self, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        early = mastodon.customer_writes("ann@other.example", "@acme hi", at=NOON + HOUR, arrives_after=-HOUR)
        reader.poll()
        assert reader.messages[early].created_at == NOON

    @with_rig(RemoteTeam)
    def test_an_answer_from_another_server_is_read_although_its_id_is_older(
        self, other: tuple[RemoteTeam, Reader]
    ) -> None:
        rig, reader = other
        parcel = rig.customer("where?", at=NOON - 3 * HOUR)
        names = rig.mastodon.prefix("carla@other.example", parcel)
        slow = rig.mastodon.post(
            "carla@other.example", names + "here", reply_to=parcel, at=NOON - 2 * HOUR, arrives_after=3 * HOUR
        )
        quick = rig.mastodon.brand_replies(parcel, "and here", by="carla@other.example", at=NOON - HOUR)
        reader.poll()
        assert quick in reader.messages
        rig.now += 2 * HOUR
        reader.poll()
        assert slow in reader.messages

    def test_our_clock_being_wrong_loses_nothing(self, rig: MastodonRig, reader: Reader) -> None:
        context = reader.connector.context.__class__("x", lambda: rig.now + HOUR, 7 * DAY)
        ahead = Mastodon(reader.connector.settings, context)
        rig.customer("quick", at=NOON)
        cursor = list(ahead.fetch(reader.identity, None))[-1].cursor
        slow = rig.customer("slow", at=NOON + SECOND)
        rig.now += MINUTE
        found = {message.id for page in ahead.fetch(reader.identity, cursor) for message in page.messages}
        ahead.close()
        assert slow in found

    def test_boosts_by_anyone_are_left_out(self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader) -> None:
        parcel = rig.customer("hello?")
        mastodon.boost("bob", parcel)
        mastodon.boost("acme", parcel)
        reader.poll()
        assert set(reader.messages) == {parcel}

    @with_rig(BoostsAlways)
    def test_so_are_those_that_a_server_sends_all_the_same(self, other: tuple[MastodonRig, Reader]) -> None:
        rig, reader = other
        parcel = rig.customer("hello?")
        rig.mastodon.boost("acme", parcel)
        reader.poll()
        assert set(reader.messages) == {parcel}

    def test_a_quote_of_ours_is_read(self, mastodon: PretendMastodon, reader: Reader) -> None:
        quote = mastodon.quote("ann", mastodon.post("acme", "we are great"), "are you?")
        reader.poll()
        assert reader.messages[quote].kind is Kind.QUOTE

    def test_a_status_is_read_once_from_whichever_list(self, mastodon: PretendMastodon, reader: Reader) -> None:
        private = mastodon.customer_writes("ann", "@acme psst", visibility="direct")
        team = mastodon.post("acmehelp", "@acme look at this")
        ids = [message.id for message in all_messages(reader.poll())]
        assert sorted(ids) == sorted([private, team])

    def test_questions_come_before_their_answers(self, rig: MastodonRig, reader: Reader) -> None:
        parcel = rig.customer("where?", at=NOON - MINUTE)
        answer = rig.ours("here", parcel)
        assert [message.id for message in all_messages(reader.poll())] == [parcel, answer]

    def test_a_notification_whose_status_is_gone_is_nothing(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        rig.customer("hello?")
        altered(
            mastodon.server,
            lambda document: [each.update(status=None) for each in objects(document) if "group_key" in each],
        )
        (page,) = reader.poll()
        assert (page.complete, page.rejects) == (True, ())

    def test_one_odd_status_is_set_aside_and_the_others_are_read(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        odd, good = rig.customer("odd"), rig.customer("good", by="bob")
        altered(
            mastodon.server,
            lambda document: [each.update(account=None) for each in objects(document) if each.get("id") == odd],
        )
        pages = reader.poll()
        assert [reject.id for page in pages for reject in page.rejects] == [odd]
        assert (set(reader.messages), pages[-1].complete) == ({good}, True)

    @with_rig(OneByOne)
    def test_more_pages_than_a_poll_may_ask_for_are_not_a_complete_read_but_the_next_goes_on(
        self, other: tuple[MastodonRig, Reader]
    ) -> None:
        rig, reader = other
        made = [rig.customer(f"number {n}", at=NOON - HOUR + n) for n in range(PAGE_LIMIT + 5)]
        (*_, last) = reader.poll()
        assert (last.complete, last.cursor is not None) == (False, True)
        assert set(reader.messages) == set(made[-PAGE_LIMIT:])
        rig.now += HOUR
        assert reader.poll()[-1].complete


class TestSurfaces:
    def all_kinds(self, rig: MastodonRig) -> dict[str, str]:
        own = rig.mastodon.post("acme", "we are great")
        return {
            "mentions": rig.mastodon.customer_writes("ann", "@acme hello"),
            "messages": rig.mastodon.customer_writes("ann", "@acme psst", visibility="direct"),
            "quotes": rig.mastodon.quote("ann", own, "are you?"),
        }

    @pytest.mark.parametrize(
        ("other", "watched"),
        [(MentionsOnly, "mentions"), (MessagesOnly, "messages"), (QuotesOnly, "quotes")],
        indirect=["other"],
    )
    def test_only_what_is_watched_is_read(self, other: tuple[MastodonRig, Reader], watched: str) -> None:
        rig, reader = other
        made = self.all_kinds(rig)
        reader.poll()
        assert made.keys() & {key for key, ident in made.items() if ident in reader.messages} == {watched}

    @with_rig(MentionsOnly)
    def test_conversations_are_not_asked_for_unless_messages_are_watched(
        self, other: tuple[MastodonRig, Reader]
    ) -> None:
        rig, reader = other
        reader.poll()
        assert asked_for(rig.mastodon, "/conversations") == []

    @with_rig(MentionsOnly)
    def test_a_quote_that_names_us_is_a_mention_too(self, other: tuple[MastodonRig, Reader]) -> None:
        rig, reader = other
        named = rig.mastodon.quote("ann", rig.mastodon.post("acme", "we are great"), "@acme are you?")
        reader.poll()
        assert named in reader.messages

    def test_a_private_mention_is_private_and_its_thread_the_dialogue(
        self, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        private = mastodon.customer_writes("ann", "@acme psst", visibility="direct")
        reader.poll()
        message = reader.messages[private]
        assert (message.kind, message.thread) == (Kind.DIRECT_MESSAGE, f"direct:{mastodon.account('ann').id}")

    def test_a_private_mention_whose_notification_an_agent_cleared_is_read_from_its_conversation(
        self, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        private = mastodon.customer_writes("ann", "@acme psst", visibility="direct")
        mastodon.clear_notifications()
        reader.poll()
        assert private in reader.messages

    def test_a_conversation_is_read_again_only_when_it_went_on(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        private = mastodon.customer_writes("ann", "@acme psst", visibility="direct")
        reader.poll()
        rig.now += HOUR
        reader.poll()
        assert all_messages(reader.poll()) == []
        more = mastodon.customer_writes("ann", "hello?", reply_to=private, visibility="direct")
        mastodon.clear_notifications()
        assert [message.id for message in all_messages(reader.poll())] == [more]

    def test_many_conversations_where_nothing_is_new_cost_one_call(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        for number in range(PAGE_SIZE + 3):
            mastodon.customer_writes(f"c{number}", "@acme psst", visibility="direct", at=NOON - HOUR + number)
        reader.poll()
        rig.calls.clear()
        reader.poll()
        assert sum(call.endpoint == "conversations" for call in rig.calls) == 1

    def test_many_conversations_are_read_page_by_page(self, mastodon: PretendMastodon, reader: Reader) -> None:
        made = {
            mastodon.customer_writes(f"c{n}", "@acme psst", visibility="direct", at=NOON - HOUR + n)
            for n in range(2 * PAGE_SIZE + 3)
        }
        mastodon.clear_notifications()
        reader.poll()
        assert made <= set(reader.messages)

    def test_old_conversations_are_left_alone(self, mastodon: PretendMastodon, reader: Reader) -> None:
        mastodon.customer_writes("ann", "@acme psst", visibility="direct", at=NOON - 30 * DAY)
        assert all_messages(reader.poll()) == []

    def test_without_a_list_of_conversations_notifications_tell_and_it_is_said_once(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with NoConversations() as rig:
            reader = Reader(rig)
            private = rig.mastodon.customer_writes("ann", "@acme psst", visibility="direct")
            reader.poll()
            reader.poll()
            reader.close()
            assert private in reader.messages
            assert len(asked_for(rig.mastodon, "/conversations")) == 1
        assert capsys.readouterr().err.count('"call":"conversations"') == 1


class TestWhatWaits:
    def test_a_poll_notices_what_its_author_deleted(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        parcel, stays = rig.customer("never mind"), rig.customer("hello?", by="bob")
        reader.poll()
        rig.now += MINUTE
        mastodon.delete(parcel)
        reader.poll()
        assert reader.gone == {parcel: rig.now}
        assert stays in reader.messages

    def test_a_poll_looks_up_twenty_at_once_and_no_more_than_a_hundred(self, rig: MastodonRig, reader: Reader) -> None:
        for number in range(FOLLOWED + 30):
            rig.customer("hello?", by=f"c{number}", at=NOON - HOUR + number)
        reader.poll()
        rig.calls.clear()
        rig.now += HOUR
        reader.poll()
        assert sum(call.endpoint == "statuses" for call in rig.calls) == FOLLOWED // 20

    def test_a_suspended_author_is_unknown_and_not_gone(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        mastodon.suspend("ann")
        ann = mastodon.account("ann").id
        for look in (reader.connector.fetch, reader.connector.recheck):
            assert [
                gone for page in look(reader.identity, reader.cursor, waits(parcel, by=ann)) for gone in page.gone
            ] == []

    def test_an_author_whom_the_server_does_not_know_any_more_is_unknown_too(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        mastodon.delete(parcel)
        found = reader.connector.recheck(reader.identity, reader.cursor, waits(parcel, by="4711"))
        assert [gone for page in found for gone in page.gone] == []

    def test_each_author_is_asked_for_once(self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader) -> None:
        made = [rig.customer(f"number {n}") for n in range(5)]
        reader.poll()
        for each in made:
            mastodon.delete(each)
        rig.calls.clear()
        ann = mastodon.account("ann").id
        pages = list(reader.connector.recheck(reader.identity, reader.cursor, waits(*made, by=ann)))
        assert {gone.id for page in pages for gone in page.gone} == set(made)
        assert sum(call.endpoint == "account" for call in rig.calls) == 1

    def test_an_empty_answer_to_many_is_no_proof(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        mastodon.faults.add(Fault(path="/api/v1/statuses", status=200, body="[]"))
        ann = mastodon.account("ann").id
        found = reader.connector.recheck(reader.identity, reader.cursor, waits(parcel, by=ann))
        assert [gone for page in found for gone in page.gone] == []

    @with_rig(OtherServerRig)
    def test_where_only_single_ones_can_be_looked_up_it_is_done_so_and_the_try_is_not_repeated(
        self, other: tuple[OtherServerRig, Reader]
    ) -> None:
        rig, reader = other
        parcel, stays = rig.customer("never mind"), rig.customer("hello?", by="bob")
        reader.poll()
        rig.now += MINUTE
        reader.poll()
        rig.mastodon.delete(parcel)
        reader.poll()
        assert set(reader.gone) == {parcel}
        assert stays in reader.messages
        assert len(asked_for(rig.mastodon, "/api/v1/statuses")) == 1

    def test_only_what_was_edited_is_handed_on_again(self, rig: MastodonRig, reader: Reader) -> None:
        early = NOON - MINUTE
        parcel, stays = rig.customer("wher?", at=early), rig.customer("hello?", by="bob", at=early)
        reader.poll()
        rig.now += HOUR
        rig.edit(parcel, "where?")
        assert [message.id for message in all_messages(reader.poll())] == [parcel]
        assert reader.messages[stays].text == "@acme hello?"

    def test_an_edited_reply_keeps_its_thread_and_its_names(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        news = mastodon.post("acme", "news with @bob")
        mastodon.account("bob")
        parcel = mastodon.customer_writes("ann", "wher?", reply_to=news)
        reader.poll()
        before = reader.messages[parcel]
        rig.now += HOUR
        mastodon.edit(parcel, "@acme where?")
        reader.poll()
        after = reader.messages[parcel]
        assert (after.thread, after.mentions, after.carried) == (before.thread, before.mentions, before.carried)


class TestRecheck:
    def look(self, reader: Reader, *waiting: str) -> list[Page]:
        threads = [OpenThread(reader.messages[each].thread, "5", (each,), NOON - HOUR) for each in waiting]
        return list(reader.connector.recheck(reader.identity, reader.cursor, threads))

    def test_it_costs_a_call_an_account_and_one_for_twenty_messages(self, rig: MastodonRig, reader: Reader) -> None:
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(41)]
        reader.poll()
        rig.calls.clear()
        self.look(reader, *waiting)
        assert sorted(call.endpoint for call in rig.calls) == ["account_statuses"] * 2 + ["statuses"] * 3

    def test_before_the_first_poll_it_reads_from_the_oldest_wait(self, rig: MastodonRig, reader: Reader) -> None:
        parcel = rig.customer("hello?", at=NOON - HOUR)
        early, answer = rig.mastodon.post("acme", "early", at=NOON - DAY), rig.ours("on it", parcel)
        pages = list(reader.connector.recheck(reader.identity, None, waits(parcel)))
        found = {message.id for message in all_messages(pages)}
        assert answer in found
        assert early not in found

    def test_a_dialogue_is_looked_at_through_its_conversation_as_well(self) -> None:
        with MessagesRig() as rig:
            reader = Reader(rig)
            parcel = rig.customer("psst")
            reader.poll()
            answer = rig.ours("yes?", parcel)
            path = f"/api/v1/accounts/{rig.mastodon.brand.id}/statuses"
            rig.server.faults.add(Fault(path=path, status=200, body="[]"))  # leaves private mentions out
            found = {message.id for message in all_messages(self.look(reader, parcel))}
            reader.close()
            assert answer in found

    def test_it_may_run_beside_a_poll(self, rig: MastodonRig, reader: Reader) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        answer = rig.ours("on it", parcel)
        poll = reader.connector.fetch(reader.identity, reader.cursor)
        first = next(poll)
        looked = all_messages(self.look(reader, parcel))
        polled = [*first.messages, *all_messages(poll)]
        assert answer in {message.id for message in looked} & {message.id for message in polled}
