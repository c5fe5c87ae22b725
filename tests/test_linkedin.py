"""LinkedIn is read so that nothing is lost and little is asked: the traps of its lists one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import NOON, Reader, all_messages, altered, objects
from rig_linkedin import LinkedInPostsRig, LinkedInRig, Other, asked, cost, folded, notification_queries
from slamon.connectors.base import Context
from slamon.connectors.linkedin import LinkedIn
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind, Side
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.linkedin import PretendLinkedIn


@pytest.fixture
def rig() -> Iterator[LinkedInRig]:
    with LinkedInRig() as each:
        yield each


@pytest.fixture
def reader(rig: LinkedInRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


@pytest.fixture
def linkedin(rig: LinkedInRig) -> PretendLinkedIn:
    return rig.linkedin


@pytest.fixture
def by_posts() -> Iterator[LinkedInPostsRig]:
    with LinkedInPostsRig() as each:
        yield each


class TestAddresses:
    def test_values_are_encoded_and_structure_is_not(self, linkedin: PretendLinkedIn, reader: Reader) -> None:
        reader.poll()
        (query,) = notification_queries(linkedin)
        assert "organizationalEntity=urn%3Ali%3Aorganization%3A96072893&actions=List(SHARE_MENTION,COMMENT," in query
        assert f"&timeRange=(start:{NOON - 7 * DAY},end:{NOON})" in query

    def test_a_comment_is_asked_for_by_its_whole_urn(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        rig.ours("on it", rig.customer("hello?"))
        reader.poll()
        paths = [taken.request.path for taken in linkedin.server.ledger]
        assert any("/urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A" in path for path in paths)

    def test_an_address_that_is_not_encoded_is_refused_by_the_pretend_linkedin(
        self, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        assert isinstance(reader.connector, LinkedIn)
        with pytest.raises(PlatformError) as caught:
            reader.connector._calls._got("posts", f"/rest/posts?q=author&author={linkedin.page}")
        assert caught.value.verdict is Verdict.BAD_REQUEST


WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "bare": {"decorated": False},
    "$URN": {"urn_key": "$URN"},
    "long": {"short_urns": False},
    "no totals": {"totals": False},
    "no links": {"links": False},
    "neither": {"totals": False, "links": False},
    "small": {"most_in_a_page": 3},
    "inline": {"inline_replies": True},
    "uncounted": {"summaries": False},
    "spans": {"offsets": False},
    "source": {"mention_in": "sourcePost"},
}


class TestWays:
    @pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
    def test_however_linkedin_tells_it_the_same_is_read(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader, ways: dict[str, Any]
    ) -> None:
        for name, value in ways.items():
            setattr(linkedin.ways, name, value)
        questions = [rig.customer(f"number {n}", by=f"c{n}", at=NOON - HOUR + n * MINUTE) for n in range(12)]
        answers = [rig.ours("yes", each, team=bool(n % 2)) for n, each in enumerate(questions)]
        chat = rig.bystander("me too", questions[0])
        mentioned = linkedin.member_posts("bob", "I like Acme")
        reader.poll()
        assert set(reader.messages) == {*questions, *answers, chat, mentioned}
        assert {reader.messages[each].in_reply_to for each in answers} == set(questions)
        assert reader.messages[mentioned].kind is Kind.MENTION
        assert [wait.answered_at for wait in folded(reader).waits if wait.customer == "urn:li:person:zc3"] == [NOON]

    def test_posts_read_one_by_one_bring_the_same(self, by_posts: LinkedInPostsRig) -> None:
        for name, value in WAYS["uncounted"].items() | WAYS["small"].items() | WAYS["neither"].items():
            setattr(by_posts.linkedin.ways, name, value)
        questions = [by_posts.customer(f"number {n}", by=f"c{n}") for n in range(12)]
        answers = [by_posts.ours("yes", each) for each in questions]
        reader = Reader(by_posts)
        reader.poll()
        reader.close()
        assert set(reader.messages) == {*questions, *answers}


class TestNotifications:
    def test_a_silent_page_costs_one_call_once_anything_was_ever_seen(self, rig: LinkedInRig, reader: Reader) -> None:
        assert cost(rig, reader) == ["notifications", "roles"]
        rig.ours("hello!", rig.customer("hello?"))
        reader.poll()
        rig.now += 3 * DAY
        assert cost(rig, reader) == ["notifications"]

    def test_a_new_comment_costs_one_call_more_and_its_answer_two(self, rig: LinkedInRig, reader: Reader) -> None:
        parcel = rig.customer("hello?")
        assert cost(rig, reader) == ["notifications", "comments"]
        rig.now += MINUTE
        rig.ours("on it", parcel)
        assert cost(rig, reader) == ["notifications", "comments", "replies"]

    def test_the_newest_known_notification_is_asked_for_again_however_old_it_is(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        rig.customer("hello?", at=NOON - MINUTE)
        for _ in range(3):
            reader.poll()
            rig.now += 10 * DAY
        assert f"start:{NOON - MINUTE - 1}," in notification_queries(linkedin)[-1]

    def test_a_busy_hour_is_not_read_again_for_ever(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        for number in range(30):
            rig.ours("hi", rig.customer("hello?", by=f"c{number}", at=NOON - MINUTE + number))
        linkedin.ways.most_in_a_page = 10
        reader.poll()
        rig.now += 3 * HOUR
        reader.poll()
        assert cost(rig, reader) == ["notifications"] * 3
        rig.now += 3 * HOUR
        rig.ours("bye", rig.customer("hello again?"))
        reader.poll()
        rig.now += 3 * HOUR
        reader.poll()
        assert cost(rig, reader) == ["notifications"]

    def test_no_notification_is_asked_for_that_linkedin_no_longer_keeps(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        rig.customer("hello?")
        reader.poll()
        rig.now += 59 * DAY
        linkedin.access.grants[linkedin.token].expires_at += DAY * 30
        rig.now += 9 * DAY
        reader.poll()
        assert f"start:{rig.now - 60 * DAY}," in notification_queries(linkedin)[-1]

    def test_a_notification_that_shows_up_behind_a_newer_one_is_not_lost(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        late = linkedin.customer_comments("ann", "slow", at=NOON - SECOND, appears_after=5 * MINUTE)
        rig.customer("quick", by="bob")
        reader.poll()
        assert late not in reader.messages
        rig.now += 10 * MINUTE
        reader.poll()
        assert late in reader.messages

    def test_our_clock_being_behind_delays_nothing(self, rig: LinkedInRig, reader: Reader) -> None:
        new = rig.customer("hello?")
        settings = reader.connector.settings
        behind = LinkedIn(settings, Context("acme", lambda: rig.now - 2 * HOUR, 7 * DAY))
        identity = behind.identify()
        found = {message.id for page in behind.fetch(identity, None) for message in page.messages}
        behind.close()
        assert new in found

    def test_a_deletion_is_noticed_by_the_poll_and_sought_nowhere(self, rig: LinkedInRig, reader: Reader) -> None:
        parcel, gone = rig.customer("hello?"), rig.customer("oops", by="bob")
        reader.poll()
        rig.now += 2 * HOUR
        rig.delete(parcel)
        rig.delete(gone)
        assert cost(rig, reader) == ["notifications"]
        assert reader.gone == {parcel: rig.now, gone: rig.now}

    def test_a_comment_deleted_before_it_was_read_is_not_sought(self, rig: LinkedInRig, reader: Reader) -> None:
        rig.delete(rig.customer("oops"))
        assert cost(rig, reader) == ["notifications"]
        assert reader.messages == {}

    def test_an_edit_within_the_same_second_is_read(self, rig: LinkedInRig, reader: Reader) -> None:
        parcel = rig.customer("wher?")
        reader.poll()
        rig.edit(parcel, "where?")
        reader.poll()
        assert reader.messages[parcel].text == "where?"

    def test_a_reply_to_a_reply_stands_below_the_top_comment(self, rig: LinkedInRig, reader: Reader) -> None:
        top = rig.customer("hello?")
        first = rig.ours("hi", top)
        again = rig.customer("and now?", reply_to=first)
        reader.poll()
        assert {reader.messages[each].in_reply_to for each in (first, again)} == {top}

    def test_among_flat_replies_the_one_answered_is_the_one_named_first(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        top = rig.customer("hello?", at=NOON - HOUR)
        linkedin.page_replies(top, "hi ann", NOON - 50 * MINUTE)
        rig.customer("still broken", by="ann", reply_to=top, at=NOON - 40 * MINUTE)
        rig.customer("mine too", by="bob", reply_to=top, at=NOON - 30 * MINUTE)
        linkedin.page_replies(top, "look here", NOON, mention="bob")
        reader.poll()
        waits = {(wait.customer, wait.number): wait.answered_at for wait in folded(reader).waits}
        assert waits == {
            ("urn:li:person:zann", 1): NOON - 50 * MINUTE,
            ("urn:li:person:zann", 2): None,
            ("urn:li:person:zbob", 1): NOON,
        }

    def test_where_the_page_spoke_before_the_lookback_a_new_reply_is_for_it(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        top = rig.customer("hello?", at=NOON - 20 * DAY)
        linkedin.page_replies(top, "hi", NOON - 19 * DAY)
        asked_again = rig.customer("and now?", reply_to=top)
        reader.poll()
        assert set(reader.messages) == {asked_again}
        assert [wait.messages for wait in folded(reader).waits] == [(asked_again,)]

    def test_strangers_who_chat_below_a_comment_wait_for_nobody(self, rig: LinkedInRig, reader: Reader) -> None:
        top = rig.customer("hello?")
        rig.bystander("mine too", top)
        reader.poll()
        assert [wait.messages for wait in folded(reader).waits] == [(top,)]

    def test_a_young_post_of_the_page_is_the_root_of_its_thread(
        self, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        post = linkedin.page_posts("Sale! #acme", NOON - DAY)
        under = linkedin.customer_comments("ann", "how much?", post)
        reader.poll()
        root = next(said for said in reader.messages.values() if said.kind is Kind.POST)
        assert (root.text, root.side, root.aliases) == ("Sale! #acme", Side.OURS, (post,))
        assert reader.messages[under].in_reply_to == root.id
        assert root.created_at == pytest.approx(NOON - DAY, abs=SECOND)

    def test_an_answer_that_no_notification_tells_is_found_within_the_hour(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        linkedin.ways.quiet_replies = True
        rig.now += 10 * MINUTE
        answer = rig.ours("on it", parcel)
        assert cost(rig, reader) == ["notifications"]
        rig.now += HOUR
        assert cost(rig, reader) == ["notifications", "comments", "replies"]
        assert answer in reader.messages

    def test_what_is_known_of_a_thread_is_not_handed_out_again(self, rig: LinkedInRig, reader: Reader) -> None:
        rig.customer("hello?")
        reader.poll()
        for _ in range(3):
            rig.now += 2 * HOUR
            rig.calls.clear()
            assert all_messages(reader.poll()) == []
            assert asked(rig) == ["notifications", "comments"]

    def test_a_comment_under_a_busy_post_is_read_no_further_than_to_it(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        for number in range(10):
            rig.ours("hi", rig.customer("hello?", by=f"c{number}"))
        reader.poll()
        linkedin.ways.most_in_a_page = 2
        rig.now += 2 * HOUR
        new = rig.customer("me too", by="zoe")
        assert cost(rig, reader).count("comments") == 1
        assert new in reader.messages

    def test_a_comment_that_stands_far_down_is_read_by_itself(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        ids = [rig.customer("hello?", by=f"c{number}") for number in range(25)]
        linkedin.ways.most_in_a_page = 1
        pages = reader.poll()
        assert set(reader.messages) == set(ids)
        assert not any(page.partial for page in pages)

    def test_a_post_of_which_not_everything_could_be_read_is_unknown(self, by_posts: LinkedInPostsRig) -> None:
        for number in range(25):
            by_posts.customer("hello?", by=f"c{number}")
        by_posts.linkedin.ways.most_in_a_page = 1
        reader = Reader(by_posts)
        assert [page.partial for page in reader.poll() if page.partial] == [
            (f"urn:li:share:{by_posts.linkedin.first_post}",)
        ]
        reader.close()

    def test_a_post_that_is_not_ours_is_no_root(self, linkedin: PretendLinkedIn, reader: Reader) -> None:
        linkedin.customer_comments("ann", "how much?", linkedin.page_posts("Sale!", NOON - DAY))

        def disown(document: Any) -> None:
            for each in objects(document):
                each.update({"owner": "urn:li:person:zBob"} if "mediaCategory" in each else {})

        altered(linkedin.server, disown)
        reader.poll()
        assert {message.kind for message in reader.messages.values()} == {Kind.COMMENT}

    def test_a_reply_that_names_somebody_else_first_is_not_for_the_page(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        top = rig.customer("hello?", at=NOON - 20 * DAY)
        linkedin.page_replies(top, "hi", NOON - 19 * DAY)
        linkedin.customer_comments("zoe", "same here", reply_to=top, mention="ann")
        reader.poll()
        assert folded(reader).waits == ()

    def test_no_more_threads_are_read_again_than_the_channel_allows(self, rig: LinkedInRig) -> None:
        with Other(rig, follow=2) as reader:
            for _ in range(5):
                rig.linkedin.customer_comments("ann", "hello?", rig.linkedin.page_posts("new", NOON - DAY))
            reader.poll()
            rig.now += 2 * HOUR
            assert cost(rig, reader) == ["notifications", "comments", "comments"]

    def test_more_notifications_than_one_poll_reads_are_a_gap(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        linkedin.ways.most_in_a_page = 1
        for number in range(51):
            rig.delete(rig.customer("x", by=f"c{number}"))
        last = reader.poll()[-1]
        assert (last.complete, last.cursor is not None) == (False, True)

    def test_only_what_is_watched_is_asked_for(self, rig: LinkedInRig) -> None:
        rig.linkedin.member_posts("bob", "I like Acme")
        with Other(rig, watch=["comments"]) as reader:
            reader.poll()
            assert reader.messages == {}

    def test_text_that_may_not_be_kept_is_not_handed_out(self, rig: LinkedInRig) -> None:
        parcel = rig.customer("call me: 0815")
        rig.ours("we call", parcel)
        mentioned = rig.linkedin.member_posts("bob", "Acme has my number 0815")
        with Other(rig, keep_text=False) as reader:
            pages = reader.poll()
            assert {parcel, mentioned} <= set(reader.messages)
            assert "0815" not in repr(pages)
            assert "we call" in repr(pages)


class TestPosts:
    def test_a_poll_costs_a_call_and_one_for_each_post(self, by_posts: LinkedInPostsRig) -> None:
        for number in range(3):
            post = by_posts.linkedin.page_posts("new", NOON - DAY + number)
            by_posts.ours("hi", by_posts.linkedin.customer_comments("ann", "hello?", post))
        reader = Reader(by_posts)
        reader.poll()
        by_posts.now += 10 * MINUTE
        assert cost(by_posts, reader) == ["posts", *["comments"] * 4]
        reader.close()

    def test_a_new_reply_below_an_old_comment_is_found_by_the_number_of_replies(
        self, by_posts: LinkedInPostsRig
    ) -> None:
        top = by_posts.customer("hello?")
        by_posts.ours("hi", top)
        reader = Reader(by_posts)
        reader.poll()
        by_posts.now += 3 * HOUR
        again = by_posts.customer("and now?", reply_to=top)
        assert cost(by_posts, reader) == ["posts", "comments", "replies"]
        assert again in reader.messages
        reader.close()

    def test_a_post_beyond_the_newest_is_read_only_while_somebody_waits_there(self, by_posts: LinkedInPostsRig) -> None:
        old = by_posts.linkedin.page_posts("old", NOON - 8 * DAY)
        parcel = by_posts.linkedin.customer_comments("ann", "hello?", old)
        with Other(by_posts, posts=2) as reader:
            reader.poll()
            assert parcel in reader.messages
            for number in range(3):
                newest = by_posts.linkedin.page_posts("newer", NOON - DAY + number)
            by_posts.linkedin.customer_comments("bob", "hi", newest)
            answer = by_posts.ours("on it", parcel)
            assert cost(by_posts, reader) == ["posts", "comments", "comments", "comments", "replies"]
            assert answer in reader.messages
            assert cost(by_posts, reader) == ["posts", "comments", "comments"]

    def test_a_thread_that_no_list_shows_and_that_is_not_read_again_is_unknown(
        self, by_posts: LinkedInPostsRig
    ) -> None:
        parcel = by_posts.customer("hello?")
        with Other(by_posts, posts=1, follow=0) as reader:
            reader.poll()
            by_posts.linkedin.page_posts("newer", NOON - DAY)
            partial = [thread for page in reader.poll() for thread in page.partial]
            assert partial == [reader.messages[parcel].thread]

    def test_a_post_that_is_deleted_while_it_is_read_is_passed_over(self, by_posts: LinkedInPostsRig) -> None:
        by_posts.customer("hello?")
        reader = Reader(by_posts)
        by_posts.linkedin.faults.add(Fault(path="/rest/socialActions", status=404, body="{}"))
        assert reader.poll()[-1].complete
        reader.poll()
        assert len(reader.messages) == 1
        reader.close()

    def test_mentions_are_still_told_by_notifications(self, by_posts: LinkedInPostsRig) -> None:
        mentioned = by_posts.linkedin.member_posts("bob", "I like Acme")
        with Other(by_posts, watch=["comments", "mentions"]) as reader:
            reader.poll()
            assert mentioned in reader.messages
