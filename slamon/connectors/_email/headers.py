"""The header of a mail: its ids, its addresses, its words. Everything in it may be missing, doubled, or hostile.

Bounded work: a header comes cut to 8 kB, and nothing here is worse than linear in that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from hashlib import sha256
from typing import TYPE_CHECKING

from slamon.connectors._email.text import decoded
from slamon.model import ID_CAP, NAME_CAP, clean, storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ADDRESSES_CAP = 100
"""Recipients that are kept; a mail to more is no letter."""
_ID = re.compile(r"<([^<>\s]+)>")
_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\]{1,64}@[^\s@<>(),;:\"\\]{1,255}")
_ONE_SENDER = re.compile(r"(?:\"[^\"<>\\]*\"|[^\"<>,;:()@\\]*) ?<[^<>\s]+>|[^<>\s]+")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")
NO_ID = "no-id:"


@dataclass(frozen=True, slots=True)
class Header:
    """Fields by their name in lower case, each as often as it stands there, in order, unfolded."""

    fields: Mapping[str, Sequence[str]]

    @classmethod
    def parse(cls, *blocks: bytes) -> Header:
        """The fields of these blocks of a header, however broken."""
        found: dict[str, list[str]] = {}
        for block in blocks:
            for name, value in BytesHeaderParser().parsebytes(block).raw_items():
                found.setdefault(str(name).lower(), []).append(_unfolded(str(value)))
        return cls(found)

    def all(self, name: str) -> Sequence[str]:
        """Each field of that name."""
        return self.fields.get(name, ())

    def first(self, name: str) -> str:
        """The first field of that name, or nothing."""
        return next(iter(self.all(name)), "")

    def words(self, name: str) -> str:
        """The first field of that name as a person reads it."""
        return decoded_words(self.first(name))

    def ids(self, name: str) -> list[str]:
        """The message ids in the first field of that name."""
        return [storable_id(each) for each in _ID.findall(self.first(name))]

    def addresses(self, *names: str) -> list[str]:
        """The addresses in these fields, in lower case, each once."""
        return list(dict.fromkeys(address for _, address in self._people(names)))[:ADDRESSES_CAP]

    def sender(self) -> tuple[str, str]:
        """Address and name of who wrote it; both empty where none can be read."""
        people = self._people(("from",))
        if not people:
            return "", ""
        name, address = people[0]
        return address, clean(" ".join(decoded_words(name).split()), NAME_CAP)

    @property
    def has_one_sender(self) -> bool:
        """Whether it names one sender in one way; another program might read another one out of it."""
        given = self.all("from")
        return len(given) == 1 and _ONE_SENDER.fullmatch(given[0]) is not None

    def message_id(self) -> str:
        """Its id without brackets; where it has none, one of our own that another copy of it gets as well."""
        ids = self.ids("message-id")
        if ids:
            return ids[0]
        bare = self.first("message-id").strip()
        if bare and not any(char.isspace() or char in "<>" for char in bare):
            return storable_id(bare)
        known = "\0".join(self.first(name) for name in ("from", "to", "date", "subject"))
        return NO_ID + sha256(known.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _people(self, names: Iterable[str]) -> list[tuple[str, str]]:
        values = (value for name in names for value in self.all(name))
        return [(who, address.lower()) for value in values for who, address in _parsed(value)]


def storable_id(text: str) -> str:
    """An id that can be stored, and is the same for the same text."""
    if len(text) <= ID_CAP and storable(text):
        return text
    return f"sha256:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def decoded_words(text: str) -> str:
    """Encoded words (RFC 2047) decoded; what cannot be decoded stays readable."""
    if "=?" not in text:
        return text
    try:
        parts = decode_header(_BETWEEN_WORDS.sub(r"\1\2", text))
    except (HeaderParseError, ValueError, LookupError):
        return text
    return "".join(part if isinstance(part, str) else decoded(part, charset or "") for part, charset in parts)


def _parsed(value: str) -> list[tuple[str, str]]:
    try:
        found = getaddresses([value])
    except (RecursionError, IndexError, ValueError, TypeError, AttributeError):
        found = []
    good = [(name, address) for name, address in found if _is_address(address)]
    return good or [("", address) for address in _ADDRESS.findall(value) if storable(address)]


def _is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None and storable(text)


def _unfolded(value: str) -> str:
    # The parser hands bytes that are not ASCII through as lone surrogates.
    text = decoded(value.encode("ascii", "surrogateescape"), "")
    return " ".join(text.replace("\t", " ").splitlines()).strip()
