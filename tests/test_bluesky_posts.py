"""Bluesky's posts are understood as Bluesky means them: bytes, made-up times, quotes, and what can be odd in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.connectors._bluesky import ids
from slamon.connectors._bluesky.people import People, author, is_bot
from slamon.connectors._bluesky.posts import Around, messages, named, quoted, root_of
from slamon.model import DAY, HOUR, MINUTE, SECOND, Author, Kind, Message, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

AT = 1_795_348_800_000
"""2026-11-22T12:00:00Z."""
SEEN, STATED = "2026-11-22T12:00:01.000Z", "2026-11-22T12:00:00.000Z"
ACME, HELP, ANN, BOB = (f"did:plc:{name}" for name in ("acme", "help", "ann", "bob"))
OURS = frozenset({ACME, HELP})


def uri(did: str, key: str = "3kabcdefghi2a") -> str:
    return f"at://{did}/app.bsky.feed.post/{key}"


def post(did: str = ANN, **record: Any) -> dict[str, Any]:
    plain = {"$type": "app.bsky.feed.post", "text": "hello", "createdAt": STATED}
    return {
        "uri": uri(did),
        "cid": "bafyone",
        "author": {"did": did, "handle": "ann.bsky.social", "displayName": "Ann"},
        "record": plain | record,
        "indexedAt": SEEN,
    }


def one(shown: dict[str, Any], **around: Any) -> Message:
    (message,), bad = messages([shown], Around(OURS, AT + MINUTE, **around))
    assert bad == []
    return message


def mention(did: str, start: Any, end: Any = 99) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def quote(did: str) -> dict[str, Any]:
    return {"$type": "app.bsky.embed.record", "record": {"uri": uri(did, "3kquoted"), "cid": "bafytwo"}}


def reply(parent: str, root: str) -> dict[str, Any]:
    return {"parent": {"uri": parent, "cid": "bafyp"}, "root": {"uri": root, "cid": "bafyr"}}


class TestMentions:
    def test_places_are_counted_in_bytes(self) -> None:
        message = one(post(text="é @acme hi", facets=[mention(ACME, 3, 8)]))
        assert (message.mentions, message.opens_with) == ((ACME,), None)
        assert one(post(text="\u2003@acme", facets=[mention(ACME, 3, 8)])).opens_with == ACME

    def test_they_stand_in_the_order_of_the_text_and_each_once(self) -> None:
        facets = [mention(BOB, 6), mention(ACME, 0), mention(BOB, 12)]
        assert one(post(text="@acme @bob @bob", facets=facets)).mentions == (ACME, BOB)

    def test_a_name_that_only_stands_in_the_text_is_none(self) -> None:
        assert one(post(text="@acme.bsky.social hi")).mentions == ()

    def test_one_without_a_good_place_counts_but_opens_nothing(self) -> None:
        message = one(post(text="@acme", facets=[mention(ACME, None)]))
        assert (message.mentions, message.opens_with) == ((ACME,), None)

    def test_links_and_tags_name_nobody_and_leave_the_text_alone(self) -> None:
        link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/long"}
        tag = {"$type": "app.bsky.richtext.facet#tag", "tag": "parcel"}
        facets = [{"index": {"byteStart": 0, "byteEnd": 9}, "features": [link, tag]}]
        message = one(post(text="a.example… #parcel", facets=facets))
        assert (message.mentions, message.text) == ((), "a.example… #parcel")

    odd = st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["index", "features", "byteStart", "$type", "did"]), inner)
        ),
        max_leaves=10,
    )

    @given(st.text(), odd)
    def test_whatever_stands_there_nothing_raises(self, text: str, facets: Any) -> None:
        mentions, first = named(text, facets)
        assert first is None or first in mentions

    @given(st.text(max_size=20), st.text(max_size=20))
    def test_it_opens_the_text_when_only_space_is_before_it(self, before: str, after: str) -> None:
        start = len(before.encode())
        _, first = named(f"{before}@acme{after}", [mention(ACME, start, start + 5)])
        assert (first == ACME) is (not before.strip())


class TestTimes:
    def test_the_stated_time_counts_while_it_is_not_after_the_one_at_which_it_was_seen(self) -> None:
        assert one(post()).created_at == AT
        assert one(post(createdAt="2026-11-22T13:00:00+01:00")).created_at == AT

    @pytest.mark.parametrize(
        "stated",
        ["2030-01-01T00:00:00Z", "2026-11-22T12:00:01.001Z", "1969-12-31T23:59:59Z", "yesterday", None, 5, ""],
    )
    def test_a_later_or_absurd_one_gives_way(self, stated: Any) -> None:
        assert one(post(createdAt=stated)).created_at == AT + SECOND

    def test_a_zone_that_is_missing_makes_it_absurd(self) -> None:
        assert one(post(createdAt="2026-11-22T11:00:00")).created_at == AT + SECOND

    def test_long_fractions_of_a_second_are_cut(self) -> None:
        assert one(post(createdAt="2026-11-22T11:59:59.123456789Z")).created_at == AT - SECOND + 123

    def test_a_record_that_nobody_dates_is_held_to_the_clock_and_else_to_its_key(self) -> None:
        now, key = AT, ids.key_at(AT - HOUR)
        assert ids.written_at("2026-11-22T12:00:30Z", None, now, key) == AT + 30 * SECOND
        assert ids.written_at("2027-11-22T12:00:00Z", None, now, key) == AT - HOUR
        assert ids.written_at(None, None, now, "self") == now
        assert ids.written_at(None, None, now, ids.key_at(AT + DAY)) == now

    @given(st.integers(0, 1 << 42))
    def test_keys_tell_their_time_and_sort_by_it(self, at: int) -> None:
        assert ids.key_time(ids.key_at(at)) == at
        assert ids.key_at(at) < ids.key_at(at + 1)
        assert ids.key_before(ids.key_at(at + 1)) < ids.key_at(at + 1)

    @given(st.text(), st.integers(0, 1 << 45))
    def test_no_stated_time_raises_or_is_believed_beyond_what_was_seen(self, stated: str, seen: int) -> None:
        assert 0 <= ids.written_at(stated, seen, AT) <= seen

    @given(st.text(min_size=1))
    def test_the_key_before_another_sorts_before_it(self, key: str) -> None:
        assert ids.key_before(key) < key


class TestLinks:
    def test_a_reply_knows_thread_parent_and_whom_it_answers(self) -> None:
        message = one(post(reply=reply(uri(ACME, "3kparent"), uri(BOB, "3kroot"))))
        assert (message.thread, message.in_reply_to) == (uri(BOB, "3kroot"), uri(ACME, "3kparent"))
        assert (message.in_reply_to_author, message.kind) == (ACME, Kind.MENTION)

    def test_a_post_of_its_own_is_its_thread(self) -> None:
        message = one(post())
        assert (message.thread, message.in_reply_to, message.in_reply_to_author) == (message.id, None, None)

    def test_a_customers_quote_of_ours_is_a_quote(self) -> None:
        message = one(post(embed=quote(ACME)))
        assert (message.kind, message.quotes_author, message.in_reply_to) == (Kind.QUOTE, ACME, None)

    def test_with_pictures_too(self) -> None:
        embed = {"$type": "app.bsky.embed.recordWithMedia", "record": quote(ACME), "media": {}}
        assert one(post(embed=embed)).kind is Kind.QUOTE

    def test_our_quote_of_a_customer_answers_in_the_customers_thread(self) -> None:
        views = {uri(ANN, "3kquoted"): post(reply=reply(uri(BOB, "3kroot"), uri(BOB, "3kroot")))}
        message = one(post(ACME, embed=quote(ANN)), views=views)
        assert (message.thread, message.in_reply_to) == (uri(BOB, "3kroot"), uri(ANN, "3kquoted"))
        assert (message.side, message.kind) == (Side.OURS, Kind.MENTION)
        assert one(post(ACME, embed=quote(ANN))).thread == uri(ANN, "3kquoted"), "where its thread cannot be seen"

    def test_our_quote_of_our_own_post_answers_nobody(self) -> None:
        message = one(post(ACME, embed=quote(HELP)))
        assert (message.in_reply_to, message.thread) == (None, message.id)

    def test_a_reply_that_quotes_as_well_is_a_reply(self) -> None:
        message = one(post(embed=quote(ACME), reply=reply(uri(BOB, "3kp"), uri(BOB, "3kr"))))
        assert (message.kind, message.in_reply_to) == (Kind.MENTION, uri(BOB, "3kp"))
        assert quoted(post(embed=quote(ACME), reply={"root": {}})) is None

    @pytest.mark.parametrize("kind", ["app.bsky.graph.list", "app.bsky.feed.generator"])
    def test_what_is_embedded_and_no_post_is_no_quote(self, kind: str) -> None:
        embed = {"$type": "app.bsky.embed.record", "record": {"uri": f"at://{ACME}/{kind}/3k", "cid": "b"}}
        assert one(post(embed=embed)).quotes_author is None

    def test_a_link_goes_by_what_never_changes(self) -> None:
        assert one(post()).permalink == f"https://bsky.app/profile/{ANN}/post/3kabcdefghi2a"


class TestPeople:
    def test_name_handle_badge_and_followers(self) -> None:
        verification = {"verifiedStatus": "valid", "trustedVerifierStatus": "none", "verifications": []}
        shown = {"did": ANN, "handle": "ann.example.org", "displayName": "Ann\0 \u202e", "verification": verification}
        found = author(shown | {"followersCount": 7}, ANN)
        assert found == Author(ANN, "ann.example.org", "Ann \u202e", 7, "verified")

    @pytest.mark.parametrize(
        ("verification", "badge"),
        [
            ({"verifiedStatus": "valid", "trustedVerifierStatus": "valid"}, "verifier"),
            ({"verifiedStatus": "invalid", "trustedVerifierStatus": "none"}, ""),
            ({}, ""),
            (None, ""),
            ("valid", ""),
        ],
    )
    def test_a_badge_is_one_that_is_valid(self, verification: Any, badge: str) -> None:
        assert author({"did": ANN, "verification": verification}, ANN).verified == badge

    @pytest.mark.parametrize("handle", ["handle.invalid", "x/../evil?", "ann", "a" * 300 + ".org", None, 5])
    def test_a_handle_that_leads_nowhere_is_none(self, handle: Any) -> None:
        assert author({"did": ANN, "handle": handle}, ANN).handle == ""

    def test_a_profile_of_somebody_else_is_not_believed(self) -> None:
        assert one(post() | {"author": {"did": BOB, "handle": "bob.bsky.social"}}).author == Author(ANN)

    def test_the_label_of_a_machine_counts_until_it_is_taken_back(self) -> None:
        label = {"src": ANN, "uri": f"at://{ANN}", "val": "bot", "cts": STATED}
        assert is_bot({"labels": [label]})
        assert not is_bot({"labels": [label | {"neg": True}]})
        assert not is_bot({"labels": [label | {"val": "spam"}, None, 5]})
        assert one(post() | {"author": {"did": ANN, "labels": [label]}}).automated

    def test_they_are_asked_for_once_a_day(self) -> None:
        asked: list[Sequence[str]] = []
        clock = [AT]

        def ask(dids: Sequence[str]) -> list[Any]:
            asked.append(tuple(dids))
            return [{"did": did, "followersCount": 7, "handle": "new.example.org"} for did in dids if did != BOB]

        people = People(ask, lambda: clock[0])
        people.meet([ANN, BOB, ANN])
        people.meet([BOB, ANN])
        clock[0] += DAY
        people.meet([ANN])
        assert asked == [(ANN, BOB), (ANN,)]
        assert people.completed(Author(ANN, "ann.example.org")) == Author(ANN, "ann.example.org", "", 7)
        assert people.completed(Author(BOB, "bob.example.org")).followers is None


class TestReach:
    def test_it_is_what_is_counted_by_the_network(self) -> None:
        counts = {"likeCount": 3, "repostCount": 2, "replyCount": 1, "quoteCount": 4, "bookmarkCount": 50}
        assert one(post(), views={uri(ANN): counts}).reach == 10
        assert one(post() | counts).reach == 10

    @pytest.mark.parametrize("counts", [{}, {"likeCount": -1}, {"likeCount": "3"}, {"likeCount": None}])
    def test_what_is_not_counted_is_unknown(self, counts: dict[str, Any]) -> None:
        assert one(post() | counts).reach is None


class TestWords:
    @pytest.mark.parametrize(
        ("langs", "language"), [(["en"], "en"), (["pt-BR", "en"], "pt-BR"), ([], ""), (None, ""), ([5], ""), ("en", "")]
    )
    def test_the_first_language_is_that_of_the_text(self, langs: Any, language: str) -> None:
        assert one(post(langs=langs)).language == language

    def test_a_post_without_words_is_a_post(self) -> None:
        assert one(post(text="")).text == ""

    def test_what_we_hid_is_hidden(self) -> None:
        assert one(post(), hidden=frozenset({uri(ANN)})).hidden


class TestRejects:
    @pytest.mark.parametrize(
        "odd",
        [
            None,
            5,
            "text",
            [],
            {},
            {**post(), "uri": None},
            {**post(), "uri": "https://bsky.app/profile/ann"},
            {**post(), "uri": "at://ann.bsky.social/app.bsky.feed.post/3k"},
            {**post(), "uri": f"at://{ANN}/app.bsky.feed.like/3k"},
            {**post(), "uri": f"at://{ANN}/app.bsky.feed.post/{'3' * 600}"},
            {**post(), "record": None},
            post(text=None),
            post(text=["a"]),
            post(reply={}),
            post(reply=5),
            post(reply={"root": {"uri": "x"}, "parent": {"uri": uri(ANN)}}),
        ],
        ids=lambda odd: json.dumps(odd)[:60],
    )
    def test_a_post_that_cannot_be_read_is_set_aside_and_its_page_goes_on(self, odd: Any) -> None:
        good, bad = messages([odd, post()], Around(OURS, AT))
        assert [message.id for message in good] == [uri(ANN)]
        (reject,) = bad
        assert reject.id
        assert reject.reason
        assert json.loads(reject.raw) == odd

    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    )

    @given(st.sampled_from(["author", "record", "indexedAt", "labels", "likeCount"]), anything)
    def test_no_part_of_a_post_raises(self, part: str, odd: Any) -> None:
        good, bad = messages([post() | {part: odd}], Around(OURS, AT))
        assert len(good) + len(bad) == 1

    @given(st.sampled_from(["text", "createdAt", "langs", "facets", "reply", "embed"]), anything)
    def test_no_part_of_a_record_raises(self, part: str, odd: Any) -> None:
        good, bad = messages([post(**{part: odd})], Around(OURS, AT))
        assert len(good) + len(bad) == 1
        quoted(post(**{part: odd}))
        root_of(post(**{part: odd}))
