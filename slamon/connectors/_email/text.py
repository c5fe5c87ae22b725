"""The words of a mail: a part's bytes as text, however it was encoded, and less what it quotes and signs with."""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from functools import lru_cache

from slamon.connectors._html import read_html

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_UNFIT = frozenset({"ascii", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
"""Codecs of Python that are no charset of a mail, that take the square of the length, or that others contain."""
LONGEST_CHARACTER = 4
SIGNATURE = "-- "
QUOTE = ">"
QUOTED = frozenset({"gmail_quote", "gmail_signature", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote"})
"""Classes by which mail programs mark what is not said anew."""


def part_text(data: bytes, encoding: str, charset: str, *, html: bool) -> str:
    """The text of a part that may be cut off anywhere."""
    text = decoded(_unencoded(data, encoding), charset)
    if not html:
        return text.replace("\r\n", "\n")
    return read_html(text, leave_out=QUOTED).text or read_html(text).text


def decoded(data: bytes, charset: str) -> str:
    """`data` by its charset; where that is unknown or wrong, by the nearest that fits."""
    given = _codec(charset)
    for name in filter(None, (given, "utf-8")):
        try:
            return data.decode(name)
        except UnicodeDecodeError as error:
            if error.start >= len(data) - LONGEST_CHARACTER:  # cut in the middle of a character
                return data.decode(name, "ignore")
        except (UnicodeError, ValueError):
            continue
    return data.decode(given or "cp1252", "replace")


def own_words(text: str) -> str:
    """The text without lines that quote another mail, and without the signature; all of it where nothing is left."""
    lines = text.split("\n")
    if SIGNATURE in lines:
        lines = lines[: lines.index(SIGNATURE)]
    kept = [line for line in lines if not line.startswith(QUOTE)]
    return "\n".join(kept).strip() or text.strip()


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    name = charset.strip().strip("\"'")[:40]
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return "" if found in _UNFIT or not _is_of_text(found) else found


def _is_of_text(codec: str) -> bool:
    """Python has codecs that are none: `zlib`, `hex`."""
    try:
        b"a".decode(codec)
    except LookupError:
        return False
    except (UnicodeError, ValueError):
        return True
    return True


def _unencoded(data: bytes, encoding: str) -> bytes:
    kind = encoding.strip().lower()
    if kind == "base64":
        letters = _NOT_BASE64.sub(b"", data.split(b"=", 1)[0] if b"=" in data[:-2] else data)
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4] + _rest(letters))
    return quopri.decodestring(data) if kind == "quoted-printable" else data


def _rest(letters: bytes) -> bytes:
    rest = letters[len(letters) // 4 * 4 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""
