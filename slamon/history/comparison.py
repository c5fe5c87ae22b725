"""Two judgements of the same thread: which wait is which, and what differs about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from slamon.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.history.judge import Judged, Judgement, Place
    from slamon.model import Instant, Message
    from slamon.sla.fold import FoldedWait

LATE = frozenset({Status.MISSED, Status.BREACHED})


class Effect(StrEnum):
    """What other rules do to a wait, the weightiest first."""

    BECOMES_LATE = "becomes_late"
    NO_WAIT = "no_wait"
    UNWATCHED = "unwatched"
    """No policy covers it any more, or none of its targets is watched."""
    NEW_WAIT = "new_wait"
    WATCHED = "watched"
    BECOMES_IN_TIME = "becomes_in_time"
    STATUS = "status"
    """Another status, start or answer, but late or in time as before."""
    TARGETS = "targets"
    DUE = "due"
    POLICY = "policy"


_WEIGHT = {effect: n for n, effect in enumerate(Effect)}


@dataclass(frozen=True, slots=True)
class Said:
    """A thread of the history."""

    place: Place
    thread: str
    messages: Sequence[Message]
    waits: Mapping[str, int] = field(default_factory=dict)
    """Message id → number of the stored wait."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A wait as one of the two rule sets has it."""

    wait: FoldedWait
    timers: Sequence[Judged]
    unmatched: bool

    @property
    def late(self) -> bool:
        """Whether a promise of it was, or is being, broken."""
        return any(timer.status in LATE for timer in self.timers)

    @property
    def policy(self) -> str:
        """What it is held to; empty where that is nothing."""
        return self.timers[0].policy if self.timers else ""


@dataclass(frozen=True, slots=True)
class Change:
    """A wait that is judged otherwise."""

    effect: Effect
    channel: str
    thread: str
    customer: str
    """The author's id."""
    handle: str
    number: int | None
    """That of the stored wait."""
    started_at: Instant
    text: str
    """Of its first message."""
    before: Stand | None
    """`None`: it was no wait of its own."""
    after: Stand | None
    reason: str = ""
    """Why its messages need no reply under one of the two."""

    @property
    def weight(self) -> tuple[int, bool, Instant]:
        """The smaller, the more important."""
        late = self.after is not None and self.after.late
        return (_WEIGHT[self.effect], not late, -self.started_at)


def compare(said: Said, before: Judgement, after: Judgement) -> Iterator[Change | None]:
    """Every wait of the thread; `None` for one that nobody would see a difference in."""
    reasons = {**before.folded.no_reply, **after.folded.no_reply}
    for stand, one, other in _pairs(_stands(before), _stands(after)):
        effect = _effect(one, other)
        yield _change(said, effect, stand.wait, (one, other), reasons) if effect else None


def _stands(judgement: Judgement) -> list[Stand]:
    timers: dict[int, list[Judged]] = {}
    for timer in judgement.timers:
        timers.setdefault(id(timer.wait), []).append(timer)
    unmatched = {id(wait) for wait in judgement.unmatched}
    return [Stand(w, timers.get(id(w), ()), id(w) in unmatched) for w in judgement.folded.waits]


def _pairs(before: Sequence[Stand], after: Sequence[Stand]) -> Iterator[tuple[Stand, Stand | None, Stand | None]]:
    """Each wait, before and after: those are one that share a message, the earliest not taken yet."""
    of = {message: stand for stand in before for message in stand.wait.messages}
    taken: set[int] = set()
    for stand in after:
        was = next((of[m] for m in stand.wait.messages if m in of and id(of[m]) not in taken), None)
        if was is not None:
            taken.add(id(was))
        yield was or stand, was, stand
    yield from ((stand, stand, None) for stand in before if id(stand) not in taken)


def _effect(before: Stand | None, after: Stand | None) -> Effect | None:
    """`None`: nothing differs that anybody is told or that is counted."""
    if before is None:
        return Effect.NEW_WAIT
    if after is None:
        return Effect.NO_WAIT
    if before.timers and after.timers:
        return _between(before, after)
    if before.timers or after.timers:
        return Effect.UNWATCHED if before.timers else Effect.WATCHED
    same = before.unmatched == after.unmatched and _course(before.wait) == _course(after.wait)
    return None if same else Effect.STATUS


def _between(before: Stand, after: Stand) -> Effect | None:
    """What differs of a wait that both hold to a promise."""
    if before.late != after.late:
        return Effect.BECOMES_LATE if after.late else Effect.BECOMES_IN_TIME
    one, other = ({timer.target: timer for timer in stand.timers} for stand in (before, after))
    if one.keys() != other.keys():
        return Effect.TARGETS
    both = [(one[target], other[target]) for target in one]
    if _course(before.wait) != _course(after.wait) or any(_fate(a) != _fate(b) for a, b in both):
        return Effect.STATUS
    if any((a.started_at, a.due_at) != (b.started_at, b.due_at) for a, b in both):
        return Effect.DUE
    return None if before.policy == after.policy else Effect.POLICY


def _course(wait: FoldedWait) -> tuple[Instant | None, ...]:
    return (wait.started_at, wait.answered_at, wait.cancelled_at)


def _fate(timer: Judged) -> tuple[Status, Instant | None]:
    return (timer.status, timer.answered_at)


def _change(
    said: Said,
    effect: Effect,
    wait: FoldedWait,
    stands: tuple[Stand | None, Stand | None],
    reasons: Mapping[str, str],
) -> Change:
    by_id = {message.id: message for message in said.messages}
    first = by_id[wait.messages[0]]
    return Change(
        effect=effect,
        channel=said.place.channel,
        thread=said.thread,
        customer=wait.customer,
        handle=first.author.handle or first.author.id,
        number=next((said.waits[m] for m in wait.messages if m in said.waits), None),
        started_at=wait.started_at,
        text=first.text,
        before=stands[0],
        after=stands[1],
        reason=next((reasons[m] for m in wait.messages if m in reasons), ""),
    )
