"""What is seen of a Facebook Page: each row of the table in docs/connectors/facebook.md, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connector_contract import LOOKBACK, NOON, SECRET, Reader, all_messages
from rig_facebook import CommentsRig, FacebookRig, PostsRig, waiting
from slamon.connectors._facebook.cursor import Cursor, Known
from slamon.connectors._facebook.messages import Post, comments_of, post_of
from slamon.connectors._facebook.poll import REREAD
from slamon.connectors._facebook.reads import COMMENTS_PAGE, POSTS_PAGE
from slamon.connectors.base import OpenThread
from slamon.connectors.facebook import Facebook
from slamon.model import DAY, HOUR, MINUTE, SECOND, Author, Kind, Message, Side
from slamon.sim.facebook import PAGE_ID, TEAM_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = {"id": PAGE_ID, "name": "Acme"}


@pytest.fixture
def rig() -> Iterator[CommentsRig]:
    with CommentsRig() as each:
        yield each


@pytest.fixture
def reader(rig: CommentsRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


def reads(rig: FacebookRig, name: str = "") -> list[str]:
    """Names of the calls so far, or paths asked under one name."""
    return [call.endpoint for call in rig.calls if name in {"", call.endpoint}]


class TestVisitorPosts:
    def test_a_visitors_post_waits_until_the_page_comments_on_it(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.page.visitor_posts("Ana", "Where is my order?")
        reader.poll()
        said = reader.messages[asked]
        assert (said.kind, said.addressed, said.thread, said.author.name) == (Kind.POST, True, asked, "Ana")
        assert waiting(reader) == {asked}
        rig.now += MINUTE
        rig.page.brand_replies(asked, "On its way")
        reader.poll()
        assert waiting(reader) == set()

    def test_a_strangers_comment_under_it_answers_and_asks_nothing(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.page.visitor_posts("Ana", "Where is my order?")
        rig.page.customer_writes("Zoe", "Same here", asked)
        reader.poll()
        assert waiting(reader) == {asked}

    def test_its_author_asks_again_in_a_comment_of_hers(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.page.visitor_posts("Ana", "Where is my order?")
        rig.page.brand_replies(asked, "On its way", at=NOON + MINUTE)
        again = rig.page.customer_writes("Ana", "It did not come", asked, NOON + HOUR)
        reader.poll()
        assert waiting(reader) == {again}

    def test_its_author_asks_again_under_a_post_from_before_the_start(self, rig: CommentsRig, reader: Reader) -> None:
        old = rig.page.visitor_posts("Ana", "Where is my order?", NOON - LOOKBACK - DAY)
        again = rig.page.customer_writes("Ana", "Still not there", old, NOON - HOUR)
        reader.poll()
        assert old not in reader.messages
        assert waiting(reader) == {again}

    def test_a_post_of_somebody_whom_meta_hides_is_a_customers(self, rig: CommentsRig, reader: Reader) -> None:
        rig.page.hide_author("Ana")
        asked = rig.page.visitor_posts("Ana", "Where is my order?")
        reader.poll()
        assert (reader.messages[asked].author, reader.messages[asked].side) == (Author(""), Side.OTHER)
        assert waiting(reader) == {asked}

    def test_a_post_that_is_not_published_yet_is_none(self, rig: CommentsRig, reader: Reader) -> None:
        rig.page.page_posts("Tomorrow: sale", published=False)
        assert all_messages(reader.poll()) == []

    def test_a_post_that_the_page_hides_is_marked_as_hidden(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.page.visitor_posts("Ana", "Where is my order?")
        reader.poll()
        rig.now += MINUTE
        rig.page.hide(asked)
        reader.poll()
        assert (reader.messages[asked].hidden, reader.gone) == (True, {})
        assert reads(rig, "feed") == ["feed"] * 2
        assert reads(rig, "batch") == [], "it is still in the list"

    def test_an_edited_post_is_read_again(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.page.visitor_posts("Ana", "Wher is it?")
        reader.poll()
        rig.now += MINUTE
        rig.page.edit(asked, "Where is it?")
        assert [said.text for said in all_messages(reader.poll())] == ["Where is it?"]


class TestComments:
    def test_each_commenter_under_a_post_of_the_page_waits_on_their_own(self, rig: CommentsRig, reader: Reader) -> None:
        ana, ben = rig.customer("Where is my order?", by="Ana"), rig.customer("And mine?", by="Ben")
        rig.page.brand_replies(ana, "On its way", at=NOON + MINUTE)
        reader.poll()
        assert waiting(reader) == {ben}
        said = reader.messages[ana]
        assert (said.kind, said.addressed, said.thread, said.in_reply_to) == (Kind.COMMENT, True, rig.post, rig.post)

    def test_the_post_itself_comes_as_ours_however_old_it_is(self, rig: CommentsRig, reader: Reader) -> None:
        rig.customer("Where is my order?")
        reader.poll()
        post = reader.messages[rig.post or ""]
        assert (post.kind, post.side, post.created_at < NOON - LOOKBACK) == (Kind.POST, Side.OURS, True)
        assert post.permalink.startswith("https://www.facebook.com/")

    def test_a_reply_stands_under_its_comment(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Where is my order?", by="Ana")
        answer = rig.page.brand_replies(asked, "On its way", at=NOON + MINUTE)
        again = rig.page.customer_writes("Ana", "When?", answer, NOON + 2 * MINUTE)
        reader.poll()
        assert reader.messages[answer].in_reply_to == reader.messages[again].in_reply_to == asked
        assert waiting(reader) == {again}

    def test_the_team_answers_as_well_as_the_page(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Where is my order?")
        rig.page.brand_replies(asked, "On its way", by=TEAM_PAGE, at=NOON + MINUTE)
        reader.poll()
        assert waiting(reader) == set()

    def test_a_reply_on_the_top_comment_answers_whoever_spoke_last_there(
        self, rig: CommentsRig, reader: Reader
    ) -> None:
        asked = rig.customer("Where is my order?", by="Ana")
        rig.page.brand_replies(asked, "On its way", at=NOON + MINUTE)
        ben = rig.page.customer_writes("Ben", "And mine?", asked, NOON + 2 * MINUTE)
        reader.poll()
        assert waiting(reader) == {ben}
        rig.now = NOON + 3 * MINUTE
        rig.page.brand_replies(ben, "Yours too")
        reader.poll()
        assert waiting(reader) == set()

    def test_a_reply_that_begins_with_a_name_answers_that_person(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Where is my order?", by="Ana")
        rig.page.brand_replies(asked, "Which one?", at=NOON + MINUTE)
        ana = rig.page.customer_writes("Ana", "4711", asked, NOON + 2 * MINUTE)
        ben = rig.page.customer_writes("Ben", "Mine too", asked, NOON + 3 * MINUTE)
        who = rig.page.person("Ana").id
        named = rig.page.comment(PAGE_ID, "on its way", asked, NOON + 4 * MINUTE, tagging=[who])
        reader.poll()
        assert (reader.messages[named].mentions, reader.messages[named].opens_with) == ((who,), who)
        assert waiting(reader) == {ben}, f"{ana} was answered"

    def test_where_facebook_names_the_very_reply_its_author_is_answered(self, rig: CommentsRig, reader: Reader) -> None:
        rig.page.deep = True
        asked = rig.customer("Where is my order?", by="Ana")
        rig.page.brand_replies(asked, "Which one?", at=NOON + MINUTE)
        ana = rig.page.customer_writes("Ana", "4711", asked, NOON + 2 * MINUTE)
        ben = rig.page.customer_writes("Ben", "Mine too", asked, NOON + 3 * MINUTE)
        rig.page.brand_replies(ana, "On its way", at=NOON + 4 * MINUTE)
        reader.poll()
        assert waiting(reader) == {ben}

    def test_a_comment_of_the_page_that_names_somebody_answers_them(self, rig: CommentsRig, reader: Reader) -> None:
        ana, ben = rig.customer("Where is my order?", by="Ana"), rig.customer("And mine?", by="Ben")
        who = rig.page.person("Ana").id
        rig.page.comment(PAGE_ID, "on its way", rig.post or "", NOON + MINUTE, tagging=[who])
        reader.poll()
        assert waiting(reader) == {ben}, f"{ana} was answered"

    def test_hidden_authors_are_a_customer_for_each_comment(self, rig: CommentsRig, reader: Reader) -> None:
        for name in ("Ana", "Ben"):
            rig.page.hide_author(name)
        ana, ben = rig.customer("Where is my order?", by="Ana"), rig.customer("And mine?", by="Ben")
        rig.page.brand_replies(ana, "On its way", at=NOON + MINUTE)
        reader.poll()
        assert reader.messages[ben].author.id == ""
        assert waiting(reader) == {ben}

    def test_a_comment_that_the_page_hides_is_marked_as_hidden(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Where is my order?")
        reader.poll()
        rig.page.hide(asked)
        reader.poll()
        assert reader.messages[asked].hidden

    def test_likes_and_replies_are_its_reach(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.page.comment(rig.page.person("Ana").id, "Hello?", rig.page.page_posts("Sale"), likes=4)
        rig.page.customer_writes("Ben", "Hello!", asked)
        reader.poll()
        assert reader.messages[asked].reach == 5

    def test_a_comment_without_words_is_one(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("")
        reader.poll()
        assert reader.messages[asked].text == ""
        assert waiting(reader) == {asked}

    def test_its_link_leads_to_it(self, rig: CommentsRig, reader: Reader) -> None:
        answer = rig.page.brand_replies(rig.customer("Hello?"), "Yes")
        reader.poll()
        assert "reply_comment_id=81002" in reader.messages[answer].permalink


class TestSurfaces:
    def kinds(self, rig: CommentsRig, *watch: str) -> set[str]:
        """Who is heard of, with a watch like this."""
        post = rig.page.page_posts("Spring sale")
        ad = rig.page.page_posts("Buy now", ad=True)
        rig.page.visitor_posts("visitor", "x")
        rig.page.customer_writes("commenter", "x", post)
        rig.page.customer_writes("buyer", "x", ad)
        rig.page.tags_the_page("tagger", "x")
        rig.keys = {"watch": list(watch)} if watch else {}
        reader = Reader(rig)
        reader.poll()
        reader.close()
        others = [said for said in reader.messages.values() if said.side is Side.OTHER]
        assert {said.advertised for said in others if said.author.name == "buyer"} <= {True}
        assert {said.kind for said in others if not said.author.id} <= {Kind.MENTION}
        return {said.author.name or "tagger" for said in others}

    def test_posts_and_comments_are_watched_unless_said_otherwise(self, rig: CommentsRig) -> None:
        assert self.kinds(rig) == {"visitor", "commenter"}

    @pytest.mark.parametrize(
        ("surface", "name"), [("posts", "visitor"), ("comments", "commenter"), ("ads", "buyer"), ("tags", "tagger")]
    )
    def test_each_surface_can_be_watched_alone(self, rig: CommentsRig, surface: str, name: str) -> None:
        assert self.kinds(rig, surface) == {name}

    def test_a_post_elsewhere_that_tags_the_page_is_answered_under_it(self, rig: CommentsRig) -> None:
        rig.keys = {"watch": ["tags"]}
        asked = rig.page.tags_the_page("Ana", "Where is my order,")
        reader = Reader(rig)
        reader.poll()
        said = reader.messages[asked]
        assert (said.kind, said.author.id, PAGE_ID in said.mentions) == (Kind.MENTION, "", True)
        assert waiting(reader) == {asked}
        rig.page.brand_replies(asked, "On its way", at=NOON + MINUTE)
        reader.poll()
        assert waiting(reader) == set()
        reader.close()

    def test_the_root_of_an_advertisement_says_what_it_is(self, rig: CommentsRig) -> None:
        rig.keys = {"watch": ["ads"]}
        ad = rig.page.page_posts("Buy now", ad=True)
        reader = Reader(rig)
        reader.poll()
        reader.close()
        assert reader.messages[ad].advertised


class TestReach:
    def test_a_post_is_watched_for_as_long_as_said(self, rig: CommentsRig) -> None:
        rig.keys = {"posts_for": "10d"}
        young = rig.page.page_posts("Sale", NOON - 9 * DAY)
        old = rig.page.page_posts("Sale of old", NOON - 11 * DAY)
        asked = [rig.page.customer_writes("Ana", "Still on?", post) for post in (young, old)]
        reader = Reader(rig)
        reader.poll()
        reader.close()
        assert [key in reader.messages for key in asked] == [True, False]

    def test_an_older_post_is_watched_while_somebody_waits_under_it(self, rig: CommentsRig) -> None:
        rig.keys = {"posts_for": "10d"}
        post = rig.page.page_posts("Sale", NOON - 9 * DAY)
        asked = rig.page.customer_writes("Ana", "Still on?", post)
        reader = Reader(rig)
        reader.poll()
        rig.now += 3 * DAY
        rig.page.brand_replies(asked, "No")
        reader.poll()
        assert waiting(reader) == set()
        rig.now += MINUTE
        rig.calls.clear()
        reader.poll()
        assert reads(rig) == ["feed"], "nobody waits there any more"
        reader.close()

    def test_a_post_that_meta_ranks_first_hides_no_newer_one(self, rig: CommentsRig, reader: Reader) -> None:
        old = rig.page.page_posts("Pinned", NOON - 300 * DAY)
        rig.page.pin(old)
        asked = rig.page.visitor_posts("Ana", "Where is my order?")
        reader.poll()
        assert (asked in reader.messages, old in reader.messages) == (True, False)

    def test_comments_from_before_the_start_are_nobodys_wait(self, rig: CommentsRig, reader: Reader) -> None:
        old = rig.customer("Long ago", at=NOON - LOOKBACK - HOUR)
        reader.poll()
        rig.now += MINUTE
        new = rig.customer("Just now")
        reader.poll()
        assert (old in reader.messages, new in reader.messages) == (False, True)

    def test_the_feed_is_read_until_a_whole_page_is_too_old(self, rig: CommentsRig, reader: Reader) -> None:
        for day in range(POSTS_PAGE + 60):
            rig.page.page_posts(f"Day {day}", NOON - day * DAY)
        reader.poll()
        assert reads(rig) == ["me", "feed", "feed"], "30 of the first page are young, none of the second"


class TestCost:
    def test_a_poll_of_a_quiet_page_is_one_call(self, rig: CommentsRig, reader: Reader) -> None:
        rig.page.brand_replies(rig.customer("Hello?"), "Hi", at=NOON + SECOND)
        reader.poll()
        rig.calls.clear()
        rig.now += MINUTE
        reader.poll()
        assert reads(rig) == ["feed"]

    def test_only_posts_where_something_moved_are_read(self, rig: CommentsRig, reader: Reader) -> None:
        posts = [rig.page.page_posts(f"Post {number}") for number in range(4)]
        for post in posts:
            rig.page.brand_replies(rig.page.customer_writes("Ana", "Hello?", post), "Hi", at=NOON + SECOND)
        reader.poll()
        rig.calls.clear()
        rig.now += MINUTE
        rig.page.brand_replies(posts[2], "One more thing")
        reader.poll()
        assert reads(rig) == ["feed", "comments"]

    @pytest.mark.parametrize("touched", [True, False])
    def test_a_comment_that_came_for_one_that_went_is_noticed(
        self, rig: CommentsRig, reader: Reader, *, touched: bool
    ) -> None:
        rig.page.touched = touched
        asked = rig.customer("Hello?", by="Ana")
        chat = rig.page.customer_writes("Zoe", "Hi all", asked, NOON + SECOND)
        rig.page.brand_replies(asked, "Hi", at=NOON + 2 * SECOND)
        reader.poll()
        rig.now += MINUTE
        rig.page.delete(chat)
        new = rig.customer("Is it open?", by="Ben")
        reader.poll()
        assert waiting(reader) == {new}

    def test_of_those_who_wait_the_most_urgent_are_read_again_each_time(self, rig: CommentsRig, reader: Reader) -> None:
        for number in range(REREAD + 3):
            rig.page.customer_writes("Ana", "Hello?", rig.page.page_posts(f"Post {number}"))
        reader.poll()
        rig.calls.clear()
        rig.now += MINUTE
        assert all_messages(reader.poll()) == []
        assert reads(rig) == ["feed"] + ["comments"] * REREAD

    def test_who_waits_far_down_a_list_is_not_looked_up_by_polls(self, rig: CommentsRig, reader: Reader) -> None:
        for number in range(COMMENTS_PAGE + 5):
            rig.customer("me too", by=f"c{number}", at=NOON - DAY + number * MINUTE)
        reader.poll()
        first = next(key for key, said in reader.messages.items() if said.text == "me too")
        threads = [OpenThread(rig.post or "", "x", (first, "700100200300400_81001"), NOON - DAY)]
        rig.calls.clear()
        list(reader.connector.fetch(reader.identity, reader.cursor, threads))
        assert reads(rig) == ["feed", "comments"]

    def test_an_older_post_that_the_feed_still_shows_is_not_looked_up(self, rig: CommentsRig) -> None:
        rig.keys = {"posts_for": "10d"}
        post = rig.page.page_posts("Sale", NOON - 9 * DAY)
        rig.page.customer_writes("Ana", "Still on?", post)
        reader = Reader(rig)
        reader.poll()
        rig.now += 3 * DAY
        rig.calls.clear()
        reader.poll()
        reader.close()
        assert reads(rig) == ["feed", "comments"]

    def test_from_ninety_percent_of_a_budget_on_nothing_is_read_that_did_not_move(
        self, rig: CommentsRig, reader: Reader
    ) -> None:
        rig.customer("Hello?")
        reader.poll()
        rig.facebook.usage.set("pages", 90)
        rig.calls.clear()
        reader.poll()
        assert reads(rig) == ["feed"]

    def test_a_look_at_many_threads_is_one_batch(self, rig: CommentsRig, reader: Reader) -> None:
        asked = [rig.page.customer_writes("Ana", "Hello?", rig.page.page_posts(f"Post {n}")) for n in range(12)]
        reader.poll()
        rig.calls.clear()
        threads = [OpenThread(reader.messages[key].thread, "x", (key,), NOON) for key in asked]
        list(reader.connector.recheck(reader.identity, reader.cursor, threads))
        assert reads(rig) == ["batch"]

    def test_what_was_read_before_is_not_paged_through_again(self, rig: CommentsRig, reader: Reader) -> None:
        for number in range(3 * COMMENTS_PAGE):
            rig.customer(f"number {number}", by=f"c{number}", at=NOON - DAY + number * MINUTE)
        reader.poll()
        rig.now += MINUTE
        rig.customer("one more")
        rig.calls.clear()
        reader.poll()
        assert reads(rig) == ["feed", "comments"]

    def test_the_list_is_read_to_its_end_where_it_is_not_newest_first(self, rig: CommentsRig, reader: Reader) -> None:
        rig.facebook.shapes.orders = False
        for number in range(COMMENTS_PAGE + 10):
            rig.customer(f"number {number}", by=f"c{number}", at=NOON - DAY + number * SECOND)
        reader.poll()
        rig.now += MINUTE
        new = rig.customer("one more")
        reader.poll()
        assert new in reader.messages
        rig.now += MINUTE
        assert all_messages(reader.poll()) == []


class TestCursor:
    known = Known(NOON, NOON - 1, "m", "w", "d", PAGE_ID, advertised=True, kind=Kind.MENTION, unread_before=3)

    def test_what_is_written_is_read(self) -> None:
        cursor = Cursor(5, {"1_2": self.known})
        assert Cursor.parse(cursor.text(), 7) == cursor

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "5",
            "null",
            "{",
            "[]",
            "{}",
            '{"start": "x", "posts": {}}',
            '{"start": 5, "posts": {"1": []}}',
            '{"start": 5, "posts": {"1": [1, 2, 3, "w", "d", "a", 0, "post", 0]}}',
            '{"start": 5, "posts": {"1": [1, -2, "m", "w", "d", "a", 0, "post", 0]}}',
            '{"start": 5, "posts": {"1": [1, 2, "m", "w", "d", "a", 0, "song", 0]}}',
            '{"start": 5, "posts": {"1": [1, 2, "m", "w", "d", "a", 0, "post", "x"]}}',
        ],
    )
    def test_what_is_no_cursor_starts_anew(self, text: str | None) -> None:
        assert Cursor.parse(text, 7) == Cursor(7)

    def test_it_holds_no_more_than_the_newest_posts(self) -> None:
        many = {str(n): Known(n, 0, "", "", "", "", advertised=False) for n in range(2_500)}
        assert min(map(int, Cursor.parse(Cursor(5, many).text(), 7).posts)) == 500

    def test_a_month_of_posts_fits_into_some_kilobytes(self, rig: CommentsRig, reader: Reader) -> None:
        for number in range(100):
            rig.page.page_posts(f"Post {number}", NOON - number * HOUR)
        reader.poll()
        assert len(reader.cursor or "") < 15_000

    def test_a_poll_with_a_broken_cursor_reads_from_the_lookback_on(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Hello?")
        reader.cursor = "{"
        reader.poll()
        assert asked in reader.messages


class TestOddValues:
    post = Post("1_2", NOON, "1", ours=True)
    raw: dict[str, Any] = {"id": "2_3", "created_time": "2026-03-02T09:14:55+0000", "from": {"id": "5", "name": "Ana"}}  # noqa: RUF012 - never changed

    def read(self, **changed: Any) -> Message:
        (message,), _ = comments_of([{**self.raw, **changed}], self.post, frozenset({"1"}))
        return message

    def test_little_is_needed(self) -> None:
        (message,), _ = comments_of([{"id": "2_3", "created_time": "2026-03-02T09:14:55+0000"}], self.post, frozenset())
        assert (message.author, message.text, message.reach) == (Author(""), "", None)

    def test_a_bare_id_gets_its_post_before_it(self) -> None:
        said = self.read(id="3", parent={"id": "9"})
        assert (said.id, said.in_reply_to) == ("2_3", "2_9")

    def test_an_author_that_cannot_be_read_is_no_hidden_one(self) -> None:
        good, bad = comments_of([{**self.raw, "from": 5}, {**self.raw, "from": {"id": 5}}], self.post, frozenset())
        assert (good, len(bad)) == ([], 2)

    def test_a_comment_without_a_time_is_set_aside_and_the_rest_goes_on(self) -> None:
        good, bad = comments_of([{"id": "2_3"}, self.raw], self.post, frozenset())
        assert ([said.id for said in good], [(each.id, each.reason) for each in bad]) == (
            ["2_3"],
            [("2_3", "missing 'created_time'")],
        )

    def test_tags_are_read_in_the_order_of_the_text(self) -> None:
        tags = [{"id": "8", "offset": 9}, {"id": "7", "offset": 2}, 5, {"id": "6"}]
        said = self.read(message_tags=tags)
        assert (said.mentions, said.opens_with) == (("7", "8"), None)

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "from",
                    "parent",
                    "created_time",
                    "message",
                    "message_tags",
                    "like_count",
                    "is_hidden",
                    "comments",
                ]
            ),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(st.sampled_from(["id", "name", "offset", "data"]), inner, max_size=3)
                ),
                max_leaves=6,
            ),
        )
    )
    def test_any_comment_and_any_post_is_a_message_or_a_reject(self, changed: dict[str, Any]) -> None:
        good, bad = comments_of([{**self.raw, **changed}], self.post, frozenset({"1"}))
        assert len(good) + len(bad) == 1
        try:
            post_of({**self.raw, **changed}, frozenset())
        except (LookupError, TypeError, ValueError, AttributeError):
            return


class TestSettings:
    def read(self, **keys: Any) -> Any:
        data = {"account": PAGE_ID, "credentials": {"access_token": {"env": "TOKEN"}}, **keys}
        return Facebook.Settings.model_validate(data, context={"environ": {"TOKEN": SECRET}})

    def test_little_is_needed(self) -> None:
        read = self.read()
        assert (read.posts_for, read.team, [str(each) for each in read.watch]) == (30 * DAY, (), ["posts", "comments"])

    @pytest.mark.parametrize(
        "keys", [{"account": "acme"}, {"team": ["acme"]}, {"watch": []}, {"watch": ["likes"]}, {"posts_for": "0s"}]
    )
    def test_what_could_only_be_a_mistake_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.read(**keys)


def test_both_rigs_share_a_page_and_differ_in_where_people_write() -> None:
    with PostsRig() as posts, CommentsRig() as comments:
        assert posts.customer("x").startswith(PAGE_ID)
        assert not comments.customer("x").startswith(PAGE_ID)
