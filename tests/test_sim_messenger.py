"""The pretend Messenger answers as Meta's Conversations API does, and as unkindly as it may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim._graph.api import GraphToken
from slamon.sim._messenger.inbox import READABLE
from slamon.sim._messenger.shape import CONVERSATION_PARAMETERS
from slamon.sim.messenger import PAGE_ID, PretendMessenger
from x_client import NOON, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECS = Path(__file__).parents[2] / "shared/platforms/specs/meta"
SPEC = SPECS / "UnifiedThread.json"
THREADS = f"{PAGE_ID}/conversations"
EVERYTHING = (
    "id,updated_time,message_count,unread_count,can_reply,link,snippet,participants,"
    "messages.limit(5){id,created_time,from,to,message,reply_to,sticker,story,is_unsupported,"
    "attachments{id,mime_type},tags{name}}"
)


class Client:
    """Asks the pretend Messenger as an app does."""

    def __init__(self, pretend: PretendMessenger) -> None:
        self.pretend = pretend
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {pretend.page_token.value}"

    def answer(self, path: str, **query: object) -> requests.Response:
        shown = {name: str(value) for name, value in query.items()}
        return self.session.get(f"{self.pretend.url}/v25.0/{path}", params=shown, timeout=5)

    def get(self, path: str, **query: object) -> dict[str, Any]:
        answer = self.answer(path, **query)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def code(self, path: str, **query: object) -> int:
        answer = self.answer(path, **query)
        assert answer.status_code != 200, answer.text
        code: int = answer.json()["error"]["code"]
        return code


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pretend(clock: Clock) -> Iterator[PretendMessenger]:
    with PretendMessenger(clock, calls_per_second=None) as each:
        yield each


@pytest.fixture
def client(pretend: PretendMessenger) -> Iterator[Client]:
    each = Client(pretend)
    yield each
    each.session.close()


class TestConversations:
    def test_the_one_that_moved_last_comes_first_whoever_moved_it(
        self, pretend: PretendMessenger, client: Client
    ) -> None:
        ann = pretend.customer_writes("ann", "hi", NOON - HOUR)
        bob = pretend.customer_writes("bob", "hi", NOON - MINUTE)
        pretend.brand_replies(ann, "hello", NOON)
        listed = [each["id"] for each in client.get(THREADS)["data"]]
        assert listed == [pretend.inbox.around(ann).id, pretend.inbox.around(bob).id]

    def test_without_fields_only_id_and_time_are_shown(self, pretend: PretendMessenger, client: Client) -> None:
        pretend.customer_writes("ann", "hi")
        (each,) = client.get(THREADS)["data"]
        assert each == {"id": each["id"], "updated_time": "2026-11-22T12:00:00+0000"}

    def test_a_field_without_a_value_does_not_come(self, pretend: PretendMessenger, client: Client) -> None:
        pretend.brand_replies(pretend.customer_writes("ann", "hi"), "hello")
        (each,) = client.get(THREADS, fields=EVERYTHING)["data"]
        assert "unread_count" not in each
        assert {"sticker", "reply_to", "story", "attachments"}.isdisjoint(each["messages"]["data"][0])

    def test_nested_messages_come_newest_first_with_a_paging_of_their_own(
        self, pretend: PretendMessenger, client: Client
    ) -> None:
        for number in range(7):
            pretend.customer_writes("ann", str(number), NOON - MINUTE + number * SECOND)
        (each,) = client.get(THREADS, fields="messages.limit(5){id,message}")["data"]
        assert [message["message"] for message in each["messages"]["data"]] == list("65432")
        more = client.get(
            f"{each['id']}/messages", fields="message", after=each["messages"]["paging"]["cursors"]["after"]
        )
        assert [message["message"] for message in more["data"]] == list("10")
        assert "next" not in more["paging"]

    def test_the_list_cannot_be_asked_by_time(self, client: Client) -> None:
        assert client.code(THREADS, since=1) == 100

    @pytest.mark.parametrize(
        "query",
        [{"platform": "whatsapp"}, {"limit": 101}, {"fields": "subject"}, {"after": "QVFIa"}, {"fields": "id,,name"}],
        ids=str,
    )
    def test_what_the_api_does_not_take_is_refused(
        self, pretend: PretendMessenger, client: Client, query: dict[str, Any]
    ) -> None:
        pretend.customer_writes("ann", "hi")
        assert client.code(THREADS, **query) in {100, 2500}

    def test_the_other_platform_shows_other_conversations(self, pretend: PretendMessenger, client: Client) -> None:
        pretend.customer_writes("ann", "hi")
        assert client.get(THREADS, platform="instagram")["data"] == []
        assert len(client.get(THREADS, platform="MESSENGER")["data"]) == 1

    def test_one_person_can_be_found(self, pretend: PretendMessenger, client: Client) -> None:
        pretend.customer_writes("ann", "hi")
        bob = pretend.inbox.around(pretend.customer_writes("bob", "hi"))
        assert [each["id"] for each in client.get(THREADS, user_id=bob.person.id)["data"]] == [bob.id]

    def test_an_idle_request_is_listed_no_more(self, pretend: PretendMessenger, client: Client, clock: Clock) -> None:
        pretend.inbox.around(pretend.customer_writes("ann", "hi")).request = True
        assert len(client.get(THREADS)["data"]) == 1
        clock.now += 31 * DAY
        assert client.get(THREADS)["data"] == []

    def test_without_advanced_access_strangers_are_missing_without_a_word(
        self, pretend: PretendMessenger, client: Client
    ) -> None:
        pretend.roles = {"ann"}
        ann = pretend.inbox.around(pretend.customer_writes("ann", "hi"))
        bob = pretend.customer_writes("bob", "hi")
        pretend.advanced_access = False
        assert [each["id"] for each in client.get(THREADS)["data"]] == [ann.id]
        assert client.code(bob) == 100
        assert client.get(PAGE_ID, fields="unread_message_count")["unread_message_count"] == 2


class TestMessages:
    def test_of_older_ones_only_id_and_time_are_shown(self, pretend: PretendMessenger, client: Client) -> None:
        ids = [pretend.customer_writes("ann", str(n), NOON - HOUR + n * SECOND) for n in range(READABLE + 2)]
        thread = pretend.inbox.around(ids[0]).id
        listed = client.get(f"{thread}/messages", fields="id,created_time,from,message,tags", limit=50)["data"]
        assert ["from" in each for each in listed] == [True] * READABLE + [False] * 2
        assert set(listed[-1]) == {"id", "created_time"}
        assert client.code(ids[0]) == 100
        assert client.get(ids[-1], fields="message")["message"] == str(READABLE + 1)

    def test_an_unsent_one_is_gone_and_does_not_move_its_conversation(
        self, pretend: PretendMessenger, client: Client, clock: Clock
    ) -> None:
        message = pretend.customer_writes("ann", "hi")
        clock.now += HOUR
        pretend.delete(message)
        (each,) = client.get(THREADS, fields="updated_time,message_count,messages{id}")["data"]
        assert (each["updated_time"], each["message_count"]) == ("2026-11-22T12:00:00+0000", 0)
        assert "messages" not in each
        answer = client.answer(message).json()["error"]
        assert (answer["code"], answer["error_subcode"]) == (100, 33)

    def test_an_edit_changes_the_words_and_nothing_else(self, pretend: PretendMessenger, client: Client) -> None:
        message = pretend.customer_writes("ann", "hi")
        before = client.get(message, fields="id,created_time,from,message")
        pretend.edit(message, "hello")
        assert client.get(message, fields="id,created_time,from,message") == before | {"message": "hello"}

    def test_a_person_whom_permissions_disallow_is_listed_and_not_read(
        self, pretend: PretendMessenger, client: Client
    ) -> None:
        dialogue = pretend.inbox.around(pretend.customer_writes("ann", "hi"))
        dialogue.refused = True
        (each,) = client.get(THREADS, fields="id,messages{id}")["data"]
        assert each == {"id": dialogue.id}
        assert client.code(f"{dialogue.id}/messages") == 230


class TestTokens:
    def test_a_persons_token_is_not_the_pages(self, pretend: PretendMessenger, client: Client) -> None:
        pretend.tokens.add(GraphToken(value="a-person", node="4455667788", kind="USER", scopes={"pages_messaging"}))
        client.session.headers["authorization"] = "Bearer a-person"
        assert client.get("me")["id"] == "4455667788"
        assert client.code(THREADS) == 190

    @pytest.mark.parametrize("scope", ["pages_messaging", "pages_manage_metadata", "pages_read_engagement"])
    def test_a_missing_scope_is_refused_aloud(self, pretend: PretendMessenger, client: Client, scope: str) -> None:
        pretend.page_token.scopes.discard(scope)
        assert client.code(THREADS) == 10

    def test_a_third_call_for_conversations_in_a_second_is_refused(self, clock: Clock) -> None:
        with PretendMessenger(clock) as pretend:
            client = Client(pretend)
            codes = [client.answer(THREADS).status_code for _ in range(2)]
            assert (codes, client.code(THREADS)) == ([200, 200], 613)
            assert client.get("me")["id"] == PAGE_ID
            clock.now += SECOND
            assert client.get(THREADS) == {"data": []}
            client.session.close()


class TestControl:
    def test_other_processes_move_it(self, pretend: PretendMessenger, client: Client) -> None:
        url = f"{pretend.url}/_range/"
        told = client.session.post(url + "post", json={"handle": "ann", "text": "hi"}, timeout=5).json()
        client.session.post(url + "reply", json={"to": told["id"], "text": "hello"}, timeout=5)
        assert [each.text for each in pretend.inbox.around(told["id"]).letters] == ["hi", "hello"]
        refused = client.session.post(url + "delete", json={"message": "m_none"}, timeout=5)
        assert (refused.status_code, "m_none" in refused.json()["error"]) == (400, True)


@pytest.mark.skipif(not SPEC.exists(), reason="the API's machine-readable description is not beside this checkout")
class TestAgainstTheDescription:
    """The description has no node for a message: its fields are those that the connector's page of Meta names."""

    def described(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((SPECS / f"{name}.json").read_text(encoding="utf-8"))
        return found

    def test_every_field_of_a_conversation_is_known_and_of_its_type(
        self, pretend: PretendMessenger, client: Client
    ) -> None:
        known = {each["name"]: each["type"] for each in self.described("UnifiedThread")["fields"]}
        pretend.customer_writes("ann", "hi", attachment="image/jpeg", sticker=True, unsupported=True, story="reply_to")
        (each,) = client.get(THREADS, fields=EVERYTHING)["data"]
        types = {"string": str, "int": int, "bool": bool, "datetime": str, "Object": dict}
        wrong = {
            name: value
            for name, value in each.items()
            if name != "messages" and type(value) is not types.get(known.get(name, ""))
        }
        assert wrong == {}

    def test_conversations_and_messages_are_its_edges(self) -> None:
        edges = {each.get("endpoint"): each for each in self.described("Page")["apis"] if each["method"] == "GET"}
        assert {each["name"] for each in edges["conversations"]["params"]} == CONVERSATION_PARAMETERS
        inner = [each for each in self.described("UnifiedThread")["apis"] if each.get("endpoint") == "messages"]
        assert [each["name"] for each in inner[0]["params"]] == ["source"]

    def test_every_field_of_the_page_is_known(self, client: Client) -> None:
        known = {each["name"] for each in self.described("Page")["fields"]}
        assert set(client.get(PAGE_ID, fields="id,name,unread_message_count")) <= known
