"""Messenger's conversations are read so that nothing is lost and nobody is accused wrongly: trap by trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connector_contract import LOOKBACK, NOON, Reader, all_messages, altered, objects
from rig_messenger import MessengerRig
from slamon.connectors._messenger.cursor import GRAIN, OVERLAP, SEEN_CAP, InboxCursor, Round
from slamon.connectors._messenger.inbox import LOOKS, NESTED, PAGE_SIZE, READABLE
from slamon.connectors._messenger.messages import Stretch, Voice, permalink, when
from slamon.connectors._messenger.pace import Pace
from slamon.connectors.base import OpenThread, Proof
from slamon.connectors.messenger import Messenger
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind, Side
from slamon.sim._graph.tokens import APP_ID
from slamon.sim.faults import Fault
from slamon.sim.messenger import PAGE_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Page
    from slamon.model import Message
    from slamon.sim.messenger import PretendMessenger

ANN = {"name": "Ana Ruiz", "email": "6011@facebook.com", "id": "6011"}
ACME = {"name": "Acme", "email": "100@facebook.com", "id": "100"}
VOICE = Voice("100", automatic=frozenset({"pages_comm_instant_reply"}))


@pytest.fixture
def rig() -> Iterator[MessengerRig]:
    with MessengerRig() as each:
        yield each


@pytest.fixture
def pretend(rig: MessengerRig) -> PretendMessenger:
    return rig.messenger


@pytest.fixture
def reader(rig: MessengerRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


def paths(pretend: PretendMessenger) -> list[str]:
    """What was asked since the last time this was called, in the order of asking, without the version."""
    found = [taken.request.path.partition("/v25.0")[2] for taken in pretend.server.ledger]
    pretend.server.ledger.clear()
    return found


def recheck(reader: Reader, *waiting: str) -> list[Page]:
    threads = [
        OpenThread(each.thread, each.author.id, (each.id,), each.created_at)
        for each in (reader.messages[key] for key in waiting)
    ]
    pages = list(reader.connector.recheck(reader.identity, reader.cursor, threads))
    for page in pages:
        reader.keep(page)
    return pages


def raw(**facts: Any) -> dict[str, Any]:
    return {"id": "m_1", "created_time": "2026-03-02T12:40:07+0000", "from": ANN, "message": "Any news?"} | facts


def read(*raws: Any, voice: Voice = VOICE) -> Stretch:
    stretch = Stretch("t_1", voice)
    stretch.add(raws)
    return stretch


def one(**facts: Any) -> Message:
    stretch = read(raw(**facts))
    assert stretch.rejects == []
    (message,) = stretch.messages
    return message


class TestMessages:
    def test_the_page_is_us_and_everybody_else_is_not(self) -> None:
        assert [one(**{"from": who}).side for who in (ANN, ACME)] == [Side.OTHER, Side.OURS]

    def test_author_text_and_time_are_metas(self) -> None:
        message = one()
        assert (message.author.id, message.author.name) == ("6011", "Ana Ruiz")
        assert (message.text, message.created_at) == ("Any news?", 1_772_455_207_000)
        assert (message.thread, message.kind) == ("t_1", Kind.DIRECT_MESSAGE)

    @pytest.mark.parametrize("facts", [{"message": ""}, {"message": None}, {"sticker": "https://cdn.example/1.png"}])
    def test_a_message_without_text_is_a_message(self, facts: dict[str, Any]) -> None:
        plain = raw(**facts)
        plain.pop("message", None)
        (message,) = read(plain | facts | {"message": facts.get("message", "")}).messages
        assert message.text == ""

    def test_an_instant_reply_is_automatic_and_the_same_tag_of_a_customer_is_nothing(self) -> None:
        tags = {"data": [{"name": "inbox"}, {"name": "pages_comm_instant_reply"}]}
        assert one(**{"from": ACME}, tags=tags).automated
        assert not one(tags=tags).automated
        assert not one(**{"from": ACME}, tags={"data": [{"name": "inbox"}]}).automated

    def test_a_quoted_message_is_what_it_replies_to(self) -> None:
        assert one(reply_to={"mid": "m_0", "is_self_reply": False}).in_reply_to == "m_0"

    @pytest.mark.parametrize("reply", [{"mid": "m_1"}, {"mid": ""}, {"mid": 5}, "m_0", None, {"mid": "a\0"}])
    def test_what_is_no_quote_is_none(self, reply: Any) -> None:
        assert one(reply_to=reply).in_reply_to is None

    def test_one_without_a_sender_cannot_be_read_and_is_no_reject(self) -> None:
        stretch = read({"id": "m_1", "created_time": "2026-03-02T12:40:07+0000"})
        assert (stretch.messages, stretch.rejects, stretch.withheld) == ([], [], True)

    @pytest.mark.parametrize(
        "facts",
        [
            {"id": None},
            {"id": ""},
            {"created_time": "yesterday"},
            {"created_time": "2026-03-02T12:40:07"},
            {"from": []},
            {"from": {"name": "Ann"}},
            {"from": {"id": 5}},
            {"message": 5},
        ],
        ids=str,
    )
    def test_what_cannot_be_understood_is_set_aside(self, facts: dict[str, Any]) -> None:
        stretch = read(raw(**facts), raw(id="m_2"))
        assert [each.id for each in stretch.messages] == ["m_2"]
        assert len(stretch.rejects) == 1

    @pytest.mark.parametrize("time", ["2026-03-02T12:40:07+0000", 1_772_455_207, "1772455207"])
    def test_times_come_as_text_or_as_unix_seconds(self, time: Any) -> None:
        assert when(time) == 1_772_455_207_000

    def test_whatever_the_order_they_are_handed_out_oldest_first(self) -> None:
        stretch = read(raw(), raw(id="m_0", created_time="2026-03-02T10:00:00+0000"), raw())
        assert [each.id for each in stretch.in_order()] == ["m_0", "m_1"]

    @pytest.mark.parametrize(
        ("link", "shown"),
        [
            ("/100/inbox/25/", "https://www.facebook.com/100/inbox/25/"),
            ("https://www.facebook.com/100/inbox/25/", "https://www.facebook.com/100/inbox/25/"),
            ("//evil.example/", ""),
            ("https://evil.example/", ""),
            ("javascript:alert(1)", ""),
            ("/" + "x" * 3_000, ""),
            (5, ""),
            (None, ""),
        ],
    )
    def test_a_link_leads_to_facebook_or_nowhere(self, link: Any, shown: str) -> None:
        assert permalink({"link": link}) == shown

    odd = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )

    @given(st.sampled_from([*raw(), "tags", "reply_to", "story"]), odd)
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_any_value_gives_a_message_or_a_reject(self, key: str, value: Any) -> None:
        stretch = read(raw() | {key: value})
        assert len(stretch.messages) + len(stretch.rejects) + stretch.withheld == 1


class TestCursor:
    def test_what_is_written_is_read(self) -> None:
        cursor = InboxCursor(NOON, {"t_1": NOON}, NOON - HOUR)
        assert InboxCursor.parse(json.loads(json.dumps(cursor.json()))) == cursor

    @pytest.mark.parametrize(
        "value", [None, 5, [], {}, {"since": None}, {"since": "5"}, {"since": True}, {"since": -1}, {"since": 1 << 60}]
    )
    def test_what_is_no_cursor_starts_from_the_lookback(self, value: Any) -> None:
        assert InboxCursor.parse(value) == InboxCursor()

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"inbox": 5}', "[" * 100_000])
    def test_an_unreadable_cursor_reads_anew(self, rig: MessengerRig, reader: Reader, text: str) -> None:
        asked = rig.customer("hello?", at=NOON - DAY)
        reader.cursor = text
        reader.poll()
        assert set(reader.messages) == {asked}

    times = st.integers(NOON - 30 * DAY, NOON + DAY)

    @given(st.none() | times, st.lists(times, max_size=8))
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_the_watermark_never_goes_back_nor_into_the_future(self, since: int | None, moved: list[int]) -> None:
        read_once = Round(InboxCursor(since), NOON - LOOKBACK, NOON, 10 * SECOND)
        for number, at in enumerate(moved):
            read_once.note(f"t_{number}", at)
        after = read_once.cursor().since
        assert after is None or after >= (since or 0)
        assert after is None or after <= max(since or 0, NOON)

    @given(st.lists(times, min_size=1, max_size=8))
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_what_moves_after_a_read_is_new_in_the_next(self, moved: list[int]) -> None:
        first = Round(InboxCursor(), 0, NOON, 10 * SECOND)
        for number, at in enumerate(moved):
            first.note(f"t_{number}", at)
        second = Round(first.cursor(), 0, NOON + MINUTE, 10 * SECOND)
        newest = min(max(moved), NOON)
        assert second.is_new("t_0", newest + SECOND) or newest + SECOND == moved[0]
        assert second.is_new("stranger", newest)

    def test_it_stays_small(self) -> None:
        read_once = Round(InboxCursor(), 0, NOON, 10 * SECOND)
        read_once.was = InboxCursor(NOON - MINUTE, {f"t_{n}": NOON - 30 * SECOND for n in range(SEEN_CAP + 50)})
        read_once.note("t_0", NOON - 30 * SECOND)
        assert len(read_once.cursor().seen) == SEEN_CAP


class TestPace:
    def test_two_calls_a_second_go_freely_and_the_third_waits(self) -> None:
        now = [NOON]
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            now[0] += round(seconds * SECOND)

        pace = Pace(lambda: now[0], pause)
        for _ in range(5):
            pace.wait()
        assert pauses == [1.0, 1.0]
        now[0] += SECOND
        pace.wait()
        assert len(pauses) == 2

    def test_a_clock_that_was_set_back_costs_a_second_at_most(self) -> None:
        now = [NOON]
        pauses: list[float] = []
        pace = Pace(lambda: now[0], pauses.append)
        pace.wait()
        pace.wait()
        now[0] -= DAY
        pace.wait()
        assert pauses == [1.0]


class TestIdentity:
    def test_it_is_the_page_of_the_token(self, reader: Reader) -> None:
        assert (reader.identity.account, reader.identity.handle, reader.identity.team) == (PAGE_ID, "Acme", ())

    def test_the_token_of_a_person_or_of_another_page_is_refused(self, rig: MessengerRig) -> None:
        connector = rig.connector()
        rig.messenger.page_token.node = "4455667788"
        with pytest.raises(PlatformError, match="not the token of Page") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.NOT_FOUND


class TestPolls:
    def test_when_nothing_is_new_one_call_says_so(self, rig: MessengerRig, reader: Reader) -> None:
        for number in range(PAGE_SIZE * 2):
            rig.customer("hello?", by=f"c{number}", at=NOON - DAY + number * MINUTE)
        reader.poll()
        rig.now += MINUTE
        paths(rig.messenger)
        assert all_messages(reader.poll()) == []
        assert paths(rig.messenger) == [f"/{PAGE_ID}/conversations"]

    def test_a_short_conversation_costs_no_call_of_its_own(self, rig: MessengerRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        rig.ours("on it", asked)
        paths(rig.messenger)
        reader.poll()
        assert paths(rig.messenger) == [f"/{PAGE_ID}/conversations"]
        assert len(reader.messages) == 2

    def test_a_long_one_is_read_back_to_where_the_last_poll_ended(self, rig: MessengerRig, reader: Reader) -> None:
        rig.customer("first", at=NOON - HOUR)
        reader.poll()
        rig.now += HOUR
        new = {rig.customer(f"number {n}", at=NOON + n * MINUTE) for n in range(1, NESTED + 8)}
        paths(rig.messenger)
        reader.poll()
        assert new <= set(reader.messages)
        assert [path.rpartition("/")[2] for path in paths(rig.messenger)] == ["conversations", "messages"]

    def test_it_is_read_on_however_small_the_pages_are(self, rig: MessengerRig, reader: Reader) -> None:
        ids = {rig.customer(f"number {n}", at=NOON - HOUR + n * SECOND) for n in range(READABLE)}
        thread = rig.messenger.inbox.with_person("ann").id
        rig.messenger.refuse("too_much", calls=2, path=f"/v25.0/{thread}/messages")
        reader.poll()
        assert ids == set(reader.messages)

    def test_the_first_poll_reads_the_lookback(self, rig: MessengerRig, reader: Reader) -> None:
        rig.customer("too long ago", by="bob", at=NOON - LOOKBACK - DAY)
        inside = rig.customer("last week", at=NOON - LOOKBACK + DAY)
        reader.poll()
        assert set(reader.messages) == {inside}

    def test_a_message_of_ours_alone_is_read_too(self, rig: MessengerRig, reader: Reader) -> None:
        asked = rig.customer("hello?", at=NOON - HOUR)
        reader.poll()
        rig.now += MINUTE
        answer = rig.ours("on it", asked)
        reader.poll()
        assert reader.messages[answer].side is Side.OURS

    def test_one_that_comes_in_the_same_second_as_the_last_is_not_lost(self, rig: MessengerRig, reader: Reader) -> None:
        first = rig.customer("one")
        reader.poll()
        second = rig.customer("two")
        reader.poll()
        assert {first, second} <= set(reader.messages)

    @pytest.mark.parametrize("ahead", [-HOUR, HOUR])
    def test_our_clock_being_wrong_loses_nothing(self, rig: MessengerRig, reader: Reader, ahead: int) -> None:
        rig.customer("before", at=NOON - MINUTE)
        reader.connector.context = reader.connector.context.__class__("x", lambda: rig.now + ahead, LOOKBACK)
        reader.poll()
        rig.now += MINUTE
        late = rig.customer("after", by="bob")
        reader.poll()
        assert late in reader.messages

    def test_a_list_in_disorder_loses_nothing(self, rig: MessengerRig, reader: Reader) -> None:
        for number in range(PAGE_SIZE + 10):
            rig.customer("hello?", by=f"c{number}", at=NOON - OVERLAP // 2 - number * SECOND)
        reader.poll()
        rig.now += MINUTE
        listed = rig.messenger.inbox.listed
        new = rig.customer("me too", by=f"c{PAGE_SIZE + 5}")
        moved = rig.messenger.inbox.around(new)
        setattr(  # noqa: B010 - mypy takes no assignment to a method
            rig.messenger.inbox, "listed", lambda: [*(each for each in listed() if each is not moved), moved]
        )
        reader.poll()
        assert new in reader.messages

    def test_once_an_hour_a_page_more_is_read(self, rig: MessengerRig, reader: Reader) -> None:
        for number in range(PAGE_SIZE * 3):
            rig.customer("hello?", by=f"c{number}", at=NOON - DAY - number * MINUTE)
        reader.poll()
        rig.now += HOUR
        paths(rig.messenger)
        reader.poll()
        assert len(paths(rig.messenger)) == 2
        reader.poll()
        assert len(paths(rig.messenger)) == 1

    def test_where_nothing_told_the_order_the_newest_message_dates_a_conversation(
        self, rig: MessengerRig, reader: Reader
    ) -> None:
        altered(rig.messenger.server, lambda document: [each.pop("updated_time", None) for each in objects(document)])
        asked = rig.customer("hello?")
        reader.poll()
        assert set(reader.messages) == {asked}

    def test_a_conversation_of_the_year_2999_hides_nobody(self, rig: MessengerRig, reader: Reader) -> None:
        odd = rig.messenger.inbox.with_person("odd")
        rig.customer("boo", by="odd")
        odd.moved_at = NOON - 1
        far = "2999-01-01T00:00:00+0000"

        def spoil(document: Any) -> None:
            for each in objects(document):
                if each.get("id") == odd.id:
                    each["updated_time"] = far

        altered(rig.messenger.server, spoil)
        reader.poll()
        rig.now += HOUR
        late = rig.customer("hello?")
        reader.poll()
        assert late in reader.messages

    def test_a_field_that_a_version_does_not_know_is_done_without(self, rig: MessengerRig, reader: Reader) -> None:
        message = "(#100) Tried accessing nonexisting field (reply_to) on node type (UnifiedMessage)"
        body = json.dumps({"error": {"message": message, "type": "OAuthException", "code": 100}})
        rig.messenger.faults.add(Fault(path="/v25.0/" + PAGE_ID, status=400, body=body))
        asked = rig.customer("hello?")
        reader.poll()
        assert asked in reader.messages
        assert "reply_to" not in rig.messenger.server.ledger[-1].request.query["fields"]

    def test_what_is_too_much_at_once_is_asked_for_in_smaller_pages(self, rig: MessengerRig, reader: Reader) -> None:
        rig.messenger.heavy = 100
        ids = {rig.customer("hello?", by=f"c{number}") for number in range(PAGE_SIZE)}
        reader.poll()
        assert ids <= set(reader.messages)

    def test_an_instant_reply_is_known_as_automatic(self, rig: MessengerRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reply = rig.messenger.brand_replies(asked, "We will be with you soon", instant_reply=True)
        answer = rig.ours("on it", asked)
        reader.poll()
        assert [reader.messages[key].automated for key in (reply, answer)] == [True, False]

    def test_pictures_and_stickers_are_messages(self, rig: MessengerRig, reader: Reader) -> None:
        picture = rig.messenger.customer_writes("ann", "", attachment="image/jpeg")
        sticker = rig.messenger.customer_writes("bob", "", sticker=True)
        reader.poll()
        assert {reader.messages[key].text for key in (picture, sticker)} == {""}

    def test_the_permalink_leads_into_the_inbox(self, rig: MessengerRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()
        ann = rig.messenger.inbox.person("ann")
        assert reader.messages[asked].permalink == f"https://www.facebook.com/{PAGE_ID}/inbox/{ann.id}/"


class TestWhatCannotBeRead:
    def cut(self, pages: list[Page]) -> set[str]:
        return {thread for page in pages for thread in page.partial}

    def test_of_a_conversation_beyond_its_newest_messages_the_answer_is_unknown(
        self, rig: MessengerRig, reader: Reader
    ) -> None:
        asked = rig.customer("hello?", at=NOON - HOUR)
        reader.poll()
        thread = reader.messages[asked].thread
        rig.ours("on it", asked)
        for number in range(READABLE + 3):
            rig.customer(f"and {number}?", at=NOON + number)
        rig.now += HOUR
        pages = reader.poll()
        assert self.cut(pages) == {thread}
        assert pages[-1].complete

    def test_with_an_answer_among_those_that_can_be_read_it_is_not(self, rig: MessengerRig, reader: Reader) -> None:
        for number in range(READABLE + 10):
            asked = rig.customer(f"and {number}?", at=NOON - HOUR + number)
        rig.ours("on it", asked)
        assert self.cut(reader.poll()) == set()

    def test_a_short_conversation_is_read_whole_however_many_wait(self, rig: MessengerRig, reader: Reader) -> None:
        for number in range(READABLE):
            rig.customer(f"and {number}?", at=NOON - HOUR + number)
        assert self.cut(reader.poll()) == set()
        assert len(reader.messages) == READABLE

    def test_a_person_whom_permissions_disallow_is_unknown_and_the_others_are_read(
        self, rig: MessengerRig, reader: Reader
    ) -> None:
        asked = rig.customer("hello?", by="bob")
        hidden = rig.messenger.inbox.around(rig.customer("psst"))
        hidden.refused = True
        assert self.cut(reader.poll()) == {hidden.id}
        assert set(reader.messages) == {asked}

    def test_without_advanced_access_the_contradiction_is_told(self, rig: MessengerRig, reader: Reader) -> None:
        rig.customer("hello?")
        rig.messenger.advanced_access = False
        with pytest.raises(PlatformError, match="Advanced Access") as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.PERMISSION

    def test_an_inbox_without_unread_messages_may_be_empty(self, rig: MessengerRig, reader: Reader) -> None:
        (page,) = reader.poll()
        assert page.complete
        assert paths(rig.messenger)[-2:] == [f"/{PAGE_ID}/conversations", f"/{PAGE_ID}"]

    def test_a_scope_that_metas_own_list_lacks_is_named(self, rig: MessengerRig) -> None:
        environ = {"TOKEN": rig.messenger.page_token.value, "SECRET": "pretend-app-secret"}
        credentials = {"access_token": {"env": "TOKEN"}, "app_id": APP_ID, "app_secret": {"env": "SECRET"}}
        keys = {"account": PAGE_ID, "credentials": credentials, "base_url": rig.messenger.url}
        settings_ = Messenger.Settings.model_validate(keys, context={"environ": environ})
        connector = Messenger(settings_, rig.context())  # type: ignore[arg-type]
        rig.messenger.page_token.scopes.discard("pages_manage_metadata")
        with pytest.raises(PlatformError, match="pages_manage_metadata") as caught:
            list(connector.fetch(connector.identify(), None))
        findings = {each.permission: each.proof for each in connector.probe()}
        connector.close()
        assert (caught.value.verdict, caught.value.code) == (Verdict.PERMISSION, "lacks_permission")
        assert findings["pages_manage_metadata"] is not Proof.OK


class TestRecheck:
    def test_it_costs_the_list_and_a_call_for_each_conversation(self, rig: MessengerRig, reader: Reader) -> None:
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(3)]
        reader.poll()
        paths(rig.messenger)
        assert recheck(reader, *waiting)[-1].complete
        assert len(paths(rig.messenger)) == 1 + 3

    def test_of_many_only_the_most_urgent_are_read_one_by_one(self, rig: MessengerRig, reader: Reader) -> None:
        waiting = [rig.customer("hello?", by=f"c{number}", at=NOON - HOUR + number) for number in range(LOOKS + 5)]
        reader.poll()
        paths(rig.messenger)
        recheck(reader, *waiting)
        single = [path for path in paths(rig.messenger) if "conversations" not in path]
        urgent = [f"/{reader.messages[key].thread}" for key in waiting[:LOOKS]]
        assert single == urgent

    def test_only_one_of_several_unsent_messages_is_gone(self, rig: MessengerRig, reader: Reader) -> None:
        first, second = rig.customer("one", at=NOON - MINUTE), rig.customer("two")
        reader.poll()
        rig.delete(first)
        recheck(reader, first)
        assert set(reader.gone) == {first}
        assert second not in reader.gone

    def test_one_that_its_conversation_leaves_out_is_not_gone_while_it_can_be_read_by_id(
        self, rig: MessengerRig, reader: Reader
    ) -> None:
        rig.customer("one", at=NOON - MINUTE)
        left_out = rig.customer("two")
        reader.poll()

        def leave_out(document: Any) -> None:
            for each in objects(document):
                data = each.get("data")
                if isinstance(data, list):
                    each["data"] = [item for item in data if item.get("id") != left_out]

        altered(rig.messenger.server, leave_out)
        recheck(reader, left_out)
        assert reader.gone == {}

    def test_one_beyond_those_that_can_be_read_is_unknown_not_gone(self, rig: MessengerRig, reader: Reader) -> None:
        asked = rig.customer("hello?", at=NOON - HOUR)
        reader.poll()
        for number in range(READABLE + 3):
            rig.customer(f"and {number}?", at=NOON + number)
        rig.now += HOUR
        pages = recheck(reader, asked)
        assert reader.gone == {}
        assert reader.messages[asked].thread in {thread for page in pages for thread in page.partial}

    def test_a_conversation_that_vanished_is_unknown_not_gone(self, rig: MessengerRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        rig.customer("hello?", by="bob")
        reader.poll()
        rig.messenger.inbox.dialogues.pop(reader.messages[asked].thread)
        pages = recheck(reader, asked)
        assert reader.gone == {}
        assert reader.messages[asked].thread in {thread for page in pages for thread in page.partial}

    def test_messages_that_are_counted_and_not_shown_are_not_gone(self, rig: MessengerRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()

        def withhold(document: Any) -> None:
            for each in objects(document):
                if "messages" in each:
                    del each["messages"]
            if any(each["id"].startswith("m_") for each in document.get("data", ())):
                document["data"] = []

        altered(rig.messenger.server, withhold)
        pages = recheck(reader, asked)
        assert reader.gone == {}
        assert [thread for page in pages for thread in page.partial] == [reader.messages[asked].thread]

    def test_before_the_first_poll_it_reads_from_the_oldest_wait(self, rig: MessengerRig, reader: Reader) -> None:
        asked = rig.customer("hello?", at=NOON - HOUR)
        answer = rig.ours("on it", asked)
        thread = OpenThread(rig.messenger.inbox.around(asked).id, "x", (asked,), NOON - HOUR)
        pages = list(reader.connector.recheck(reader.identity, None, [thread]))
        assert answer in {message.id for message in all_messages(pages)}


class TestLimits:
    def test_a_third_call_in_a_second_waits_and_is_never_refused(self) -> None:
        with MessengerRig(calls_per_second=2) as rig:
            reader = Reader(rig)
            waiting = [rig.customer("hello?", by=f"c{number}", at=NOON - MINUTE) for number in range(6)]
            reader.poll()
            assert recheck(reader, *waiting)[-1].complete
            assert rig.now >= NOON + 3 * SECOND
            reader.close()

    @pytest.mark.parametrize(
        ("name", "verdict"),
        [
            ("expired", Verdict.CREDENTIAL),
            ("role_lost", Verdict.CREDENTIAL),
            ("permission", Verdict.PERMISSION),
            ("bursting", Verdict.WAIT),
            ("throttled", Verdict.WAIT),
            ("unknown", Verdict.RETRY),
            ("down", Verdict.RETRY),
        ],
    )
    def test_each_refusal_has_its_verdict(
        self, pretend: PretendMessenger, reader: Reader, name: str, verdict: Verdict
    ) -> None:
        pretend.refuse(name)
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is verdict

    def test_a_budget_that_is_used_up_is_waited_for_as_long_as_meta_says(
        self, pretend: PretendMessenger, reader: Reader
    ) -> None:
        pretend.usage.set("messenger", 100, minutes=42)
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.until == pytest.approx(NOON + 42 * MINUTE, abs=2 * SECOND)

    def test_what_is_left_of_it_is_passed_on(self, pretend: PretendMessenger, reader: Reader) -> None:
        pretend.usage.set("messenger", 60)
        reader.poll()
        (quota,) = reader.connector.quotas()
        assert (quota.endpoint, quota.limit, quota.remaining) == ("messenger", 100, 40)


class TestProbe:
    def test_conversations_that_can_be_read_prove_every_permission(self, rig: MessengerRig, reader: Reader) -> None:
        rig.customer("hello?")
        assert {each.proof for each in reader.connector.probe()} == {Proof.OK}

    def test_an_empty_inbox_proves_nothing(self, reader: Reader) -> None:
        findings = list(reader.connector.probe())
        assert {each.proof for each in findings} == {Proof.UNKNOWN}
        assert all("Advanced Access" in each.hint for each in findings)

    def test_unread_messages_without_a_conversation_are_a_missing_right(
        self, rig: MessengerRig, reader: Reader
    ) -> None:
        rig.customer("hello?")
        rig.messenger.advanced_access = False
        assert {each.proof for each in reader.connector.probe()} == {Proof.MISSING}

    def test_it_writes_nothing(self, rig: MessengerRig, reader: Reader) -> None:
        list(reader.connector.probe())
        assert {taken.request.method for taken in rig.messenger.server.ledger} == {"GET"}


class TestSettings:
    KEYS: dict[str, Any] = {"account": PAGE_ID, "credentials": {"access_token": {"env": "T"}}}  # noqa: RUF012 - constant

    def validated(self, **keys: Any) -> Any:
        return Messenger.Settings.model_validate(self.KEYS | keys, context={"environ": {"T": "page-token-0815"}})

    def test_the_token_is_never_shown(self) -> None:
        assert "page-token-0815" not in repr(self.validated()) + str(self.validated())

    def test_meta_itself_is_the_default(self) -> None:
        assert self.validated().base_url == "https://graph.facebook.com"

    @pytest.mark.parametrize(
        "keys",
        [
            {"account": "acme"},
            {"automation_tags": [""]},
            {"base_url": "http://graph.facebook.com"},
            {"credentials": {}},
            {"team": ["acmehelp"]},
            {"graph_version": "25"},
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.validated(**keys)

    def test_the_page_for_admins_names_everything(self) -> None:
        page = Path(__file__).parents[1].joinpath("docs/connectors/messenger.md").read_text(encoding="utf-8")
        keys = {*Messenger.Settings.model_fields} - {"credentials"} | {"credentials.access_token"}
        names = {*keys, *(each.name for each in Messenger.permissions), *Messenger.endpoints, *Messenger.kinds}
        assert {name for name in names if f"`{name}`" not in page} == set()


def test_the_grain_covers_a_second_and_more() -> None:
    assert GRAIN > SECOND
