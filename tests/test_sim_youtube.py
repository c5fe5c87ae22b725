"""The pretend YouTube answers as the Data API v3 does, and refuses what that refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from slamon.model import DAY, HOUR, SECOND
from slamon.sim._youtube.shape import INLINE_REPLIES
from slamon.sim.youtube import PretendYouTube

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = 1_795_348_800_000
WHOLE = {"part": "snippet,replies"}


class Client:
    """Asks the pretend YouTube as an app does."""

    def __init__(self, youtube: PretendYouTube, clock: list[int]) -> None:
        self.youtube = youtube
        self.clock = clock
        self.session = requests.Session()
        self.session.headers["x-goog-api-key"] = youtube.credentials.api_key

    def get(self, resource: str, **query: object) -> requests.Response:
        return self.session.get(f"{self.youtube.url}/youtube/v3/{resource}", params={**query}, timeout=5)  # type: ignore[arg-type]

    def threads(self, **query: object) -> dict[str, Any]:
        whole = {**WHOLE, "allThreadsRelatedToChannelId": self.youtube.brand.id, **query}
        answer = self.get("commentThreads", **whole)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def reason(self, resource: str, **query: object) -> tuple[int, str]:
        answer = self.get(resource, **query)
        return answer.status_code, answer.json()["error"]["errors"][0]["reason"]

    def sign_in(self) -> None:
        keys = self.youtube.credentials
        form = {"grant_type": "refresh_token", "client_id": keys.client_id, "client_secret": keys.client_secret}
        answer = self.session.post(
            self.youtube.token_url, data={**form, "refresh_token": keys.refresh_token}, timeout=5
        ).json()
        assert (answer["token_type"], answer["expires_in"], "refresh_token" in answer) == ("Bearer", 3_599, False)
        del self.session.headers["x-goog-api-key"]
        self.session.headers["authorization"] = f"Bearer {answer['access_token']}"


@pytest.fixture
def client() -> Iterator[Client]:
    clock = [NOON]
    with PretendYouTube(lambda: clock[0], team=["acmehelp"]) as pretend:
        asking = Client(pretend, clock)
        yield asking
        asking.session.close()


@pytest.fixture
def youtube(client: Client) -> PretendYouTube:
    return client.youtube


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


class TestThreads:
    def test_nobody_wrote_so_the_list_is_empty(self, client: Client) -> None:
        page = client.threads()
        assert (page["kind"], page["items"], "nextPageToken" in page) == (
            "youtube#commentThreadListResponse",
            [],
            False,
        )

    def test_newest_first_and_by_pages_each_once(self, youtube: PretendYouTube, client: Client) -> None:
        made = [youtube.customer_comments("ann", f"{n}", at=NOON - n) for n in range(12)]
        first = client.threads(maxResults=5)
        second = client.threads(maxResults=5, pageToken=first["nextPageToken"])
        third = client.threads(maxResults=5, pageToken=second["nextPageToken"])
        assert ids(first) + ids(second) + ids(third) == made
        assert (first["pageInfo"]["totalResults"], "nextPageToken" in third) == (5, False)

    def test_a_thread_has_no_replies_until_there_are_some_and_then_only_a_few(
        self, youtube: PretendYouTube, client: Client
    ) -> None:
        top = youtube.customer_comments("ann", "hello?")
        assert "replies" not in client.threads()["items"][0]
        for number in range(7):
            youtube.brand_replies(top, f"{number}", at=NOON + number)
        client.clock[0] += 10
        (thread,) = client.threads()["items"]
        assert (thread["snippet"]["totalReplyCount"], len(thread["replies"]["comments"])) == (7, INLINE_REPLIES)

    def test_a_new_reply_does_not_bring_its_thread_up(self, youtube: PretendYouTube, client: Client) -> None:
        old, new = (youtube.customer_comments("ann", "x", at=NOON - n) for n in (9, 1))
        youtube.brand_replies(old, "hi")
        assert ids(client.threads()) == [new, old]

    def test_a_reply_to_a_reply_hangs_under_the_top_comment_and_begins_with_a_name(
        self, youtube: PretendYouTube, client: Client
    ) -> None:
        top = youtube.customer_comments("ann", "hello?")
        reply = youtube.customer_comments("bob", "me too", top)
        youtube.brand_replies(reply, "soon")
        last = client.threads()["items"][0]["replies"]["comments"][-1]
        assert (last["snippet"]["parentId"], last["snippet"]["textDisplay"]) == (top, "@bob soon")
        assert last["id"].startswith(f"{top}.")

    def test_text_is_html_unless_plain_text_is_asked_for(self, youtube: PretendYouTube, client: Client) -> None:
        youtube.customer_comments("ann", "a & b\nc")
        shown = [
            client.threads(**query)["items"][0]["snippet"]["topLevelComment"]["snippet"]["textDisplay"]
            for query in ({}, {"textFormat": "plainText"})
        ]
        assert shown == ["a &amp; b<br>c", "a & b\nc"]

    def test_by_id_what_is_gone_is_left_out_in_silence(self, youtube: PretendYouTube, client: Client) -> None:
        gone, there = (youtube.customer_comments("ann", "x") for _ in range(2))
        youtube.delete(gone)
        assert ids(client.get("commentThreads", **WHOLE, id=f"{gone},{there},nonsense").json()) == [there]

    def test_an_author_whose_channel_is_closed_has_a_name_and_no_id(
        self, youtube: PretendYouTube, client: Client
    ) -> None:
        youtube.customer_comments("ann", "x")
        youtube.close_account("ann")
        snippet = client.threads()["items"][0]["snippet"]["topLevelComment"]["snippet"]
        assert ("authorChannelId" in snippet, snippet["authorDisplayName"]) == (False, "@ann")

    def test_an_edit_moves_only_the_second_time(self, youtube: PretendYouTube, client: Client) -> None:
        said = youtube.customer_comments("ann", "x")
        client.clock[0] += HOUR
        youtube.edit(said, "y")
        snippet = client.threads()["items"][0]["snippet"]["topLevelComment"]["snippet"]
        assert (snippet["publishedAt"], snippet["updatedAt"]) == ("2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z")

    def test_short_pages_have_others_after_them(self, youtube: PretendYouTube, client: Client) -> None:
        youtube.short_pages = 2
        for number in range(3):
            youtube.customer_comments("ann", "x", at=NOON - number)
        page = client.threads(maxResults=100)
        assert (len(page["items"]), "nextPageToken" in page) == (2, True)

    def test_what_has_not_changed_is_answered_without_a_body(self, youtube: PretendYouTube, client: Client) -> None:
        youtube.customer_comments("ann", "x")
        tag = client.threads()["etag"]
        client.session.headers["if-none-match"] = tag
        answer = client.get("commentThreads", **WHOLE, allThreadsRelatedToChannelId=youtube.brand.id)
        assert (answer.status_code, answer.content) == (304, b"")

    def test_one_video_alone(self, youtube: PretendYouTube, client: Client) -> None:
        other = youtube.upload("Another")
        youtube.customer_comments("ann", "x")
        there = youtube.customer_comments("ann", "y", video=other)
        assert ids(client.get("commentThreads", **WHOLE, videoId=other).json()) == [there]


class TestReplies:
    def test_all_of_a_thread_newest_first(self, youtube: PretendYouTube, client: Client) -> None:
        top = youtube.customer_comments("ann", "x", at=NOON - 9)
        made = [youtube.brand_replies(top, f"{n}", at=NOON - n) for n in range(7)]
        first = client.get("comments", part="snippet", parentId=top, maxResults=5).json()
        token = first["nextPageToken"]
        rest = client.get("comments", part="snippet", parentId=top, maxResults=5, pageToken=token).json()
        assert ids(first) + ids(rest) == made

    def test_of_a_thread_that_is_gone_there_are_none(self, client: Client) -> None:
        assert client.reason("comments", part="snippet", parentId="Ugx") == (404, "commentNotFound")


class TestChannels:
    def test_by_handle_and_by_id(self, youtube: PretendYouTube, client: Client) -> None:
        for query in ({"forHandle": "@ACME"}, {"id": youtube.brand.id}):
            (item,) = client.get("channels", part="snippet,statistics", **query).json()["items"]
            assert (item["id"], item["snippet"]["customUrl"]) == (youtube.brand.id, "@acme")
            assert item["statistics"]["subscriberCount"] == "100"

    def test_for_one_that_nobody_has_there_is_no_list_at_all(self, client: Client) -> None:
        answer = client.get("channels", part="id", forHandle="@nobody")
        assert (answer.status_code, "items" in answer.json()) == (200, False)


class TestRefusals:
    @pytest.mark.parametrize(
        ("resource", "query", "refusal"),
        [
            ("commentThreads", {}, (400, "missingRequiredParameter")),
            ("commentThreads", {"id": "x", "videoId": "y", **WHOLE}, (400, "incompatibleParameters")),
            ("commentThreads", {"id": "x", "maxResults": 5, **WHOLE}, (400, "incompatibleParameters")),
            ("commentThreads", {"id": "x", "order": "time", **WHOLE}, (400, "incompatibleParameters")),
            ("commentThreads", {"videoId": "y", "part": ""}, (400, "missingRequiredParameter")),
            ("commentThreads", {"videoId": "y", "part": "likes"}, (400, "unknownPart")),
            ("commentThreads", {"videoId": "y", **WHOLE}, (404, "videoNotFound")),
            ("commentThreads", {"allThreadsRelatedToChannelId": "UC", **WHOLE}, (404, "channelNotFound")),
            ("commentThreads", {"videoId": "y", "since": "1", **WHOLE}, (400, "badRequest")),
            ("commentThreads", {"videoId": "y", "textFormat": "md", **WHOLE}, (400, "invalidParameter")),
            ("comments", {"part": "snippet"}, (400, "missingRequiredParameter")),
            ("comments", {"part": "snippet", "id": ",".join("x" * 51)}, (400, "invalidFilters")),
            ("channels", {"part": "id", "mine": "true"}, (401, "authorizationRequired")),
        ],
    )
    def test_what_cannot_be_asked(
        self, client: Client, resource: str, query: dict[str, object], refusal: tuple[int, str]
    ) -> None:
        assert client.reason(resource, **query) == refusal

    @pytest.mark.parametrize("size", ["0", "101", "many", "-1"])
    def test_a_page_of_another_size(self, client: Client, size: str) -> None:
        channel = client.youtube.brand.id
        query = {**WHOLE, "allThreadsRelatedToChannelId": channel, "maxResults": size}
        assert client.reason("commentThreads", **query) == (400, "invalidParameter")

    def test_a_token_of_another_list(self, youtube: PretendYouTube, client: Client) -> None:
        for _ in range(3):
            youtube.customer_comments("ann", "x")
        token = client.threads(maxResults=1)["nextPageToken"]
        query = {**WHOLE, "videoId": youtube.first_video, "pageToken": token}
        assert client.reason("commentThreads", **query) == (400, "invalidPageToken")

    def test_a_video_whose_comments_are_off(self, youtube: PretendYouTube, client: Client) -> None:
        said = youtube.customer_comments("ann", "x")
        youtube.disable_comments(youtube.first_video)
        for query in ({"videoId": youtube.first_video}, {"id": said}):
            assert client.reason("commentThreads", **WHOLE, **query) == (403, "commentsDisabled")
        assert client.threads()["items"] == []


class TestAccess:
    def test_without_a_key_or_with_a_wrong_one(self, client: Client) -> None:
        client.session.headers["x-goog-api-key"] = "wrong"
        error = client.get("channels", part="id", forHandle="acme").json()["error"]
        assert (error["code"], error["details"][0]["reason"]) == (400, "API_KEY_INVALID")
        del client.session.headers["x-goog-api-key"]
        assert client.reason("channels", part="id", forHandle="acme") == (403, "forbidden")

    def test_a_key_in_the_address_works_as_well(self, youtube: PretendYouTube, client: Client) -> None:
        del client.session.headers["x-goog-api-key"]
        query = {"part": "id", "forHandle": "acme", "key": youtube.credentials.api_key}
        assert client.get("channels", **query).status_code == 200

    def test_what_is_held_is_for_the_owner(self, youtube: PretendYouTube, client: Client) -> None:
        held = youtube.comment("ann", "x", status="heldForReview")
        query = {**WHOLE, "allThreadsRelatedToChannelId": youtube.brand.id, "moderationStatus": "heldForReview"}
        assert client.reason("commentThreads", **query) == (403, "forbidden")
        client.sign_in()
        (item,) = client.get("commentThreads", **query).json()["items"]
        assert item["id"] == held
        assert item["snippet"]["topLevelComment"]["snippet"]["moderationStatus"] == "heldForReview"
        assert client.threads()["items"] == []

    def test_by_id_the_status_is_not_told(self, youtube: PretendYouTube, client: Client) -> None:
        said = youtube.customer_comments("ann", "x")
        client.sign_in()
        shown = [client.threads(), client.get("commentThreads", **WHOLE, id=said).json()]
        tops = [page["items"][0]["snippet"]["topLevelComment"]["snippet"] for page in shown]
        assert ["moderationStatus" in top for top in tops] == [True, False]

    def test_an_access_token_ends_after_an_hour(self, client: Client) -> None:
        client.sign_in()
        client.clock[0] += 3_600 * SECOND
        assert client.reason("channels", part="id", mine="true") == (401, "authError")

    def test_a_day_has_its_units_and_ends_at_midnight_in_california(self, client: Client) -> None:
        client.youtube.gate.daily_units = 2
        statuses = [client.get("channels", part="id", forHandle="acme").status_code for _ in range(3)]
        assert statuses == [200, 200, 403]
        client.clock[0] = NOON + 20 * HOUR - 1
        assert client.reason("channels", part="id", forHandle="acme") == (403, "quotaExceeded")
        client.clock[0] = NOON + 20 * HOUR
        assert client.get("channels", part="id", forHandle="acme").status_code == 200

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"client_secret": "guessed"}, "invalid_client"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"refresh_token": "old"}, "invalid_grant"),
        ],
    )
    def test_a_token_is_not_given_to_anybody(self, client: Client, form: dict[str, str], error: str) -> None:
        keys = client.youtube.credentials
        known = {"client_id": keys.client_id, "client_secret": keys.client_secret, "grant_type": "refresh_token"}
        assert client.session.post(client.youtube.token_url, data={**known, **form}, timeout=5).json()["error"] == error


class TestVerbs:
    def test_what_was_never_said_cannot_be_changed(self, youtube: PretendYouTube) -> None:
        with pytest.raises(ValueError, match="no comment"):
            youtube.edit("x", "y")
        with pytest.raises(ValueError, match="no comment"):
            youtube.delete("x")

    def test_a_comment_that_appears_late_keeps_its_time(self, youtube: PretendYouTube, client: Client) -> None:
        youtube.comment("ann", "x", at=NOON - DAY, appears_after=DAY + SECOND)
        assert client.threads()["items"] == []
        client.clock[0] += 2 * SECOND
        assert len(client.threads()["items"]) == 1
