"""The pretend Bluesky: the brand's own server, the network behind it, and direct messages, as far as slamon reads them.

Left out are writing (tests and the demo move its world by verbs), OAuth, likes of replies, and everything that is
moderated. Facts are those of the reference servers and lexicons of August 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from slamon.sim._bluesky import lists, query
from slamon.sim._bluesky.access import LIMIT, Budgets, RefusedError, Session, Sessions, invalid
from slamon.sim._bluesky.dialogues import BEGINNING, Dialogues
from slamon.sim._bluesky.network import Network
from slamon.sim._bluesky.shape import Shape
from slamon.sim.server import Answer, PretendServer, Request, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.model import Instant, Millis
    from slamon.sim._bluesky.dialogues import Dialogue

Json: TypeAlias = dict[str, Any]

CHAT = "did:web:api.bsky.chat#bsky_chat"
LOG_PAGE = 100
OPEN = frozenset({"com.atproto.repo.listRecords", "com.atproto.repo.getRecord", "com.atproto.identity.resolveHandle"})
"""Methods that need nobody to be signed in."""


class PretendBluesky(Served, Network):
    """Bluesky on loopback, for one brand and its team. Use it as a context manager; its verbs move its world.

    `direct`: the app password was made with access to direct messages. `limit`: requests in 5 minutes.
    """

    def __init__(  # noqa: PLR0913 - all but the clock have good defaults
        self,
        clock: Callable[[], Instant],
        *,
        brand: str = "acme",
        team: Sequence[str] = (),
        password: str = "abcd-efgh-ijkl-mnop",  # noqa: S107 - it opens nothing but this range
        direct: bool = True,
        limit: int = LIMIT,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(clock)
        self.brand = self.account(brand, followers=52_000, verified=True).did
        self.team = tuple(self.account(handle).did for handle in team)
        self.passwords = {password: direct}
        self.sessions = Sessions(clock)
        self.budgets = Budgets(limit)
        self.preferences = lists.Preferences()
        self.dialogues = Dialogues(self, self.brand)
        self.reposts: list[tuple[Instant, str, str]] = []
        self.server = PretendServer(clock, host, port)
        self.faults = self.server.faults
        self._add_routes()

    def customer_posts(
        self,
        handle: str,
        text: str,
        reply_to: str | None = None,
        at: Instant | None = None,
        *,
        appears_after: Millis = 0,
    ) -> str:
        """Post as a customer and return the address; who is to be told must be named in `text` or be replied to."""
        return self.post(handle, text, reply_to=reply_to, at=at, appears_after=appears_after)

    def brand_replies(self, to: str, text: str, by: str | None = None, at: Instant | None = None) -> str:
        """Reply to the post `to` as the brand, or as `by` of its team; return the address."""
        return self.post(by or self.brand, text, reply_to=to, at=at)

    def quote(self, handle: str, uri: str, text: str, at: Instant | None = None) -> str:
        """Post `text` with another post quoted under it; return the address."""
        return self.post(handle, text, quotes=uri, at=at)

    def repost(self, handle: str, uri: str) -> None:
        """Pass a post on."""
        self.reposts.append((self.clock(), self.account(handle).did, self.known(uri).uri))

    def customer_messages(self, handle: str, text: str, at: Instant | None = None) -> str:
        """Write to the brand alone; return the id."""
        with self.lock:
            return self.dialogues.write(self.dialogues.of(handle), handle, text, at)

    def brand_messages(self, to: str, text: str, at: Instant | None = None, *, answers: bool = False) -> str:
        """Answer a direct message by its id, as the brand; `answers`: with a pointer to that very message."""
        with self.lock:
            dialogue = self.dialogues.all[to.partition("/")[0]]
            return self.dialogues.write(dialogue, self.brand, text, at, to if answers else None)

    def group_messages(self, handle: str, others: Sequence[str], text: str) -> str:
        """Write to the brand and to `others` at once; return the id."""
        with self.lock:
            return self.dialogues.write(self.dialogues.of(handle, *others), handle, text)

    def keep_out(self, *reasons: str, follows_only: bool = False, priority: bool = False) -> None:
        """Change what the account wants to be told of: none of `reasons`, or those by people it follows only."""
        unlisted, followed = ((), reasons) if follows_only else (reasons, ())
        self.preferences = lists.Preferences(unlisted, followed, priority)

    def exhaust(self) -> None:
        """Use up what is left of the budget of requests: 429 until its window ends."""
        self.budgets.exhaust(self.clock())

    def _add_routes(self) -> None:
        @self.server.route("GET", "/xrpc/{method}")
        def ask(request: Request) -> Answer:
            return self._answer(request, self._asked)

        @self.server.route("POST", "/xrpc/{method}")
        def do(request: Request) -> Answer:
            return self._answer(request, self._done)

    def _answer(self, request: Request, carry_out: Callable[[str, Request], Json]) -> Answer:
        method, now = request.parts["method"], self.clock()
        within, headers = self.budgets.request(now)
        try:
            if within and method == "com.atproto.server.createSession":
                within, headers = self.budgets.login(_identifier(request), now)
            with self.lock:
                return Answer.json(carry_out(method, request) if within else _too_many(), headers=headers)
        except RefusedError as refused:
            return refused.answer(headers)

    def _done(self, method: str, request: Request) -> Json:
        if method == "com.atproto.server.createSession":
            given = query.body(method, request)
            account = self.named(given["identifier"])
            if account is None or account.did != self.brand or given["password"] not in self.passwords:
                raise RefusedError(401, "AuthenticationRequired", "Invalid identifier or password")
            tokens = self.sessions.begin(account.did, direct=self.passwords[given["password"]])
        elif method == "com.atproto.server.refreshSession":
            query.body(method, request)
            did, tokens = self.sessions.renew(_token(request))
            account = self.accounts[did]
        else:
            raise RefusedError(501, "MethodNotImplemented", "Method Not Implemented")
        return {**tokens, **self._whose(account.did)}

    def _asked(self, method: str, request: Request) -> Json:
        handler = self._methods().get(method)
        if handler is None:
            raise RefusedError(501, "MethodNotImplemented", "Method Not Implemented")
        if method not in OPEN or _token(request):
            self._allowed(method, request, self.sessions.open(_token(request)))
        return handler(query.parameters(method, request))

    def _allowed(self, method: str, request: Request, session: Session) -> None:
        if not method.startswith("chat."):
            return
        if not session.direct:
            raise invalid("Bad token method", "InvalidToken")
        if request.headers.get("atproto-proxy") != CHAT:
            raise RefusedError(501, "MethodNotImplemented", "Method Not Implemented")

    def _methods(self) -> dict[str, Callable[[Json], Json]]:
        shape = Shape(self, self.brand)
        return {
            "com.atproto.server.getSession": lambda _: self._whose(self.brand),
            "com.atproto.identity.resolveHandle": self._resolved,
            "com.atproto.repo.listRecords": lambda asked: lists.records(self, self._owner(asked), asked),
            "com.atproto.repo.getRecord": lambda asked: lists.record(self, self._owner(asked), asked),
            "app.bsky.actor.getProfiles": lambda asked: {
                "profiles": [shape.detailed(found.did) for who in asked["actors"] if (found := self.named(who))]
            },
            "app.bsky.notification.listNotifications": lambda asked: lists.notifications(
                shape, self.preferences, asked
            ),
            "app.bsky.notification.getPreferences": lambda _: {"preferences": self.preferences.shown()},
            "app.bsky.feed.getPosts": lambda asked: self._posts(shape, asked),
            "app.bsky.feed.getAuthorFeed": lambda asked: lists.feed(
                shape, self.named(asked["actor"]), self.reposts, asked
            ),
            "app.bsky.feed.getPostThread": lambda asked: self._thread(shape, asked),
            "chat.bsky.convo.getLog": lambda asked: self._log(shape, asked),
            "chat.bsky.convo.listConvos": lambda asked: self._convos(shape, "convos", asked),
            "chat.bsky.convo.listConvoRequests": lambda asked: self._convos(shape, "requests", asked),
            "chat.bsky.convo.getConvo": lambda asked: {"convo": shape.convo(self._dialogue(asked))},
            "chat.bsky.convo.getMessages": lambda asked: self._messages(shape, asked),
        }

    def _whose(self, did: str) -> Json:
        account = self.accounts[did]
        told: Json = {"did": did, "handle": account.handle, "active": account.active}
        return told if account.active else {**told, "status": "deactivated"}

    def _resolved(self, asked: Json) -> Json:
        account = self.named(asked["handle"])
        if account is None:
            raise invalid("Unable to resolve handle")
        return {"did": account.did}

    def _owner(self, asked: Json) -> Any:  # noqa: ANN401 - an account or nothing
        return self.accounts.get(asked["repo"]) or self.named(asked["repo"])

    def _posts(self, shape: Shape, asked: Json) -> Json:
        found = (self.visible(uri) for uri in dict.fromkeys(asked["uris"]))
        return {"posts": [shape.post(post) for post in found if post and not self.blocked(self.brand, post.did)]}

    def _thread(self, shape: Shape, asked: Json) -> Json:
        if self.visible(asked["uri"]) is None:
            raise invalid(f"Post not found: {asked['uri']}", "NotFound")
        return {"thread": shape.thread(asked["uri"], asked["depth"])}

    def _log(self, shape: Shape, asked: Json) -> Json:
        after = asked.get("cursor")
        if after is None:  # it begins now, not at the beginning
            return {"logs": [], "cursor": self.dialogues.log[-1].rev if self.dialogues.log else BEGINNING}
        events = [event for event in self.dialogues.log if event.rev > after][:LOG_PAGE]
        return {
            "logs": [shape.event(self.dialogues, event) for event in events],
            "cursor": events[-1].rev if events else after,
        }

    def _convos(self, shape: Shape, name: str, asked: Json) -> Json:
        requests = name == "requests"
        found = [each for each in self.dialogues.newest_first() if not (requests and each.accepted)]
        page, cursor = _page(found, asked)
        return {name: [_typed(shape.convo(each), typed=requests) for each in page], **cursor}

    def _messages(self, shape: Shape, asked: Json) -> Json:
        dialogue = self._dialogue(asked)
        page, cursor = _page(dialogue.messages[::-1], asked)
        return {"messages": [shape.message(dialogue, said) for said in page], **cursor}

    def _dialogue(self, asked: Json) -> Dialogue:
        found = self.dialogues.all.get(asked["convoId"])
        if found is None:
            raise invalid("Convo not found", "InvalidConvo")
        return found


def _page(rows: Sequence[Any], asked: Json) -> tuple[Sequence[Any], Json]:
    """A page of rows that have ids; its cursor is the last one's id, and holds for one list only."""
    after = asked.get("cursor")
    if after is not None:
        places = [place for place, row in enumerate(rows) if row.id == after]
        if not places:
            raise invalid("Malformed cursor")
        rows = rows[places[0] + 1 :]
    page = rows[: asked["limit"]]
    return page, {"cursor": page[-1].id} if len(rows) > len(page) else {}


def _too_many() -> NoReturn:
    raise RefusedError(429, "RateLimitExceeded", "Rate Limit Exceeded")


def _typed(convo: Json, *, typed: bool) -> Json:
    return {"$type": "chat.bsky.convo.defs#convoView", **convo} if typed else convo


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


def _identifier(request: Request) -> str:
    try:
        return str(request.json()["identifier"])
    except (ValueError, LookupError, TypeError):
        return ""
