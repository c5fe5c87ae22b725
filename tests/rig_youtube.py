"""YouTube for the contract suite: the pretend YouTube, read with an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector_contract import NOON, SECRET, Rig
from slamon.connectors._youtube.threads import PAGE_SIZE
from slamon.connectors.http import Timeouts
from slamon.connectors.youtube import YouTube
from slamon.model import MINUTE
from slamon.sim._youtube.access import Credentials
from slamon.sim.youtube import PretendYouTube

if TYPE_CHECKING:
    from slamon.model import Instant

QUICK = Timeouts(connect=2.0, read=1.0, whole=2.0)
KEY = {"api_key": {"env": "KEY"}}
CLIENT = {"client_id": "acme.apps", "client_secret": {"env": "SECRET"}, "refresh_token": {"env": "REFRESH"}}
ENVIRON = {"KEY": SECRET, "SECRET": "client-secret-0815", "REFRESH": "refresh-token-0815"}


class YouTubeRig(Rig):
    cuts = True

    def __init__(self, patience: Timeouts = QUICK) -> None:
        super().__init__()
        self.patience = patience
        known = Credentials(SECRET, "acme.apps", ENVIRON["SECRET"], ENVIRON["REFRESH"])
        self.youtube = PretendYouTube(self.clock, team=["acmehelp"], credentials=known)
        self.server = self.youtube.server
        self.token: str | None = None

    def connector(self, **keys: Any) -> YouTube:
        written = {
            "account": "acme",
            "team": ["acmehelp"],
            "credentials": KEY,
            "base_url": self.youtube.url,
            "token_url": self.youtube.token_url,
            **keys,
        }
        settings = YouTube.Settings.model_validate(written, context={"environ": ENVIRON})
        assert isinstance(settings, YouTube.Settings)
        return YouTube(settings, self.context(), self.patience)  # type: ignore[arg-type]

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.youtube.customer_comments(by.ljust(3, "_"), text, reply_to, at)  # handles have three letters

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        return self.youtube.brand_replies(reply_to, text, "acmehelp" if team else None)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.youtube.customer_comments("zoe", text, reply_to)

    def edit(self, message: str, text: str) -> None:
        self.youtube.edit(message, text)

    def delete(self, message: str) -> None:
        self.youtube.delete(message)

    def page_size(self) -> int:
        return PAGE_SIZE

    def stick(self, document: Any) -> None:
        self.token = self.token or document.get("nextPageToken")
        document["nextPageToken"] = self.token

    def cut_off(self) -> tuple[str, str]:
        asked = self.customer("hello?", at=NOON - 10 * MINUTE)
        for number in range(6):
            self.youtube.customer_comments("zoe", f"me too {number}", asked, NOON - 9 * MINUTE + number)
        return asked, self.ours("on it", asked)
