"""Instagram's lists are read so that no comment, tag or message is lost: trap by trap, by both ways to log in."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from connector_contract import LOOKBACK, NOON, SECRET, Reader, all_messages, altered, objects
from rig_instagram import (
    APP_SECRET,
    CommentsByFacebookRig,
    CommentsByInstagramRig,
    MessagesByFacebookRig,
    MessagesByInstagramRig,
)
from slamon.connectors._instagram.cursor import SEEN_TAGS, Cursor, Mark
from slamon.connectors._instagram.posts import COMMENTS_PAGE, OVERLAP, SWEPT_AFTER
from slamon.connectors._messenger.cursor import InboxCursor
from slamon.connectors._vault import fingerprint
from slamon.connectors.base import OpenThread, Proof
from slamon.connectors.instagram import DIALOGUE, LOOKS, Instagram
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind, Side
from slamon.sim.faults import Fault
from slamon.sim.instagram import ACCOUNT_ID, APP_SCOPED_ID, PAGE_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Page
    from slamon.sim.instagram import PretendInstagram
    from slamon.sim.server import Answer, Request


@pytest.fixture(params=[CommentsByFacebookRig, CommentsByInstagramRig], ids=["facebook", "instagram"])
def rig(request: pytest.FixtureRequest) -> Iterator[Any]:
    with request.param() as each:
        yield each


@pytest.fixture
def pretend(rig: Any) -> PretendInstagram:
    found: PretendInstagram = rig.instagram
    return found


@pytest.fixture
def reader(rig: Any) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


@pytest.fixture(params=[MessagesByFacebookRig, MessagesByInstagramRig], ids=["facebook", "instagram"])
def inbox(request: pytest.FixtureRequest) -> Iterator[Reader]:
    with request.param() as rig:
        each = Reader(rig)
        yield each
        each.close()


def asked(reader: Reader) -> Counter[str]:
    """How often each call was made since the last time this was called."""
    counted = Counter(call.endpoint for call in reader.rig.calls)
    reader.rig.calls.clear()
    return counted


def recheck(reader: Reader, *waiting: str) -> list[Page]:
    threads = [
        OpenThread(each.thread, each.author.id, (each.id,), each.created_at)
        for each in (reader.messages[key] for key in waiting)
    ]
    pages = list(reader.connector.recheck(reader.identity, reader.cursor, threads))
    for page in pages:
        reader.keep(page)
    return pages


def cut(pages: list[Page]) -> set[str]:
    return {thread for page in pages for thread in page.partial}


class TestCursor:
    def test_what_is_written_is_read(self) -> None:
        cursor = Cursor({"17990": Mark(3, NOON, NOON)}, ["1", "2"], NOON, InboxCursor(NOON, {"a": NOON}, NOON))
        assert Cursor.parse(cursor.text()) == cursor

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "5",
            "[]",
            "{",
            "[" * 100_000,
            '{"posts": 5, "tags": 5, "tags_at": "x", "inbox": []}',
            '{"posts": null}',
        ],
    )
    def test_what_is_no_cursor_starts_from_the_lookback(self, text: str | None) -> None:
        assert Cursor.parse(text) == Cursor()

    def test_an_odd_part_starts_anew_and_leaves_the_others(self) -> None:
        text = '{"posts": {"1": [3, 5, 5], "2": [3], "3": ["a", 5, 5], "4": 5}, "tags": ["1", 5]}'
        assert Cursor.parse(text) == Cursor({"1": Mark(3, 5, 5)}, ["1"])

    def test_tags_are_remembered_up_to_a_number(self) -> None:
        assert len(Cursor.parse(Cursor(tags=[str(n) for n in range(SEEN_TAGS + 9)]).text()).tags or ()) == SEEN_TAGS


class TestIdentity:
    def test_it_is_the_professional_account_and_the_team_by_name(self, reader: Reader) -> None:
        assert (reader.identity.account, reader.identity.handle) == (ACCOUNT_ID, "acme")
        assert reader.identity.team == ("acmehelp",)

    def test_another_account_or_name_is_told(self, rig: Any) -> None:
        rig.keys = {"account": "acme_old"}
        connector = rig.connector()
        with pytest.raises(PlatformError, match="@acme, not of @acme_old") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_a_number_is_an_id_as_well(self, rig: Any, pretend: PretendInstagram) -> None:
        def number(document: Any) -> None:
            for each in objects(document):
                if each.get("user_id"):
                    each["user_id"] = int(each["user_id"])

        altered(pretend.server, number)
        assert Reader(rig).identity.account == ACCOUNT_ID

    def test_the_app_scoped_id_is_not_taken_for_it(self, pretend: PretendInstagram, reader: Reader) -> None:
        asked_for = pretend.server.ledger[0].request.query["fields"]
        assert reader.identity.account != APP_SCOPED_ID
        assert ("user_id" in asked_for) is pretend.through_instagram

    def test_a_page_without_an_account_is_told(self) -> None:
        with CommentsByFacebookRig() as rig:
            rig.instagram.token.scopes.discard("instagram_basic")
            connector = rig.connector()
            with pytest.raises(PlatformError, match="instagram_basic") as caught:
                connector.identify()
            connector.close()
            assert caught.value.verdict is Verdict.PERMISSION

    def test_the_token_of_a_person_is_told(self) -> None:
        with CommentsByFacebookRig() as rig:
            rig.instagram.token.node = ACCOUNT_ID  # anything that is no Page
            connector = rig.connector()
            with pytest.raises(PlatformError, match="Page's token") as caught:
                connector.identify()
            connector.close()
            assert caught.value.verdict is Verdict.CREDENTIAL

    def test_the_present_name_is_asked_for_once_a_day(self, rig: Any, reader: Reader) -> None:
        reader.poll()
        asked(reader)
        rig.now += 23 * HOUR
        reader.poll()
        assert asked(reader)["me"] == 0
        rig.now += 2 * HOUR
        reader.poll()
        assert asked(reader)["me"] == 1


class TestComments:
    def test_when_nothing_is_new_one_call_says_so(self, rig: Any, reader: Reader) -> None:
        rig.customer("hello?")
        reader.poll()
        asked(reader)
        assert all_messages(reader.poll()) == []
        assert asked(reader) == {"media": 1}

    def test_only_posts_whose_count_changed_are_read(self, pretend: PretendInstagram, reader: Reader) -> None:
        posts = [pretend.brand_posts(f"post {n}", NOON - DAY + n) for n in range(5)]
        for post in posts:
            pretend.customer_comments("ann", "nice", post, NOON - HOUR)
        reader.poll()
        asked(reader)
        new = pretend.customer_comments("bob", "where?", posts[2])
        reader.poll()
        assert new in reader.messages
        assert asked(reader) == {"media": 1, "comments": 1}

    def test_the_post_stands_before_what_stands_under_it(self, rig: Any, reader: Reader) -> None:
        comment = rig.customer("hello?")
        (page, _) = reader.poll()
        assert [each.id for each in page.messages] == [rig.post, comment]
        assert page.messages[0].kind is Kind.POST

    def test_a_reply_under_an_old_comment_is_found_however_deep(self, rig: Any, reader: Reader) -> None:
        old = rig.customer("where is my parcel?", at=NOON - DAY)
        for number in range(COMMENTS_PAGE * 2):
            rig.customer("nice", by=f"c{number}", at=NOON - 10 * HOUR + number * MINUTE)
        reader.poll()
        asked(reader)
        reply = rig.ours("on its way", old)
        reader.poll()
        assert reply in reader.messages
        assert asked(reader)["comments"] == 3

    def test_new_comments_alone_do_not_read_to_the_end(self, rig: Any, reader: Reader) -> None:
        for number in range(COMMENTS_PAGE * 3):
            rig.customer("nice", by=f"c{number}", at=NOON - DAY + number * MINUTE)
        reader.poll()
        asked(reader)
        rig.now += OVERLAP
        rig.customer("where?")
        reader.poll()
        assert asked(reader)["comments"] == 1

    def test_the_first_poll_reads_the_lookback(self, rig: Any, reader: Reader) -> None:
        too_old = rig.customer("too long ago", at=NOON - LOOKBACK - DAY)
        inside = rig.customer("last week", by="bob", at=NOON - LOOKBACK + DAY)
        reader.poll()
        assert {too_old, inside} & set(reader.messages) == {inside}

    def test_an_old_comment_comes_along_with_a_new_reply(self, rig: Any, reader: Reader) -> None:
        old = rig.customer("long ago", at=NOON - LOOKBACK - DAY)
        reply = rig.ours("better late than never", old)
        reader.poll()
        assert {old, reply} <= set(reader.messages)

    def test_what_was_too_old_at_first_is_never_taken_for_new(self, rig: Any, reader: Reader) -> None:
        too_old = rig.customer("too long ago", at=NOON - LOOKBACK - HOUR)
        reader.poll()
        rig.now += MINUTE
        rig.customer("hello?", by="bob")
        reader.poll()
        assert too_old not in reader.messages

    def test_posts_are_watched_for_a_while(self, pretend: PretendInstagram, reader: Reader) -> None:
        old = pretend.brand_posts("long ago", NOON - 31 * DAY)
        pinned = pretend.brand_posts("lately", NOON - 29 * DAY)
        hidden = pretend.customer_comments("ann", "hello?", old)
        seen = pretend.customer_comments("ann", "hello?", pinned)
        reader.poll()
        assert {hidden, seen} & set(reader.messages) == {seen}

    def test_where_somebody_waits_longer(self, pretend: PretendInstagram, rig: Any, reader: Reader) -> None:
        rig.now = NOON - 2 * DAY
        old = pretend.brand_posts("long ago", NOON - 31 * DAY)
        question = pretend.customer_comments("ann", "hello?", old)
        reader.poll()
        rig.now = NOON
        answer = pretend.brand_replies(question, "hi")
        reader.poll()
        assert answer in reader.messages

    def test_of_those_only_so_many_are_looked_at_in_one_poll(
        self, pretend: PretendInstagram, rig: Any, reader: Reader
    ) -> None:
        rig.now = NOON - 2 * DAY
        old = pretend.brand_posts("long ago", NOON - 31 * DAY)
        for number in range(LOOKS + 10):
            pretend.customer_comments(f"c{number}", "hello?", old)
        reader.poll()
        rig.now = NOON
        threads = [
            OpenThread(each.thread, each.author.id, (each.id,), each.created_at)
            for each in reader.messages.values()
            if each.side is Side.OTHER
        ]
        before = len(pretend.server.ledger)
        list(reader.connector.fetch(reader.identity, reader.cursor, threads))
        looked = [each for each in list(pretend.server.ledger)[before:] if "178900" in each.request.path]
        batches = [each for each in list(pretend.server.ledger)[before:] if each.request.method == "POST"]
        assert (len(looked), len(batches)) == ((LOOKS, 0) if pretend.through_instagram else (0, 1))

    def test_a_reply_that_came_while_another_went_is_found_within_the_hour(
        self, pretend: PretendInstagram, rig: Any, reader: Reader
    ) -> None:
        comments = [rig.customer("hello?", by=f"c{number}", at=NOON - HOUR) for number in range(2)]
        reader.poll()
        pretend.delete(comments[0])
        reply = rig.ours("hi", comments[1])
        reader.connector.follows_threads = False  # type: ignore[misc]  # nobody waits: nothing leads there
        reader.poll()
        assert reply not in reader.messages
        rig.now += SWEPT_AFTER
        reader.poll()
        assert reply in reader.messages

    def test_the_sweep_takes_a_call_a_poll_and_each_post_in_turn(
        self, pretend: PretendInstagram, rig: Any, reader: Reader
    ) -> None:
        for number in range(3):
            pretend.customer_comments("ann", "nice", pretend.brand_posts("post", NOON - DAY + number))
        reader.poll()
        rig.now += SWEPT_AFTER
        asked(reader)
        calls = []
        for _ in range(5):
            reader.poll()
            calls.append(asked(reader)["comments"])
            rig.now += SECOND
        assert calls == [1, 1, 1, 0, 0]

    def test_hidden_comments_are_hidden_and_shown_again(
        self, pretend: PretendInstagram, rig: Any, reader: Reader
    ) -> None:
        comment = rig.customer("spam")
        reader.poll()
        pretend.hide(comment)
        recheck(reader, comment)
        assert reader.messages[comment].hidden
        pretend.hide(comment, hidden=False)
        recheck(reader, comment)
        assert not reader.messages[comment].hidden

    def test_replies_that_were_cut_off_are_read_to_their_end(self, rig: Any, reader: Reader) -> None:
        _, answer = rig.cut_off()
        pages = reader.poll()
        assert answer in reader.messages
        assert cut(pages) == set()

    def test_replies_that_cannot_be_read_to_their_end_leave_the_thread_unknown(
        self, pretend: PretendInstagram, rig: Any, reader: Reader
    ) -> None:
        question, answer = rig.cut_off()
        body = json.dumps({"error": {"message": "gone", "code": 100, "error_subcode": 33}})
        pretend.faults.add(Fault(path=f"/v25.0/{question}/replies", status=400, body=body))
        pages = reader.poll()
        assert answer not in reader.messages
        assert cut(pages) == {rig.post}
        assert pages[-1].complete

    def test_missing_paging_is_an_end(self, pretend: PretendInstagram, rig: Any, reader: Reader) -> None:
        comment = rig.customer("hello?")
        altered(pretend.server, lambda document: [each.pop("paging", None) for each in objects(document)])
        assert reader.poll()[-1].complete
        assert comment in reader.messages

    def test_a_field_that_a_login_does_not_offer_is_done_without(
        self, pretend: PretendInstagram, rig: Any, reader: Reader
    ) -> None:
        question = rig.customer("hello?")
        answer = rig.ours("hi", question)
        message = "(#100) Tried accessing nonexisting field (hidden) on node type (IGComment)"
        body = json.dumps({"error": {"message": message, "type": "OAuthException", "code": 100}})
        pretend.faults.add(Fault(path=f"/v25.0/{rig.post}/comments", status=400, body=body))
        reader.poll()
        assert {question, answer} <= set(reader.messages)
        assert reader.messages[answer].side is Side.OURS

    def test_the_account_is_known_by_name_where_it_has_another_id(
        self, pretend: PretendInstagram, rig: Any, reader: Reader
    ) -> None:
        answer = rig.ours("hi", rig.customer("hello?"))

        def disguise(document: Any) -> None:
            for each in objects(document):
                if each.get("id") == ACCOUNT_ID and "username" in each:
                    each["id"] = APP_SCOPED_ID

        altered(pretend.server, disguise)
        reader.poll()
        assert (reader.messages[answer].side, reader.messages[answer].author.id) == (Side.OURS, ACCOUNT_ID)

    def test_one_odd_post_spoils_no_other(self, pretend: PretendInstagram, rig: Any, reader: Reader) -> None:
        comment = rig.customer("hello?")
        odd = pretend.brand_posts("odd", NOON - DAY)
        pretend.customer_comments("bob", "hello?", odd)

        def spoil(document: Any) -> None:
            for each in objects(document):
                if each.get("id") == odd:
                    each["timestamp"] = "soon"

        altered(pretend.server, spoil)
        pages = reader.poll()
        assert [each.id for page in pages for each in page.rejects] == [odd]
        assert comment in reader.messages


class TestSilence:
    def test_comments_that_are_counted_and_not_shown_are_a_missing_right(
        self, pretend: PretendInstagram, rig: Any, reader: Reader
    ) -> None:
        rig.customer("hello?")
        reader.poll()
        rig.customer("anybody?", by="bob")
        pretend.token.scopes.discard(pretend.login.comments)
        with pytest.raises(PlatformError, match="manage_comments") as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.PERMISSION

    def test_of_one_post_they_may_be_by_somebody_who_is_restricted(
        self, pretend: PretendInstagram, reader: Reader
    ) -> None:
        one, other = (pretend.brand_posts("post", NOON - DAY + n) for n in range(2))
        pretend.customer_comments("ann", "hello?", one)
        reader.poll()
        pretend.customer_comments("troll", "boo", other)
        pretend.restrict("troll")
        assert reader.poll()[-1].complete
        asked(reader)
        reader.poll()
        assert asked(reader)["comments"] == 0

    def test_where_another_post_shows_its_comments_nothing_more_is_asked(
        self, pretend: PretendInstagram, reader: Reader
    ) -> None:
        one, other, third = (pretend.brand_posts("post", NOON - DAY + n) for n in range(3))
        pretend.customer_comments("ann", "hello?", third)
        reader.poll()
        pretend.restrict("troll")
        pretend.customer_comments("troll", "boo", one)
        pretend.customer_comments("bob", "hello?", other)
        asked(reader)
        assert reader.poll()[-1].complete
        assert asked(reader)["comments"] == 2

    def test_metas_own_list_names_what_is_missing(self) -> None:
        with CommentsByFacebookRig() as rig:
            rig.instagram.token.scopes.discard("pages_read_engagement")
            reader = Reader(rig)
            with pytest.raises(PlatformError, match="pages_read_engagement") as caught:
                reader.poll()
            reader.close()
            assert caught.value.verdict is Verdict.PERMISSION

    def test_a_right_for_what_is_not_watched_is_not_missed(self) -> None:
        with CommentsByFacebookRig() as rig:
            rig.instagram.token.scopes -= {"instagram_manage_messages", "pages_manage_metadata"}
            reader = Reader(rig)
            assert reader.poll()[-1].complete
            reader.close()


class TestRecheck:
    def test_it_costs_a_call_a_post_and_one_a_comment_that_stands_deep(self, rig: Any, reader: Reader) -> None:
        deep = rig.customer("hello?", at=NOON - DAY)
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(COMMENTS_PAGE)]
        reader.poll()
        asked(reader)
        recheck(reader, waiting[0], waiting[1], deep)
        calls = asked(reader)
        assert calls == {"batch": 2}

    def test_an_answer_under_a_deep_comment_is_found(self, rig: Any, reader: Reader) -> None:
        deep = rig.customer("hello?", at=NOON - DAY)
        for number in range(COMMENTS_PAGE):
            rig.customer("nice", by=f"c{number}")
        reader.poll()
        answer = rig.ours("hi", deep)
        recheck(reader, deep)
        assert answer in reader.messages

    def test_an_answer_to_a_waiting_reply_is_found_under_the_comment_above(self, rig: Any, reader: Reader) -> None:
        top = rig.customer("hello?", at=NOON - DAY)
        reply = rig.instagram.customer_comments("bob", "@acme mine too", top, NOON - HOUR)
        for number in range(COMMENTS_PAGE):
            rig.customer("nice", by=f"c{number}")
        reader.poll()
        answer = rig.ours("@bob hi", top)
        recheck(reader, reply)
        assert answer in reader.messages
        assert reader.messages[answer].in_reply_to == top

    def test_an_answer_beside_the_comment_is_found(self, rig: Any, reader: Reader) -> None:
        question = rig.customer("hello?")
        reader.poll()
        answer = rig.instagram.brand_replies(rig.post, "@ann hi")
        recheck(reader, question)
        assert answer in reader.messages

    def test_the_only_comment_of_a_post_is_gone_when_none_is_counted(self, rig: Any, reader: Reader) -> None:
        question = rig.customer("hello?")
        reader.poll()
        rig.delete(question)
        recheck(reader, question)
        assert set(reader.gone) == {question}

    def test_with_a_lost_permission_nothing_is_gone(self, rig: Any, reader: Reader) -> None:
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(3)]
        reader.poll()
        rig.instagram.token.scopes.discard(rig.instagram.login.comments)
        pages = recheck(reader, *waiting)
        assert reader.gone == {}
        assert cut(pages) == {rig.post}

    def test_a_deleted_post_takes_its_comments_along(self, rig: Any, reader: Reader) -> None:
        post = rig.post
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(2)]
        reader.poll()
        rig.delete(post)
        recheck(reader, *waiting)
        assert set(reader.gone) == {post, *waiting}

    def test_a_post_that_is_refused_for_another_reason_is_unknown(self, rig: Any, reader: Reader) -> None:
        question = rig.customer("hello?")
        reader.poll()
        body = json.dumps({"error": {"message": "(#10) Application does not have permission", "code": 10}})
        rig.server.faults.add(Fault(path="/v25.0/", status=400, body=body))
        pages = recheck(reader, question)
        assert (reader.gone, cut(pages)) == ({}, {rig.post})


class TestTags:
    @pytest.fixture
    def rig(self, rig: Any) -> Any:
        rig.keys = {"watch": ["tags"]}
        return rig

    def test_a_tag_is_a_mention_and_costs_a_call_a_poll(self, pretend: PretendInstagram, reader: Reader) -> None:
        tag = pretend.customer_tags("ann", "my new shoes")
        reader.poll()
        message = reader.messages[tag]
        assert (message.kind, message.side, message.author.handle) == (Kind.MENTION, Side.OTHER, "ann")
        asked(reader)
        assert not reader.messages.keys() - {tag}
        reader.poll()
        assert asked(reader)["tags"] == 1

    def test_an_old_post_that_is_tagged_later_is_new(self, pretend: PretendInstagram, rig: Any, reader: Reader) -> None:
        first = pretend.customer_tags("ann", "my shoes", NOON - DAY)
        reader.poll()
        rig.now += HOUR
        later = pretend.customer_tags("bob", "my old shoes", NOON - 20 * DAY, tagged_at=NOON + MINUTE)
        reader.poll()
        assert {first, later} <= set(reader.messages)

    def test_one_that_moves_up_for_want_of_another_is_not(
        self, pretend: PretendInstagram, rig: Any, reader: Reader
    ) -> None:
        for number in range(55):
            pretend.customer_tags("ann", "shoes", NOON - 30 * DAY + number * HOUR)
        newest = pretend.customer_tags("ann", "shoes", NOON - HOUR)
        reader.poll()
        pretend.delete(newest)
        rig.now += HOUR
        reader.poll()
        assert set(reader.messages) == {newest}

    def test_no_tag_comes_twice(self, pretend: PretendInstagram, reader: Reader) -> None:
        pretend.customer_tags("ann", "my new shoes")
        reader.poll()
        assert all_messages(reader.poll()) == []

    def test_our_comment_on_it_is_found_where_its_caption_names_us(self) -> None:
        with CommentsByFacebookRig() as rig:
            rig.keys = {"watch": ["tags"]}
            reader = Reader(rig)
            tag = rig.instagram.customer_tags("ann", "@acme my new shoes")
            reader.poll()
            stranger = rig.instagram.customer_comments("bob", "nice", tag)
            answer = rig.instagram.brand_replies(tag, "lovely")
            pages = reader.poll()
            assert stranger not in reader.messages
            assert (reader.messages[answer].thread, reader.messages[answer].in_reply_to) == (tag, tag)
            assert cut(pages) == set()
            reader.close()

    def test_elsewhere_it_is_unknown_whether_we_answered(self, pretend: PretendInstagram, reader: Reader) -> None:
        tag = pretend.customer_tags("ann", "my new shoes")
        named = cut(reader.poll())
        named |= cut(reader.poll())
        assert named == {tag}
        assert cut(recheck(reader, tag)) == {tag}


class TestMessages:
    def test_conversations_are_threads_of_their_own(self, inbox: Reader) -> None:
        question = inbox.rig.customer("hello?")
        inbox.poll()
        message = inbox.messages[question]
        assert (message.kind, message.thread.startswith(DIALOGUE)) == (Kind.DIRECT_MESSAGE, True)
        assert message.author.handle == "ann"

    def test_stories_are_kinds_of_their_own(self, inbox: Reader) -> None:
        pretend: PretendInstagram = inbox.rig.instagram  # type: ignore[attr-defined]
        mention = pretend.customer_writes("ann", "", story="mention", at=NOON - MINUTE)
        reply = pretend.customer_writes("ann", "nice", story="reply_to")
        answer = pretend.brand_replies(reply, "thanks")
        inbox.poll()
        kinds = [inbox.messages[key].kind for key in (mention, reply, answer)]
        assert kinds == [Kind.STORY_MENTION, Kind.STORY_REPLY, Kind.DIRECT_MESSAGE]
        assert inbox.messages[mention].addressed
        assert len({each.thread for each in inbox.messages.values()}) == 1

    def test_when_nothing_is_new_one_call_says_so(self, inbox: Reader) -> None:
        inbox.rig.customer("hello?")
        inbox.poll()
        inbox.rig.now += MINUTE
        inbox.poll()
        asked(inbox)
        assert all_messages(inbox.poll()) == []
        assert asked(inbox) == {"conversations": 1}

    def test_the_account_is_known_by_name_where_no_id_is_shown(self, inbox: Reader) -> None:
        answer = inbox.rig.ours("hi", inbox.rig.customer("hello?"))

        def disguise(document: Any) -> None:
            for each in objects(document):
                if each.get("username") == "acme" and "user_id" not in each:
                    each.pop("id", None)

        assert inbox.rig.server
        altered(inbox.rig.server, disguise)
        inbox.poll()
        assert (inbox.messages[answer].side, inbox.messages[answer].author.id) == (Side.OURS, ACCOUNT_ID)

    def test_both_surfaces_share_a_cursor(self) -> None:
        with CommentsByFacebookRig() as rig:
            rig.keys = {"watch": ["comments", "messages"]}
            reader = Reader(rig)
            comment, message = rig.customer("hello?"), rig.instagram.customer_writes("bob", "hi")
            reader.poll()
            assert {comment, message} <= set(reader.messages)
            asked(reader)
            rig.now += MINUTE
            reader.poll()
            rig.now += MINUTE
            asked(reader)
            reader.poll()
            assert asked(reader) == {"media": 1, "conversations": 1}
            recheck(reader, comment, message)
            assert asked(reader) == {"batch": 1, "conversations": 1, "conversation": 1}
            reader.close()


class TestRenewal:
    @pytest.fixture
    def rig(self) -> Iterator[CommentsByInstagramRig]:
        with CommentsByInstagramRig() as each:
            each.instagram.renewable = True
            yield each

    def refreshed(self, rig: CommentsByInstagramRig) -> int:
        return sum(1 for each in rig.instagram.server.ledger if each.request.path == "/refresh_access_token")

    def test_a_token_of_unknown_age_is_renewed_at_once_and_used(self, rig: CommentsByInstagramRig) -> None:
        reader = Reader(rig)
        rig.now += 2 * DAY
        reader.poll()
        assert self.refreshed(rig) == 1
        assert rig.instagram.token.value != SECRET
        (expiry,) = reader.connector.expiries()
        assert (expiry.at, expiry.renewed) == (NOON + 62 * DAY, True)
        reader.close()

    def test_a_token_that_is_too_young_goes_on(self, rig: CommentsByInstagramRig) -> None:
        reader = Reader(rig)
        rig.now += HOUR
        question = rig.customer("hello?")
        reader.poll()
        reader.poll()
        assert question in reader.messages
        assert self.refreshed(rig) == 1
        rig.now += DAY
        reader.poll()
        assert self.refreshed(rig) == 2
        reader.close()

    def test_it_is_renewed_again_when_less_than_thirty_days_are_left(self, rig: CommentsByInstagramRig) -> None:
        reader = Reader(rig)
        rig.now += 2 * DAY
        reader.poll()
        rig.now += 29 * DAY
        reader.poll()
        assert self.refreshed(rig) == 1
        rig.now += 2 * DAY
        reader.poll()
        assert self.refreshed(rig) == 2
        reader.close()

    def test_the_new_one_is_kept_across_restarts_and_is_stored_before_it_is_used(
        self, rig: CommentsByInstagramRig
    ) -> None:
        context = rig.context()
        rig.context = lambda: context  # type: ignore[method-assign]
        first, again = Reader(rig), Reader(rig)
        key = f"instagram:{fingerprint(SECRET)}"
        serve = rig.instagram.server.serve
        used: list[str] = []

        def watched(request: Request) -> Answer:
            _, _, value = request.headers.get("authorization", "").partition(" ")
            assert value in {"", SECRET} or value in (context.vault.get(key) or "")
            used.append(value)
            return serve(request)

        setattr(rig.instagram.server, "serve", watched)  # noqa: B010 - mypy takes no assignment to a method
        rig.now += 2 * DAY
        first.poll()
        again.poll()
        assert self.refreshed(rig) == 1
        assert used[-1] == rig.instagram.token.value != SECRET
        first.close()
        again.close()

    def test_two_channels_renew_a_shared_token_once(self, rig: CommentsByInstagramRig) -> None:
        context = rig.context()
        rig.context = lambda: context  # type: ignore[method-assign]
        readers = [Reader(rig), Reader(rig)]
        rig.now += 2 * DAY
        for each in readers:
            each.poll()
        assert self.refreshed(rig) == 1
        for each in readers:
            each.close()

    def test_a_token_that_ended_says_what_to_do(self, rig: CommentsByInstagramRig) -> None:
        reader = Reader(rig)
        rig.now += 61 * DAY
        with pytest.raises(PlatformError, match="log in through Instagram again") as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.CREDENTIAL
        reader.close()

    def test_a_refused_token_is_renewed_once_and_the_question_asked_again(self, rig: CommentsByInstagramRig) -> None:
        reader = Reader(rig)
        rig.now += 2 * DAY
        reader.poll()
        rig.now += 2 * DAY
        rig.instagram.refuse("expired", path="/v25.0/" + ACCOUNT_ID)
        assert reader.poll()[-1].complete
        reader.close()

    def test_a_passing_fault_of_the_renewal_ends_no_poll(self, rig: CommentsByInstagramRig) -> None:
        reader = Reader(rig)
        rig.now += 2 * DAY
        rig.instagram.faults.add(Fault(path="/refresh_access_token", status=503))
        assert reader.poll()[-1].complete
        rig.now += HOUR
        reader.poll()
        assert self.refreshed(rig) == 2
        reader.close()

    @pytest.mark.parametrize(
        "body",
        [
            "{}",
            "[]",
            '{"access_token": 5, "expires_in": 5}',
            '{"access_token": "x", "expires_in": "soon"}',
            '{"access_token": "x", "expires_in": 999999999999}',
        ],
    )
    def test_an_odd_answer_of_the_renewal_is_no_token(self, rig: CommentsByInstagramRig, body: str) -> None:
        reader = Reader(rig)
        rig.now += 2 * DAY
        rig.instagram.faults.add(Fault(path="/refresh_access_token", status=200, body=body))
        assert reader.poll()[-1].complete
        assert reader.connector.expiries() == []
        reader.close()

    def test_its_answer_tells_what_the_token_may_do(self, rig: CommentsByInstagramRig) -> None:
        rig.instagram.token.scopes.discard("instagram_business_manage_comments")
        reader = Reader(rig)
        rig.now += 2 * DAY
        with pytest.raises(PlatformError, match="instagram_business_manage_comments") as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.PERMISSION
        reader.close()

    def test_the_pages_token_is_never_renewed(self) -> None:
        with CommentsByFacebookRig() as rig:
            reader = Reader(rig)
            rig.now += 50 * DAY
            reader.poll()
            assert all(each.request.path != "/refresh_access_token" for each in rig.instagram.server.ledger)
            reader.close()


class TestLimits:
    @pytest.mark.parametrize(
        ("name", "verdict"),
        [
            ("password", Verdict.CREDENTIAL),
            ("permission", Verdict.PERMISSION),
            ("throttled", Verdict.WAIT),
            ("down", Verdict.RETRY),
        ],
    )
    def test_each_refusal_has_its_verdict(
        self, pretend: PretendInstagram, reader: Reader, name: str, verdict: Verdict
    ) -> None:
        pretend.refuse(name, calls=None)
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is verdict

    def test_what_is_left_of_the_budget_is_passed_on(self, pretend: PretendInstagram, reader: Reader) -> None:
        pretend.usage.set("instagram", 90)
        reader.poll()
        (quota,) = reader.connector.quotas()
        assert (quota.endpoint, quota.limit, quota.remaining) == ("instagram", 100, 10)


class TestProbe:
    def test_comments_that_can_be_read_prove_the_right(self, rig: Any, reader: Reader) -> None:
        rig.customer("hello?")
        assert {each.proof for each in reader.connector.probe()} == {Proof.OK}

    def test_where_nobody_commented_it_is_unknown(self, reader: Reader) -> None:
        proofs = {each.permission: each.proof for each in reader.connector.probe()}
        assert Proof.UNKNOWN in proofs.values()
        assert Proof.OK in proofs.values()

    def test_comments_that_are_counted_and_not_shown_prove_that_it_is_missing(self, rig: Any, reader: Reader) -> None:
        rig.customer("hello?")
        rig.instagram.token.scopes.discard(rig.instagram.login.comments)
        missing = [each for each in reader.connector.probe() if each.proof is Proof.MISSING]
        assert [each.permission for each in missing] == [rig.instagram.login.comments]
        assert missing[0].hint

    def test_it_tries_what_is_watched_and_nothing_else(self, reader: Reader) -> None:
        names = {each.permission for each in reader.connector.probe()}
        assert not {name for name in names if "messages" in name}

    def test_an_empty_inbox_proves_nothing(self, inbox: Reader) -> None:
        findings = {each.permission: each for each in inbox.connector.probe()}
        name = inbox.rig.instagram.login.messages  # type: ignore[attr-defined]
        assert findings[name].proof is Proof.UNKNOWN
        assert "allow access to messages" in findings[name].hint


class TestSettings:
    KEYS: dict[str, Any] = {"account": "acme", "credentials": {"access_token": {"env": "T"}}}  # noqa: RUF012 - constant

    def validated(self, **keys: Any) -> Any:
        return Instagram.Settings.model_validate(self.KEYS | keys, context={"environ": {"T": "a-token-0815"}})

    def test_the_token_is_never_shown(self) -> None:
        assert "a-token-0815" not in repr(self.validated()) + str(self.validated())

    @pytest.mark.parametrize(
        ("keys", "host"),
        [
            ({}, "https://graph.facebook.com"),
            ({"login": "facebook"}, "https://graph.facebook.com"),
            ({"login": "instagram"}, "https://graph.instagram.com"),
            ({"login": "instagram", "base_url": "http://127.0.0.1:9"}, "http://127.0.0.1:9"),
        ],
        ids=str,
    )
    def test_the_login_decides_the_host(self, keys: dict[str, Any], host: str) -> None:
        assert self.validated(**keys).base_url == host

    def test_names_are_the_same_in_any_case(self) -> None:
        assert self.validated(account="Acme").account == "acme"

    @pytest.mark.parametrize(
        "keys",
        [
            {"account": "@acme"},
            {"account": "a" * 31},
            {"login": "meta"},
            {"watch": []},
            {"watch": ["stories"]},
            {"posts_for": "0d"},
            {"team": ["acme help"]},
            {"base_url": "http://graph.facebook.com"},
            {"credentials": {}},
            {"page": "100"},
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.validated(**keys)

    def test_the_page_for_admins_names_everything(self) -> None:
        page = Path(__file__).parents[1].joinpath("docs/connectors/instagram.md").read_text(encoding="utf-8")
        keys = {*Instagram.Settings.model_fields} - {"credentials"} | {"credentials.access_token"}
        names = {*keys, *(each.name for each in Instagram.permissions), *Instagram.endpoints, *Instagram.kinds}
        assert {name for name in names if f"`{name}`" not in page} == set()


def test_the_rigs_secret_and_page_are_the_pretend_ones() -> None:
    assert (APP_SECRET, PAGE_ID) == ("pretend-app-secret", "100200300400500")
