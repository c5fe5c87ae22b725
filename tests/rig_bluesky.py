"""Bluesky for the contract suite: the pretend Bluesky of the practice range, its posts and its direct messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from connector_contract import SECRET, Rig
from slamon.connectors.bluesky import PAGE_SIZE, Bluesky
from slamon.connectors.http import Timeouts
from slamon.sim.bluesky import PretendBluesky

if TYPE_CHECKING:
    from slamon.connectors.base import Connector, Context
    from slamon.model import Instant

QUICK = Timeouts(connect=2.0, read=1.0, whole=4.0)
LONG = 290
"""Characters that leave room for a name in a post."""


class _BlueskyRig(Rig):
    watch: ClassVar[tuple[str, ...]]
    timeouts: ClassVar[Timeouts] = QUICK

    def __init__(self) -> None:
        super().__init__()
        self.bluesky = PretendBluesky(self.clock, team=["acmehelp"], password=SECRET)
        self.server = self.bluesky.server
        self.token: str | None = None

    def connector(self) -> Connector:
        return self.made(self.context())

    def made(self, context: Context, **keys: Any) -> Bluesky:
        """A connector with other settings, or in another context."""
        plain = {
            "account": "acme.bsky.social",
            "team": ["acmehelp.bsky.social"],
            "watch": list(self.watch),
            "credentials": {"app_password": {"env": "PASSWORD"}},
            "base_url": self.bluesky.url,
        }
        settings = Bluesky.Settings.model_validate(plain | keys, context={"environ": {"PASSWORD": SECRET}})
        return Bluesky(settings, context, self.timeouts)  # type: ignore[arg-type]

    def page_size(self) -> int:
        return PAGE_SIZE

    def stick(self, document: Any) -> None:
        if "notifications" in document or "convos" in document:
            self.token = self.token or document.get("cursor")
            document["cursor"] = self.token


class PostsRig(_BlueskyRig):
    surface = "posts"
    silent_scope = True
    watch = ("mentions",)

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        if len(text) > LONG:
            return self.bluesky.post(by, text, names=["acme"], reply_to=reply_to, at=at)
        return self.bluesky.customer_posts(by, f"@acme {text}", reply_to, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        return self.bluesky.brand_replies(reply_to, text, "acmehelp" if team else None)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.bluesky.customer_posts("zoe", text, reply_to)

    def edit(self, message: str, text: str) -> None:
        self.bluesky.edit(message, f"@acme {text}")

    def delete(self, message: str) -> None:
        self.bluesky.delete(message)

    def withdraw(self) -> None:
        self.bluesky.keep_out("mention")


class MessagesRig(_BlueskyRig):
    surface = "messages"
    edits = False  # nobody can change a direct message
    deletes = False  # who deletes one deletes it for himself alone
    links = False  # most answers point at nothing
    team = False  # nobody but the account itself is in its dialogues
    bystanders = False
    watch = ("messages",)

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        del reply_to
        return self.bluesky.customer_messages(by, text, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        del team
        return self.bluesky.brand_messages(reply_to, text)
