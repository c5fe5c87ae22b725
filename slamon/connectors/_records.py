"""The replay format: one message a record, as `slamon replay` and the `archive` connector read it (docs/replay.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from sys import intern
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from slamon.model import MAX_INSTANT, NAME_CAP, Author, Kind, Message, Role, Side, clean, storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant

Word = TypeVar("Word", bound=StrEnum)

OURS = frozenset({Role.BRAND, Role.AUTOMATION, Role.STAFF})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
INSTANT_HINT = "write 2026-11-21T15:45:00+01:00, or Z for UTC"

# A dot or a dash behind a name may belong to it or to the sentence: both readings are kept.
# The sign stands first, and what stands before it is looked up after: ten times faster on long texts.
AT_NAME = re.compile(r"@(?<![\w@]@)((\w+)(?:[.-]+\w+)*)")


class Wrong(NamedTuple):
    """What is wrong with one key of a record."""

    key: str
    message: str
    hint: str = ""


class RecordError(ValueError):
    """A record that is no message; `wrong` has every reason."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__("; ".join(one.message for one in wrong))
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Record:
    """A message as a file tells it; where `thread_named` is false, its reply chain has yet to name its thread."""

    message: Message
    brand: str | None
    thread_named: bool

    def edited_by(self, later: Record) -> Record:
        """This message with the text of a later record of its id; who wrote it, where and when stays (the earliest)."""
        said = later.message
        message = replace(
            self.message,
            thread=self.message.thread if self.thread_named else said.thread,
            created_at=min(self.message.created_at, said.created_at),
            text=said.text,
            mentions=said.mentions,
            in_reply_to=said.in_reply_to or self.message.in_reply_to,
            gone_at=said.gone_at,
        )
        return Record(message, self.brand, self.thread_named or later.thread_named)


def instant(text: str) -> Instant:
    """Epoch milliseconds of an ISO 8601 time with a zone.

    :raises ValueError: no such time, no zone, or outside 1970 to 3000; the text is for a person.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is no ISO 8601 time") from None
    if moment.tzinfo is None:
        raise ValueError("has no time zone")
    millis = (moment - EPOCH) // MILLISECOND
    if not 0 <= millis <= MAX_INSTANT:
        raise ValueError("lies outside the years 1970 to 3000")
    return millis


def handle(name: str) -> str:
    """An author's name as his id: without @, in lower case."""
    return name.removeprefix("@").lower()


def at_names(text: str) -> tuple[str, ...]:
    """The @names in a text, in lower case, in their order, each once; an address like me@acme.example is none."""
    if "@" not in text:
        return ()
    found = (name.lower() for match in AT_NAME.finditer(text) for name in match.groups())
    return tuple(dict.fromkeys(found))


def record(cells: Mapping[str, object]) -> Record:
    """Keys and values of one record, understood; keys of other names are left alone.

    :raises RecordError: with everything that is wrong.
    """
    return _Reading(cells).record()


class _Reading:
    """One record while it is read: takes values out, and notes what is wrong with them."""

    def __init__(self, cells: Mapping[str, object]) -> None:
        self.cells = cells
        self.wrong: list[Wrong] = []

    def record(self) -> Record:
        brand, conversation = self.name("brand"), self.name("conversation")
        message = self.message(brand, conversation)
        if message is None or self.wrong:
            raise RecordError(self.wrong)
        return Record(message, brand, conversation is not None)

    def message(self, brand: str | None, conversation: str | None) -> Message | None:
        ident, parent = self.name("id", needed=True), self.name("in_reply_to")
        role = self.word("role", Role, None)
        author = self.author(brand if role in OURS else None)
        created_at, gone_at = self.time("created_at", needed=True), self.time("gone_at")
        kind, text = self.word("kind", Kind, Kind.MENTION), self.text()
        mentions = self.mentions(text)
        if ident is None or role is None or created_at is None or kind is None:
            return None
        return Message(
            id=ident,
            thread=conversation or parent or ident,
            author=author,
            side=Side.OURS if role in OURS else Side.OTHER,
            created_at=created_at,
            kind=kind,
            text=text,
            role=role,
            in_reply_to=parent,
            mentions=mentions,
            gone_at=gone_at,
        )

    def name(self, key: str, *, needed: bool = False) -> str | None:
        """A name or an id; a whole number is taken as its digits. Each is kept once, however often it comes."""
        value = self.cells.get(key)
        if value is None or value == "":
            if needed:
                self.wrong.append(Wrong(key, f"{key} is missing"))
            return None
        if type(value) is int:
            value = str(value)
        if not isinstance(value, str):
            self.wrong.append(Wrong(key, f"{key} must be text, not {_what(value)}"))
        elif len(value) > NAME_CAP or not storable(value):
            self.wrong.append(Wrong(key, f"{key} is longer than {NAME_CAP} characters, or not text"))
        else:
            return intern(value)
        return None

    def author(self, stand_in: str | None) -> Author:
        """Who wrote it; null where the platform hides who: the brand for a message of ours, else an empty id."""
        followers = self.cells.get("followers")
        if followers is not None and (type(followers) is not int or followers < 0):
            self.wrong.append(Wrong("followers", "followers must be a whole number, 0 or more"))
            followers = None
        hidden = "author" in self.cells and self.cells["author"] is None
        bare = ((stand_in if hidden else self.name("author", needed=True)) or "").removeprefix("@")
        return Author(intern(handle(bare)), bare, followers=followers)

    def word(self, key: str, words: type[Word], default: Word | None) -> Word | None:
        value = self.cells.get(key)
        if default is not None and (value is None or value == ""):
            return default
        try:
            return words(value)  # type: ignore[arg-type] # an Enum's constructor refuses what is no word of it
        except ValueError:
            pass
        known = ", ".join(words)
        if value is None or value == "":
            self.wrong.append(Wrong(key, f"{key} is missing", f"one of {known}"))
            return None
        near = get_close_matches(value.lower(), list(words), 1) if isinstance(value, str) else []
        hint = f"did you mean {near[0]}?" if near else f"one of {known}"
        self.wrong.append(Wrong(key, f"unknown {key} {_shown(value)}", hint))
        return None

    def time(self, key: str, *, needed: bool = False) -> Instant | None:
        value = self.cells.get(key)
        if value is None or value == "":
            if needed:
                self.wrong.append(Wrong(key, f"{key} is missing", INSTANT_HINT))
            return None
        if not isinstance(value, str):
            self.wrong.append(Wrong(key, f"{key} must be text, not {_what(value)}", INSTANT_HINT))
            return None
        try:
            return instant(value)
        except ValueError as error:
            self.wrong.append(Wrong(key, f"{key} {_shown(value)} {error}", INSTANT_HINT))
            return None

    def text(self) -> str:
        value = self.cells.get("text")
        if value is None or isinstance(value, str):
            return value or ""
        self.wrong.append(Wrong("text", f"text must be text, not {_what(value)}"))
        return ""

    def mentions(self, text: str) -> tuple[str, ...]:
        value = self.cells.get("mentions")
        if value is None:
            return at_names(text)
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            self.wrong.append(Wrong("mentions", "mentions must be a list of names"))
            return ()
        return tuple(dict.fromkeys(clean(handle(name), NAME_CAP) for name in value))


def _what(value: object) -> str:
    """The type of a JSON value in words."""
    words = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return words.get(type(value), "this")


def _shown(value: object) -> str:
    """A value cut short, on one line, in quotes."""
    return repr(clean(str(value), 40)) if isinstance(value, str) else _what(value)
