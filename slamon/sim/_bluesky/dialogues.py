"""The direct messages of the pretend Bluesky, as the brand's account sees them: conversations, and a log of events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from slamon.model import Instant
    from slamon.sim._bluesky.network import Network

Json: TypeAlias = dict[str, Any]

BEGINNING = "22222222zxmwf"
"""Where the log stands for an account to which nothing has happened yet."""


@dataclass(slots=True)
class Written:
    """A message; `deleted`: the brand has deleted it for itself, the other side still has it."""

    id: str
    rev: str
    did: str
    text: str
    sent_at: Instant
    facets: list[Json]
    reply_to: str | None = None
    deleted: bool = False


@dataclass(slots=True)
class Dialogue:
    """A conversation, with its messages oldest first."""

    id: str
    members: tuple[str, ...]
    rev: str
    accepted: bool = False
    messages: list[Written] = field(default_factory=list)

    @property
    def group(self) -> bool:
        """Whether it has more than two members."""
        return len(self.members) > 2  # noqa: PLR2004 - a pair


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log: what happened, in which conversation, to which message."""

    rev: str
    kind: str
    convo: str
    message: str | None = None


class Dialogues:
    """The conversations of one account."""

    def __init__(self, network: Network, did: str) -> None:
        self.network = network
        self.did = did
        self.all: dict[str, Dialogue] = {}
        self.log: list[Event] = []

    def of(self, *others: str) -> Dialogue:
        """The conversation with these accounts, begun if there is none."""
        members = (self.did, *(self.network.account(other).did for other in others))
        for dialogue in self.all.values():
            if set(dialogue.members) == set(members):
                return dialogue
        key = self.network.new_key(self.network.clock())
        begun = self.all[key] = Dialogue(key, members, self._rev())
        self.log.append(Event(begun.rev, "logBeginConvo", key))
        return begun

    def write(
        self, dialogue: Dialogue, handle: str, text: str, at: Instant | None = None, reply_to: str | None = None
    ) -> str:
        """Write as `handle`; :returns: the id of the dialogue and of the message, with a slash between them."""
        network = self.network
        author = network.account(handle)
        if author.did == self.did and not dialogue.accepted:
            dialogue.accepted = True
            self.log.append(Event(self._rev(), "logAcceptConvo", dialogue.id))
        sent = network.clock() if at is None else at
        key, rev = network.new_key(sent), self._rev()
        answered = reply_to.partition("/")[2] if reply_to else None
        dialogue.messages.append(Written(key, rev, author.did, text, sent, network.facets(text), answered))
        dialogue.messages.sort(key=lambda each: each.sent_at)
        dialogue.rev = rev
        self.log.append(Event(rev, "logCreateMessage", dialogue.id, key))
        return f"{dialogue.id}/{key}"

    def delete(self, message: str) -> None:
        """Delete a message for the account itself."""
        convo, _, key = message.partition("/")
        self.find(convo, key).deleted = True
        self.log.append(Event(self._rev(), "logDeleteMessage", convo, key))

    def read(self, convo: str) -> None:
        """Open a conversation: an event without words."""
        self.log.append(Event(self._rev(), "logReadConvo", convo, self.all[convo].messages[-1].id))

    def find(self, convo: str, key: str) -> Written:
        """The message of that id."""
        return next(each for each in self.all[convo].messages if each.id == key)

    def newest_first(self) -> list[Dialogue]:
        """All conversations in which something was written, those with the newest words first."""
        written = [dialogue for dialogue in self.all.values() if dialogue.messages]
        return sorted(written, key=lambda each: (each.messages[-1].sent_at, each.id), reverse=True)

    def _rev(self) -> str:
        return self.network.new_key(self.network.clock())
