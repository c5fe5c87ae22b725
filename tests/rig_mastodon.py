"""Mastodon for the contract suite: public posts, private mentions, and a server that has only what all have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from connector_contract import SECRET, Rig
from slamon.connectors._mastodon.lists import PAGE_SIZE
from slamon.connectors.http import Timeouts
from slamon.connectors.mastodon import Mastodon
from slamon.model import MINUTE
from slamon.sim._mastodon.access import Budgets, Throttle
from slamon.sim.mastodon import MASTODON, OTHER, Flavour, PretendMastodon
from slamon.sim.server import Answer, PretendServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.connectors.base import Connector
    from slamon.model import Instant
    from slamon.sim.server import Request

QUICK = Timeouts(connect=2.0, read=1.0, whole=2.0)


class MastodonRig(Rig):
    flavour: ClassVar[Flavour] = MASTODON
    visibility: ClassVar[str] = "public"
    keys: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        ample = Throttle(1_000_000, 5 * MINUTE)  # a case that spoils each field in turn would end in 429 half-way
        self.mastodon = PretendMastodon(
            self.clock, team=["acmehelp"], token=SECRET, flavour=self.flavour, budgets=Budgets(ample, ample)
        )
        self.server: PretendServer = self.mastodon.server

    def connector(self) -> Connector:
        keys = {
            "account": "acme",
            "team": ["acmehelp"],
            "credentials": {"access_token": {"env": "TOKEN"}},
            "base_url": self.mastodon.url,
            **self.keys,
        }
        settings = Mastodon.Settings.model_validate(keys, context={"environ": {"TOKEN": SECRET}})
        return Mastodon(settings, self.context(), QUICK)  # type: ignore[arg-type]

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.mastodon.customer_writes(by, f"@acme {text}", reply_to, at, visibility=self.visibility)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        return self.mastodon.brand_replies(reply_to, text, "acmehelp" if team else None)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.mastodon.customer_writes("zoe", text, reply_to)

    def edit(self, message: str, text: str) -> None:
        self.mastodon.edit(message, f"@acme {text}")

    def delete(self, message: str) -> None:
        self.mastodon.delete(message)

    def page_size(self) -> int:
        return PAGE_SIZE

    def stuck(self) -> None:
        first: list[str] = []

        def stick(header: str) -> str:
            first.extend(re.findall(r"max_id=(\w+)", header)[:1])
            return re.sub(r"max_id=\w+", f"max_id={first[0]}", header) if first else header

        relinked(self.server, stick)

    def lured(self, elsewhere: str) -> None:
        relinked(self.server, lambda header: header.replace(self.mastodon.url, elsewhere))


class MessagesRig(MastodonRig):
    """Private mentions: whoever is not named in one cannot see it."""

    surface = "messages"
    visibility = "direct"
    bystanders = False
    team = False


class OtherServerRig(MastodonRig):
    """ULIDs, no Link header, no conversations, no look-up of many, short pages, resets in seconds."""

    surface = "other-server"
    flavour = OTHER
    pages = False


def relinked(server: PretendServer, alter: Callable[[str], str]) -> None:
    """From now on, pass each Link header through `alter` before it is sent."""
    serve = server.serve

    def serve_altered(request: Request) -> Answer:
        answer = serve(request)
        link = answer.headers.get("link")
        return answer if link is None else Answer(answer.status, answer.body, {**answer.headers, "link": alter(link)})

    setattr(server, "serve", serve_altered)  # noqa: B010 - mypy takes no assignment to a method
