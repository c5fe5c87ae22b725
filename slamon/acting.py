"""What people do about waits, wherever they do it: by button, by reaction, by command, by HTTP. One door for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.audiences import Audience
    from slamon.model import Instant, Millis
    from slamon.sla.handling import Verb
    from slamon.sla.policy import RuleSet
    from slamon.store.store import Store


@dataclass(frozen=True, slots=True)
class Person:
    """Who does it: `id` as the place where it is done numbers them, `name` as people call them."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants done; it comes from outside, and is checked where it is carried out."""

    verb: Verb
    wait: int
    """Below 0: a digest, by its number; it can only be acknowledged."""
    by: Person
    via: str
    """`button`, `reaction`, `command` or `http`."""
    key: str
    """Names the click: one that arrives twice is one action."""
    span: Millis | None = None
    """How long it holds; `None`: the verb's default."""
    until_shift_ends: bool = False
    reason: str = ""
    scope: str = "wait"
    """`wait`, `author`, `thread` or `match`: a wider one holds for messages to come, too."""
    pattern: str = ""
    """Of the scope `match`."""


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it."""

    action: int
    """Its number, by which it can be taken back."""
    new: bool
    """False: that very click had arrived before."""
    words: str
    """What was done, in one sentence for the person who did it."""
    until: Instant | None


class Acting:
    """Carries orders out, each in one transaction."""

    def __init__(
        self,
        store: Store,
        rules: Callable[[], RuleSet],
        audiences: Mapping[str, Audience],
        now: Callable[[], Instant],
        wake: Callable[[], None],
    ) -> None:
        self.store = store
        self.rules = rules
        self.audiences = audiences
        self.now = now
        self.wake = wake

    def act(self, order: Order) -> Acted:
        """Do it.

        :raises UsageError: why it cannot be done, for the person who asked.
        """
        raise NotImplementedError

    def undo(self, action: int, by: Person, via: str) -> Acted:
        """Take an action back.

        :raises UsageError: there is no such action, or it was taken back before.
        """
        raise NotImplementedError
