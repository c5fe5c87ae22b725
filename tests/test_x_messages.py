"""X's direct messages: read from the top until something is known, in small pages first; answered, or deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_contract import NOON, SECRET, Reader, all_messages, altered
from rig_x import ENVIRON, QUICK, MessagesRig
from slamon.connectors._x.ids import id_at
from slamon.connectors._x.inbox import CAP, EACH
from slamon.connectors._x.messages import GROUP, direct_messages, inside, is_dialogue
from slamon.connectors.base import Identity, OpenThread
from slamon.connectors.x import X
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind, Message, Side
from slamon.sim.faults import Fault
from slamon.sim.x import PretendX
from slamon.sla.fold import FoldSettings, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors.base import Page

OURS = Identity("900", "acme", ("901",))
AT = 1_763_284_542_000
"""2025-11-16T09:15:42Z."""


def event(**facts: Any) -> dict[str, Any]:
    """A customer's message, with `facts` changed."""
    plain = {
        "id": str(id_at(AT)),
        "event_type": "MessageCreate",
        "text": "hello",
        "sender_id": "55",
        "dm_conversation_id": "55-900",
        "created_at": "2025-11-16T09:15:42.000Z",
    }
    return plain | facts


def read(*events: Any, groups: bool = False, **includes: Any) -> list[Message]:
    good, bad = direct_messages(events, inside({"includes": includes}, OURS, groups=groups))
    assert bad == []
    return good


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in event().items() if key != name}


class TestEvents:
    def test_a_message_stands_in_its_dialogue_and_is_private(self) -> None:
        (message,) = read(event(), users=[{"id": "55", "username": "ann_t", "name": "Ann"}])
        assert (message.thread, message.kind, message.side) == ("55-900", Kind.DIRECT_MESSAGE, Side.OTHER)
        assert (message.author.id, message.author.handle, message.author.name) == ("55", "ann_t", "Ann")
        assert (message.created_at, message.permalink) == (AT, "https://x.com/messages/55-900")

    @pytest.mark.parametrize(("sender", "side"), [("900", Side.OURS), ("901", Side.OURS), ("55", Side.OTHER)])
    def test_the_account_and_its_team_are_ours(self, sender: str, side: Side) -> None:
        assert read(event(sender_id=sender))[0].side is side

    @pytest.mark.parametrize("kind", ["ParticipantsJoin", "ParticipantsLeave", "SomethingNew"])
    def test_who_came_and_went_is_no_message(self, kind: str) -> None:
        assert read(event(event_type=kind)) == []

    def test_texts_are_unescaped_once(self) -> None:
        assert read(event(text="a &amp;amp; b &lt;c&gt;"))[0].text == "a &amp; b <c>"

    def test_a_picture_without_words_is_a_message(self) -> None:
        assert read(without("text"))[0].text == ""

    def test_without_a_conversation_a_customers_message_stands_in_the_dialogue_with_the_account(self) -> None:
        assert read(without("dm_conversation_id"))[0].thread == "55-900"

    def test_an_id_that_holds_another_time_gives_way_to_the_stated_one(self) -> None:
        assert read(event(id="105"))[0].created_at == AT

    def test_a_group_is_left_out_unless_wanted_and_then_told_from_a_conversation_of_posts(self) -> None:
        group = event(dm_conversation_id="1578398451921985538")
        assert read(group) == []
        (message,) = read(group, groups=True)
        assert (message.thread, is_dialogue(message.thread)) == (f"{GROUP}1578398451921985538", True)
        assert not is_dialogue("1578398451921985538")

    @pytest.mark.parametrize(
        "named",
        [
            {"entities": {"mentions": [{"start": 0, "end": 4, "username": "Bob", "id": "7"}]}},
            {"mentions": [{"start": 0, "end": 4, "username": "Bob", "id": "7"}]},
        ],
        ids=["newer", "older"],
    )
    def test_in_a_group_names_tell_whom_an_answer_is_for(self, named: dict[str, Any]) -> None:
        answer = event(sender_id="900", text="@bob yes", dm_conversation_id="1578398451921985538", **named)
        assert read(answer, groups=True)[0].mentions == ("7",)

    @pytest.mark.parametrize(
        "odd",
        [
            None,
            5,
            "text",
            [],
            {},
            event(id=None),
            event(id=105),
            event(text=5),
            event(text=["a"]),
            event(sender_id=None),
            event(sender_id={"id": "5"}),
            event(created_at="yesterday"),
            event(dm_conversation_id=5),
            event(dm_conversation_id="55/../900"),
            event(sender_id="900", dm_conversation_id=None),
        ],
        ids=lambda odd: json.dumps(odd)[:60],
    )
    def test_a_message_that_cannot_be_read_is_set_aside_and_its_page_goes_on(self, odd: Any) -> None:
        good, bad = direct_messages([odd, event()], inside({}, OURS, groups=True))
        assert [message.id for message in good] == [event()["id"]]
        (reject,) = bad
        assert reject.id
        assert reject.reason
        assert json.loads(reject.raw) == odd

    @given(
        st.recursive(
            st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
        )
    )
    def test_no_json_at_all_raises(self, odd: Any) -> None:
        good, bad = direct_messages([odd], inside({"includes": odd}, OURS, groups=True))
        assert (good, len(bad)) == ([], 1)


@pytest.fixture
def rig() -> Iterator[MessagesRig]:
    with MessagesRig() as each:
        yield each


@pytest.fixture
def x(rig: MessagesRig) -> PretendX:
    return rig.x


@pytest.fixture
def reader(rig: MessagesRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


class Scarce(MessagesRig):
    """With X's own budgets."""

    def pretend(self) -> PretendX:
        return PretendX(self.clock, team=["acmehelp"], user_token=SECRET)


def sizes(x: PretendX) -> list[int]:
    """How many messages each request so far asked for."""
    asked = [taken.request for taken in x.server.ledger if "dm_" in taken.request.path]
    return [int(request.query["max_results"]) for request in asked]


class TestPolls:
    def test_nothing_but_direct_messages_is_read(self, x: PretendX, reader: Reader) -> None:
        reader.poll()
        asked = [taken.request.path for taken in x.server.ledger]
        assert asked == ["/2/users/by", "/2/users/me", "/2/dm_events"]

    def test_the_first_poll_reads_the_lookback(self, x: PretendX, reader: Reader) -> None:
        x.customer_messages("ann", "too long ago", NOON - 8 * DAY)
        inside_of_it = x.customer_messages("ann", "last week", NOON - 6 * DAY)
        reader.poll()
        assert set(reader.messages) == {inside_of_it}

    def test_a_quiet_inbox_costs_one_small_page(self, rig: MessagesRig, x: PretendX, reader: Reader) -> None:
        for number in range(20):
            x.customer_messages(f"c{number}", "hello", NOON - HOUR)
        reader.poll()
        rig.now += HOUR
        reader.poll()
        assert sizes(x) == [5, 100, 5]

    def test_an_inbox_with_nothing_but_old_messages_costs_one_small_page(self, x: PretendX, reader: Reader) -> None:
        for number in range(20):
            x.customer_messages(f"c{number}", "hello", NOON - 9 * DAY)
        reader.poll()
        reader.poll()
        assert sizes(x) == [5, 5]

    def test_more_is_read_only_while_all_of_a_page_is_new(self, rig: MessagesRig, x: PretendX, reader: Reader) -> None:
        x.customer_messages("ann", "before", NOON - HOUR)
        reader.poll()
        rig.now += HOUR
        few = {x.customer_messages("ann", f"number {number}", rig.now - MINUTE) for number in range(4)}
        assert {message.id for message in all_messages(reader.poll())} == few
        rig.now += HOUR
        many = {x.customer_messages("ann", f"number {number}", rig.now - MINUTE) for number in range(230)}
        assert {message.id for message in all_messages(reader.poll())} == many
        assert sizes(x) == [5, 5, 5, 100, 100, 100]

    def test_five_new_ones_and_none_before_them_need_no_second_page(
        self, rig: MessagesRig, x: PretendX, reader: Reader
    ) -> None:
        first = x.customer_messages("ann", "hello?", NOON - HOUR)
        reader.poll()
        x.delete_message(first)
        rig.now += HOUR
        for number in range(5):
            x.customer_messages("ann", f"number {number}", rig.now - MINUTE)
        assert len(all_messages(reader.poll())) == 5
        assert sizes(x) == [5, 5]

    def test_a_message_that_shows_up_behind_a_newer_one_is_not_lost(
        self, rig: MessagesRig, x: PretendX, reader: Reader
    ) -> None:
        late = x.customer_messages("ann", "slow", NOON - SECOND, appears_after=5 * SECOND)
        x.customer_messages("bob", "quick")
        reader.poll()
        assert late not in reader.messages
        rig.now += MINUTE
        reader.poll()
        assert late in reader.messages

    def test_groups_on_top_do_not_hide_what_is_below_nor_cost_a_page_each_time(
        self, rig: MessagesRig, x: PretendX, reader: Reader
    ) -> None:
        group = x.group("ann", "acme", "bob", at=NOON - HOUR)
        reader.poll()
        rig.now += HOUR
        asked = x.customer_messages("ann", "for you alone", rig.now - 2 * MINUTE)
        for number in range(6):
            x.group_message("bob", group, f"chatter {number}", at=rig.now - MINUTE)
        assert [message.id for message in all_messages(reader.poll())] == [asked]
        rig.now += MINUTE
        reader.poll()
        assert sizes(x) == [5, 5, 100, 5]

    def test_a_message_that_cannot_be_read_is_set_aside_once(
        self, rig: MessagesRig, x: PretendX, reader: Reader
    ) -> None:
        x.customer_messages("ann", "hello?", NOON - HOUR)
        altered(x.server, lambda document: [each.update(text=5) for each in document.get("data", ()) if "text" in each])
        assert [len(page.rejects) for page in reader.poll()] == [1, 0]
        rig.now += HOUR
        assert [len(page.rejects) for page in reader.poll()] == [0]

    def test_what_is_encrypted_is_not_seen(self, x: PretendX, reader: Reader) -> None:
        x.customer_messages("ann", "psst", encrypted=True)
        assert all_messages(reader.poll()) == []

    def test_a_flooded_inbox_is_read_up_to_a_bound_and_then_goes_on(
        self, rig: MessagesRig, x: PretendX, reader: Reader
    ) -> None:
        x.customer_messages("ann", "before", NOON - HOUR)
        reader.poll()
        rig.now += HOUR
        for number in range(CAP + 50):
            x.customer_messages(f"c{number}", "hello?", rig.now - MINUTE + number)
        last = reader.poll()[-1]
        assert (last.complete, last.cursor is not None) == (False, True)
        assert CAP < len(reader.messages) <= CAP + 1
        rig.now += MINUTE
        assert reader.poll()[-1].complete

    def test_an_inbox_that_was_always_full_is_complete_when_its_newest_are_read(
        self, x: PretendX, reader: Reader
    ) -> None:
        for number in range(CAP + 50):
            x.customer_messages(f"c{number}", "hello?", NOON - HOUR + number)
        assert reader.poll()[-1].complete
        assert len(reader.messages) == CAP

    def test_a_dialogue_is_measured_as_one(self, x: PretendX, reader: Reader) -> None:
        asked = x.customer_messages("ann", "refund?", NOON - HOUR)
        x.customer_messages("ann", "hello?", NOON - HOUR + MINUTE)
        answer = x.brand_messages("ann", "on it", NOON - HOUR + 2 * MINUTE)
        reader.poll()
        (wait,) = fold(reader.messages.values(), FoldSettings(ours=reader.identity.ours)).waits
        assert (wait.messages[0], wait.answered_by) == (asked, answer)

    def test_the_budget_of_an_account_is_told_and_parks_when_it_is_used_up(self) -> None:
        with Scarce() as rig:
            reader = Reader(rig)
            reader.poll()
            quotas = {quota.endpoint: quota for quota in reader.connector.quotas()}
            assert (quotas["messages"].limit, quotas["messages"].remaining) == (15, 14)
            rig.x.exhaust("dm_events")
            with pytest.raises(PlatformError) as caught:
                reader.poll()
            reader.close()
        assert (caught.value.verdict, caught.value.endpoint) == (Verdict.WAIT, "messages")
        assert caught.value.until == pytest.approx(NOON + 15 * MINUTE, abs=3 * SECOND)

    def test_beside_mentions_both_are_read_and_the_cursor_keeps_both(self, rig: MessagesRig, x: PretendX) -> None:
        both = Reader(Both(rig))
        wanted = {x.customer_posts("ann", "@acme hello?"), x.customer_messages("ann", "hello?")}
        both.poll()
        assert set(both.messages) == wanted
        assert set(json.loads(both.cursor or "")["since"]) == {"mentions", "messages"}
        both.close()


class Both(MessagesRig):
    """The world of another rig, through a channel that also reads mentions."""

    def __init__(self, rig: MessagesRig) -> None:
        self.now, self.x, self.server = rig.now, rig.x, rig.server

    def keys(self) -> dict[str, Any]:
        return super().keys() | {"watch": ["mentions", "messages"]}


class TestGroups:
    def test_where_wanted_a_group_is_a_dialogue_of_its_own(self, rig: MessagesRig, x: PretendX) -> None:
        group = x.group("ann", "acme", "bob", at=NOON - HOUR)
        asked = x.group_message("ann", group, "which of you is it?", at=NOON - HOUR)
        answer = x.group_message("acme", group, "me", at=NOON - MINUTE)
        x.leave("bob", group)
        reader = Reader(Grouped(rig))
        reader.poll()
        assert {message.thread for message in reader.messages.values()} == {f"{GROUP}{group}"}
        assert set(reader.messages) == {asked, answer}
        pages = look(reader, asked)
        assert x.server.ledger[-1].request.path == f"/2/dm_conversations/{group}/dm_events"
        assert answer in {message.id for message in all_messages(pages)}
        reader.close()


class Grouped(Both):
    def keys(self) -> dict[str, Any]:
        return super().keys() | {"watch": ["messages"], "group_messages": True}


def threads_of(reader: Reader, waiting: Sequence[str]) -> list[OpenThread]:
    known = [reader.messages[each] for each in waiting]
    return [OpenThread(each.thread, each.author.id, (each.id,), each.created_at) for each in known]


def look(reader: Reader, *waiting: str) -> list[Page]:
    pages = list(reader.connector.recheck(reader.identity, reader.cursor, threads_of(reader, waiting)))
    for page in pages:
        reader.keep(page)
    return pages


class TestRecheck:
    def test_a_dialogue_costs_one_small_page(self, x: PretendX, reader: Reader) -> None:
        for number in range(30):
            x.customer_messages("ann", f"number {number}", NOON - HOUR + number * SECOND)
        asked = x.customer_messages("ann", "well?", NOON - MINUTE)
        reader.poll()
        before = len(x.server.ledger)
        assert look(reader, asked)[-1].complete
        assert [taken.request.path for taken in list(x.server.ledger)[before:]] == [
            f"/2/dm_conversations/{reader.messages[asked].thread}/dm_events"
        ]
        assert sizes(x)[-1] == 6

    def test_many_dialogues_are_looked_for_in_the_whole_inbox(self, x: PretendX, reader: Reader) -> None:
        asked = [x.customer_messages(f"c{number}", "hello?", NOON - HOUR) for number in range(EACH + 1)]
        reader.poll()
        answer = x.brand_messages("c2", "on it")
        x.delete_message(asked[0])
        before = len(x.server.ledger)
        pages = look(reader, *asked)
        assert [taken.request.path for taken in list(x.server.ledger)[before:]] == ["/2/dm_events"]
        assert answer in reader.messages
        assert set(reader.gone) == {asked[0]}
        assert pages[-1].complete

    def test_a_deleted_message_among_others_is_gone(self, x: PretendX, reader: Reader) -> None:
        x.customer_messages("ann", "earlier", NOON - 2 * HOUR)
        asked = x.customer_messages("ann", "hello?", NOON - HOUR)
        later = x.brand_messages("ann", "an unrelated offer", NOON - MINUTE)
        reader.poll()
        x.delete_message(asked)
        look(reader, asked)
        assert set(reader.gone) == {asked}
        assert later in reader.messages

    def test_what_x_shows_no_more_because_it_is_old_is_not_gone(
        self, rig: MessagesRig, x: PretendX, reader: Reader
    ) -> None:
        asked = x.customer_messages("ann", "hello?", NOON - HOUR)
        reader.poll()
        rig.now += 31 * DAY
        look(reader, asked)
        assert reader.gone == {}

    def test_a_dialogue_too_long_to_be_read_back_is_unknown(self, x: PretendX, reader: Reader) -> None:
        asked = x.customer_messages("ann", "hello?", NOON - HOUR)
        reader.poll()
        for number in range(CAP + 100):
            x.customer_messages("ann", f"number {number}", NOON - MINUTE + number)
        pages = look(reader, asked)
        assert {thread for page in pages for thread in page.partial} == {reader.messages[asked].thread}
        assert reader.gone == {}

    def test_a_dialogue_that_x_does_not_know_is_unknown(self, x: PretendX, reader: Reader) -> None:
        asked = x.customer_messages("ann", "hello?", NOON - HOUR)
        reader.poll()
        x.faults.add(Fault(path="/2/dm_conversations", status=404))
        pages = look(reader, asked)
        assert {thread for page in pages for thread in page.partial} == {reader.messages[asked].thread}
        assert reader.gone == {}

    def test_posts_and_dialogues_are_looked_at_together(self, rig: MessagesRig, x: PretendX) -> None:
        both = Reader(Both(rig))
        posted, written = x.customer_posts("ann", "@acme hello?"), x.customer_messages("bob", "hello?")
        both.poll()
        answers = {x.brand_replies(posted, "hi"), x.brand_messages("bob", "hi")}
        look(both, posted, written)
        assert answers <= set(both.messages)
        both.close()

    def test_dialogues_of_a_channel_that_lost_its_user_token_are_unknown(
        self, rig: MessagesRig, x: PretendX, reader: Reader
    ) -> None:
        asked = x.customer_messages("ann", "hello?", NOON - HOUR)
        reader.poll()
        keys = {"account": "acme", "base_url": x.url, "credentials": {"bearer_token": {"env": "TOKEN"}}}
        changed = X(X.Settings.model_validate(keys, context={"environ": ENVIRON}), rig.context(), QUICK)  # type: ignore[arg-type]
        (page, _) = changed.recheck(reader.identity, None, threads_of(reader, [asked]))
        changed.close()
        assert page.partial == [reader.messages[asked].thread]


class TestWhoseToken:
    def test_a_token_of_another_account_is_refused_before_its_messages_are_taken_for_the_brands(
        self, rig: MessagesRig, x: PretendX
    ) -> None:
        connector = rig.connector()
        altered(x.server, _is_zoes)
        with pytest.raises(PlatformError, match="belongs to @zoe") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.CREDENTIAL

    def test_a_token_without_the_scope_is_told_which_one_it_lacks(self, x: PretendX, reader: Reader) -> None:
        x.refuse("no-scope", path="/2/dm_events")
        with pytest.raises(PlatformError, match=r"without dm\.read") as caught:
            reader.poll()
        assert (caught.value.verdict, caught.value.endpoint) == (Verdict.PERMISSION, "messages")


def _is_zoes(document: Any) -> None:
    """Change whose token it is."""
    if isinstance(document["data"], dict):
        document["data"].update(id="77", username="zoe")
