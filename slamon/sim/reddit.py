"""The pretend Reddit: the parts of the OAuth API that slamon reads, over things that tests move.

Stricter than Reddit in one way: a parameter that nobody knows is refused rather than ignored. Left out are modmail,
search, trees of comments, and everything that writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.sim._reddit import shape
from slamon.sim._reddit.access import App, Gate, refused
from slamon.sim._reddit.network import Front
from slamon.sim.server import Answer, PretendServer, Request, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from slamon.model import Instant
    from slamon.sim._reddit.network import Thing

    Endpoint: TypeAlias = Callable[[Request], "Answer | dict[str, Any]"]

REACH = 1_000
"""Things that a listing shows at most."""
LARGEST_PAGE = 100
DEFAULT_PAGE = 25
MOST_IDS = 100
LISTED = frozenset({"limit", "after", "before", "count", "raw_json"})


class PretendReddit(Served, Front):
    """Reddit on loopback, for one brand and its team. Use it as a context manager; `Front` has the verbs.

    `nested`: the first message of a dialogue holds those that follow. `old`: things of the inbox without a type.
    """

    def __init__(
        self,
        clock: Callable[[], Instant],
        *,
        brand: str = "acme",
        team: Sequence[str] = (),
        app: App | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(clock)
        self.brand = self.user(brand).name
        self.team = tuple(self.user(name).name for name in team)
        self.app = app or App()
        self.gate = Gate(self.app, brand)
        self.nested = False
        self.old = False
        self.server = PretendServer(clock, host, port)
        self.faults = self.server.faults
        self._add_routes()

    @property
    def token_url(self) -> str:
        """Where access tokens are given out."""
        return f"{self.server.url}/api/v1/access_token"

    def customer_mentions(self, name: str, text: str, post: str | None = None, at: Instant | None = None) -> str:
        """Comment as a customer, naming the brand, under a post of somebody else; return the fullname."""
        with self.lock:
            under = post or self._somewhere(at)
            return self.comment(name, under, f"u/{self.brand} {text}", at=at)

    def brand_replies(self, to: str, text: str, by: str | None = None, at: Instant | None = None) -> str:
        """Answer a thing as the brand, or as `by` of its team; return the fullname."""
        with self.lock:
            what, who = self.known(to), by or self.brand
            if what.kind == "t4":
                return self.message(who, what.author, text, reply_to=to, at=at)
            return self.comment(who, to, text, at=at)

    def _somewhere(self, at: Instant | None) -> str:
        return self.post("opa", "gadgets", "What did you buy last?", at=at)

    def _add_routes(self) -> None:
        self._endpoint("identity", "/api/v1/me", self._me, set())
        self._endpoint("read", "/user/{name}/about", self._about, set())
        self._endpoint("read", "/r/{name}/about", self._subreddit, set())
        self._endpoint("privatemessages", "/message/inbox", self._inbox, {*LISTED, "mark"})
        self._endpoint("privatemessages", "/message/sent", self._sent, {*LISTED, "mark"})
        self._endpoint("history", "/user/{name}/comments", self._own("t1"), {*LISTED, "sort", "t"})
        self._endpoint("history", "/user/{name}/submitted", self._own("t3"), {*LISTED, "sort", "t"})
        self._endpoint("read", "/r/{name}/new", self._in("t3"), LISTED)
        self._endpoint("read", "/r/{name}/comments", self._in("t1"), LISTED)
        self._endpoint("read", "/api/info", self._info, {"id"})

        @self.server.route("POST", "/api/v1/access_token")
        def token(request: Request) -> Answer:
            with self.lock:
                return self.gate.token(request, self.clock())

    def _endpoint(self, scope: str, pattern: str, endpoint: Endpoint, known: Iterable[str]) -> None:
        @self.server.route("GET", pattern)
        def answer(request: Request) -> Answer:
            with self.lock:
                no, headers = self.gate.enter(request, self.clock(), scope)
                if no is not None:
                    return no
                if set(request.query) - {*known, "raw_json"}:
                    return refused(400, headers)
                found = endpoint(request)
            if isinstance(found, Answer):
                return Answer(found.status, found.body, {**found.headers, **headers})
            return Answer.json(found, headers=headers)

    def _me(self, _request: Request) -> dict[str, Any]:
        return shape.account(self.user(self.brand))

    def _about(self, request: Request) -> Answer | dict[str, Any]:
        user = self.users.get(request.parts["name"].lower())
        if user is None or user.shadow or user.left:
            return refused(404)
        return {"kind": "t2", "data": shape.account(user)}

    def _subreddit(self, request: Request) -> Answer | dict[str, Any]:
        return self._closed(request.parts["name"]) or shape.subreddit(request.parts["name"])

    def _closed(self, name: str) -> Answer | None:
        if name.lower() in self.private:
            return refused(403, reason="private")
        if name.lower() not in self.subreddits:  # as a person who mistyped it: on to the search
            return Answer(302, b"", {"location": f"{self.url}/subreddits/search?q={name}"})
        return None

    def _inbox(self, request: Request) -> dict[str, Any]:
        raw = _raw(request)
        told = {each.name: self.why_in_inbox(each, self.brand) for each in self.newest("t1", "t4")}
        shown = [self.things[name] for name, why in told.items() if why is not None]

        def as_shown(thing: Thing) -> dict[str, Any]:
            why = told[thing.name] or ""
            if thing.kind == "t4":
                return shape.message(self, thing, raw=raw, nested=self.nested)
            whole = shape.in_inbox(self, thing, why, owner=self.brand, raw=raw)
            if self.old:
                del whole["data"]["type"]
            return whole

        return self._page(request, shown, as_shown)

    def _sent(self, request: Request) -> dict[str, Any]:
        raw = _raw(request)
        mine = [each for each in self.newest("t4") if each.author == self.brand]
        return self._page(request, mine, lambda each: shape.message(self, each, raw=raw, nested=False))

    def _own(self, kind: str) -> Endpoint:
        def endpoint(request: Request) -> Answer | dict[str, Any]:
            user = self.users.get(request.parts["name"].lower())
            if user is None or user.shadow or user.left:
                return refused(404)
            if user.suspended:
                return refused(403)
            # What it deleted, or what was removed, is missing from its own list.
            own = [
                each for each in self.newest(kind) if each.author == user.name and not (each.deleted or each.removed)
            ]
            return self._page(request, own, lambda each: shape.public(self, each, raw=_raw(request)))

        return endpoint

    def _in(self, kind: str) -> Endpoint:
        def endpoint(request: Request) -> Answer | dict[str, Any]:
            name = request.parts["name"].lower()
            there = [each for each in self.newest(kind) if each.subreddit.lower() == name]
            shown = [each for each in there if not (each.deleted or each.removed)]
            closed = self._closed(name)
            return closed or self._page(request, shown, lambda each: shape.public(self, each, raw=_raw(request)))

        return endpoint

    def _info(self, request: Request) -> dict[str, Any]:
        names = [name for name in request.query.get("id", "").split(",") if name][:MOST_IDS]
        found = [self.things[name] for name in names if name in self.things and name[:3] in {"t1_", "t3_"}]
        shown = [each for each in found if each.subreddit.lower() not in self.private]
        return shape.listing([shape.public(self, each, raw=_raw(request)) for each in shown])

    def _page(
        self, request: Request, found: Sequence[Thing], as_shown: Callable[[Thing], dict[str, Any]]
    ) -> dict[str, Any]:
        asked = request.query
        names = [each.name for each in found[:REACH]]
        limit = asked.get("limit", "")
        size = min(int(limit), LARGEST_PAGE) if limit.isascii() and limit.isdigit() and int(limit) else DEFAULT_PAGE
        first = 0
        if "after" in asked:
            first = names.index(asked["after"]) + 1 if asked["after"] in names else len(names)
        page = list(found[:REACH][first : first + size])
        if "before" in asked:  # a name that is gone: nothing, for ever
            place = names.index(asked["before"]) if asked["before"] in names else 0
            page = list(found[max(0, place - size) : place])
        more = first + size < len(names)
        return shape.listing([as_shown(each) for each in page], page[-1].name if more and page else None)


def _raw(request: Request) -> bool:
    return request.query.get("raw_json") == "1"
