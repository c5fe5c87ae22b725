"""Conditions on the thread in which a wait stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slamon.fields import mistake, parse_duration
from slamon.rules._when_line import Line, numbers, several, switch
from slamon.rules.patterns import parse_pattern
from slamon.sla.conditions_thread import (
    Commenters,
    ThreadAge,
    ThreadHashtag,
    ThreadLink,
    ThreadText,
    UnderAd,
    hashtag_key,
    link_key,
)
from slamon.sla.numbers import Span

if TYPE_CHECKING:
    from slamon.rules._when_line import Given
    from slamon.sla.subject import Condition

AGE = re.compile(r"(>=|<=|>|<)\s*(\S.*)", re.ASCII)
AGE_HOW = 'write "> 7d" or "< 1h"'


def _permalink(words: str, value: object, given: Given) -> Condition:
    del given
    links = several(value)
    for link in links:
        if "/" not in link_key(link).partition("?")[0] or any(character.isspace() for character in link.strip()):
            raise mistake(f"`{link[:60]}` is no link to a post", "copy it from the browser: https://…")
    return ThreadLink(words, frozenset(map(link_key, links)))


def _text(words: str, value: object, given: Given) -> Condition:
    return ThreadText(words, parse_pattern(value), given.scope.patience)


def _hashtag(words: str, value: object, given: Given) -> Condition:
    del given
    tags = frozenset(map(hashtag_key, several(value)))
    for tag in tags:
        if re.fullmatch(r"\w+", tag) is None:
            raise mistake(f"`{tag[:60]}` is no hashtag", "text that begins with # needs quotes; # may be left out")
    return ThreadHashtag(words, tags)


def _ad(words: str, value: object, given: Given) -> Condition:
    del given
    return UnderAd(words, switch(value))


def _age(words: str, value: object, given: Given) -> Condition:
    del given
    match = AGE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise mistake("should be a comparison with a duration", AGE_HOW)
    span = Span.of(match[1], parse_duration(match[2])) & Span(0)
    if not span:
        raise mistake("can never hold", AGE_HOW)
    return ThreadAge(words, span)


def _commenters(words: str, value: object, given: Given) -> Condition:
    del given
    return Commenters(words, numbers(value, least=1))


THREAD = {
    "thread.permalink": Line("The link of the post that began the thread, or a list", _permalink, "permalink"),
    "thread.text": Line("A regular expression found in the text of that post", _text),
    "thread.hashtag": Line("A hashtag in that post, with or without #, or a list", _hashtag),
    "thread.ad": Line("`yes`: it is an advertisement; `no`: it is none", _ad, "advertised"),
    "thread.age": Line('How old that post was when the wait began: `"> 7d"`, `"< 1h"`', _age),
    "thread.commenters": Line(
        "How many people had written under it when the customer wrote last, the customer among them: a number or a "
        'comparison, `">= 50"`',
        _commenters,
    ),
}
