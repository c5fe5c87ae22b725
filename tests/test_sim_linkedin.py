"""The pretend LinkedIn refuses what LinkedIn refuses, and has its silent traps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from linkedin_client import NOON, PAGE, REFUSAL, TOKEN, Client, Clock, comments, notifications, strangers, urn
from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim._linkedin.access import REFUSALS
from slamon.sim._linkedin.world import World
from slamon.sim.linkedin import PretendLinkedIn

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def linkedin(clock: Clock) -> Iterator[PretendLinkedIn]:
    with PretendLinkedIn(clock) as each:
        yield each


@pytest.fixture
def client(linkedin: PretendLinkedIn) -> Iterator[Client]:
    each = Client(linkedin)
    yield each
    each.session.close()


@pytest.fixture
def post(linkedin: PretendLinkedIn) -> str:
    return f"urn:li:share:{linkedin.first_post}"


class TestLists:
    def test_replies_stand_below_their_comment_and_not_under_the_post(
        self, linkedin: PretendLinkedIn, client: Client, post: str
    ) -> None:
        top = linkedin.customer_comments("ann", "hello?")
        reply = linkedin.page_replies(top, "hi")
        deeper = linkedin.customer_comments("ann", "thanks", reply_to=reply)
        (shown,) = client.get(comments(post))["elements"]
        assert (shown["id"], shown["commentsSummary"]["totalFirstLevelComments"]) == (top, 2)
        below = client.get(comments(shown["commentUrn"]))["elements"]
        assert [each["id"] for each in below] == [deeper, reply]
        assert {each["parentComment"] for each in below} == {shown["commentUrn"]}

    @pytest.mark.parametrize("kind", ["share", "activity"])
    def test_a_post_answers_to_each_of_its_numbers(self, linkedin: PretendLinkedIn, client: Client, kind: str) -> None:
        new = linkedin.customer_comments("ann", "hello?")
        post = linkedin.posts[linkedin.first_post]
        number = post.id if kind == "share" else post.activity
        assert client.ids(comments(f"urn:li:{kind}:{number}")) == [new]

    def test_pages_go_by_offset_and_shift_when_somebody_writes(
        self, linkedin: PretendLinkedIn, client: Client, post: str
    ) -> None:
        ids = [linkedin.customer_comments("ann", f"{n}", at=NOON - n * SECOND) for n in range(4)]
        first = client.get(comments(post, "?count=2"))
        assert (first["paging"]["total"], [each["id"] for each in first["elements"]]) == (4, ids[:2])
        linkedin.customer_comments("bob", "new")
        (link,) = first["paging"]["links"]
        assert client.ids(link["href"]) == ids[1:3]

    def test_a_comment_appears_late_and_behind_newer_ones(
        self, linkedin: PretendLinkedIn, client: Client, clock: Clock, post: str
    ) -> None:
        late = linkedin.customer_comments("ann", "slow", appears_after=5 * SECOND)
        clock.now += SECOND
        quick = linkedin.customer_comments("bob", "quick")
        assert client.ids(comments(post)) == [quick]
        clock.now += 5 * SECOND
        assert client.ids(comments(post)) == [quick, late]

    def test_notifications_are_those_of_the_span_its_end_included(
        self, linkedin: PretendLinkedIn, client: Client
    ) -> None:
        for number in range(3):
            linkedin.customer_comments("ann", f"{number}", at=NOON - 2 + number)
        found = client.notices(span=f"(start:{NOON - 2},end:{NOON})")
        assert [each["lastModifiedAt"] for each in found] == [NOON, NOON - 1]

    def test_each_side_has_an_action_of_its_own_and_mentions_too(
        self, linkedin: PretendLinkedIn, client: Client
    ) -> None:
        linkedin.page_replies(linkedin.customer_comments("ann", "hello?", at=NOON - 1), "hi")
        linkedin.member_posts("bob", "I like Acme", NOON - 2)
        found = client.notices("COMMENT,ADMIN_COMMENT,SHARE_MENTION")
        assert [each["action"] for each in found] == ["ADMIN_COMMENT", "COMMENT", "SHARE_MENTION"]
        assert [each["action"] for each in client.notices("SHARE_MENTION")] == ["SHARE_MENTION"]

    def test_what_happens_under_somebody_elses_post_is_notified_to_nobody(
        self, linkedin: PretendLinkedIn, client: Client
    ) -> None:
        theirs = linkedin.member_posts("bob", "I like Acme")
        linkedin.customer_comments("ann", "me too", theirs)
        assert client.notices() == []

    def test_an_edit_keeps_the_number_and_moves_the_last_change(
        self, linkedin: PretendLinkedIn, client: Client, clock: Clock, post: str
    ) -> None:
        new = linkedin.customer_comments("ann", "wher?")
        clock.now += MINUTE
        linkedin.edit(new, "where?")
        (shown,) = client.get(comments(post))["elements"]
        assert (shown["id"], shown["message"]["text"]) == (new, "where?")
        assert (shown["created"]["time"], shown["lastModified"]["time"]) == (NOON, NOON + MINUTE)
        assert [each["action"] for each in client.notices("COMMENT_EDIT")] == ["COMMENT_EDIT"]

    def test_what_is_deleted_is_not_found_and_what_stands_below_it_neither(
        self, linkedin: PretendLinkedIn, client: Client, post: str
    ) -> None:
        top = linkedin.customer_comments("ann", "hello?")
        reply = linkedin.page_replies(top, "hi")
        linkedin.delete(top)
        assert client.ids(comments(post)) == []
        assert [client.ask(comments(post, f"/{each}")).status_code for each in (top, reply)] == [404, 404]
        assert [each["action"] for each in client.notices("COMMENT_DELETE")] == ["COMMENT_DELETE"]

    def test_a_deleted_post_is_not_found_with_all_that_stands_under_it(
        self, linkedin: PretendLinkedIn, client: Client, post: str
    ) -> None:
        linkedin.delete(linkedin.first_post)
        assert [client.ask(path).status_code for path in (comments(post), f"/rest/posts/{urn(post)}")] == [404, 404]

    def test_posts_are_sorted_by_change_or_by_creation(
        self, linkedin: PretendLinkedIn, client: Client, clock: Clock
    ) -> None:
        newer = linkedin.page_posts("newer")
        clock.now += MINUTE
        linkedin.edit(linkedin.first_post, "changed")
        path = f"/rest/posts?q=author&author={urn(PAGE)}&sortBy="
        assert client.ids(path + "LAST_MODIFIED")[0] == f"urn:li:share:{linkedin.first_post}"
        assert client.ids(path + "CREATED")[0] == f"urn:li:share:{newer}"

    def test_words_of_a_post_are_escaped(self, linkedin: PretendLinkedIn, client: Client) -> None:
        theirs = linkedin.member_posts("bob", "(a) #b_c\\")
        shown = client.get(f"/rest/posts/{urn(f'urn:li:share:{theirs}')}")
        assert shown["commentary"] == rf"\(a\) \#b\_c\\ @[Acme]({PAGE})"


class TestTraps:
    def test_with_a_weak_role_lists_are_empty_and_nothing_is_refused(
        self, linkedin: PretendLinkedIn, client: Client, post: str
    ) -> None:
        linkedin.customer_comments("ann", "hello?")
        linkedin.grant("RECRUITING_POSTER")
        assert (client.ids(comments(post)), client.notices()) == ([], [])

    def test_comments_are_shown_to_two_roles_and_notifications_to_one(
        self, linkedin: PretendLinkedIn, client: Client, post: str
    ) -> None:
        new = linkedin.customer_comments("ann", "hello?")
        linkedin.grant("DIRECT_SPONSORED_CONTENT_POSTER")
        assert (client.ids(comments(post)), client.notices()) == ([new], [])

    def test_only_the_roles_of_the_member_are_listed(self, linkedin: PretendLinkedIn, client: Client) -> None:
        linkedin.roles["urn:li:organization:5"] = "ANALYST"
        found = client.get("/rest/organizationAcls?q=roleAssignee&role=ANALYST")["elements"]
        assert [each["organization"] for each in found] == ["urn:li:organization:5"]
        linkedin.grant(None)
        assert len(client.get("/rest/organizationAcls?q=roleAssignee")["elements"]) == 1

    def test_a_page_may_be_kept_from_what_others_post(self, linkedin: PretendLinkedIn, client: Client) -> None:
        theirs = f"urn:li:share:{linkedin.member_posts('bob', 'I like Acme')}"
        assert client.ask(comments(theirs)).status_code == 200
        linkedin.ways.closed_to_pages = True
        assert client.ask(comments(theirs)).status_code == 403

    def test_a_page_of_a_list_may_be_cut_down_in_silence(
        self, linkedin: PretendLinkedIn, client: Client, post: str
    ) -> None:
        for number in range(5):
            linkedin.customer_comments("ann", f"{number}")
        linkedin.ways.most_in_a_page = 2
        page = client.get(comments(post, "?count=100"))
        assert (len(page["elements"]), page["paging"]["count"]) == (2, 2)


class TestRefusals:
    GOOD = "/rest/organizationAcls?q=roleAssignee"

    @pytest.mark.parametrize(
        ("headers", "status", "code"),
        [
            ({"Authorization": None}, 401, "INVALID_ACCESS_TOKEN"),
            ({"Authorization": "Bearer stranger"}, 401, "INVALID_ACCESS_TOKEN"),
            ({"LinkedIn_Version": None}, 400, "VERSION_MISSING"),
            ({"LinkedIn_Version": "202501"}, 426, "NONEXISTENT_VERSION"),
            ({"LinkedIn_Version": "2026-07"}, 426, "NONEXISTENT_VERSION"),
            ({"X_Restli_Protocol_Version": None}, 400, "ILLEGAL_ARGUMENT"),
            ({"X_Restli_Protocol_Version": "1.0.0"}, 400, "ILLEGAL_ARGUMENT"),
        ],
        ids=str,
    )
    def test_headers_must_be_right(
        self, client: Client, headers: dict[str, str | None], status: int, code: str
    ) -> None:
        answer = client.ask(self.GOOD, **headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    @pytest.mark.parametrize(
        "path",
        [
            "/rest/posts/urn:li:share:1",
            f"/rest/posts?q=author&author={PAGE}",
            "/rest/posts?q=author",
            f"/rest/posts?q=owner&author={urn(PAGE)}",
            f"/rest/posts?q=author&author={urn(PAGE)}&sortBy=LIKES",
            f"/rest/posts?q=author&author={urn(PAGE)}&fields=id",
            f"/rest/posts/{urn('urn:li:activity:1')}",
            f"/rest/posts/{urn('urn:li:person:1')}",
            comments("urn:li:share:1", "?count=101"),
            comments("urn:li:share:1", "?count=0"),
            comments("urn:li:share:1", "?start=-1"),
            comments("urn:li:share:1", "?start=0&start=1"),
            comments("urn:li:share:1", "?pageToken=1"),
            comments("urn:li:comment:(1,2)"),
            notifications(urn("COMMENT,SHARE")),
            notifications("COMMENT_MENTION"),
            notifications("COMMENT").replace("List(COMMENT)", urn("List(COMMENT)")),
            notifications("COMMENT", urn("(start:1,end:2)")),
            notifications("COMMENT", "(start:x)"),
            notifications("COMMENT", "(start:1,end)"),
            notifications("COMMENT", "1"),
            notifications("COMMENT", more="&q=criteria"),
            "/rest/organizationAcls",
        ],
    )
    def test_what_linkedin_would_not_understand_is_refused(self, client: Client, path: str) -> None:
        answer = client.ask(path)
        assert answer.status_code == 400
        assert strangers(REFUSAL, answer.json()) == []

    @pytest.mark.parametrize("path", ["/rest/organizations/5", "/rest/likes", comments("urn:li:share:1")])
    def test_what_is_not_there_is_not_found(self, client: Client, path: str) -> None:
        assert client.ask(path).status_code == 404

    def test_another_page_is_nobodys_business(self, client: Client) -> None:
        assert client.ask(notifications().replace("96072893", "5")).status_code == 403

    def test_each_scope_opens_its_own_calls(self, linkedin: PretendLinkedIn, client: Client, post: str) -> None:
        linkedin.take_scope("rw_organization_admin")
        assert [client.ask(path).status_code for path in (self.GOOD, notifications(), comments(post))] == [
            403,
            403,
            200,
        ]
        linkedin.take_scope("r_organization_social", "r_organization_social_feed")
        assert client.ask(comments(post)).status_code == 403

    def test_the_day_is_used_up_until_midnight(self, linkedin: PretendLinkedIn, client: Client, clock: Clock) -> None:
        linkedin.access.limits["member"] = 2
        codes = [client.ask(self.GOOD).status_code for _ in range(3)]
        answer = client.ask(self.GOOD).json()
        assert (codes, answer["serviceErrorCode"], "MEMBER DAY limit" in answer["message"]) == (
            [200, 200, 429],
            101,
            True,
        )
        assert "code" not in answer
        clock.now += 12 * HOUR
        assert client.ask(self.GOOD).status_code == 200
        assert linkedin.access.used("member", clock.now) == 1

    def test_the_app_has_a_day_of_its_own(self, linkedin: PretendLinkedIn, client: Client) -> None:
        linkedin.access.limits["app"] = 0
        assert "APPLICATION DAY limit" in client.ask(self.GOOD).json()["message"]


class TestTokens:
    CLIENT = {"client_id": "pretend-client", "client_secret": "pretend-client-secret"}  # noqa: RUF012 - constant

    def test_a_refresh_token_gives_an_access_token_and_does_not_grow_younger(
        self, client: Client, clock: Clock
    ) -> None:
        clock.now += 100 * DAY
        form = {"grant_type": "refresh_token", "refresh_token": "pretend-refresh-token", **self.CLIENT}
        answer = client.token("accessToken", **form).json()
        assert strangers(TOKEN, answer) == []
        assert (answer["expires_in"], answer["refresh_token_expires_in"]) == (5_184_000, 265 * 86_400)
        assert client.ask("/rest/organizationAcls?q=roleAssignee").status_code == 401
        client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        assert client.ask("/rest/organizationAcls?q=roleAssignee").status_code == 200

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"refresh_token": "stranger"}, "invalid_grant"),
            ({"client_secret": "wrong"}, "invalid_client"),
            ({"grant_type": "authorization_code"}, "invalid_request"),
        ],
    )
    def test_nothing_else_gives_one(self, client: Client, change: dict[str, str], code: str) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": "pretend-refresh-token", **self.CLIENT, **change}
        answer = client.token("accessToken", **form)
        assert (answer.status_code >= 400, answer.json()["error"]) == (True, code)

    def test_a_token_is_told_of_to_its_own_app(self, linkedin: PretendLinkedIn, client: Client, clock: Clock) -> None:
        told = client.token("introspectToken", token=linkedin.token, **self.CLIENT).json()
        assert (told["active"], told["expires_at"]) == (True, (NOON + 60 * DAY) // SECOND)
        assert "r_organization_social_feed" in told["scope"].split(",")
        clock.now += 60 * DAY
        assert client.token("introspectToken", token=linkedin.token, **self.CLIENT).json()["active"] is False
        assert client.token("introspectToken", token="stranger", **self.CLIENT).json() == {"active": False}
        assert client.token("introspectToken", token=linkedin.token, client_id="other").status_code == 401


class TestControl:
    def test_another_process_moves_it(self, linkedin: PretendLinkedIn, client: Client, post: str) -> None:
        def do(verb: str, **arguments: Any) -> requests.Response:
            return client.session.post(f"{linkedin.url}/_range/{verb}", json=arguments, timeout=5)

        top = do("comment", by="ann", text="hello?").json()["id"]
        reply = do("reply", to=top, text="hi").json()["id"]
        do("edit", ident=top, text="hello!")
        assert client.ids(comments(post)) == [top]
        state = client.session.get(f"{linkedin.url}/_range/state", timeout=5).json()
        assert [(each["id"], each["text"]) for each in state["comments"]] == [(top, "hello!"), (reply, "hi")]
        assert do("refuse", name="magic").status_code == 400
        assert do("comment", by="no name", text="x").status_code == 400
        assert do("refuse", name="denied").status_code == 200
        assert client.ask("/rest/organizationAcls?q=roleAssignee").status_code == 403

    def test_numbers_hold_their_time_and_never_meet(self) -> None:
        world = World(lambda: NOON, "5", "acme")
        ids = [world.customer_comments("ann", "x", at=NOON + n // 3) for n in range(9)]
        assert [int(each) >> 22 for each in ids] == [NOON + n // 3 for n in range(9)]
        assert ids == sorted(set(ids), key=int)

    @pytest.mark.parametrize("verb", ["edit", "delete", "page_replies"])
    def test_what_was_never_written_cannot_be_touched(self, verb: str) -> None:
        world = World(lambda: NOON, "5", "acme")
        with pytest.raises(ValueError, match="no comment"):
            getattr(world, verb)("4711", *(["x"] if verb != "delete" else []))

    def test_a_refusal_is_json(self) -> None:
        assert all(json.loads(json.dumps(body))["status"] == status for status, body in REFUSALS.values())
