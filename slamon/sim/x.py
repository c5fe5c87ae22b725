"""The pretend X: the parts of API v2 that slamon reads, over people, posts and messages that tests and the demo move.

Left out is the consent page: `sign_in` stands for a person who has been there. One app-only token and one token of
the brand's never end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from slamon.sim._x import access, dm_shape, query, shape
from slamon.sim._x.control import add_control
from slamon.sim._x.dms import Dialogues, dialogue
from slamon.sim._x.network import HANDLE
from slamon.sim._x.oauth import READING, Grants
from slamon.sim._x.search import Query
from slamon.sim.faults import Fault
from slamon.sim.server import Answer, PretendServer, Request, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from slamon.model import Instant, Millis
    from slamon.sim._x.network import Post
    from slamon.sim._x.oauth import Grant, SignedIn

    Endpoint: TypeAlias = Callable[[Request, str], dict[str, Any]]
    """What a request gets; beside it stands the account whose token it has, or nothing."""

MENTIONS_REACH = 800
OWN_REACH = 3_200
OWN_REACH_WITHOUT_REPLIES = 800
STEADY_HEADERS = {"api-version": "2.164", "x-access-level": "read"}
SCOPES = {"dm_events": "dm.read", "dm_conversations": "dm.read"}
"""What an endpoint wants beside tweet.read and users.read; such endpoints are for accounts only."""
CONVERSATION = re.compile(r"[0-9]{1,19}-[0-9]{1,19}|[0-9]{15,19}")


class PretendX(Served, Dialogues):
    """X on loopback, for one brand and its team. Use it as a context manager.

    Its world is moved by its verbs, and by those of `Dialogues` and `Network`.
    `limits` overrides requests in 15 minutes by endpoint: `mentions`, `tweets`, `search`, `lookup`, `users`, `me`,
    `dm_events`, `dm_conversations`. With a `client_secret` the app is a confidential one.
    """

    def __init__(  # noqa: PLR0913 - all but the clock have good defaults
        self,
        clock: Callable[[], Instant],
        *,
        brand: str = "acme",
        team: Sequence[str] = (),
        token: str = "pretend-app-token",  # noqa: S107 - it opens nothing but this range
        user_token: str = "pretend-user-token",  # noqa: S107
        refresh_token: str = "",
        client_id: str = "pretend-client",
        client_secret: str = "",
        limits: Mapping[str, int] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(clock)
        self.brand = self.user(brand, name=brand.capitalize(), followers=52_000, verified_type="business")
        self.team = tuple(self.user(handle) for handle in team)
        self.token, self.user_token = token, user_token
        self.grants = Grants(clock, client_id, client_secret)
        self.grants.keep(user_token, self.brand.id, refresh_token)
        self.budgets = access.Budgets(limits or {})
        self.server = PretendServer(clock, host, port)
        self.faults = self.server.faults
        self._add_routes()
        add_control(self, self.server)

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

    def customer_messages(
        self, handle: str, text: str, at: Instant | None = None, *, encrypted: bool = False, appears_after: Millis = 0
    ) -> str:
        """Write to the brand in private, and return the new id."""
        return self.message(handle, self.brand.username, text, at=at, encrypted=encrypted, appears_after=appears_after)

    def brand_messages(self, handle: str, text: str, at: Instant | None = None) -> str:
        """Write to a customer in private, as the brand; return the new id."""
        return self.message(self.brand.username, handle, text, at=at)

    def sign_in(self, handle: str | None = None, scopes: Sequence[str] = READING) -> SignedIn:
        """The tokens that an account gets, by default the brand, which allowed the app these scopes."""
        return self.grants.sign_in(self.user(handle or self.brand.username).id, scopes)

    def quote(self, handle: str, post_id: str, text: str, at: Instant | None = None) -> str:
        """Post `text` with another post quoted under it; return the new id."""
        return self.post(handle, text, quotes=post_id, at=at)

    def protect(self, handle: str) -> None:
        """Hide an account's posts from everyone it has not approved: from us, too."""
        self.user(handle, protected=True)

    def refuse(self, name: str, calls: int | None = 1, path: str = "/2/") -> None:
        """Answer the next `calls` requests (`None`: all) with a refusal of `_x.access.REFUSALS`, and carry out none."""
        answer = access.refusal(name, None if name == "unauthorized" else access.spent_headers(self.clock()))
        self.faults.add(
            Fault(path=path, calls=calls, status=answer.status, body=answer.body.decode(), headers=answer.headers)
        )

    def exhaust(self, endpoint: str) -> None:
        """Use up what is left of the app's and the brand's budget for an endpoint: 429 until its window ends."""
        for payer in (self.token, self.brand.id):
            self.budgets.exhaust(payer, endpoint, self.clock())

    def _add_routes(self) -> None:
        self._endpoint("users", "/2/users/by", self._users_by)
        self._endpoint("users", "/2/users/by/username/{username}", self._user_by)
        self._endpoint("me", "/2/users/me", self._me)
        self._endpoint("mentions", "/2/users/{id}/mentions", self._mentions)
        self._endpoint("tweets", "/2/users/{id}/tweets", self._tweets)
        self._endpoint("lookup", "/2/tweets", self._lookup)
        self._endpoint("search", "/2/tweets/search/recent", self._search)
        self._endpoint("dm_events", "/2/dm_events", self._events)
        self._endpoint("dm_conversations", "/2/dm_conversations/with/{participant}/dm_events", self._events)
        self._endpoint("dm_conversations", "/2/dm_conversations/{conversation}/dm_events", self._events)
        self.server.route("POST", "/2/oauth2/token")(self.grants.answer)

    def _endpoint(self, name: str, pattern: str, endpoint: Endpoint) -> None:
        @self.server.route("GET", pattern)
        def answer(request: Request) -> Answer:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            grant = self.grants.of(token)
            if grant is None and token != self.token:
                return access.refusal("unauthorized", STEADY_HEADERS)
            payer = grant.user if grant else token
            within, left = self.budgets.spend(payer, name, self.clock(), as_user=grant is not None)
            headers = STEADY_HEADERS | left
            if (refusal := _lacking(name, grant)) is not None:
                return access.refusal(refusal, headers)
            if not within:
                return access.refusal("rate", headers)
            try:
                with self.lock:
                    return Answer.json(endpoint(request, grant.user if grant else ""), headers=headers)
            except query.BadParameterError as error:
                return Answer.json(error.problem(), 400, headers)

    def _users_by(self, request: Request, _user: str) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LOOK | {"usernames"})
        return self._named(wanted, "usernames", query.names(request.query, "usernames", HANDLE))

    def _user_by(self, request: Request, _user: str) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LOOK)
        found = self._named(wanted, "username", query.names(request.parts, "username", HANDLE))
        return {name: part[0] if name == "data" else part for name, part in found.items()}

    def _named(self, wanted: shape.Wanted, parameter: str, handles: list[str]) -> dict[str, Any]:
        found = [user for handle in handles if (user := self.named(handle))]
        errors = [shape.missing(parameter, handle, "user") for handle in handles if not self.named(handle)]
        whole = _present(data=[shape.user_json(wanted, user) for user in found], errors=errors)
        shown: dict[str, Any] = shape.spelled(whole, newer=wanted.newer)
        return shown

    def _me(self, request: Request, user: str) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LOOK)
        return {"data": shape.spelled(shape.user_json(wanted, self.users[user]), newer=wanted.newer)}

    def _mentions(self, request: Request, _user: str) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LIST)
        user = _user_id(request)
        return self._page(request, wanted, user, "mentions", _first(self.mentioning(user), MENTIONS_REACH))

    def _tweets(self, request: Request, _user: str) -> dict[str, Any]:
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

    def _lookup(self, request: Request, _user: str) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.LOOK | {"ids"})
        ids = query.names(request.query, "ids", query.ID)
        problems = {post_id: shape.why_hidden(self, post_id, "ids") for post_id in ids}
        found = [self.posts[post_id] for post_id, problem in problems.items() if problem is None]
        shown = shape.document(self, wanted, found)
        hidden = shape.spelled([problem for problem in problems.values() if problem], newer=wanted.newer)
        errors = hidden + shown.pop("errors", [])
        return _present(**shown, errors=errors)

    def _page(
        self, request: Request, wanted: shape.Wanted, user: str, name: str, posts: Iterator[Post]
    ) -> dict[str, Any]:
        scope = f"{user}/{name}"
        if user not in self.users:
            return {"errors": [shape.missing("id", user, "user")]}
        return self._cut(query.span(request.query, scope), posts, wanted, scope)

    def _search(self, request: Request, _user: str) -> dict[str, Any]:
        wanted = query.wanted(request.query, query.SEARCH)
        asked = Query(request.query.get("query", ""), self)
        scope = f"search/{request.query['query']}"
        found = (post for post in self.everything() if asked.finds(post))
        return self._cut(query.searched(request.query, scope, self.clock()), found, wanted, scope)

    def _cut(self, span: query.Span, posts: Iterator[Post], wanted: shape.Wanted, scope: str) -> dict[str, Any]:
        page, more = span.cut(posts)
        # Protected posts leave holes: a page may be short, or empty, with others after it.
        visible = [post for post in page if not self.users[post.author].protected]
        meta: dict[str, Any] = {"result_count": len(visible)}
        if visible:
            meta |= {"newest_id": visible[0].id, "oldest_id": visible[-1].id}
        if more:
            meta["next_token"] = query.token_after(page, scope)
        return {**shape.document(self, wanted, visible), "meta": meta}

    def _events(self, request: Request, user: str) -> dict[str, Any]:
        wanted, kinds = query.wanted_events(request.query)
        conversation = None
        if "participant" in request.parts:
            conversation = dialogue(user, query.names(request.parts, "participant", query.ID)[0])
        elif "conversation" in request.parts:
            conversation = query.names(request.parts, "conversation", CONVERSATION)[0]
        scope = f"{user}/{conversation or 'inbox'}"
        span = query.span(request.query, scope, query.EVENT_SIZES)
        page, more = span.cut(self.inbox(user, conversation, kinds))
        meta: dict[str, Any] = {"result_count": len(page)}
        if more:
            meta["next_token"] = query.token_after(page, scope)
        return {**dm_shape.document(self, wanted, page), "meta": meta}


def _lacking(name: str, grant: Grant | None) -> str | None:
    """The refusal that a token gets for want of a right."""
    if grant is None:
        return "wrong-token" if name == "me" or name in SCOPES else None
    needed = {"tweet.read", "users.read", *([SCOPES[name]] if name in SCOPES else ())}
    return None if needed <= grant.scopes else "no-scope"


def _first(posts: Iterator[Post], reach: int) -> Iterator[Post]:
    return (post for _, post in zip(range(reach), posts, strict=False))


def _user_id(request: Request) -> str:
    return query.names(request.parts, "id", query.ID)[0]


def _present(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {name: part for name, part in parts.items() if part}
