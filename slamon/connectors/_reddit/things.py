"""Reddit's things as messages: comments (t1), posts (t3), private messages (t4). Each is read, or rejected.

Facts from recorded answers of 2016 to 2025: things of the inbox have no `link_id` and no `permalink`, both stand in
`context`; `edited` is false or a time; private messages cannot be edited, and have no address of their own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.connectors._reddit.fields import (
    DELETED,
    FULLNAME,
    ODD,
    fullname,
    instant,
    is_deleted,
    is_removed,
    reach,
    written,
)
from slamon.model import (
    ID_CAP,
    NAME_CAP,
    TEXT_CAP,
    URL_CAP,
    Author,
    Kind,
    Message,
    Reject,
    Role,
    Side,
    clean,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slamon.model import Instant

Json: TypeAlias = dict[str, Any]

CONTEXT = re.compile(r"/r/[^/]{1,60}/comments/([a-z0-9]{1,20})/")
NAMED = re.compile(r"(?<![\w/])/?u/([A-Za-z0-9_-]{3,20})(?![\w-])", re.IGNORECASE)
OFFICIAL = frozenset({"moderator", "admin"})
BOTS = frozenset({"automoderator", "reddit"})
WEB = "https://www.reddit.com"


class Source(StrEnum):
    """Which list a thing was on: it says to whom it was said."""

    INBOX = "inbox"
    OURS = "ours"
    OWN_SUBREDDIT = "own subreddit"
    SUBREDDIT = "subreddit"
    WAITING = "waiting"
    """Looked up because somebody waits: it has been addressed to the brand before."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside the things themselves."""

    ours: Mapping[str, str]
    """Our names in lower case → our ids."""
    ids: frozenset[str]
    names: re.Pattern[str]
    """What the brand is called."""
    watch: frozenset[str] = frozenset()
    """What of the inbox is wanted."""


@dataclass(slots=True)
class Things:
    """What was read of a page."""

    messages: list[Message] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    """Ids of what its author took away."""
    partial: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    created: list[Instant] = field(default_factory=list)
    """Of everything on the page that has a time, also of what is left out; nested things are not on the page."""


def names_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for what the brand is called, as whole words."""
    parts = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{parts})(?!\w)", re.IGNORECASE)


def things(children: Iterable[Any], around: Around, source: Source) -> Things:
    """Each child of a listing as a message, as deleted, as a reject, or left out."""
    found = Things()
    for child in children:
        _read(child, around, source, found)
        at = _time_of(child)
        if at is not None:
            found.created.append(at)
    return found


def _read(child: Any, around: Around, source: Source, found: Things) -> None:  # noqa: ANN401 - any JSON
    try:
        kind, data = child["kind"], child["data"]
        if kind == "more":
            return
        if is_deleted(kind, data):
            found.deleted.append(fullname(data["name"]))
        else:
            said = _READERS[kind](data, around, source)
            if said is not None:
                found.messages.append(said)
        if kind == "t4":
            _read_replies(data, around, source, found)
    except ODD as error:
        found.rejects.append(_reject(child, error))


def _read_replies(data: Json, around: Around, source: Source, found: Things) -> None:
    """Both sides of a dialogue may be nested in its first message; what is cut off there leaves it unknown."""
    replies = data.get("replies")
    inner = replies.get("data") if isinstance(replies, dict) else None
    children = inner.get("children") if isinstance(inner, dict) else None
    for child in children if isinstance(children, list) else ():
        if isinstance(child, dict) and child.get("kind") == "more":
            found.partial.append(_thread(data))
        else:
            _read(child, around, source, found)


def _comment(data: Json, around: Around, source: Source) -> Message | None:
    parent, text = fullname(data["parent_id"]), written(data["body"])
    kind = Kind.COMMENT
    if source is Source.INBOX:
        wanted, kind = _inbox_kind(data)
        if wanted not in around.watch:
            return None
    named = around.names.search(text) is not None
    if source is Source.SUBREDDIT and not named:
        return None
    link = data.get("link_id") or _link_of(data, parent)
    under = parent == link and (_is_ours(data.get("link_author"), around) or data.get("is_submitter") is True)
    addressed = source in {Source.INBOX, Source.SUBREDDIT, Source.WAITING}
    addressed |= source is Source.OWN_SUBREDDIT and (named or under)
    path = data.get("permalink") or data.get("context")
    return _message(
        data, around, thread=fullname(link), kind=kind, text=text, addressed=addressed, path=path, up=parent
    )


def _post(data: Json, around: Around, source: Source) -> Message | None:
    if source is Source.INBOX and "mentions" not in around.watch:
        return None
    title, body = written(data["title"]), data.get("selftext")
    text = "\n\n".join(part for part in (title, written(body) if body else "") if part)
    if source is Source.SUBREDDIT and around.names.search(text) is None:
        return None
    name, path = fullname(data["name"]), data.get("permalink")
    addressed = source is not Source.OURS
    return _message(data, around, thread=name, kind=Kind.POST, text=text, addressed=addressed, path=path, up=None)


def _private(data: Json, around: Around, source: Source) -> Message | None:
    """A private message; what goes to or from the moderators of a subreddit is none."""
    unwanted = "messages" not in around.watch and source is not Source.OURS
    if unwanted or data.get("subreddit") or data.get("author") is None or str(data.get("dest", "")).startswith("#"):
        return None
    text, subject, parent = written(data["body"]), data.get("subject"), data.get("parent_id")
    if not parent and isinstance(subject, str) and subject:
        text = f"{clean(subject, NAME_CAP)}\n\n{text}"
    path = f"/message/messages/{fullname(data['name'])[3:]}"
    up = fullname(parent) if parent else None
    thread, kind = _thread(data), Kind.DIRECT_MESSAGE
    return _message(data, around, thread=thread, kind=kind, text=text, addressed=False, path=path, up=up)


_READERS = {"t1": _comment, "t3": _post, "t4": _private}


def _message(  # noqa: PLR0913 - what differs between the three kinds, each by name
    data: Json,
    around: Around,
    *,
    thread: str,
    kind: Kind,
    text: str,
    addressed: bool,
    path: Any,  # noqa: ANN401 - any JSON
    up: str | None,
) -> Message:
    author = _author(data, around)
    side = Side.OURS if author.id in around.ids else Side.OTHER
    official = data.get("distinguished") in OFFICIAL or author.handle.lower() in BOTS
    named = [around.ours.get(name, name) for name in (found[1].lower() for found in NAMED.finditer(text))]
    edited = data.get("edited")
    return Message(
        id=fullname(data["name"]),
        thread=thread,
        author=author,
        side=side,
        # Who speaks for a subreddit or for Reddit itself is nobody who waits.
        role=Role.BYSTANDER if official and side is Side.OTHER else None,
        created_at=instant(data["created_utc"]),
        kind=kind,
        text=text,
        in_reply_to=up,
        mentions=tuple(dict.fromkeys(named)),
        opens_with=named[0] if named and NAMED.match(text.lstrip()) else None,
        reach=reach(data),
        permalink=clean(WEB + path, URL_CAP) if isinstance(path, str) and path.startswith("/") else "",
        addressed=addressed and side is Side.OTHER,
        hidden=is_removed(data),
        edited_at=instant(edited) if type(edited) in {int, float} else None,
    )


def _author(data: Json, around: Around) -> Author:
    name, ident = data.get("author"), data.get("author_fullname")
    if not isinstance(name, str) or not name or name == DELETED:
        return Author("")
    known = (
        ident if isinstance(ident, str) and FULLNAME.fullmatch(ident) else around.ours.get(name.lower(), name.lower())
    )
    return Author(clean(known, ID_CAP), clean(name, NAME_CAP))


def _inbox_kind(data: Json) -> tuple[str, Kind]:
    """What a comment is in the inbox for; old records tell it in the subject only."""
    told = data.get("type") or str(data.get("subject", "")).replace(" ", "_")
    return ("mentions", Kind.MENTION) if told == "username_mention" else ("replies", Kind.COMMENT)


def _link_of(data: Json, parent: str) -> str:
    found = CONTEXT.match(data.get("context") or "")
    if found:
        return f"t3_{found[1]}"
    if parent.startswith("t3_"):
        return parent
    raise ValueError("nothing says under which post it stands")


def _thread(data: Json) -> str:
    return fullname(data.get("first_message_name") or data["name"])


def _is_ours(name: Any, around: Around) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(name, str) and name.lower() in around.ours


def _time_of(child: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    try:
        return instant(child["data"]["created_utc"])
    except ODD:
        return None


def _reject(thing: Any, error: Exception) -> Reject:  # noqa: ANN401 - any JSON
    data = thing.get("data") if isinstance(thing, dict) else None
    known = data.get("name") if isinstance(data, dict) else None
    reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
    raw = clean(json.dumps(thing, ensure_ascii=False), TEXT_CAP)
    return Reject(clean(known, ID_CAP) if isinstance(known, str) and known else "?", clean(reason, NAME_CAP), raw)
