"""The pretend Instagram: posts with comments, tags and direct messages of one account, on the pretend Graph API.

`login` says which of the two hosts it is: `facebook` (a Page's token, `me` is the Page) or `instagram` (a token of the
account itself, which lasts 60 days and can be renewed; no batches, no `debug_token`). Left out: stories, live videos,
hashtags, insights, writing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from slamon.model import DAY, SECOND
from slamon.sim._graph.api import GraphError, GraphToken, Kind, PretendGraph, Ref, add_verbs
from slamon.sim._graph.refusals import unknown_object
from slamon.sim._graph.tokens import token_in
from slamon.sim._instagram.gallery import Gallery
from slamon.sim._instagram.shape import Shape as Posts
from slamon.sim._messenger.inbox import Inbox, Person
from slamon.sim._messenger.shape import Shape as Dialogues
from slamon.sim.messenger import Bursts
from slamon.sim.server import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.model import Instant
    from slamon.sim._graph.api import Asked, Edge
    from slamon.sim._graph.shape import Json
    from slamon.sim._messenger.inbox import Dialogue
    from slamon.sim.server import Request

PAGE_ID = "100200300400500"
ACCOUNT_ID = "17841400000000001"
APP_SCOPED_ID = "9500000000000001"
"""What `id` is of the account where it logged in through Instagram; it matches nothing else."""
LIFETIME = 60 * DAY
YOUNGEST = DAY
"""A younger token is not renewed."""


@dataclass(frozen=True, slots=True)
class Login:
    """What one way to log in means."""

    basic: str
    comments: str
    messages: str
    others: frozenset[str]
    kinds: dict[str, str]


LOGINS = {
    "facebook": Login(
        "instagram_basic",
        "instagram_manage_comments",
        "instagram_manage_messages",
        frozenset({"pages_show_list", "pages_read_engagement", "pages_manage_metadata"}),
        {"account": "IGUser", "media": "IGMedia", "comment": "IGComment"},
    ),
    "instagram": Login(
        "instagram_business_basic",
        "instagram_business_manage_comments",
        "instagram_business_manage_messages",
        frozenset(),
        {"account": "IGUserForIGOnlyAPI", "media": "IGMediaForIGOnlyAPI", "comment": "IGComment"},
    ),
}


@dataclass(frozen=True, slots=True)
class Node:
    """The Page, or the account as one way to log in shows it."""

    id: str


class PretendInstagram(PretendGraph):
    """Instagram on loopback, for one account. Use it as a context manager.

    `calls_per_second` limits conversations; `None` sets no limit.
    """

    def __init__(
        self,
        clock: Callable[[], Instant],
        *,
        login: str = "facebook",
        token: str = "pretend-instagram-token",  # noqa: S107 - it opens nothing but this range
        calls_per_second: int | None = 2,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(clock, ACCOUNT_ID, host, port)
        self.login = LOGINS[login]
        self.through_instagram = login == "instagram"
        self.inbox = Inbox(clock, Person(id=ACCOUNT_ID, handle="acme", name="Acme"), style="instagram")
        self.gallery = Gallery(self.inbox)
        self.restrict, self.hide = self.gallery.restrict, self.gallery.hide
        self.renewable = True
        self._renewals = count(1)
        self._issued: dict[str, Instant] = {}
        self.token = self._issue(token)
        self._bursts = Bursts(clock, calls_per_second)
        self._posts = Posts(self.gallery, self.login.comments, self.login.kinds)
        self._dialogues = Dialogues(self.inbox, platform="instagram", may_see=lambda _dialogue: True)
        self._account = self._account_kind()
        self._page_kind = Kind(
            "Page",
            {
                "id": lambda page, _: page.id,
                "name": lambda _page, _: "Acme",
                "instagram_business_account": lambda _page, token: self._linked(token),
            },
            {"conversations": self._conversations()},
            default=("name", "id"),
        )
        self.server.route("GET", "/refresh_access_token")(self._renew)
        add_verbs(
            self.server,
            {
                "media": self.brand_posts,
                "comment": self.customer_comments,
                "reply": self.brand_replies,
                "post": self.customer_writes,
                "tag": self.customer_tags,
                "delete": self.delete,
                "hide": self.hide,
            },
        )

    def brand_posts(self, caption: str, at: Instant | None = None, *, product: str = "FEED") -> str:
        """Post as the account; `product="AD"` is a post that was made for an advertisement."""
        return self.gallery.posts(caption, at, product=product)

    def customer_comments(self, handle: str, text: str, under: str, at: Instant | None = None) -> str:
        """Comment as `handle` under a post or under a comment."""
        return self.gallery.comment(handle, text, under, at)

    def customer_tags(
        self, handle: str, caption: str, at: Instant | None = None, *, tagged_at: Instant | None = None
    ) -> str:
        """Post as `handle` and tag the account, at once or later."""
        return self.gallery.tags(handle, caption, at, tagged_at=tagged_at)

    def customer_writes(self, handle: str, text: str, at: Instant | None = None, **facts: object) -> str:
        """Write a direct message as `handle`; `facts` such as `story="mention"` or `story="reply_to"`."""
        return self.inbox.writes(handle, text, at, **facts)

    def brand_replies(self, to: str, text: str, by: str | None = None, at: Instant | None = None) -> str:
        """Answer a comment or a direct message as the account, or a comment as `by` of its team."""
        if to in self.gallery.comments or to in self.gallery.media:
            return self.gallery.comment(by or self.inbox.ours.handle, text, to, at)
        return self.inbox.answers(to, text, at)

    def delete(self, thing: str) -> None:
        """Take away a post, a comment or a direct message."""
        if thing in self.gallery.comments or thing in self.gallery.media:
            self.gallery.delete(thing)
        else:
            self.inbox.unsend(thing)

    def find(self, node: str, token: GraphToken) -> Ref:
        """The Page, the account, a post, a comment, a conversation or a message."""
        if node == PAGE_ID and not self.through_instagram:
            return Ref(self._page_kind, Node(PAGE_ID))
        if node in {ACCOUNT_ID, token.node}:
            token.need(self.login.basic)
            return Ref(self._account, Node(ACCOUNT_ID))
        media, comment = self.gallery.media.get(node), self.gallery.comments.get(node)
        if media is not None and media.owner == ACCOUNT_ID:
            return Ref(self._posts.media, media)
        if comment is not None and self._readable(comment.media, token):
            return Ref(self._posts.comment, comment)
        return self._talk(node, token)

    def _talk(self, node: str, token: GraphToken) -> Ref:
        if self.login.messages in token.scopes:
            self._bursts.spend()
            dialogue = self._dialogues.conversation(node)
            if dialogue is not None:
                return Ref(self._dialogues.thread, dialogue)
            letter = self._dialogues.letter(node)
            if letter is not None:
                return Ref(self._dialogues.message, letter)
        raise unknown_object(node)

    def _readable(self, media: str, token: GraphToken) -> bool:
        return self.gallery.media[media].owner == ACCOUNT_ID and self.login.comments in token.scopes

    def _account_kind(self) -> Kind:
        fields = {
            "id": lambda _node, _: APP_SCOPED_ID if self.through_instagram else ACCOUNT_ID,
            "username": lambda _node, _: self.inbox.ours.handle,
            "name": lambda _node, _: "Acme",
            "followers_count": lambda _node, _: 52_000,
            "media_count": lambda _node, _: len(self.gallery.own()),
        }
        edges = {"media": self._posts.own, "tags": self._posts.tags}
        if self.through_instagram:
            # A number by the description, a text in every sample.
            more = {"user_id": lambda _node, _: ACCOUNT_ID, "account_type": lambda _node, _: "BUSINESS"}
            return Kind(self.login.kinds["account"], fields | more, {**edges, "conversations": self._conversations()})
        looked_up = {"mentioned_media": self._posts.mentioned_media}
        return Kind(self.login.kinds["account"], fields, edges, looked_up=looked_up)

    def _conversations(self) -> Edge:
        listed = self._dialogues.edge.rows

        def rows(node: object, asked: Asked) -> Sequence[Dialogue]:
            self._bursts.spend()
            return listed(node, asked) if self.login.messages in asked.token.scopes else []

        return replace(self._dialogues.edge, rows=rows)

    def _linked(self, token: GraphToken) -> Ref | None:
        return Ref(self._account, Node(ACCOUNT_ID)) if self.login.basic in token.scopes else None

    def _issue(self, value: str) -> GraphToken:
        scopes = {self.login.basic, self.login.comments, self.login.messages, *self.login.others}
        lasting = self.clock() + LIFETIME if self.through_instagram else None
        node, kind = (ACCOUNT_ID, "USER") if self.through_instagram else (PAGE_ID, "PAGE")
        self._issued[value] = self.clock()
        return self.tokens.add(GraphToken(value=value, node=node, kind=kind, scopes=scopes, expires_at=lasting))

    def _renew(self, request: Request) -> Answer:
        try:
            return Answer.json(self._renewed(request))
        except GraphError as error:
            return error.answer()

    def _renewed(self, request: Request) -> Json:
        if not self.through_instagram:
            raise GraphError(2500, "Unknown path components: /refresh_access_token")
        if set(request.query) - {"grant_type", "access_token"} or request.query.get("grant_type") != "ig_refresh_token":
            raise GraphError(100, "(#100) Invalid grant_type")
        with self.lock:
            old = self.tokens.of({"access_token": token_in(request.query, {})}, {}, self.clock())
            if not self.renewable or self.clock() - self._issued[old.value] < YOUNGEST:
                raise GraphError(100, "(#100) The token cannot be refreshed: it is younger than 24 hours")
            self.token = self._issue(f"{old.value}-{next(self._renewals)}")
            self.token.scopes = set(old.scopes)
            old.refused = "expired"
        permissions = ",".join(sorted(self.token.scopes))
        answer = {"access_token": self.token.value, "token_type": "bearer", "expires_in": LIFETIME // SECOND}
        return {**answer, "permissions": permissions}
