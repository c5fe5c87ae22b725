"""Every answer of the pretend LinkedIn is in the shape that LinkedIn's documents show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from linkedin_client import (
    NOTIFICATION,
    ONE_COMMENT,
    ONE_POST,
    ORGANIZATION,
    PAGE,
    PAGING,
    REFUSAL,
    ROLE,
    Client,
    Clock,
    comments,
    notifications,
    pages_of,
    strangers,
    urn,
)
from slamon.model import MINUTE
from slamon.sim._linkedin.access import REFUSALS
from slamon.sim.linkedin import PretendLinkedIn

if TYPE_CHECKING:
    from collections.abc import Iterator


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


class TestShapes:
    @pytest.fixture
    def busy(self, linkedin: PretendLinkedIn, clock: Clock) -> PretendLinkedIn:
        """A page on which everything happens."""
        asked = linkedin.customer_comments("ann", "hello & <b>?", mention="bob")
        linkedin.page_replies(asked, "hi", mention="ann")
        linkedin.customer_comments("bob", "me too", reply_to=asked)
        linkedin.member_posts("cyd", "I (really) like #acme")
        clock.now += MINUTE
        linkedin.edit(asked, "hello?")
        linkedin.delete(linkedin.customer_comments("ann", "oops"))
        return linkedin

    def test_every_answer_is_in_the_shape_that_is_documented(
        self, busy: PretendLinkedIn, client: Client, post: str
    ) -> None:
        top = next(each.id for each in busy.comments.values() if each.parent is None)
        above = f"urn:li:comment:(urn:li:activity:{busy.posts[busy.first_post].activity},{top})"
        everything = "COMMENT,ADMIN_COMMENT,SHARE_MENTION,COMMENT_EDIT,COMMENT_DELETE"
        tour = {
            f"/rest/organizations/{busy.organization}": ORGANIZATION,
            "/rest/organizationAcls?q=roleAssignee&state=APPROVED": pages_of(ROLE),
            notifications(everything): pages_of(NOTIFICATION),
            f"/rest/posts?q=author&author={urn(PAGE)}&sortBy=CREATED": pages_of(ONE_POST),
            f"/rest/posts/{urn(post)}": ONE_POST,
            comments(post, "?count=1"): pages_of(ONE_COMMENT),
            comments(above): pages_of(ONE_COMMENT),
            comments(post, f"/{top}"): ONE_COMMENT,
        }
        for path, shape in tour.items():
            answer = client.get(path)
            assert answer.get("elements", [True]), path
            assert strangers(shape, answer, path) == []

    @pytest.mark.parametrize(
        "ways",
        [
            {"urn_key": "$URN", "summaries": False},
            {"decorated": False, "short_urns": False, "mention_in": "sourcePost"},
            {"totals": False, "links": False, "inline_replies": True},
        ],
        ids=str,
    )
    def test_so_it_is_in_every_way(
        self, busy: PretendLinkedIn, client: Client, post: str, ways: dict[str, Any]
    ) -> None:
        for name, value in ways.items():
            setattr(busy.ways, name, value)
        assert strangers(pages_of(ONE_COMMENT), client.get(comments(post))) == []
        assert strangers(pages_of(NOTIFICATION), client.get(notifications("COMMENT,SHARE_MENTION"))) == []

    @pytest.mark.parametrize("name", REFUSALS)
    def test_every_refusal_is_in_its_shape(self, linkedin: PretendLinkedIn, client: Client, name: str) -> None:
        linkedin.refuse(name)
        answer = client.ask("/rest/organizationAcls?q=roleAssignee")
        assert strangers(REFUSAL, answer.json()) == []
        assert answer.status_code == answer.json()["status"]

    def test_a_comment_by_the_page_tells_the_admin_beside(
        self, linkedin: PretendLinkedIn, client: Client, post: str
    ) -> None:
        linkedin.page_replies(linkedin.first_post, "hello all")
        (shown,) = client.get(comments(post))["elements"]
        assert shown["actor"] == shown["created"]["actor"] == PAGE
        assert shown["created"]["impersonator"] == shown["agent"] == "urn:li:person:zAdmin"

    def test_the_shapes_would_notice_a_stranger(self) -> None:
        good = {"rel": "next", "href": "/rest/x", "type": "y"}
        assert strangers(PAGING, {"start": 0, "count": 1, "links": [good]}) == []
        odd: list[dict[str, Any]] = [
            {"start": "0"},
            {"count": True},
            {"links": {}},
            {"more": 1},
            {"links": [{**good, "rel": "prev"}]},
        ]
        for bad in odd:
            assert strangers(PAGING, {"start": 0, "count": 1, "links": [], **bad})
