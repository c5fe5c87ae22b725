"""Strangers' text as patterns and word lists see it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

TEXT_READ = 10_000
"""Characters of one message that anything looks at."""
MOST_MARKS = 30
"""On one letter. Sorting them costs the square of their number: 10,000 marks held all threads up for 0.15 s."""
UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
"""Characters that nobody sees: soft hyphens, zero-width and bidi controls, variation selectors, tags."""

_UNSEEN = regex.compile(f"[{UNSEEN}]+")
_MARKS = regex.compile(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}+")


def matchable(text: str) -> str:
    """The first 10,000 characters of `text`: NFKC, without what nobody sees, at most 30 marks on a letter."""
    head = text[:TEXT_READ]
    return head if head.isascii() else _normal(head)


def seen(text: str) -> str:
    """The first 10,000 characters of `text` without what nobody sees, else as they were written."""
    return _UNSEEN.sub("", text[:TEXT_READ])


@lru_cache(maxsize=256)
def _normal(head: str) -> str:
    """Conditions ask for the same text again and again, one after the other."""
    return unicodedata.normalize("NFKC", _MARKS.sub(r"\1", _UNSEEN.sub("", head)))[:TEXT_READ]
