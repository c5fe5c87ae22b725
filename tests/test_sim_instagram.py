"""The pretend Instagram answers as Meta's two hosts do, and as silently as they may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim.instagram import ACCOUNT_ID, APP_SCOPED_ID, LIFETIME, PAGE_ID, PretendInstagram
from x_client import NOON, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECS = Path(__file__).parents[2] / "shared/platforms/specs/meta"
SPEC = SPECS / "IGComment.json"
COMMENT_FIELDS = "id,text,timestamp,username,from{id,username},user{id},like_count,hidden,parent_id,media{id}"
MEDIA_FIELDS = (
    "id,caption,timestamp,permalink,shortcode,username,media_type,media_product_type,comments_count,like_count,"
    "is_comment_enabled"
)


class Client:
    """Asks the pretend Instagram as an app does."""

    def __init__(self, pretend: PretendInstagram) -> None:
        self.pretend = pretend
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {pretend.token.value}"

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

    def renew(self, token: str, **query: str) -> requests.Response:
        asked = {"grant_type": "ig_refresh_token", "access_token": token} | query
        return self.session.get(f"{self.pretend.url}/refresh_access_token", params=asked, timeout=5)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["facebook", "instagram"])
def pretend(request: pytest.FixtureRequest, clock: Clock) -> Iterator[PretendInstagram]:
    with PretendInstagram(clock, login=request.param, calls_per_second=None) as each:
        yield each


@pytest.fixture
def direct(clock: Clock) -> Iterator[PretendInstagram]:
    with PretendInstagram(clock, login="instagram", calls_per_second=None) as each:
        yield each


@pytest.fixture
def client(pretend: PretendInstagram) -> Iterator[Client]:
    each = Client(pretend)
    yield each
    each.session.close()


@pytest.fixture
def holder(direct: PretendInstagram) -> Iterator[Client]:
    each = Client(direct)
    yield each
    each.session.close()


class TestAccount:
    def test_me_is_the_page_or_the_account(self, pretend: PretendInstagram, client: Client) -> None:
        if pretend.through_instagram:
            found = client.get("me", fields="id,user_id,username")
            assert found == {"id": APP_SCOPED_ID, "user_id": ACCOUNT_ID, "username": "acme"}
        else:
            found = client.get("me", fields="id,name,instagram_business_account{id,username}")
            linked = {"id": ACCOUNT_ID, "username": "acme"}
            assert found == {"id": PAGE_ID, "name": "Acme", "instagram_business_account": linked}

    def test_what_the_other_login_has_is_unknown(self, pretend: PretendInstagram, client: Client) -> None:
        other = "instagram_business_account" if pretend.through_instagram else "user_id"
        assert client.code("me", fields=other) == 100


class TestComments:
    def test_posts_come_newest_first_and_those_of_advertisements_not_at_all(
        self, pretend: PretendInstagram, client: Client
    ) -> None:
        old, new = pretend.brand_posts("old", NOON - DAY), pretend.brand_posts("new")
        advertised = pretend.brand_posts("buy", product="AD")
        assert [each["id"] for each in client.get(f"{ACCOUNT_ID}/media")["data"]] == [new, old]
        assert client.get(advertised)["id"] == advertised

    def test_top_comments_come_newest_first_and_replies_inside(self, pretend: PretendInstagram, client: Client) -> None:
        post = pretend.brand_posts("shoes")
        first = pretend.customer_comments("ann", "one", post, NOON - HOUR)
        second = pretend.customer_comments("bob", "two", post, NOON - MINUTE)
        reply = pretend.brand_replies(first, "yes", at=NOON)
        listed = client.get(f"{post}/comments", fields="id,replies{id,parent_id}")["data"]
        assert [each["id"] for each in listed] == [second, first]
        assert "replies" not in listed[0]
        assert listed[1]["replies"]["data"] == [{"id": reply, "parent_id": first}]

    def test_a_reply_to_a_reply_hangs_on_the_top_comment(self, pretend: PretendInstagram, client: Client) -> None:
        top = pretend.customer_comments("ann", "one", pretend.brand_posts("shoes"))
        reply = pretend.customer_comments("bob", "two", top)
        deeper = pretend.brand_replies(reply, "three")
        assert client.get(deeper, fields="parent_id")["parent_id"] == top

    def test_the_count_holds_replies_and_those_who_are_restricted(
        self, pretend: PretendInstagram, client: Client
    ) -> None:
        post = pretend.brand_posts("shoes")
        pretend.brand_replies(pretend.customer_comments("ann", "one", post), "yes")
        pretend.customer_comments("troll", "boo", post)
        pretend.restrict("troll")
        found = client.get(post, fields="comments_count,comments{username}")
        assert found["comments_count"] == 3
        assert [each["username"] for each in found["comments"]["data"]] == ["ann"]

    def test_fifty_at_most_and_the_last_page_has_no_paging(self, pretend: PretendInstagram, client: Client) -> None:
        post = pretend.brand_posts("shoes")
        for number in range(60):
            pretend.customer_comments("ann", str(number), post, NOON - HOUR + number * SECOND)
        page = client.get(f"{post}/comments", limit=100)
        assert len(page["data"]) == 50
        last = client.get(f"{post}/comments", limit=50, after=page["paging"]["cursors"]["after"])
        assert set(last) == {"data"}
        assert len(last["data"]) == 10

    def test_the_default_is_id_text_and_time(self, pretend: PretendInstagram, client: Client) -> None:
        post = pretend.brand_posts("shoes")
        comment = pretend.customer_comments("ann", "one", post)
        expected = {"id": comment, "text": "one", "timestamp": "2026-11-22T12:00:00+0000"}
        assert client.get(f"{post}/comments")["data"] == [expected]

    def test_without_the_right_lists_are_empty_and_counts_are_not(
        self, pretend: PretendInstagram, client: Client
    ) -> None:
        post = pretend.brand_posts("shoes")
        comment = pretend.customer_comments("ann", "one", post)
        pretend.token.scopes.discard(pretend.login.comments)
        assert client.get(f"{post}/comments") == {"data": []}
        assert client.get(post, fields="comments_count")["comments_count"] == 1
        assert client.code(comment) == 100

    def test_a_deleted_comment_takes_its_replies_along(self, pretend: PretendInstagram, client: Client) -> None:
        post = pretend.brand_posts("shoes")
        comment = pretend.customer_comments("ann", "one", post)
        reply = pretend.brand_replies(comment, "yes")
        pretend.delete(comment)
        assert [client.answer(each).json()["error"]["error_subcode"] for each in (comment, reply)] == [33, 33]
        assert client.get(post, fields="comments_count")["comments_count"] == 0

    def test_likes_that_are_hidden_do_not_come(self, pretend: PretendInstagram, client: Client) -> None:
        post = pretend.brand_posts("shoes")
        assert client.get(post, fields="like_count")["like_count"] == 3
        pretend.gallery.media[post] = type(pretend.gallery.media[post])(
            id=post, owner=ACCOUNT_ID, caption="", created_at=NOON, likes=None
        )
        assert client.get(post, fields="like_count,caption") == {"id": post}

    @pytest.mark.parametrize("query", [{"since": 1}, {"order": "chronological"}, {"fields": "message"}], ids=str)
    def test_what_the_api_does_not_take_is_refused(
        self, pretend: PretendInstagram, client: Client, query: dict[str, Any]
    ) -> None:
        post = pretend.brand_posts("shoes")
        pretend.customer_comments("ann", "one", post)
        assert client.code(f"{post}/comments", **query) == 100


class TestTags:
    def test_the_newest_tag_comes_first_whatever_the_age_of_the_post(
        self, pretend: PretendInstagram, client: Client
    ) -> None:
        new = pretend.customer_tags("ann", "new", NOON - HOUR)
        old = pretend.customer_tags("bob", "old", NOON - DAY, tagged_at=NOON)
        page = client.get(f"{ACCOUNT_ID}/tags", fields="id,username")
        assert [each["id"] for each in page["data"]] == [old, new]
        assert "paging" not in page

    def test_what_others_posted_and_wrote_is_not_read_by_id(self, pretend: PretendInstagram, client: Client) -> None:
        tag = pretend.customer_tags("ann", "new shoes")
        comment = pretend.customer_comments("bob", "nice", tag)
        assert [client.code(each) for each in (tag, comment)] == [100, 100]

    def test_a_post_that_mentions_us_is_looked_up_by_id(self, clock: Clock) -> None:
        with PretendInstagram(clock) as pretend:
            client = Client(pretend)
            named, silent = pretend.customer_tags("ann", "@acme shoes"), pretend.customer_tags("ann", "shoes")
            pretend.brand_replies(named, "lovely")
            fields = "mentioned_media.media_id({}){{caption,comments{{text}}}}"
            found = client.get(ACCOUNT_ID, fields=fields.format(named))["mentioned_media"]
            assert (found["id"], found["comments"]["data"][0]["text"]) == (named, "lovely")
            assert client.code(ACCOUNT_ID, fields=fields.format(silent)) == 100
            client.session.close()


class TestMessages:
    def test_people_have_names_and_ids_and_stories_come_as_messages(
        self, pretend: PretendInstagram, client: Client
    ) -> None:
        pretend.customer_writes("ann", "", story="mention")
        fields = "participants,messages{from,to,message,story}"
        (each,) = client.get("me/conversations", platform="instagram", fields=fields)["data"]
        (message,) = each["messages"]["data"]
        ann = pretend.inbox.person("ann")
        assert message["from"] == {"username": "ann", "id": ann.id}
        assert message["to"] == {"data": [{"username": "acme", "id": ACCOUNT_ID}]}
        assert (message["message"], set(message["story"])) == ("", {"mention"})

    def test_without_the_right_there_is_none(self, pretend: PretendInstagram, client: Client) -> None:
        pretend.customer_writes("ann", "hi")
        pretend.token.scopes.discard(pretend.login.messages)
        assert client.get("me/conversations", platform="instagram") == {"data": []}

    def test_another_platform_is_another_inbox(self, pretend: PretendInstagram, client: Client) -> None:
        pretend.customer_writes("ann", "hi")
        assert client.get("me/conversations", platform="messenger") == {"data": []}


class TestRenewal:
    def test_a_day_old_token_gives_one_for_sixty_days_and_ends_itself(
        self, direct: PretendInstagram, holder: Client, clock: Clock
    ) -> None:
        old = direct.token.value
        clock.now += DAY
        answer = holder.renew(old).json()
        assert (answer["token_type"], answer["expires_in"]) == ("bearer", LIFETIME // SECOND)
        assert holder.code("me") == 190
        holder.session.headers["authorization"] = f"Bearer {answer['access_token']}"
        assert holder.get("me", fields="username")["username"] == "acme"

    @pytest.mark.parametrize(
        ("age", "query", "code"),
        [
            (HOUR, {}, 100),
            (2 * DAY, {"grant_type": "fb_exchange_token"}, 100),
            (2 * DAY, {"client_id": "5"}, 100),
            (61 * DAY, {}, 190),
        ],
    )
    def test_what_cannot_be_renewed_is_refused(
        self, direct: PretendInstagram, holder: Client, clock: Clock, age: int, query: dict[str, str], code: int
    ) -> None:
        clock.now += age
        assert holder.renew(direct.token.value, **query).json()["error"]["code"] == code

    def test_the_host_of_pages_renews_nothing(self, clock: Clock) -> None:
        with PretendInstagram(clock) as pretend:
            client = Client(pretend)
            assert client.renew(pretend.token.value).json()["error"]["code"] == 2500
            client.session.close()


class TestControl:
    def test_other_processes_move_it(self, pretend: PretendInstagram, client: Client) -> None:
        def call(verb: str, **arguments: str) -> str:
            answer = client.session.post(f"{pretend.url}/_range/{verb}", json=arguments, timeout=5)
            return str(answer.json().get("id"))

        post = call("media", caption="shoes")
        comment = call("comment", handle="ann", text="how much?", under=post)
        reply = call("reply", to=comment, text="10")
        message = call("post", handle="ann", text="hi")
        tag = call("tag", handle="ann", caption="mine")
        call("hide", comment=comment)
        assert pretend.gallery.comments[comment].hidden
        assert pretend.gallery.comments[reply].parent == comment
        assert (message in str(pretend.inbox.dialogues), tag in pretend.gallery.media) == (True, True)
        call("delete", thing=post)
        assert post not in pretend.gallery.media


@pytest.mark.skipif(not SPEC.exists(), reason="the API's machine-readable description is not beside this checkout")
class TestAgainstTheDescription:
    def described(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((SPECS / f"{name}.json").read_text(encoding="utf-8"))
        return found

    def strangers(self, name: str, shown: dict[str, Any], *, edges: frozenset[str] = frozenset()) -> list[str]:
        """Fields that the description does not know, or knows as another type."""
        known = {each["name"]: each["type"] for each in self.described(name)["fields"]}
        types = {"string": str, "int": int, "bool": bool, "datetime": str}
        return [
            field
            for field, value in shown.items()
            if field not in edges and type(value) is not types.get(known.get(field, "?"), dict)
        ]

    def test_every_field_of_a_post_and_a_comment_is_known(self, pretend: PretendInstagram, client: Client) -> None:
        post = pretend.brand_posts("shoes")
        comment = pretend.brand_replies(pretend.customer_comments("ann", "one", post), "yes")
        media = "IGMediaForIGOnlyAPI" if pretend.through_instagram else "IGMedia"
        shown = client.get(post, fields=f"{MEDIA_FIELDS},comments{{id}}")
        assert self.strangers(media, shown, edges=frozenset({"comments"})) == []
        shown = client.get(comment, fields=COMMENT_FIELDS)
        assert self.strangers("IGComment", shown) == []
        assert self.strangers("IGCommentFromUser", shown["from"]) == []

    def test_every_field_of_the_account_is_known(self, pretend: PretendInstagram, client: Client) -> None:
        fields = "id,username,name,followers_count,media_count"
        if pretend.through_instagram:
            # A number by the description, a text in every sample: checked by the connector's tests.
            assert self.strangers("IGUserForIGOnlyAPI", client.get("me", fields=f"{fields},account_type")) == []
        else:
            assert self.strangers("IGUser", client.get(ACCOUNT_ID, fields=fields)) == []
            known = {each["name"] for each in self.described("Page")["fields"]}
            assert set(client.get("me", fields="id,name,instagram_business_account{id}")) <= known

    def test_every_edge_and_parameter_is_known(self, pretend: PretendInstagram) -> None:
        account = "IGUserForIGOnlyAPI" if pretend.through_instagram else "IGUser"
        described = {each.get("endpoint"): each for each in self.described(account)["apis"] if each["method"] == "GET"}
        edges = pretend.find(ACCOUNT_ID, pretend.token).kind.edges
        for name, edge in edges.items():
            assert edge.params <= {each["name"] for each in described[name]["params"]}
        for name, kind in (("IGMedia", "media"), ("IGComment", "comment")):
            inner = {each.get("endpoint") for each in self.described(name)["apis"] if each["method"] == "GET"}
            thing = pretend.brand_posts("x")
            node = thing if kind == "media" else pretend.customer_comments("ann", "y", thing)
            assert set(pretend.find(node, pretend.token).kind.edges) <= inner

    def test_the_answer_of_a_renewal_is_known(self, direct: PretendInstagram, holder: Client, clock: Clock) -> None:
        clock.now += DAY
        answer = holder.renew(direct.token.value).json()
        assert self.strangers("IGRefreshAccessTokenForIGOnlyAPI", answer) == []
