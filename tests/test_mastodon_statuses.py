"""Statuses of the Mastodon API are understood as they are meant: the traps of its data one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.connectors._html import read_html
from slamon.connectors._mastodon import facts
from slamon.connectors._mastodon.messages import message
from slamon.connectors._mastodon.poll import Gathered
from slamon.connectors._mastodon.status import ODD, Status, read
from slamon.connectors._mastodon.threads import Threads
from slamon.connectors._mastodon.words import named
from slamon.model import MAX_INSTANT, Kind, Side

if TYPE_CHECKING:
    from slamon.model import Message

OURS = frozenset({"900", "901"})
AT = 1_785_592_302_823
"""2026-08-01T13:51:42.823Z."""
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def person(ident: str, acct: str) -> dict[str, Any]:
    name, _, domain = acct.partition("@")
    return {"id": ident, "username": name, "acct": acct, "url": f"https://{domain or 'inst.example'}/@{name}"}


ACME, ANN, BOB = person("900", "acme"), person("55", "ann"), person("66", "bob@other.example")


def link(who: dict[str, Any]) -> str:
    """A name as Mastodon writes it."""
    inner = f'<a href="{who["url"]}" class="u-url mention">@<span>{who["username"]}</span></a>'
    return f'<span class="h-card" translate="no">{inner}</span>'


def status(**changes: Any) -> dict[str, Any]:
    """A customer's status, with `changes`."""
    plain = {
        "id": "117",
        "created_at": "2026-08-01T13:51:42.823Z",
        "content": "<p>hello</p>",
        "visibility": "public",
        "account": ANN,
    }
    return plain | changes


def one(**changes: Any) -> Status:
    found = read(status(**changes))
    assert found is not None
    return found


def told(*above: Status, **changes: Any) -> Message:
    """The message of a status, where the statuses `above` are known."""
    threads = Threads({}, (), OURS)
    found = one(**changes)
    threads.add([*above, found])
    thread = threads.settle(found)
    return message(found, thread, OURS, prefix=threads.prefix(found), seen_at=found.created_at)


class TestFacts:
    @pytest.mark.parametrize(
        ("value", "at"),
        [
            ("2026-08-01T13:51:42.823Z", AT),
            ("2026-08-01T13:51:42.823000+00:00", AT),
            ("2026-08-01T15:51:42.823+02:00", AT),
            ("2026-08-01T13:51:42.8Z", AT - 23),
            ("2026-08-01T13:51:42.823456", AT),
            ("2026-08-01T13:51:42Z", AT - 823),
        ],
    )
    def test_a_time_is_read_in_every_way_in_which_servers_write_it(self, value: str, at: int) -> None:
        assert facts.instant(value) == at

    @given(st.integers(0, MAX_INSTANT))
    def test_a_time_survives_to_the_millisecond(self, at: int) -> None:
        seconds, millis = divmod(at, 1_000)
        text = f"{calendar(seconds)}.{millis:03}Z"
        assert facts.instant(text) == at

    @pytest.mark.parametrize("value", [None, 5, "", "yesterday", "2026-13-01T00:00:00Z", [], True])
    def test_what_is_no_time_is_refused(self, value: Any) -> None:
        with pytest.raises(ValueError, match=r".*"):
            facts.instant(value)
        assert facts.optional_instant(value) is None

    @pytest.mark.parametrize(
        "value", ["1170205", "01HZX3J8M9", "9n2ciuz1wdesFnrGJU", "0190f0b2-7c2e", "https:a:b:1", 117]
    )
    def test_ids_are_opaque(self, value: Any) -> None:
        assert facts.checked(value) == str(value)

    @pytest.mark.parametrize("value", [None, "", " ", "a b", "a\nb", "x" * 256, True, 1.5, [], {}, "\u202ea", "\ud800"])
    def test_what_is_no_id_is_refused(self, value: Any) -> None:
        with pytest.raises(ValueError, match="id"):
            facts.checked(value)

    @pytest.mark.parametrize(
        ("candidates", "address"),
        [
            (("https://a.example/@b/1", "x"), "https://a.example/@b/1"),
            ((None, "https://a.example/1"), "https://a.example/1"),
            (("javascript:alert(1)", "data:x"), ""),
            (("https://a.example/ b",), ""),
            (('https://a.example/">x',), ""),
            (("https://a.example/" + "x" * 3_000,), ""),
            ((5, []), ""),
        ],
    )
    def test_only_an_address_of_the_web_is_a_permalink(self, candidates: tuple[Any, ...], address: str) -> None:
        assert facts.address(*candidates) == address


class TestStatus:
    def test_everything_but_id_author_and_time_may_be_missing(self) -> None:
        found = read({"id": "1", "account": {"id": "5"}, "created_at": "2026-08-01T13:51:42.823Z"})
        assert found is not None
        assert found == Status(id="1", author=found.author, created_at=AT)
        assert (found.author.id, found.author.handle, found.author.followers) == ("5", "", None)

    @pytest.mark.parametrize("key", ["id", "account", "created_at"])
    @pytest.mark.parametrize("odd", [None, 1.5, "", [], {}, True])
    def test_without_one_of_these_it_is_set_aside_with_its_reason(self, key: str, odd: Any) -> None:
        gathered = Gathered()
        gathered.add(status(**{key: odd}))
        (bad,) = gathered.rejects
        assert bad.reason
        assert bad.id == ("?" if key == "id" else "117")
        assert not gathered.statuses

    @given(
        st.dictionaries(
            st.sampled_from(sorted({*status(), "mentions", "quote", "reblog", "spoiler_text", "url"})), JSON_VALUES
        )
    )
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_whatever_a_field_holds_it_is_read_or_set_aside(self, changes: dict[str, Any]) -> None:
        gathered = Gathered()
        gathered.add(status(**changes))
        assert len(gathered.rejects) + len(gathered.statuses) <= 1

    def test_a_boost_is_nothing(self) -> None:
        assert read(status(reblog=status(id="1"))) is None

    def test_what_stands_before_the_fold_belongs_to_the_words(self) -> None:
        assert one(spoiler_text="fire & <smoke>", content="<p>help</p>").text == "fire & <smoke>\n\nhelp"
        assert one(spoiler_text="fire", content="").text == "fire"
        assert one(spoiler_text="", content="<p>help</p>").text == "help"

    def test_a_picture_or_a_poll_without_words_is_a_message(self) -> None:
        assert one(content="", media_attachments=[{"id": "1", "type": "image"}]).text == ""
        assert one(content="", poll={"options": [{"title": "yes"}]}).text == ""

    def test_what_only_stands_in_for_a_quote_is_no_word_of_the_author(self) -> None:
        content = '<p class="quote-inline">RE: <a href="https://a.example">a</a></p><p>look</p>'
        assert one(content=content).text == "look"

    def test_a_long_address_is_whole_again(self) -> None:
        content = '<a href="x"><span class="invisible">https://</span><span>a.example/lo</span><span>ng</span></a>'
        assert one(content=content).text == "https://a.example/long"

    def test_reach_is_what_is_counted(self) -> None:
        assert one(favourites_count=2, reblogs_count=3, replies_count=4).reach == 9
        assert one(favourites_count=2, reblogs_count=None, replies_count="4").reach == 2
        assert one().reach is None

    @pytest.mark.parametrize(
        ("tag", "language"), [("de", "de"), ("zh-TW", "zh-TW"), (None, ""), ("", ""), ("a b", ""), (5, "")]
    )
    def test_a_language_is_a_tag(self, tag: Any, language: str) -> None:
        assert one(language=tag).language == language

    def test_handles_have_a_domain_when_they_are_from_elsewhere(self) -> None:
        author = one(account=BOB | {"display_name": "Bob\0 B.", "followers_count": 312}).author
        assert (author.handle, author.name, author.followers) == ("bob@other.example", "Bob B.", 312)

    def test_an_automated_profile_is_marked(self) -> None:
        assert told(account=ANN | {"bot": True}).automated
        assert not told(account=ANN | {"bot": "yes"}).automated

    def test_app_and_edit_and_link_are_kept(self) -> None:
        found = told(
            application={"name": "Web", "website": None},
            edited_at="2026-08-01T14:51:42.823Z",
            url="https://inst.example/@ann/117",
        )
        assert (found.app, found.edited_at, found.permalink) == ("Web", AT + 3_600_000, "https://inst.example/@ann/117")

    def test_a_time_after_its_arrival_is_made_up(self) -> None:
        found = one()
        assert message(found, "1", OURS, prefix=frozenset(), seen_at=AT - 5).created_at == AT - 5
        assert message(found, "1", OURS, prefix=frozenset(), seen_at=AT + 5).created_at == AT


class TestQuotes:
    QUOTED = status(id="33", account=ACME)

    @pytest.mark.parametrize(
        "quote",
        [{"state": "accepted", "quoted_status": QUOTED}, QUOTED],
        ids=["mastodon", "akkoma"],
    )
    def test_a_customers_quote_of_ours_is_a_kind_of_its_own(self, quote: Any) -> None:
        found = told(quote=quote)
        assert (found.kind, found.quotes_author, found.in_reply_to, found.thread) == (Kind.QUOTE, "900", None, "117")

    @pytest.mark.parametrize(
        "quote",
        [
            {"state": "deleted", "quoted_status": None},
            {"state": "accepted", "quoted_status_id": "33"},
            {"state": "pending"},
            {"state": "accepted", "quoted_status": {"id": "33"}},
            None,
            "33",
        ],
        ids=str,
    )
    def test_a_quote_that_is_not_shown_is_a_mention(self, quote: Any) -> None:
        found = told(quote=quote)
        assert (found.kind, found.quotes_author) == (Kind.MENTION, None)

    def test_our_quote_of_a_customer_answers_him_in_his_thread(self) -> None:
        asked = status(id="33", account=ANN, in_reply_to_id="30")
        root = one(id="30", account=BOB)
        found = told(root, account=ACME, quote={"state": "accepted", "quoted_status": asked})
        assert (found.in_reply_to, found.thread, found.side) == ("33", "30", Side.OURS)

    def test_our_quote_of_our_own_answers_nobody(self) -> None:
        found = told(account=ACME, quote={"state": "accepted", "quoted_status": self.QUOTED})
        assert (found.in_reply_to, found.thread) == (None, "117")

    def test_a_reply_that_quotes_us_is_a_reply(self) -> None:
        found = told(in_reply_to_id="30", quote={"state": "accepted", "quoted_status": self.QUOTED})
        assert (found.kind, found.in_reply_to) == (Kind.MENTION, "30")


class TestNames:
    def words(self, content: str, *people: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
        found = named(read_html(content), list(people))
        return found.leading, found.later, found.unseen

    def test_the_run_at_the_beginning_is_told_from_what_comes_later(self) -> None:
        content = f"<p>{link(ANN)} {link(ACME)} look, {link(BOB)}</p>"
        assert self.words(content, BOB, ACME, ANN) == (("55", "900"), ("66",), ())

    def test_behind_the_first_own_word_no_run_begins_anew(self) -> None:
        assert self.words("@ann see @acme @bob@other.example", ANN, ACME, BOB) == (("55",), ("900", "66"), ())

    def test_names_need_not_be_links(self) -> None:
        assert self.words("<p>@ann, @bob@other.example: hi @acme.</p>", ANN, BOB, ACME) == (("55", "66"), ("900",), ())

    def test_a_name_with_its_own_servers_domain_is_known(self) -> None:
        assert self.words("@acme@inst.example hi", ACME) == (("900",), (), ())

    def test_two_of_one_name_are_told_apart_by_where_their_links_lead(self) -> None:
        other = person("77", "acme@evil.example")
        assert self.words(f"{link(other)} or {link(ACME)}", ACME, other) == (("77",), ("900",), ())

    def test_words_that_only_look_like_names_are_none(self) -> None:
        assert self.words("mail me at x@acme or https://a.example/@acme", ACME) == ((), (), ("900",))

    def test_whom_no_word_names_is_named_all_the_same(self) -> None:
        assert self.words("<p>hello</p>", ACME) == ((), (), ("900",))

    def test_each_counts_once_in_each_place(self) -> None:
        assert self.words("@acme @acme hi @acme @acme", ACME) == (("900",), ("900",), ())

    @pytest.mark.parametrize("odd", [None, 5, "x", {}, [None], [[]], [{}], [{"id": None}], [{"id": "1", "acct": 5}]])
    def test_odd_lists_of_names_are_read_as_far_as_they_go(self, odd: Any) -> None:
        assert not named(read_html("@acme"), odd).leading

    @given(st.text(alphabet="@ab. -_:/\n\u202e日", max_size=200))
    @settings(deadline=None)
    def test_hostile_words_name_nobody_twice(self, text: str) -> None:
        found = named(read_html(text), [person("1", "a"), person("2", "b@a")])
        for part in (found.leading, found.later, found.unseen):
            assert len(part) == len(set(part))
        assert found.everyone == {"1", "2"}


class TestMentions:
    ASKED = one(id="30", account=ANN, content=f"{link(ACME)} where?", mentions=[ACME])
    CHAT = one(id="31", account=ANN, content="nice weather")

    def test_without_a_parent_every_name_is_the_authors_own(self) -> None:
        found = told(content="@acme and @bob@other.example", mentions=[ACME, BOB])
        assert (found.mentions, found.carried, found.opens_with) == (("900", "66"), (), "900")

    def test_the_names_that_an_app_puts_first_are_carried(self) -> None:
        found = told(
            self.ASKED, account=BOB, content="@ann @acme same here", mentions=[ANN, ACME],
            in_reply_to_id="30", in_reply_to_account_id="55",
        )  # fmt: skip
        assert (found.mentions, found.carried, found.opens_with) == ((), ("55", "900"), None)

    def test_a_name_that_the_parent_does_not_explain_was_typed(self) -> None:
        found = told(
            self.CHAT, account=BOB, content="@ann @acme what do you say?", mentions=[ANN, ACME],
            in_reply_to_id="31", in_reply_to_account_id="55",
        )  # fmt: skip
        assert (found.mentions, found.carried, found.opens_with) == (("900",), ("55",), "900")

    def test_a_name_further_on_is_the_authors_own_although_it_is_carried_as_well(self) -> None:
        found = told(
            self.ASKED, account=BOB, content="@ann @acme yes. Come on, @acme!", mentions=[ANN, ACME],
            in_reply_to_id="30", in_reply_to_account_id="55",
        )  # fmt: skip
        assert (found.mentions, found.carried) == (("900",), ("55", "900"))

    def test_addressees_that_no_word_names_are_carried_by_a_reply(self) -> None:
        found = told(
            self.ASKED, account=BOB, content="same here", mentions=[ANN, ACME],
            in_reply_to_id="30", in_reply_to_account_id="55",
        )  # fmt: skip
        assert (found.mentions, found.carried) == ((), ("55", "900"))

    def test_our_answer_names_only_whom_we_added(self) -> None:
        found = told(
            self.ASKED, account=ACME, content="@ann @bob@other.example both of you: sorry", mentions=[ANN, BOB],
            in_reply_to_id="30", in_reply_to_account_id="55",
        )  # fmt: skip
        assert (found.mentions, found.carried, found.opens_with) == (("66",), ("55",), "66")

    def test_of_a_parent_that_nobody_can_see_a_name_of_ours_counts_as_typed(self) -> None:
        found = told(
            account=BOB, content="@ann @acme help", mentions=[ANN, ACME],
            in_reply_to_id="99", in_reply_to_account_id="55",
        )  # fmt: skip
        assert (found.mentions, found.carried) == (("900",), ("55",))

    def test_of_a_parent_that_was_handed_on_before_a_name_of_ours_is_carried(self) -> None:
        found = one(
            account=BOB, content="@ann @acme same", mentions=[ANN, ACME],
            in_reply_to_id="99", in_reply_to_account_id="55",
        )  # fmt: skip
        threads = Threads({"99": "1"}, (), OURS)
        assert threads.lacks(found) is None
        assert "900" in threads.prefix(found)


class TestKinds:
    @pytest.mark.parametrize(
        ("visibility", "kind"),
        [
            ("public", Kind.MENTION),
            ("unlisted", Kind.MENTION),
            ("private", Kind.MENTION),
            ("mutuals_only", Kind.MENTION),
            (None, Kind.MENTION),
            ("direct", Kind.DIRECT_MESSAGE),
        ],
    )
    def test_only_a_private_mention_is_private(self, visibility: Any, kind: Kind) -> None:
        assert told(visibility=visibility).kind is kind

    @pytest.mark.parametrize(("who", "side"), [("900", Side.OURS), ("901", Side.OURS), ("55", Side.OTHER)])
    def test_the_account_and_its_team_are_ours(self, who: str, side: Side) -> None:
        assert told(account=person(who, "x")).side is side


def test_the_reasons_that_a_status_may_be_odd_are_all_caught() -> None:
    deep: Any = "x"
    for _ in range(100):
        deep = {"quote": {"quoted_status": deep}}
    with pytest.raises(ODD):
        read(json.loads(json.dumps(deep)))


def calendar(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
