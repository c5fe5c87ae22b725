"""LinkedIn for the contract suite: comments found by notifications, comments found by posts, and mentions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Self

from connector_contract import SECRET, Reader, Rig, altered, objects
from slamon.connectors.base import OpenThread
from slamon.connectors.http import Timeouts
from slamon.connectors.linkedin import LinkedIn
from slamon.sim.linkedin import PretendLinkedIn
from slamon.sla.fold import FoldSettings, fold

if TYPE_CHECKING:
    from slamon.connectors.base import Connector, Page
    from slamon.model import Instant
    from slamon.sla.fold import Folded

QUICK = Timeouts(connect=5.0, read=2.0, whole=5.0)
HELP = "urn:li:person:zHelp"
PLENTY = 10_000_000


class LinkedInRig(Rig):
    surface = "comments"
    silent_scope = True
    keys: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.linkedin = PretendLinkedIn(self.clock, token=SECRET, limits={"app": PLENTY, "member": PLENTY})
        self.server = self.linkedin.server
        self.href: str | None = None

    def connector(self, **keys: Any) -> Connector:
        given = {
            "account": self.linkedin.organization,
            "team": [HELP],
            "credentials": {"access_token": {"env": "TOKEN"}},
            "base_url": self.linkedin.url,
            "auth_url": self.linkedin.url,
        }
        environ = {"TOKEN": SECRET, "REFRESH": "pretend-refresh-token", "CLIENT": "pretend-client-secret"}
        settings = LinkedIn.Settings.model_validate({**given, **self.keys, **keys}, context={"environ": environ})
        return LinkedIn(settings, self.context(), QUICK)  # type: ignore[arg-type]

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.linkedin.customer_comments(by, text, reply_to=reply_to, at=at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        if team:
            return self.linkedin.customer_comments("Help", text, reply_to=reply_to)
        return self.linkedin.page_replies(reply_to, text)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.linkedin.customer_comments("zoe", text, reply_to=reply_to)

    def edit(self, message: str, text: str) -> None:
        self.linkedin.edit(message, text)

    def delete(self, message: str) -> None:
        self.linkedin.delete(message)

    def page_size(self) -> int:
        return 100

    def stick(self, document: Any) -> None:
        links = document["paging"]["links"] if "paging" in document else []
        self.href = self.href or next((each["href"] for each in links), None)
        if self.href and "paging" in document:
            document["paging"]["links"] = [{"rel": "next", "href": self.href}]

    def lured(self, elsewhere: str) -> None:
        def lure(document: Any) -> None:
            for each in objects(document):
                if each.get("rel") == "next":
                    each["href"] = elsewhere + re.sub("start=[0-9]+", "start=100", each["href"])

        assert self.server
        altered(self.server, lure)

    def withdraw(self) -> None:
        self.linkedin.grant("RECRUITING_POSTER")


class LinkedInPostsRig(LinkedInRig):
    surface = "posts"
    keys: ClassVar[dict[str, Any]] = {"watch": ["comments"], "comments_by": "posts"}


class LinkedInMentionsRig(LinkedInRig):
    surface = "mentions"
    keys: ClassVar[dict[str, Any]] = {"watch": ["mentions"]}

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        if reply_to:
            return self.linkedin.customer_comments(by, text, reply_to, at=at)
        return self.linkedin.member_posts(by, text, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        if team:
            return self.linkedin.customer_comments("Help", text, reply_to)
        return self.linkedin.page_replies(reply_to, text)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.linkedin.customer_comments("zoe", text, reply_to)


class Other(Reader):
    """A reader whose channel has further keys."""

    def __init__(self, rig: LinkedInRig, **keys: Any) -> None:
        super().__init__(rig)
        self.connector.close()
        self.connector = rig.connector(**keys)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def asked(rig: LinkedInRig) -> list[str]:
    """The names of all calls so far, in order."""
    return [call.endpoint for call in rig.calls]


def cost(rig: LinkedInRig, reader: Reader) -> list[str]:
    """The names of the calls of one more poll."""
    rig.calls.clear()
    reader.poll()
    return asked(rig)


def notification_queries(linkedin: PretendLinkedIn) -> list[str]:
    """The queries for notifications so far, as they were sent."""
    return [taken.request.raw_query for taken in linkedin.server.ledger if "Notifications" in taken.request.path]


def look(reader: Reader, *waiting: str) -> list[Page]:
    """A recheck of these messages, each in the thread where it is known to stand."""
    known = [reader.messages[each] for each in waiting]
    threads = [OpenThread(each.thread, each.author.id, (each.id,), each.created_at) for each in known]
    pages = list(reader.connector.recheck(reader.identity, reader.cursor, threads))
    for page in pages:
        reader.keep(page)
    return pages


def folded(reader: Reader) -> Folded:
    """What the engine makes of all that was read."""
    settings = FoldSettings(ours=reader.identity.ours, flat_replies=reader.connector.flat_replies)
    return fold(reader.messages.values(), settings)
