"""Posts, comments and accounts of Instagram as the pretend Graph API writes them, for both ways to log in.

What a scope is missing for comes back empty, without a word, as it does on the real one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.sim._graph.api import Edge, GraphError, Kind, Ref
from slamon.sim._graph.refusals import bad_parameter
from slamon.sim._graph.shape import iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.sim._graph.api import Asked, GraphToken
    from slamon.sim._graph.shape import Json
    from slamon.sim._instagram.gallery import Comment, Gallery, Media
    from slamon.sim._messenger.inbox import Person

NOT_MENTIONED = GraphError(100, "(#100) Invalid parameter: the account is not mentioned in the caption of this media")
MOST_COMMENTS = 50


class Shape:
    """The kinds of media and comment over the gallery of one account."""

    def __init__(self, gallery: Gallery, scope: str, names: Mapping[str, str]) -> None:
        """`scope`: without it nothing of comments is shown. `names`: what the kinds are called with this login."""
        self._gallery = gallery
        self._scope = scope
        self.comment = Kind(
            names["comment"],
            {
                "id": lambda comment, _: comment.id,
                "text": lambda comment, _: comment.text,
                "timestamp": lambda comment, _: iso(comment.created_at),
                "username": self._username,
                "from": self._from,
                "user": lambda comment, _: {"id": comment.author} if self._is_ours(comment) else None,
                "parent_id": lambda comment, _: comment.parent,
                "media": lambda comment, _: Ref(self.media, gallery.media[comment.media]),
                "hidden": lambda comment, _: comment.hidden,
                "like_count": lambda _comment, _: 0,
            },
            {"replies": Edge(of=lambda: self.comment, rows=self._replies, most=MOST_COMMENTS, over="cut", sparse=True)},
            default=("id", "text", "timestamp"),
        )
        self.media = Kind(
            names["media"],
            {
                "id": lambda media, _: media.id,
                "caption": lambda media, _: media.caption or None,
                "timestamp": lambda media, _: iso(media.created_at),
                "permalink": lambda media, _: f"https://www.instagram.com/p/C{media.id[-9:]}/",
                "shortcode": lambda media, _: f"C{media.id[-9:]}",
                "username": lambda media, _: gallery.by_id(media.owner).handle,
                "media_type": lambda _media, _: "IMAGE",
                "media_product_type": lambda media, _: media.product,
                "comments_count": lambda media, _: gallery.counted(media.id),
                "like_count": lambda media, _: media.likes,
                "is_comment_enabled": lambda _media, _: True,
            },
            {
                "comments": Edge(
                    of=lambda: self.comment,
                    rows=self._comments,
                    most=MOST_COMMENTS,
                    over="cut",
                    sparse=True,
                    open_end=True,
                )
            },
        )
        self.own = Edge(
            of=lambda: self.media, rows=lambda _node, _: gallery.own(), params=frozenset({"since", "until"})
        )
        # Its pages have no next one in any report: what does not fit on the first is out of reach.
        self.tags = Edge(of=lambda: self.media, rows=self._tagged, pages=False)

    def mentioned_media(self, _account: object, asked: Asked) -> Ref:
        """The post of somebody else that is asked for by id, if its caption names the account."""
        media = self._gallery.media.get(asked.args.get("media_id", ""))
        if media is None:
            raise bad_parameter("media_id", "is required")
        if f"@{self._gallery.ours.handle}" not in media.caption or not self._may(asked.token):
            raise NOT_MENTIONED.with_traceback(None)
        return Ref(self.media, media)

    def _may(self, token: GraphToken) -> bool:
        return self._scope in token.scopes

    def _is_ours(self, comment: Comment) -> bool:
        return comment.author == self._gallery.ours.id

    def _author(self, comment: Comment) -> Person:
        return self._gallery.by_id(comment.author)

    def _username(self, comment: Comment, token: GraphToken) -> str | None:
        return self._author(comment).handle if self._may(token) else None

    def _from(self, comment: Comment, token: GraphToken) -> Json | None:
        author = self._author(comment)
        return {"id": author.id, "username": author.handle} if self._may(token) else None

    def _comments(self, media: Media, asked: Asked) -> Sequence[Comment]:
        return self._gallery.under(media.id) if self._may(asked.token) else []

    def _replies(self, comment: Comment, asked: Asked) -> Sequence[Comment]:
        return self._gallery.replies(comment.id) if self._may(asked.token) else []

    def _tagged(self, _account: Any, asked: Asked) -> Sequence[Media]:  # noqa: ANN401 - an account of either login
        return self._gallery.tagged() if self._may(asked.token) else []
