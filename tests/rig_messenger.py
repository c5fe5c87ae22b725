"""Messenger for the contract suite: the pretend Messenger of the practice range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from connector_contract import SECRET, Rig
from slamon.connectors._messenger.inbox import NESTED, PAGE_SIZE
from slamon.connectors.http import Timeouts
from slamon.connectors.messenger import Messenger
from slamon.model import SECOND
from slamon.sim.messenger import PAGE_ID, PretendMessenger

if TYPE_CHECKING:
    from slamon.connectors.base import Connector
    from slamon.model import Instant

QUICK = Timeouts(connect=2.0, read=1.0, whole=3.0)


class MessengerRig(Rig):
    # An edited message keeps its id and its time, and does not move its conversation: no list shows it.
    edits: ClassVar[bool] = False
    # A reply quotes a message only where an agent chose to.
    links: ClassVar[bool] = False
    # Whoever answers, the Page is the author.
    team: ClassVar[bool] = False
    # Nobody else is in a conversation.
    bystanders: ClassVar[bool] = False
    silent_scope: ClassVar[bool] = True
    cuts: ClassVar[bool] = True

    def __init__(self, calls_per_second: int | None = None) -> None:
        """The rig's clock stands still, so that every call falls into one second: by default there is no limit."""
        super().__init__()
        self.messenger = PretendMessenger(self.clock, token=SECRET, calls_per_second=calls_per_second)
        self.server = self.messenger.server
        self.waits = calls_per_second is not None
        self.cursor = ""
        self.keys: dict[str, Any] = {}

    def connector(self) -> Connector:
        keys = {
            "account": PAGE_ID,
            "credentials": {"access_token": {"env": "TOKEN"}},
            "base_url": self.messenger.url,
        }
        settings = Messenger.Settings.model_validate(keys | self.keys, context={"environ": {"TOKEN": SECRET}})
        return Messenger(settings, self.context(), QUICK, self.pause)  # type: ignore[arg-type]

    def pause(self, seconds: float) -> None:
        """What the connector does instead of sleeping."""
        self.now += round(seconds * SECOND) if self.waits else 0

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        del reply_to
        return self.messenger.customer_writes(by, text, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        del team
        return self.messenger.brand_replies(reply_to, text)

    def delete(self, message: str) -> None:
        self.messenger.delete(message)

    def page_size(self) -> int:
        return PAGE_SIZE

    def stick(self, document: Any) -> None:
        paging = document.get("paging", {})
        if "next" in paging or self.cursor:
            self.cursor = self.cursor or paging["cursors"]["after"]
            document["paging"] = {"cursors": {"after": self.cursor}, "next": f"{self.messenger.url}/v25.0/next"}

    def withdraw(self) -> None:
        self.customer("is anybody there?")
        self.messenger.advanced_access = False

    def cut_off(self) -> tuple[str, str]:
        """Answered, and then more written than comes along with the list."""
        asked = self.customer("where is my parcel?", at=self.now - 3_600_000)
        answer = self.messenger.brand_replies(asked, "on its way", at=self.now - 3_500_000)
        for number in range(NESTED + 3):
            self.customer(f"and {number}?", at=self.now - 60_000 + number * 1_000)
        return asked, answer
