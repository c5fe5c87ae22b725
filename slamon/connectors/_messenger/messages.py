"""The messages of a conversation with a Page, or with an account on Instagram, as messages of ours.

Facts from Meta's reference of Message and UnifiedThread, version 25.0: a field without a value is left out; a message
without text holds `message: ""` or none; `from` of the account itself holds its id. Of the 20 newest messages of a
conversation everything can be read, of older ones only id and time: such a one, without `from`, is not understood but
counts as cut off. Times are `2026-03-02T12:40:07+0000`; Instagram's page calls them unix timestamps, so both are read.
Unverified: that a Page's own instant reply carries the tag `pages_comm_instant_reply` here, as one report has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._graph.answers import ident, instant, link, reject, text
from slamon.model import ID_CAP, NAME_CAP, Author, Kind, Message, Reject, Side, clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.connectors._graph.answers import Json
    from slamon.model import Instant

ODD = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""What comes of reading a value of an odd type."""
_LINKS = "https://www.facebook.com"
"""What a conversation's `link` is a path of."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who writes for the account in its conversations, and which messages no person wrote."""

    account: str
    """The id under which it writes: a Page's, or that of the account on Instagram."""
    handle: str = ""
    """In lower case; it decides where Instagram names no id."""
    automatic: frozenset[str] = frozenset()
    """Tags of messages that the platform sends by itself."""


@dataclass(slots=True)
class Stretch:
    """The newest messages of one conversation: those understood, the rest, and how far back they reach."""

    thread: str
    voice: Voice
    permalink: str = ""
    messages: list[Message] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    withheld: bool = False
    """Some can be seen to exist, and not be read."""
    unknown: bool = False
    """What is new reaches further back than can be read, and none of it is ours: set by whoever reads."""

    @property
    def oldest(self) -> Instant | None:
        """The time of the oldest message that was understood."""
        return min((each.created_at for each in self.messages), default=None)

    @property
    def answered(self) -> bool:
        """Whether any of them is ours: then it is known who waits, whatever came before."""
        return any(each.side is Side.OURS for each in self.messages)

    def reaches(self, bound: Instant) -> bool:
        """Whether it goes back to `bound`, or beyond."""
        return self.oldest is not None and self.oldest <= bound

    def add(self, raws: Iterable[Any]) -> None:
        """Read `raws`, in whatever order they stand; one that was read before is left out."""
        known = {each.id for each in self.messages}
        for raw in raws:
            try:
                message = _message(raw, self)
            except ODD as error:
                self.rejects.append(reject(raw, error))
                continue
            if message is None:
                self.withheld = True
            elif message.id not in known:
                known.add(message.id)
                self.messages.append(message)

    def in_order(self) -> list[Message]:
        """The oldest first: an answer is read after what it answers."""
        return sorted(self.messages, key=lambda each: each.created_at)


def permalink(conversation: Json) -> str:
    """Where a person finds the conversation: its `link` is a path of facebook.com."""
    path = conversation.get("link")
    if isinstance(path, str) and path.startswith("/") and not path.startswith("//"):
        return link(_LINKS + path)
    found = link(path)
    return found if found.startswith(_LINKS + "/") else ""


def when(value: Any) -> Instant:  # noqa: ANN401 - any JSON
    """A time of a conversation, as text or as Unix seconds, these also in quotes.

    :raises ValueError: it is none.
    """
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < len("10000000000000")
    return instant(int(value) if digits else value)


def _message(raw: Any, around: Stretch) -> Message | None:  # noqa: ANN401 - any JSON
    name, created_at = ident(raw["id"]), when(raw["created_time"])
    sender = raw.get("from")
    if sender is None:
        return None
    author, ours = _author(sender, around.voice)
    story = raw.get("story")
    return Message(
        id=name,
        thread=around.thread,
        author=author,
        side=Side.OURS if ours else Side.OTHER,
        created_at=created_at,
        kind=Kind.DIRECT_MESSAGE if ours else _kind(story if isinstance(story, dict) else {}),
        text=text(raw.get("message")),
        in_reply_to=_quoted(raw.get("reply_to"), name),
        permalink=around.permalink,
        addressed=not ours,
        automated=ours and not around.voice.automatic.isdisjoint(_tags(raw.get("tags"))),
    )


def _author(sender: Json, voice: Voice) -> tuple[Author, bool]:
    """Who wrote, and whether that is us.

    :raises ValueError: it cannot be told.
    """
    name, handle = (_shown(sender.get(key)) for key in ("name", "username"))
    if sender.get("id") is None:
        if not voice.handle or handle.lower() != voice.handle:
            raise ValueError("from has neither an id nor our name")
        return Author(voice.account, handle, name), True
    author = clean(ident(sender["id"]), ID_CAP)
    return Author(author, handle, name), author == voice.account


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON
    return clean(value, NAME_CAP) if isinstance(value, str) else ""


def _kind(story: Json) -> Kind:
    if story.get("mention"):
        return Kind.STORY_MENTION
    return Kind.STORY_REPLY if story.get("reply_to") else Kind.DIRECT_MESSAGE


def _quoted(reply: Any, own: str) -> str | None:  # noqa: ANN401 - any JSON
    """The id of the message that this one quotes; a hint only, so nothing odd in it is worth a reject."""
    quoted = reply.get("mid") if isinstance(reply, dict) else None
    if not isinstance(quoted, str) or not quoted or quoted == own:
        return None
    return quoted if clean(quoted, ID_CAP) == quoted else None


def _tags(tags: Any) -> set[str]:  # noqa: ANN401 - any JSON
    listed = tags.get("data") if isinstance(tags, dict) else None
    found = (tag.get("name") for tag in (listed if isinstance(listed, list) else ()) if isinstance(tag, dict))
    return {name for name in found if isinstance(name, str)}
