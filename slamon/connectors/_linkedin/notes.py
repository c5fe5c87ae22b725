"""What the page's notifications say happened: which comment, under which post, and who mentioned the page where.

Facts: an element names the same thing several times, in forms that differ between sources (activity and share, long and
short); what is `decorated` may be missing. The time is that of the last change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.connectors._linkedin.urns import CommentName, comment_name, ident, post_urn
from slamon.connectors._linkedin.values import NOTHING, Json, instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.model import Instant

WRITTEN = ("COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT")
DELETED = "COMMENT_DELETE"
MENTIONED = "SHARE_MENTION"


@dataclass(frozen=True, slots=True)
class Note:
    """One notification."""

    key: str
    action: str
    at: Instant
    thread: str
    """The URN of the post: the page's own, or the one that mentions it."""
    comment: str | None = None
    post: Json | None = None
    """What is told of the post, in the shape of a post itself: the page's own, or the one that mentions it."""
    others: tuple[str, ...] = ()
    """Further URNs of the post."""


def note(element: Any, now: Instant) -> Note | None:  # noqa: ANN401 - any JSON
    """The notification, or `None` for one of another kind.

    :raises ValueError: (or another of `ODD`) it cannot be read.
    """
    action = element.get("action")
    if action == MENTIONED:
        return _mention(element, now)
    if action not in (*WRITTEN, DELETED):
        return None
    name = _named(element)
    thread = post_urn(element.get("sourcePost")) or name.thread
    at = instant(element.get("lastModifiedAt")) or now
    return Note(_key(element, name.id, at), action, at, thread, name.id, _told(element.get("decoratedSourcePost")))


def _named(element: Json) -> CommentName:
    said = _part(element.get("decoratedGeneratedActivity"), "comment")
    name = comment_name(said.get("entity")) or comment_name(element.get("generatedActivity"))
    if name is None:
        raise ValueError("it names no comment")
    return name


def _mention(element: Json, now: Instant) -> Note:
    said = _part(element.get("decoratedGeneratedActivity"), "share")
    urns = _urns((said.get("entity"), element.get("generatedActivity")))
    if not urns:  # beside these, the source may be a post of the page that was passed on
        said = _part(element, "decoratedSourcePost")
        urns = _urns((said.get("entity"), element.get("sourcePost")))
    if not urns:
        raise ValueError("it names no post")
    at = instant(element.get("lastModifiedAt")) or now
    told = _told(said)
    post = None if told is None else {**told, "publishedAt": at}
    return Note(_key(element, urns[0], at), MENTIONED, at, urns[0], None, post, urns[1:])


def _told(said: Any) -> Json | None:  # noqa: ANN401 - any JSON
    """A post as a notification tells it, in the names of a post itself; `None` where too little is told."""
    if not isinstance(said, dict) or post_urn(said.get("entity")) is None or not isinstance(said.get("owner"), str):
        return None
    text = said.get("text")
    return {"id": said["entity"], "author": said["owner"], "text": text if isinstance(text, str) else ""}


def _urns(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(urn for value in values if (urn := post_urn(value))))


def _key(element: Json, name: str, at: Instant) -> str:
    number = ident(element.get("notificationId"))
    return f"n{number}" if number else f"{element.get('action')} {name} {at}"


def _part(value: Any, name: str) -> Json:  # noqa: ANN401 - any JSON
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else NOTHING
