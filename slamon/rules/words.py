"""The word lists that slamon ships, with what rules/words.yaml adds to them or takes out."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pydantic import Field

from slamon.fields import did_you_mean, mistake
from slamon.rules._language import is_language
from slamon.shape import Keys
from slamon.sla.words import ANY, FILLER, GREETINGS, Lists, Words, entry_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.shape import Reader
    from slamon.sla.words import ByLanguage
    from slamon.yamlfile import Where

    Content = Mapping[str, ByLanguage]

BUILT_IN = ("complaint", "praise", "thanks", "urgency", GREETINGS, FILLER)
MOST_WORDS, LONGEST, MOST_IN_PHRASE = 10_000, 100, 12
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
LANGUAGE_HOW = "write a language, not a country, above each list: {en: [lovely], de: [klasse]}; or a list for all"


class WordsKeys(Keys):
    """words.yaml."""

    words: dict[str, Any] = Field(
        default={},
        description="Word lists by name, each a list for all languages or one a language: `{praise: {en: [lovely, top "
        "notch], de: [klasse]}}`. They add to the lists that slamon ships under these names: "
        + ", ".join(f"`{name}`" for name in BUILT_IN),
    )
    without: dict[str, Any] = Field(
        default={},
        description="Written likewise: words that do not count in a list, and phrases in which its words do not: "
        "`{praise: [sick], complaint: [no problem]}`",
    )


KEYS: tuple[tuple[str, type[Keys]], ...] = (("", WordsKeys),)
"""Where each model stands, for the table in the manual."""


def read_words(reader: Reader | None) -> Words:
    """The shipped lists, changed as a file says; they are loaded when the first rule asks for one."""
    keys = reader.read(WordsKeys, ()) if reader else None
    if reader is None or keys is None:
        return Words(_shipped)
    added = _lists(reader, "words", keys.words)
    taken = _lists(reader, "without", keys.without)
    for name in keys.without.keys() - added.keys() - set(BUILT_IN):
        hint = did_you_mean(name, {*BUILT_IN, *added})
        reader.blame(("without", name), f"there is no word list `{name[:60]}`", hint, key=True)
    return Words(lambda: _changed(_shipped(), added, taken))


def _lists(reader: Reader, key: str, lists: dict[str, Any]) -> Content:
    """What is sound of the lists under a key, by name and language."""
    found: dict[str, dict[str, Sequence[str]]] = {}
    total = 0
    for name, value in lists.items():
        where: Where = (key, name)
        if NAME.fullmatch(name) is None:
            reader.blame(where, f"`{name[:60]}` is no name for a word list", "letters, digits and dashes", key=True)
        by_language = value if isinstance(value, dict) else {ANY: value}
        found[name] = {}
        for language, words in by_language.items():
            spot = (*where, language) if isinstance(value, dict) else where
            if language != ANY and not is_language(language):
                reader.blame(spot, f"`{language[:60]}` is no language", LANGUAGE_HOW, key=True)
            found[name][language] = list(_entries(reader, spot, words))
            total += len(found[name][language])
            if total > MOST_WORDS:
                reader.blame(spot, f"more than {MOST_WORDS} words stand in this file up to here")
                return found
    return found


def _entries(reader: Reader, where: Where, words: object) -> Iterator[str]:
    if not isinstance(words, list):
        reader.blame(where, "should be a list of words", "put it in brackets: [lovely, top notch]")
        return
    if not words:
        reader.blame(where, "holds no words")
    for i in range(min(len(words), MOST_WORDS + 1)):
        word = reader.value(_entry, (*where, i))
        if word is not None:
            yield word


def _entry(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise mistake("should be a word", "put numbers in quotes")
    if len(value) > LONGEST:
        raise mistake(f"a word or phrase has at most {LONGEST} characters")
    key = entry_key(value)
    if not key:
        raise mistake(
            f"`{value}` is no word or phrase", "letters; emoji stand alone, and links and @names cannot be listed"
        )
    if key.count(" ") >= MOST_IN_PHRASE:
        raise mistake(f"a phrase has at most {MOST_IN_PHRASE} words")
    return value


def _changed(shipped: Lists, added: Content, taken: Content) -> Lists:
    """An admin's word outdoes what is shipped: both what he adds, and what he takes out."""
    words = {name: dict(shipped.words.get(name, {})) for name in {**shipped.words, **added}}
    without = {name: dict(shipped.without.get(name, {})) for name in words}
    for name, lists in words.items():
        _edit(lists, added.get(name, {}), taken.get(name, {}))
        _edit(without[name], taken.get(name, {}), added.get(name, {}))
    return Lists(words, without)


def _edit(lists: dict[str, Sequence[str]], more: ByLanguage, less: ByLanguage) -> None:
    """Add `more` to the lists of each language, and leave out `less`; what is for all languages, in each."""
    gone = {language: set(map(entry_key, words)) for language, words in less.items()}
    for language in {*lists, *more}:
        left_out = gone.get(language, set()) | gone.get(ANY, set())
        kept = [word for word in lists.get(language, ()) if not left_out or entry_key(word) not in left_out]
        lists[language] = [*kept, *more.get(language, ())]


@cache
def _shipped() -> Lists:
    """The lists of all languages, from a file each."""
    words: dict[str, dict[str, list[str]]] = {name: {} for name in BUILT_IN}
    without: dict[str, dict[str, list[str]]] = {}
    for file in sorted(files("slamon.rules").joinpath("wordlists").iterdir(), key=lambda file: file.name):
        language = file.name.removesuffix(".json")
        content = json.loads(file.read_text(encoding="utf-8"))
        for name, entries in content.pop("without", {}).items():
            without.setdefault(name, {})[language] = entries
        for name, entries in content.items():
            words[name][language] = entries
    return Lists(words, without)
