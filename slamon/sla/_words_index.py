"""The words and phrases of a list, arranged for looking them up: a text costs the same whatever the list's size."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import regex

from slamon.sla._words_said import LINK, PIECES, SOUR, UNSPACED, take_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from slamon.sla._words_said import Said

OWN, ASIDE, REST = "own", "aside", "rest"
"""What a word is: of the list, of no account, or anything else."""

_LETTER = regex.compile(rf"[{UNSPACED}--\p{{P}}]", regex.VERSION1)
_RUNS = re.compile(r"([a-z])\1+")


@lru_cache(maxsize=8_192)
def entry_key(entry: str) -> str:
    """How a list knows a word or phrase; empty where there is none, or words and emoji, or scripts, are mixed."""
    if entry.isascii() and entry.replace(" ", "").isalpha():
        return " ".join(entry.lower().split())
    said = take_apart(entry)
    pieces = said.pieces.strip()
    if said.words:
        return "" if pieces or LINK in said.words else " ".join(said.words)
    return pieces


class Index:
    """Sorts what stands in a text: later groups of words outdo earlier ones, and longer phrases shorter ones."""

    def __init__(self, *groups: tuple[str, Iterable[str]]) -> None:
        self._phrases: dict[str, str] = {}
        self._pieces: dict[str, str] = {}
        for what, entries in groups:
            for key in filter(None, map(entry_key, entries)):
                (self._pieces if PIECES.match(key) else self._phrases)[key] = what
        self._sizes = _sizes((phrase.partition(" ")[0], phrase.count(" ") + 1) for phrase in self._phrases)
        self._piece_sizes = _sizes((piece[0], len(piece)) for piece in self._pieces)
        self._plain = {_RUNS.sub(r"\1", word): word for phrase in self._phrases for word in phrase.split(" ")}
        """Words by their spelling without double letters, for those that people stretch: `soooo`."""
        self._own = {phrase.partition(" ")[0] for phrase, what in self._phrases.items() if what is OWN}

    def finds(self, said: Said) -> bool:
        """Whether a word of the list stands there."""
        words = self._words(said)
        return (not self._own.isdisjoint(words) and OWN in self._sort_words(words)) or (
            bool(said.pieces) and OWN in self._sort_pieces(said.pieces)
        )

    def sort(self, said: Said) -> Iterator[str]:
        """What each word is, and each emoji and character of a script without spaces, if it says anything."""
        if said.more or said.sour:
            yield REST
        yield from self._sort_words(self._words(said))
        yield from self._sort_pieces(said.pieces)

    def _words(self, said: Said) -> Sequence[str]:
        if not said.stretched:
            return said.words
        return [word if word in self._sizes else self._plain.get(_RUNS.sub(r"\1", word), word) for word in said.words]

    def _sort_words(self, words: Sequence[str]) -> Iterator[str]:
        at = 0
        while at < len(words):
            what, size = self._at(words, at)
            yield what
            at += size

    def _at(self, words: Sequence[str], at: int) -> tuple[str, int]:
        for size in self._sizes.get(words[at], ()):
            what = self._phrases.get(words[at] if size == 1 else " ".join(words[at : at + size]))
            if what:
                return what, size
        return REST, 1

    def _sort_pieces(self, pieces: str) -> Iterator[str]:
        at = 0
        while at < len(pieces):
            sizes = self._piece_sizes.get(pieces[at], ())
            found = next((size for size in sizes if pieces[at : at + size] in self._pieces), 0)
            if found:
                yield self._pieces[pieces[at : at + found]]
            elif pieces[at] in SOUR or _LETTER.match(pieces[at]):
                yield REST
            at += found or 1


def _sizes(firsts: Iterable[tuple[str, int]]) -> Mapping[str, Sequence[int]]:
    """By their first word or character, how long the entries are, the longest first."""
    found: dict[str, set[int]] = {}
    for first, size in firsts:
        found.setdefault(first, set()).add(size)
    return {first: sorted(sizes, reverse=True) for first, sizes in found.items()}
