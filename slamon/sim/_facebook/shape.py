"""What the pretend Facebook shows of a Page, its posts and comments: fields, edges, and what a token may not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.model import SECOND
from slamon.sim._graph.refusals import GraphError, bad_parameter, lacks
from slamon.sim._graph.shape import Asked, Edge, Kind, Ref, iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.sim._facebook.page import Comment, Person, Post, Tag, World
    from slamon.sim._graph.tokens import GraphToken

ENGAGEMENT, USER_CONTENT, MODERATE = "pages_read_engagement", "pages_read_user_content", "MODERATE"
WWW = "https://www.facebook.com"
FILTERS = ("toplevel", "stream")
ORDERS = ("chronological", "reverse_chronological")
LIVE_FILTERS = ("filter_low_quality", "no_filter")


class Shapes:
    """The kinds of nodes of one pretend Page."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.orders = True
        """Whether a flat list of comments can be had newest first; `False`: it comes oldest first, and says so."""
        self.counts = True
        """Whether comments that a token may not see are counted all the same."""
        self.user = Kind("User", {"id": lambda p, _: p.id, "name": lambda p, _: p.name}, default=("id", "name"))
        self.page = Kind("Page", _PAGE_FIELDS, self._page_edges(), default=("id", "name"))
        self.post = Kind("PagePost", self._post_fields(), {"comments": self._comments()}, default=_POST_DEFAULT)
        self.comment = Kind("Comment", self._comment_fields(), {"comments": self._comments()}, default=_COMMENT_DEFAULT)

    def sees(self, author: str, token: GraphToken) -> bool:
        """Whether `token` is shown what `author` wrote: without a scope, the words of others just are not there."""
        return author == self.world.page.id or USER_CONTENT in token.scopes

    def _page_edges(self) -> dict[str, Edge]:
        shown = {"shown": lambda post, asked: self.sees(post.author, asked.token)}
        timeline = frozenset({"include_hidden", "show_expired", "with"})
        ads = frozenset({"exclude_dynamic_ads", "include_inline_create", "since", "until"})
        return {
            "feed": Edge(of=lambda: self.post, rows=self._feed, params=timeline, **shown),  # type: ignore[arg-type]
            "tagged": Edge(of=lambda: self.post, rows=self._tagged, **shown),  # type: ignore[arg-type]
            "ads_posts": Edge(of=lambda: self.post, rows=self._ads, params=ads),
            "ratings": Edge(of=lambda: self.post, rows=_no_ratings),
        }

    def _feed(self, _page: Any, asked: Asked) -> Sequence[Post]:  # noqa: ANN401 - a node
        asked.token.need(ENGAGEMENT)
        hidden = asked.args.get("include_hidden") == "true"
        return [post for post in self.world.timeline() if hidden or not post.hidden]

    def _tagged(self, _page: Any, asked: Asked) -> Sequence[Post]:  # noqa: ANN401 - a node
        asked.token.need(ENGAGEMENT)
        return self.world.tagging()

    def _ads(self, _page: Any, asked: Asked) -> Sequence[Post]:  # noqa: ANN401 - a node
        asked.token.need(ENGAGEMENT)
        since = int(asked.args.get("since", "0")) * SECOND
        return [post for post in self.world.ads() if post.created_at >= since]

    def _comments(self) -> Edge:
        return Edge(
            of=lambda: self.comment,
            rows=self._under,
            shown=lambda comment, asked: not comment.withheld and self.sees(comment.author, asked.token),
            summary=self._summary,
            params=frozenset({"filter", "order", "since", "live_filter"}),
            over="cut",
        )

    def _under(self, node: Post | Comment, asked: Asked) -> Sequence[Comment]:
        asked.token.need(ENGAGEMENT)
        if node.id in self.world.closed:
            raise lacks("pages_read_user_content")
        _one_of(asked, "filter", FILTERS)
        _one_of(asked, "order", ORDERS)
        _one_of(asked, "live_filter", LIVE_FILTERS)
        if asked.token.kind != "PAGE":
            return []
        found = self._counted(node, asked)
        return found[::-1] if self._order(asked) == ORDERS[1] else found

    def _counted(self, node: Post | Comment, asked: Asked) -> list[Comment]:
        found = self.world.under(node.id)
        if asked.args.get("filter") == "stream" or node.id in self.world.comments:
            return found
        return [each for each in found if each.parent is None]

    def _order(self, asked: Asked) -> str:
        order = asked.args.get("order", ORDERS[0])
        return order if self.orders or asked.args.get("filter") != "stream" else ORDERS[0]

    def _summary(self, node: Post | Comment, asked: Asked) -> dict[str, Any]:
        counted = self._counted(node, asked)
        if not self.counts:
            counted = [each for each in counted if self.sees(each.author, asked.token)]
        return {"order": self._order(asked), "total_count": len(counted), "can_comment": True}

    def _post_fields(self) -> dict[str, Any]:
        return {
            "id": lambda p, _: p.id,
            "created_time": lambda p, _: iso(p.created_at),
            "updated_time": lambda p, _: iso(p.updated_at),
            "from": lambda p, _: None if p.tagged else _shown(self.world.people[p.author]),
            "message": lambda p, _: p.text or None,
            "message_tags": lambda p, _: [_tag(tag) for tag in p.tags] or None,
            "permalink_url": lambda p, _: f"{WWW}/{self.world.page.id}/posts/{p.part}",
            "status_type": lambda p, _: "mobile_status_update" if self._own(p) else "wall_post",
            "is_published": lambda p, _: p.published,
            "is_hidden": lambda p, _: p.hidden,
            "is_expired": lambda _p, _t: False,
            "is_inline_created": lambda p, _: p.ad,
            "shares": lambda p, _: {"count": p.shares} if p.shares else None,
            "can_reply_privately": lambda p, _: not self._own(p),
        }

    def _comment_fields(self) -> dict[str, Any]:
        return {
            # Without MODERATE, what would lead to a person is left out, and the call succeeds all the same.
            "id": lambda c, t: c.id if MODERATE in t.tasks else None,
            "created_time": lambda c, _: iso(c.created_at),
            "from": lambda c, t: _shown(self.world.people[c.author]) if MODERATE in t.tasks else None,
            "message": lambda c, _: c.text or None,
            "message_tags": lambda c, _: [_tag(tag) for tag in c.tags] or None,
            "parent": lambda c, _: Ref(self.comment, self.world.comments[c.parent]) if c.parent else None,
            "object": lambda c, _: Ref(self.post, self.world.posts[c.post]),
            "permalink_url": self._comment_link,
            "comment_count": lambda c, _: len(self.world.under(c.id)),
            "like_count": lambda c, _: c.likes,
            "is_hidden": lambda c, _: c.hidden,
            "is_private": lambda _c, _t: False,
            "can_comment": lambda _c, _t: True,
            "can_hide": lambda c, t: MODERATE in t.tasks and not self._own(c),
            "can_remove": lambda _c, t: MODERATE in t.tasks,
            "can_reply_privately": lambda c, _: not self._own(c),
        }

    def _comment_link(self, comment: Comment, _token: GraphToken) -> str:
        post, own = self.world.posts[comment.post], comment.id.rpartition("_")[2]
        top = comment.parent.rpartition("_")[2] if comment.parent else own
        below = f"&reply_comment_id={own}" if comment.parent else ""
        return f"{WWW}/{self.world.page.id}/posts/{post.part}/?comment_id={top}{below}"

    def _own(self, item: Post | Comment) -> bool:
        return item.author == self.world.page.id


_PAGE_FIELDS: dict[str, Any] = {
    "id": lambda p, _: p.id,
    "name": lambda p, _: p.name,
    "is_published": lambda _p, _t: True,
    "link": lambda p, _: f"{WWW}/{p.id}",
}
_POST_DEFAULT = ("id", "created_time", "message")
_COMMENT_DEFAULT = ("id", "created_time", "from", "message")


def _shown(person: Person) -> dict[str, str] | None:
    return None if person.hidden else {"name": person.name, "id": person.id}


def _tag(tag: Tag) -> dict[str, Any]:
    return {"id": tag.id, "name": tag.name, "type": "user", "offset": tag.offset, "length": tag.length}


def _one_of(asked: Asked, parameter: str, known: Sequence[str]) -> None:
    if asked.args.get(parameter, known[0]) not in known:
        raise bad_parameter(parameter, f"must be one of {{{', '.join(known)}}}")


def _no_ratings(_page: Any, _asked: Asked) -> Sequence[Any]:  # noqa: ANN401 - nodes
    raise GraphError(12, "(#12) Reading recommendations is deprecated for versions v22.0 and higher")
