"""The lines under `when` that look at what customers wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

from slamon.sla.texts import matchable
from slamon.sla.words import is_question, language_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import regex

    from slamon.sla.numbers import Span
    from slamon.sla.subject import Subject
    from slamon.sla.words import WordList


class Patience(Protocol):
    """Searches for admins' patterns in strangers' text, and gives up in time."""

    @property
    def timeouts(self) -> int:
        """Searches that were given up so far."""
        ...

    def finds(self, pattern: regex.Pattern[str], text: str) -> bool:
        """Whether `pattern` is found in `text`; a search that takes too long has found nothing."""
        ...

    def gave_up(self, pattern: regex.Pattern[str], text: str) -> bool:
        """Whether the last search for `pattern` in `text` took too long."""
        ...


@dataclass(frozen=True, slots=True)
class TextMatches:
    """A pattern is found in a message's text."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    pattern: regex.Pattern[str]
    patience: Patience = field(compare=False, repr=False)

    def holds(self, subject: Subject) -> bool:
        """Whether the pattern is found in any message."""
        return any(self.patience.finds(self.pattern, matchable(message.text)) for message in subject.messages)

    def note(self, subject: Subject) -> str:
        """What `explain` adds to it: that a search was given up."""
        took = (self.patience.gave_up(self.pattern, matchable(message.text)) for message in subject.messages)
        return TOO_LONG if any(took) else ""


TOO_LONG = "the pattern took too long"


@dataclass(frozen=True, slots=True)
class Asks:
    """A message holds a question mark, or none does (`wanted`)."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    wanted: bool = True

    def holds(self, subject: Subject) -> bool:
        """Whether any message is a question, or none, where that is what is wanted."""
        return any(is_question(message.text) for message in subject.messages) == self.wanted


@dataclass(frozen=True, slots=True)
class Length:
    """How much was written: the characters of all messages together."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    span: Span

    def holds(self, subject: Subject) -> bool:
        """Whether the number of characters lies in the span."""
        return sum(len(matchable(message.text).strip()) for message in subject.messages) in self.span


@dataclass(frozen=True, slots=True)
class LanguageIs:
    """A message is in one of these languages: as its platform says, else as the text tells."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    languages: frozenset[str]
    """`de` holds for `de-AT`, too; `pt-br` only for itself. In lower case."""
    detect: Callable[[str], str] | None = field(default=None, compare=False, repr=False)

    def holds(self, subject: Subject) -> bool:
        """Whether any message is in such a language."""
        return any(self._fits(message.language, message.text) for message in subject.messages)

    def _fits(self, tag: str, text: str) -> bool:
        if language := language_of(tag):
            return language in self.languages or tag.replace("_", "-").lower() in self.languages
        return self.detect is not None and self.detect(matchable(text)) in self.languages


@dataclass(frozen=True, slots=True)
class WordsFound:
    """A word of one of these lists stands in a message."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    names: frozenset[str]
    list: WordList = field(compare=False, repr=False)

    def holds(self, subject: Subject) -> bool:
        """Whether any message holds a word of them."""
        return any(self.list.found_in(message.text, message.language) for message in subject.messages)


@dataclass(frozen=True, slots=True)
class NothingBut:
    """All messages together hold words of these lists and nothing that says anything else; each has a text."""

    reads_thread: ClassVar[bool] = False
    words: str = field(compare=False)
    names: frozenset[str]
    list: WordList = field(compare=False, repr=False)

    def holds(self, subject: Subject) -> bool:
        """Whether words of the lists stand in any message, and nothing else does in any."""
        own = False
        for message in subject.messages:
            weight = self.list.weigh(message.text, message.language)
            if weight.rest or not message.text.strip():
                return False
            own = own or weight.own
        return own
