"""What the conditions of a rule look at, and what every condition is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Message


@dataclass(frozen=True, slots=True)
class Subject:
    """What conditions may look at: the channel, and all customer messages of the wait, oldest first."""

    channel: str
    platform: str
    messages: Sequence[Message]
    thread: Sequence[Message] = ()
    """All messages of the thread, by anyone, oldest first; empty where no condition reads it."""


class Condition(Protocol):
    """One line under `when`."""

    reads_thread: ClassVar[bool]
    """Whether it looks at `Subject.thread`."""

    @property
    def words(self) -> str:
        """The condition as the admin wrote it, for `explain`."""
        ...

    def holds(self, subject: Subject) -> bool:
        """Whether the wait meets it."""
        ...
