"""A file of messages in the replay format: JSONL, or CSV by its suffix; records and faults, each with its place."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self

from slamon.connectors import _lines
from slamon.connectors._lines import LINE_CAP, Line, Position
from slamon.connectors._records import Record, RecordError, Wrong, record
from slamon.errors import Fault, FaultsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FOLLOWERS = re.compile(r"[0-9]{1,15}")
NEEDED = ("id", "role", "author", "created_at")


@dataclass(frozen=True, slots=True)
class Read:
    """What one line gave: a record, or faults."""

    line: Line
    record: Record | None
    faults: tuple[Fault, ...] = ()


class _Format(Protocol):
    def lines(self, file: BinaryIO, start: Position, stop: int) -> Iterator[Line]: ...

    def cells(self, text: str) -> Mapping[str, object]: ...

    def column(self, text: str, key: str) -> int: ...


class _Jsonl:
    """One JSON object a line."""

    def lines(self, file: BinaryIO, start: Position, stop: int) -> Iterator[Line]:
        return (line for line in _lines.lines(file, start, stop) if line.raw is None or line.raw.strip())

    def cells(self, text: str) -> Mapping[str, object]:
        try:
            found: Any = json.loads(text)
        except json.JSONDecodeError as error:
            raise _BadLineError(f"no JSON: {error.msg}", error.colno) from None
        except (ValueError, RecursionError):
            raise _BadLineError("no JSON: nested too deep, or a number too long") from None
        if not isinstance(found, dict):
            raise _BadLineError("a record must be a JSON object: {…}")
        return found

    def column(self, text: str, key: str) -> int:
        # Inside a JSON string every quote is escaped, so an unescaped "key": is a key.
        found = re.search(rf'(?<!\\)"{key}"\s*:\s*', text)
        return found.end() + 1 if found else 1


class _Csv:
    """Comma-separated, quoted by ", with a first row that names the columns; an empty cell is null."""

    def __init__(self, header: list[str]) -> None:
        self.header = header

    def lines(self, file: BinaryIO, start: Position, stop: int) -> Iterator[Line]:
        whole = _lines.rows(_lines.lines(file, start, stop))
        return (row for row in whole if row.number > 1 and (row.raw is None or row.raw.strip()))

    def cells(self, text: str) -> Mapping[str, object]:
        row = _split(text)
        if len(row) != len(self.header):
            hint = "is a quote left open?"
            raise _BadLineError(f"the row has {len(row)} cells, the header {len(self.header)}", hint=hint)
        cells: dict[str, object] = {key: cell or None for key, cell in zip(self.header, row, strict=True)}
        if (followers := cells.get("followers")) and FOLLOWERS.fullmatch(str(followers)):
            cells["followers"] = int(str(followers))
        if mentions := cells.get("mentions"):
            cells["mentions"] = str(mentions).split()
        return cells

    def column(self, text: str, key: str) -> int:
        if key not in self.header:
            return 1
        before = _split(text)[: self.header.index(key)]
        return 1 + sum(len(cell) + 1 for cell in before)


class _BadLineError(ValueError):
    def __init__(self, message: str, column: int = 1, hint: str = "") -> None:
        super().__init__(message)
        self.column = column
        self.hint = hint


class MessageFile:
    """An open file of messages. A context manager.

    :raises OSError: it cannot be opened.
    :raises FaultsError: a CSV file whose header lacks a column that every record needs.
    """

    def __init__(self, path: Path, shown: str = "") -> None:
        self.name = shown or str(path)
        self.file: BinaryIO = path.open("rb")
        try:
            self.size = self.file.seek(0, 2)
            self._format: _Format = _Csv(self._header()) if path.suffix.lower() == ".csv" else _Jsonl()
        except BaseException:
            self.file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def records(self, start: Position = Position(), stop: int | None = None) -> Iterator[Read]:  # noqa: B008 - frozen
        """What stands in [start, stop), in bytes; the last line may lack its end."""
        for line in self._format.lines(self.file, start, self.size if stop is None else stop):
            yield self._read(line)

    def bytes_at(self, start: int, stop: int) -> bytes:
        """What stands in [start, stop), in bytes."""
        self.file.seek(start)
        return self.file.read(stop - start)

    def _read(self, line: Line) -> Read:
        text = ""
        try:
            text = _text(line)
            return Read(line, record(self._format.cells(text)))
        except RecordError as error:
            return Read(line, None, tuple(self._fault(line, text, wrong) for wrong in error.wrong))
        except _BadLineError as error:
            return Read(line, None, (Fault(self.name, line.number, error.column, str(error), error.hint),))

    def _fault(self, line: Line, text: str, wrong: Wrong) -> Fault:
        column = self._format.column(text, wrong.key)
        return Fault(self.name, line.number, column, wrong.message, wrong.hint)

    def _header(self) -> list[str]:
        first = next(_lines.lines(self.file, Position(), self.size), None)
        if first is None or not first.ended:
            return list(NEEDED)
        try:
            header = [name.strip() for name in _split(_text(first))]
        except _BadLineError as error:
            raise FaultsError([Fault(self.name, 1, error.column, str(error))]) from None
        missing = [key for key in NEEDED if key not in header]
        twice = sorted({key for key in header if header.count(key) > 1})
        faults = [Fault(self.name, 1, 1, f"the header has no column {key}") for key in missing]
        faults += [Fault(self.name, 1, 1, f"the header has the column {key!r} twice") for key in twice]
        if faults:
            raise FaultsError(faults)
        return header


def _text(line: Line) -> str:
    if line.raw is None:
        raise _BadLineError(f"the line is longer than {LINE_CAP:,} bytes")
    try:
        return line.raw.decode()
    except UnicodeDecodeError as error:
        raise _BadLineError("not UTF-8", len(line.raw[: error.start].decode()) + 1) from None


def _split(text: str) -> list[str]:
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise _BadLineError(f"no CSV: {error}", hint="is a quote left open?") from None
