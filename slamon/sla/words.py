"""Word lists: whether a word of a list stands in a text, and whether nothing else does."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from unicodedata import normalize

import regex

from slamon.sla._words_index import ASIDE, OWN, REST, Index, entry_key
from slamon.sla._words_said import read
from slamon.sla._words_signs import is_question, only_emoji, only_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    ByLanguage: TypeAlias = Mapping[str, Sequence[str]]
    """Words and phrases by language code; those under `ANY` hold in every language."""

__all__ = [
    "Lists",
    "Weight",
    "WordList",
    "Words",
    "entry_key",
    "is_question",
    "language_of",
    "only_emoji",
    "only_names",
]

ANY = "any"
GREETINGS, FILLER, THANKS = POLITE = ("greetings", "filler", "thanks")
"""Lists whose words say nothing, but in those lists themselves: praise that ends with thanks is praise."""
TELLING = 20
"""Characters from which on a language is believed: of `Danke!`, platforms make Dutch."""
RENAMED = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"}
"""Language codes that platforms still use, although they were replaced."""
LEAVE_ACCENTS = {"es", "fr", "it", "pt"}
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_ACCENTS = regex.compile(r"\p{Mn}+")
NO_LANGUAGE = {"und", "zxx", "mul", "art"}


def language_of(tag: str) -> str:
    """The language of a tag such as `pt-BR`; empty where it names none, as `und` and X's `qme` do."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    return "" if code in NO_LANGUAGE or "qaa" <= code <= "qtz" else RENAMED.get(code, code)


class Weight(NamedTuple):
    """What a text is made of; mentions, greetings, filler, emoji and punctuation count as nothing."""

    own: bool
    """A word of the list stands in it."""
    rest: bool
    """Something else does, too."""


class WordList:
    """Words and phrases under a name. Case, width and what nobody sees make no difference.

    `without` are phrases that hold words of the list, or are such words, and do not count. `aside` are words that
    count as nothing. Of scripts without spaces, the characters are searched for.
    """

    def __init__(
        self, name: str, by_language: ByLanguage, without: ByLanguage | None = None, aside: ByLanguage | None = None
    ) -> None:
        self.name = name
        self.by_language = by_language
        self.without = without or {}
        self.aside = aside or {}
        self._indexes: dict[str, Index] = {}

    def found_in(self, text: str, language: str = "") -> bool:
        """Whether a word or phrase of the list stands in the text, as whole words."""
        return self._index(text, language).finds(read(text))

    def is_all_of(self, text: str, language: str = "") -> bool:
        """Whether the text holds a word of the list, and nothing that says anything else; a link does."""
        own = False
        for what in self._index(text, language).sort(read(text)):
            if what is REST:
                return False
            own = own or what is OWN
        return own

    def weigh(self, text: str, language: str = "") -> Weight:
        """Whether words of the list stand in the text, and whether anything else does."""
        found = set(self._index(text, language).sort(read(text)))
        return Weight(OWN in found, REST in found)

    def _index(self, text: str, language: str) -> Index:
        code = language_of(language) if len(text) >= TELLING else ""
        code = code if code in self.by_language and code != ANY else ""
        found = self._indexes.get(code)
        if found is None:
            found = self._indexes[code] = Index(
                (ASIDE, _chosen(self.aside, code)),
                (OWN, _chosen(self.by_language, code)),
                (REST, _chosen(self.without, code)),
            )
        return found


def _chosen(lists: ByLanguage, code: str) -> list[str]:
    """The words of one language and of `ANY`; those of all languages, where `code` is empty."""
    return [
        spelling
        for language, words in lists.items()
        if not code or language in {code, ANY}
        for word in words
        for spelling in _spellings(word, language)
    ]


def _spellings(word: str, language: str) -> Iterator[str]:
    """A word, and as it is typed without accents where people do so."""
    yield word
    if not word.isascii():
        if language in LEAVE_ACCENTS:
            yield _ACCENTS.sub("", normalize("NFD", word))
        elif language == "de":
            yield normalize("NFC", word).translate(UMLAUTS)


class Lists(NamedTuple):
    """The words of all lists, by the list's name, and those that do not count in it."""

    words: Mapping[str, ByLanguage]
    without: Mapping[str, ByLanguage]


class Words:
    """Every word list there is, read when the first one is asked for."""

    def __init__(self, load: Callable[[], Lists]) -> None:
        self._load = load
        self._made: dict[tuple[str, ...], WordList] = {}

    @cached_property
    def _lists(self) -> Lists:
        return self._load()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all lists."""
        return tuple(self._lists.words)

    @property
    def greetings(self) -> WordList | None:
        """Words that open a text and say nothing."""
        return self.get(GREETINGS)

    @property
    def filler(self) -> WordList | None:
        """Words that say nothing."""
        return self.get(FILLER)

    def get(self, name: str) -> WordList | None:
        """The list of that name."""
        return self.joined((name,)) if name in self._lists.words else None

    def joined(self, names: Iterable[str]) -> WordList:
        """Several lists in one: a word of any of them counts.

        :raises KeyError: there is no list of such a name.
        """
        key = tuple(sorted(set(names)))
        if key not in self._made:
            words, without = self._lists
            polite = [name for name in POLITE if name not in key]
            self._made[key] = WordList(
                " or ".join(key),
                _merged(words[name] for name in key),
                _merged(without.get(name, {}) for name in key),
                _merged(words.get(name, {}) for name in polite),
            )
        return self._made[key]


def _merged(lists: Iterable[ByLanguage]) -> ByLanguage:
    merged: dict[str, list[str]] = {}
    for by_language in lists:
        for language, words in by_language.items():
            merged.setdefault(language, []).extend(words)
    return merged
