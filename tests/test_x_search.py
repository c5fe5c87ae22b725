"""What X is searched for: queries that it would refuse, posts that it shows late, and what counts as listening."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from connector_contract import NOON, Reader, all_messages
from rig_x import ENVIRON, SearchRig
from slamon.connectors._x.cursor import Cursor
from slamon.connectors._x.lists import SEARCH_CAP, SEARCH_DELAY, SILENCE, found_by
from slamon.connectors._x.posts import around, messages
from slamon.connectors._x.queries import LONGEST, as_sent, checked_query
from slamon.connectors.base import OpenThread
from slamon.connectors.x import X
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind, Side
from slamon.sim._x.query import BadParameterError
from slamon.sim._x.search import Query
from slamon.sim.faults import Fault
from slamon.sim.x import PretendX
from slamon.sla.fold import FoldSettings, fold
from x_client import STALE, asked, mention, post

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slamon.model import Message


class TestQueries:
    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("", "should be a search query"),
            ("   ", "should be a search query"),
            (5, "should be a search query"),
            (["gizmo"], "should be a search query"),
            ("has:links", "nothing to search for"),
            ("has:links OR is:reply", "nothing to search for"),
            ("lang:en -gizmo", "nothing to search for"),
            ("-gizmo", "nothing to search for"),
            ('"gizmo', "quotation mark"),
            ("(gizmo", "bracket"),
            ("gizmo)", "bracket"),
            (")gizmo(", "bracket"),
            ("gizmo ()", "empty brackets"),
            ("gizmo OR", "nothing after"),
            ("(gizmo OR) parcel", "nothing after"),
            ("OR gizmo", "nothing before"),
            ("gizmo OR OR parcel", "nothing before"),
            ("gizmo and parcel", "no operator"),
            ("gizmo AND parcel", "no operator"),
            ("gizmo or parcel", "ambiguous"),
            ("gizmo -(snow OR day)", "negates a group"),
            ("gizmo min_faves:10", "no operator of X's API"),
            ("gizmo -min_retweets:10", "no operator of X's API"),
            ("gizmo is:retweet", "retweets"),
            ("gizmo is:nullcast", "negated"),
            ("g" * LONGEST, "too long"),
        ],
        ids=str,
    )
    def test_what_x_would_refuse_is_refused_with_a_reason(self, query: object, words: str) -> None:
        with pytest.raises(PydanticCustomError, match=words.replace("(", r"\(")):
            checked_query(query)

    @pytest.mark.parametrize(
        ("query", "sent"),
        [
            ("gizmo", "gizmo -is:retweet"),
            ("gizmo  parcel\n", "gizmo parcel -is:retweet"),
            ("gizmo OR parcel", "(gizmo OR parcel) -is:retweet"),
            ('"this OR that"', '"this OR that" -is:retweet'),
            ("gizmo -is:retweet", "gizmo -is:retweet"),
            ("gizmo -IS:Retweet", "gizmo -IS:Retweet"),
            ("(cat OR #dog) @acme lang:en", "((cat OR #dog) @acme lang:en) -is:retweet"),
            ('"and" url:"https://acme.example/a b"', '"and" url:"https://acme.example/a b" -is:retweet'),
            (
                "gizmo point_radius:[2.355128 48.861118 16km]",
                "gizmo point_radius:[2.355128 48.861118 16km] -is:retweet",
            ),
            ("日本 -gizmo", "日本 -gizmo -is:retweet"),
            ("from:ann min_likes:10", "from:ann min_likes:10 -is:retweet"),
        ],
    )
    def test_retweets_are_left_out_of_the_whole_query(self, query: str, sent: str) -> None:
        assert as_sent(checked_query(query)) == sent

    def test_the_longest_query_is_counted_with_what_is_added(self) -> None:
        room = LONGEST - len(" -is:retweet")
        assert len(as_sent(checked_query("g" * room))) == LONGEST
        with pytest.raises(PydanticCustomError, match="too long"):
            checked_query("g" * (room + 1))

    parts = st.sampled_from(
        [
            "gizmo",
            "#tag",
            "@acme",
            '"a b"',
            "-no",
            "OR",
            "(",
            ")",
            "-(",
            "is:reply",
            "-is:retweet",
            "lang:en",
            "or",
            '"',
        ]
    )

    @given(st.lists(parts, max_size=8).map(" ".join))
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_what_is_taken_is_taken_by_x_too(self, query: str) -> None:
        try:
            sent = as_sent(checked_query(query))
        except PydanticCustomError:
            return
        Query(sent, _NOBODY)

    @given(st.text(max_size=600))
    def test_no_text_raises_anything_else(self, query: str) -> None:
        with suppress(PydanticCustomError):
            checked_query(query)

    def test_the_pretend_x_refuses_what_it_should(self) -> None:
        for query in ("has:links", "gizmo OR", "(gizmo", "gizmo and it", "gizmo min_faves:5", "-(gizmo) a"):
            with pytest.raises(BadParameterError):
                Query(query, _NOBODY)


_NOBODY = PretendX(lambda: NOON)
_NOBODY.server.close()


class TestSettings:
    def settings(self, **keys: Any) -> Any:
        base = {"account": "acme", "credentials": {"bearer_token": {"env": "TOKEN"}}}
        return X.Settings.model_validate(base | keys, context={"environ": ENVIRON})

    def test_by_default_only_mentions_are_watched(self) -> None:
        read = self.settings()
        assert (read.watch, read.search, read.group_messages) == (("mentions",), (), False)

    def test_the_same_thing_twice_is_once(self) -> None:
        read = self.settings(watch=["search", "mentions", "search"], search=["gizmo", " gizmo "])
        assert (read.watch, read.search) == (("search", "mentions"), ("gizmo",))

    @pytest.mark.parametrize(
        ("keys", "words"),
        [
            ({"watch": []}, "at least 1"),
            ({"watch": ["tags"]}, "messages"),
            ({"watch": ["search"]}, "there is no query"),
            ({"search": ["gizmo"]}, "nobody reads"),
            ({"watch": ["search"], "search": [f"gizmo{n}" for n in range(26)]}, "at most 25"),
            ({"watch": ["search"], "search": ["has:links"]}, "nothing to search for"),
            ({"watch": ["messages"]}, "a bearer token cannot read"),
            ({"group_messages": "maybe"}, "yes"),
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any], words: str) -> None:
        with pytest.raises(ValidationError, match=words):
            self.settings(**keys)


OURS = frozenset({"900", "901"})


def found(*, includes: Mapping[str, Any] | None = None, **facts: Any) -> Message:
    """A post as a search finds it."""
    (message,), _ = messages([post(**facts)], around({"includes": includes or {}}, OURS, searched=True))
    return message


class TestKinds:
    def test_a_post_that_has_nothing_to_do_with_us_is_listening_and_addressed_by_being_searched_for(self) -> None:
        message = found(text="my gizmo broke")
        assert (message.kind, message.addressed) == (Kind.LISTENING, True)

    @pytest.mark.parametrize(
        "facts",
        [
            {"text": "@acme my gizmo", "entities": {"mentions": [mention(0, "900")]}},
            {"text": "@acmehelp my gizmo", "entities": {"mentions": [mention(0, "901")]}},
            {"text": "@acme x", "entities": {"mentions": [mention(0, "900")]}, "display_text_range": [6, 7]},
            {"in_reply_to_user_id": "900", "referenced_tweets": [{"type": "replied_to", "id": "17"}]},
        ],
        ids=["named", "team named", "carried", "reply"],
    )
    def test_what_is_a_mention_anyway_stays_one(self, facts: dict[str, Any]) -> None:
        message = found(**facts)
        assert (message.kind, message.addressed) == (Kind.MENTION, False)

    def test_a_quote_of_ours_stays_a_quote(self) -> None:
        quoted = {"id": "17", "author_id": "900", "conversation_id": "16"}
        assert (
            found(includes={"tweets": [quoted]}, referenced_tweets=[{"type": "quoted", "id": "17"}]).kind is Kind.QUOTE
        )

    def test_our_own_posts_are_ours_and_no_listening(self) -> None:
        message = found(author_id="901", text="buy a gizmo")
        assert (message.side, message.kind) == (Side.OURS, Kind.MENTION)

    def test_what_comes_from_the_list_of_mentions_is_never_listening(self) -> None:
        (message,), _ = messages([post(text="hello")], around({}, OURS))
        assert message.kind is Kind.MENTION


class Everything(SearchRig):
    """A channel that reads mentions, too."""

    def keys(self) -> dict[str, Any]:
        return super().keys() | {"watch": ["mentions", "search"], "search": ["gizmo", "parcel"]}


@pytest.fixture
def rig() -> Iterator[SearchRig]:
    with Everything() as each:
        yield each


@pytest.fixture
def x(rig: SearchRig) -> PretendX:
    return rig.x


@pytest.fixture
def reader(rig: SearchRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


SEARCH = "/search/recent"


def searches(x: PretendX) -> list[str]:
    """What was searched for, but for the first question, which X itself is spared: whether the server has operators."""
    return [query["query"] for query in asked(x, SEARCH)][1:]


class TestPolls:
    def test_each_query_is_a_call_after_the_mentions_and_before_our_own_posts(
        self, x: PretendX, reader: Reader
    ) -> None:
        reader.poll()
        ends = [taken.request.path.rsplit("/", 1)[-1] for taken in x.server.ledger]
        assert ends == ["by", "mentions", "recent", "recent", "recent", "tweets", "tweets"]
        assert searches(x) == ["gizmo -is:retweet", "parcel -is:retweet"]

    def test_a_post_that_several_lists_show_comes_once_and_as_a_mention(self, x: PretendX, reader: Reader) -> None:
        both = x.customer_posts("ann", "@acme my gizmo and my parcel", at=NOON - MINUTE)
        heard = x.customer_posts("bob", "gizmo in a parcel", at=NOON - MINUTE)
        found_ids = [message.id for message in all_messages(reader.poll())]
        assert sorted(found_ids) == sorted([both, heard])
        assert {key: message.kind for key, message in reader.messages.items()} == {
            both: Kind.MENTION,
            heard: Kind.LISTENING,
        }

    def test_the_newest_half_minute_is_found_later_and_counts_as_unread_until_then(
        self, rig: SearchRig, x: PretendX, reader: Reader
    ) -> None:
        heard = x.customer_posts("bob", "gizmo", at=NOON - SECOND)
        reader.poll()
        assert heard not in reader.messages
        assert reader.connector.visible_after == SEARCH_DELAY + 5 * SECOND
        rig.now += MINUTE
        reader.poll()
        assert heard in reader.messages

    def test_a_post_that_is_found_late_is_not_lost(self, rig: SearchRig, x: PretendX, reader: Reader) -> None:
        late = x.customer_posts("ann", "gizmo, slow", at=NOON - 34 * SECOND, appears_after=40 * SECOND)
        x.customer_posts("bob", "gizmo, quick", at=NOON - 32 * SECOND)
        reader.poll()
        assert late not in reader.messages
        rig.now += MINUTE
        reader.poll()
        assert late in reader.messages

    def test_ids_and_times_are_never_asked_for_together(self, rig: SearchRig, x: PretendX, reader: Reader) -> None:
        x.customer_posts("bob", "gizmo", at=NOON - HOUR)
        reader.poll()
        rig.now += HOUR
        reader.poll()
        bounds = [
            sorted(query.keys() & {"since_id", "start_time", "end_time", "until_id"}) for query in asked(x, SEARCH)[1:]
        ]
        assert bounds == [["start_time"], ["start_time"], ["since_id"], ["start_time"]]

    def test_a_longer_lookback_than_x_searches_is_cut_to_its_seven_days(self, rig: SearchRig, x: PretendX) -> None:
        inside = x.customer_posts("bob", "gizmo", at=NOON - 6 * DAY)
        x.customer_posts("bob", "gizmo", at=NOON - 8 * DAY)
        reader = Reader(rig)
        reader.connector = X(reader.connector.settings, long_ago(reader))
        assert reader.poll()[-1].complete
        assert set(reader.messages) == {inside}
        reader.close()

    def test_a_search_that_finds_nothing_for_weeks_stays_complete(
        self, rig: SearchRig, x: PretendX, reader: Reader
    ) -> None:
        x.customer_posts("bob", "gizmo", at=NOON - HOUR)
        for _ in range(20):
            assert reader.poll()[-1].complete
            rig.now += DAY
        assert [taken.status for taken in x.server.ledger if taken.status != 200] == [400]  # that of `searches`

    def test_silence_moves_the_cursor_on_but_leaves_a_day_for_late_finds(self, reader: Reader) -> None:
        reader.poll()
        start = Cursor.parse(reader.cursor).start
        (key, _) = (each.key for each in found_by(["gizmo", "parcel"]))
        assert NOON - SILENCE - HOUR < start[key] < NOON - SILENCE

    def test_after_a_week_without_reading_it_goes_on_by_time_and_says_so(
        self, rig: SearchRig, x: PretendX, reader: Reader
    ) -> None:
        x.customer_posts("bob", "gizmo", at=NOON - HOUR)
        reader.poll()
        rig.now += 9 * DAY
        new = x.customer_posts("bob", "gizmo again", at=rig.now - HOUR)
        (*_, last) = reader.poll()
        assert new in reader.messages
        assert (last.complete, last.cursor is not None) == (False, True)
        assert reader.poll()[-1].complete
        assert 400 in {taken.status for taken in x.server.ledger}

    def test_a_since_id_that_x_refuses_without_need_is_replaced_by_a_time(self, x: PretendX, reader: Reader) -> None:
        x.customer_posts("bob", "gizmo", at=NOON - HOUR)
        reader.poll()
        new = x.customer_posts("bob", "gizmo again", at=NOON - MINUTE)
        x.faults.add(Fault(path="/2/tweets/search", status=400, body=json.dumps(STALE)))
        assert reader.poll()[-1].complete
        assert new in reader.messages

    def test_a_changed_query_begins_anew(self, rig: SearchRig, x: PretendX, reader: Reader) -> None:
        x.customer_posts("bob", "a widget", at=NOON - DAY)
        reader.poll()

        class Changed(Everything):
            def __init__(self) -> None:
                self.now, self.x, self.server = rig.now, rig.x, rig.server

            def keys(self) -> dict[str, Any]:
                return super().keys() | {"search": ["gizmo", "widget"]}

        changed = Reader(Changed())
        changed.cursor = reader.cursor
        assert [message.text for message in all_messages(changed.poll())] == ["a widget"]
        ends = json.loads(changed.cursor or "")
        keys = {*ends["since"], *ends["start"]}
        assert {each.key for each in found_by(["gizmo", "widget"])} <= keys
        assert {each.key for each in found_by(["parcel"])}.isdisjoint(keys)
        changed.close()

    def test_a_flood_is_read_up_to_a_bound_for_the_bill_and_then_goes_on(
        self, rig: SearchRig, x: PretendX, reader: Reader
    ) -> None:
        x.customer_posts("bob", "gizmo", at=NOON - HOUR)
        reader.poll()
        for number in range(SEARCH_CAP + 50):
            x.customer_posts(f"c{number % 7}", f"gizmo {number}", at=NOON - MINUTE + number)
        last = reader.poll()[-1]
        assert (last.complete, last.cursor is not None) == (False, True)
        assert len(reader.messages) == SEARCH_CAP + 1
        rig.now += MINUTE
        assert reader.poll()[-1].complete

    def test_protected_and_passed_on_posts_are_not_found(self, x: PretendX, reader: Reader) -> None:
        heard = x.customer_posts("bob", "gizmo", at=NOON - HOUR)
        x.retweet("cyd", heard, at=NOON - MINUTE)
        x.customer_posts("shy", "gizmo", at=NOON - MINUTE)
        x.protect("shy")
        reader.poll()
        assert set(reader.messages) == {heard}


class TestAnswers:
    def test_our_answer_ends_the_wait_of_a_post_that_was_listened_to(self, x: PretendX, reader: Reader) -> None:
        heard = x.customer_posts("bob", "gizmo broke", at=NOON - HOUR)
        answer = x.brand_replies(heard, "we can help", at=NOON - MINUTE)
        back = x.customer_posts("bob", "please do", reply_to=answer, at=NOON - MINUTE)
        reader.poll()
        kinds = {key: reader.messages[key].kind for key in (heard, back)}
        assert kinds == {heard: Kind.LISTENING, back: Kind.MENTION}
        first, second = fold(reader.messages.values(), FoldSettings(ours=reader.identity.ours)).waits
        assert (first.messages, first.answered_by) == ((heard,), answer)
        assert (second.messages, second.answered_by) == ((back,), None)

    def test_looking_at_it_again_leaves_it_what_it_is(self, x: PretendX, reader: Reader) -> None:
        heard = x.customer_posts("bob", "gizmo broke", at=NOON - HOUR)
        named = x.customer_posts("bob", "@acme gizmo broke", at=NOON - HOUR)
        reader.poll()
        before = dict(reader.messages)
        threads = [OpenThread(each, "55", (each,), NOON - HOUR) for each in (heard, named)]
        for page in reader.connector.recheck(reader.identity, reader.cursor, threads):
            reader.keep(page)
        assert reader.messages == before

    def test_a_deleted_post_is_gone(self, x: PretendX, reader: Reader) -> None:
        heard = x.customer_posts("bob", "gizmo broke", at=NOON - HOUR)
        reader.poll()
        x.delete(heard)
        thread = OpenThread(heard, "55", (heard,), NOON - HOUR)
        for page in reader.connector.recheck(reader.identity, reader.cursor, [thread]):
            reader.keep(page)
        assert set(reader.gone) == {heard}


def long_ago(reader: Reader) -> Any:
    """The context of a channel that looks back for a month."""
    return reader.connector.context.__class__("acme", reader.rig.clock, 30 * DAY)
