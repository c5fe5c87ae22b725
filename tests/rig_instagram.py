"""Instagram for the contract suite: comments and messages, each by both ways to log in."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from connector_contract import SECRET, Rig
from slamon.connectors._instagram.posts import COMMENTS_PAGE
from slamon.connectors._messenger.inbox import NESTED, PAGE_SIZE
from slamon.connectors.http import Timeouts
from slamon.connectors.instagram import Instagram
from slamon.model import DAY, HOUR, MINUTE
from slamon.sim._graph.tokens import APP_ID
from slamon.sim.instagram import PretendInstagram

if TYPE_CHECKING:
    from slamon.connectors.base import Connector
    from slamon.model import Instant

QUICK = Timeouts(connect=2.0, read=1.0, whole=3.0)
APP_SECRET = "pretend-app-secret"


class _InstagramRig(Rig):
    login: ClassVar[str]
    watch: ClassVar[tuple[str, ...]]
    # Comments cannot be edited; an edited message does not move its conversation.
    edits: ClassVar[bool] = False
    silent_scope: ClassVar[bool] = True
    cuts: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        # The rig's clock stands still: every call falls into one second.
        self.instagram = PretendInstagram(self.clock, login=self.login, token=SECRET, calls_per_second=None)
        self.instagram.renewable = False
        self.server = self.instagram.server
        self.cursor = ""
        self.keys: dict[str, Any] = {}

    def connector(self) -> Connector:
        credentials: dict[str, Any] = {"access_token": {"env": "TOKEN"}}
        if self.login == "facebook":
            credentials |= {"app_id": APP_ID, "app_secret": {"env": "APP_SECRET"}}
        keys = {
            "account": "acme",
            "login": self.login,
            "team": ["acmehelp"],
            "watch": list(self.watch),
            "credentials": credentials,
            "base_url": self.instagram.url,
        }
        environ = {"TOKEN": SECRET, "APP_SECRET": APP_SECRET}
        settings = Instagram.Settings.model_validate(keys | self.keys, context={"environ": environ})
        return Instagram(settings, self.context(), QUICK, lambda _seconds: None)  # type: ignore[arg-type]

    @abstractmethod
    def show_nothing(self) -> None:
        """Take the right to read away; the platform refuses nothing."""

    def withdraw(self) -> None:
        self.show_nothing()

    def delete(self, message: str) -> None:
        self.instagram.delete(message)

    def stick(self, document: Any) -> None:
        paging = document.get("paging", {})
        if "next" in paging or self.cursor:
            self.cursor = self.cursor or paging["cursors"]["after"]
            document["paging"] = {"cursors": {"after": self.cursor}, "next": f"{self.instagram.url}/v25.0/next"}


class _Comments(_InstagramRig):
    watch = ("comments",)
    roots: ClassVar[int] = 1

    @property
    def post(self) -> str:
        """A post of the account, older than the lookback: only what stands under it is new."""
        own = self.instagram.gallery.own()
        return own[0].id if own else self.instagram.brand_posts("our new shoes", self.now - 9 * DAY)

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.instagram.customer_comments(by, text, reply_to or self.post, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        return self.instagram.brand_replies(reply_to, text, "acmehelp" if team else None)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.instagram.customer_comments("zoe", text, reply_to)

    def page_size(self) -> int:
        return COMMENTS_PAGE

    def cut_off(self) -> tuple[str, str]:
        """Answered behind more replies than come along with a comment."""
        asked = self.customer("where is my parcel?", at=self.now - HOUR)
        for number in range(COMMENTS_PAGE + 5):
            self.instagram.customer_comments(f"c{number}", "mine too", asked, self.now - MINUTE + number)
        return asked, self.ours("on its way", asked)


class _Messages(_InstagramRig):
    watch = ("messages",)
    # A reply quotes a message only where an agent chose to.
    links: ClassVar[bool] = False
    # Whoever answers, the account is the author.
    team: ClassVar[bool] = False
    # Nobody else is in a conversation.
    bystanders: ClassVar[bool] = False

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        del reply_to
        return self.instagram.customer_writes(by, text, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        del team
        return self.instagram.brand_replies(reply_to, text)

    def page_size(self) -> int:
        return PAGE_SIZE

    def cut_off(self) -> tuple[str, str]:
        """Answered, and then more written than comes along with the list."""
        asked = self.customer("where is my parcel?", at=self.now - HOUR)
        answer = self.instagram.brand_replies(asked, "on its way", at=self.now - HOUR + MINUTE)
        for number in range(NESTED + 3):
            self.customer(f"and {number}?", at=self.now - MINUTE + number * 1_000)
        return asked, answer


class CommentsByFacebookRig(_Comments):
    surface = "comments-facebook"
    login = "facebook"

    def show_nothing(self) -> None:
        self.customer("is anybody there?")
        self.instagram.token.scopes.discard(self.instagram.login.comments)


class CommentsByInstagramRig(_Comments):
    surface = "comments-instagram"
    login = "instagram"

    def show_nothing(self) -> None:
        self.customer("is anybody there?")
        self.instagram.token.scopes.discard(self.instagram.login.comments)


class MessagesByFacebookRig(_Messages):
    surface = "messages-facebook"
    login = "facebook"

    def show_nothing(self) -> None:
        """Meta's list of what the token may do tells; it is asked for every six hours."""
        self.instagram.token.scopes.discard(self.instagram.login.messages)
        self.now += 7 * HOUR


class MessagesByInstagramRig(_Messages):
    surface = "messages-instagram"
    login = "instagram"
    # No call of graph.instagram.com tells what a token may do, and nothing counts what is not shown.
    silent_scope: ClassVar[bool] = False

    def show_nothing(self) -> None:
        self.instagram.token.scopes.discard(self.instagram.login.messages)
