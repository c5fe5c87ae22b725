"""X for the contract suite: the pretend X of the practice range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector_contract import SECRET, Rig
from slamon.connectors.http import Timeouts
from slamon.connectors.x import PAGE_SIZE, X
from slamon.sim.x import PretendX

if TYPE_CHECKING:
    from slamon.connectors.base import Connector
    from slamon.model import Instant

QUICK = Timeouts(connect=1.0, read=0.3, whole=1.0)


class XRig(Rig):
    def __init__(self) -> None:
        super().__init__()
        self.x = PretendX(self.clock, team=["acmehelp"], token=SECRET)
        self.server = self.x.server
        self.token: str | None = None

    def connector(self) -> Connector:
        keys = {
            "account": "acme",
            "team": ["acmehelp"],
            "credentials": {"bearer_token": {"env": "TOKEN"}},
            "base_url": self.x.url,
        }
        settings = X.Settings.model_validate(keys, context={"environ": {"TOKEN": SECRET}})
        assert isinstance(settings, X.Settings)
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
