"""YouTube's comment threads become messages: whose they are, whom they name, when they were written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_contract import check_storable
from slamon.connectors._youtube.comments import Around, CommentThread, thread_of
from slamon.model import MINUTE, TEXT_CAP, Reject, Side

ACME, HELP, ANN = "UCacme00000000000000000a", "UChelp00000000000000000a", "UCann000000000000000000a"
AROUND = Around(ACME, frozenset({ACME, HELP}), {"acme": ACME, "acme-help": HELP})
AT = 1_795_348_800_000
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def comment(ident: str = "Ug1", text: str = "hello?", author: str | None = ANN, **snippet: Any) -> dict[str, Any]:
    told = {
        "authorDisplayName": "@ann-t",
        "authorChannelId": {"value": author},
        "textDisplay": text,
        "likeCount": 3,
        "publishedAt": "2026-11-22T12:00:00Z",
        "updatedAt": "2026-11-22T12:00:00Z",
    }
    if author is None:
        del told["authorChannelId"]
    return {"kind": "youtube#comment", "id": ident, "snippet": {**told, **snippet}}


def item(top: dict[str, Any] | None = None, replies: list[Any] | None = None, **snippet: Any) -> dict[str, Any]:
    top = top or comment()
    whole = {"videoId": "vid1", "topLevelComment": top, "totalReplyCount": len(replies or ())}
    shown = {"id": top["id"], "snippet": {**whole, **snippet}}
    return {**shown, "replies": {"comments": replies}} if replies else shown


def read(document: dict[str, Any], around: Around = AROUND) -> CommentThread:
    found = thread_of(document, around)
    assert isinstance(found, CommentThread), found
    return found


def only(document: dict[str, Any], around: Around = AROUND) -> Any:
    (said,) = read(document, around).messages.values()
    return said


class TestWhoAndWhere:
    def test_a_comment_under_the_video_is_for_the_brand(self) -> None:
        said = only(item())
        assert (said.side, said.addressed, said.thread, said.in_reply_to) == (Side.OTHER, True, "Ug1", "vid1")
        assert (said.author.id, said.author.handle, said.author.name) == (ANN, "ann-t", "@ann-t")

    def test_a_comment_of_ours_is_for_nobody(self) -> None:
        said = only(item(comment(author=HELP)))
        assert (said.side, said.addressed) == (Side.OURS, False)

    def test_replies_hang_under_the_top_comment(self) -> None:
        thread = read(item(replies=[comment("Ug1.1", "on it", ACME)]))
        assert [(each.thread, each.in_reply_to) for each in thread.sorted()] == [("Ug1", "vid1"), ("Ug1", "Ug1")]

    def test_who_began_the_thread_speaks_to_the_brand_in_it_and_a_stranger_need_not(self) -> None:
        thread = read(item(replies=[comment("Ug1.1", "well?"), comment("Ug1.2", "mine too", "UCzoe")]))
        assert (thread.messages["Ug1.1"].addressed, thread.messages["Ug1.2"].addressed) == (True, False)

    def test_authors_whom_youtube_hides_are_nobody_and_no_two_of_them_are_one(self) -> None:
        thread = read(item(comment(author=None), [comment("Ug1.1", "me too", None)]))
        assert [(each.author.id, each.addressed) for each in thread.sorted()] == [("", True), ("", False)]

    def test_an_old_name_that_is_no_handle_is_a_name(self) -> None:
        said = only(item(comment(authorDisplayName="Ann T")))
        assert (said.author.handle, said.author.name) == ("", "Ann T")

    def test_the_link_leads_to_the_comment_and_there_is_none_without_a_video(self) -> None:
        assert only(item()).permalink == "https://www.youtube.com/watch?v=vid1&lc=Ug1"
        post = item()
        del post["snippet"]["videoId"]
        assert (only(post).permalink, only(post).in_reply_to) == ("", ACME)

    def test_reach_is_likes_and_for_a_top_comment_replies(self) -> None:
        thread = read(item(replies=[comment("Ug1.1", "on it", ACME)]))
        assert [each.reach for each in thread.sorted()] == [4, 3]


class TestNames:
    @pytest.mark.parametrize(
        ("text", "mentions", "opens_with"),
        [
            ("@bob-7 look", ("bob-7",), "bob-7"),
            ("\u200b @Bob.Z\u00a0look", ("bob.z",), "bob.z"),
            ("@acme and @Acme-Help, please", (ACME, HELP), ACME),
            ("ask @acme.", (ACME,), None),
            ("mail ann@acme.example or see t.me/@acme", (), None),
            ("@ab", (), None),
            ("so @acme @acme @acme", (ACME,), None),
            ("no names", (), None),
        ],
    )
    def test_names_in_the_text_are_found(self, text: str, mentions: tuple[str, ...], opens_with: str | None) -> None:
        said = only(item(comment(text=text)))
        assert (said.mentions, said.opens_with) == (mentions, opens_with)


class TestTimes:
    @pytest.mark.parametrize(
        "stated", ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00+01:00"]
    )
    def test_with_and_without_fractions_and_in_any_zone(self, stated: str) -> None:
        assert only(item(comment(publishedAt=stated, updatedAt=stated))).created_at == AT

    def test_a_comment_is_edited_when_its_times_differ(self) -> None:
        assert only(item()).edited_at is None
        assert only(item(comment(updatedAt="2026-11-22T12:01:00Z"))).edited_at == AT + MINUTE

    @pytest.mark.parametrize("stated", ["2026-11-22T12:00:00", "yesterday", "", None, 5, "9999-01-01T00:00:00Z"])
    def test_a_thread_without_a_time_is_set_aside_with_its_reason(self, stated: Any) -> None:
        found = thread_of(item(comment(publishedAt=stated)), AROUND)
        assert isinstance(found, Reject)
        assert (found.id, bool(found.reason)) == ("Ug1", True)


class TestState:
    @pytest.mark.parametrize("status", ["published", "heldForReview", "likelySpam", "rejected"])
    def test_what_is_not_published_is_hidden(self, status: str) -> None:
        assert only(item(comment(moderationStatus=status))).hidden is (status != "published")

    def test_by_id_the_status_is_not_told_so_what_is_known_holds(self) -> None:
        around = Around(ACME, frozenset({ACME}), {}, frozenset({"Ug1"}))
        assert only(item(), around).hidden

    def test_a_thread_is_cut_when_it_has_more_replies_than_are_shown(self) -> None:
        assert read(item(totalReplyCount=1)).cut
        assert not read(item(replies=[comment("Ug1.1")])).cut

    def test_a_reply_that_cannot_be_read_is_shown_all_the_same(self) -> None:
        thread = read(item(replies=[{"id": "Ug1.1"}]))
        assert (thread.cut, [each.id for each in thread.rejects]) == (False, ["Ug1.1"])

    def test_a_count_that_is_no_number_leaves_open_whether_it_is_cut(self) -> None:
        assert read(item(totalReplyCount="many")).cut

    def test_likes_are_no_news_and_words_are(self) -> None:
        facts = read(item()).facts
        assert read(item(comment(likeCount=900))).facts == facts
        assert read(item(comment(text="hello!"))).facts != facts
        assert read(item(totalReplyCount=2)).facts != facts

    def test_a_comment_of_a_picture_alone_is_one_without_text(self) -> None:
        picture = comment(imageUrl="https://yt3.example/picture")
        del picture["snippet"]["textDisplay"]
        assert only(item(picture)).text == ""


class TestHostile:
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(max_size=300))
    def test_any_text_comes_as_it_was_written_as_far_as_it_can_be_stored(self, text: str) -> None:
        said = only(item(comment(text=text)))
        check_storable(said)
        if "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text):
            assert said.text == text

    def test_a_text_of_nothing_but_names_is_read_quickly_and_cut(self) -> None:
        said = only(item(comment(text="@" * 50_000 + "@abc " * 50_000)))
        assert len(said.text) == TEXT_CAP

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(json_values, st.sampled_from(["id", "snippet", "replies", "top", "comment", "author", "reply"]))
    def test_any_value_anywhere_is_a_thread_or_a_reject(self, odd: Any, where: str) -> None:
        whole = item(replies=[comment("Ug1.1")])
        places = {
            "top": (whole["snippet"], "topLevelComment"),
            "comment": (whole["snippet"]["topLevelComment"], "snippet"),
            "author": (whole["snippet"]["topLevelComment"]["snippet"], "authorChannelId"),
            "reply": (whole["replies"]["comments"], 0),
        }
        holder, key = places.get(where, (whole, where))
        holder[key] = odd
        found = thread_of(json.loads(json.dumps(whole)), AROUND)
        for said in found.messages.values() if isinstance(found, CommentThread) else ():
            check_storable(said)
