"""YouTube's comment threads as messages: each comment is read, or rejected with its reason.

Facts from the discovery document of November 2026: a thread's id is that of its top comment, a reply's id begins with
it; replies have one level, whom one of them answers is told only by the @handle that it begins with; `replies` holds
a limited number of them; authors may be missing; a time may or may not have fractions of a second.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.model import ID_CAP, NAME_CAP, SECOND, TEXT_CAP, Author, Kind, Message, Reject, Side, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from slamon.model import Instant

Json: TypeAlias = dict[str, Any]

ID = re.compile(r"[A-Za-z0-9._-]{1,200}")
NAMED = re.compile(r"(?<![\w@./-])@([\w.\-·]{3,30})")
_UNSEEN = " \t\r\n\u00a0\u200b\u200c\u200d\u2060\ufeff"
"""YouTube puts some of these around the name that a reply begins with."""
HIDDEN = frozenset({"heldForReview", "likelySpam", "rejected"})
_ODD = (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError)


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside the comments themselves."""

    account: str
    ours: frozenset[str]
    """Author ids that answer for the brand."""
    names: Mapping[str, str]
    """Our handles in lower case → our ids."""
    held: AbstractSet[str] = frozenset()
    """Ids known to be held for review: a look-up by id does not say so."""


@dataclass(slots=True)
class CommentThread:
    """A top comment with its replies, as far as they were shown."""

    id: str
    video: str
    starter: str
    """The author id of the top comment; empty where YouTube does not tell it."""
    total: int | None
    """How many replies there are, by YouTube's count, which may lag."""
    messages: dict[str, Message] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    shown: int = 0
    whole: bool = False
    """All replies were read, whatever the count says."""

    @property
    def cut(self) -> bool:
        """Whether there are, or may be, replies that were not shown."""
        return not self.whole and (self.total is None or self.total > self.shown)

    @property
    def facts(self) -> tuple[object, ...]:
        """What makes it news when it changes; not how many people like it."""
        said = sorted((m.id, m.text, m.hidden, m.author.id) for m in self.messages.values())
        return (self.total, *said)

    def add(self, comments: Iterable[Any], around: Around) -> None:
        """Read replies."""
        for each in comments:
            self.shown += 1
            try:
                said = _message(each, self, around)
                self.messages[said.id] = said
            except _ODD as error:
                self.rejects.append(_reject(each, error))

    def sorted(self) -> list[Message]:
        """All of it in the order in which it was written, the top comment first."""
        return sorted(self.messages.values(), key=lambda said: (said.created_at, said.id != self.id))


def thread_of(item: Any, around: Around) -> CommentThread | Reject:  # noqa: ANN401 - any JSON
    """A comment thread, or the reason why it cannot be read."""
    try:
        return _thread(item, around)
    except _ODD as error:
        return _reject(item, error)


def _thread(item: Json, around: Around) -> CommentThread:
    snippet = item["snippet"]
    top, total = snippet["topLevelComment"], snippet.get("totalReplyCount")
    video = snippet.get("videoId")
    found = CommentThread(
        _id(item["id"]),
        video if isinstance(video, str) and ID.fullmatch(video) else "",
        _author_id(top["snippet"]),
        total if type(total) is int and total >= 0 else None,
    )
    first = _message(top, found, around)
    found.messages[first.id] = first
    replies = item.get("replies")
    comments = replies.get("comments") if isinstance(replies, dict) else None
    found.add(comments if isinstance(comments, list) else (), around)
    return found


def _message(comment: Json, thread: CommentThread, around: Around) -> Message:
    ident, snippet = _id(comment["id"]), comment["snippet"]
    author_id = _author_id(snippet)
    created, updated = _instant(snippet["publishedAt"]), snippet.get("updatedAt")
    edited = _instant(updated) if updated is not None else created
    text = _shown(snippet)
    named = [around.names.get(name, name) for name in _names(text)]
    is_top = ident == thread.id
    return Message(
        id=ident,
        thread=thread.id,
        author=_author(author_id, snippet),
        side=Side.OURS if author_id in around.ours else Side.OTHER,
        created_at=created,
        kind=Kind.COMMENT,
        text=text,
        # The video is no message, but what stands above: with it, all of a thread is one branch.
        in_reply_to=(thread.video or around.account) if is_top else thread.id,
        mentions=tuple(dict.fromkeys(named)),
        opens_with=named[0] if named and text.lstrip(_UNSEEN).startswith("@") else None,
        reach=_reach(snippet, thread if is_top else None),
        permalink=f"https://www.youtube.com/watch?v={thread.video}&lc={ident}" if thread.video else "",
        # Who began the thread addresses the brand in it, also where the beginning lies before the lookback.
        addressed=author_id not in around.ours and (is_top or (author_id != "" and author_id == thread.starter)),
        hidden=snippet.get("moderationStatus") in HIDDEN or ident in around.held,
        edited_at=edited if edited != created else None,
    )


def _id(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, str) and ID.fullmatch(value):
        return value
    raise ValueError("an id is no id of a comment")


def _instant(stated: Any) -> Instant:  # noqa: ANN401 - any JSON
    at = datetime.fromisoformat(stated)
    if at.tzinfo is None:
        raise ValueError("a time has no zone")
    return round(at.timestamp() * SECOND)


def _author_id(snippet: Json) -> str:
    given = snippet.get("authorChannelId")
    value = given.get("value") if isinstance(given, dict) else None
    return value if isinstance(value, str) and ID.fullmatch(value) else ""


def _author(author_id: str, snippet: Json) -> Author:
    shown = snippet.get("authorDisplayName")
    name = clean(shown, NAME_CAP) if isinstance(shown, str) else ""
    return Author(author_id, name[1:] if name.startswith("@") else "", name)


def _shown(snippet: Json) -> str:
    text = snippet.get("textDisplay")
    text = snippet.get("textOriginal") if text is None else text
    if text is None:
        return ""
    if not isinstance(text, str):
        raise TypeError("a text is no text")
    return clean(text, TEXT_CAP)


def _names(text: str) -> list[str]:
    return [name for found in NAMED.finditer(text) if (name := found[1].rstrip(".-·").lower())]


def _reach(snippet: Json, thread: CommentThread | None) -> int | None:
    likes = snippet.get("likeCount")
    counts = [likes if type(likes) is int and 0 <= likes < 1 << 53 else None, thread.total if thread else None]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _reject(thing: Any, error: Exception) -> Reject:  # noqa: ANN401 - any JSON
    known = thing.get("id") if isinstance(thing, dict) else None
    reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
    raw = clean(json.dumps(thing, ensure_ascii=False), TEXT_CAP)
    return Reject(clean(known, ID_CAP) if isinstance(known, str) and known else "?", clean(reason, NAME_CAP), raw)
