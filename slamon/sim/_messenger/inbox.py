"""The dialogues of one pretend account with people: of a Page on Messenger, or of an account on Instagram.

Nothing here knows of HTTP or JSON. A dialogue's time moves with every message, of either side; a message that was
unsent is simply not there any more, and does not move it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.model import Instant, Millis

READABLE = 20
"""Only so many of the newest messages of a dialogue can be read in detail."""
IDLE: Millis = 30 * 86_400_000
"""A dialogue in the Requests folder that was silent for so long is listed no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes, as this account sees them: ids differ from account to account."""

    id: str
    handle: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message of a dialogue; `story` is `mention`, `reply_to` or empty."""

    id: str
    dialogue: str
    author: str
    text: str
    created_at: Instant
    tags: tuple[str, ...] = ()
    attachment: str = ""
    """Its media type."""
    sticker: bool = False
    reply_to: str | None = None
    story: str = ""
    unsupported: bool = False


@dataclass(slots=True)
class Dialogue:
    """All that one person and the account wrote to each other, oldest first."""

    id: str
    person: Person
    letters: list[Letter] = field(default_factory=list)
    moved_at: Instant = 0
    request: bool = False
    """It lies in the Requests folder."""
    refused: bool = False
    """Permissions disallow reading this person's messages."""
    can_reply: bool = True

    @property
    def unread(self) -> int:
        """Messages of the person after the account's last one."""
        number = 0
        for letter in reversed(self.letters):
            if letter.author != self.person.id:
                break
            number += 1
        return number


class Inbox:
    """The dialogues of the account `ours`. Safe from any thread; verbs return the id of the new message."""

    def __init__(self, clock: Callable[[], Instant], ours: Person, *, style: str) -> None:
        """`style`: how ids look, `messenger` or `instagram`."""
        self.clock = clock
        self.ours = ours
        self.lock = threading.RLock()
        self.people: dict[str, Person] = {}
        self.dialogues: dict[str, Dialogue] = {}
        self._style = style
        self._numbers = count(1)

    def person(self, handle: str) -> Person:
        """The person of that handle, made at their first use."""
        with self.lock:
            known = self.people.get(handle)
            if known is None:
                number = 6_011_223_344_500_000 + next(self._numbers)
                known = self.people[handle] = Person(id=str(number), handle=handle, name=f"{handle.capitalize()} Ruiz")
            return known

    def writes(self, handle: str, text: str, at: Instant | None = None, **facts: object) -> str:
        """The person `handle` writes to the account; `facts` are further fields of `Letter`."""
        with self.lock:
            dialogue = self.with_person(handle)
            return self._add(dialogue, dialogue.person.id, text, at, facts)

    def answers(self, to: str, text: str, at: Instant | None = None, **facts: object) -> str:
        """The account writes in the dialogue in which the message `to` stands."""
        with self.lock:
            return self._add(self.around(to), self.ours.id, text, at, facts)

    def unsend(self, message: str) -> None:
        """Its author takes a message back."""
        with self.lock:
            dialogue = self.around(message)
            dialogue.letters = [letter for letter in dialogue.letters if letter.id != message]

    def edit(self, message: str, text: str) -> None:
        """Its author changes the words of a message; its dialogue does not move."""
        with self.lock:
            letters = self.around(message).letters
            place = next(number for number, letter in enumerate(letters) if letter.id == message)
            letters[place] = replace(letters[place], text=text)

    def with_person(self, handle: str) -> Dialogue:
        """The dialogue with that person, begun if there is none."""
        with self.lock:
            person = self.person(handle)
            for dialogue in self.dialogues.values():
                if dialogue.person == person:
                    return dialogue
            number = next(self._numbers)
            name = f"t_5870{number:011d}" if self._style == "messenger" else f"aWdfZAG06{number:06d}Q"
            self.dialogues[name] = Dialogue(name, person)
            return self.dialogues[name]

    def around(self, message: str) -> Dialogue:
        """The dialogue in which a message stands.

        :raises ValueError: there is no such message, or it was unsent.
        """
        for dialogue in self.dialogues.values():
            if any(letter.id == message for letter in dialogue.letters):
                return dialogue
        raise ValueError(f"there is no message {message!r}")

    def letter(self, message: str) -> Letter | None:
        """The message of that id, if it can be read in detail: it is among the newest of its dialogue."""
        for dialogue in self.dialogues.values():
            for letter in dialogue.letters[-READABLE:]:
                if letter.id == message:
                    return letter
        return None

    def listed(self) -> list[Dialogue]:
        """The dialogues that the account may see, the one that moved last first."""
        now = self.clock()
        seen = [
            each
            for each in self.dialogues.values()
            if each.moved_at and each.moved_at <= now and not (each.request and each.moved_at < now - IDLE)
        ]
        return sorted(seen, key=lambda each: (each.moved_at, each.id), reverse=True)

    def _add(self, dialogue: Dialogue, author: str, text: str, at: Instant | None, facts: dict[str, object]) -> str:
        number = next(self._numbers)
        made = self.clock() if at is None else at
        name = f"m_Zk{number:08d}" if self._style == "messenger" else f"aWdfZAG1f{number:08d}"
        letter = Letter(id=name, dialogue=dialogue.id, author=author, text=text, created_at=made)
        dialogue.letters.append(replace(letter, **facts))  # type: ignore[arg-type]
        dialogue.letters.sort(key=lambda each: each.created_at)
        dialogue.moved_at = max(dialogue.moved_at, made)
        return name
