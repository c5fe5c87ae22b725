"""A recorded history, read from a file: the messages of each channel by thread, or every fault of its lines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from slamon.connectors._files import MessageFile
from slamon.connectors._threads import Chains
from slamon.errors import Fault, FaultsError, UsageError
from slamon.history.judge import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from slamon.connectors._files import Read
    from slamon.connectors._records import Record
    from slamon.model import Instant, Message

Progress: TypeAlias = "Callable[[int, int], None]"
"""Told how many bytes of how many are read."""

Threads: TypeAlias = "dict[str, list[Message]]"
"""Messages by thread."""

PLATFORM = "archive"
FAULTS_SHOWN = 20
TICK = 1_000
"""Lines from one call of a progress to the next."""


@dataclass(frozen=True, slots=True)
class History:
    """What was said, up to the instant it is judged at."""

    judged_at: Instant | None
    """`None` where there is no message."""
    messages: int
    channels: Mapping[str, Threads]


def read_history(path: Path, at: Instant | None = None, progress: Progress | None = None) -> History:
    """The messages of a JSONL or CSV file up to `at`, else up to the last one.

    :raises UsageError: the file cannot be read.
    :raises FaultsError: lines that are no messages: the first twenty, and how many more.
    """
    channels = _gather(path, at, progress or _silent)
    everything = [record.message for records in channels.values() for record in records.values()]
    if at is None:
        at = max((message.created_at for message in everything), default=None)
    return History(at, len(everything), {name: _threads(channels[name], at) for name in sorted(channels)})


def place_of(channel: str) -> Place:
    """A channel of a recorded history: its name is the brand that answers."""
    return Place(channel, PLATFORM, frozenset({channel.lower()}))


def _gather(path: Path, at: Instant | None, progress: Progress) -> dict[str, dict[str, Record]]:
    """Channel → message id → record, edits merged."""
    channels: dict[str, dict[str, Record]] = {}
    faults = _Faults()
    with _opened(path) as file:
        for number, read in enumerate(file.records()):
            if number % TICK == 0:
                progress(read.line.after.offset, file.size)
            found = read.record
            if found is None or found.brand is None:
                faults.add(read, file.name)
            elif at is None or found.message.created_at <= at:
                known = channels.setdefault(found.brand, {})
                before = known.get(found.message.id)
                known[found.message.id] = before.edited_by(found) if before else found
        progress(file.size, file.size)
    faults.complain()
    return channels


def _opened(path: Path) -> MessageFile:
    try:
        return MessageFile(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not a path'}") from None


@dataclass(slots=True)
class _Faults:
    """The first faults of a file, and the count of the others."""

    shown: list[Fault] = field(default_factory=list)
    others: int = 0
    first_other: int = 0

    def add(self, read: Read, name: str) -> None:
        nameless = Fault(name, read.line.number, 1, "brand is missing", "it names the channel")
        for fault in read.faults or (nameless,):
            if len(self.shown) < FAULTS_SHOWN:
                self.shown.append(fault)
            else:
                self.others += 1
                self.first_other = self.first_other or fault.line

    def complain(self) -> None:
        if self.others:
            last = f"{self.others} more {'fault' if self.others == 1 else 'faults'} from this line on"
            self.shown.append(Fault(self.shown[0].file, self.first_other, 1, last))
        if self.shown:
            raise FaultsError(self.shown)


def _threads(records: Mapping[str, Record], at: Instant | None) -> dict[str, list[Message]]:
    """The messages by thread; where their source names none, the furthest id of the reply chain does."""
    chains = Chains(lambda ident: records[ident].message.in_reply_to if ident in records else None)
    threads: dict[str, list[Message]] = {}
    for ident, record in records.items():
        message = record.message
        if not record.thread_named:
            message = replace(message, thread=chains.furthest(ident))
        if message.gone_at is not None and at is not None and message.gone_at > at:
            message = replace(message, gone_at=None)
        threads.setdefault(message.thread, []).append(message)
    return threads


def _silent(_done: int, _size: int) -> None:
    """Tell nobody."""
