"""The pretend Facebook: one Page, its timeline, comments and replies, over the pretend Graph API.

Left out are videos, reels and live streams, reactions, attachments, and everything that writes. It mimics the silent
traps: a user's token is shown no comment; without `pages_read_user_content` the words of others just are not there;
without the task MODERATE comments come without id and author.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.sim._facebook.page import PAGE_ID, TEAM_PAGE, World
from slamon.sim._facebook.shape import ENGAGEMENT, MODERATE, USER_CONTENT, Shapes
from slamon.sim._graph.api import GraphError, GraphToken, PretendGraph, Ref, add_verbs
from slamon.sim._graph.refusals import unknown_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.model import Instant

__all__ = ["ENGAGEMENT", "MODERATE", "PAGE_ID", "TEAM_PAGE", "USER_CONTENT", "PretendFacebook"]

PERSON_BEHIND = "4455667788"


class PretendFacebook(PretendGraph):
    """One Page on loopback; the verbs of `page` move its world. Use it as a context manager."""

    def __init__(
        self,
        clock: Callable[[], Instant],
        *,
        token: str = "pretend-page-token",  # noqa: S107 - it opens nothing but this range
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(clock, PAGE_ID, host, port)
        self.page = World(clock, self.lock)
        self.shapes = Shapes(self.page)
        self.token = self.tokens.add(
            GraphToken(
                value=token,
                node=PAGE_ID,
                scopes={"pages_show_list", ENGAGEMENT, USER_CONTENT},
                tasks={"MANAGE", "CREATE_CONTENT", MODERATE, "MESSAGING"},
            )
        )
        verbs = ("page_posts", "visitor_posts", "customer_writes", "brand_replies", "edit", "delete", "hide")
        add_verbs(self.server, {name: getattr(self.page, name) for name in verbs} | {"refuse": self.refuse})

    def user_token(self, value: str) -> GraphToken:
        """A token of the person behind the Page, with the same scopes: the wrong one for reading comments."""
        return self.tokens.add(
            GraphToken(value=value, node=PERSON_BEHIND, kind="USER", scopes=set(self.token.scopes), tasks={MODERATE})
        )

    def find(self, node: str, token: GraphToken) -> Ref:
        """The Page, a post or a comment."""
        world = self.page
        if node == world.page.id:
            return Ref(self.shapes.page, world.page)
        if node == PERSON_BEHIND and token.kind == "USER":
            return Ref(self.shapes.user, world.person("The person behind"))
        if node in world.posts and self.shapes.sees(world.posts[node].author, token):
            return Ref(self.shapes.post, world.posts[node])
        comment = world.comments.get(node)
        if comment and not comment.withheld and self.shapes.sees(comment.author, token):
            return Ref(self.shapes.comment, comment)
        if any(key.rpartition("_")[2] == node for key in (*world.posts, *world.comments)):
            raise GraphError(12, "(#12) singular statuses API is deprecated for versions v2.4 and higher")
        raise unknown_object(node)
