"""Conversations and their messages as the pretend Graph API writes them, for Pages and for accounts on Instagram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.sim._graph.api import Edge, GraphError, Kind
from slamon.sim._graph.refusals import bad_parameter
from slamon.sim._graph.shape import iso
from slamon.sim._messenger.inbox import READABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.sim._graph.api import Asked, GraphToken
    from slamon.sim._graph.shape import Json
    from slamon.sim._messenger.inbox import Dialogue, Inbox, Letter, Person

NO_PERSON = GraphError(230, "(#230) Permissions disallow message to user")
DELETED = "(#100) Invalid parameter: the message was deleted, or is older than what can be read"
CONVERSATION_PARAMETERS = frozenset({"platform", "folder", "user_id", "tags"})


@dataclass(frozen=True, slots=True)
class Part:
    """An item of a list inside of a message, with an id or without."""

    id: str | None
    value: str


class Shape:
    """The kinds `UnifiedThread` and `UnifiedMessage` over the inbox of one account."""

    def __init__(self, inbox: Inbox, *, platform: str, may_see: Callable[[Dialogue], bool]) -> None:
        """`platform`: `messenger` or `instagram`; `may_see`: whether the app is shown a dialogue at all."""
        self._inbox = inbox
        self._platform = platform
        self._may_see = may_see
        attachment = Kind("Attachment", {"id": lambda each, _: each.id, "mime_type": lambda each, _: each.value})
        tag = Kind("Tag", {"id": lambda each, _: each.id, "name": lambda each, _: each.value}, default=("name",))
        self.message = Kind(
            "UnifiedMessage",
            {
                "id": lambda letter, _: letter.id,
                "created_time": lambda letter, _: iso(letter.created_at),
                "from": self._detail(lambda letter: self._who(self._author(letter))),
                "to": self._detail(self._recipient),
                "message": self._detail(lambda letter: letter.text),
                "sticker": self._detail(lambda letter: "https://cdn.example/sticker.png" if letter.sticker else None),
                "reply_to": self._detail(_reply_to),
                "story": self._detail(_story),
                "is_unsupported": self._detail(lambda letter: letter.unsupported or None),
            },
            {
                "attachments": Edge(of=lambda: attachment, rows=self._attachments, sparse=True, pages=False),
                "tags": Edge(of=lambda: tag, rows=self._tags, sparse=True, pages=False),
            },
            default=("id", "created_time"),
        )
        self.thread = Kind(
            "UnifiedThread",
            {
                "id": lambda dialogue, _: dialogue.id,
                "updated_time": lambda dialogue, _: iso(dialogue.moved_at),
                "link": self._link,
                "message_count": lambda dialogue, _: len(dialogue.letters),
                "unread_count": lambda dialogue, _: dialogue.unread or None,
                "can_reply": lambda dialogue, _: dialogue.can_reply,
                "snippet": lambda dialogue, _: dialogue.letters[-1].text if dialogue.letters else None,
                "participants": lambda dialogue, _: {"data": [self._who(each) for each in self._both(dialogue)]},
            },
            {
                "messages": Edge(
                    of=lambda: self.message,
                    rows=lambda dialogue, _: [] if dialogue.refused else dialogue.letters[::-1],
                    params=frozenset({"source"}),
                    sparse=True,
                )
            },
            default=("id", "updated_time"),
        )
        self.edge = Edge(of=lambda: self.thread, rows=self._rows, params=CONVERSATION_PARAMETERS)

    def conversation(self, name: str) -> Dialogue | None:
        """The conversation of that id as the app sees it.

        :raises GraphError: permissions disallow reading this person's messages.
        """
        dialogue = self._inbox.dialogues.get(name)
        if dialogue is None or not self._may_see(dialogue):
            return None
        if dialogue.refused:
            raise NO_PERSON.with_traceback(None)
        return dialogue

    def letter(self, name: str) -> Letter | None:
        """The message of that id, if it can be read in detail.

        :raises GraphError: it is there, and too old.
        """
        for dialogue in filter(self._may_see, self._inbox.dialogues.values()):
            for place, letter in enumerate(reversed(dialogue.letters)):
                if letter.id == name:
                    if place >= READABLE:
                        raise GraphError(100, DELETED)
                    return letter
        return None

    def _rows(self, _account: object, asked: Asked) -> Sequence[Dialogue]:
        platform = asked.args.get("platform", "messenger").lower()
        if platform not in {"messenger", "instagram"}:
            raise bad_parameter("platform", "must be one of {MESSENGER, INSTAGRAM}")
        if platform != self._platform or asked.args.get("folder", "inbox") != "inbox":
            return []
        person = asked.args.get("user_id")
        listed = [each for each in self._inbox.listed() if self._may_see(each)]
        return [each for each in listed if person is None or each.person.id == person]

    def _detail(self, value: Callable[[Letter], Any]) -> Callable[[Any, GraphToken], Any]:
        """A field that only the newest messages of a conversation have."""
        return lambda letter, _token: value(letter) if self._readable(letter) else None

    def _readable(self, letter: Letter) -> bool:
        return letter in self._inbox.dialogues[letter.dialogue].letters[-READABLE:]

    def _attachments(self, letter: Letter, _asked: Asked) -> list[Part]:
        shown = letter.attachment and self._readable(letter)
        return [Part(f"{letter.id}-1", letter.attachment)] if shown else []

    def _tags(self, letter: Letter, _asked: Asked) -> list[Part]:
        return [Part(None, name) for name in letter.tags] if self._readable(letter) else []

    def _author(self, letter: Letter) -> Person:
        return next(each for each in self._both(self._inbox.dialogues[letter.dialogue]) if each.id == letter.author)

    def _recipient(self, letter: Letter) -> Json:
        both = self._both(self._inbox.dialogues[letter.dialogue])
        return {"data": [self._who(each) for each in both if each.id != letter.author]}

    def _both(self, dialogue: Dialogue) -> tuple[Person, Person]:
        return dialogue.person, self._inbox.ours

    def _who(self, person: Person) -> Json:
        if self._platform == "instagram":
            return {"username": person.handle, "id": person.id}
        return {"name": person.name, "email": f"{person.id}@facebook.com", "id": person.id}

    def _link(self, dialogue: Dialogue, _token: GraphToken) -> str | None:
        if self._platform == "instagram":
            return None
        return f"/{self._inbox.ours.id}/inbox/{dialogue.person.id}/"


def _reply_to(letter: Letter) -> Json | None:
    return {"mid": letter.reply_to, "is_self_reply": False} if letter.reply_to else None


def _story(letter: Letter) -> Json | None:
    return (
        {letter.story: {"link": "https://cdn.example/story.jpg", "id": "17900000000000001"}} if letter.story else None
    )
