"""LinkedIn's comments, posts and notifications are understood as LinkedIn means them, and nothing odd breaks a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.connectors._linkedin.answers import listing, oauth_problem, problem
from slamon.connectors._linkedin.comments import Comment, Place, comment
from slamon.connectors._linkedin.cursor import Memory
from slamon.connectors._linkedin.messages import Voices, mention, own_post
from slamon.connectors._linkedin.notes import note
from slamon.connectors._linkedin.text import plain
from slamon.connectors._linkedin.urns import comment_name, encoded, made_at, post_urn
from slamon.connectors._linkedin.values import ODD, reject
from slamon.errors import PlatformError
from slamon.model import MINUTE, Kind, Side
from slamon.sim._linkedin.shape import RESERVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.model import Message

PAGE = "urn:li:organization:96072893"
ANN, BOB, HELP = "urn:li:person:zAnn", "urn:li:person:zBob", "urn:li:person:zHelp"
POST = "urn:li:activity:7094637247890620418"
TOP = f"urn:li:comment:({POST},7094977717598625792)"
AT = 1_763_629_200_000
VOICES = Voices(PAGE, "acme", frozenset({PAGE, HELP}), keep_text=True)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=12,
)


def element(**facts: Any) -> dict[str, Any]:
    """A comment as LinkedIn documents it, with `facts` changed."""
    return {
        "id": "7094977717598625792",
        "commentUrn": TOP,
        "actor": ANN,
        "object": POST,
        "message": {"attributes": [], "text": "Is this available in Spain?"},
        "created": {"actor": ANN, "time": AT},
        "lastModified": {"actor": ANN, "time": AT},
        "likesSummary": {"aggregatedTotalLikes": 3, "totalLikes": 1, "selectedLikes": [], "likedByCurrentUser": False},
        "commentsSummary": {"aggregatedTotalComments": 2, "selectedComments": [], "totalFirstLevelComments": 2},
    } | facts


def read(element: Any, *, ours: bool = True, top: Message | None = None, voices: Voices = VOICES) -> Comment:
    return comment(element, Place(POST, ours=ours), top, voices)


def settled(understand: Callable[[Any], object], value: Any) -> bool:
    """Whether `value` is understood, or set aside: anything else raises."""
    try:
        understand(value)
    except ODD as error:
        reject(value, error)
    return True


class TestComments:
    def test_a_comment_is_a_customers_under_the_post(self) -> None:
        said = read(element()).message
        assert (said.id, said.thread, said.in_reply_to) == ("7094977717598625792", POST, "7094637247890620418")
        assert (said.author.id, said.side, said.kind) == (ANN, Side.OTHER, Kind.COMMENT)
        assert (said.created_at, said.edited_at, said.text) == (AT, None, "Is this available in Spain?")
        assert said.reach == 5

    def test_who_comments_on_our_post_addresses_us_and_on_anybody_elses_does_not(self) -> None:
        assert read(element()).message.in_reply_to_author == PAGE
        assert read(element(), ours=False).message.in_reply_to_author is None

    def test_a_reply_hangs_on_its_top_comment_and_its_author(self) -> None:
        top = read(element()).message
        said = read(element(id="9", commentUrn=f"urn:li:comment:({POST},9)", parentComment=TOP, actor=BOB), top=top)
        assert (said.top, said.message.in_reply_to) == (top.id, top.id)
        assert said.message.in_reply_to_author == ANN

    def test_a_reply_whose_parent_is_not_told_hangs_on_the_comment_below_which_it_was_listed(self) -> None:
        assert read(element(id="9", commentUrn=None), top=read(element()).message).message.in_reply_to == (
            "7094977717598625792"
        )

    def test_the_page_is_known_by_the_actor_whoever_wrote_in_its_name(self) -> None:
        stamp = {"actor": "urn:li:person:zAdmin", "impersonator": "urn:li:person:zAdmin", "time": AT}
        said = read(element(actor=PAGE, created=stamp, agent="urn:li:person:zAdmin")).message
        assert (said.side, said.author.id, said.author.name) == (Side.OURS, PAGE, "acme")

    def test_an_admin_who_comments_as_a_person_is_no_answer_unless_named_in_the_team(self) -> None:
        assert read(element(actor="urn:li:person:zAdmin")).message.side is Side.OTHER
        assert read(element(actor=HELP)).message.side is Side.OURS

    @pytest.mark.parametrize(
        "named",
        [
            {"commentUrn": None, "$URN": TOP, "id": None, "object": None},
            {"commentUrn": "urn:li:comment:(activity:7094637247890620418,7094977717598625792)"},
            {"id": None},
            {"id": 7094977717598625792},
            {"commentUrn": None},
        ],
        ids=str,
    )
    def test_every_way_to_name_a_comment_gives_the_same_id(self, named: dict[str, Any]) -> None:
        found = read(element(**named))
        assert (found.message.id, found.urn) == ("7094977717598625792", TOP)

    def test_a_comment_that_calls_its_post_otherwise_stays_in_the_thread_that_was_asked_for(
        self,
    ) -> None:
        urn = "urn:li:comment:(urn:li:ugcPost:55,7094977717598625792)"
        found = read(element(commentUrn=urn))
        assert (found.message.thread, found.urn) == (POST, urn)

    def test_an_edit_is_told_by_the_last_change(self) -> None:
        assert read(element(lastModified={"time": AT + MINUTE})).message.edited_at == AT + MINUTE

    @pytest.mark.parametrize("changed", [{"time": AT + 1}, {"time": AT - MINUTE}, {"time": "soon"}, None, 5])
    def test_what_is_no_later_change_is_no_edit(self, changed: Any) -> None:
        assert read(element(lastModified=changed)).message.edited_at is None

    def test_without_a_time_the_id_tells_it(self) -> None:
        assert read(element(created={})).message.created_at == 1_691_574_506_187

    def test_with_no_time_at_all_it_is_set_aside(self) -> None:
        with pytest.raises(ValueError, match="when it was written"):
            read(element(created={}, id="5", commentUrn=None))

    @pytest.mark.parametrize(
        "value",
        [
            {"com.linkedin.common.MemberAttributedEntity": {"member": BOB}},
            {"person": {"person": BOB}},
            {"person": BOB},
        ],
    )
    def test_mentions_are_read_in_the_older_and_the_newer_shape(self, value: Any) -> None:
        attributes = [{"start": 0, "length": 3, "value": value}]
        said = read(element(message={"text": "Bob yes", "attributes": attributes})).message
        assert (said.mentions, said.opens_with) == ((BOB,), BOB)

    def test_a_mention_in_the_middle_does_not_open_the_comment(self) -> None:
        value = {"com.linkedin.common.CompanyAttributedEntity": {"company": PAGE}}
        attributes = [{"start": 6, "length": 4, "value": value}]
        said = read(element(message={"text": "hello Acme", "attributes": attributes})).message
        assert (said.mentions, said.opens_with) == ((PAGE,), None)

    def test_replies_are_counted_and_some_are_named(self) -> None:
        summary = {"totalFirstLevelComments": 4, "selectedComments": [f"urn:li:comment:({POST},9)", "odd", None]}
        found = read(element(commentsSummary=summary))
        assert (found.replies, found.selected) == (4, frozenset({"9"}))
        assert read(element(commentsSummary=None)).replies is None

    def test_the_link_leads_to_the_comment_and_to_the_reply(self) -> None:
        top = read(element()).message
        reply = read(element(id="9", commentUrn=f"urn:li:comment:({POST},9)"), top=top).message
        at = "https://www.linkedin.com/feed/update/urn:li:activity:7094637247890620418/"
        named = "urn%3Ali%3Acomment%3A%28activity%3A7094637247890620418%2C{}%29"
        assert top.permalink == f"{at}?commentUrn={named.format('7094977717598625792')}"
        assert reply.permalink == f"{top.permalink}&replyUrn={named.format(9)}"

    def test_without_keeping_text_only_the_pages_own_words_remain(self) -> None:
        silent = Voices(PAGE, "acme", frozenset({PAGE, HELP}), keep_text=False)
        texts = [read(element(actor=actor), voices=silent).message.text for actor in (ANN, HELP, PAGE)]
        assert texts == ["", "", "Is this available in Spain?"]

    def test_nobody_has_a_name(self) -> None:
        authors = [read(element(actor=actor, created={"time": AT})).message.author for actor in (ANN, "odd", None)]
        assert [author.name for author in authors] == ["LinkedIn member", "", ""]
        assert {author.handle for author in authors} == {""}

    @given(json_values)
    def test_whatever_comes_is_a_message_or_one_of_the_known_errors(self, value: Any) -> None:
        assert settled(read, value)

    @given(st.dictionaries(st.sampled_from(sorted(element())), json_values))
    def test_a_comment_of_which_any_part_is_odd_is_a_message_or_a_reject(self, facts: dict[str, Any]) -> None:
        assert settled(read, element(**facts))

    def test_what_is_set_aside_holds_nothing_that_a_member_wrote(self) -> None:
        kept = reject(element(message={"text": "my number is 0815"}), ValueError("odd"))
        assert kept.id == "7094977717598625792"
        assert "0815" not in kept.raw + kept.reason
        assert json.loads(kept.raw)["commentUrn"] == TOP


class TestPosts:
    KEYS: dict[str, Any] = {  # noqa: RUF012 - constant
        "id": "urn:li:share:7094637247487995904",
        "author": PAGE,
        "commentary": r"Our \#1 {hashtag|\#|sale} for @[Bob](urn:li:person:zBob)",
        "publishedAt": AT,
        "lastModifiedAt": AT,
    }

    def test_an_own_post_is_the_root_of_its_thread_by_both_of_its_numbers(self) -> None:
        said = own_post(self.KEYS, POST, VOICES)
        assert (said.id, said.aliases, said.thread) == ("7094637247890620418", ("7094637247487995904",), POST)
        assert (said.kind, said.side, said.created_at) == (Kind.POST, Side.OURS, AT)
        assert said.text == "Our #1 #sale for Bob"

    def test_a_post_that_mentions_the_page_addresses_it(self) -> None:
        said = mention(self.KEYS | {"author": ANN}, "urn:li:share:7094637247487995904", ("5",), VOICES)
        assert (said.kind, said.side, said.mentions) == (Kind.MENTION, Side.OTHER, (BOB, PAGE))
        assert (said.id, said.aliases) == ("7094637247487995904", ("5",))

    def test_an_author_whom_linkedin_does_not_tell_has_no_id(self) -> None:
        assert mention({"publishedAt": AT}, "urn:li:share:5", (), VOICES).author.id == ""

    @given(st.dictionaries(st.sampled_from(sorted(KEYS)), json_values))
    def test_a_post_of_which_any_part_is_odd_is_a_message_or_a_reject(self, facts: dict[str, Any]) -> None:
        assert settled(lambda post: own_post(post, POST, VOICES), self.KEYS | facts)


class TestNotes:
    COMMENT: dict[str, Any] = {  # noqa: RUF012 - constant
        "notificationId": 5603453321,
        "organizationalEntity": PAGE,
        "action": "COMMENT",
        "sourcePost": POST,
        "subscriber": "urn:li:person:zAdmin",
        "lastModifiedAt": AT,
        "generatedActivity": "urn:li:comment:(activity:7094637247890620418,7094977717598625792)",
        "decoratedSourcePost": {"entity": "urn:li:share:5", "owner": PAGE, "text": "Our post", "mediaCategory": "NONE"},
        "decoratedGeneratedActivity": {"comment": {"entity": TOP, "owner": ANN, "object": POST, "text": "Hi?"}},
    }

    @pytest.mark.parametrize("without", [(), ("decoratedGeneratedActivity",), ("generatedActivity",), ("sourcePost",)])
    def test_a_comment_is_named_whichever_of_its_names_are_told(self, without: tuple[str, ...]) -> None:
        found = note({key: value for key, value in self.COMMENT.items() if key not in without}, AT)
        assert found is not None
        assert (found.thread, found.comment, found.key) == (POST, "7094977717598625792", "n5603453321")

    def test_a_notification_without_a_number_is_known_by_what_it_says(self) -> None:
        first, other = note(self.COMMENT | {"notificationId": None}, AT), note(self.COMMENT | {"notificationId": []}, 5)
        assert first
        assert other
        assert first.key == other.key

    def test_likes_and_shares_are_left_out(self) -> None:
        assert note(self.COMMENT | {"action": "LIKE"}, AT) is None

    @pytest.mark.parametrize(
        "names",
        [
            {"generatedActivity": "urn:li:share:8000"},
            {"sourcePost": "urn:li:share:8000"},
            {"decoratedGeneratedActivity": {"share": {"entity": "urn:li:share:8000", "owner": ANN, "text": "hi"}}},
            {"generatedActivity": "urn:li:share:8000", "sourcePost": POST},
        ],
        ids=str,
    )
    def test_a_mention_is_named_wherever_a_source_puts_it(self, names: dict[str, Any]) -> None:
        found = note({"notificationId": 1, "action": "SHARE_MENTION", "lastModifiedAt": AT, **names}, AT)
        assert found is not None
        assert (found.thread, found.others) == ("urn:li:share:8000", ())

    def test_the_other_number_of_a_mention_is_a_further_name_of_it(self) -> None:
        told = {"decoratedGeneratedActivity": {"share": {"entity": "urn:li:share:8000", "owner": ANN, "text": "hi"}}}
        found = note({"action": "SHARE_MENTION", "generatedActivity": "urn:li:activity:8001", **told}, AT)
        assert found is not None
        assert (found.thread, found.others, found.at) == ("urn:li:share:8000", ("urn:li:activity:8001",), AT)

    @given(st.dictionaries(st.sampled_from(sorted(COMMENT)), json_values))
    def test_a_notification_of_which_any_part_is_odd_is_read_or_rejected(self, facts: dict[str, Any]) -> None:
        assert settled(lambda told: note(told, AT), self.COMMENT | facts)


class TestText:
    @given(st.text(max_size=200))
    def test_what_is_escaped_comes_back_as_it_was_written(self, text: str) -> None:
        escaped = "".join(f"\\{sign}" if sign in RESERVED else sign for sign in text)
        assert plain(escaped) == (text, ())

    @given(st.text(max_size=300))
    def test_any_text_can_be_read(self, text: str) -> None:
        assert len(plain(text)[0]) <= len(text)

    @pytest.mark.parametrize("start", ["@[", "{hashtag|", "\\", "@[a](urn:", "{hashtag|\\#|\\"])
    def test_no_text_takes_long(self, start: str) -> None:
        hostile = start * 5_000
        assert len(plain(hostile)[0]) <= len(hostile)

    def test_mentions_are_told_in_the_order_of_the_text(self) -> None:
        text, named = plain(r"@[A \[x\]](urn:li:person:b) and @[B](urn:li:organization:1) and @[A](urn:li:person:b)")
        assert text == "A [x] and B and A"
        assert named == ("urn:li:person:b", "urn:li:organization:1")


class TestUrns:
    def test_nothing_of_a_urn_looks_like_structure(self) -> None:
        assert encoded(TOP) == (
            "urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A7094637247890620418%2C7094977717598625792%29"
        )

    @pytest.mark.parametrize("value", [None, 5, "", "urn:li:share:", "urn:li:share:a b", TOP, "share", [], "a" * 500])
    def test_what_is_no_urn_of_a_post_is_none(self, value: Any) -> None:
        assert post_urn(value) is None

    @pytest.mark.parametrize("value", [None, POST, "urn:li:comment:()", "urn:li:comment:(activity:1)", {}, TOP + " "])
    def test_what_is_no_urn_of_a_comment_is_none(self, value: Any) -> None:
        assert comment_name(value) is None

    @pytest.mark.parametrize("found", ["5", "zAnn", "", "1" + "0" * 25, "-1"])
    def test_a_number_that_holds_no_time_of_ours_holds_none(self, found: str) -> None:
        assert made_at(found) is None


class TestPaging:
    def page(self, elements: int, paging: Any, start: int = 0, count: int = 10) -> str | None:
        return listing("comments", {"elements": [{}] * elements, "paging": paging}, start, count).next

    def test_the_link_says_where_it_goes_on(self) -> None:
        link = {"rel": "next", "href": "/rest/x?start=30&count=10", "type": "application/json"}
        assert self.page(4, {"links": [link]}) == "30"

    @pytest.mark.parametrize("href", [None, 5, "", "http://[", "?start=-1", "?start=" + "9" * 30])
    def test_a_link_that_says_nothing_leads_to_the_next_offset(self, href: Any) -> None:
        assert self.page(10, {"links": [{"rel": "next", "href": href}]}, start=10) == "20"

    def test_without_links_the_total_decides(self) -> None:
        assert self.page(10, {"links": [], "total": 11}) == "10"
        assert self.page(10, {"links": [], "total": 10}) is None

    def test_without_a_total_a_full_page_is_followed_by_another(self) -> None:
        assert self.page(10, {}) == "10"
        assert self.page(9, {}) is None

    def test_a_page_that_was_cut_down_in_silence_is_not_the_last_one(self) -> None:
        assert self.page(5, {"count": 5}, count=100) == "5"

    def test_a_link_back_and_none_forward_is_the_end(self) -> None:
        assert self.page(10, {"links": [{"rel": "prev", "href": "?start=0"}], "total": 50}, start=10) is None

    @given(json_values, st.integers(0, 12))
    def test_whatever_paging_is_it_goes_on_or_ends(self, paging: Any, elements: int) -> None:
        following = self.page(elements, paging)
        assert following is None or following.isdigit()

    @pytest.mark.parametrize("document", [None, [], {}, {"elements": None}, {"elements": {}}, 5])
    def test_what_is_no_list_is_a_bad_answer(self, document: Any) -> None:
        with pytest.raises(PlatformError):
            listing("comments", document, 0, 10)


class TestWords:
    @pytest.mark.parametrize(
        ("document", "code"),
        [
            ({"status": 401, "serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN"}, "INVALID_ACCESS_TOKEN"),
            ({"status": 429, "serviceErrorCode": 101, "message": "…"}, "101"),
            ({"status": 404}, ""),
            ({"code": 5, "serviceErrorCode": True, "message": []}, ""),
            ([], ""),
            (None, ""),
        ],
    )
    def test_a_refusal_is_known_by_its_name_or_its_number(self, document: Any, code: str) -> None:
        assert problem(document).code == code

    @given(json_values)
    def test_any_refusal_can_be_read(self, document: Any) -> None:
        assert problem(document).code is not None
        assert oauth_problem(document).code is not None


class TestMemory:
    def test_what_is_written_is_read(self) -> None:
        memory = Memory(AT, {"n1": AT}, {POST: AT}, {"9": 2}, {"urn:li:share:8": AT}, {POST: AT})
        assert Memory.parse(memory.text(AT)) == memory

    @pytest.mark.parametrize("text", [None, "", "5", "null", "[]", "{", '{"since": "x", "seen": [1]}', "[" * 9_000])
    def test_what_is_no_cursor_starts_from_the_lookback(self, text: str | None) -> None:
        assert Memory.parse(text) == Memory()

    def test_what_is_not_read_again_is_forgotten(self) -> None:
        memory = Memory(AT, {"old": AT - 1, "new": AT})
        assert Memory.parse(memory.text(AT)).seen == {"new": AT}

    def test_it_does_not_grow_without_end(self) -> None:
        memory = Memory(AT, {str(n): AT + n for n in range(20_000)}, counts={str(n): n for n in range(20_000)})
        kept = Memory.parse(memory.text(AT))
        assert len(kept.seen) == len(kept.counts) == 5_000
        assert "19999" in kept.seen
        assert len(memory.text(AT)) < 400_000

    @given(json_values)
    def test_any_document_can_be_read(self, document: Any) -> None:
        assert Memory.parse(json.dumps({"seen": document, "since": document})).seen is not None
