"""Facebook for the contract suite: what visitors post on a Page, and comments under a post of the Page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector_contract import NOON, SECRET, Rig
from slamon.connectors._facebook.reads import COMMENTS_PAGE, POSTS_PAGE
from slamon.connectors.facebook import Facebook
from slamon.connectors.http import Timeouts
from slamon.model import HOUR, MINUTE
from slamon.sim.facebook import PAGE_ID, TEAM_PAGE, USER_CONTENT, PretendFacebook
from slamon.sla.fold import FoldSettings, fold

if TYPE_CHECKING:
    from connector_contract import Reader
    from slamon.connectors.base import Connector
    from slamon.model import Instant, Message

PATIENT = Timeouts(connect=5.0, read=1.5, whole=6.0)
"""Longer than a busy machine takes, and short enough to wait for where a case hangs."""


class FacebookRig(Rig):
    """What the surfaces share."""

    silent_scope = True

    def __init__(self) -> None:
        super().__init__()
        self.facebook = PretendFacebook(self.clock, token=SECRET)
        self.page = self.facebook.page
        self.server = self.facebook.server
        self.after: str | None = None
        self.keys: dict[str, Any] = {}

    def connector(self) -> Connector:
        return self.facebook_connector()

    def facebook_connector(self) -> Facebook:
        keys = {
            "account": PAGE_ID,
            "team": [TEAM_PAGE],
            "credentials": {"access_token": {"env": "TOKEN"}},
            "base_url": self.facebook.url,
            **self.keys,
        }
        environ = {"TOKEN": SECRET, "APP": self.facebook.tokens.app_secret}
        settings = Facebook.Settings.model_validate(keys, context={"environ": environ})
        return Facebook(settings, self.context(), PATIENT)  # type: ignore[arg-type]

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        return self.page.brand_replies(reply_to, text, TEAM_PAGE if team else None)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.page.customer_writes("zoe", text, reply_to)

    def edit(self, message: str, text: str) -> None:
        self.page.edit(message, text)

    def delete(self, message: str) -> None:
        self.page.delete(message)

    def stick(self, document: Any) -> None:
        paging = document.get("paging", {}) if isinstance(document, dict) else {}
        if self.after is None and "next" in paging:
            self.after = paging["cursors"]["after"]
        if self.after is not None and paging:
            document["paging"] = {"cursors": {"after": self.after}, "next": f"{self.facebook.url}/{self.after}"}

    def withdraw(self) -> None:
        post = self.page.page_posts("Spring sale is on")
        for number in range(3):
            self.page.customer_writes(f"c{number}", "is it?", post)
        self.facebook.token.scopes.discard(USER_CONTENT)


class PostsRig(FacebookRig):
    surface = "posts"

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        if reply_to:
            return self.page.customer_writes(by, text, reply_to, at)
        return self.page.visitor_posts(by, text, at)

    def page_size(self) -> int:
        return POSTS_PAGE


class CommentsRig(FacebookRig):
    surface = "comments"
    cuts = True
    roots = 1

    def __init__(self) -> None:
        super().__init__()
        self.post: str | None = None

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.page.customer_writes(by, text, reply_to or self._post(), at)

    def page_size(self) -> int:
        return COMMENTS_PAGE

    def cut_off(self) -> tuple[str, str]:
        asked = self.customer("hello?", at=NOON - HOUR)
        answer = self.page.brand_replies(asked, "on it", at=NOON - HOUR + MINUTE)
        for number in range(COMMENTS_PAGE + 20):
            self.customer("me too", by=f"c{number}", at=NOON - MINUTE)
        return asked, answer

    def _post(self) -> str:
        self.post = self.post or self.page.page_posts("Spring sale is on", NOON - 30 * 24 * HOUR + HOUR)
        return self.post


def waiting(reader: Reader) -> set[str]:
    """The messages that wait for an answer, by the very fold that the daemon uses."""
    settings = FoldSettings(ours=reader.identity.ours, flat_replies=reader.connector.flat_replies)
    threads: dict[str, list[Message]] = {}
    for said in reader.messages.values():
        threads.setdefault(said.thread, []).append(replace(said, gone_at=reader.gone.get(said.id)))
    folded = (fold(messages, settings) for messages in threads.values())
    waits = [wait for each in folded for wait in each.waits]
    return {id_ for wait in waits if wait.answered_at is None and wait.cancelled_at is None for id_ in wait.messages}
