"""A text taken apart once, for every word list: its words, and what is written without spaces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase

import regex

from slamon.sla.texts import TEXT_READ, matchable

UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese leave no spaces; Korean hangs its endings on the word."""
SYMBOLS = r"\u00a9\u00ae\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001fbff"
"""Emoji and their like."""
SOUR = frozenset("😠😡🤬👎🙄😤🤮🤢💩🖕😒🤦🤡😾")
"""Beside praise or thanks, they say that it is not meant."""
LINK = "\0"
"""The word that stands for a link."""

MENTION = regex.compile(r"(?<![\w@])@\w+(?:\.\w[\w-]*)*(?:@\w+(?:[.-]\w+)*)?")
LINKS = re.compile(r"https?://\S+|www\.\S+")
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*|\0")
_PLAIN_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|\0")
_WORD = regex.compile(rf"[^\W_{UNSPACED}]+(?:'[^\W_{UNSPACED}]+)*|\0")
_INTRICATE = re.compile(r"[\u0300-\u036f\u0483-\u0489\u0590-\u1dff\u20d0-\u20ff\u2e80-\U0001efff\U00020000-\U0003ffff]")
"""Marks, and scripts that have them or leave no spaces: only the slower library takes marks for parts of words."""
PIECES = re.compile(f"[{UNSPACED}{SYMBOLS}]")
_NO_PIECE = re.compile(f"[^{UNSPACED}{SYMBOLS}]+")
_SKIN = regex.compile(r"[\U0001f3fb-\U0001f3ff]+")
_SOUR_FACE = re.compile(r"[:=]['-]{0,2}[(\[](?!\w)")
_STRETCHED = tuple(letter * 3 for letter in ascii_lowercase)
_APOSTROPHES = regex.compile("[\u2018\u2019\u02bc\u02b9\u00b4`\u2032\u201b]")


@dataclass(frozen=True, slots=True)
class Said:
    """What word lists see of a text."""

    words: tuple[str, ...]
    """In lower case; without mentions, and with one word for each link."""
    pieces: str
    """Scripts without spaces, and emoji; blanks where anything else stood."""
    more: bool = False
    """The text is longer than what is read of it."""
    sour: bool = False
    """A face in it says that it is not meant."""
    stretched: bool = False
    """It holds words such as `soooo`."""


def take_apart(text: str) -> Said:
    """What word lists see of `text`."""
    more = len(text) > TEXT_READ
    folded = _APOSTROPHES.sub("'", matchable(text)).casefold()
    sour = _SOUR_FACE.search(folded) is not None
    if "://" in folded or "www." in folded:
        folded = LINKS.sub(f" {LINK} ", folded)
    if "@" in folded:
        folded = MENTION.sub(" ", folded)
    stretched = any(run in folded for run in _STRETCHED)
    if folded.isascii():
        return Said(tuple(_ASCII_WORD.findall(folded)), "", more, sour, stretched)
    word = _PLAIN_WORD if _INTRICATE.search(folded) is None else _WORD
    return Said(tuple(word.findall(folded)), _pieces(folded), more, sour, stretched)


read = lru_cache(maxsize=64)(take_apart)
"""The lists of a rule are asked about the same text, one after the other."""


def _pieces(folded: str) -> str:
    if PIECES.search(folded) is None:
        return ""
    return _NO_PIECE.sub(" ", _SKIN.sub("", folded))
