"""What each message of a thread is, and which customers a message of ours answers; by what was said before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.model import DAY, MINUTE, Kind, Mark, Message, Millis, Role, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.sla.thread import Thread


@dataclass(frozen=True, slots=True)
class FoldSettings:
    """What of a channel's identity, rules and platform the fold depends on."""

    ours: frozenset[str] = frozenset()
    """Author ids that answer for the brand."""
    staff: frozenset[str] = frozenset()
    """Ids and handles, in lower case, of colleagues who start and end nothing."""
    watch_bystanders: bool = False
    flat_replies: bool = False
    new_conversation_after: Millis = DAY
    reposted_within: Millis = 15 * MINUTE
    suspect_within: Millis = 0
    """An answer that comes sooner is suspected to be automatic."""
    bot_answers: Callable[[Sequence[Message], int, Sequence[Message]], bool] | None = None
    """Whether a machine's answer ends the wait of these messages, in that turn, in that thread; `None`: never."""
    bot_closes_after: Millis | None = None
    """Silence after a listed bot's answer that closes the wait."""
    waits_from_hand_over: bool = False
    """The wait for a person begins where a bot hands over."""
    hidden_cancels: bool = False
    """What the brand hides is as good as deleted."""


@dataclass(slots=True)
class Classified:
    """Roles by message id; the customers each message of ours answers; the customer each message belongs to."""

    roles: dict[str, Role] = field(default_factory=dict)
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    undirected: int = 0


def classify(thread: Thread, settings: FoldSettings) -> Classified:
    """Go through the thread once, in order."""
    walk = _Walk(thread, settings)
    for message in thread.messages:
        walk.step(message)
    return walk.result


class _Walk:
    def __init__(self, thread: Thread, settings: FoldSettings) -> None:
        self.thread = thread
        self.settings = settings
        self.result = Classified()
        self.names: dict[str | None, str] = {}
        """Author id or lower-case handle → customer, for those who wrote so far."""
        self.latest: dict[str | None, str] = {}
        """Branch → its latest customer so far."""
        self.everyone: set[str] = set()
        """All customers so far."""
        self.spoken: set[str | None] = set()
        """Branches in which the brand has spoken."""
        self.links: dict[str, str] = {}
        """Message of ours → the customer up its chain."""

    def step(self, message: Message) -> None:
        role = self._role(message)
        self.result.roles[message.id] = role
        if role is Role.CUSTOMER:
            self._customer(message)
        elif role is Role.BRAND:
            heard = self._answers(message)
            self.result.undirected += bool(self.everyone and not heard)
            self.spoken.add(self.thread.branch(message))
        elif role is Role.AUTOMATION:
            self._answers(message)

    def _role(self, message: Message) -> Role:
        """What the source says is final, but for what an admin lists by name or pattern."""
        author, given = message.author, message.role
        if given in {Role.AUTOMATION, Role.STAFF, Role.BYSTANDER}:
            return given
        staff = self.settings.staff
        if staff and (author.id.lower() in staff or author.handle.lower() in staff):
            return Role.STAFF
        if Mark.AUTOMATION in message.marks:
            return Role.AUTOMATION
        if given is Role.BRAND or (given is None and self._is_ours(message)):
            return Role.AUTOMATION if message.automated else Role.BRAND
        if given is not None:
            return given
        return Role.CUSTOMER if self.settings.watch_bystanders or self._addresses(message) else Role.BYSTANDER

    def _is_ours(self, message: Message) -> bool:
        return message.side is Side.OURS or message.author.id in self.settings.ours

    def _addresses(self, message: Message) -> bool:
        ours = self.settings.ours
        if message.addressed or message.kind.private or not ours.isdisjoint(message.mentions):
            return True
        if message.quotes_author in ours or message.in_reply_to_author in ours:
            return True
        parent = self.thread.parent(message)
        if parent and self._invites(parent, message):
            return True
        branch = self.thread.branch(message)
        return branch is not None and branch in self.spoken and not self._opens_with_another(message)

    def _invites(self, parent: Message, message: Message) -> bool:
        """Replying to it addresses the brand: it is ours, or the author's own addressing message."""
        role = self.result.roles.get(parent.id)
        return role in {Role.BRAND, Role.AUTOMATION} or (
            role is Role.CUSTOMER and parent.author.id == message.author.id
        )

    def _opens_with_another(self, message: Message) -> bool:
        name = message.opens_with
        return name is not None and name in self.names and self.names[name] != message.author.id

    def _customer(self, message: Message) -> None:
        branch = self.thread.branch(message)
        customer = message.author.id or f"anon:{branch or message.id}"
        self.result.customers[message.id] = customer
        self.everyone.add(customer)
        self.latest[branch] = customer
        for name in (message.author.id, message.author.handle.lower()):
            if name:
                self.names.setdefault(name, customer)

    def _answers(self, message: Message) -> bool:
        """Note whom a message of ours answers; :returns: whether that is anybody."""
        linked = self._linked(message)
        if message.kind is Kind.EMAIL and message.mentions:
            return self._written_to(message, linked)
        named = [self.names[name] for name in (message.quotes_author, *message.mentions) if name in self.names]
        if linked:
            self.links[message.id] = linked
            named.insert(0, linked)
        if not named and len(self.everyone) == 1:
            named = list(self.everyone)
        self.result.answers[message.id] = tuple(dict.fromkeys(named))
        return bool(named)

    def _written_to(self, message: Message, linked: str | None) -> bool:
        """A mail answers those it goes to; without the customer among them it is a note, or a question elsewhere."""
        heard = [self.names[name] for name in message.mentions if name in self.names]
        if linked and (linked in heard or linked.startswith("anon:")):
            self.links[message.id] = linked
            heard.insert(0, linked)
        self.result.answers[message.id] = tuple(dict.fromkeys(heard))
        return bool(heard)

    def _linked(self, message: Message) -> str | None:
        parent = self.thread.parent(message)
        if self.settings.flat_replies and message.in_reply_to:
            if message.opens_with in self.names:
                return self.names[message.opens_with]
            return self.latest.get(self.thread.branch(message)) or self._up(parent)
        return self._up(parent)

    def _up(self, parent: Message | None) -> str | None:
        """The customer who wrote it, or whom it answered, being ours."""
        if parent is None:
            return None
        return self.result.customers.get(parent.id) or self.links.get(parent.id)
