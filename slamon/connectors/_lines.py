"""Whole lines of a file that may still grow, with their places: JSONL lines, and CSV rows that may span lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_CAP = 1 << 20
"""The longest line, or CSV row, in bytes; a longer one is passed over."""

BOM = b"\xef\xbb\xbf"


class Position(NamedTuple):
    """A place between two lines."""

    offset: int = 0
    """In bytes from the start of the file."""
    lines: int = 0
    """How many lines lie before it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One whole line, or CSV row."""

    number: int
    """Counted from 1; of the first line where a row spans several."""
    raw: bytes | None
    """Without its line end; `None` where it is longer than `LINE_CAP`."""
    after: Position
    ended: bool = True
    """Whether its line end has been written."""


def lines(file: BinaryIO, start: Position, stop: int) -> Iterator[Line]:
    """The lines that begin in [start, stop), in bytes; the last one may lack its end."""
    file.seek(start.offset)
    offset, number = start
    while offset < stop:
        raw, size, ended = _line(file, stop - offset)
        if not size:
            return
        offset, number = offset + size, number + 1
        if number == 1 and raw is not None:
            raw = raw.removeprefix(BOM)
        yield Line(number, raw, Position(offset, number), ended)


def _line(file: BinaryIO, room: int) -> tuple[bytes | None, int, bool]:
    """(line without its end, its size with it, whether it ended); never holds more than `LINE_CAP`."""
    raw = file.readline(min(room, LINE_CAP + 2))
    size = len(raw)
    if raw.endswith(b"\n"):
        return raw[:-1].removesuffix(b"\r"), size, True
    if size <= LINE_CAP:
        return raw, size, False
    part = raw
    while part and size < room and not part.endswith(b"\n"):
        part = file.readline(min(room - size, LINE_CAP))
        size += len(part)
    return None, size, part.endswith(b"\n")


def rows(parts: Iterator[Line]) -> Iterator[Line]:
    """CSV rows: lines joined while a quote is open."""
    held: list[bytes] = []
    number = size = 0
    open_quote = False
    for line in parts:
        number = number or line.number
        size += LINE_CAP + 1 if line.raw is None else len(line.raw)
        held.append(line.raw or b"")
        open_quote ^= bool(held[-1].count(b'"') % 2)
        if open_quote and line.ended and size <= LINE_CAP:
            continue
        raw = b"\n".join(held) if size <= LINE_CAP else None
        yield Line(number, raw, line.after, line.ended and not (open_quote and raw is not None))
        held, number, size, open_quote = [], 0, 0, False
    if held:
        yield Line(number, b"\n".join(held), line.after, ended=False)
