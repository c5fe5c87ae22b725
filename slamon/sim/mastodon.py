"""The pretend Mastodon: the parts of the API that slamon reads, on one server with a brand, its team and customers.

Other servers that speak the API are pretended too: see `Flavour`. Left out are timelines, search of words, streaming
and signing in: one access token opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.sim._mastodon import access, query, shape
from slamon.sim._mastodon.network import Network
from slamon.sim.faults import Fault
from slamon.sim.server import Answer, PretendServer, Request, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import TypeAlias

    from slamon.model import Instant, Millis
    from slamon.sim._mastodon.network import Account, Post
    from slamon.sim._mastodon.query import Query

    Endpoint: TypeAlias = Callable[[Request, Query], Answer]

SCOPES = frozenset({"read:accounts", "read:notifications", "read:statuses"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """What a server has of Mastodon's API; the default is Mastodon 4.5."""

    ulids: bool = False
    links: bool = True
    batches: bool = True
    conversations: bool = True
    lookup: bool = True
    policy: bool = True
    quotes: bool = True
    strict: int = 0
    """The status that it answers to types of notifications that it does not know; 0: it ignores them."""
    missing: int = 404
    """The status of a call that it does not have."""
    private_own: bool = True
    """An account's list holds its own private mentions."""
    names_people: bool = True
    """A status lists whom it mentions."""
    honours: frozenset[str] = frozenset({"max_id", "since_id", "min_id", "types[]"})
    """Of these parameters, those that are not ignored."""
    leaves_out_boosts: bool = True
    """When it is asked to."""
    epoch_resets: bool = False
    notifications: tuple[int, int] = (40, 80)
    """Entries of a page when nothing is said, and at most."""
    statuses: tuple[int, int] = (20, 40)


MASTODON = Flavour()
OTHER = Flavour(
    ulids=True, links=False, batches=False, conversations=False, lookup=False, policy=False, quotes=False,
    epoch_resets=True, notifications=(20, 20), statuses=(20, 20),
)  # fmt: skip
"""A server that has only what all have."""


class PretendMastodon(Served, Network):
    """A server on loopback, for one brand and its team. Use it as a context manager; `Network` has more verbs."""

    def __init__(  # noqa: PLR0913 - all but the clock have good defaults
        self,
        clock: Callable[[], Instant],
        *,
        brand: str = "acme",
        team: Sequence[str] = (),
        token: str = "pretend-access-token",  # noqa: S107 - it opens nothing but this range
        scopes: Collection[str] = SCOPES,
        flavour: Flavour = MASTODON,
        budgets: access.Budgets | None = None,
    ) -> None:
        super().__init__(clock, brand=brand, ulids=flavour.ulids)
        self.team = tuple(self.account(handle, followed=True) for handle in team)
        self.token = token
        self.scopes = frozenset(scopes)
        self.flavour = flavour
        self.budgets = budgets or access.Budgets()
        self.owner: str | None = brand
        """Whose the token is; `None`: an application's own."""
        self.server = PretendServer(clock)
        self.faults = self.server.faults
        self._add_routes()

    def customer_writes(  # noqa: PLR0913 - what a customer can do, each by name
        self,
        handle: str,
        text: str,
        reply_to: str | None = None,
        at: Instant | None = None,
        *,
        visibility: str = "public",
        spoiler: str = "",
        arrives_after: Millis = 0,
        noticed_after: Millis = 0,
    ) -> str:
        """Write as a customer and return the new id; an app puts names before a reply."""
        words = (self.prefix(handle, reply_to) if reply_to else "") + text
        return self.post(
            handle,
            words,
            reply_to=reply_to,
            at=at,
            visibility=visibility,
            spoiler=spoiler,
            arrives_after=arrives_after,
            noticed_after=noticed_after,
        )

    def brand_replies(
        self, to: str, text: str, by: str | None = None, at: Instant | None = None, visibility: str | None = None
    ) -> str:
        """Reply as the brand, or as `by` of its team, to as many as the status `to` was for; return the new id."""
        handle = by or self.brand.username
        seen_by = visibility or self.known(to).visibility
        return self.post(handle, self.prefix(handle, to) + text, reply_to=to, at=at, visibility=seen_by)

    def quote(self, handle: str, post_id: str, text: str) -> str:
        """Post `text` with another status quoted under it; return the new id."""
        return self.post(handle, text, quotes=post_id)

    def clear_notifications(self) -> None:
        """As an agent's button does: all are gone, the statuses stay."""
        self.notices.clear()

    def refuse(self, name: str, calls: int | None = 1, path: str = "/api/") -> None:
        """Answer the next `calls` requests (`None`: all) with a refusal of `REFUSALS`, and carry out none."""
        answer = access.refusal(name)
        self.faults.add(
            Fault(path=path, calls=calls, status=answer.status, body=answer.body.decode(), headers=answer.headers)
        )

    def exhaust(self) -> None:
        """Use up what is left of the calls: 429 until the window ends."""
        self.budgets.exhaust(self.clock())

    def _add_routes(self) -> None:
        flavour = self.flavour
        add = self._endpoint
        add("read:accounts", "/api/v1/accounts/verify_credentials", frozenset(), self._me)
        add("read:accounts", "/api/v1/accounts/lookup", frozenset({"acct"}), self._lookup)
        add("read:accounts", "/api/v1/accounts/search", frozenset({"q", "resolve", "limit"}), self._search)
        add("read:accounts", "/api/v1/accounts/{id}", frozenset(), self._account)
        add("read:statuses", "/api/v1/accounts/{id}/statuses", query.STATUSES, self._statuses_of)
        add("read:notifications", "/api/v1/notifications", query.NOTIFICATIONS, self._notifications)
        policy = self._policy if flavour.policy else self._missing
        conversations = self._conversations if flavour.conversations else self._missing
        statuses = self._statuses if flavour.batches else self._missing
        add("read:notifications", "/api/v2/notifications/policy", frozenset(), policy)
        add("read:statuses", "/api/v1/conversations", query.SPAN, conversations)
        add("read:statuses", "/api/v1/statuses", frozenset({"id[]"}), statuses)
        add("read:statuses", "/api/v1/statuses/{id}", frozenset(), self._status)
        add("read:statuses", "/api/v1/statuses/{id}/context", frozenset(), self._context)

    def _endpoint(self, scope: str, pattern: str, known: Collection[str], endpoint: Endpoint) -> None:
        @self.server.route("GET", pattern)
        def answer(request: Request) -> Answer:
            if request.headers.get("authorization") != f"Bearer {self.token}":
                return access.refusal("token")
            paging = not {"max_id", "since_id", "min_id"}.isdisjoint(request.query)
            within, left = self.budgets.spend(self.clock(), paging=paging, epoch=self.flavour.epoch_resets)
            if not within:
                return access.refusal("rate", left)
            if self.owner is None:
                return access.refusal("application", left)
            if scope not in self.scopes and "read" not in self.scopes:
                return access.refusal("scope", left)
            try:
                with self.lock:
                    given = endpoint(request, query.Query.of(request, known))
            except query.BadQueryError as error:
                return Answer.json({"error": str(error)}, 422, left)
            return Answer(given.status, given.body, {**given.headers, **left})

    def _me(self, _request: Request, _asked: Query) -> Answer:
        return Answer.json(shape.credential_json(self))

    def _lookup(self, _request: Request, asked: Query) -> Answer:
        if not self.flavour.lookup:
            return self._missing(_request, asked)
        return self._one(self.named(asked.one("acct") or ""))

    def _missing(self, _request: Request, _asked: Query) -> Answer:
        return Answer.json({"error": "Not implemented"}, self.flavour.missing)

    def _search(self, _request: Request, asked: Query) -> Answer:
        wanted = (asked.one("q") or "").lower()
        found = [each for each in self.accounts.values() if wanted in each.acct.lower()]
        return Answer.json([shape.account_json(self, each) for each in found[: asked.size(40, 80)]])

    def _account(self, request: Request, _asked: Query) -> Answer:
        return self._one(self.accounts.get(request.parts["id"]))

    def _one(self, account: Account | None) -> Answer:
        return Answer.json(shape.account_json(self, account)) if account else access.refusal("missing")

    def _statuses_of(self, request: Request, asked: Query) -> Answer:
        if request.parts["id"] not in self.accounts:
            return access.refusal("missing")
        no_boosts = asked.yes("exclude_reblogs") and self.flavour.leaves_out_boosts
        no_replies = asked.yes("exclude_replies")
        posts = [
            post
            for post in self.written_by(request.parts["id"])
            if not (no_boosts and post.boosts)
            and not (no_replies and post.reply_to)
            and (self.flavour.private_own or post.visibility != "direct")
        ]
        page, full = query.cut(self._span(asked), posts, lambda post: post.id, asked.size(*self.flavour.statuses))
        shown = [self._status_json(post) for post in page]
        return self._listed(request, asked, shown, [post.id for post in page], older=full)

    def _notifications(self, request: Request, asked: Query) -> Answer:
        wanted = asked.all("types[]") if "types[]" in self.flavour.honours else []
        unwanted = asked.all("exclude_types[]")
        with_filtered = asked.yes("include_filtered")
        known = query.TYPES - (set() if self.flavour.quotes else {"quote", "quoted_update"})
        if self.flavour.strict and not known.issuperset(wanted):
            return Answer.json({"error": "An unexpected error occurred"}, self.flavour.strict)
        notices = [
            notice
            for notice in sorted(self.notices, key=lambda each: (len(each.id), each.id), reverse=True)
            if notice.shown_at <= self.clock()
            and (not wanted or notice.kind in wanted)
            and notice.kind not in unwanted
            and notice.kind in known
            and (not notice.filtered or with_filtered)
            and not self.accounts[notice.author].suspended
            and asked.one("account_id") in {None, notice.author}
        ]
        size = asked.size(*self.flavour.notifications)
        page, _ = query.cut(self._span(asked), notices, lambda notice: notice.id, size)
        shown = [
            shape.notification_json(self, notice, quotes=self.flavour.quotes)
            | {"status": self._status_json(self.posts[notice.post])}
            for notice in page
        ]
        # Even a short page has a link to an older one.
        return self._listed(request, asked, shown, [notice.id for notice in page], older=True)

    def _policy(self, _request: Request, _asked: Query) -> Answer:
        return Answer.json(shape.policy_json(self))

    def _conversations(self, request: Request, asked: Query) -> Answer:
        shown = [shape.conversation_json(self, each) for each in self.dialogues if each.posts]
        shown.sort(key=lambda each: (len(each["last_status"]["id"]), each["last_status"]["id"]), reverse=True)
        page, full = query.cut(
            self._span(asked), shown, lambda each: str(each["last_status"]["id"]), asked.size(20, 40)
        )
        return self._listed(request, asked, page, [each["last_status"]["id"] for each in page], older=full)

    def _statuses(self, _request: Request, asked: Query) -> Answer:
        ids = asked.all("id[]")
        if len(ids) > query.BATCH:
            raise query.BadQueryError(f"no more than {query.BATCH} statuses at once")
        found = [post for ident in ids if (post := self.shown(ident))]
        return Answer.json([self._status_json(post) for post in found])

    def _status(self, request: Request, _asked: Query) -> Answer:
        post = self.shown(request.parts["id"])
        return Answer.json(self._status_json(post)) if post else access.refusal("missing")

    def _context(self, request: Request, _asked: Query) -> Answer:
        post = self.shown(request.parts["id"])
        if post is None:
            return access.refusal("missing")
        above, below = self.ancestors(post), self.descendants(post)
        return Answer.json(
            {
                "ancestors": [self._status_json(each) for each in above],
                "descendants": [self._status_json(each) for each in below],
            }
        )

    def _status_json(self, post: Post) -> dict[str, Any]:
        shown = shape.status_json(self, post, quotes=self.flavour.quotes)
        return shown if self.flavour.names_people else shown | {"mentions": []}

    def _span(self, asked: Query) -> Query:
        ignored = query.SPAN - {"limit"} - self.flavour.honours
        return query.Query(tuple(pair for pair in asked.pairs if pair[0] not in ignored))

    def _listed(
        self, request: Request, asked: Query, shown: list[dict[str, Any]], ids: list[str], *, older: bool
    ) -> Answer:
        headers = {}
        if ids and self.flavour.links:
            headers["link"] = query.links(self.url + request.path, asked, ids[0], ids[-1], older=older)
        return Answer.json(shown, headers=headers)
