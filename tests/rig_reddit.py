"""Reddit for the contract suite: mentions of the account, its own subreddit, and private messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from connector_contract import SECRET, Rig
from slamon.connectors._reddit.lists import PAGE_SIZE
from slamon.connectors.http import Timeouts
from slamon.connectors.reddit import Reddit
from slamon.sim._reddit.access import App
from slamon.sim.reddit import PretendReddit

if TYPE_CHECKING:
    from slamon.model import Instant

QUICK = Timeouts(connect=2.0, read=1.0, whole=2.0)
REFRESH = {"client_id": "acme-app", "client_secret": {"env": "SECRET"}, "refresh_token": {"env": "REFRESH"}}
PASSWORD = {"client_id": "acme-app", "client_secret": {"env": "SECRET"}, "password": {"env": "PASSWORD"}}
ENVIRON = {"SECRET": "client-secret-0815", "REFRESH": SECRET, "PASSWORD": "password-0815"}


class RedditMentionsRig(Rig):
    surface = "mentions"
    keys: ClassVar[dict[str, Any]] = {}

    def __init__(self, patience: Timeouts = QUICK) -> None:
        super().__init__()
        self.patience = patience
        app = App("acme-app", ENVIRON["SECRET"], ENVIRON["REFRESH"], ENVIRON["PASSWORD"])
        self.reddit = PretendReddit(self.clock, team=["acmehelp"], app=app)
        self.reddit.subreddits |= {"acme", "gadgets"}
        self.server = self.reddit.server
        self.token: str | None = None

    def connector(self, **keys: Any) -> Reddit:
        written = {
            "account": "acme",
            "team": ["acmehelp"],
            "credentials": REFRESH,
            "base_url": self.reddit.url,
            "token_url": self.reddit.token_url,
            **self.keys,
            **keys,
        }
        settings = Reddit.Settings.model_validate(written, context={"environ": ENVIRON})
        assert isinstance(settings, Reddit.Settings)
        return Reddit(settings, self.context(), self.patience)  # type: ignore[arg-type]

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.reddit.customer_mentions(by, text, reply_to, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        return self.reddit.brand_replies(reply_to, text, "acmehelp" if team else None)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.reddit.comment("zoe", reply_to, text)

    def edit(self, message: str, text: str) -> None:
        self.reddit.edit(message, f"u/acme {text}")

    def delete(self, message: str) -> None:
        self.reddit.delete(message)

    def page_size(self) -> int:
        return PAGE_SIZE

    def stick(self, document: Any) -> None:
        data = document.get("data", {})
        if "children" in data:
            self.token = self.token or data["after"]
            data["after"] = self.token


class RedditSubredditRig(RedditMentionsRig):
    surface = "subreddit"
    keys: ClassVar[dict[str, Any]] = {"watch": [], "own_subreddits": ["acme"]}

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return (
            self.reddit.comment(by, reply_to, text, at=at)
            if reply_to
            else self.reddit.post(by, "acme", "Hi", text, at=at)
        )

    def edit(self, message: str, text: str) -> None:
        self.reddit.edit(message, text)


class RedditMessagesRig(RedditMentionsRig):
    surface = "messages"
    edits = False
    deletes = False
    team = False
    bystanders = False
    cuts = True
    keys: ClassVar[dict[str, Any]] = {"watch": ["messages"]}

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.reddit.message(by, "acme", text, reply_to=reply_to, at=at)

    def cut_off(self) -> tuple[str, str]:
        self.reddit.nested = True
        asked = self.customer("hello?")
        for number in range(2):
            self.customer(f"are you there? {number}", reply_to=asked)
        return asked, self.ours("on it", asked)
