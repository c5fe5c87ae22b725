"""Which part of a mail is its text, by its BODYSTRUCTURE: so that attachments are never fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEPTH_CAP = 20
PARTS_CAP = 50
_SIZE_AT, _TEXT_DISPOSITION_AT, _DISPOSITION_AT = 6, 9, 8
"""Places in a part: body-type-text has one field, its lines, that others have not (RFC 9051, section 7.5.2)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is no container."""

    section: str
    """As FETCH names it: `1`, `1.2`."""
    kind: str
    """In lower case: `text/plain`."""
    charset: str
    encoding: str
    size: int
    attached: bool


def parts(structure: Any) -> list[Part]:  # noqa: ANN401 - whatever a server sends
    """The first parts, in order; what lies too deep, or is not understood, is left out."""
    found = []
    for part in _walk(structure, "", 0):
        found.append(part)
        if len(found) >= PARTS_CAP:
            break
    return found


def text_part(found: Sequence[Part]) -> Part | None:
    """The part that holds the words: plain text before HTML, and neither attached nor empty."""
    shown = [part for part in found if not part.attached and part.size > 0]
    for kind in ("text/plain", "text/html"):
        for part in shown:
            if part.kind == kind:
                return part
    return next((part for part in shown if part.kind.startswith("text/")), None)


def _walk(node: Any, section: str, depth: int) -> Iterator[Part]:  # noqa: ANN401
    if depth > DEPTH_CAP or not isinstance(node, tuple) or not node:
        return
    if isinstance(node[0], list):
        for number, child in enumerate(node[0][:PARTS_CAP], start=1):
            yield from _walk(child, f"{section}.{number}".lstrip("."), depth + 1)
        return
    yield _part(node, section or "1")


def _part(node: tuple[Any, ...], section: str) -> Part:
    main, sub = (_word(node, place) for place in (0, 1))
    size = node[_SIZE_AT] if len(node) > _SIZE_AT else 0
    place = _TEXT_DISPOSITION_AT if main == "text" else _DISPOSITION_AT
    disposition = node[place] if len(node) > place else None
    attached = isinstance(disposition, tuple) and _word(disposition, 0) == "attachment"
    charset = _parameter(node[2] if len(node) > 2 else None, "charset")  # noqa: PLR2004 - the place of parameters
    return Part(section, f"{main}/{sub}", charset, _word(node, 5), size if isinstance(size, int) else 0, attached)


def _parameter(given: Any, name: str) -> str:  # noqa: ANN401
    pairs = given if isinstance(given, tuple) else ()
    for place in range(0, len(pairs) - 1, 2):
        if _word(pairs, place) == name:
            return _word(pairs, place + 1)
    return ""


def _word(node: Sequence[Any], place: int) -> str:
    value = node[place] if len(node) > place else None
    return value[:80].decode("ascii", "replace").lower() if isinstance(value, bytes) else ""
