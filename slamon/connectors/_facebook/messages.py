"""Posts and comments of a Page as messages: each is read, or rejected with its reason.

Facts by Meta's reference and its machine-readable description v25.0: fields without a value are left out; `from` may be
missing for people, and never for the Page itself; only replies have a `parent`, which is the top comment or, further
down, the reply that was answered. Not verified: in which units the offsets of tags are counted (only 0 is relied on).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from slamon.connectors._graph.answers import count, ident, instant, link, nested, reject, text
from slamon.model import NAME_CAP, Author, Kind, Message, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from slamon.connectors._graph.answers import Json
    from slamon.model import Instant, Reject

ODD = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading an odd value may raise."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post, as far as what hangs under it needs to know; a thread is all that hangs under one post."""

    id: str
    created_at: Instant
    author: str
    """Empty where Meta hides it."""
    ours: bool
    advertised: bool = False
    kind: Kind = Kind.POST
    mark: str = ""
    """Changes when a comment comes or goes."""
    words: str = ""
    """Changes when the post itself is edited, hidden or shown."""
    total: int | None = None
    """Comments on all levels as Meta counts them; at least as many as it shows."""
    sample: Sequence[Any] = ()
    """The newest comment, where it is shown."""

    @property
    def part(self) -> str:
        """The last part of its id, with which full ids of its comments begin."""
        return self.id.rpartition("_")[2]


def post_of(raw: Json, ours: frozenset[str], kind: Kind = Kind.POST, *, advertised: bool = False) -> Post:
    """What is to know of a post.

    :raises ValueError: it cannot be read; so do the others of `ODD`.
    """
    comments = nested(raw, "comments")
    total, sample = (comments.total, comments.data) if comments else (None, ())
    newest = [item.get("id") for item in sample if isinstance(item, dict)]
    author = _author(raw).id
    return Post(
        id=ident(raw["id"]),
        created_at=instant(raw["created_time"]),
        author=author,
        ours=author in ours,
        advertised=advertised or raw.get("is_inline_created") is True,
        kind=kind,
        mark=digest([total, newest, raw.get("updated_time")]),
        words=digest([raw.get("message"), raw.get("is_hidden")]),
        total=total,
        sample=sample,
    )


def post_message(raw: Json, post: Post) -> Message:
    """The post itself.

    :raises ValueError: it cannot be read; so do the others of `ODD`.
    """
    shares = raw.get("shares")
    mentions, opens_with = _mentions(raw)
    return Message(
        id=post.id,
        thread=post.id,
        author=_author(raw),
        side=Side.OURS if post.ours else Side.OTHER,
        created_at=post.created_at,
        kind=post.kind,
        text=text(raw.get("message")),
        mentions=mentions,
        opens_with=opens_with,
        reach=_sum(shares.get("count") if isinstance(shares, dict) else None, post.total),
        permalink=link(raw.get("permalink_url")),
        addressed=not post.ours,
        hidden=raw.get("is_hidden") is True,
        advertised=post.advertised,
    )


def comments_of(
    raws: Sequence[Any], post: Post, ours: frozenset[str], above: Mapping[str, Json] | None = None
) -> tuple[list[Message], list[Reject]]:
    """Comments and replies under `post`; `above` are those by id among which an answered reply may be found."""
    good: list[Message] = []
    bad: list[Reject] = []
    for raw in raws:
        try:
            good.append(_comment(raw, post, ours, above or {}))
        except ODD as error:
            bad.append(reject(raw, error))
    return good, bad


def by_id(raws: Iterable[Any], post: Post) -> dict[str, Json]:
    """Comments by their full ids; what cannot be read is left out."""
    known = (raw for raw in raws if isinstance(raw, dict) and isinstance(raw.get("id"), str))
    return {full_id(raw["id"], post): raw for raw in known}


def full_id(comment: str, post: Post) -> str:
    """A comment's id with its post before it: some places show only the last part."""
    return comment if "_" in comment else f"{post.part}_{comment}"


def by_others(raws: Iterable[Any], ours: frozenset[str]) -> bool:
    """Whether any of these was written by somebody else than us."""
    return any(isinstance(raw, dict) and _from_id(raw) not in ours for raw in raws)


def digest(value: Any) -> str:  # noqa: ANN401 - any JSON
    """A short sum of a value: another one for another value."""
    return f"{crc32(json.dumps(value, sort_keys=True).encode()):08x}"


def digest_of(raws: Sequence[Any]) -> str:
    """A short sum of what a list of comments says."""
    said = [[raw.get(key) for key in ("id", "message", "is_hidden")] for raw in raws if isinstance(raw, dict)]
    return digest(said)


def _comment(raw: Json, post: Post, ours: frozenset[str], above: Mapping[str, Json]) -> Message:
    author = _author(raw)
    parent = raw.get("parent")
    answered = None if parent is None else full_id(ident(parent["id"]), post)
    answered_author = None if parent is None else _from_id(parent) or None
    mentions, opens_with = _mentions(raw)
    if author.id in ours and opens_with is None and _is_reply(above.get(answered or "")):
        # Facebook hangs replies on the top comment; where it names the very reply instead, that one is answered.
        opens_with = answered_author
    return Message(
        id=full_id(ident(raw["id"]), post),
        thread=post.id,
        author=author,
        side=Side.OURS if author.id in ours else Side.OTHER,
        created_at=instant(raw["created_time"]),
        kind=Kind.COMMENT,
        text=text(raw.get("message")),
        in_reply_to=answered or post.id,
        in_reply_to_author=answered_author,
        mentions=mentions,
        opens_with=opens_with,
        reach=_sum(count(raw.get("like_count")), count(raw.get("comment_count"))),
        permalink=link(raw.get("permalink_url")),
        addressed=answered is None and (post.ours or (author.id != "" and author.id == post.author)),
        hidden=raw.get("is_hidden") is True,
        advertised=post.advertised,
    )


def _is_reply(raw: Json | None) -> bool:
    return raw is not None and raw.get("parent") is not None


def _author(raw: Json) -> Author:
    who = raw.get("from")
    if who is None:
        return Author("")  # Meta hides who it is: the fold gives each branch a customer of its own
    return Author(ident(who["id"]), name=text(who.get("name"), NAME_CAP))


def _from_id(raw: Json) -> str:
    who = raw.get("from")
    known = who.get("id") if isinstance(who, dict) else None
    return known if isinstance(known, str) else ""


def _mentions(raw: Json) -> tuple[tuple[str, ...], str | None]:
    """Whom the text names, in its order, and whom it begins with."""
    found = raw.get("message_tags")
    tags = [tag for tag in found if isinstance(tag, dict)] if isinstance(found, list) else []
    placed = sorted((place, ident(tag["id"])) for tag in tags if (place := count(tag.get("offset"))) is not None)
    opens_with = placed[0][1] if placed and placed[0][0] == 0 else None
    return tuple(dict.fromkeys(who for _, who in placed)), opens_with


def _sum(*parts: Any) -> int | None:  # noqa: ANN401 - any JSON
    known = [part for part in map(count, parts) if part is not None]
    return sum(known) if known else None
