"""The pretend X: the parts of API v2 that slamon reads, over people and posts that tests and the demo move.

Left out are direct messages, search, and signing in: the pretend X takes one app-only token and one user token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.sim import _x_access as access
from slamon.sim import _x_query as query
from slamon.sim import _x_shape as shape
from slamon.sim._x_control import add_control
from slamon.sim._x_network import HANDLE, Network
from slamon.sim.faults import Fault
from slamon.sim.server import Answer, PretendServer, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self, TypeAlias

    from slamon.model import Instant, Millis
    from slamon.sim._x_network import Post

    Endpoint: TypeAlias = Callable[[Request], dict[str, Any]]

MENTIONS_REACH = 800
OWN_REACH = 3_200
OWN_REACH_WITHOUT_REPLIES = 800
STEADY_HEADERS = {"api-version": "2.164", "x-access-level": "read"}


class PretendX(Network):
    """X on loopback, for one brand and its team. Use it as a context manager; the verbs of `Network` move its world.

    `limits` overrides requests in 15 minutes by endpoint: `mentions`, `tweets`, `lookup`, `users`, `me`.
    """

    def __init__(  # noqa: PLR0913 - all but the clock have good defaults
        self,
        clock: Callable[[], Instant],
        *,
        brand: str = "acme",
        team: Sequence[str] = (),
        token: str = "pretend-app-token",  # noqa: S107 - it opens nothing but this range
        user_token: str = "pretend-user-token",  # noqa: S107
        limits: Mapping[str, int] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(clock)
        self.brand = self.user(brand, name=brand.capitalize(), followers=52_000, verified_type="business")
        self.team = tuple(self.user(handle) for handle in team)
        self.token, self.user_token = token, user_token
        self.budgets = access.Budgets(limits or {})
        self.server = PretendServer(clock, host, port)
        self.faults = self.server.faults
        self._add_routes()
        add_control(self, self.server)

    @property
    def url(self) -> str:
        """What a channel's `base_url` is set to."""
        return self.server.url

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.close()

    def customer_posts(
        self,
        handle: str,
        text: str,
        reply_to: str | None = None,
        at: Instant | None = None,
        *,
        appears_after: Millis = 0,
    ) -> str:
        """Post as a customer, and return the new id; who is to read it must be named in `text` or be replied to."""
        return self.post(handle, text, reply_to=reply_to, at=at, appears_after=appears_after)

    def brand_replies(self, to: str, text: str, by: str | None = None, at: Instant | None = None) -> str:
        """Reply to the post `to` as the brand, or as `by` of its team; return the new id."""
        return self.post(by or self.brand.username, text, reply_to=to, at=at)

    def quote(self, handle: str, post_id: str, text: str, at: Instant | None = None) -> str:
        """Post `text` with another post quoted under it; return the new id."""
        return self.post(handle, text, quotes=post_id, at=at)

    def protect(self, handle: str) -> None:
        """Hide an account's posts from everyone it has not approved: from us, too."""
        self.user(handle, protected=True)

    def refuse(self, name: str, calls: int | None = 1, path: str = "/2/") -> None:
        """Answer the next `calls` requests (`None`: all) with a refusal of `_x_access.REFUSALS`, and carry out none."""
        answer = access.refusal(name, None if name == "unauthorized" else access.spent_headers(self.clock()))
        self.faults.add(
            Fault(path=path, calls=calls, status=answer.status, body=answer.body.decode(), headers=answer.headers)
        )

    def exhaust(self, endpoint: str) -> None:
        """Use up what is left of the app's budget for an endpoint: 429 until its window ends."""
        self.budgets.exhaust(self.token, endpoint, self.clock())

    def _add_routes(self) -> None:
        self._endpoint("users", "/2/users/by", self._users_by)
        self._endpoint("users", "/2/users/by/username/{username}", self._user_by)
        self._endpoint("me", "/2/users/me", self._me)
        self._endpoint("mentions", "/2/users/{id}/mentions", self._mentions)
        self._endpoint("tweets", "/2/users/{id}/tweets", self._tweets)
        self._endpoint("lookup", "/2/tweets", self._lookup)

    def _endpoint(self, name: str, pattern: str, endpoint: Endpoint) -> None:
        @self.server.route("GET", pattern)
        def answer(request: Request) -> Answer:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in {self.token, self.user_token}:
                return access.refusal("unauthorized", STEADY_HEADERS)
            as_user = token == self.user_token
            within, left = self.budgets.spend(token, name, self.clock(), as_user=as_user)
            headers = STEADY_HEADERS | left
            if name == "me" and not as_user:
                return access.refusal("wrong-token", headers)
            if not within:
                return access.refusal("rate", headers)
            try:
                with self.lock:
                    return Answer.json(endpoint(request), headers=headers)
            except query.BadParameterError as error:
                return Answer.json(error.problem(), 400, headers)

    def _users_by(self, request: Request) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LOOK | {"usernames"})
        return self._named(wanted, "usernames", query.names(request.query, "usernames", HANDLE))

    def _user_by(self, request: Request) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LOOK)
        found = self._named(wanted, "username", query.names(request.parts, "username", HANDLE))
        return {name: part[0] if name == "data" else part for name, part in found.items()}

    def _named(self, wanted: shape.Wanted, parameter: str, handles: list[str]) -> dict[str, Any]:
        found = [user for handle in handles if (user := self.named(handle))]
        errors = [shape.missing(parameter, handle, "user") for handle in handles if not self.named(handle)]
        data = shape.spelled([shape.user_json(wanted, user) for user in found], newer=wanted.newer)
        return _present(data=data, errors=errors)

    def _me(self, request: Request) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LOOK)
        return {"data": shape.spelled(shape.user_json(wanted, self.brand), newer=wanted.newer)}

    def _mentions(self, request: Request) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LIST)
        user = _user_id(request)
        return self._page(request, wanted, user, "mentions", _first(self.mentioning(user), MENTIONS_REACH))

    def _tweets(self, request: Request) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LIST | {"exclude"})
        excluded = query.excluded(request.query)
        user = _user_id(request)
        reach = OWN_REACH_WITHOUT_REPLIES if "replies" in excluded else OWN_REACH
        posts = (
            post
            for post in _first(self.own(user), reach)
            if not (("replies" in excluded and post.reply_to) or ("retweets" in excluded and post.reposts))
        )
        return self._page(request, wanted, user, "tweets", posts)

    def _lookup(self, request: Request) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LOOK | {"ids"})
        ids = query.names(request.query, "ids", query.ID)
        problems = {post_id: shape.why_hidden(self, post_id, "ids") for post_id in ids}
        found = [self.posts[post_id] for post_id, problem in problems.items() if problem is None]
        shown = shape.document(self, wanted, found)
        errors = [problem for problem in problems.values() if problem] + shown.pop("errors", [])
        return _present(**shown, errors=errors)

    def _page(
        self, request: Request, wanted: shape.Wanted, user: str, name: str, posts: Iterator[Post]
    ) -> dict[str, Any]:
        scope = f"{user}/{name}"
        if user not in self.users:
            return {"errors": [shape.missing("id", user, "user")]}
        page, more = query.span(request.query, scope).cut(posts)
        # Protected posts leave holes: a page may be short, or empty, with others after it.
        visible = [post for post in page if not self.users[post.author].protected]
        meta: dict[str, Any] = {"result_count": len(visible)}
        if visible:
            meta |= {"newest_id": visible[0].id, "oldest_id": visible[-1].id}
        if more:
            meta["next_token"] = query.token_after(page, scope)
        return {**shape.document(self, wanted, visible), "meta": meta}


def _first(posts: Iterator[Post], reach: int) -> Iterator[Post]:
    return (post for _, post in zip(range(reach), posts, strict=False))


def _user_id(request: Request) -> str:
    return query.names(request.parts, "id", query.ID)[0]


def _present(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {name: part for name, part in parts.items() if part}
