"""With what agents sign: `^AB`, `-Anna`, `~ck`, `/TK` at the end of a reply. What is no clear one is none."""

from __future__ import annotations

import regex

LINK = regex.compile(r"(?:\s|^)https?://\S*$", regex.IGNORECASE)
"""Some platforms put a link behind everything."""
# A sign and a name at the end, behind a space or the end of a sentence. A caret or a tilde makes any initials one; a
# dash or a slash stands in too many sentences ("9-17", "and/or", "- ok"), so what follows has to be a name: initials in
# capitals, or a word with a capital, and a dash has to have a space, a line's beginning or a full stop before it.
MARKED = regex.compile(r"(?:^|[\s.!?,;:)\]…])[\^~]\s?(?P<name>\p{L}{1,12}(?:\p{N}{1,2})?)\s*[.)]?$")
DASHED = regex.compile(
    r"(?:^|[\s.!?…])(?:-{1,2}|\u2013|\u2014|/)\s?(?P<name>\p{Lu}{2,3}|\p{Lu}\p{Ll}{1,11}(?: \p{Lu}\.?)?)\s*$"
)


def signature(ending: str) -> str:
    """The name in the signature, in the capitals that it was written in; initials always in capitals. Empty: none."""
    text = ending.rstrip()
    if "://" in text:
        text = LINK.sub("", text).rstrip()
    found = MARKED.search(text) or DASHED.search(text)
    if found is None:
        return ""
    name = found["name"].rstrip(".").strip()
    return name.upper() if len(name) <= 3 and " " not in name else name[:1].upper() + name[1:]  # noqa: PLR2004 - initials
