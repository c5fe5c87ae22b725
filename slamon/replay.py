"""What `slamon replay` does: a file of messages through the same fold and rules as the daemon, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from slamon.connectors._files import MessageFile
from slamon.connectors._records import instant
from slamon.connectors._threads import Chains
from slamon.errors import Fault, FaultsError, UsageError
from slamon.model import RESPONSES, SECOND, Target
from slamon.sla.fold import FoldSettings, fold
from slamon.sla.subject import Subject
from slamon.sla.timer import held_to, judged_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from slamon.connectors._files import Read
    from slamon.connectors._records import Record
    from slamon.model import Instant, Message, Millis
    from slamon.sla.fold import FoldedWait
    from slamon.sla.policy import ChannelRules, RuleSet
    from slamon.sla.timer import Promise

Progress: TypeAlias = "Callable[[int, int], None]"
"""Told how many bytes of how many are read."""

PLATFORM = "archive"
FAULTS_SHOWN = 20
PERCENTILES = (50, 90, 99)
TICK = 1_000
"""Lines from one call of a progress to the next."""


@dataclass(slots=True)
class Figures:
    """The timers of one target, counted: count = met + missed + open + cancelled."""

    met: int = 0
    missed: int = 0
    open: int = 0
    cancelled: int = 0
    open_past_due: int = 0
    elapsed: list[Millis] = field(default_factory=list)
    """Of each answered timer, in wall time."""

    @property
    def count(self) -> int:
        """All timers."""
        return self.met + self.missed + self.open + self.cancelled

    @property
    def answered_within_target(self) -> float | None:
        """Met, as a share of all whose promise was kept or broken; `None` where there are none."""
        judged = self.met + self.missed + self.open_past_due
        return self.met / judged if judged else None

    def percentile(self, percent: int) -> Millis | None:
        """The nearest rank over answered timers; `None` where there are none."""
        rank = -(-len(self.elapsed) * percent // 100)
        return sorted(self.elapsed)[rank - 1] if self.elapsed else None

    def add(self, other: Figures) -> None:
        """Count the timers of `other` too."""
        self.met += other.met
        self.missed += other.missed
        self.open += other.open
        self.cancelled += other.cancelled
        self.open_past_due += other.open_past_due
        self.elapsed += other.elapsed

    def as_json(self) -> dict[str, int | float | None]:
        """In the shape that `--json` prints; spans in seconds."""
        counts = {name: getattr(self, name) for name in ("count", "met", "missed", "open", "cancelled")}
        spans = {f"p{percent}": self.percentile(percent) for percent in PERCENTILES} | {"max": self.percentile(100)}
        seconds = {name: None if span is None else _seconds(span) for name, span in spans.items()}
        return {**counts, "answered_within_target": self.answered_within_target, **seconds}


Targets: TypeAlias = "dict[Target, Figures]"


@dataclass(slots=True)
class Result:
    """What a history says, judged at one instant."""

    judged_at: Instant | None
    """`None` where there is no message."""
    messages: int = 0
    threads: int = 0
    conversations: int = 0
    channels: dict[str, Targets] = field(default_factory=dict)

    @property
    def total(self) -> Targets:
        """All channels together."""
        total = _none()
        for targets in self.channels.values():
            for target, figures in targets.items():
                total[target].add(figures)
        return total

    def as_json(self) -> dict[str, object]:
        """What `slamon replay --json` prints."""
        return {
            "messages": self.messages,
            "threads": self.threads,
            "conversations": self.conversations,
            "channels": {name: _as_json(targets) for name, targets in self.channels.items()},
            "total": _as_json(self.total),
        }


def replay(path: Path, rules: RuleSet, at: Instant | None = None, progress: Progress | None = None) -> Result:
    """Judge the messages of a JSONL or CSV file at `at`, else at the last message's time; later lines are ignored.

    :raises UsageError: the file cannot be read.
    :raises FaultsError: lines that are no messages: the first twenty, and how many more.
    """
    channels = _gather(path, at, progress or _silent)
    everything = [record.message for records in channels.values() for record in records.values()]
    if at is None:
        at = max((message.created_at for message in everything), default=None)
    result = Result(at, messages=len(everything))
    for name in sorted(channels):
        _judge_channel(name, channels.pop(name), rules.of(name), result)
    return result


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


def _judge_channel(name: str, records: Mapping[str, Record], rules: ChannelRules, result: Result) -> None:
    targets = result.channels.setdefault(name, _none())
    for messages in _threads(records, result.judged_at).values():
        timers = _timers(name, messages, rules)
        result.threads += 1
        result.conversations += len({wait.customer for wait, _ in timers})
        for wait, promised in timers:
            if promised is not None:
                _judge(wait, promised, result.judged_at, targets[promised.target])


def _timers(name: str, messages: Sequence[Message], rules: ChannelRules) -> list[tuple[FoldedWait, Promise | None]]:
    """Every wait of a thread, and what it is held to: `None` where no policy matches or watches it."""
    settings = FoldSettings(
        ours=frozenset({name.lower()}),
        staff=rules.staff,
        watch_bystanders=rules.watch_bystanders,
        new_conversation_after=rules.new_conversation_after,
        reposted_within=rules.reposted_within,
    )
    by_id = {message.id: message for message in messages}
    timers = []
    for wait in fold(messages, settings).waits:
        subject = Subject(name, PLATFORM, judged_by([by_id[ident] for ident in wait.messages], wait.answered_at))
        _, promised = held_to(rules.policies, subject, wait.turn, wait.started_at)
        timers.append((wait, promised))
    return timers


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


def _judge(wait: FoldedWait, promised: Promise, at: Instant | None, figures: Figures) -> None:
    if wait.cancelled_at is not None:
        figures.cancelled += 1
    elif wait.answered_at is None:
        figures.open += 1
        figures.open_past_due += at is not None and at > promised.due_at
    else:
        figures.elapsed.append(wait.answered_at - wait.started_at)
        met = wait.answered_at <= promised.due_at
        figures.met += met
        figures.missed += not met


def _none() -> Targets:
    return {target: Figures() for target in RESPONSES}


def _as_json(targets: Targets) -> dict[str, dict[str, int | float | None]]:
    return {target.value: figures.as_json() for target, figures in targets.items()}


def _seconds(span: Millis) -> int | float:
    """Whole seconds as an integer, so that a figure reads as people write it."""
    return span / SECOND if span % SECOND else span // SECOND


def _silent(_done: int, _size: int) -> None:
    """Tell nobody."""


__all__ = ["Figures", "Progress", "Result", "instant", "replay"]
