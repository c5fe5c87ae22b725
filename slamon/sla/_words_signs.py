"""What a text is by its signs alone: a question, nothing but emoji, nothing but names."""

from __future__ import annotations

import regex

from slamon.sla._words_said import MENTION
from slamon.sla.texts import TEXT_READ, matchable, seen

_MARKS = regex.compile(r"[\u061f\u055e\u1367\u2753\u2754\u203d\u2e2e\ua60f\u00bf]")
"""Question marks of Arabic, Armenian and Ethiopic script, as emoji, and upside down; `?` is looked at more closely."""
_GREEK = regex.compile(r"\p{Greek}[\p{M}\s»\"')]*;(?!\p{L})")
_AFTER_MARK = "\"'\u201d\u2019»)]}!.,;:…"
_EMOTICON = regex.compile(
    r"(?<![\w:])(?:[:;=]['\u2019]?[-o^]?[)(\]\[DPpO3|/\\*$>]+|[xX]D+|[(\[][-o^]?[:;=]|</?3+|\^[_.-]?\^|T_T|[oO]_[oO]"
    r"|-[_.]-|\\o/|¯\\_\(ツ\)_/¯)(?!\w)"
)
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\u20e3")
_SAYS_NOTHING = regex.compile(r"[\p{P}\p{S}\p{Z}\p{M}\s]*+")


def is_question(text: str) -> bool:
    """Whether a question mark of any script stands in the text, outside of links; in Greek, that is a semicolon."""
    whole = matchable(text)
    if "?" in whole and any("?" in chunk and _asks(chunk) for chunk in whole.split()):
        return True
    return not whole.isascii() and (_MARKS.search(whole) is not None or _GREEK.search(whole) is not None)


def _asks(chunk: str) -> bool:
    """Whether a `?` in a piece of text without blanks is more than a part of its link."""
    before = chunk.partition("?")[0]
    is_link = "://" in before or before[:4].lower() == "www." or ("/" in before and "." in before)
    return not is_link or chunk.rstrip(_AFTER_MARK).endswith("?")


def only_emoji(text: str) -> bool:
    """Whether the text is nothing but emoji and emoticons; mentions and punctuation may stand beside them."""
    if len(text) > TEXT_READ:
        return False
    without, faces = _EMOTICON.subn(" ", MENTION.sub(" ", seen(text)))
    without, emoji = _EMOJI.subn(" ", without)
    return faces + emoji > 0 and _SAYS_NOTHING.fullmatch(without) is not None


def only_names(text: str) -> bool:
    """Whether the text is nothing but mentions: friends are tagged; emoji and punctuation may stand beside them."""
    if len(text) > TEXT_READ:
        return False
    without, names = MENTION.subn(" ", matchable(text))
    without = _EMOJI.sub(" ", _EMOTICON.sub(" ", without))
    return names > 0 and _SAYS_NOTHING.fullmatch(without) is not None
