"""X for the contract suite: the pretend X of the practice range, by each of the surfaces that a channel may watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector_contract import SECRET, Rig
from slamon.connectors.http import Timeouts
from slamon.connectors.x import PAGE_SIZE, X
from slamon.model import SECOND
from slamon.sim.x import PretendX

if TYPE_CHECKING:
    from slamon.connectors.base import Connector
    from slamon.model import Instant, Millis

AMPLE = {"dm_events": 100_000, "dm_conversations": 100_000}
"""The suite asks more often in one window than X would bear: what it is about is elsewhere."""
QUICK = Timeouts(connect=2.0, read=1.0, whole=2.0)
REFRESH = "used-up-4711"
"""A refresh token that the pretend X does not take."""
ENVIRON = {"TOKEN": SECRET, "REFRESH": REFRESH}


class XRig(Rig):
    def __init__(self) -> None:
        super().__init__()
        self.x = self.pretend()
        self.server = self.x.server
        self.token: str | None = None

    def pretend(self) -> PretendX:
        return PretendX(self.clock, team=["acmehelp"], token=SECRET)

    def keys(self) -> dict[str, Any]:
        """Of the channel, but for its account and address."""
        return {"team": ["acmehelp"], "credentials": {"bearer_token": {"env": "TOKEN"}}}

    def connector(self) -> Connector:
        keys = {"account": "acme", "base_url": self.x.url} | self.keys()
        settings = X.Settings.model_validate(keys, context={"environ": ENVIRON})
        return X(settings, self.context(), QUICK)  # type: ignore[arg-type]

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.x.customer_posts(by, f"@acme {text}", reply_to, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        return self.x.brand_replies(reply_to, text, "acmehelp" if team else None)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.x.customer_posts("zoe", text, reply_to)

    def edit(self, message: str, text: str) -> None:
        self.x.edit(message, f"@acme {text}")

    def delete(self, message: str) -> None:
        self.x.delete(message)

    def page_size(self) -> int:
        return PAGE_SIZE

    def stick(self, document: Any) -> None:
        self.token = self.token or document["meta"].get("next_token")
        document["meta"]["next_token"] = self.token


class SearchRig(XRig):
    """A channel that listens for a word; X shows what it finds half a minute late."""

    surface = "search"
    late: Millis = 40 * SECOND

    def keys(self) -> dict[str, Any]:
        return super().keys() | {"watch": ["search"], "search": ["gizmo OR gizmos"]}

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.x.customer_posts(by, f"my gizmo {text}", reply_to, self.now - self.late if at is None else at)

    def edit(self, message: str, text: str) -> None:
        self.x.edit(message, f"my gizmo {text}", at=self.now - self.late + SECOND)


class MessagesRig(XRig):
    """A channel that reads direct messages only, by a token of the account's own."""

    surface = "messages"
    edits = False
    links = False
    team = False
    bystanders = False

    def pretend(self) -> PretendX:
        return PretendX(self.clock, team=["acmehelp"], user_token=SECRET, limits=AMPLE)

    def keys(self) -> dict[str, Any]:
        own = {"client_id": "pretend-client", "refresh_token": {"env": "REFRESH"}, "access_token": {"env": "TOKEN"}}
        return super().keys() | {"watch": ["messages"], "credentials": own}

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        del reply_to
        return self.x.customer_messages(by, text, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        del team
        return self.x.brand_messages(self.partner(reply_to), text)

    def delete(self, message: str) -> None:
        self.x.delete_message(message)

    def partner(self, message: str) -> str:
        """The handle of whoever the brand speaks with."""
        (other,) = self.x.events[message].members - {self.x.brand.id}
        return self.x.users[other].username
