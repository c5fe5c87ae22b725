"""What `slamon replay` does: a recorded history through the same fold and rules as the daemon, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from slamon.connectors._records import instant
from slamon.history.judge import judge
from slamon.history.recorded import Progress, place_of, read_history
from slamon.model import RESPONSES, SECOND, Status, Target

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.history.judge import Judged
    from slamon.history.recorded import Threads
    from slamon.model import Instant, Millis
    from slamon.sla.policy import ChannelRules, RuleSet

PERCENTILES = (50, 90, 99)


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
        total = {target: Figures() for target in RESPONSES}
        for targets in self.channels.values():
            for target, figures in targets.items():
                total.setdefault(target, Figures()).add(figures)
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
    history = read_history(path, at, progress)
    result = Result(history.judged_at, history.messages)
    for name, threads in history.channels.items():
        _judge_channel(name, threads, rules.of(name), result)
    return result


def _judge_channel(name: str, threads: Threads, rules: ChannelRules, result: Result) -> None:
    targets = result.channels.setdefault(name, {target: Figures() for target in RESPONSES})
    for messages in threads.values():
        judgement = judge(messages, place_of(name), rules, result.judged_at or 0)
        result.threads += 1
        result.conversations += len({wait.customer for wait in judgement.folded.waits})
        for timer in judgement.timers:
            _count(timer, targets.setdefault(timer.target, Figures()))


def _count(timer: Judged, figures: Figures) -> None:
    if timer.status is Status.CANCELLED:
        figures.cancelled += 1
    elif timer.answered_at is None:
        figures.open += 1
        figures.open_past_due += timer.status is Status.BREACHED
    else:
        began = timer.wait.started_at if timer.target in RESPONSES else timer.started_at
        figures.elapsed.append(timer.answered_at - began)
        figures.met += timer.status is Status.MET
        figures.missed += timer.status is Status.MISSED


def _as_json(targets: Targets) -> dict[str, dict[str, int | float | None]]:
    return {target.value: figures.as_json() for target, figures in targets.items()}


def _seconds(span: Millis) -> int | float:
    """Whole seconds as an integer, so that a figure reads as people write it."""
    return span / SECOND if span % SECOND else span // SECOND


__all__ = ["Figures", "Progress", "Result", "instant", "replay"]
