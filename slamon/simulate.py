"""What `slamon simulate` does: a history under candidate rules against other ones, and which waits that changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from slamon.history.comparison import Change, Effect, Said, compare
from slamon.history.judge import judge_taken, take, taken_alike
from slamon.history.recorded import place_of as recorded_place
from slamon.history.stored import place_of
from slamon.model import Status, Target
from slamon.store import history

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from slamon.history.judge import Judged, Judgement, Place
    from slamon.history.recorded import History
    from slamon.model import Instant, Message
    from slamon.sla.policy import ChannelRules, RuleSet
    from slamon.store.store import Store

Progress: TypeAlias = "Callable[[int, int], None]"
"""Told how many messages of how many are judged."""


@dataclass(slots=True)
class Counts:
    """The timers of one target: count = met + missed + open + cancelled."""

    met: int = 0
    missed: int = 0
    open: int = 0
    cancelled: int = 0
    past_due: int = 0
    """Of those open."""

    @property
    def count(self) -> int:
        """All timers."""
        return self.met + self.missed + self.open + self.cancelled

    @property
    def in_time(self) -> float | None:
        """Met, as a share of all whose promise was kept or broken; `None` where there are none."""
        judged = self.met + self.missed + self.past_due
        return self.met / judged if judged else None

    def merge(self, other: Counts) -> None:
        """Count the timers of `other` too."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def add(self, timer: Judged) -> None:
        """Count one more."""
        if timer.status in {Status.MET, Status.MISSED, Status.CANCELLED}:
            name = timer.status.value
            setattr(self, name, getattr(self, name) + 1)
        else:
            self.open += 1
            self.past_due += timer.status is Status.BREACHED


@dataclass(slots=True)
class Figures:
    """One channel under one rule set."""

    waits: int = 0
    unmatched: int = 0
    no_reply: int = 0
    targets: dict[Target, Counts] = field(default_factory=dict)

    def add(self, judgement: Judgement) -> None:
        """Count one more thread."""
        self.waits += len(judgement.folded.waits)
        self.unmatched += len(judgement.unmatched)
        self.no_reply += len(judgement.folded.no_reply)
        for timer in judgement.timers:
            self.targets.setdefault(timer.target, Counts()).add(timer)

    def merge(self, other: Figures) -> None:
        """Count the threads of `other` too."""
        self.waits += other.waits
        self.unmatched += other.unmatched
        self.no_reply += other.no_reply
        for target, counts in other.targets.items():
            self.targets.setdefault(target, Counts()).merge(counts)


@dataclass(slots=True)
class Pair:
    """One channel under both rule sets."""

    before: Figures = field(default_factory=Figures)
    after: Figures = field(default_factory=Figures)

    def targets(self) -> list[tuple[Target, Counts, Counts]]:
        """Every target of either, before and after."""
        named = self.before.targets.keys() | self.after.targets.keys()
        before, after = self.before.targets, self.after.targets
        return [(t, before.get(t, Counts()), after.get(t, Counts())) for t in Target if t in named]


@dataclass(slots=True)
class Simulated:
    """What came of it."""

    judged_at: Instant
    limit: int
    messages: int = 0
    threads: int = 0
    waits: int = 0
    """Under either rule set; one that both have counts once."""
    effects: dict[Effect, int] = field(default_factory=dict)
    channels: dict[str, Pair] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    """The most important ones, up to the limit."""

    @property
    def changed(self) -> int:
        """How many waits are judged otherwise."""
        return sum(self.effects.values())

    @property
    def total(self) -> Pair:
        """All channels together."""
        total = Pair()
        for pair in self.channels.values():
            total.before.merge(pair.before)
            total.after.merge(pair.after)
        return total

    def note(self, change: Change) -> None:
        """Count a change, and keep it while it is among the most important."""
        self.effects[change.effect] = self.effects.get(change.effect, 0) + 1
        self.changes.append(change)
        if len(self.changes) > 2 * self.limit:
            self.cut()

    def cut(self) -> None:
        """Keep no more changes than the limit, the most important first."""
        self.changes.sort(key=lambda change: change.weight)
        del self.changes[self.limit :]


def stored(store: Store, names: Collection[str], at: Instant, progress: Progress | None = None) -> Iterator[Said]:
    """The stored history of these channels up to `at`, thread by thread."""
    with store.read() as tx:
        channels, size = history.channels(tx), history.count(tx)
    done = 0
    for channel in channels:
        place = place_of(channel)
        for thread in history.threads(store, channel.id) if channel.name in names else ():
            done += len(thread.messages)
            if progress:
                progress(done, size)
            messages = [_as_of(said, at) for said in thread.messages if _seen_at(said) <= at]
            if messages:
                yield Said(place, thread.name, messages, thread.waits)


def recorded(told: History) -> Iterator[Said]:
    """A recorded history, thread by thread."""
    for name, threads in told.channels.items():
        for thread, messages in threads.items():
            yield Said(recorded_place(name), thread, messages)


def simulate(said: Iterable[Said], before: RuleSet, after: RuleSet, at: Instant, limit: int) -> Simulated:
    """Judge every thread twice, at `at`; the `limit` most important changes are kept."""
    result = Simulated(at, limit)
    for thread in said:
        messages, place = thread.messages, thread.place
        pair = result.channels.setdefault(place.channel, Pair())
        first, second = _twice(messages, place, before.of(place.channel), after.of(place.channel), at)
        pair.before.add(first)
        pair.after.add(second)
        result.messages += len(messages)
        result.threads += 1
        for change in compare(thread, first, second):
            result.waits += 1
            if change:
                result.note(change)
    result.cut()
    return result


def _twice(
    messages: Sequence[Message], place: Place, before: ChannelRules, after: ChannelRules, at: Instant
) -> tuple[Judgement, Judgement]:
    taken = take(messages, place, before)
    again = taken if taken_alike(place, before, after) else take(messages, place, after)
    return judge_taken(taken, place, before, at), judge_taken(again, place, after, at)


def _seen_at(message: Message) -> Instant:
    return message.created_at if message.surfaced_at is None else message.surfaced_at


def _as_of(message: Message, at: Instant) -> Message:
    """The message without what became of it later."""
    if (message.gone_at or 0) > at:
        message = replace(message, gone_at=None)
    return replace(message, hidden_at=None) if (message.hidden_at or 0) > at else message
