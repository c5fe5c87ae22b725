"""Comments, replies, posts and tags on Instagram as messages: each is read, or rejected with its reason.

Facts by Meta's reference and its machine-readable description v25.0. Comments have two levels; whoever answers a reply,
the answer hangs on the top comment and begins with a name. `from` may be missing, and even `username`. An account knows
others by ids of its own, so that a name in a text is known by its handle only. Unverified: under which id the account
itself comments where it logged in through Instagram, so its name decides as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.connectors._graph.answers import count, ident, instant, link, nested, reject, text
from slamon.model import ID_CAP, NAME_CAP, Author, Kind, Message, Reject, Side, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slamon.connectors._graph.answers import Json
    from slamon.model import Instant

ODD = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""What comes of reading a value of an odd type."""
NAME = re.compile(r"(?<![\w.@])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?)(?!\w)", re.ASCII)
"""A name in a text: a dot at its end belongs to the sentence, and `ann@acme.example` is no name."""


@dataclass(frozen=True, slots=True)
class Us:
    """Who answers for the brand, by id and by name."""

    account: str
    handle: str
    """In lower case."""
    team: frozenset[str] = frozenset()
    """Names in lower case: Instagram gives no id of theirs that lasts."""

    def known(self, handle: str) -> str:
        """The author id behind a name in lower case."""
        return self.account if handle == self.handle else handle


@dataclass(frozen=True, slots=True)
class Post:
    """A post of ours, as far as what hangs under it needs to know; a thread is all that hangs under one post."""

    id: str
    created_at: Instant
    permalink: str = ""
    count: int | None = None
    """Comments and replies as Instagram counts them, those that it does not show too."""


def post_of(raw: Json) -> Post:
    """What is to know of a post.

    :raises ValueError: it cannot be read; so do the others of `ODD`.
    """
    return Post(
        ident(raw["id"]), instant(raw["timestamp"]), link(raw.get("permalink")), count(raw.get("comments_count"))
    )


def post_message(raw: Json, post: Post, us: Us) -> Message:
    """A post of ours: what stands under it is for us."""
    return Message(
        id=post.id,
        thread=post.id,
        author=Author(us.account, us.handle),
        side=Side.OURS,
        created_at=post.created_at,
        kind=Kind.POST,
        text=text(raw.get("caption")),
        reach=_sum(raw.get("like_count"), post.count),
        permalink=post.permalink,
    )


def tag_message(raw: Json, us: Us) -> Message:
    """Somebody else's post in which we are tagged.

    :raises ValueError: it cannot be read; so do the others of `ODD`.
    """
    post, caption = post_of(raw), text(raw.get("caption"))
    author = _author(raw, us)
    mentions, opens_with = _mentions(caption, us)
    return Message(
        id=post.id,
        thread=post.id,
        author=author,
        side=_side(author, us),
        created_at=post.created_at,
        kind=Kind.MENTION,
        text=caption,
        mentions=tuple(dict.fromkeys((*mentions, us.account))),
        opens_with=opens_with,
        reach=_sum(raw.get("like_count"), post.count),
        permalink=post.permalink,
        addressed=True,
    )


@dataclass(frozen=True, slots=True)
class Branch:
    """A top comment with its replies, as far as they came."""

    messages: Sequence[Message]
    rejects: Sequence[Reject] = ()
    top: str = ""
    """The id of the top comment; empty where it could not be read."""
    after: str | None = None
    """Further replies begin behind this cursor."""
    readable: bool = True
    """The replies came, or there are none."""

    @property
    def newest(self) -> Instant:
        """The time of its newest message."""
        return max((each.created_at for each in self.messages), default=0)


def branch_of(raw: Any, post: Post, us: Us) -> Branch:  # noqa: ANN401 - any JSON
    """A comment under `post` with the replies that came along."""
    try:
        top = _comment(raw, post, us, None)
    except ODD as error:
        return Branch((), (reject(raw, error),))
    replies = nested(raw, "replies")
    good, bad = replies_of(replies.data if replies else (), top, post, us)
    after = replies.after if replies else None
    return Branch((top, *good), bad, top.id, after, readable=replies is not None or raw.get("replies") is None)


def replies_of(raws: Iterable[Any], top: Message, post: Post, us: Us) -> tuple[list[Message], list[Reject]]:
    """Replies to the comment `top`, the oldest first."""
    good: list[Message] = []
    bad: list[Reject] = []
    for raw in raws:
        try:
            good.append(_comment(raw, post, us, top))
        except ODD as error:
            bad.append(reject(raw, error))
    return sorted(good, key=lambda each: each.created_at), bad


def _comment(raw: Json, post: Post, us: Us, top: Message | None) -> Message:
    author = _author(raw, us)
    said = text(raw.get("text"))
    mentions, opens_with = _mentions(said, us)
    side = _side(author, us)
    return Message(
        id=ident(raw["id"]),
        thread=post.id,
        author=author,
        side=side,
        created_at=instant(raw["timestamp"]),
        kind=Kind.COMMENT,
        text=said,
        in_reply_to=top.id if top else post.id,
        in_reply_to_author=(top.author.id or None) if top else us.account,
        mentions=mentions,
        opens_with=opens_with,
        reach=_sum(raw.get("like_count")),
        permalink=post.permalink,
        addressed=top is None and side is Side.OTHER,
        hidden=raw.get("hidden") is True,
    )


def _author(raw: Json, us: Us) -> Author:
    who = raw.get("from")
    stated = who.get("id") if isinstance(who, dict) else None
    name = (who.get("username") if isinstance(who, dict) else None) or raw.get("username")
    handle = clean(name, NAME_CAP) if isinstance(name, str) else ""
    known = handle.lower()
    if stated == us.account or (known and known == us.handle):
        return Author(us.account, handle)
    if known in us.team:
        return Author(known, handle)
    author = "" if stated is None else clean(ident(stated), ID_CAP)
    return Author(author or known, handle)


def _side(author: Author, us: Us) -> Side:
    return Side.OURS if author.id == us.account or author.id in us.team else Side.OTHER


def _mentions(said: str, us: Us) -> tuple[tuple[str, ...], str | None]:
    """Whom a text names, in its order, and whom it begins with."""
    found = list(NAME.finditer(said))
    names = [us.known(match[1].lower()) for match in found]
    opens = bool(found) and not said[: found[0].start()].strip()
    return tuple(dict.fromkeys(names)), names[0] if opens else None


def _sum(*parts: Any) -> int | None:  # noqa: ANN401 - any JSON
    known = [part for part in map(count, parts) if part is not None]
    return sum(known) if known else None
