"""The pretend Bluesky answers as the real one does, with its silent traps, and refuses what that one refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluesky_client import PASSWORD, REASONS, Client
from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim._bluesky.access import ACCESS_LASTS
from slamon.sim._bluesky.network import Network
from slamon.sim.bluesky import PretendBluesky
from x_client import NOON, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bluesky(clock: Clock) -> Iterator[PretendBluesky]:
    with PretendBluesky(clock, team=["acmehelp"]) as pretend:
        yield pretend


@pytest.fixture
def client(bluesky: PretendBluesky) -> Iterator[Client]:
    asking = Client(bluesky)
    asking.sign_in()
    yield asking
    asking.session.close()


class TestSessions:
    @pytest.mark.parametrize(
        ("who", "password"),
        [("acme.bsky.social", "wrong"), ("nobody.bsky.social", PASSWORD), ("acmehelp.bsky.social", PASSWORD)],
    )
    def test_a_wrong_name_or_password_is_one_and_the_same(self, client: Client, who: str, password: str) -> None:
        answer = client.sign_in(who, password)
        assert (answer.status_code, answer.json()["error"]) == (401, "AuthenticationRequired")

    def test_an_id_signs_in_as_a_handle_does(self, bluesky: PretendBluesky, client: Client) -> None:
        assert client.sign_in(bluesky.brand).json()["handle"] == "acme.bsky.social"

    def test_an_access_token_ends_and_says_so_with_400(self, clock: Clock, client: Client) -> None:
        clock.now += ACCESS_LASTS
        assert client.refused("com.atproto.server.getSession") == (400, "ExpiredToken", "Token has expired")

    def test_a_refresh_token_rotates_and_takes_no_body(self, client: Client) -> None:
        first = client.tokens["refreshJwt"]
        assert client.refresh(first, json={}).json()["error"] == "InvalidRequest"
        second = client.refresh(first).json()["refreshJwt"]
        assert client.refresh(first).json() == {"error": "ExpiredToken", "message": "Token has been revoked"}
        assert client.refresh(second).status_code == 200

    @pytest.mark.parametrize(
        ("token", "error"),
        [("", (401, "AuthMissing")), ("nonsense", (400, "InvalidToken")), ("refresh", (400, "InvalidToken"))],
    )
    def test_another_token_is_refused(self, client: Client, token: str, error: tuple[int, str]) -> None:
        token = client.tokens["refreshJwt"] if token == "refresh" else token
        client.session.headers["authorization"] = f"Bearer {token}"
        assert client.refused("com.atproto.server.getSession")[:2] == error

    @pytest.mark.parametrize(
        "body", [{}, {"identifier": "a"}, {"identifier": "a", "password": "b", "otp": "c"}, {"identifier": 1}, [1]]
    )
    def test_a_login_has_its_fields_and_no_others(self, client: Client, body: Any) -> None:
        url = f"{client.bluesky.url}/xrpc/com.atproto.server.createSession"
        assert client.session.post(url, json=body, timeout=5).status_code == 400

    def test_an_unknown_method_is_told_so(self, client: Client) -> None:
        assert client.refused("app.bsky.feed.nope")[:2] == (501, "MethodNotImplemented")
        url = f"{client.bluesky.url}/xrpc/com.atproto.repo.createRecord"
        assert client.session.post(url, json={}, timeout=5).status_code == 501


class TestBudgets:
    def test_what_is_left_is_told_in_every_answer(self, clock: Clock, client: Client) -> None:
        answer = client.get("com.atproto.server.getSession")
        told = {name: value for name, value in answer.headers.items() if name.lower().startswith("ratelimit")}
        assert told == {
            "ratelimit-limit": "3000",
            "ratelimit-remaining": "2998",
            "ratelimit-reset": str((clock.now + 5 * MINUTE) // SECOND),
            "ratelimit-policy": "3000;w=300",
        }

    def test_a_used_up_one_is_told_with_429_until_its_window_ends(
        self, clock: Clock, bluesky: PretendBluesky, client: Client
    ) -> None:
        bluesky.exhaust()
        refused = client.get("com.atproto.server.getSession")
        assert (refused.status_code, refused.json()["error"]) == (429, "RateLimitExceeded")
        assert refused.headers["retry-after"] == "300"
        clock.now += 5 * MINUTE
        assert client.get("com.atproto.server.getSession").status_code == 200

    def test_logins_are_counted_by_account_and_more_tightly(self, clock: Clock, client: Client) -> None:
        codes = [client.sign_in(password="wrong").status_code for _ in range(30)]
        assert codes == [401] * 29 + [429]
        clock.now += 5 * MINUTE
        assert client.sign_in().status_code == 200
        for _ in range(9):
            clock.now += 5 * MINUTE
            codes += [client.sign_in(password="wrong").status_code for _ in range(30)]
        assert (codes.count(401), codes[-1]) == (300 - 3, 429), "300 a day: two were good, one came too soon"


class TestNotifications:
    def test_a_post_is_told_once_by_its_first_reason(self, bluesky: PretendBluesky, client: Client) -> None:
        news = bluesky.post("acme", "we are open")
        bluesky.post("ann", "@acme look", reply_to=news, quotes=news)
        bluesky.quote("bob", news, "hm")
        found = client.ok("app.bsky.notification.listNotifications")["notifications"]
        assert [(each["reason"], each.get("reasonSubject")) for each in found] in (
            [("mention", None), ("quote", news)],
            [("quote", news), ("mention", None)],
        )

    def test_a_reply_is_told_to_the_authors_of_four_ancestors(self, bluesky: PretendBluesky, client: Client) -> None:
        last = bluesky.post("acme", "we are open", at=NOON - HOUR)
        for number in range(6):
            last = bluesky.post(f"c{number}", f"level {number + 1}", reply_to=last, at=NOON - MINUTE + number)
        assert client.told() == ["level 4", "level 3", "level 2", "level 1"]

    def test_places_in_a_text_are_counted_in_bytes(self, bluesky: PretendBluesky) -> None:
        post = bluesky.known(bluesky.post("ann", "é @acme"))
        assert post.record["facets"][0]["index"] == {"byteStart": 3, "byteEnd": 8}

    def test_it_stands_at_the_time_that_it_claims_unless_that_is_later(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        bluesky.post("ann", "@acme now", at=NOON - HOUR)
        bluesky.post("ann", "@acme past", stated="2026-01-01T00:00:00Z")
        bluesky.post("ann", "@acme future", stated="2030-01-01T00:00:00Z", at=NOON - 2 * HOUR)
        assert client.told() == ["@acme now", "@acme future", "@acme past"]

    def test_pages_lose_what_has_the_very_time_at_which_they_break(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        for number in range(4):
            bluesky.post(f"c{number}", f"@acme {number}")
        page = client.ok("app.bsky.notification.listNotifications", limit=3)
        assert page["cursor"] == "2026-11-22T12:00:00.000Z"
        assert client.told(limit=3, cursor=page["cursor"]) == []

    def test_pages_of_other_reasons_come_empty_with_others_after_them(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        news = bluesky.post("acme", "we are open", at=NOON - DAY)
        bluesky.customer_posts("ann", "@acme hi", at=NOON - HOUR)
        for number in range(30):
            bluesky.like("bob", news, at=NOON - 30 + number)
        page = client.ok("app.bsky.notification.listNotifications", reasons=REASONS, limit=2)
        assert (page["notifications"], "cursor" in page) == ([], True)
        assert len(client.ok("app.bsky.notification.listNotifications", limit=2)["notifications"]) == 2

    def test_without_a_word_the_accounts_own_preference_decides(self, bluesky: PretendBluesky, client: Client) -> None:
        bluesky.keep_out(priority=True)
        bluesky.customer_posts("ann", "@acme hi")
        assert (client.told(), client.told(priority="false")) == ([], ["@acme hi"])
        bluesky.follow("acme", "ann")
        assert client.told() == ["@acme hi"]

    def test_what_is_kept_out_is_missing_in_silence(self, bluesky: PretendBluesky, client: Client) -> None:
        bluesky.customer_posts("ann", "@acme hi")
        bluesky.keep_out("mention")
        assert client.told() == []
        assert client.ok("app.bsky.notification.getPreferences")["preferences"]["mention"]["list"] is False

    @pytest.mark.parametrize("verb", ["mute", "block", "hide", "delete", "delete the first post", "suspend"])
    def test_so_is_what_is_hidden(self, bluesky: PretendBluesky, client: Client, verb: str) -> None:
        news = bluesky.post("acme", "we are open")
        reply = bluesky.customer_posts("ann", "no", reply_to=news)
        assert client.told() == ["no"]
        match verb:
            case "mute":
                bluesky.mute("acme", "ann")
            case "block":
                bluesky.block("ann", "acme")
            case "hide":
                bluesky.hide(reply)
            case "delete":
                bluesky.delete(reply)
            case "suspend":
                bluesky.account("ann", active=False)
            case _:
                bluesky.delete(news)
        assert client.told() == []

    def test_a_late_one_appears_below_newer_ones(self, clock: Clock, bluesky: PretendBluesky, client: Client) -> None:
        bluesky.customer_posts("ann", "@acme slow", appears_after=5 * SECOND)
        clock.now += SECOND
        bluesky.customer_posts("bob", "@acme quick")
        assert client.told() == ["@acme quick"]
        clock.now += 5 * SECOND
        assert client.told() == ["@acme quick", "@acme slow"]


class TestRepositories:
    def test_they_are_open_sorted_by_key_and_name_a_cursor_on_every_page(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        del client.session.headers["authorization"]
        posts = [bluesky.post("acme", f"number {n}", at=NOON + n) for n in range(3)]
        page = client.records(bluesky.brand, reverse="true", limit=2)
        assert [row["uri"] for row in page["records"]] == posts[:2]
        rest = client.records(bluesky.brand, reverse="true", cursor=page["cursor"])
        assert ([row["uri"] for row in rest["records"]], rest["cursor"]) == (posts[2:], posts[2].rsplit("/", 1)[1])
        assert client.records(bluesky.brand, reverse="true", cursor=rest["cursor"]) == {"records": []}
        assert [row["uri"] for row in client.records(bluesky.brand)["records"]] == posts[::-1]

    def test_those_of_another_house_are_not_found(self, bluesky: PretendBluesky, client: Client) -> None:
        bluesky.account("acmehelp", home=False)
        post = bluesky.post("acmehelp", "hi")
        status, error, words = client.refused(
            "com.atproto.repo.listRecords", repo=bluesky.team[0], collection="app.bsky.feed.post"
        )
        assert (status, error) == (400, "InvalidRequest")
        assert words.startswith("Could not find repo: did:plc:")
        feed = client.ok("app.bsky.feed.getAuthorFeed", actor=bluesky.team[0])["feed"]
        assert [item["post"]["uri"] for item in feed] == [post]

    def test_a_record_that_is_gone_and_an_account_that_is_gone_are_told_apart(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        bluesky.account("ann", home=False)
        post = bluesky.post("ann", "hi")
        asked = {"repo": post.split("/")[2], "collection": "app.bsky.feed.post", "rkey": post.split("/")[-1]}
        assert client.ok("com.atproto.repo.getRecord", **asked)["value"]["text"] == "hi"
        bluesky.delete(post)
        assert client.refused("com.atproto.repo.getRecord", **asked)[:2] == (400, "RecordNotFound")
        bluesky.account("ann", active=False)
        assert client.refused("com.atproto.repo.getRecord", **asked)[:2] == (400, "InvalidRequest")

    def test_what_is_hidden_stands_in_a_gate_with_the_key_of_the_first_post(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        news = bluesky.post("acme", "we are open")
        rude = bluesky.customer_posts("ann", "thieves", reply_to=news)
        bluesky.hide(rude)
        (gate,) = client.ok("com.atproto.repo.listRecords", repo=bluesky.brand, collection="app.bsky.feed.threadgate")[
            "records"
        ]
        assert gate["uri"].rsplit("/", 1)[1] == news.rsplit("/", 1)[1]
        assert gate["value"]["hiddenReplies"] == [rude]

    @given(st.lists(st.integers(0, 1 << 42), min_size=2, max_size=8))
    def test_keys_sort_by_their_time_and_never_meet(self, times: list[int]) -> None:
        network = Network(Clock())
        keys = [network.new_key(at) for at in sorted(times)]
        assert keys == sorted(set(keys))


class TestPosts:
    def test_deleted_ones_and_those_of_blocked_people_are_left_out_alike(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        stays, goes, blocked = (bluesky.post(who, "hi") for who in ("ann", "bob", "cyd"))
        bluesky.delete(goes)
        bluesky.block("cyd", "acme")
        found = client.ok("app.bsky.feed.getPosts", uris=[stays, goes, blocked])["posts"]
        assert [view["uri"] for view in found] == [stays]

    def test_an_edit_changes_the_content_and_its_name_alone(self, bluesky: PretendBluesky, client: Client) -> None:
        post = bluesky.post("ann", "helo @acme")
        (before,) = client.ok("app.bsky.feed.getPosts", uris=post)["posts"]
        bluesky.edit(post, "hello @acme")
        (after,) = client.ok("app.bsky.feed.getPosts", uris=post)["posts"]
        assert (after["uri"], after["record"]["text"]) == (post, "hello @acme")
        assert after["cid"] != before["cid"]

    def test_a_thread_shows_who_is_blocked_and_what_is_hidden_not_at_all(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        news = bluesky.post("acme", "we are open")
        hidden = bluesky.post("ann", "thieves", reply_to=news)
        bluesky.post("cyd", "no", reply_to=news)
        bluesky.hide(hidden)
        bluesky.block("cyd", "acme")
        thread = client.ok("app.bsky.feed.getPostThread", uri=news, depth=1)["thread"]
        assert [reply["$type"] for reply in thread["replies"]] == ["app.bsky.feed.defs#blockedPost"]
        assert client.refused("app.bsky.feed.getPostThread", uri=news[:-1] + "z")[:2] == (400, "NotFound")

    @pytest.mark.parametrize("text", ["x" * 301, "👩\u200d👧" * 301, "\u0301" * 1_501])
    def test_a_text_that_is_too_long_is_refused(self, bluesky: PretendBluesky, text: str) -> None:
        with pytest.raises(ValueError, match="300"):
            bluesky.post("ann", text)

    def test_three_hundred_characters_are_counted_as_people_see_them(self, bluesky: PretendBluesky) -> None:
        assert bluesky.post("ann", "👩\u200d👧" * 200)

    @pytest.mark.parametrize("verb", ["delete", "hide", "edit"])
    def test_what_was_never_posted_cannot_be_changed(self, bluesky: PretendBluesky, verb: str) -> None:
        arguments = ("at://nobody", "words") if verb == "edit" else ("at://nobody",)
        with pytest.raises(ValueError, match="no post"):
            getattr(bluesky, verb)(*arguments)


class TestPeople:
    def test_they_are_found_by_handle_or_id_and_strangers_are_left_out(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        found = client.ok("app.bsky.actor.getProfiles", actors=["ACME.bsky.social", "nobody.test", bluesky.team[0]])
        assert [profile["handle"] for profile in found["profiles"]] == ["acme.bsky.social", "acmehelp.bsky.social"]

    def test_a_new_handle_leads_to_the_old_id_and_the_old_one_nowhere(
        self, bluesky: PretendBluesky, client: Client
    ) -> None:
        bluesky.rename("acme", "acme.example.org")
        resolve = "com.atproto.identity.resolveHandle"
        assert client.ok(resolve, handle="acme.example.org") == {"did": bluesky.brand}
        assert client.refused(resolve, handle="acme.bsky.social")[0] == 400


class TestDialogues:
    def test_the_log_begins_now(self, bluesky: PretendBluesky, client: Client) -> None:
        assert client.ok("chat.bsky.convo.getLog") == {"logs": [], "cursor": "22222222zxmwf"}
        bluesky.customer_messages("ann", "hello?")
        first = client.ok("chat.bsky.convo.getLog")
        assert first["logs"] == []
        bluesky.customer_messages("ann", "again?")
        (event,) = client.ok("chat.bsky.convo.getLog", cursor=first["cursor"])["logs"]
        assert (event["$type"], event["message"]["text"]) == ("chat.bsky.convo.defs#logCreateMessage", "again?")

    def test_an_answer_accepts_a_request(self, bluesky: PretendBluesky, client: Client) -> None:
        hello = bluesky.customer_messages("ann", "hello?")
        assert len(client.ok("chat.bsky.convo.listConvoRequests")["requests"]) == 1
        bluesky.brand_messages(hello, "hi")
        assert client.ok("chat.bsky.convo.listConvoRequests")["requests"] == []
        (convo,) = client.ok("chat.bsky.convo.listConvos")["convos"]
        assert (convo["status"], convo["lastMessage"]["text"]) == ("accepted", "hi")

    def test_what_is_deleted_keeps_its_place_without_its_words(self, bluesky: PretendBluesky, client: Client) -> None:
        hello = bluesky.customer_messages("ann", "hello?")
        bluesky.dialogues.delete(hello)
        (said,) = client.ok("chat.bsky.convo.getMessages", convoId=hello.partition("/")[0])["messages"]
        assert said["$type"] == "chat.bsky.convo.defs#deletedMessageView"
        assert "text" not in said

    def test_pages_hold_for_their_own_conversation(self, bluesky: PretendBluesky, client: Client) -> None:
        ann, bob = (bluesky.customer_messages(who, "one").partition("/")[0] for who in ("ann", "bob"))
        bluesky.customer_messages("ann", "two", at=NOON + 1)
        page = client.ok("chat.bsky.convo.getMessages", convoId=ann, limit=1)
        assert [said["text"] for said in page["messages"]] == ["two"]
        assert client.refused("chat.bsky.convo.getMessages", convoId=bob, cursor=page["cursor"])[0] == 400
        assert client.refused("chat.bsky.convo.getMessages", convoId="nonsense")[1] == "InvalidConvo"

    def test_without_the_header_or_the_right_nothing_is_told(self, bluesky: PretendBluesky, client: Client) -> None:
        url = f"{bluesky.url}/xrpc/chat.bsky.convo.getLog"
        assert client.session.get(url, timeout=5).status_code == 501
        bluesky.passwords[PASSWORD] = False
        client.sign_in()
        assert client.refused("chat.bsky.convo.getLog") == (400, "InvalidToken", "Bad token method")


class TestParameters:
    @pytest.mark.parametrize(
        ("method", "params", "words"),
        [
            ("app.bsky.notification.listNotifications", {"limit": 101}, "limit can not be greater than 100"),
            ("app.bsky.notification.listNotifications", {"limit": 0}, "limit can not be less than 1"),
            ("app.bsky.notification.listNotifications", {"limit": "x"}, "limit must be an integer"),
            ("app.bsky.notification.listNotifications", {"priority": "no"}, "priority must be a boolean"),
            ("app.bsky.notification.listNotifications", {"since": "1"}, "unknown property 'since'"),
            ("app.bsky.notification.listNotifications", {"seenAt": "2026-01-01T00:00:00Z"}, "seenAt"),
            ("app.bsky.feed.getPosts", {}, 'must have the property "uris"'),
            ("app.bsky.feed.getPosts", {"uris": ["at://did:plc:a/b.c.d/e"] * 26}, "more than 25"),
            ("app.bsky.feed.getPosts", {"uris": "https://bsky.app"}, "valid"),
            ("app.bsky.actor.getProfiles", {"actors": ["acme"]}, "valid"),
            ("com.atproto.repo.listRecords", {"repo": "did:plc:a"}, 'must have the property "collection"'),
            ("app.bsky.feed.getPostThread", {"uri": "at://did:plc:a/b.c.d/e", "depth": 1001}, "depth"),
            ("chat.bsky.convo.getLog", {"limit": 5}, "unknown property 'limit'"),
        ],
    )
    def test_what_bluesky_does_not_take_is_refused(
        self, client: Client, method: str, params: dict[str, Any], words: str
    ) -> None:
        status, error, message = client.refused(method, **params)
        assert (status, error) == (400, "InvalidRequest")
        assert words in message

    def test_a_cursor_that_is_none_breaks_the_list(self, client: Client) -> None:
        assert client.refused("app.bsky.notification.listNotifications", cursor="garbage")[0] == 502
