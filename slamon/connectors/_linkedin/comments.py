"""LinkedIn's comments as messages: each is read, or rejected with its reason.

Facts: `actor` is who a comment is shown as, a person or an organization; `created.impersonator` and `agent` are the
admin who wrote in its name. Replies hang on the top comment, whomever they answer. Names, headlines and followers are
not told; the URN of a person is all there is. `lastModified` moves with an edit, the id does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from slamon.connectors._linkedin.urns import comment_link, comment_name, comment_urn, ident, is_urn, number, post_urn
from slamon.connectors._linkedin.values import count, edited, part, urn, written
from slamon.model import Kind, Message

if TYPE_CHECKING:
    from slamon.connectors._linkedin.messages import Voices
    from slamon.connectors._linkedin.values import Json


@dataclass(frozen=True, slots=True)
class Place:
    """Where comments stand."""

    thread: str
    """The post's URN, by which slamon knows the thread: the one it is asked for by, whatever its comments call it."""
    ours: bool
    """It is a post of the page: who comments on it addresses the page."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, and what it says of the replies below it."""

    message: Message
    urn: str
    top: str | None
    """The comment below which it stands."""
    replies: int | None
    """How many stand below it; `None`: not told."""
    selected: frozenset[str]
    """Numbers of some of them."""


def comment(element: Any, place: Place, top: Message | None, voices: Voices) -> Comment:  # noqa: ANN401 - any JSON
    """A comment as it stands in a list: at `place`, below the comment `top`.

    :raises ValueError: (or another of `ODD`) it cannot be read.
    """
    name = comment_name(element.get("commentUrn")) or comment_name(element.get("$URN"))
    found = ident(element.get("id")) or (name.id if name else None)
    if found is None:
        raise ValueError("it has no id")
    above = comment_name(element.get("parentComment"))
    below = above.id if above else top.id if top else None
    author = top.author.id if top else voices.account if place.ours and not below else ""
    named = name.thread if name else post_urn(element.get("object")) or place.thread
    said = replace(
        _said(element, found, place.thread, below, voices),
        in_reply_to_author=author or None,
        permalink=comment_link(named, found, below),
    )
    return Comment(said, comment_urn(named, found), below, *_below(element.get("commentsSummary")))


def _said(element: Json, found: str, thread: str, top: str | None, voices: Voices) -> Message:
    created, changed = part(element.get("created")), part(element.get("lastModified"))
    author = urn(element.get("actor")) or urn(created.get("actor"))
    words = element.get("message")
    text = words.get("text") if isinstance(words, dict) else words
    named, opens_with = _mentions(words, text if isinstance(text, str) else "")
    at = written(created.get("time"), found)
    return Message(
        id=found,
        thread=thread,
        author=voices.author(author),
        side=voices.side(author),
        created_at=at,
        kind=Kind.COMMENT,
        text=voices.text(author, text),
        in_reply_to=top or number(thread),
        mentions=named,
        opens_with=opens_with,
        reach=_reach(element),
        edited_at=edited(at, changed.get("time")),
    )


def _below(summary: Any) -> tuple[int | None, frozenset[str]]:  # noqa: ANN401 - any JSON
    """How many replies stand below, and the numbers of those that are named."""
    told = part(summary)
    selected = told.get("selectedComments")
    names = [comment_name(each) for each in selected] if isinstance(selected, list) else []
    replies = _first(told, "totalFirstLevelComments", "aggregatedTotalComments")
    return replies, frozenset(name.id for name in names if name)


def _reach(element: Json) -> int | None:
    likes = _first(part(element.get("likesSummary")), "aggregatedTotalLikes", "totalLikes")
    replies = _first(part(element.get("commentsSummary")), "aggregatedTotalComments")
    return None if likes is None and replies is None else (likes or 0) + (replies or 0)


def _first(told: Json, *names: str) -> int | None:
    return next((found for name in names if (found := count(told.get(name))) is not None), None)


def _mentions(words: Any, text: str) -> tuple[tuple[str, ...], str | None]:  # noqa: ANN401 - any JSON
    """Whom a comment mentions, and whom it begins with: the only sign of whom a reply answers."""
    attributes = words.get("attributes") if isinstance(words, dict) else None
    found: list[tuple[int, str]] = []
    for attribute in attributes if isinstance(attributes, list) else ():
        named = _mentioned(attribute.get("value")) if isinstance(attribute, dict) else None
        if named:
            found.append((count(attribute.get("start")) or 0, named))
    found.sort()
    opening = found[0] if found and not text[: found[0][0]].strip() else None
    return tuple(dict.fromkeys(named for _, named in found)), opening[1] if opening else None


def _mentioned(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """The URN in `{"com.linkedin.common.MemberAttributedEntity": {"member": …}}` and its shorter, newer kin."""
    for kind in value.values() if isinstance(value, dict) else ():
        for name in kind.values() if isinstance(kind, dict) else (kind,):
            if is_urn(name):
                return str(name)
    return None
