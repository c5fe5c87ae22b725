"""`archive`: messages that another program writes into a file in the replay format, followed as the file grows."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from slamon.connectors._files import MessageFile
from slamon.connectors._lines import Position
from slamon.connectors._threads import Chains
from slamon.connectors.base import Connector, Identity, Page
from slamon.connectors.base import Settings as BaseSettings
from slamon.errors import FaultsError, PlatformError, Verdict
from slamon.model import SECOND, TEXT_CAP, Kind, Reject, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors._files import Read
    from slamon.connectors._records import Record
    from slamon.connectors.base import Context, OpenThread
    from slamon.model import Message

PAGE = 100
"""Lines a page."""
SAMPLE = 4_096
"""Bytes at the head, and before the end of what was read, by which a file is known again."""


class _Cursor(NamedTuple):
    """How far a file was read, and what stood there."""

    offset: int = 0
    lines: int = 0
    mark: str = ""

    @classmethod
    def parse(cls, text: str | None) -> _Cursor:
        """From the start where there is none, or none of ours."""
        try:
            found = json.loads(text or "{}")
            return cls(int(found["offset"]), int(found["lines"]), str(found["mark"]))
        except (ValueError, TypeError, KeyError):
            return cls()

    def dump(self) -> str:
        return json.dumps(self._asdict())


class Archive(Connector):
    """Reads whole lines only: a line counts once its line end is written. A line that is no message is set aside.

    A file that was cut, replaced or rewritten is read again from its start; the store knows what it has.
    The whole file is read, however far `lookback` reaches: conversations need their beginnings.
    """

    platform = "archive"
    kinds = frozenset(Kind)
    delivers = frozenset({"author.followers"})
    title = "a file of messages"
    reach = "everything in the file"
    limits = "none"
    default_every = 5 * SECOND
    least_every = SECOND

    class Settings(BaseSettings):
        """Where the file is, and who answers in it."""

        path: str = Field(min_length=1, description="the file of messages: JSONL, or CSV by its suffix")
        account: str = Field(min_length=1, description="the brand whose records are read")
        team: tuple[str, ...] = Field(default=(), description="further handles that answer for the account")

    settings: Settings

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self._path = (context.base or Path()) / settings.path
        self._links = _Links()

    def identify(self) -> Identity:
        """The handles of the settings, in lower case: an archive has no other ids."""
        names = [name.removeprefix("@") for name in (self.settings.account, *self.settings.team)]
        account, *team = (name.lower() for name in names)
        return Identity(account, names[0], tuple(team))

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """The whole lines behind `cursor`, a hundred a page.

        :raises PlatformError: `NOT_FOUND`: no such file; `PERMISSION`: it cannot be read; `BAD_ANSWER`: a CSV header
            without the columns that every record needs.
        """
        del threads
        with self._open() as file:
            start = _resume(file, _Cursor.parse(cursor))
            chains = self._links.read(file, start)
            end = start
            whole = (read for read in file.records(start) if read.line.ended)
            while reads := list(islice(whole, PAGE)):
                end = reads[-1].line.after
                yield _page(reads, identity, chains)
            done = _Cursor(end.offset, end.lines, _mark(file, end.offset))
        yield Page(cursor=done.dump(), complete=True)

    def _open(self) -> MessageFile:
        try:
            return MessageFile(self._path, self._path.name)
        except FileNotFoundError:
            message = f"the archive {self._path} does not exist; `path` is relative to the configuration file"
            raise PlatformError(Verdict.NOT_FOUND, message) from None
        except (OSError, ValueError) as error:
            message = f"the archive {self._path} cannot be read: {getattr(error, 'strerror', None) or 'not a path'}"
            raise PlatformError(Verdict.PERMISSION, message) from None
        except FaultsError as error:
            raise PlatformError(Verdict.BAD_ANSWER, str(error)) from None


class _Links:
    """Who replies to whom, as far as the file was read: names the threads of records that name none.

    A thread keeps its name: a message that turns up after its replies joins the thread they made.
    """

    def __init__(self) -> None:
        self._parents: dict[str, str | None] = {}
        self._chains = Chains(self._parents.get)
        self._upto = Position()
        self._lock = Lock()

    def read(self, file: MessageFile, start: Position) -> Chains:
        """Take note of all that stands in `file`; what lies before `start` was handed out before."""
        with self._lock:
            if start.offset == 0:
                self._upto = Position()
            self._note(file, start.offset)
            self._note(file, file.size)
        return self._chains

    def _note(self, file: MessageFile, stop: int) -> None:
        nameless = []
        for read in file.records(self._upto, stop):
            if not read.line.ended:
                break
            self._upto = read.line.after
            if read.record:
                self._parents.setdefault(read.record.message.id, read.record.message.in_reply_to)
                nameless += [] if read.record.thread_named else [read.record.message.id]
        for ident in nameless:
            self._chains.furthest(ident)


def _page(reads: list[Read], identity: Identity, chains: Chains) -> Page:
    records: dict[str, Record] = {}
    for found in (read.record for read in reads if read.record):
        if found.brand is None or found.brand.lower() == identity.account:
            before = records.get(found.message.id)
            records[found.message.id] = before.edited_by(found) if before else found
    messages = tuple(_threaded(found, chains) for found in records.values())
    return Page(messages, rejects=tuple(_reject(read) for read in reads if not read.record))


def _threaded(found: Record, chains: Chains) -> Message:
    message = found.message
    return message if found.thread_named else replace(message, thread=chains.furthest(message.id))


def _reject(read: Read) -> Reject:
    """Under an id that another line of that number in a later file does not share."""
    raw = read.line.raw or b""
    ident = f"line-{read.line.number}-{sha256(raw).hexdigest()[:12]}"
    reason = "; ".join(str(fault) for fault in read.faults)
    return Reject(ident, reason, clean(raw.decode("utf-8", "replace"), TEXT_CAP))


def _resume(file: MessageFile, cursor: _Cursor) -> Position:
    """Where the last read ended, if this is still the file that it read."""
    if cursor.offset <= file.size and cursor.mark == _mark(file, cursor.offset):
        return Position(cursor.offset, cursor.lines)
    return Position()


def _mark(file: MessageFile, offset: int) -> str:
    """A fingerprint of the head of the file and of what stands before `offset`."""
    head = file.bytes_at(0, min(SAMPLE, offset))
    tail = file.bytes_at(max(0, offset - SAMPLE), offset)
    return sha256(head + tail).hexdigest()[:16]
