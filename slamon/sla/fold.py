"""Messages of one thread → waits: the same set of messages gives the same waits, whatever the order of arrival."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from slamon.model import BY_HAND, DAY, Instant, Kind, Mark, Message, Role
from slamon.sla.classify import Classified, FoldSettings, classify
from slamon.sla.thread import Thread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["FoldSettings", "Folded", "FoldedWait", "fold"]

DIALOGUES = (Kind.DIRECT_MESSAGE, Kind.STORY_REPLY)
"""Kinds whose thread never ends: silence begins a new conversation in it."""

REOPENS_WITHIN = DAY
"""A reply deleted later than this after it was posted has been read: its deletion is recorded only."""

MARKS = frozenset(Mark)
LATER_TURNS = "thanks"
"""The one reason for which a message needs no reply from the second turn on only."""

HANDED_OVER, AUTOMATION, BOT_CLOSED, DELETED = "handed_over", "automation", "bot_closed", "deleted"
"""How a wait ended, where a person's answer is not how."""


class FoldedWait(NamedTuple):
    """One cycle of one customer waiting in this thread. A tuple: a frozen dataclass takes six times as long to make."""

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
    reason: str = ""
    """How it ended, unless by a person's plain answer."""
    acknowledged_at: Instant | None = None
    """The first sign that the message arrived, a machine's too."""
    holding_at: Instant | None = None
    """When it was answered by a text that only promises an answer."""
    followed_up_at: Instant | None = None
    """When that promise was kept."""
    bot_at: Instant | None = None
    """A listed bot's answer, behind all that the customer wrote: silence after it may close the wait."""
    suspected: bool = False
    """The answer came so fast, or is so often the same, that a machine may have given it."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What a thread says, all of it derived."""

    waits: tuple[FoldedWait, ...]
    """By customer in the order of their first message, then by number."""
    roles: Mapping[str, Role]
    undirected: int
    """Messages of ours that answer nobody although customers were there."""
    no_reply: Mapping[str, str] = field(default_factory=dict)
    """Customer messages that start no wait, with the reason."""


def fold(messages: Iterable[Message], settings: FoldSettings) -> Folded:
    """All waits of one thread of one channel."""
    if settings.hidden_cancels:
        messages = map(_gone_when_hidden, messages)
    thread = Thread(messages)
    said = classify(thread, settings)
    waits: list[FoldedWait] = []
    no_reply: dict[str, str] = {}
    for customer, events in _conversations(thread, said).items():
        conversation = _Conversation(customer, events, said.roles, settings, thread.messages)
        waits.extend(conversation.waits())
        no_reply |= conversation.no_reply
    return Folded(tuple(waits), said.roles, said.undirected, no_reply)


def _gone_when_hidden(message: Message) -> Message:
    if message.hidden_at is None or message.gone_at is not None:
        return message
    return replace(message, gone_at=message.hidden_at)


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
    thread: Sequence[Message]
    done: list[FoldedWait] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)
    no_reply: dict[str, str] = field(default_factory=dict)
    turn: int = 1
    episode: int = 1
    last_at: Instant | None = None
    acknowledged_at: Instant | None = None
    bot: Message | None = None
    """The newest answer of a listed bot behind the messages that wait."""
    handed_at: Instant | None = None
    """When a bot handed the wait over to people."""
    holding: int | None = None
    """The wait, by its place in `done`, to which an answer was promised and not given yet."""

    def waits(self) -> list[FoldedWait]:
        standing = self._standing()
        for message in self.events:
            role = self.roles[message.id]
            if role is Role.CUSTOMER:
                self._ask(message)
            elif message.id in standing:
                self._hear(message, automatic=role is Role.AUTOMATION)
            elif not message.failed and role is Role.BRAND:
                self.episode += bool(self.waiting)
            if role is not Role.AUTOMATION:  # silence is between people
                self.last_at = max(self.last_at or 0, message.created_at)
        if self.waiting:
            self._close(_left(self.waiting, None))
        return self.done

    def _standing(self) -> set[str]:
        """What counts of all that we said: a person's answers and a machine's do not stand for each other."""
        said: dict[Role, list[Message]] = {}
        for message in self.events:
            role = self.roles[message.id]
            if role is not Role.CUSTOMER and not message.failed:
                said.setdefault(role, []).append(message)
        return {id_ for replies in said.values() for id_ in _standing(replies, self.settings)}

    # --- what the customer says

    def _ask(self, message: Message) -> None:
        if not BY_HAND.isdisjoint(message.marks):  # a person's word, which no question of the customer's outweighs
            self.no_reply[message.id] = str(min(BY_HAND & message.marks))
            return
        if self.waiting:
            self._end_before(message)
        if not self.waiting:
            silent = message.created_at - (message.created_at if self.last_at is None else self.last_at)
            if message.kind in DIALOGUES and silent >= self.settings.new_conversation_after:
                self.turn = 1
            if reason := self._needs_none(message):
                self.no_reply[message.id] = reason
                return
        self.waiting.append(message)
        self.bot = None

    def _end_before(self, message: Message) -> None:
        """Close what was over when the customer wrote again: all of it deleted, or left to a bot for long enough."""
        left = _left(self.waiting, message.created_at)
        silence = self.settings.bot_closes_after
        if not left:
            self._close([])
        elif self.bot and silence is not None and message.created_at - self.bot.created_at >= silence:
            self._close(left, self.bot, BOT_CLOSED)
            self.turn += 1

    def _needs_none(self, message: Message) -> str:
        """The reason for which a message that would start a wait starts none; usually empty."""
        if not message.marks or Mark.KEPT in message.marks:
            return ""
        reasons = sorted(message.marks - MARKS)
        return next((reason for reason in reasons if self.turn > 1 or reason != LATER_TURNS), "")

    # --- what we say

    def _hear(self, reply: Message, *, automatic: bool) -> None:
        left = _left(self.waiting, reply.created_at)
        if left and self.acknowledged_at is None:
            self.acknowledged_at = max(min(map(_start, left)), reply.created_at)
        if automatic and not self._ends(left, reply):
            return
        if self.holding is not None and Mark.HOLDING not in reply.marks:
            self.done[self.holding] = self.done[self.holding]._replace(followed_up_at=reply.created_at)
            self.holding = None
        if self.waiting:
            self._close(left, reply, _how(reply, automatic=automatic))
            self.turn += bool(left)

    def _ends(self, left: Sequence[Message], bot: Message) -> bool:
        """Whether a machine's answer ends the wait; if not, take note of it."""
        answers = self.settings.bot_answers
        if left and answers is not None and answers(left, self.turn, self.thread):
            return True
        handed = Mark.HAND_OVER in bot.marks
        if left and Mark.AUTOMATION in bot.marks:
            self.bot = None if handed else bot  # what a bot hands to people is not left to it
        if left and handed and self.handed_at is None:
            self.handed_at = bot.created_at
        return False

    # --- the wait itself

    def _close(self, left: Sequence[Message], reply: Message | None = None, how: str = "") -> None:
        """Write down the wait as it stands: answered by `reply`, still open, or (nothing left) cancelled."""
        started = self._started(left or self.waiting)
        answered = max(started, reply.created_at) if reply and left else None
        holding = answered if reply and Mark.HOLDING in reply.marks else None
        if holding is not None:
            self.holding = len(self.done)
        self.done.append(
            FoldedWait(
                customer=self.customer,
                number=len(self.done) + 1,
                turn=self.turn,
                episode=self.episode,
                messages=tuple(message.id for message in self.waiting),
                started_at=started,
                last_message_at=max(message.created_at for message in self.waiting),
                answered_at=answered,
                answered_by=reply.id if reply and left else None,
                cancelled_at=None if left else max(message.gone_at or 0 for message in self.waiting),
                reason=how if left else DELETED,
                acknowledged_at=self.acknowledged_at if left else None,
                holding_at=holding,
                bot_at=self.bot.created_at if self.bot and left and answered is None else None,
                suspected=answered is not None and self._suspected(left, reply),
            )
        )
        self.waiting, self.episode = [], 1
        self.acknowledged_at = self.bot = self.handed_at = None

    def _started(self, waiting: Sequence[Message]) -> Instant:
        first = min(map(_start, waiting))
        return max(first, self.handed_at) if self.handed_at and self.settings.waits_from_hand_over else first

    def _suspected(self, left: Sequence[Message], reply: Message | None) -> bool:
        if reply is None or not self.settings.suspect_within:
            return reply is not None and Mark.REPEATED in reply.marks
        waited = reply.created_at - max(message.created_at for message in left)
        return Mark.REPEATED in reply.marks or waited < self.settings.suspect_within


def _how(reply: Message, *, automatic: bool) -> str:
    if Mark.HAND_OVER in reply.marks:
        return HANDED_OVER
    return AUTOMATION if automatic else ""


def _standing(replies: Sequence[Message], settings: FoldSettings) -> set[str]:
    """Replies that count: not deleted so soon that nobody can be said to have read them, unless posted again."""
    standing: list[Message] = []
    for reply in reversed(replies):
        gone = reply.gone_at
        kept = gone is None or gone - reply.created_at > REOPENS_WITHIN
        if kept or any(r.created_at <= (gone or 0) + settings.reposted_within for r in standing):
            standing.append(reply)
    return {reply.id for reply in standing}


def _left(messages: Sequence[Message], at: Instant | None) -> list[Message]:
    """Those not yet deleted at that instant; without one, those never deleted."""
    return [m for m in messages if m.gone_at is None or (at is not None and m.gone_at > at)]


def _start(message: Message) -> Instant:
    return message.created_at if message.surfaced_at is None else message.surfaced_at
