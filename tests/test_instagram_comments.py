"""Comments, replies and tags on Instagram are understood as Instagram means them, and as the fold needs them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.connectors._instagram.comments import Post, Us, branch_of, post_message, post_of, tag_message
from slamon.model import Kind, Message, Side
from slamon.sla.fold import FoldSettings, fold

US = Us("17841400000000001", "acme", frozenset({"acmehelp"}))
POST = Post("17990000000000001", 1_772_440_000_000, "https://www.instagram.com/p/C1/", 3)
ACME = {"id": "17841400000000001", "username": "acme"}


def comment(number: int, who: str, said: str, second: int = 0, **facts: Any) -> dict[str, Any]:
    author = ACME if who == "acme" else {"id": f"64900{sum(map(ord, who))}", "username": who}
    plain = {
        "id": str(17_890_000_000_000_000 + number),
        "text": said,
        "timestamp": f"2026-03-02T10:00:{second:02}+0000",
        "username": who,
        "from": author,
        "like_count": 0,
        "hidden": False,
    }
    return plain | facts


def read(raw: Any, *replies: Any) -> list[Message]:
    if replies:
        raw = raw | {"replies": {"data": list(replies)}}
    branch = branch_of(raw, POST, US)
    assert not branch.rejects
    return list(branch.messages)


def one(**facts: Any) -> Message:
    (message,) = read(comment(1, "leo_m", "Do you ship to Chile?") | facts)
    return message


class TestAuthors:
    @pytest.mark.parametrize(
        ("facts", "side", "author"),
        [
            ({}, Side.OTHER, "64900524"),
            ({"from": ACME}, Side.OURS, US.account),
            ({"from": {"id": "95000", "username": "ACME"}}, Side.OURS, US.account),
            ({"from": None, "username": "Acme"}, Side.OURS, US.account),
            ({"from": {"id": "1", "username": "AcmeHelp"}}, Side.OURS, "acmehelp"),
            ({"from": None}, Side.OTHER, "leo_m"),
            ({"from": None, "username": None}, Side.OTHER, ""),
        ],
    )
    def test_it_is_told_by_id_else_by_name_else_not_at_all(
        self, facts: dict[str, Any], side: Side, author: str
    ) -> None:
        message = one(**facts)
        assert (message.side, message.author.id) == (side, author)

    def test_the_handle_is_kept_as_it_is_shown(self) -> None:
        assert one(**{"from": {"id": "5", "username": "Leo.M"}}).author.handle == "Leo.M"


class TestLinks:
    def test_a_comment_hangs_on_the_post_and_is_for_us(self) -> None:
        message = one()
        assert (message.thread, message.in_reply_to, message.in_reply_to_author) == (POST.id, POST.id, US.account)
        assert message.addressed

    def test_a_reply_hangs_on_the_comment_and_is_not_for_us_by_itself(self) -> None:
        top, reply = read(comment(1, "ann", "hello?"), comment(2, "bob", "me too", 1))
        assert (reply.in_reply_to, reply.in_reply_to_author) == (top.id, top.author.id)
        assert not reply.addressed

    def test_replies_come_oldest_first_whatever_their_order(self) -> None:
        said = read(comment(1, "ann", "hello?"), comment(3, "cyd", "c", 3), comment(2, "bob", "b", 1))
        assert [each.text for each in said] == ["hello?", "b", "c"]

    def test_hidden_is_hidden(self) -> None:
        assert [one(hidden=hidden).hidden for hidden in (True, False, None)] == [True, False, False]

    def test_likes_are_its_reach(self) -> None:
        assert [one(like_count=likes).reach for likes in (3, None, "3")] == [3, None, None]


class TestNames:
    @pytest.mark.parametrize(
        ("said", "mentions", "opens_with"),
        [
            ("@ann thanks", ("ann",), "ann"),
            ("  @Ann.R, look", ("ann.r",), "ann.r"),
            ("thanks @ann.", ("ann",), None),
            ("@acme and @ann", (US.account, "ann"), US.account),
            ("@ann @ann", ("ann",), "ann"),
            ("mail ann@acme.example", (), None),
            ("@" + "a" * 31, (), None),
            ("@@ann", (), None),
            ("@", (), None),
            ("", (), None),
        ],
    )
    def test_a_text_names_and_opens_with(self, said: str, mentions: tuple[str, ...], opens_with: str | None) -> None:
        message = one(text=said)
        assert (message.mentions, message.opens_with) == (mentions, opens_with)

    @given(st.text(max_size=2_000))
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_any_text_comes_as_it_was_written(self, said: str) -> None:
        branch = branch_of(comment(1, "ann", said), POST, US)
        assert [each.text for each in branch.messages] == [said.replace("\0", "")]


class TestRejects:
    @pytest.mark.parametrize(
        "facts",
        [
            {"id": None},
            {"timestamp": "soon"},
            {"timestamp": None},
            {"text": 5},
            {"from": {"id": 5, "username": "x"}},
            {"from": {"id": ""}},
        ],
        ids=str,
    )
    def test_what_cannot_be_understood_is_set_aside_with_its_reason(self, facts: dict[str, Any]) -> None:
        branch = branch_of(comment(1, "ann", "hello?") | facts, POST, US)
        assert (branch.messages, len(branch.rejects)) == ((), 1)

    def test_one_odd_reply_spoils_no_other(self) -> None:
        raw = comment(1, "ann", "hello?") | {"replies": {"data": [5, comment(2, "acme", "hi", 1)]}}
        branch = branch_of(raw, POST, US)
        assert ([each.text for each in branch.messages], len(branch.rejects)) == (["hello?", "hi"], 1)

    def test_replies_that_cannot_be_read_are_no_silence(self) -> None:
        assert branch_of(comment(1, "ann", "?"), POST, US).readable
        assert not branch_of(comment(1, "ann", "?") | {"replies": 5}, POST, US).readable

    odd = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )

    @given(st.sampled_from([*comment(1, "ann", "?"), "replies", "parent_id"]), odd)
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_any_value_gives_a_message_or_a_reject(self, key: str, value: Any) -> None:
        branch = branch_of(comment(1, "ann", "?") | {key: value}, POST, US)
        assert len(branch.messages) + len(branch.rejects) >= 1


class TestPosts:
    RAW: dict[str, Any] = {  # noqa: RUF012 - constant
        "id": "17990000000000001",
        "timestamp": "2026-03-02T09:00:00+0000",
        "caption": "our new shoes #shoes",
        "permalink": "https://www.instagram.com/p/C1/",
        "comments_count": 3,
        "like_count": 4,
    }

    def test_a_post_of_ours_is_the_root_of_its_thread(self) -> None:
        message = post_message(self.RAW, post_of(self.RAW), US)
        assert (message.id, message.thread, message.side, message.kind) == (POST.id, POST.id, Side.OURS, Kind.POST)
        assert (message.text, message.permalink, message.reach) == (self.RAW["caption"], self.RAW["permalink"], 7)

    @pytest.mark.parametrize("link", ["javascript:x", "http://www.instagram.com/p/C1/", 5, None])
    def test_a_link_is_https_or_none(self, link: Any) -> None:
        assert post_of(self.RAW | {"permalink": link}).permalink == ""

    def test_a_count_that_is_none_is_unknown(self) -> None:
        assert [post_of(self.RAW | {"comments_count": odd}).count for odd in (None, "3", True, -1)] == [None] * 4

    def test_a_tag_is_a_mention_of_us_by_its_owner(self) -> None:
        message = tag_message(self.RAW | {"username": "leo_m", "caption": "with @ann"}, US)
        assert (message.kind, message.side, message.author.id) == (Kind.MENTION, Side.OTHER, "leo_m")
        assert message.mentions == ("ann", US.account)
        assert message.addressed


class TestWhomAnAnswerReaches:
    """Every reply hangs on the top comment: the name at its beginning decides, else who wrote last."""

    def answered(self, said: list[Message]) -> dict[str, bool]:
        settings_ = FoldSettings(ours=frozenset({US.account, "acmehelp"}), flat_replies=True)
        handles = {each.author.id: each.author.handle for each in said}
        return {handles[wait.customer]: wait.answered_at is not None for wait in fold(said, settings_).waits}

    def test_the_one_whom_it_names(self) -> None:
        said = read(
            comment(1, "ann", "where is my parcel?"),
            comment(2, "bob", "@acme mine too", 1),
            comment(3, "acme", "@ann on its way", 2),
        )
        assert self.answered(said) == {"ann": True, "bob": False}

    def test_else_the_last_one_who_wrote_there(self) -> None:
        said = read(
            comment(1, "ann", "where is my parcel?"),
            comment(2, "bob", "@acme mine too", 1),
            comment(3, "acme", "on its way", 2),
        )
        assert self.answered(said) == {"ann": False, "bob": True}

    def test_nobody_under_another_comment(self) -> None:
        said = [*read(comment(1, "ann", "hello?")), *read(comment(2, "bob", "hi?", 1), comment(3, "acme", "yes", 2))]
        assert self.answered(said) == {"ann": False, "bob": True}

    def test_a_stranger_who_joins_in_is_no_customer(self) -> None:
        said = read(comment(1, "ann", "hello?"), comment(2, "bob", "@ann mine too", 1))
        assert self.answered(said) == {"ann": False}

    def test_a_team_member_answers_as_well(self) -> None:
        said = read(comment(1, "ann", "hello?"), comment(2, "acmehelp", "@ann yes", 1))
        assert self.answered(said) == {"ann": True}
