"""X's lists are read so that no post is lost: the traps of API v2's paging, ids, limits and errors one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connector_contract import NOON, Reader, all_messages, altered
from rig_x import XRig
from slamon.connectors._x.answers import STALE_SINCE, budget, problem
from slamon.connectors._x.cursor import Cursor, advanced
from slamon.connectors._x.ids import SNOWFLAKE_EPOCH, id_at
from slamon.connectors.base import OpenThread
from slamon.connectors.x import CLOCK_GRAIN, X
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim.faults import Fault
from x_client import STALE, asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.x import PretendX


def an_id(at: int) -> str:
    return str(id_at(at))


class TestCursor:
    def test_what_is_written_is_read(self) -> None:
        assert Cursor.parse(Cursor({"mentions": "5"}).text()) == Cursor({"mentions": "5"})

    @pytest.mark.parametrize(
        "text", [None, "", "5", "null", "{", '{"since": 5}', '{"since": {"a": 5}}', '{"since": {"a": "x"}}']
    )
    def test_what_is_no_cursor_starts_from_the_lookback(self, text: str | None) -> None:
        assert Cursor.parse(text) == Cursor()

    ids = st.integers(1, 1 << 62).map(str)

    @given(st.none() | ids, st.lists(ids), st.integers(SNOWFLAKE_EPOCH, SNOWFLAKE_EPOCH + (1 << 40)))
    def test_it_never_goes_back_nor_past_what_was_seen_and_settled(
        self, since: str | None, seen: list[str], settled: int
    ) -> None:
        after = int(advanced(since, seen, settled) or 0)
        assert after >= int(since or 0)
        assert after <= max(int(since or 0), *map(int, seen), 0, key=int)
        assert after <= max(int(since or 0), id_at(settled))


class TestWords:
    @pytest.mark.parametrize(
        ("document", "code"),
        [
            ({"type": "https://api.twitter.com/2/problems/usage-capped"}, "usage-capped"),
            ({"type": "https://api.x.com/2/problems/credits-depleted"}, "credits-depleted"),
            ({"type": "about:blank", "title": "Unauthorized"}, ""),
            (STALE, STALE_SINCE),
            ({"type": "https://api.x.com/2/problems/invalid-request", "parameter": "since_id"}, STALE_SINCE),
            ({"type": "https://api.x.com/2/problems/invalid-request", "parameter": "query"}, "invalid-request"),
            ({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, ""),
            ({"errors": 5, "type": 5, "title": 5}, ""),
            ([], ""),
            (None, ""),
        ],
    )
    def test_a_problem_is_known_by_the_last_part_of_its_type(self, document: Any, code: str) -> None:
        assert problem(document).code == code

    def test_the_tightest_budget_is_told(self) -> None:
        headers = {
            f"x-rate-limit-{part}": value for part, value in (("limit", "450"), ("remaining", "440"), ("reset", "9"))
        }
        daily = {
            f"x-app-limit-24hour-{part}": value
            for part, value in (("limit", "900"), ("remaining", "3"), ("reset", "8"))
        }
        assert budget("mentions", headers | daily) == budget("mentions", daily)

    @pytest.mark.parametrize("value", ["", "many", "-1", "1" * 40])
    def test_a_budget_that_is_not_told_is_not_zero(self, value: str) -> None:
        assert budget("mentions", {"x-rate-limit-remaining": value, "x-rate-limit-limit": "5"}) is None


class TestSettings:
    KEYS: dict[str, Any] = {"account": "acme", "credentials": {"bearer_token": {"env": "T"}}}  # noqa: RUF012 - constant

    def settings(self, **keys: Any) -> Any:
        return X.Settings.model_validate(self.KEYS | keys, context={"environ": {"T": "app-only-0815"}})

    def test_the_token_is_never_shown(self) -> None:
        assert "app-only-0815" not in repr(self.settings()) + str(self.settings())

    def test_every_key_is_documented(self) -> None:
        page = Path(__file__).parents[1].joinpath("docs/connectors/x.md").read_text(encoding="utf-8")
        assert {key for key in X.Settings.model_fields if f"| `{key}" not in page} == set()

    def test_x_itself_is_the_default(self) -> None:
        assert self.settings().base_url == "https://api.x.com"

    @pytest.mark.parametrize(
        "keys",
        [
            {"account": "@acme"},
            {"account": "a" * 16},
            {"team": ["acme help"]},
            {"base_url": "http://api.x.com"},
            {"visible_after": "5"},
            {"tem": []},
            {"credentials": {}},
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.settings(**keys)


@pytest.fixture
def rig() -> Iterator[XRig]:
    each = XRig()
    with each.x:
        yield each


@pytest.fixture
def x(rig: XRig) -> PretendX:
    return rig.x


@pytest.fixture
def reader(rig: XRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


class TestIdentity:
    def test_handles_become_ids(self, x: PretendX, reader: Reader) -> None:
        assert (reader.identity.account, reader.identity.team) == (x.brand.id, (x.team[0].id,))

    def test_handles_that_nobody_has_are_named(self, rig: XRig, x: PretendX) -> None:
        connector = rig.connector()
        altered(x.server, lambda document: document["data"].pop())
        with pytest.raises(PlatformError, match="@acmehelp") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.NOT_FOUND


class TestPolls:
    def test_fields_are_always_asked_for_in_the_older_spelling(self, x: PretendX, reader: Reader) -> None:
        reader.poll()
        assert all("tweet.fields" in query and "post.fields" not in query for query in asked(x, "/mentions"))

    def test_an_answer_in_the_newer_spelling_is_read_as_well(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        parcel = rig.customer("where?")
        rig.ours("here", parcel)
        expected = {message.id: message for message in all_messages(reader.poll())}
        altered(x.server, respelled)
        reader.cursor = None
        assert {message.id: message for message in all_messages(reader.poll())} == expected

    def test_the_first_poll_reads_the_lookback(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        rig.customer("too long ago", at=NOON - 8 * DAY)
        inside = rig.customer("last week", at=NOON - 6 * DAY)
        reader.poll()
        assert set(reader.messages) == {inside}
        assert asked(x, "/mentions")[0]["start_time"] == "2026-11-15T12:00:00Z"

    def test_while_paging_since_id_stays(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        rig.customer("first", at=NOON - HOUR)
        reader.poll()
        for number in range(250):
            rig.customer(f"number {number}", by=f"c{number}", at=NOON - MINUTE + number)
        reader.poll()
        first, *others = asked(x, "/mentions")[1:]
        assert len(others) == 2
        assert {query["since_id"] for query in others} == {first["since_id"]}
        assert len(reader.messages) == 251

    def test_a_post_that_shows_up_behind_a_newer_one_is_not_lost(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        late = x.customer_posts("ann", "@acme slow", at=NOON - SECOND, appears_after=5 * SECOND)
        rig.customer("quick", by="bob")
        reader.poll()
        assert late not in reader.messages
        rig.now += MINUTE
        reader.poll()
        assert late in reader.messages

    def test_a_post_is_read_again_only_while_older_ones_may_still_show_up(
        self, rig: XRig, x: PretendX, reader: Reader
    ) -> None:
        quick = rig.customer("quick")
        reader.poll()
        assert [message.id for message in all_messages(reader.poll())] == [quick]
        rig.now += reader.connector.visible_after + CLOCK_GRAIN + SECOND
        reader.poll()
        assert all_messages(reader.poll()) == []
        assert asked(x, "/mentions")[-1]["since_id"] == quick

    def test_our_clock_being_wrong_loses_nothing(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        late = x.customer_posts("ann", "@acme slow", at=NOON - SECOND, appears_after=5 * SECOND)
        rig.customer("quick", by="bob")
        ahead = X(reader.connector.settings, reader.connector.context.__class__("x", lambda: rig.now + HOUR, 7 * DAY))
        cursor = list(ahead.fetch(reader.identity, None))[-1].cursor
        rig.now += MINUTE
        found = {message.id for page in ahead.fetch(reader.identity, cursor) for message in page.messages}
        ahead.close()
        assert late in found

    def test_a_since_id_that_x_refuses_is_replaced_by_a_time(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        rig.customer("first", at=NOON - HOUR)
        reader.poll()
        new = rig.customer("second")
        x.faults.add(Fault(path="/2/users", status=400, body=json.dumps(STALE)))
        (*_, last) = reader.poll()
        assert new in reader.messages
        assert last.complete
        assert "since_id" not in asked(x, "/mentions")[-1]

    def test_after_longer_than_the_lookback_such_a_poll_is_not_complete(
        self, rig: XRig, x: PretendX, reader: Reader
    ) -> None:
        rig.customer("first", at=NOON - HOUR)
        reader.poll()
        rig.now += 20 * DAY
        x.faults.add(Fault(path="/2/users", status=400, body=json.dumps(STALE)))
        (*_, last) = reader.poll()
        assert (last.complete, last.cursor is not None) == (False, True)

    def test_any_other_400_is_a_fault_of_ours(self, x: PretendX, reader: Reader) -> None:
        x.faults.add(Fault(path="/2/users", status=400, body="{}"))
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.BAD_REQUEST

    def test_a_first_poll_that_reaches_the_cap_is_complete(self, rig: XRig, reader: Reader) -> None:
        flood(rig)
        assert reader.poll()[-1].complete
        assert len(reader.messages) == 800

    def test_a_later_poll_that_reaches_the_cap_is_not_but_goes_on(self, rig: XRig, reader: Reader) -> None:
        rig.customer("before", at=NOON - HOUR)
        reader.poll()
        flood(rig)
        last = reader.poll()[-1]
        assert (last.complete, last.cursor is not None) == (False, True)
        assert reader.poll()[-1].complete

    def test_a_new_member_of_the_team_is_read_from_the_lookback(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        reader.cursor = Cursor({"mentions": an_id(NOON - MINUTE), x.brand.id: an_id(NOON - MINUTE)}).text()
        old = rig.ours("on it", rig.customer("hello?", at=NOON - 2 * DAY), team=True)
        reader.poll()
        assert old in reader.messages

    def test_retweets_by_anyone_are_left_out(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        parcel = rig.customer("hello?")
        x.retweet("bob", parcel)
        x.retweet("acme", parcel)
        reader.poll()
        assert set(reader.messages) == {parcel}

    def test_a_channel_whose_account_is_gone_is_not_taken_for_silent(self, reader: Reader) -> None:
        reader.identity = type(reader.identity)("4711", "acme")
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_what_x_says_of_its_budgets_is_passed_on(self, reader: Reader) -> None:
        reader.poll()
        quotas = {quota.endpoint: quota for quota in reader.connector.quotas()}
        assert (quotas["mentions"].limit, quotas["mentions"].remaining) == (450, 449)
        assert quotas["posts"].limit == 10_000
        assert quotas["mentions"].resets_at == pytest.approx(NOON + 15 * MINUTE, abs=2 * SECOND)


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "verdict"),
        [
            ("unauthorized", Verdict.CREDENTIAL),
            ("credits", Verdict.PAYMENT),
            ("payment", Verdict.PAYMENT),
            ("cap", Verdict.PAYMENT),
            ("not-enrolled", Verdict.PERMISSION),
            ("wrong-token", Verdict.PERMISSION),
            ("rate", Verdict.WAIT),
        ],
    )
    def test_each_shape_has_its_verdict(self, x: PretendX, reader: Reader, name: str, verdict: Verdict) -> None:
        x.refuse(name)
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is verdict

    def test_a_used_up_budget_is_waited_for_until_x_says(self, x: PretendX, reader: Reader) -> None:
        x.exhaust("mentions")
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.until == pytest.approx(NOON + 15 * MINUTE, abs=3 * SECOND)


class TestRecheck:
    def look(self, reader: Reader, *waiting: str) -> Iterator[Any]:
        threads = [OpenThread(each, "55", (each,), NOON - HOUR) for each in waiting]
        return reader.connector.recheck(reader.identity, reader.cursor, threads)

    def test_it_costs_a_call_an_account_and_one_a_hundred_messages(
        self, rig: XRig, x: PretendX, reader: Reader
    ) -> None:
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(101)]
        reader.poll()
        before = len(x.server.ledger)
        list(self.look(reader, *waiting))
        assert len(x.server.ledger) - before == 2 + 2

    def test_a_protected_author_is_not_gone(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        x.protect("ann")
        assert [each for page in self.look(reader, parcel) for each in page.gone] == []

    def test_an_edited_message_is_not_turned_back_to_its_first_words(self, rig: XRig, reader: Reader) -> None:
        parcel = rig.customer("wher?")
        rig.edit(parcel, "where?")
        reader.poll()
        for page in self.look(reader, parcel):
            reader.keep(page)
        assert reader.messages[parcel].text == "@acme where?"

    def test_before_the_first_poll_it_reads_from_the_oldest_wait(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        parcel = rig.customer("hello?", at=NOON - HOUR)
        answer = rig.ours("on it", parcel)
        pages = list(self.look(reader, parcel))
        assert answer in {message.id for message in all_messages(pages)}
        assert asked(x, "/tweets")[0]["start_time"] == "2026-11-22T11:00:00Z"

    def test_it_may_run_beside_a_poll(self, rig: XRig, reader: Reader) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        answer = rig.ours("on it", parcel)
        poll = reader.connector.fetch(reader.identity, reader.cursor)
        first = next(poll)
        looked = all_messages(self.look(reader, parcel))
        polled = [*first.messages, *all_messages(poll)]
        assert answer in {message.id for message in looked} & {message.id for message in polled}


def flood(rig: XRig) -> None:
    """More mentions than X's list reaches back."""
    for number in range(810):
        rig.customer(f"number {number}", by=f"c{number}", at=NOON - MINUTE + number)


def respelled(document: Any) -> None:
    """Turn an answer into the newer spelling."""
    names = {
        "referenced_tweets": "referenced_posts",
        "edit_history_tweet_ids": "edit_history_post_ids",
        "note_tweet": "note_post",
        "tweets": "posts",
    }
    text = json.dumps(document)
    for older, newer in names.items():
        text = text.replace(f'"{older}"', f'"{newer}"')
    document.clear()
    document.update(json.loads(text))
