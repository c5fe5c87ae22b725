"""The pretend Facebook is as strict, and as silent, as the real one is said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from connector_contract import NOON
from slamon.model import MINUTE, SECOND
from slamon.sim.facebook import ENGAGEMENT, MODERATE, PAGE_ID, TEAM_PAGE, USER_CONTENT, PretendFacebook

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "page-token-4711"
STREAM = {"filter": "stream", "order": "reverse_chronological", "summary": "true"}


class App:
    """Asks as an app does, with the Page's token."""

    def __init__(self, facebook: PretendFacebook) -> None:
        self.facebook = facebook
        self.page = facebook.page
        self.session = requests.Session()

    def get(self, path: str, token: str = TOKEN, **query: object) -> dict[str, Any]:
        shown = {name: str(value) for name, value in query.items()}
        headers = {"authorization": f"Bearer {token}"}
        answer = self.session.get(f"{self.facebook.url}/v25.0{path}", params=shown, headers=headers, timeout=5)
        document: dict[str, Any] = answer.json()
        return document

    def ids(self, path: str, token: str = TOKEN, **query: object) -> list[str]:
        return [item.get("id", "") for item in self.get(path, token, **query)["data"]]

    def control(self, verb: str, **arguments: object) -> dict[str, Any]:
        document: dict[str, Any] = self.session.post(
            f"{self.facebook.url}/_range/{verb}", json=arguments, timeout=5
        ).json()
        return document


@pytest.fixture
def app() -> Iterator[App]:
    with PretendFacebook(lambda: NOON, token=TOKEN) as facebook:
        asking = App(facebook)
        yield asking
        asking.session.close()


class TestTimeline:
    def test_it_holds_what_the_page_and_visitors_post_newest_first(self, app: App) -> None:
        first = app.page.page_posts("Sale", NOON - MINUTE)
        second = app.page.visitor_posts("Ana", "Hello?")
        assert app.ids("/me/feed") == app.ids(f"/{PAGE_ID}/feed") == [second, first]

    def test_its_order_is_not_to_be_relied_on(self, app: App) -> None:
        old = app.page.page_posts("Sale", NOON - MINUTE)
        app.page.pin(old)
        new = app.page.visitor_posts("Ana", "Hello?")
        assert app.ids("/me/feed") == [old, new]

    def test_unpublished_posts_stand_among_the_others_and_ads_and_tags_elsewhere(self, app: App) -> None:
        planned = app.page.page_posts("Tomorrow", published=False)
        ad = app.page.page_posts("Buy", ad=True)
        tag = app.page.tags_the_page("Ana", "Look at")
        assert app.ids("/me/feed") == [planned]
        assert app.ids("/me/ads_posts", include_inline_create="true") == [ad]
        assert app.ids("/me/ads_posts", since=NOON // SECOND + 1) == []
        assert app.ids("/me/tagged") == [tag]
        assert "from" not in app.get(f"/{tag}", fields="from")
        assert app.get(f"/{planned}", fields="is_published")["is_published"] is False

    def test_hidden_posts_come_only_when_asked_for(self, app: App) -> None:
        hidden = app.page.visitor_posts("Ana", "Spam")
        app.page.hide(hidden)
        assert (app.ids("/me/feed"), app.ids("/me/feed", include_hidden="true")) == ([], [hidden])

    def test_more_than_a_hundred_are_refused(self, app: App) -> None:
        assert app.get("/me/feed", limit=101)["error"]["code"] == 100

    def test_recommendations_are_gone(self, app: App) -> None:
        assert app.get("/me/ratings")["error"]["code"] == 12

    def test_unknown_parameters_and_fields_are_refused(self, app: App) -> None:
        app.page.page_posts("Sale")
        assert app.get("/me/feed", order="newest")["error"]["code"] == 100
        assert app.get("/me/feed", fields="likes_count")["error"]["code"] == 100


class TestComments:
    def talk(self, app: App) -> tuple[str, str, str, str]:
        post = app.page.page_posts("Sale")
        asked = app.page.customer_writes("Ana", "Hello?", post, NOON + SECOND)
        answer = app.page.brand_replies(asked, "Hi", at=NOON + 2 * SECOND)
        other = app.page.customer_writes("Ben", "Me too", post, NOON + 3 * SECOND)
        return post, asked, answer, other

    def test_replies_are_left_out_unless_the_list_is_flat(self, app: App) -> None:
        post, asked, answer, other = self.talk(app)
        assert app.ids(f"/{post}/comments") == [asked, other]
        assert app.ids(f"/{post}/comments", filter="stream") == [asked, answer, other]
        assert app.ids(f"/{post}/comments", **STREAM) == [other, answer, asked]
        assert app.ids(f"/{asked}/comments") == [answer]

    def test_the_summary_says_the_order_and_counts_all_levels_in_a_flat_list(self, app: App) -> None:
        post, *_ = self.talk(app)
        flat = app.get(f"/{post}/comments", **STREAM)["summary"]
        assert flat == {"order": "reverse_chronological", "total_count": 3, "can_comment": True}
        assert app.get(f"/{post}/comments", summary="true")["summary"]["total_count"] == 2
        assert "summary" not in app.get(f"/{post}/comments")

    def test_the_order_may_not_be_the_one_that_was_asked_for_and_is_told(self, app: App) -> None:
        post, asked, answer, other = self.talk(app)
        app.facebook.shapes.orders = False
        found = app.get(f"/{post}/comments", **STREAM)
        assert found["summary"]["order"] == "chronological"
        assert [item["id"] for item in found["data"]] == [asked, answer, other]

    @pytest.mark.parametrize("query", [{"filter": "all"}, {"order": "newest"}, {"live_filter": "stream"}, {"x": "1"}])
    def test_other_values_are_refused(self, app: App, query: dict[str, str]) -> None:
        post, *_ = self.talk(app)
        assert app.get(f"/{post}/comments", **query)["error"]["code"] == 100

    def test_only_replies_have_a_parent_and_it_is_the_top_comment(self, app: App) -> None:
        post, asked, answer, _ = self.talk(app)
        deeper = app.page.customer_writes("Ana", "When?", answer)
        assert "parent" not in app.get(f"/{asked}", fields="parent")
        assert app.get(f"/{deeper}", fields="parent{id}")["parent"]["id"] == asked
        app.page.deep = True
        deepest = app.page.customer_writes("Ana", "When?", answer)
        assert app.get(f"/{deepest}", fields="parent{id}")["parent"]["id"] == answer
        assert app.get(f"/{deepest}", fields="object{id}")["object"]["id"] == post

    def test_a_field_without_a_value_is_left_out(self, app: App) -> None:
        post = app.page.page_posts("Sale")
        asked = app.page.customer_writes("Ana", "", post)
        app.page.hide_author("Ana")
        assert app.get(f"/{asked}", fields="message,from,message_tags") == {"id": asked}

    def test_names_in_a_text_are_tags(self, app: App) -> None:
        post = app.page.page_posts("Sale")
        named = app.page.comment(PAGE_ID, "hi", post, tagging=[TEAM_PAGE])
        shown = app.get(f"/{named}", fields="message,message_tags")
        (tag,) = shown["message_tags"]
        assert shown["message"][tag["offset"] : tag["offset"] + tag["length"]] == tag["name"] == "Acme Help"

    def test_an_edit_leaves_no_trace_and_a_comment_moves_its_post(self, app: App) -> None:
        post = app.page.page_posts("Sale", NOON - MINUTE)
        before = app.get(f"/{post}", fields="updated_time")["updated_time"]
        asked = app.page.customer_writes("Ana", "Helo?", post)
        after = app.get(f"/{post}", fields="updated_time")["updated_time"]
        app.page.edit(asked, "Hello?")
        assert before < after == app.get(f"/{post}", fields="updated_time")["updated_time"]
        assert app.get(f"/{asked}")["message"] == "Hello?"

    def test_a_deleted_comment_takes_its_replies_along_and_a_post_everything(self, app: App) -> None:
        post, asked, answer, other = self.talk(app)
        app.page.delete(asked)
        assert app.ids(f"/{post}/comments", filter="stream") == [other]
        assert app.get(f"/{answer}")["error"]["error_subcode"] == 33
        app.page.delete(post)
        assert app.get(f"/{post}/comments")["error"]["error_subcode"] == 33
        assert app.get(f"/{other}")["error"]["code"] == 100

    def test_a_bare_id_is_an_old_way_that_is_refused(self, app: App) -> None:
        _, asked, *_ = self.talk(app)
        assert app.get("/" + asked.rpartition("_")[2])["error"]["code"] == 12


class TestSilentTraps:
    def test_a_persons_token_is_shown_no_comment(self, app: App) -> None:
        app.facebook.user_token("person-token")
        post = app.page.page_posts("Sale")
        app.page.customer_writes("Ana", "Hello?", post)
        assert app.get(f"/{post}/comments", "person-token")["data"] == []
        assert app.get("/me", "person-token")["id"] != PAGE_ID

    def test_without_the_scope_the_words_of_others_are_not_there_and_are_counted(self, app: App) -> None:
        post = app.page.page_posts("Sale")
        asked = app.page.customer_writes("Ana", "Hello?", post)
        visited = app.page.visitor_posts("Ben", "Hi")
        app.facebook.token.scopes.discard(USER_CONTENT)
        found = app.get(f"/{post}/comments", **STREAM)
        assert (found["data"], found["summary"]["total_count"]) == ([], 1)
        assert app.ids("/me/feed") == [post]
        assert {app.get(f"/{node}")["error"]["error_subcode"] for node in (asked, visited)} == {33}
        app.facebook.shapes.counts = False
        assert app.get(f"/{post}/comments", **STREAM)["summary"]["total_count"] == 0

    def test_without_the_task_comments_have_neither_id_nor_author(self, app: App) -> None:
        post = app.page.page_posts("Sale")
        app.page.customer_writes("Ana", "Hello?", post)
        app.facebook.token.tasks.discard(MODERATE)
        assert [set(item) for item in app.get(f"/{post}/comments")["data"]] == [{"created_time", "message"}]

    def test_without_the_first_scope_it_refuses_aloud(self, app: App) -> None:
        app.facebook.token.scopes.discard(ENGAGEMENT)
        assert app.get("/me/feed")["error"]["code"] == 10

    def test_comments_that_may_not_be_read_are_refused_alone_and_left_out_inside_of_a_post(self, app: App) -> None:
        tag = app.page.tags_the_page("Ana", "Look at")
        app.page.closed.add(tag)
        assert app.get(f"/{tag}/comments")["error"]["code"] == 10
        assert app.get(f"/{tag}", fields="comments.limit(1)") == {"id": tag}

    def test_a_withheld_comment_is_counted_and_not_shown(self, app: App) -> None:
        post = app.page.page_posts("Sale")
        app.page.withhold(app.page.customer_writes("Ana", "Hello?", post))
        found = app.get(f"/{post}/comments", **STREAM)
        assert (found["data"], found["summary"]["total_count"]) == ([], 1)


class TestControl:
    def test_other_processes_move_the_page(self, app: App) -> None:
        post = app.control("page_posts", text="Sale")["id"]
        asked = app.control("customer_writes", name="Ana", text="Hello?", on=post)["id"]
        app.control("brand_replies", to=asked, text="Hi")
        app.control("delete", what=asked)
        assert app.ids(f"/{post}/comments", filter="stream") == []
        assert "no post" in app.control("edit", what="1", text="x")["error"]
        app.control("refuse", name="down")
        assert app.get("/me")["error"]["code"] == 2
