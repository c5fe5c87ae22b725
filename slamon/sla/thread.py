"""One thread in its one order, whatever the order of arrival, and the ways up its chains of replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from slamon.model import Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.model import Instant, Message

Place: TypeAlias = "tuple[Instant, int, bool, tuple[int, int, str]]"


class Thread:
    """The messages of one thread, ordered: time, parent before child, theirs before ours, id."""

    def __init__(self, messages: Iterable[Message]) -> None:
        unique = {message.id: message for message in messages}
        self._by_id = dict(unique)
        for message in sorted((m for m in unique.values() if m.aliases), key=lambda m: _id_key(m.id)):
            for alias in message.aliases:
                self._by_id.setdefault(alias, message)
        self.messages = sorted(unique.values(), key=self._place) if len(unique) > 1 else list(unique.values())
        self._branches: dict[str, str | None] = {}

    def parent(self, message: Message) -> Message | None:
        """The message it replies to, by any of its ids, where that is known."""
        found = self._by_id.get(message.in_reply_to) if message.in_reply_to else None
        return None if found is message else found

    def branch(self, message: Message) -> str | None:
        """The id of the ancestor (or itself) that stands directly under the thread's root; `None` for the root."""
        path: list[Message] = []
        seen: set[str] = set()
        current: Message | None = message
        while current and current.id not in self._branches and current.id not in seen:
            seen.add(current.id)
            path.append(current)
            current = self.parent(current)
        for step in reversed(path):
            above = self.parent(step)
            known = self._branches.get(above.id) if above else None
            self._branches[step.id] = known or (step.id if step.in_reply_to else None)
        return self._branches[message.id]

    def _place(self, message: Message) -> Place:
        return (message.created_at, self._depth(message), message.side is Side.OURS, _id_key(message.id))

    def _depth(self, message: Message) -> int:
        """How many ancestors share its time: a parent goes before its child within one millisecond."""
        seen = {message.id}
        current = self.parent(message)
        while current and current.id not in seen and current.created_at == message.created_at:
            seen.add(current.id)
            current = self.parent(current)
        return len(seen) - 1


def _id_key(text: str) -> tuple[int, int, str]:
    """Numeric ids by number, before all others."""
    return (0, int(text), "") if text.isascii() and text.isdigit() else (1, 0, text)
