"""The pretend LinkedIn: the parts of the Community Management API that slamon reads, for one page and its people.

Left out are webhooks, writing, reactions, batches of comments, and signing in: the pretend LinkedIn knows one access
token from the start, and one refresh token that renews it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from slamon.sim._linkedin import access, oauth, restli, shape
from slamon.sim._linkedin.control import add_control
from slamon.sim._linkedin.restli import Paging, RefusedError
from slamon.sim._linkedin.world import World
from slamon.sim.faults import Fault
from slamon.sim.server import Answer, PretendServer, Request, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from slamon.model import Instant
    from slamon.sim._linkedin.access import Grant
    from slamon.sim._linkedin.things import Comment, Post

    Endpoint: TypeAlias = Callable[[Request, Grant], dict[str, Any]]

ACTIONS = frozenset({"LIKE", "COMMENT", "SHARE", "SHARE_MENTION", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE"})
PAGED = frozenset({"start", "count"})
POST_URN = re.compile(r"urn:li:(share|ugcPost|activity):([0-9]{1,19})")
COMMENT_URN = re.compile(r"urn:li:comment:\((urn:li:(?:share|ugcPost|activity):[0-9]{1,19}),([0-9]{1,19})\)")


class PretendLinkedIn(Served, World):
    """LinkedIn on loopback, for one page. Use it as a context manager; the verbs of `World` move its world.

    `limits` overrides calls a day: `app`, `member`. `ways` says how it tells what its documents leave open.
    """

    def __init__(  # noqa: PLR0913 - all but the clock have good defaults
        self,
        clock: Callable[[], Instant],
        *,
        organization: str = "96072893",
        vanity: str = "acme",
        token: str = "pretend-access-token",  # noqa: S107 - it opens nothing but this range
        refresh_token: str = "pretend-refresh-token",  # noqa: S107
        client: tuple[str, str] = ("pretend-client", "pretend-client-secret"),
        limits: Mapping[str, int] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(clock, organization, vanity)
        now = clock()
        self.token = token
        self.access = access.Access(limits or {}, client)
        self.access.grants[token] = access.Grant(access.ALL_SCOPES, now + access.ACCESS_LIFE, now)
        self.access.refreshes[refresh_token] = now + access.REFRESH_LIFE
        self.server = PretendServer(clock, host, port)
        self.faults = self.server.faults
        self._add_routes()
        add_control(self, self.server)

    def refuse(self, name: str, calls: int | None = 1, path: str = "/rest/") -> None:
        """Answer the next `calls` requests (`None`: all) with a refusal of `_linkedin_access.REFUSALS`."""
        answer = access.refusal(name)
        self.faults.add(
            Fault(path=path, calls=calls, status=answer.status, body=answer.body.decode(), headers=answer.headers)
        )

    def take_scope(self, *scopes: str) -> None:
        """The token no longer has these scopes."""
        grant = self.access.grants[self.token]
        grant.scopes -= frozenset(scopes)

    def expire_token(self) -> None:
        """The access token ends now."""
        self.access.grants[self.token].expires_at = self.clock()

    def _add_routes(self) -> None:
        self._endpoint("/rest/organizations/{id}", self._organization)
        self._endpoint("/rest/organizationAcls", self._roles)
        self._endpoint("/rest/organizationalEntityNotifications", self._notifications)
        self._endpoint("/rest/posts", self._posts)
        self._endpoint("/rest/posts/{urn}", self._post_by_urn)
        self._endpoint("/rest/socialActions/{urn}/comments", self._comments)
        self._endpoint("/rest/socialActions/{urn}/comments/{id}", self._comment_by_id)
        for path, serve in (("accessToken", oauth.renew), ("introspectToken", oauth.introspect)):
            self._token_endpoint(f"/oauth/v2/{path}", serve)

    def _endpoint(self, pattern: str, endpoint: Endpoint) -> None:
        @self.server.route("GET", pattern)
        def answer(request: Request) -> Answer:
            try:
                with self.lock:
                    grant = self.access.check(request, self.clock())
                    return Answer.json(endpoint(request, grant))
            except RefusedError as error:
                return Answer.json(error.document(), error.status)

    def _token_endpoint(self, path: str, serve: Callable[[access.Access, Mapping[str, str], Instant], Answer]) -> None:
        @self.server.route("POST", path)
        def answer(request: Request) -> Answer:
            with self.lock:
                return serve(self.access, request.form(), self.clock())

    def _organization(self, request: Request, grant: Grant) -> dict[str, Any]:
        restli.parameters(request.raw_query, ())
        access.allow(grant, access.ALL_SCOPES, "organizations.GET")
        if request.parts["id"] != self.organization:
            raise RefusedError(404, "", "Could not find entity", 100)
        return shape.organization_json(self)

    def _roles(self, request: Request, grant: Grant) -> dict[str, Any]:
        given = restli.parameters(request.raw_query, PAGED | {"q", "state", "role", "organization"})
        access.allow(grant, access.ADMIN_SCOPES, "organizationAcls.FINDER-roleAssignee")
        _finder(given, "roleAssignee")
        found = [
            shape.role_json(self, organization, role)
            for organization, role in self.roles.items()
            if given.get("role") in {None, role} and given.get("state") in {None, "APPROVED"}
        ]
        return self._page(request, restli.paging(given), found)

    def _notifications(self, request: Request, grant: Grant) -> dict[str, Any]:
        names = {"q", "organizationalEntity", "actions", "timeRange", "sourcePost"}
        given = restli.parameters(request.raw_query, names | (PAGED if self.ways.offsets else set()))
        access.allow(grant, access.ADMIN_SCOPES, "organizationalEntityNotifications.FINDER-criteria")
        _finder(given, "criteria")
        if restli.text(given.get("organizationalEntity"), "organizationalEntity") != self.page:
            raise RefusedError(403, "ACCESS_DENIED", "Not an administrator of this organization", 100)
        actions = restli.items(given.get("actions"), "actions")
        if not ACTIONS.issuperset(actions):
            raise RefusedError(400, "ILLEGAL_ARGUMENT", "actions: no such action")
        span = restli.record(given["timeRange"], "timeRange") if "timeRange" in given else {}
        start = restli.number(span.get("start", "0"), "start")
        end = restli.number(span["end"], "end") if "end" in span else None
        asked = restli.paging(given)
        # The trap: without the role, nothing is refused, and nothing is shown.
        shown = self.notified(start, end) if self.roles.get(self.page) == "ADMINISTRATOR" else ()
        return self._page(request, asked, [shape.notice_json(self, each) for each in shown if each.action in actions])

    def _posts(self, request: Request, grant: Grant) -> dict[str, Any]:
        given = restli.parameters(request.raw_query, PAGED | {"q", "author", "sortBy", "isDsc"})
        access.allow(grant, access.COMMENT_SCOPES, "posts.FINDER-author")
        _finder(given, "author")
        author = restli.text(given.get("author"), "author")
        keys: dict[str, Callable[[Post], Instant]] = {
            "LAST_MODIFIED": lambda post: post.modified_at,
            "CREATED": lambda post: post.created_at,
        }
        if given.get("sortBy", "LAST_MODIFIED") not in keys:
            raise RefusedError(400, "ILLEGAL_ARGUMENT", "sortBy: LAST_MODIFIED or CREATED")
        own = [post for post in self.posts.values() if post.author == author == self.page and self.post_of(post.id)]
        own.sort(key=keys[given.get("sortBy", "LAST_MODIFIED")], reverse=True)
        return self._page(request, restli.paging(given), [shape.post_json(self, post) for post in own])

    def _post_by_urn(self, request: Request, grant: Grant) -> dict[str, Any]:
        restli.parameters(request.raw_query, {"viewContext"})
        access.allow(grant, access.COMMENT_SCOPES, "posts.GET")
        kind, number = _post_urn(_key(request, 3))
        if kind == "activity":
            raise RefusedError(400, "ILLEGAL_ARGUMENT", "a post is asked for by the URN of a share or a ugcPost")
        return shape.post_json(self, self._readable(number))

    def _comments(self, request: Request, grant: Grant) -> dict[str, Any]:
        given = restli.parameters(request.raw_query, PAGED)
        access.allow(grant, access.COMMENT_SCOPES, "socialActions.GET_ALL")
        asked = restli.paging(given)
        found = self._asked_for(_key(request, 3))
        # The trap: with too weak a role, comments are not refused, there just are none.
        if self.roles.get(self.page) not in access.READERS:
            found = []
        return self._page(request, asked, [shape.comment_json(self, each) for each in found])

    def _comment_by_id(self, request: Request, grant: Grant) -> dict[str, Any]:
        restli.parameters(request.raw_query, ())
        access.allow(grant, access.COMMENT_SCOPES, "socialActions.GET")
        if self.roles.get(self.page) not in access.READERS:
            raise RefusedError(403, "ACCESS_DENIED", "Not enough permissions to access: socialActions.GET.202607", 100)
        post = self._readable(_post_urn(_key(request, 3))[1])
        found = self.comment_of(_key(request, 5))
        if found is None or found.post != post.id:
            raise RefusedError(404, "", "Could not find entity", 100)
        return shape.comment_json(self, found)

    def _asked_for(self, urn: str) -> Sequence[Comment]:
        above = COMMENT_URN.fullmatch(urn)
        if above is None:
            post = self._readable(_post_urn(urn)[1])
            found = list(self.under(post.id, None))
            if self.ways.inline_replies:
                found += [reply for each in list(found) for reply in self.under(post.id, each.id)]
            return found
        post = self._readable(_post_urn(above[1])[1])
        comment = self.comment_of(above[2])
        if comment is None or comment.post != post.id:
            raise RefusedError(404, "", "Could not find entity", 100)
        return self.under(post.id, comment.id)

    def _readable(self, number: str) -> Post:
        post = self.post_of(number)
        if post is None:
            raise RefusedError(404, "", "Could not find entity", 100)
        if self.ways.closed_to_pages and post.author != self.page:
            raise RefusedError(403, "ACCESS_DENIED", "Not enough permissions to access: socialActions.GET.202607", 100)
        return post

    def _page(self, request: Request, asked: Paging, found: Iterable[Any]) -> dict[str, Any]:
        asked = Paging(asked.start, min(asked.count, self.ways.most_in_a_page))
        ways = self.ways
        return restli.page(request.path, request.raw_query, asked, list(found), totals=ways.totals, links=ways.links)


def _finder(given: Mapping[str, str], name: str) -> None:
    if given.get("q") != name:
        raise RefusedError(400, "ILLEGAL_ARGUMENT", f"no such finder: q={name} is known")


def _key(request: Request, place: int) -> str:
    """A part of the path, which must have been sent encoded."""
    return restli.text(request.path.split("/")[place], "the path")


def _post_urn(urn: str) -> tuple[str, str]:
    match = POST_URN.fullmatch(urn)
    if match is None:
        raise RefusedError(400, "ILLEGAL_ARGUMENT", "Invalid URN of a post")
    return match[1], match[2]
