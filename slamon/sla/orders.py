"""Standing orders: what a person said of messages to come, by an author, in a thread, or with certain words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from slamon.sla.marking import wrote_for_us

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from slamon.model import Instant, Message

    Finds: TypeAlias = Callable[[str, str], bool]
    """Whether a pattern is found in a text."""

WAIT, AUTHOR, THREAD, MATCH = SCOPES = ("wait", "author", "thread", "match")
"""How far an order reaches; the first is about the messages of one wait, and none to come."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An order for messages to come."""

    action: int
    mark: str
    """Of `model.BY_HAND`: what it makes of them."""
    scope: str
    subject: str
    """The author's id, the thread's, or a pattern."""
    until: Instant | None
    """Messages written from then on are not meant."""

    def covers(self, message: Message, finds: Finds) -> bool:
        """Whether the message is meant."""
        if self.until is not None and message.created_at >= self.until:
            return False
        if self.scope == AUTHOR:
            return message.author.id == self.subject
        if self.scope == THREAD:
            return message.thread == self.subject
        return self.scope == MATCH and finds(self.subject, message.text)


def ordered(
    messages: Sequence[Message], standing: Sequence[Standing], ours: Collection[str], finds: Finds
) -> dict[str, list[Standing]]:
    """Message id → the orders that it is meant by; what the brand says itself is never meant."""
    found = {
        message.id: [order for order in standing if order.covers(message, finds)]
        for message in messages
        if not wrote_for_us(message, ours)
    }
    return {id_: orders for id_, orders in found.items() if orders}
