"""How IMAP writes things: the words of a command, names of folders in modified UTF-7, sets of uids, texts."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TypeAlias

Token: TypeAlias = "str | Text | list[Token]"  # noqa: S105 - a word of a command
_WIDE = re.compile(r"[^\x20-\x7e]+")
_ENCODED = re.compile(r"&([A-Za-z0-9+,]*)-")
_RANGE = re.compile(r"(?:[1-9]\d{0,9}|\*)(?::(?:[1-9]\d{0,9}|\*))?", re.ASCII)
_ATOM = re.compile(rb'[^\s()"\[\]{}]+|\]')


class BadCommandError(ValueError):
    """No command of IMAP: the server answers BAD."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes, or a literal."""

    value: bytes


def tokens(line: bytes, literals: list[bytes]) -> list[Token]:
    """The words of a command; `{n}` in it stands for the next of `literals`.

    :raises BadCommandError: brackets or quotes do not close.
    """
    reader = _Reader(line, literals)
    found = reader.many(None)
    if reader.at < len(line):
        raise BadCommandError("brackets do not close")
    return found


def name(token: Token) -> str:
    """The folder that a token names."""
    return decoded(text(token))


def text(token: Token) -> str:
    """What stands in a token that is an atom or a text.

    :raises BadCommandError: it is a list.
    """
    if isinstance(token, list):
        raise BadCommandError("a list where a text belongs")
    return token.value.decode("utf-8", "replace") if isinstance(token, Text) else token


def encoded(folder: str) -> str:
    """A folder's name as it is sent (RFC 3501, section 5.1.3)."""
    return _WIDE.sub(lambda match: f"&{_base64(match[0])}-", folder.replace("&", "&-"))


def decoded(wire: str) -> str:
    """A folder's name as people read it."""
    return _ENCODED.sub(lambda match: _wide(match[1]) if match[1] else "&", wire)


def in_set(words: str, largest: int) -> list[range]:
    """The ranges of a set such as `1:4,7:*`. As the standard has it, `9:*` holds the largest even when that is 3.

    :raises BadCommandError: it is no set.
    """
    found = []
    for part in words.split(","):
        if not _RANGE.fullmatch(part):
            raise BadCommandError(f"no set: {words}")
        ends = [largest if end == "*" else int(end) for end in part.split(":")]
        found.append(range(min(ends), max(ends) + 1))
    return found


def quoted(value: str | bytes | None) -> bytes:
    """A text as the server sends it: in quotes, or as a literal where quotes cannot hold it."""
    if value is None:
        return b"NIL"
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    if all(0x20 <= byte < 0x7F for byte in data):  # noqa: PLR2004 - ASCII
        return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return literal(data)


def literal(data: bytes) -> bytes:
    """Any bytes, with their length before them."""
    return b"{%d}\r\n%b" % (len(data), data)


class _Reader:
    def __init__(self, line: bytes, literals: list[bytes]) -> None:
        self.line = line
        self.literals = list(literals)
        self.at = 0

    def many(self, end: bytes | None) -> list[Token]:
        found: list[Token] = []
        while self.at < len(self.line):
            sign = self.line[self.at : self.at + 1]
            if sign == end:
                self.at += 1
                return found
            if sign == b" ":
                self.at += 1
            elif sign == b"(":
                self.at += 1
                found.append(self.many(b")"))
            elif sign == b")":
                break
            else:
                found.append(self._one(sign))
        if end is not None:
            raise BadCommandError("a bracket does not close")
        return found

    def _one(self, sign: bytes) -> Token:
        if sign == b'"':
            return self._quoted()
        if sign == b"{":
            self.at = self.line.index(b"}", self.at) + 1
            return Text(self.literals.pop(0))
        return self._atom()

    def _quoted(self) -> Text:
        found, at = bytearray(), self.at + 1
        while at < len(self.line) and self.line[at : at + 1] != b'"':
            at += self.line[at : at + 1] == b"\\"
            found += self.line[at : at + 1]
            at += 1
        if at >= len(self.line):
            raise BadCommandError("quotes do not close")
        self.at = at + 1
        return Text(bytes(found))

    def _atom(self) -> str:
        """An atom, with what stands in square brackets: `BODY.PEEK[HEADER.FIELDS (TO)]<0.9>` is one."""
        start = self.at
        while self.at < len(self.line):
            if self.line[self.at : self.at + 1] == b"[":
                self.at = self.line.find(b"]", self.at)
                if self.at < 0:
                    self.at = len(self.line)
                    raise BadCommandError("a bracket does not close")
            match = _ATOM.match(self.line, self.at)
            if match is None:
                break
            self.at = match.end()
        if self.at == start:
            raise BadCommandError(f"unexpected sign at {start}")
        return self.line[start : self.at].decode("ascii", "replace")


def _base64(wide: str) -> str:
    return base64.b64encode(wide.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _wide(letters: str) -> str:
    padded = letters.replace(",", "/") + "=" * (-len(letters) % 4)
    return base64.b64decode(padded).decode("utf-16-be", "replace")
