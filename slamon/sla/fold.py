"""Messages of one thread → waits: the same set of messages gives the same waits, whatever the order of arrival."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.model import DAY, Instant, Kind, Message, Role
from slamon.sla.classify import Classified, FoldSettings, classify
from slamon.sla.thread import Thread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["FoldSettings", "Folded", "FoldedWait", "fold"]

DIALOGUES = (Kind.DIRECT_MESSAGE, Kind.STORY_REPLY)
"""Kinds whose thread never ends: silence begins a new conversation in it."""

REOPENS_WITHIN = DAY
"""A reply deleted later than this after it was posted has been read: its deletion is recorded only."""


@dataclass(frozen=True, slots=True)
class FoldedWait:
    """One cycle of one customer waiting in this thread."""

    customer: str
    number: int
    """Runs on in the conversation, from 1."""
    turn: int
    """1 is held to `first_response`, later ones to `next_response`."""
    episode: int
    """1, and one more each time that a reply which had ended it was deleted."""
    messages: tuple[str, ...]
    """Ids of its customer messages, oldest first, deleted ones included."""
    started_at: Instant
    last_message_at: Instant
    answered_at: Instant | None = None
    answered_by: str | None = None
    """The id of the qualifying reply."""
    cancelled_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """What a thread says, all of it derived."""

    waits: tuple[FoldedWait, ...]
    """By customer in the order of their first message, then by number."""
    roles: Mapping[str, Role]
    undirected: int
    """Messages of ours that answer nobody although customers were there."""


def fold(messages: Iterable[Message], settings: FoldSettings) -> Folded:
    """All waits of one thread of one channel."""
    thread = Thread(messages)
    said = classify(thread, settings)
    waits: list[FoldedWait] = []
    for customer, events in _conversations(thread, said).items():
        waits.extend(_Conversation(customer, events, said.roles, settings).waits())
    return Folded(tuple(waits), said.roles, said.undirected)


def _conversations(thread: Thread, said: Classified) -> dict[str, list[Message]]:
    """Each customer's own messages and the replies to them, in order.

    A reply that is stamped earlier than the very message it answers stands behind that message, too.
    """
    found: dict[str, list[Message]] = {}
    early: dict[str, list[Message]] = {}
    seen: set[str] = set()
    for message in thread.messages:
        seen.add(message.id)
        if message.id in said.customers:
            found.setdefault(said.customers[message.id], []).extend((message, *early.get(message.id, ())))
        for customer in said.answers.get(message.id, ()):
            found[customer].append(message)
        above = thread.parent(message) if message.id in said.answers else None
        if above and above.id not in seen:
            early.setdefault(above.id, []).append(message)
    return found


@dataclass(slots=True)
class _Conversation:
    customer: str
    events: Sequence[Message]
    roles: Mapping[str, Role]
    settings: FoldSettings
    done: list[FoldedWait] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)
    turn: int = 1
    episode: int = 1
    last_at: Instant | None = None

    def waits(self) -> list[FoldedWait]:
        standing = self._standing()
        for message in self.events:
            if self.roles[message.id] is Role.CUSTOMER:
                self._ask(message)
            elif message.id in standing:
                self._answer(message)
            elif not message.failed:
                self.episode += bool(self.waiting)
            self.last_at = max(self.last_at or 0, message.created_at)
        if self.waiting:
            self._close(_left(self.waiting, None))
        return self.done

    def _standing(self) -> set[str]:
        """Replies that count: not failed, and not deleted so soon that nobody can be said to have read them."""
        standing: list[Message] = []
        for reply in reversed([m for m in self.events if self.roles[m.id] is Role.BRAND and not m.failed]):
            gone = reply.gone_at
            kept = gone is None or gone - reply.created_at > REOPENS_WITHIN
            if kept or any(r.created_at <= (gone or 0) + self.settings.reposted_within for r in standing):
                standing.append(reply)
        return {reply.id for reply in standing}

    def _ask(self, message: Message) -> None:
        if self.waiting and not _left(self.waiting, message.created_at):
            self._close([])
        if not self.waiting:
            silent = message.created_at - (message.created_at if self.last_at is None else self.last_at)
            if message.kind in DIALOGUES and silent >= self.settings.new_conversation_after:
                self.turn = 1
        self.waiting.append(message)

    def _answer(self, reply: Message) -> None:
        if not self.waiting:
            return
        left = _left(self.waiting, reply.created_at)
        self._close(left, reply)
        self.turn += bool(left)

    def _close(self, left: Sequence[Message], reply: Message | None = None) -> None:
        """Write down the wait as it stands: answered by `reply`, still open, or (nothing left) cancelled."""
        started = min(map(_start, left or self.waiting))
        self.done.append(
            FoldedWait(
                customer=self.customer,
                number=len(self.done) + 1,
                turn=self.turn,
                episode=self.episode,
                messages=tuple(message.id for message in self.waiting),
                started_at=started,
                last_message_at=max(message.created_at for message in self.waiting),
                answered_at=max(started, reply.created_at) if reply and left else None,
                answered_by=reply.id if reply and left else None,
                cancelled_at=None if left else max(message.gone_at or 0 for message in self.waiting),
            )
        )
        self.waiting = []
        self.episode = 1


def _left(messages: Sequence[Message], at: Instant | None) -> list[Message]:
    """Those not yet deleted at that instant; without one, those never deleted."""
    return [m for m in messages if m.gone_at is None or (at is not None and m.gone_at > at)]


def _start(message: Message) -> Instant:
    return message.created_at if message.surfaced_at is None else message.surfaced_at
