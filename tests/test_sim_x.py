"""The pretend X answers as API v2 does, and as unkindly as it may."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamon.model import HOUR, MINUTE, SECOND
from slamon.sim._x.network import SNOWFLAKE_EPOCH, created
from slamon.sim.x import PretendX
from x_client import EVERYTHING, NOON, Client, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def x(clock: Clock) -> Iterator[PretendX]:
    with PretendX(clock, team=["acmehelp"]) as pretend:
        yield pretend


@pytest.fixture
def client(x: PretendX) -> Iterator[Client]:
    asking = Client(x)
    yield asking
    asking.session.close()


class TestLists:
    def test_nobody_wrote_so_there_is_no_data_at_all(self, client: Client) -> None:
        assert client.mentions() == {"meta": {"result_count": 0}}

    def test_mentions_come_newest_first(self, x: PretendX, client: Client) -> None:
        x.customer_posts("ann", "@acme one", at=NOON - 2)
        x.customer_posts("bob", "@acme two", at=NOON - 1)
        assert client.texts() == ["@acme two", "@acme one"]

    def test_a_post_that_names_nobody_is_no_mention(self, x: PretendX, client: Client) -> None:
        x.customer_posts("ann", "mail me at ann@acme or @acmecorp")
        assert client.texts() == []

    def test_without_fields_only_the_defaults_are_shown(self, x: PretendX, client: Client) -> None:
        new = x.customer_posts("ann", "@acme hi")
        assert client.mentions()["data"] == [{"id": new, "text": "@acme hi", "edit_history_tweet_ids": [new]}]

    def test_pages_by_opaque_token_meet_every_post_once(self, x: PretendX, client: Client) -> None:
        ids = [x.customer_posts("ann", f"@acme {number}", at=NOON - number * SECOND) for number in range(12)]
        assert [post["id"] for page in client.pages(max_results=5) for post in page["data"]] == ids

    def test_a_token_holds_for_its_own_list_only(self, x: PretendX, client: Client) -> None:
        for number in range(6):
            x.customer_posts("ann", f"@acme {number}")
        token = client.mentions(max_results=5)["meta"]["next_token"]
        answer = client.get(f"/2/users/{x.brand.id}/tweets", pagination_token=token)
        assert answer.status_code == 400

    def test_since_and_until_are_exclusive_and_a_future_since_is_empty(self, x: PretendX, client: Client) -> None:
        first, middle, last = (x.customer_posts("ann", f"@acme {n}", at=NOON - 9 + n) for n in range(3))
        assert [post["id"] for post in client.mentions(since_id=first, until_id=last)["data"]] == [middle]
        assert client.mentions(since_id=last) == {"meta": {"result_count": 0}}

    def test_start_is_inclusive_and_end_is_not(self, x: PretendX, client: Client, clock: Clock) -> None:
        for number in range(3):
            x.customer_posts("ann", f"@acme {number}", at=NOON + number * SECOND)
        clock.now += MINUTE
        assert client.texts(start_time="2026-11-22T12:00:00Z", end_time="2026-11-22T12:00:02Z") == [
            "@acme 1",
            "@acme 0",
        ]

    def test_only_the_newest_800_mentions_can_be_reached(self, x: PretendX, client: Client) -> None:
        for number in range(803):
            x.customer_posts("ann", f"@acme {number}")
        assert sum(page["meta"]["result_count"] for page in client.pages(max_results=100)) == 800

    def test_own_posts_can_be_asked_for_without_replies_or_retweets(self, x: PretendX, client: Client) -> None:
        asked = x.customer_posts("ann", "@acme hello?")
        x.brand_replies(asked, "hi")
        x.retweet("acme", asked)
        x.post("acme", "we are open")
        assert [post["text"] for post in client.own(exclude="replies,retweets")["data"]] == ["we are open"]
        assert len(client.own()["data"]) == 3

    def test_a_post_of_the_future_is_not_shown_yet(self, x: PretendX, client: Client, clock: Clock) -> None:
        x.customer_posts("ann", "@acme later", at=NOON + SECOND)
        assert client.texts() == []
        clock.now += SECOND
        assert client.texts() == ["@acme later"]

    def test_a_late_post_appears_under_a_newer_one_that_was_seen_before(
        self, x: PretendX, client: Client, clock: Clock
    ) -> None:
        x.customer_posts("ann", "@acme slow", appears_after=5 * SECOND)
        clock.now += SECOND
        x.customer_posts("bob", "@acme quick")
        assert client.texts() == ["@acme quick"]
        clock.now += 5 * SECOND
        assert client.texts() == ["@acme quick", "@acme slow"]

    def test_protected_posts_leave_holes_in_pages(self, x: PretendX, client: Client) -> None:
        x.customer_posts("ann", "@acme public", at=NOON - HOUR)
        for _ in range(5):
            x.customer_posts("shy", "@acme secret")
        x.protect("shy")
        page = client.mentions(max_results=5)
        assert page["meta"]["result_count"] == 0
        assert client.texts(max_results=5, pagination_token=page["meta"]["next_token"]) == ["@acme public"]


class TestPosts:
    def test_ids_tell_the_millisecond_and_created_at_the_second(self, x: PretendX, client: Client) -> None:
        new = x.customer_posts("ann", "@acme hi", at=NOON - 1_234)
        post = client.mentions(tweet__fields="created_at")["data"][0]
        assert created(new) == NOON - 1_234
        assert post["created_at"] == "2026-11-22T11:59:58.000Z"

    @given(at=st.integers(SNOWFLAKE_EPOCH, 4_000_000_000_000))
    @settings(max_examples=50)
    def test_ids_keep_their_time_and_never_meet(self, at: int) -> None:
        network = PretendX(Clock())
        ids = [network.post("ann", "hi", at=at) for _ in range(5)]
        network.server.close()
        assert {created(post) for post in ids} == {at}
        assert ids == sorted(set(ids), key=int)

    def test_text_is_escaped(self, x: PretendX, client: Client) -> None:
        x.customer_posts("ann", '@acme <b>&"')
        assert client.texts() == ['@acme &lt;b&gt;&amp;"']

    def test_a_reply_carries_names_before_its_own_words(self, x: PretendX, client: Client) -> None:
        root = x.customer_posts("ann", "@acme and @bob, look")
        x.user("bob")
        x.brand_replies(root, "we look")
        new = x.customer_posts("bob", "me too", reply_to=root)
        post = client.mentions(**EVERYTHING)["data"][0]
        assert post["id"] == new
        assert post["text"] == "@ann @acme me too"
        assert post["display_text_range"] == [11, 17]
        assert [(entity["start"], entity["username"]) for entity in post["entities"]["mentions"]] == [
            (0, "ann"),
            (5, "acme"),
        ]
        assert post["referenced_tweets"] == [{"type": "replied_to", "id": root}]
        assert post["conversation_id"] == root

    def test_a_brand_reply_says_whom_it_answers(self, x: PretendX, client: Client) -> None:
        asked = x.customer_posts("ann", "@acme where?")
        x.brand_replies(asked, "here", by="acmehelp")
        x.brand_replies(asked, "and here")
        post = client.own(**EVERYTHING)["data"][0]
        assert post["in_reply_to_user_id"] == x.user("ann").id
        assert x.posts[asked].conversation == post["conversation_id"]

    def test_an_edit_has_a_new_id_and_the_whole_history(self, x: PretendX, client: Client, clock: Clock) -> None:
        old = x.customer_posts("ann", "@acme teh parcel")
        clock.now += MINUTE
        new = x.edit(old, "@acme the parcel")
        assert client.mentions()["data"] == [
            {"id": new, "text": "@acme the parcel", "edit_history_tweet_ids": [old, new]}
        ]
        assert created(new) == NOON + MINUTE

    def test_an_edit_after_half_an_hour_is_refused(self, x: PretendX, clock: Clock) -> None:
        old = x.customer_posts("ann", "@acme hi")
        clock.now += 31 * MINUTE
        with pytest.raises(ValueError, match="30 minutes"):
            x.edit(old, "@acme ho")

    def test_a_sixth_edit_is_refused(self, x: PretendX) -> None:
        latest = x.customer_posts("ann", "@acme hi")
        for number in range(5):
            latest = x.edit(latest, f"@acme {number}")
        with pytest.raises(ValueError, match="5 times"):
            x.edit(latest, "@acme enough")

    def test_an_edit_may_end_a_mention(self, x: PretendX, client: Client) -> None:
        x.edit(x.customer_posts("ann", "@acme hi"), "never mind")
        assert client.texts() == []

    def test_a_deleted_post_vanishes_from_lists_and_is_an_error_of_its_lookup(
        self, x: PretendX, client: Client
    ) -> None:
        gone = x.customer_posts("ann", "@acme hi")
        stays = x.customer_posts("ann", "@acme ho")
        x.delete(gone)
        answer = client.get("/2/tweets", ids=f"{gone},{stays}").json()
        assert client.texts() == ["@acme ho"]
        assert [post["id"] for post in answer["data"]] == [stays]
        assert [(error["value"], error["type"].rsplit("/", 1)[1]) for error in answer["errors"]] == [
            (gone, "resource-not-found")
        ]

    def test_deleting_an_old_version_deletes_all(self, x: PretendX, client: Client) -> None:
        old = x.customer_posts("ann", "@acme hi")
        new = x.edit(old, "@acme ho")
        x.delete(old)
        assert "data" not in client.get("/2/tweets", ids=f"{old},{new}").json()

    def test_a_protected_post_is_there_but_may_not_be_read(self, x: PretendX, client: Client) -> None:
        post = x.customer_posts("shy", "@acme hi")
        x.protect("shy")
        answer = client.get("/2/tweets", ids=post).json()
        assert answer["errors"][0]["type"].endswith("/not-authorized-for-resource")

    def test_a_long_post_is_cut_and_whole_in_its_note(self, x: PretendX, client: Client) -> None:
        long = "@acme " + "a&b " * 100
        x.customer_posts("ann", long)
        post = client.mentions(**EVERYTHING)["data"][0]
        assert post["text"].endswith("…")
        assert post["note_tweet"]["text"] == long.replace("&", "&amp;")

    def test_a_retweet_says_so_and_is_cut(self, x: PretendX, client: Client) -> None:
        original = x.customer_posts("ann", "@acme " + "x" * 200)
        x.retweet("bob", original)
        post = client.mentions(**EVERYTHING)["data"][0]
        assert post["text"].startswith("RT @ann: @acme xxx")
        assert len(post["text"]) == 140
        assert post["referenced_tweets"] == [{"type": "retweeted", "id": original}]

    def test_a_quote_of_the_brand_is_a_mention_with_the_quoted_post_included(self, x: PretendX, client: Client) -> None:
        own = x.post("acme", "we are great")
        x.quote("ann", own, "are you?")
        page = client.mentions(**EVERYTHING)
        assert page["data"][0]["referenced_tweets"] == [{"type": "quoted", "id": own}]
        assert [post["id"] for post in page["includes"]["tweets"]] == [own]
        assert [user["username"] for user in page["includes"]["users"]] == ["ann"]

    def test_a_deleted_parent_is_a_partial_error_of_the_list(self, x: PretendX, client: Client) -> None:
        own = x.post("acme", "we are great")
        x.customer_posts("ann", "no", reply_to=own)
        x.delete(own)
        page = client.mentions(**EVERYTHING)
        assert page["data"][0]["referenced_tweets"] == [{"type": "replied_to", "id": own}]
        assert page["errors"][0]["parameter"] == "referenced_tweets.id"


class TestThreads:
    def test_posts_of_many_at_once_are_all_listed_once(self, x: PretendX) -> None:
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda n: x.customer_posts(f"c{n % 5}", f"@acme {n}"), range(400)))
        listed = [post.id for post in x.mentioning(x.brand.id)]
        assert listed == sorted(made, key=int, reverse=True)
        assert len(set(made)) == 400


class TestSpelling:
    def test_post_fields_bring_the_newer_spelling(self, x: PretendX, client: Client) -> None:
        own = x.post("acme", "we are great")
        x.quote("ann", own, "are " + "really " * 50)
        page = client.mentions(
            post__fields="public_metrics,referenced_posts,note_post", user__fields="public_metrics",
            expansions="author_id,referenced_posts.id",
        )  # fmt: skip
        post = page["data"][0]
        assert {"referenced_posts", "edit_history_post_ids", "note_post"} <= set(post)
        assert "repost_count" in post["public_metrics"]
        assert "posts" in page["includes"]
        assert "post_count" in page["includes"]["users"][0]["public_metrics"]
        assert "tweet" not in json.dumps(page)

    def test_newer_expansions_alone_keep_the_older_spelling(self, x: PretendX, client: Client) -> None:
        x.customer_posts("ann", "@acme hi")
        assert "edit_history_tweet_ids" in client.mentions(expansions="referenced_posts")["data"][0]


class TestUsers:
    def test_handles_are_found_in_any_case_and_strangers_are_errors(self, x: PretendX, client: Client) -> None:
        answer = client.get("/2/users/by", usernames="ACME,nobody").json()
        assert answer["data"] == [{"id": x.brand.id, "name": "Acme", "username": "acme"}]
        assert answer["errors"][0]["value"] == "nobody"

    def test_one_handle_at_a_time(self, x: PretendX, client: Client) -> None:
        assert client.get("/2/users/by/username/acme").json()["data"]["id"] == x.brand.id
        assert "data" not in client.get("/2/users/by/username/nobody").json()

    def test_who_am_i_needs_a_user_token(self, x: PretendX, client: Client) -> None:
        assert client.get("/2/users/me").status_code == 403
        client.session.headers["authorization"] = f"Bearer {x.user_token}"
        assert client.get("/2/users/me").json()["data"]["username"] == "acme"


class TestRefusals:
    def test_a_wrong_token_is_told_so_without_budget_headers(self, client: Client) -> None:
        client.session.headers["authorization"] = "Bearer wrong"
        answer = client.get("/2/users/by", usernames="acme")
        assert answer.status_code == 401
        assert answer.json()["title"] == "Unauthorized"
        assert not [name for name in answer.headers if name.lower().startswith("x-rate")]

    @pytest.mark.parametrize(
        ("path", "query", "parameter"),
        [
            ("/2/users/900/mentions", {"max_results": "4"}, "max_results"),
            ("/2/users/900/mentions", {"max_results": "101"}, "max_results"),
            ("/2/users/900/mentions", {"since_id": "abc"}, "since_id"),
            ("/2/users/900/mentions", {"start_time": "2026-11-22"}, "start_time"),
            ("/2/users/900/mentions", {"start_time": "2009-01-01T00:00:00Z"}, "start_time"),
            ("/2/users/900/mentions", {"end_time": "2026-13-22T00:00:00Z"}, "end_time"),
            ("/2/users/900/mentions", {"pagination_token": "!"}, "pagination_token"),
            ("/2/users/900/mentions", {"exclude": "replies"}, "exclude"),
            ("/2/users/900/tweets", {"exclude": "quotes"}, "exclude"),
            ("/2/users/900/tweets", {"tweet.fields": "mood"}, "tweet.fields"),
            ("/2/users/acme/tweets", {}, "id"),
            ("/2/tweets", {}, "ids"),
            ("/2/tweets", {"ids": ",".join(["1"] * 101)}, "ids"),
            ("/2/users/by", {"usernames": "a-b"}, "usernames"),
        ],
    )
    def test_a_parameter_that_x_does_not_know_is_named(
        self, client: Client, path: str, query: dict[str, str], parameter: str
    ) -> None:
        answer = client.session.get(client.x.url + path, params=query, timeout=5)
        assert answer.status_code == 400
        assert list(answer.json()["errors"][0]["parameters"]) == [parameter]

    def test_the_bound_of_a_page_is_told_in_x_s_words(self, client: Client) -> None:
        answer = client.get("/2/users/900/mentions", max_results=4)
        assert (
            answer.json()["errors"][0]["message"]
            == "The `max_results` query parameter value [4] is not between 5 and 100"
        )

    def test_the_budget_counts_down_and_starts_anew_after_its_window(
        self, x: PretendX, client: Client, clock: Clock
    ) -> None:
        first = client.get("/2/users/900/mentions")
        assert first.headers["x-rate-limit-limit"] == "450"
        assert first.headers["x-rate-limit-remaining"] == "449"
        x.exhaust("mentions")
        refused = client.get("/2/users/900/mentions")
        assert refused.status_code == 429
        assert refused.headers["x-rate-limit-remaining"] == "0"
        clock.now = int(refused.headers["x-rate-limit-reset"]) * SECOND
        assert client.get("/2/users/900/mentions").status_code == 200

    @pytest.mark.parametrize(
        ("name", "status"),
        [("credits", 402), ("payment", 402), ("not-enrolled", 403), ("cap", 429), ("unavailable", 503)],
    )
    def test_refusals_come_on_command_and_pass(self, x: PretendX, client: Client, name: str, status: int) -> None:
        x.refuse(name)
        assert [client.get("/2/users/900/mentions").status_code for _ in range(2)] == [status, 200]


class TestControl:
    def test_another_process_can_move_the_world(self, client: Client) -> None:
        asked = client.control("post", handle="ann", text="@acme hi").json()["id"]
        answer = client.control("reply", to=asked, text="hello", by="acmehelp").json()["id"]
        edited = client.control("edit", post_id=asked, text="@acme ho").json()["id"]
        client.control("delete", post_id=answer)
        state = client.session.get(client.x.url + "/_range/state", timeout=5).json()
        assert [(row["id"], row["author"], row["gone"]) for row in state["posts"]] == [
            (asked, "ann", False),
            (answer, "acmehelp", True),
            (edited, "ann", False),
        ]

    @pytest.mark.parametrize(
        ("verb", "arguments"),
        [("delete", {"post_id": "5"}), ("post", {"who": "ann"}), ("refuse", {"name": "nicely"})],
    )
    def test_a_mistake_is_answered_not_raised(self, client: Client, verb: str, arguments: dict[str, str]) -> None:
        answer = client.control(verb, **arguments)
        assert answer.status_code == 400
        assert answer.json()["error"]

    def test_the_page_for_people_is_plain_text(self, x: PretendX, client: Client) -> None:
        x.customer_posts("ann", "@acme <script>alert(1)</script>")
        page = client.session.get(client.x.url, timeout=5)
        assert "@ann: @acme <script>" in page.text
        assert page.headers["content-type"] == "text/plain; charset=utf-8"
        assert page.headers["x-content-type-options"] == "nosniff"
