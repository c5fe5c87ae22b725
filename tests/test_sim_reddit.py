"""The pretend Reddit answers in recorded shapes, and sets the traps that Reddit sets.

Reddit has no machine-readable description: which fields a thing has is written out here, after recorded answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from slamon.model import HOUR, MINUTE, SECOND
from slamon.sim.reddit import REACH, PretendReddit

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = 1_795_348_800_000
AGENT = "python:tests:1.0 (by /u/acme)"

INBOX = {
    "name": str, "id": str, "type": str, "subject": str, "was_comment": bool, "new": bool, "author": str,
    "author_fullname": str, "dest": str, "parent_id": (str, type(None)), "body": str, "body_html": str,
    "context": str, "created": float, "created_utc": float, "score": int, "likes": type(None),
    "num_comments": (int, type(None)), "replies": (str, dict), "distinguished": (str, type(None)),
    "first_message": (int, type(None)), "first_message_name": (str, type(None)),
    "subreddit": (str, type(None)), "subreddit_name_prefixed": (str, type(None)),
    "associated_awarding_id": type(None),
}  # fmt: skip
PLACE = {
    "name": str, "id": str, "author": str, "author_fullname": str, "subreddit": str, "subreddit_name_prefixed": str,
    "permalink": str, "created": float, "created_utc": float, "edited": (bool, float), "stickied": bool,
    "locked": bool, "archived": bool, "distinguished": (str, type(None)), "score": int, "banned_by": type(None),
}  # fmt: skip
SHAPES: dict[str, dict[str, Any]] = {
    "inbox": {**INBOX, "link_title": str},
    "message": INBOX,
    "comment": {
        **PLACE, "link_id": str, "parent_id": str, "link_title": str, "link_author": str, "link_permalink": str,
        "body": str, "body_html": str, "is_submitter": bool, "score_hidden": bool, "controversiality": int,
        "collapsed": bool, "removal_reason": type(None), "replies": str,
    },
    "post": {
        **PLACE, "title": str, "selftext": str, "selftext_html": str, "url": str, "is_self": bool, "num_comments": int,
        "ups": int, "domain": str, "over_18": bool, "removed_by_category": (str, type(None)),
    },
}  # fmt: skip


class Client:
    """Asks the pretend Reddit as an app does."""

    def __init__(self, reddit: PretendReddit, clock: list[int]) -> None:
        self.reddit = reddit
        self.clock = clock
        self.session = requests.Session()
        self.session.headers["user-agent"] = AGENT
        self.session.headers["authorization"] = f"bearer {self.token().json()['access_token']}"

    def token(self, **form: str) -> requests.Response:
        app = self.reddit.app
        sent = {"grant_type": "refresh_token", "refresh_token": app.refresh_token, **form}
        return requests.post(
            self.reddit.token_url,
            data=sent,
            auth=(app.client_id, app.client_secret),
            headers={"user-agent": AGENT},
            timeout=5,
        )

    def get(self, path: str, **query: object) -> requests.Response:
        shown = {"raw_json": "1", **{name: str(value) for name, value in query.items()}}
        return self.session.get(self.reddit.url + path, params=shown, timeout=5, allow_redirects=False)

    def page(self, path: str, **query: object) -> dict[str, Any]:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        assert document["kind"] == "Listing"
        data: dict[str, Any] = document["data"]
        return data

    def things(self, path: str, **query: object) -> list[dict[str, Any]]:
        return [child["data"] for child in self.page(path, **query)["children"]]

    def names(self, path: str, **query: object) -> list[str]:
        return [data["name"] for data in self.things(path, **query)]


@pytest.fixture
def client() -> Iterator[Client]:
    clock = [NOON]
    with PretendReddit(lambda: clock[0], team=["acmehelp"]) as pretend:
        asking = Client(pretend, clock)
        yield asking
        asking.session.close()


@pytest.fixture
def reddit(client: Client) -> PretendReddit:
    return client.reddit


class TestShapes:
    def test_every_thing_has_the_fields_and_types_that_were_recorded(
        self, reddit: PretendReddit, client: Client
    ) -> None:
        post = reddit.post("ann", "acme", "Broken", "It is.")
        reddit.comment("bob", reddit.brand_replies(post, "on it"), "thanks")
        reddit.brand_replies(reddit.message("cyd", "acme", "hello?"), "hi")
        shown = {
            "inbox": [each for each in client.things("/message/inbox") if each["was_comment"]],
            "message": [*client.things("/message/sent")],
            "comment": [*client.things("/r/acme/comments"), *client.things("/user/acme/comments")],
            "post": [*client.things("/r/acme/new"), *client.things("/api/info", id=post)],
        }
        assert all(shown.values())
        for name, things in shown.items():
            for thing in things:
                assert set(thing) == set(SHAPES[name]), name
                assert [key for key, value in thing.items() if not isinstance(value, SHAPES[name][key])] == []

    def test_a_listing_has_its_envelope(self, client: Client) -> None:
        client.reddit.subreddits.add("acme")
        envelope: dict[str, Any] = {
            "after": None,
            "before": None,
            "dist": 0,
            "modhash": None,
            "geo_filter": "",
            "children": [],
        }
        assert client.page("/r/acme/new") == envelope

    def test_an_account_is_bare_for_oneself_and_a_thing_for_others(self, client: Client) -> None:
        assert client.get("/api/v1/me").json()["name"] == "acme"
        about = client.get("/user/acmehelp/about").json()
        assert (about["kind"], about["data"]["name"]) == ("t2", "acmehelp")

    def test_without_raw_json_three_characters_are_escaped(self, reddit: PretendReddit, client: Client) -> None:
        said = reddit.post("ann", "acme", "x", 'a < b & "c"')
        texts = [client.things("/api/info", id=said, raw_json=raw)[0]["selftext"] for raw in (0, 1)]
        assert texts == ['a &lt; b &amp; "c"', 'a < b & "c"']


class TestInbox:
    def test_it_holds_mentions_replies_and_messages_and_nothing_of_our_own(
        self, reddit: PretendReddit, client: Client
    ) -> None:
        reddit.customer_mentions("ann", "hello?", at=NOON - 3)
        ours = reddit.post("acme", "acme", "News", at=NOON - 9)
        answer = reddit.comment("acme", reddit.comment("bob", ours, "nice", at=NOON - 2), "ta")
        reddit.comment("bob", answer, "np", at=NOON - 1)
        reddit.message("cyd", "acme", "hi")
        types = [each["type"] for each in client.things("/message/inbox")]
        assert types == ["unknown", "comment_reply", "post_reply", "username_mention"]

    def test_a_comment_there_has_neither_link_nor_permalink(self, reddit: PretendReddit, client: Client) -> None:
        said = reddit.customer_mentions("ann", "hello?")
        (thing,) = client.things("/message/inbox")
        assert not {"link_id", "permalink", "edited"} & set(thing)
        assert thing["context"].endswith(f"/{said[3:]}/?context=3")

    def test_a_dialogue_is_one_chain(self, reddit: PretendReddit, client: Client) -> None:
        first = reddit.message("cyd", "acme", "hi", subject="Order", at=NOON - 2)
        answer = reddit.brand_replies(first, "yes?", at=NOON - 1)
        reddit.message("cyd", "acme", "where?", reply_to=answer)
        (sent,) = client.things("/message/sent")
        last, root = client.things("/message/inbox")
        assert (sent["first_message_name"], sent["parent_id"], sent["dest"]) == (first, first, "cyd")
        assert (last["first_message_name"], last["parent_id"], last["subject"]) == (first, answer, "re: Order")
        assert (root["first_message_name"], root["replies"]) == (None, "")

    def test_it_may_come_nested_and_cut_off(self, reddit: PretendReddit, client: Client) -> None:
        reddit.nested = True
        first = reddit.message("cyd", "acme", "hi")
        ids = [reddit.brand_replies(first, f"{n}", at=NOON + n) for n in range(3)]
        client.clock[0] += 10
        (root,) = client.things("/message/inbox")
        children = root["replies"]["data"]["children"]
        assert [each["kind"] for each in children] == ["t4", "t4", "more"]
        assert children[-1]["data"]["children"] == [ids[2][3:]]


class TestFate:
    def test_what_its_author_deleted_says_so_and_names_nobody(self, reddit: PretendReddit, client: Client) -> None:
        said = reddit.post("ann", "acme", "Title stays", "text")
        reddit.delete(said)
        (thing,) = client.things("/api/info", id=said)
        assert (thing["author"], thing["selftext"], thing["title"]) == ("[deleted]", "[deleted]", "Title stays")
        assert "author_fullname" not in thing
        assert client.names("/r/acme/new") == []

    def test_what_moderators_removed_says_so(self, reddit: PretendReddit, client: Client) -> None:
        said = reddit.comment("ann", reddit.post("bob", "acme", "x"), "y")
        reddit.remove(said)
        assert client.things("/api/info", id=said)[0]["body"] == "[removed]"

    def test_of_a_private_subreddit_nothing_is_found_by_id_and_its_lists_are_refused(
        self, reddit: PretendReddit, client: Client
    ) -> None:
        said = reddit.post("ann", "acme", "x")
        reddit.close_subreddit("acme")
        assert client.names("/api/info", id=said) == []
        answer = client.get("/r/acme/new")
        assert (answer.status_code, answer.json()["reason"]) == (403, "private")

    def test_an_unknown_subreddit_leads_to_the_search(self, client: Client) -> None:
        assert client.get("/r/nowhere/new").status_code == 302

    def test_suspended_and_hidden_accounts(self, reddit: PretendReddit, client: Client) -> None:
        reddit.user("shady", shadow=True)
        reddit.user("rude", suspended=True)
        assert client.get("/user/shady/about").status_code == 404
        told = client.get("/user/rude/about").json()["data"]
        assert (told["is_suspended"], "id" in told) == (True, False)
        assert client.get("/user/rude/comments").status_code == 403


class TestPaging:
    def test_pages_meet_every_thing_once_newest_first(self, reddit: PretendReddit, client: Client) -> None:
        made = [reddit.post("ann", "acme", f"{n}", at=NOON - n) for n in range(7)]
        first = client.page("/r/acme/new", limit=5)
        second = client.page("/r/acme/new", limit=5, after=first["after"])
        names = [each["data"]["name"] for page in (first, second) for each in page["children"]]
        assert (names, second["after"], first["dist"]) == (made, None, 5)

    def test_a_page_holds_a_hundred_at_most_and_twenty_five_by_default(
        self, reddit: PretendReddit, client: Client
    ) -> None:
        for number in range(120):
            reddit.post("ann", "acme", f"{number}")
        assert [client.page("/r/acme/new", limit=n)["dist"] for n in (500, "many")] == [100, 25]

    def test_a_listing_ends_after_a_thousand(self, reddit: PretendReddit, client: Client) -> None:
        for number in range(REACH + 5):
            reddit.post("ann", "acme", f"{number}", at=NOON - number)
        count, after = 0, ""
        while True:
            page = client.page("/r/acme/new", limit=100, **({"after": after} if after else {}))
            count, after = count + page["dist"], page["after"]
            if after is None:
                break
        assert count == REACH

    def test_before_a_thing_that_is_gone_there_is_nothing_for_ever(self, reddit: PretendReddit, client: Client) -> None:
        known = reddit.post("ann", "acme", "x", at=NOON - 9)
        new = reddit.post("bob", "acme", "y")
        assert client.names("/r/acme/new", before=known) == [new]
        reddit.delete(known)
        assert client.names("/r/acme/new", before=known) == []


class TestAccess:
    @pytest.mark.parametrize("agent", ["", "slamon", "python-requests/2.32", "Mozilla/5.0"])
    def test_who_does_not_say_who_asks_gets_a_page_of_html(self, client: Client, agent: str) -> None:
        client.session.headers["user-agent"] = agent
        answer = client.get("/api/v1/me")
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (429, "text/html")
        assert "x-ratelimit-remaining" not in answer.headers

    def test_a_token_ends_after_a_day(self, client: Client) -> None:
        client.clock[0] += 86_400 * SECOND
        answer = client.get("/api/v1/me")
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized", "error": 401})
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]

    def test_each_scope_opens_its_own_part(self, client: Client) -> None:
        client.reddit.app.scopes = frozenset({"identity"})
        statuses = [client.get(path).status_code for path in ("/api/v1/me", "/message/inbox", "/user/acme/comments")]
        assert statuses == [200, 403, 403]

    def test_headers_tell_what_is_left_as_a_float_and_in_seconds(self, client: Client) -> None:
        client.get("/api/v1/me")
        client.clock[0] += MINUTE
        headers = client.get("/api/v1/me").headers
        told = [headers[f"x-ratelimit-{name}"] for name in ("used", "remaining", "reset")]
        assert told == ["2", "998.0", "540"]

    def test_after_too_many_it_says_how_long_to_wait(self, client: Client) -> None:
        client.reddit.gate.exhaust(NOON)
        answer = client.get("/api/v1/me")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "600")
        client.clock[0] += HOUR
        assert client.get("/api/v1/me").status_code == 200

    @pytest.mark.parametrize(
        ("form", "status", "error"),
        [
            ({"refresh_token": "old"}, 400, "invalid_grant"),
            ({"grant_type": "password", "username": "acme", "password": "guess"}, 200, "invalid_grant"),
            ({"grant_type": "magic"}, 200, "unsupported_grant_type"),
        ],
    )
    def test_a_token_is_not_given_to_anybody(
        self, client: Client, form: dict[str, str], status: int, error: str
    ) -> None:
        answer = client.token(**form)
        assert (answer.status_code, answer.json()) == (status, {"error": error})

    def test_a_parameter_that_nobody_knows_is_refused(self, client: Client) -> None:
        assert client.get("/message/inbox", since="1").status_code == 400


class TestVerbs:
    def test_what_reddit_does_not_allow_cannot_be_done(self, reddit: PretendReddit) -> None:
        with pytest.raises(ValueError, match="cannot be edited"):
            reddit.edit(reddit.message("cyd", "acme", "hi"), "ho")
        with pytest.raises(ValueError, match="no thing"):
            reddit.delete("t1_x")
        with pytest.raises(ValueError, match="no name"):
            reddit.user("a b")
