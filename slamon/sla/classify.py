"""What each message of a thread is, and which customers a message of ours answers; by what was said before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.model import DAY, MINUTE, Message, Millis, Role, Side

if TYPE_CHECKING:
    from slamon.sla.thread import Thread


@dataclass(frozen=True, slots=True)
class FoldSettings:
    """What of a channel's identity, rules and platform the fold depends on."""

    ours: frozenset[str] = frozenset()
    """Author ids that answer for the brand."""
    staff: frozenset[str] = frozenset()
    """Ids and lower-case handles of colleagues who start and end nothing."""
    watch_bystanders: bool = False
    flat_replies: bool = False
    new_conversation_after: Millis = DAY
    reposted_within: Millis = 15 * MINUTE


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
            self._brand(message)
        elif role is Role.AUTOMATION and (linked := self._linked(message)):
            self.links[message.id] = linked

    def _role(self, message: Message) -> Role:
        if message.role is not None:
            return message.role
        author = message.author
        if author.id in self.settings.staff or author.handle.lower() in self.settings.staff:
            return Role.STAFF
        if message.side is Side.OURS or author.id in self.settings.ours:
            return Role.AUTOMATION if message.automated else Role.BRAND
        return Role.CUSTOMER if self.settings.watch_bystanders or self._addresses(message) else Role.BYSTANDER

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
        return role is Role.BRAND or (role is Role.CUSTOMER and parent.author.id == message.author.id)

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

    def _brand(self, message: Message) -> None:
        linked = self._linked(message)
        named = [self.names[name] for name in (message.quotes_author, *message.mentions) if name in self.names]
        if linked:
            self.links[message.id] = linked
            named.insert(0, linked)
        if not named and len(self.everyone) == 1:
            named = list(self.everyone)
        self.result.undirected += bool(self.everyone and not named)
        self.result.answers[message.id] = tuple(dict.fromkeys(named))
        self.spoken.add(self.thread.branch(message))

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
