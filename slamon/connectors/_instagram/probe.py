"""What a real read proves of the permissions for each surface of Instagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._graph.answers import count
from slamon.connectors._instagram.posts import COMMENTS, CONTROLS, MEDIA, POSTS_PAGE
from slamon.connectors._instagram.settings import Surface
from slamon.connectors._messenger.probe import proved
from slamon.connectors.base import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors._graph.client import Graph
    from slamon.connectors._instagram.account import Account
    from slamon.connectors._messenger.inbox import Inbox
    from slamon.connectors.base import Finding

NO_DOUBT = "look at the permissions of the token"
COMMENT_DOUBT = "let somebody comment under a post, and try again"
MESSAGE_DOUBT = (
    "in the Instagram app, Settings, Messages: allow access to messages; without Advanced Access, people with no role "
    "on the app are left out"
)


class Probe:
    """Tries what a channel needs, writing nothing."""

    def __init__(self, account: Account, graph: Graph, inbox: Inbox) -> None:
        self._account = account
        self._graph = graph
        self._inbox = inbox

    def findings(self, watch: tuple[Surface, ...]) -> Iterator[Finding]:
        """For the account, and for each surface that is watched."""
        rights, listed = self._account.rights, self._account.listed
        yield from proved(rights.basic, self._account_reads, listed, NO_DOUBT)
        if {Surface.COMMENTS, Surface.TAGS} & set(watch):
            yield from proved(rights.comments, self._comments_read, listed, COMMENT_DOUBT)
        if Surface.MESSAGES in watch:
            yield from proved(rights.messages, self._messages_read, listed, MESSAGE_DOUBT)

    def _account_reads(self) -> tuple[Proof, str]:
        identity = self._account.identify()
        return Proof.OK, f"@{identity.handle} can be read"

    def _comments_read(self) -> tuple[Proof, str]:
        identity = self._account.identify()
        params: dict[str, str | int] = {"fields": "id,comments_count", "limit": POSTS_PAGE}
        posts = self._graph.edge(MEDIA, f"/{identity.account}/media", params).data
        known = [post for post in posts if isinstance(post, dict) and isinstance(post.get("id"), str)]
        counted = sorted(known, key=lambda post: -(count(post.get("comments_count")) or 0))
        counted = [post for post in counted if count(post.get("comments_count"))][:CONTROLS]
        for post in counted:
            if self._graph.edge(COMMENTS, f"/{post['id']}/comments", {"fields": "id", "limit": 1}).data:
                return Proof.OK, "comments can be read"
        if counted:
            return Proof.MISSING, "Instagram counts comments under your posts and shows none"
        return Proof.UNKNOWN, "nobody has commented on the newest posts"

    def _messages_read(self) -> tuple[Proof, str]:
        shown = self._inbox.listed_first()
        if shown:
            return Proof.OK, f"{shown} conversations on the first page"
        return Proof.UNKNOWN, "no conversation is shown"
