"""Reddit's comments, posts and private messages become messages: to whom they speak, and what became of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_contract import NOON, check_storable
from slamon.connectors._reddit.things import Around, Source, Things, names_of, things
from slamon.model import MINUTE, SECOND, TEXT_CAP, Kind, Message, Role, Side

ACME, HELP, ANN = "t2_acme", "t2_help", "t2_ann"
AROUND = Around(
    {"acme": ACME, "acme_help": HELP},
    frozenset({ACME, HELP}),
    names_of(["acme", "Acme Corp."]),
    frozenset({"mentions", "replies", "messages"}),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def comment(**facts: Any) -> dict[str, Any]:
    data = {
        "name": "t1_c1",
        "author": "ann_t",
        "author_fullname": ANN,
        "body": "hello?",
        "created_utc": NOON / SECOND,
        "parent_id": "t3_p1",
        "link_id": "t3_p1",
        "link_title": "Gadgets",
        "link_author": "opa",
        "permalink": "/r/gadgets/comments/p1/x/c1/",
        "edited": False,
        "score": 4,
        "num_comments": 228,
        "distinguished": None,
    }
    return {"kind": "t1", "data": {**data, **facts}}


def in_inbox(told: str | None, **facts: Any) -> dict[str, Any]:
    whole = comment(**{"type": told, "context": "/r/gadgets/comments/p1/x/c1/?context=3", **facts})
    for name in ("link_id", "permalink", "link_author", "edited"):
        del whole["data"][name]
    return whole


def post(**facts: Any) -> dict[str, Any]:
    data = {
        "name": "t3_p1",
        "author": "ann_t",
        "author_fullname": ANN,
        "title": "Broken",
        "selftext": "It is.",
        "created_utc": NOON / SECOND,
        "permalink": "/r/acme/comments/p1/broken/",
        "score": 4,
        "num_comments": 6,
    }
    return {"kind": "t3", "data": {**data, **facts}}


def private(**facts: Any) -> dict[str, Any]:
    data = {
        "name": "t4_m1",
        "type": "unknown",
        "author": "ann_t",
        "author_fullname": ANN,
        "dest": "acme",
        "subject": "Order 77",
        "body": "Where is it?",
        "created_utc": NOON / SECOND,
        "parent_id": None,
        "first_message_name": None,
        "subreddit": None,
        "replies": "",
    }
    return {"kind": "t4", "data": {**data, **facts}}


def read(child: Any, source: Source = Source.INBOX, around: Around = AROUND) -> Things:
    return things([child], around, source)


def only(child: Any, source: Source = Source.INBOX, around: Around = AROUND) -> Message:
    found = read(child, source, around)
    assert not found.rejects, found.rejects
    (said,) = found.messages
    return said


class TestInbox:
    def test_a_mention_is_for_the_brand_and_its_post_is_known_from_its_context(self) -> None:
        said = only(in_inbox("username_mention", body="u/Acme help!"))
        assert (said.kind, said.addressed, said.thread, said.in_reply_to) == (Kind.MENTION, True, "t3_p1", "t3_p1")
        assert (said.mentions, said.opens_with) == ((ACME,), ACME)
        assert said.permalink == "https://www.reddit.com/r/gadgets/comments/p1/x/c1/?context=3"

    @pytest.mark.parametrize("told", ["comment_reply", "post_reply"])
    def test_a_reply_to_what_we_wrote_is_for_the_brand(self, told: str) -> None:
        said = only(in_inbox(told, parent_id="t1_ours"))
        assert (said.kind, said.addressed, said.in_reply_to) == (Kind.COMMENT, True, "t1_ours")

    def test_old_records_say_in_the_subject_what_they_are(self) -> None:
        assert only(in_inbox(None, subject="username mention")).kind is Kind.MENTION
        assert only(in_inbox(None, subject="comment reply")).kind is Kind.COMMENT

    @pytest.mark.parametrize(("watch", "left"), [("mentions", 1), ("replies", 2), ("messages", 3)])
    def test_only_what_is_watched_is_taken(self, watch: str, left: int) -> None:
        around = Around(AROUND.ours, AROUND.ids, AROUND.names, frozenset({watch}))
        children = [
            in_inbox("username_mention", name="t1_1"),
            in_inbox("post_reply", name="t1_2"),
            private(name="t4_3"),
        ]
        found = things(children, around, Source.INBOX)
        assert [said.id[-1] for said in found.messages] == [str(left)]

    def test_one_that_names_no_post_at_all_is_set_aside(self) -> None:
        found = read(in_inbox("comment_reply", parent_id="t1_x", context="/message/x"))
        assert [each.id for each in found.rejects] == ["t1_c1"]


class TestSubreddits:
    def test_a_post_in_our_own_is_for_the_brand(self) -> None:
        said = only(post(), Source.OWN_SUBREDDIT)
        assert (said.kind, said.addressed, said.thread, said.in_reply_to) == (Kind.POST, True, "t3_p1", None)
        assert said.text == "Broken\n\nIt is."

    @pytest.mark.parametrize(
        ("facts", "addressed"),
        [
            ({}, False),
            ({"body": "why, ACME?"}, True),
            ({"link_author": "Acme_Help"}, True),
            ({"link_author": "Acme_Help", "parent_id": "t1_other"}, False),
            ({"is_submitter": True}, True),
            ({"is_submitter": True, "parent_id": "t1_other"}, False),
        ],
        ids=str,
    )
    def test_a_comment_in_our_own_is_for_the_brand_when_it_speaks_to_it(
        self, facts: dict[str, Any], *, addressed: bool
    ) -> None:
        assert only(comment(**facts), Source.OWN_SUBREDDIT).addressed is addressed

    @pytest.mark.parametrize(
        ("text", "taken"),
        [
            ("Acme is slow", True),
            ("I asked /u/acme", True),
            ("ACME CORP. again", True),
            ("acmeist poetry", False),
            ("drachme", False),
            ("", False),
        ],
    )
    def test_elsewhere_only_what_names_the_brand_is_taken(self, text: str, *, taken: bool) -> None:
        for child in (post(selftext=text), comment(body=text)):
            found = read(child, Source.SUBREDDIT)
            assert [said.addressed for said in found.messages] == ([True] if taken else [])
            assert found.created == [NOON]

    def test_names_with_odd_characters_are_taken_as_they_are(self) -> None:
        names = names_of(["a.b", "(x)+"])
        assert names.search("say a.b!")
        assert names.search("(x)+")
        assert not names.search("aXb")


class TestPrivate:
    def test_the_first_one_begins_a_dialogue_under_its_subject(self) -> None:
        said = only(private())
        assert (said.kind, said.thread, said.in_reply_to) == (Kind.DIRECT_MESSAGE, "t4_m1", None)
        assert said.text == "Order 77\n\nWhere is it?"

    def test_later_ones_stand_in_it(self) -> None:
        said = only(private(name="t4_m2", first_message_name="t4_m1", parent_id="t4_m1", subject="re: Order 77"))
        assert (said.thread, said.in_reply_to, said.text) == ("t4_m1", "t4_m1", "Where is it?")

    def test_what_we_sent_is_ours(self) -> None:
        assert only(private(author="Acme", author_fullname=ACME), Source.OURS).side is Side.OURS

    @pytest.mark.parametrize(
        "facts", [{"subreddit": "acme"}, {"dest": "#acme"}, {"author": None}], ids=["from", "to", "nobody"]
    )
    def test_what_goes_to_or_comes_from_moderators_is_left_out(self, facts: dict[str, Any]) -> None:
        assert read(private(**facts)).messages == []

    def test_both_sides_may_be_nested_in_the_first_one(self) -> None:
        answer = private(
            name="t4_m2", author="acme", author_fullname=ACME, first_message_name="t4_m1", parent_id="t4_m1"
        )
        found = read(private(replies={"kind": "Listing", "data": {"children": [answer]}}))
        assert [(said.id, said.side) for said in found.messages] == [("t4_m1", Side.OTHER), ("t4_m2", Side.OURS)]

    def test_where_the_nest_is_cut_off_the_dialogue_is_unknown(self) -> None:
        more = {"kind": "more", "data": {"count": 3, "children": ["m5"], "parent_id": "t4_m1"}}
        found = read(private(replies={"kind": "Listing", "data": {"children": [more]}}))
        assert found.partial == ["t4_m1"]


class TestPeople:
    def test_ours_are_known_by_id_and_where_that_is_missing_by_name(self) -> None:
        assert only(comment(author="other", author_fullname=HELP), Source.OURS).side is Side.OURS
        assert only(comment(author="ACME_help", author_fullname=None), Source.OURS).author.id == HELP

    def test_an_account_that_was_deleted_is_nobody_and_its_words_stay(self) -> None:
        said = only(comment(author="[deleted]", author_fullname=None), Source.OWN_SUBREDDIT)
        assert (said.author.id, said.author.handle, said.text) == ("", "", "hello?")

    @pytest.mark.parametrize(
        "facts",
        [{"author": "AutoModerator"}, {"author": "reddit"}, {"distinguished": "moderator"}, {"distinguished": "admin"}],
    )
    def test_machines_and_officials_wait_for_nobody(self, facts: dict[str, Any]) -> None:
        assert only(comment(**facts), Source.OWN_SUBREDDIT).role is Role.BYSTANDER

    def test_ours_who_speak_as_moderators_are_ours(self) -> None:
        said = only(comment(author="acme", author_fullname=ACME, distinguished="moderator"), Source.OURS)
        assert (said.side, said.role) == (Side.OURS, None)

    @pytest.mark.parametrize(
        ("text", "mentions", "opens_with"),
        [
            ("u/bob look", ("bob",), "bob"),
            ("/u/Bob-7 and u/ACME", ("bob-7", ACME), "bob-7"),
            ("ask u/acme_help.", (HELP,), None),
            ("see https://example.com/u/bob or menu/bob", (), None),
            ("u/ab", (), None),
        ],
    )
    def test_names_in_the_text_are_found(self, text: str, mentions: tuple[str, ...], opens_with: str | None) -> None:
        said = only(comment(body=text), Source.OWN_SUBREDDIT)
        assert (said.mentions, said.opens_with) == (mentions, opens_with)


class TestFate:
    @pytest.mark.parametrize(
        "child",
        [
            comment(author="[deleted]", body="[deleted]"),
            in_inbox("post_reply", author="[deleted]", body="[deleted]"),
            post(author="[deleted]", selftext="[deleted]"),
            post(author="[deleted]", selftext="", removed_by_category="deleted"),
            comment(author=None, body="[deleted]"),
        ],
        ids=["comment", "inbox", "post", "link", "nobody"],
    )
    def test_what_its_author_took_away_is_deleted(self, child: dict[str, Any]) -> None:
        found = read(child, Source.OWN_SUBREDDIT)
        assert (found.messages, found.deleted) == ([], [child["data"]["name"]])

    @pytest.mark.parametrize(
        "child",
        [
            comment(author="[deleted]", body="[removed]"),
            comment(body="[ Removed by Reddit ]"),
            comment(banned_by="mod"),
            post(removed_by_category="moderator"),
            post(author="[deleted]", selftext="[removed]", removed_by_category="automod_filtered"),
        ],
        ids=["comment", "reddit", "seen by a moderator", "post", "filter"],
    )
    def test_what_others_took_away_is_hidden(self, child: dict[str, Any]) -> None:
        assert only(child, Source.OWN_SUBREDDIT).hidden

    def test_a_person_may_write_the_word_and_nothing_is_deleted(self) -> None:
        assert not read(comment(body="[deleted]"), Source.OWN_SUBREDDIT).deleted

    def test_an_edit_has_its_time(self) -> None:
        assert only(comment(edited=(NOON + MINUTE) / SECOND), Source.OURS).edited_at == NOON + MINUTE
        assert only(comment(edited=False), Source.OURS).edited_at is None


class TestFacts:
    def test_reach_counts_what_stands_under_a_post_and_not_under_a_comment(self) -> None:
        assert only(post(), Source.OWN_SUBREDDIT).reach == 10
        assert only(comment(), Source.OWN_SUBREDDIT).reach == 4
        assert only(comment(score=-7), Source.OWN_SUBREDDIT).reach == 0

    def test_fractions_of_seconds_are_kept_to_the_millisecond(self) -> None:
        assert only(comment(created_utc=1_750_351_619.25), Source.OURS).created_at == 1_750_351_619_250

    @pytest.mark.parametrize("stated", [None, "1750351619", -1, 1e300, True, []])
    def test_without_a_time_it_is_set_aside(self, stated: Any) -> None:
        found = read(comment(created_utc=stated), Source.OURS)
        assert ([each.id for each in found.rejects], found.created) == (["t1_c1"], [])

    def test_a_link_elsewhere_is_none(self) -> None:
        assert only(comment(permalink="https://evil.example/"), Source.OURS).permalink == ""


class TestHostile:
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(max_size=300))
    def test_any_text_comes_as_it_was_written_as_far_as_it_can_be_stored(self, text: str) -> None:
        said = only(comment(body=text), Source.OURS)
        check_storable(said)
        if "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text):
            assert said.text == text

    @pytest.mark.parametrize("text", ["u/" * 40_000, "/u/a" * 40_000, "acm" * 40_000, "acme corp" * 20_000])
    def test_long_texts_are_read_quickly_and_cut(self, text: str) -> None:
        assert len(only(comment(body=text), Source.OWN_SUBREDDIT).text) == TEXT_CAP

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(json_values, st.sampled_from([comment, post, private]), st.data())
    def test_any_value_anywhere_is_a_message_or_a_reject(self, odd: Any, make: Any, data: st.DataObject) -> None:
        child = make()
        place = data.draw(st.sampled_from([*child["data"], "kind", "data"]))
        (child if place in child else child["data"])[place] = odd
        for source in Source:
            for said in read(json.loads(json.dumps(child)), source).messages:
                check_storable(said)

    def test_what_is_no_thing_is_set_aside(self) -> None:
        found = things([None, 5, "t1", [], {}, {"kind": "t9", "data": {}}], AROUND, Source.INBOX)
        assert len(found.rejects) == 6
