"""X's posts are understood as X means them: the traps of API v2's data one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.connectors._x.ids import SNOWFLAKE_EPOCH, created
from slamon.connectors._x.posts import around, is_newest_version, messages
from slamon.model import HOUR, MINUTE, Kind, Message, Side
from x_client import AT, an_id, mention, post

if TYPE_CHECKING:
    from collections.abc import Mapping


OURS = frozenset({"900", "901"})


def read(*posts: Any, **includes: Any) -> list[Message]:
    good, bad = messages(posts, around({"includes": includes}, OURS))
    assert bad == []
    return good


def one(includes: Mapping[str, Any] | None = None, /, **facts: Any) -> Message:
    (message,) = read(post(**facts), **(includes or {}))
    return message


def mentions_of(text: str, *found: dict[str, Any], own_from: int | None = None, **facts: Any) -> Message:
    span: dict[str, Any] = {} if own_from is None else {"display_text_range": [own_from, len(text)]}
    return one(text=text, entities={"mentions": list(found)}, **span, **facts)


class TestTexts:
    def test_the_three_escapes_of_x_are_undone_and_only_once(self) -> None:
        assert one(text="a &amp; b &lt;c&gt; &amp;amp; &copy;").text == "a & b <c> &amp; &copy;"

    @pytest.mark.parametrize("key", ["note_tweet", "note_post"])
    def test_of_a_long_post_the_whole_text_counts(self, key: str) -> None:
        assert one(text="cut…", **{key: {"text": "whole &amp; long"}}).text == "whole & long"

    @pytest.mark.parametrize(("tag", "language"), [("en", "en"), ("und", ""), ("qme", ""), ("zxx", ""), (None, "")])
    def test_a_language_that_x_did_not_find_is_none(self, tag: str | None, language: str) -> None:
        assert one(lang=tag).language == language


class TestAuthors:
    def test_name_handle_followers_and_badge_come_from_the_includes(self) -> None:
        ann = {"id": "55", "name": "Ann\0 \u202e", "username": "ann_t", "public_metrics": {"followers_count": 120}}
        author = one({"users": [ann | {"verified": True, "verified_type": "business"}]}).author
        assert (author.id, author.handle, author.name) == ("55", "ann_t", "Ann \u202e")
        assert (author.followers, author.verified) == (120, "business")

    @pytest.mark.parametrize(
        ("facts", "badge"),
        [
            ({"verified": True}, "blue"),
            ({"verified": False}, ""),
            ({"verified": True, "verified_type": "blue"}, "blue"),
            ({"verified": False, "verified_type": "government"}, "government"),
            ({"verified": True, "verified_type": "none"}, ""),
            ({"verified_type": "martian"}, ""),
        ],
    )
    def test_a_badge_is_one_that_x_gives(self, facts: dict[str, Any], badge: str) -> None:
        assert one({"users": [{"id": "55", **facts}]}).author.verified == badge

    def test_an_author_who_is_not_included_is_known_by_id(self) -> None:
        message = one()
        assert (message.author.id, message.author.handle) == ("55", "")
        assert message.permalink == f"https://x.com/i/status/{message.id}"

    def test_a_hostile_handle_gets_into_no_link(self) -> None:
        message = one({"users": [{"id": "55", "username": "x/../evil?"}]})
        assert message.author.handle == ""
        assert message.permalink.startswith("https://x.com/i/status/")

    @pytest.mark.parametrize(("author", "side"), [("900", Side.OURS), ("901", Side.OURS), ("55", Side.OTHER)])
    def test_the_account_and_its_team_are_ours(self, author: str, side: Side) -> None:
        assert one(author_id=author).side is side


class TestMentions:
    def test_a_name_in_the_own_words_is_a_mention_and_may_open_them(self) -> None:
        message = mentions_of("@acme hello", mention(0, "900"))
        assert (message.mentions, message.carried, message.opens_with) == (("900",), (), "900")

    def test_what_the_reply_prefix_carries_on_is_no_mention(self) -> None:
        message = mentions_of("@acme @bob same here", mention(0, "900"), mention(6, "7"), own_from=11)
        assert (message.mentions, message.carried, message.opens_with) == ((), ("900", "7"), None)

    def test_behind_the_prefix_own_words_count_again(self) -> None:
        message = mentions_of("@bob @acme help", mention(0, "7"), mention(5, "900"), own_from=5)
        assert (message.mentions, message.carried, message.opens_with) == (("900",), ("7",), "900")

    def test_a_name_in_the_middle_opens_nothing(self) -> None:
        message = mentions_of("hello @acme and @bob", mention(6, "900"), mention(16, "7"))
        assert (message.mentions, message.opens_with) == (("900", "7"), None)

    def test_each_name_counts_once(self) -> None:
        assert mentions_of("@acme @acme", mention(0, "900"), mention(6, "900")).mentions == ("900",)

    def test_without_an_id_the_name_stands_in_lower_case(self) -> None:
        message = one(text="@Acme hi", entities={"mentions": [{"start": 0, "end": 5, "username": "Acme"}]})
        assert message.mentions == ("acme",)

    def test_names_in_the_rest_of_a_long_post_are_its_own(self) -> None:
        note = {
            "text": "@bob " + "x" * 300 + " @acme",
            "entities": {"mentions": [mention(0, "7"), mention(306, "900")]},
        }
        message = mentions_of("@bob xxx…", mention(0, "7"), own_from=5, note_tweet=note)
        assert (message.mentions, message.carried) == (("900",), ("7",))


class TestLinks:
    @pytest.mark.parametrize("key", ["referenced_tweets", "referenced_posts"])
    def test_a_reply_names_its_parent_in_either_spelling(self, key: str) -> None:
        message = one(**{key: [{"type": "replied_to", "id": "17"}], "in_reply_to_user_id": "900"})
        assert (message.in_reply_to, message.in_reply_to_author, message.kind) == ("17", "900", Kind.MENTION)

    @pytest.mark.parametrize(
        "facts", [{"referenced_tweets": [{"type": "retweeted", "id": "17"}]}, {"text": "RT @acme: hello"}]
    )
    def test_retweets_are_left_out(self, facts: dict[str, Any]) -> None:
        assert read(post(**facts)) == []

    @pytest.mark.parametrize("key", ["tweets", "posts"])
    def test_a_customers_quote_of_our_post_is_a_quote(self, key: str) -> None:
        quoted = {"id": "17", "author_id": "900", "conversation_id": "16"}
        message = one({key: [quoted]}, referenced_tweets=[{"type": "quoted", "id": "17"}])
        assert (message.kind, message.quotes_author, message.in_reply_to) == (Kind.QUOTE, "900", None)
        assert message.thread == message.id

    def test_our_quote_of_a_customers_post_answers_it_in_its_thread(self) -> None:
        quoted = {"id": "17", "author_id": "55", "conversation_id": "16"}
        message = one({"tweets": [quoted]}, author_id="900", referenced_tweets=[{"type": "quoted", "id": "17"}])
        assert (message.kind, message.in_reply_to, message.thread) == (Kind.MENTION, "17", "16")

    def test_our_quote_of_our_own_post_answers_nobody(self) -> None:
        quoted = {"id": "17", "author_id": "901", "conversation_id": "16"}
        message = one({"tweets": [quoted]}, author_id="900", referenced_tweets=[{"type": "quoted", "id": "17"}])
        assert (message.in_reply_to, message.thread) == (None, message.id)

    def test_a_reply_that_quotes_as_well_is_a_reply(self) -> None:
        links = [{"type": "quoted", "id": "17"}, {"type": "replied_to", "id": "18"}]
        quoted = {"id": "17", "author_id": "900", "conversation_id": "16"}
        message = one({"tweets": [quoted]}, referenced_tweets=links)
        assert (message.kind, message.in_reply_to, message.quotes_author) == (Kind.MENTION, "18", "900")

    def test_a_quote_of_a_post_that_is_not_shown_is_of_nobody(self) -> None:
        message = one(referenced_tweets=[{"type": "quoted", "id": "17"}])
        assert (message.kind, message.quotes_author) == (Kind.MENTION, None)


class TestTimes:
    def test_an_id_gives_the_time_to_the_millisecond(self) -> None:
        assert one(id=an_id(AT + 123)).created_at == AT + 123

    def test_an_id_that_holds_another_time_gives_way_to_the_stated_one(self) -> None:
        assert one(id="105").created_at == AT

    def test_without_a_stated_time_the_id_says_it(self) -> None:
        assert one(created_at=None).created_at == AT

    @pytest.mark.parametrize("key", ["edit_history_tweet_ids", "edit_history_post_ids"])
    def test_an_edited_post_keeps_its_first_id_and_time(self, key: str) -> None:
        versions = [an_id(AT), an_id(AT + MINUTE), an_id(AT + HOUR)]
        raw = post(id=versions[-1], created_at="2025-11-16T10:15:42.000Z")
        del raw["edit_history_tweet_ids"]
        (message,) = read(raw | {key: versions})
        assert (message.id, message.aliases) == (versions[0], tuple(versions[1:]))
        assert (message.created_at, message.edited_at) == (AT, AT + HOUR)
        assert message.permalink.endswith(versions[-1])

    @given(st.integers(SNOWFLAKE_EPOCH, SNOWFLAKE_EPOCH + (1 << 41)), st.integers(0, (1 << 22) - 1))
    def test_ids_and_times_are_one(self, at: int, number: int) -> None:
        assert created(an_id(at, number)) == at

    def test_only_the_newest_version_of_a_post_speaks_for_it(self) -> None:
        old, new = an_id(AT), an_id(AT + MINUTE)
        assert is_newest_version(post(id=new, edit_history_tweet_ids=[old, new]))
        assert not is_newest_version(post(id=old, edit_history_tweet_ids=[old, new]))


class TestReach:
    @pytest.mark.parametrize(
        ("metrics", "reach"),
        [
            ({"impression_count": 210, "like_count": 3}, 210),
            ({"like_count": 3, "retweet_count": 2}, 5),
            ({"like_count": 3, "repost_count": 2}, 5),
            ({}, None),
            (None, None),
            ({"impression_count": -1, "like_count": "3"}, None),
        ],
    )
    def test_reach_is_impressions_or_else_likes_and_reposts(self, metrics: Any, reach: int | None) -> None:
        assert one(public_metrics=metrics).reach == reach


class TestRejects:
    @pytest.mark.parametrize(
        "odd",
        [
            None,
            5,
            "text",
            [],
            {},
            post(id=None),
            post(id=105),
            post(id="1" * 5000),
            post(id="１２"),  # noqa: RUF001 - digits, but not those of an id
            post(text=None),
            post(text=["a"]),
            post(author_id=None),
            post(author_id={"id": "5"}),
            post(created_at="yesterday"),
            post(created_at="2025-11-16T09:15:42"),
            post(conversation_id=5),
            post(in_reply_to_user_id=[]),
            post(referenced_tweets=[{"type": "replied_to"}]),
            post(referenced_tweets=5),
            post(edit_history_tweet_ids=[None]),
            post(entities={"mentions": [None]}),
            post(display_text_range=[None, 4], entities={"mentions": [mention(0, "9")]}),
        ],
        ids=lambda odd: json.dumps(odd)[:40],
    )
    def test_a_post_that_cannot_be_read_is_set_aside_and_its_page_goes_on(self, odd: Any) -> None:
        good, bad = messages([odd, post()], around({}, OURS))
        assert [message.id for message in good] == [an_id()]
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
        good, bad = messages([odd], around({"includes": odd}, OURS))
        assert (good, len(bad)) == ([], 1)
