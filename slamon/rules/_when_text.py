"""Conditions on what customers wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import mistake, nearest
from slamon.rules._language import is_language
from slamon.rules._when_line import Line, chosen, numbers, several, switch
from slamon.rules.patterns import parse_pattern
from slamon.sla.conditions_text import Asks, LanguageIs, Length, NothingBut, TextMatches, WordsFound

if TYPE_CHECKING:
    from slamon.rules._when_line import Given
    from slamon.rules.facts import Scope
    from slamon.sla.subject import Condition

LANGUAGE_HOW = "write a language, not a country: de, en, pt-BR"


def _text(words: str, value: object, given: Given) -> Condition:
    return TextMatches(words, parse_pattern(value), given.scope.patience)


def _question(words: str, value: object, given: Given) -> Condition:
    del given
    return Asks(words, switch(value))


def _length(words: str, value: object, given: Given) -> Condition:
    del given
    return Length(words, numbers(value))


def _language(words: str, value: object, given: Given) -> Condition:
    tags = [name.strip().lower().replace("_", "-") for name in several(value)]
    for tag in tags:
        if not is_language(tag):
            raise mistake(f"`{tag[:60]}` is no language", LANGUAGE_HOW)
    detect = given.scope.detect
    if detect is None and _nobody_delivers(given.scope, "language"):
        platforms = ", ".join(sorted({facts.platform for facts in given.scope.served.values()}))
        raise mistake(
            f"can never hold: `language` is not delivered by {platforms}, and cannot be told from the text here",
            "pip install 'slamon[text]'",
        )
    return LanguageIs(words, frozenset(tags), detect)


def _nobody_delivers(scope: Scope, field: str) -> bool:
    known = [facts.delivers for facts in scope.served.values()]
    return bool(known) and all(delivers is not None and field not in delivers for delivers in known)


def _words(words: str, value: object, given: Given) -> Condition:
    lists = given.scope.words
    names = chosen(value, lists.names, "word list")
    return WordsFound(words, names, lists.joined(names))


def _whole(words: str, value: object, given: Given) -> Condition | None:
    if "words" not in given.when:
        if any(nearest(key, ("words",)) for key in given.when.keys() - TEXT.keys()):
            return None  # it stands there under a wrong name, which is told
        raise mistake("has no `words` beside it", "write {words: praise, whole: yes}")
    if not switch(value):
        raise mistake("should be `yes`, or left out")
    try:
        names = frozenset(several(given.when["words"]))
        found = given.scope.words.joined(names)
    except (ValueError, KeyError):  # told where `words` is read
        return None
    return NothingBut(words, names, found)


TEXT = {
    "text": Line("A regular expression found anywhere in the text; upper and lower case are the same", _text),
    "question": Line(
        "`yes`: a message holds a question mark of any script, outside of links; `no`: none does", _question
    ),
    "length": Line('Characters of all messages together: a number or a comparison, `"> 280"`', _length),
    "language": Line(
        "A language, or a list: `de`, `[en, pt-BR]`. As the platform says; where it says nothing and `slamon[text]` is "
        "installed, as a text of 20 characters or more tells",
        _language,
    ),
    "words": Line(
        "A word list, or several, of which a word stands in the text: `complaint`, `praise`, `thanks`, `urgency`, "
        "or one of words.yaml",
        _words,
    ),
    "whole": Line(
        "`yes`, beside `words`: nothing else is said. Mentions, greetings, filler, emoji and punctuation say nothing; "
        "a link does, and so does a picture without text",
        _whole,
    ),
}
