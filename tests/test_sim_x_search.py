"""The pretend X searches as X does: seven days, half a minute late, by its query language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slamon.model import DAY, MINUTE, SECOND
from slamon.sim.x import PretendX
from x_client import NOON, Client, Clock, an_id

if TYPE_CHECKING:
    from collections.abc import Iterator

SEARCH = "/2/tweets/search/recent"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def x(clock: Clock) -> Iterator[PretendX]:
    with PretendX(clock) as pretend:
        yield pretend


@pytest.fixture
def client(x: PretendX) -> Iterator[Client]:
    asking = Client(x)
    yield asking
    asking.session.close()


class TestQueries:
    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ("gizmo", {1, 2, 3, 5}),
            ("GIZMO", {1, 2, 3, 5}),
            ("giz", set()),
            ('"my gizmo"', {1, 2}),
            ("gizmo broke", {2}),
            ("broke OR works", {2, 3}),
            ("gizmo broke OR parcel", {2, 4}),
            ("(broke OR works) from:bob", {3}),
            ("gizmo -broke", {1, 3, 5}),
            ("#fail", {4}),
            ("@acme", {5}),
            ("to:acme", {5}),
            ("gizmo is:reply", {5}),
            ("gizmo -is:reply", {1, 2, 3}),
            ("gizmo lang:de", {3}),
            ("gizmo has:mentions", {5}),
            ("quotes_of_tweet_id:{quoted}", {4}),
            ("in_reply_to_tweet_id:{own}", {5}),
            ("conversation_id:{own}", {5, 6}),
        ],
    )
    def test_what_an_operator_finds(self, x: PretendX, client: Client, query: str, numbers: set[int]) -> None:
        at = NOON - MINUTE
        own = x.post("acme", "6: hello all", at=at)
        first = x.post("ann", "1: my gizmo", at=at)
        x.post("ann", "2: my gizmo broke", at=at)
        x.post("bob", "3: Gizmo works", lang="de", at=at)
        x.post("cyd", "4: a parcel #fail", quotes=first, at=at)
        x.post("cyd", "5: @acme gizmo", reply_to=own, at=at)
        found = client.found(query.format(quoted=first, own=own))
        assert {int(text.removeprefix("@acme ")[0]) for text in found} == numbers

    def test_a_retweet_is_never_found(self, x: PretendX, client: Client) -> None:
        x.retweet("bob", x.post("ann", "my gizmo", at=NOON - MINUTE), at=NOON - MINUTE)
        assert client.found("gizmo") == ["my gizmo"]

    def test_only_the_newest_version_is_found(self, x: PretendX, client: Client) -> None:
        x.edit(x.post("ann", "my gizmo", at=NOON - 2 * MINUTE), "my widget", at=NOON - MINUTE)
        assert (client.found("gizmo"), client.found("widget")) == ([], ["my widget"])

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "g" * 513,
            "has:mentions",
            "is:reply OR lang:en",
            "-gizmo",
            "gizmo OR",
            "OR gizmo",
            "(gizmo",
            "gizmo)",
            "()",
            "gizmo and widget",
            "gizmo AND widget",
            "gizmo or widget",
            "a -(b OR c)",
            "gizmo min_faves:5",
            '"gizmo',
        ],
    )
    def test_a_query_that_x_does_not_take_is_refused(self, client: Client, query: str) -> None:
        answer = client.get(SEARCH, query=query)
        assert answer.status_code == 400
        assert list(answer.json()["errors"][0]["parameters"]) == ["query"]


class TestStretch:
    def test_the_newest_half_minute_is_left_out_unless_an_end_is_named(
        self, x: PretendX, client: Client, clock: Clock
    ) -> None:
        x.post("ann", "gizmo", at=NOON - 20 * SECOND)
        assert client.found("gizmo") == []
        assert client.found("gizmo", end_time="2026-11-22T11:59:50Z") == ["gizmo"]
        assert client.get(SEARCH, query="gizmo", end_time="2026-11-22T11:59:51Z").status_code == 400
        clock.now += 11 * SECOND
        assert client.found("gizmo") == ["gizmo"]

    def test_seven_days_are_searched(self, x: PretendX, client: Client, clock: Clock) -> None:
        x.post("ann", "gizmo")
        clock.now += 7 * DAY - SECOND
        assert client.found("gizmo") == ["gizmo"]
        clock.now += 2 * SECOND
        assert client.found("gizmo") == []

    def test_an_id_or_a_start_before_that_is_refused_in_x_s_words(self, client: Client) -> None:
        old = client.get(SEARCH, query="gizmo", since_id=an_id(NOON - 8 * DAY))
        assert "'since_id' must be a tweet id created after 2026-11-15T12:00:00" in old.json()["errors"][0]["message"]
        start = client.get(SEARCH, query="gizmo", start_time="2026-11-15T11:59:59Z")
        assert "'start_time' must be on or after" in start.json()["errors"][0]["message"]
        assert client.found("gizmo", start_time="2026-11-15T12:00:00Z") == []

    def test_ids_and_times_do_not_go_together(self, client: Client) -> None:
        answer = client.get(SEARCH, query="gizmo", since_id=an_id(NOON), start_time="2026-11-22T11:00:00Z")
        assert answer.status_code == 400
        assert "in conjunction with" in answer.json()["errors"][0]["message"]

    def test_since_id_is_exclusive(self, x: PretendX, client: Client) -> None:
        first = x.post("ann", "gizmo one", at=NOON - 3 * MINUTE)
        x.post("ann", "gizmo two", at=NOON - 2 * MINUTE)
        assert client.found("gizmo", since_id=first) == ["gizmo two"]

    @pytest.mark.parametrize("name", ["pagination_token", "next_token"])
    def test_pages_by_either_name_meet_every_post_once(self, x: PretendX, client: Client, name: str) -> None:
        for number in range(12):
            x.post("ann", f"gizmo {number}", at=NOON - MINUTE - number * SECOND)
        page = client.get(SEARCH, query="gizmo").json()
        texts = [post["text"] for post in page["data"]]
        texts += client.found("gizmo", **{name: page["meta"]["next_token"]})
        assert texts == [f"gizmo {number}" for number in range(12)]
        assert client.get(SEARCH, query="widget", pagination_token=page["meta"]["next_token"]).status_code == 400

    @pytest.mark.parametrize("size", ["9", "101"])
    def test_a_page_holds_ten_to_a_hundred(self, client: Client, size: str) -> None:
        answer = client.get(SEARCH, query="gizmo", max_results=size)
        assert "is not between 10 and 100" in answer.json()["errors"][0]["message"]

    def test_apps_and_accounts_have_budgets_of_their_own(self, x: PretendX, client: Client) -> None:
        assert client.get(SEARCH, query="gizmo").headers["x-rate-limit-limit"] == "450"
        client.session.headers["authorization"] = f"Bearer {x.user_token}"
        assert client.get(SEARCH, query="gizmo").headers["x-rate-limit-limit"] == "300"
