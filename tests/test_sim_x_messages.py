"""The pretend X's direct messages are as X shows them: newest first, thirty days, to the right account only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slamon.model import DAY, MINUTE, SECOND
from slamon.sim.x import PretendX
from x_client import NOON, Client, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = {"dm_event__fields": "id,event_type,text,created_at,dm_conversation_id,sender_id,participant_ids,entities"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def x(clock: Clock) -> Iterator[PretendX]:
    with PretendX(clock, team=["acmehelp"]) as pretend:
        yield pretend


@pytest.fixture
def client(x: PretendX) -> Iterator[Client]:
    asking = Client(x, x.user_token)
    yield asking
    asking.session.close()


class TestLists:
    def test_an_empty_inbox_has_no_data_at_all(self, client: Client) -> None:
        assert client.get("/2/dm_events").json() == {"meta": {"result_count": 0}}

    def test_both_sides_come_newest_first(self, x: PretendX, client: Client) -> None:
        x.customer_messages("ann", "refund?", NOON - MINUTE)
        x.brand_messages("ann", "on it", NOON)
        assert [event["text"] for event in client.events()] == ["on it", "refund?"]

    def test_without_fields_only_the_defaults_are_shown(self, x: PretendX, client: Client) -> None:
        new = x.customer_messages("ann", "a & b")
        assert client.events() == [{"id": new, "event_type": "MessageCreate", "text": "a &amp; b"}]

    def test_a_dialogue_is_named_after_both_the_smaller_id_first(self, x: PretendX, client: Client) -> None:
        x.customer_messages("ann", "hi")
        (event,) = client.events(**ALL)
        ann = x.user("ann").id
        assert event["dm_conversation_id"] == f"{x.brand.id}-{ann}"
        assert (event["sender_id"], event["created_at"]) == (ann, "2026-11-22T12:00:00.000Z")

    def test_senders_are_included_when_expanded(self, x: PretendX, client: Client) -> None:
        x.customer_messages("ann", "hi")
        document = client.get("/2/dm_events", expansions="sender_id", user__fields="username").json()
        assert [user["username"] for user in document["includes"]["users"]] == ["ann"]
        assert document["data"][0]["sender_id"] == x.user("ann").id

    def test_pages_by_opaque_token_meet_every_message_once(self, x: PretendX, client: Client) -> None:
        ids = [x.customer_messages("ann", str(number), NOON - number * SECOND) for number in range(5)]
        found: list[str] = []
        token: dict[str, object] = {}
        for _ in range(3):
            page = client.get("/2/dm_events", max_results=2, **token).json()
            found += [event["id"] for event in page["data"]]
            token = {"pagination_token": page["meta"].get("next_token")}
        assert (found, token) == (ids, {"pagination_token": None})

    def test_what_is_older_than_thirty_days_is_not_shown(self, x: PretendX, client: Client, clock: Clock) -> None:
        x.customer_messages("ann", "hi")
        clock.now += 30 * DAY - SECOND
        assert len(client.events()) == 1
        clock.now += SECOND
        assert client.events() == []

    def test_one_dialogue_can_be_read_by_its_id_and_by_the_other_account(self, x: PretendX, client: Client) -> None:
        x.customer_messages("ann", "hi")
        x.customer_messages("bob", "ho")
        ann = x.user("ann").id
        for path in (f"{x.brand.id}-{ann}", f"with/{ann}"):
            assert [event["text"] for event in client.events(f"/2/dm_conversations/{path}/dm_events")] == ["hi"]

    def test_a_group_has_a_number_and_tells_who_came_and_went(self, x: PretendX, client: Client) -> None:
        group = x.group("ann", "acme", "bob", at=NOON - MINUTE)
        x.group_message("ann", group, "hi", at=NOON - SECOND)
        x.leave("bob", group, at=NOON)
        kinds = [event["event_type"] for event in client.events(**ALL)]
        assert kinds == ["ParticipantsLeave", "MessageCreate", "ParticipantsJoin"]
        assert {event["dm_conversation_id"] for event in client.events(**ALL)} == {group}
        assert [event["text"] for event in client.events(event_types="MessageCreate")] == ["hi"]
        with pytest.raises(ValueError, match="in no group"):
            x.group_message("bob", group, "still here?")

    @pytest.mark.parametrize(("more", "key"), [({}, "mentions"), ({"post__fields": "id"}, "entities")])
    def test_names_are_told_in_either_spelling(
        self, x: PretendX, client: Client, more: dict[str, str], key: str
    ) -> None:
        x.user("bob")
        x.customer_messages("ann", "@bob said so")
        (event,) = client.events(dm_event__fields="entities", **more)
        told = event[key]["mentions"] if key == "entities" else event[key]
        assert [mention["username"] for mention in told] == ["bob"]

    def test_what_is_encrypted_or_deleted_is_nowhere(self, x: PretendX, client: Client) -> None:
        x.customer_messages("ann", "psst", encrypted=True)
        x.delete_message(x.customer_messages("ann", "oops"))
        assert client.events() == []
        with pytest.raises(ValueError, match="no message"):
            x.delete_message("5")

    def test_a_shared_post_is_named_in_either_spelling(self, x: PretendX, client: Client) -> None:
        post = x.post("acme", "we are open")
        x.message("ann", "acme", "this?", shares=post)
        (older,) = client.events(dm_event__fields="referenced_tweets")
        assert older["referenced_tweets"] == [{"id": post}]
        document = client.get("/2/dm_events", expansions="referenced_posts", post__fields="id").json()
        assert document["data"][0]["referenced_posts"] == [{"id": post}]
        assert [shown["id"] for shown in document["includes"]["posts"]] == [post]

    def test_others_do_not_see_it(self, x: PretendX, client: Client) -> None:
        x.message("ann", "bob", "not for the brand")
        assert client.events() == []
        client.session.headers["authorization"] = f"Bearer {x.sign_in('bob').access}"
        assert len(client.events()) == 1


class TestRefusals:
    @pytest.mark.parametrize("path", ["/2/dm_events", "/2/dm_conversations/with/5/dm_events"])
    def test_an_app_reads_no_direct_messages(self, x: PretendX, client: Client, path: str) -> None:
        client.session.headers["authorization"] = f"Bearer {x.token}"
        answer = client.get(path)
        assert (answer.status_code, answer.json()["title"]) == (403, "Unsupported Authentication")

    def test_without_the_scope_x_says_forbidden_and_no_more(self, x: PretendX, client: Client) -> None:
        lacking = x.sign_in(scopes=["tweet.read", "users.read"])
        client.session.headers["authorization"] = f"Bearer {lacking.access}"
        answer = client.get("/2/dm_events")
        assert (answer.status_code, answer.json()["detail"]) == (403, "Forbidden")
        assert client.get("/2/users/me").status_code == 200

    def test_fifteen_reads_in_fifteen_minutes_whatever_token_the_account_has(
        self, x: PretendX, client: Client, clock: Clock
    ) -> None:
        assert client.get("/2/dm_events").headers["x-rate-limit-limit"] == "15"
        client.session.headers["authorization"] = f"Bearer {x.sign_in().access}"
        assert [client.get("/2/dm_events").status_code for _ in range(15)] == [200] * 14 + [429]
        assert client.get("/2/dm_conversations/with/5/dm_events").status_code == 200
        clock.now += 15 * MINUTE
        assert client.get("/2/dm_events").status_code == 200

    @pytest.mark.parametrize(
        ("path", "query", "parameter"),
        [
            ("/2/dm_events", {"max_results": "0"}, "max_results"),
            ("/2/dm_events", {"max_results": "101"}, "max_results"),
            ("/2/dm_events", {"since_id": "5"}, "since_id"),
            ("/2/dm_events", {"start_time": "2026-11-22T12:00:00Z"}, "start_time"),
            ("/2/dm_events", {"dm_event.fields": "mood"}, "dm_event.fields"),
            ("/2/dm_events", {"event_types": "Reaction"}, "event_types"),
            ("/2/dm_events", {"expansions": "author_id"}, "expansions"),
            ("/2/dm_events", {"pagination_token": "abcdefghijklmnop"}, "pagination_token"),
            ("/2/dm_conversations/acme/dm_events", {}, "conversation"),
            ("/2/dm_conversations/with/acme/dm_events", {}, "participant"),
        ],
    )
    def test_a_parameter_that_x_does_not_know_is_named(
        self, client: Client, path: str, query: dict[str, str], parameter: str
    ) -> None:
        answer = client.session.get(client.x.url + path, params=query, timeout=5)
        assert answer.status_code == 400
        assert list(answer.json()["errors"][0]["parameters"]) == [parameter]

    def test_a_token_holds_for_its_own_list_only(self, x: PretendX, client: Client) -> None:
        for _ in range(3):
            x.customer_messages("ann", "hi")
        token = client.get("/2/dm_events", max_results=1).json()["meta"]["next_token"]
        path = f"/2/dm_conversations/with/{x.user('ann').id}/dm_events"
        assert client.get(path, pagination_token=token).status_code == 400


class TestControl:
    def test_another_process_can_write_and_sign_in(self, x: PretendX, client: Client) -> None:
        asked = client.control("message", handle="ann", text="refund?").json()["id"]
        answered = client.control("answer_message", handle="ann", text="on it").json()["id"]
        client.control("delete_message", event=answered)
        state = client.session.get(x.url + "/_range/state", timeout=5).json()
        assert [(row["id"], row["author"], row["text"]) for row in state["messages"]] == [(asked, "ann", "refund?")]
        signed = client.control("sign_in", scopes=["tweet.read", "users.read"]).json()["id"]
        client.session.headers["authorization"] = f"Bearer {signed['access']}"
        assert client.get("/2/users/me").json()["data"]["username"] == "acme"
