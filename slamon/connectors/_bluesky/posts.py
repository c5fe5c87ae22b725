"""Bluesky's posts as messages, from wherever they are shown: each is read, or rejected with its reason.

A post is an object with `uri`, `cid`, `author`, `record` and `indexedAt`: notifications and views of posts are such
objects, records of a repository are made into them. Places in a text are counted in bytes of UTF-8.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._bluesky import ids
from slamon.connectors._bluesky.people import author, count, is_bot
from slamon.model import ID_CAP, NAME_CAP, TEXT_CAP, Kind, Message, Reject, Side, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from slamon.connectors._bluesky.ids import Json
    from slamon.model import Author, Instant

_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
_QUOTE, _QUOTE_WITH_MEDIA = _QUOTES = ("app.bsky.embed.record", "app.bsky.embed.recordWithMedia")
_MENTION = "app.bsky.richtext.facet#mention"
_COUNTS = ("likeCount", "repostCount", "replyCount", "quoteCount")
_FACETS_CAP = 1_000


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside a post."""

    ours: frozenset[str]
    """Author ids that answer for the brand."""
    now: Instant
    """Bluesky's own clock."""
    completed: Callable[[Author], Author] = lambda shown: shown
    views: Mapping[str, Json] = field(default_factory=dict)
    """Posts as the network shows them, by address: with what is counted of them."""
    hidden: frozenset[str] = frozenset()
    """Addresses of replies that the brand has hidden."""


def messages(posts: Iterable[Any], around: Around) -> tuple[list[Message], list[Reject]]:
    """Each of `posts` as a message, or as a reject."""
    good: list[Message] = []
    bad: list[Reject] = []
    for post in posts:
        try:
            good.append(_message(post, around))
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            bad.append(reject(post, error))
    return good, bad


def reject(post: Any, error: Exception) -> Reject:  # noqa: ANN401 - any JSON
    """A post that cannot be read, set aside."""
    known = (post.get("uri") or post.get("id")) if isinstance(post, dict) else None
    reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
    raw = json.dumps(post, ensure_ascii=False)
    return Reject(
        clean(known, ID_CAP) if isinstance(known, str) and known else "?", clean(reason, NAME_CAP), clean(raw, TEXT_CAP)
    )


def as_post(record: Any, profile: Json) -> Any:  # noqa: ANN401 - any JSON
    """A record of a repository in the shape of a post."""
    if not isinstance(record, dict):
        return record
    return {"uri": record.get("uri"), "cid": record.get("cid"), "author": profile, "record": record.get("value")}


def quoted(post: Any) -> str | None:  # noqa: ANN401 - any JSON
    """The address of the post that this one quotes without being a reply; `None` where it quotes none."""
    record = post.get("record") if isinstance(post, dict) else None
    return _quoted(record) if isinstance(record, dict) and not record.get("reply") else None


def root_of(post: Any) -> str | None:  # noqa: ANN401 - any JSON
    """The address of the first post of its thread, where it is a reply."""
    record = post.get("record") if isinstance(post, dict) else None
    reply = record.get("reply") if isinstance(record, dict) else None
    return ids.address(reply.get("root")) if isinstance(reply, dict) else None


def _message(post: Json, around: Around) -> Message:
    uri, record = post["uri"], post["record"]
    did, collection, key = ids.parts(uri)
    if not ids.DID.fullmatch(did) or collection != ids.POSTS:
        raise ValueError("the address is not that of a post")
    side = Side.OURS if did in around.ours else Side.OTHER
    thread, parent = _reply(record, uri)
    original = _quoted(record)
    quotes_author = ids.author_of(original) if original else None
    kind = Kind.MENTION
    if original and not parent and (side is Side.OURS) != (quotes_author in around.ours):
        if side is Side.OTHER:
            kind = Kind.QUOTE
        else:  # an answer, so it belongs where the customer wrote
            thread, parent = root_of(around.views.get(original)) or original, original
    text = record["text"]
    if not isinstance(text, str):
        raise TypeError("the text is no text")
    mentions, opens_with = named(text, record.get("facets"))
    return Message(
        id=uri,
        thread=thread,
        author=around.completed(author(post.get("author"), did)),
        side=side,
        created_at=ids.written_at(record.get("createdAt"), ids.instant(post.get("indexedAt")), around.now, key),
        kind=kind,
        text=text,
        in_reply_to=parent,
        in_reply_to_author=ids.author_of(parent) if parent else None,
        quotes_author=quotes_author,
        mentions=mentions,
        opens_with=opens_with,
        language=_language(record.get("langs")),
        reach=_reach(around.views.get(uri) or post),
        permalink=f"https://bsky.app/profile/{did}/post/{key}",
        automated=is_bot(post.get("author")),
        hidden=uri in around.hidden,
    )


def _reply(record: Json, uri: str) -> tuple[str, str | None]:
    """Addresses of the thread's first post and of the parent."""
    reply = record.get("reply")
    if reply is None:
        return uri, None
    root, parent = ids.address(reply.get("root")), ids.address(reply.get("parent"))
    if root is None or parent is None:
        raise ValueError("a reply does not say to what")
    return root, parent


def _quoted(record: Json) -> str | None:
    embed = record.get("embed")
    if not isinstance(embed, dict):
        return None
    found = embed.get("record") if embed.get("$type") in _QUOTES else None
    if embed.get("$type") == _QUOTE_WITH_MEDIA and isinstance(found, dict):
        found = found.get("record")
    uri = ids.address(found)
    return uri if uri and ids.parts(uri)[1] == ids.POSTS else None


def named(text: str, facets: Any) -> tuple[tuple[str, ...], str | None]:  # noqa: ANN401 - any JSON
    """Ids of the accounts that a text names, in its order, and of the one that it begins with."""
    found = sorted(_mentions(facets), key=lambda each: each[0]) if isinstance(facets, list) else []
    if not found:
        return (), None
    start, first = found[0]
    before = text.encode("utf-8", "surrogatepass")[:start].decode("utf-8", "replace")
    return tuple(dict.fromkeys(did for _, did in found)), None if before.strip() else first


def _mentions(facets: list[Any]) -> Iterable[tuple[int, str]]:
    for facet in facets[:_FACETS_CAP]:
        if not isinstance(facet, dict):
            continue
        index, features = facet.get("index"), facet.get("features")
        start = index.get("byteStart") if isinstance(index, dict) else None
        # Bluesky tells the account of a mention whatever its place is said to be.
        place = start if type(start) is int and start >= 0 else TEXT_CAP
        for feature in features if isinstance(features, list) else ():
            did = feature.get("did") if isinstance(feature, dict) and feature.get("$type") == _MENTION else None
            if isinstance(did, str) and ids.DID.fullmatch(did):
                yield place, did


def _language(tags: Any) -> str:  # noqa: ANN401 - any JSON
    first = tags[0] if isinstance(tags, list) and tags else None
    return first if isinstance(first, str) and _LANGUAGE.fullmatch(first) else ""


def _reach(view: Json) -> int | None:
    counted = [number for name in _COUNTS if (number := count(view.get(name))) is not None]
    return sum(counted) if counted else None
