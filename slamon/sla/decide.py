"""What to say of one timer now: its status, whether it is settled, which stage to announce, when to look again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from slamon.model import MINUTE, SECOND, Settled, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant, Millis

VERIFY_AT_MOST = 30 * SECOND
TOLD_WITHIN = 5 * MINUTE
"""A breach that was settled before is still told for so long after due, though its late answer was read with it."""
VERIFY_SHARE = 10
"""A check before telling may take at most a tenth of the target."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A timer as the store knows it."""

    due_at: Instant
    stages: tuple[Instant, ...]
    began_at: Instant = 0
    """What the time to an answer is measured from; a promise may count from a later message."""
    told: int = 0
    """How many stages were passed in this episode, announced or overtaken."""
    settled: Settled | None = None
    answered_at: Instant | None = None
    cancelled: bool = False
    last_message_at: Instant = 0
    asked_at: Instant | None = None
    """When a check for the stage that is due was first asked for."""
    history: bool = False
    """Past due before the channel was first read, or read again after a day of blindness; or held to no policy."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of the platform: all in starts of complete reads that cover this wait."""

    seen_through: Instant
    """The start of the newest one."""
    settles_through: Instant
    """The same, less what its platform may still hold back (`visible_after`)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long to wait for what."""

    verify_within: Millis
    up_since: Instant
    """When this process began: time in which nobody could look does not count against a check."""
    abandoned_after: Millis


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows."""

    status: Status
    settled: Settled | None
    told: int
    announce: int | None = None
    """The index of the stage to announce; stages passed on the way to it are overtaken."""
    verified: bool = True
    check: bool = False
    """Have the thread read again before the stage that is due is announced."""
    abandoned: bool = False
    next_at: Instant | None = None


def verify_within(setting: Millis, target: Millis) -> Millis:
    """The bound on a check before telling: the channel's, at most a tenth of the target."""
    return min(setting, max(target // VERIFY_SHARE, 1))


def decide(facts: Facts, reading: Reading, now: Instant, terms: Terms) -> Decision:
    """The one place that decides; a plain function of what is known at `now`."""
    if facts.cancelled:
        return Decision(Status.CANCELLED, facts.settled, facts.told)
    if facts.answered_at is not None:
        return _closed(facts, facts.answered_at, now)
    if facts.history:
        return _history(facts, reading, now, terms)
    decision = _announce(facts, reading, now, terms)
    abandoned = now > facts.due_at and now >= facts.last_message_at + terms.abandoned_after
    late = Settled.LATE if abandoned or reading.settles_through > facts.due_at else None
    return replace(
        decision,
        settled=facts.settled or late,
        abandoned=abandoned,
        next_at=None if abandoned else decision.next_at,
    )


def _history(facts: Facts, reading: Reading, now: Instant, terms: Terms) -> Decision:
    """Measured apart: shown as it is, never announced, never counted."""
    silent_at = facts.last_message_at + terms.abandoned_after
    return Decision(
        _open_status(facts, reading, now),
        facts.settled,
        len(facts.stages),
        abandoned=now >= silent_at,
        next_at=silent_at if now < silent_at else None,
    )


def _closed(facts: Facts, answered_at: Instant, now: Instant) -> Decision:
    met = answered_at <= facts.due_at
    status = Status.MET if met else Status.MISSED
    settled = facts.settled
    if settled is None and not facts.history:
        settled = Settled.IN_TIME if met else Settled.LATE
    news = facts.settled is None or now <= facts.due_at + TOLD_WITHIN  # what new rules make of the past is none
    missed = _unsaid(facts, answered_at) if news and not met and not facts.history else None
    told = facts.told if missed is None else missed + 1
    return Decision(status, settled, told, announce=missed)


def _unsaid(facts: Facts, answered_at: Instant) -> int | None:
    """The stage that accused before the late answer came, if nobody was told of any that did."""
    accusing = [i for i, at in enumerate(facts.stages) if facts.due_at < at <= answered_at]
    return accusing[-1] if accusing and facts.told <= accusing[0] else None


def _announce(facts: Facts, reading: Reading, now: Instant, terms: Terms) -> Decision:
    status = _open_status(facts, reading, now)
    due = [index for index in range(facts.told, len(facts.stages)) if facts.stages[index] <= now]
    if not due:
        return Decision(status, None, facts.told, next_at=_upcoming(facts, facts.told, now, terms))
    newest = due[-1]
    cleared = reading.seen_through >= facts.stages[newest]
    gives_up_at = max(facts.stages[due[0]], facts.asked_at or now, terms.up_since) + terms.verify_within
    if not cleared and now < gives_up_at:
        return Decision(status, None, facts.told, check=True, next_at=min(gives_up_at, _after(facts, newest, now)))
    upcoming = _upcoming(facts, newest + 1, now, terms)
    return Decision(status, None, newest + 1, announce=newest, verified=cleared, next_at=upcoming)


def _open_status(facts: Facts, reading: Reading, now: Instant) -> Status:
    if now > facts.due_at:
        return Status.BREACHED if reading.seen_through > facts.due_at else Status.UNVERIFIED
    warned = any(at <= now and at <= facts.due_at for at in facts.stages)
    return Status.AT_RISK if warned else Status.ON_TRACK


def _after(facts: Facts, index: int, now: Instant) -> Instant:
    """The next stage after that one, if there is one still to come."""
    return min((at for at in facts.stages[index + 1 :] if at > now), default=now + VERIFY_AT_MOST)


def _upcoming(facts: Facts, told: int, now: Instant, terms: Terms) -> Instant | None:
    """The next instant at which something changes by time alone."""
    instants: Sequence[Instant | None] = (*facts.stages[told:], facts.due_at + 1, _abandons(facts, now, terms))
    return min((at for at in instants if at is not None and at > now), default=None)


def _abandons(facts: Facts, now: Instant, terms: Terms) -> Instant | None:
    at = max(facts.last_message_at + terms.abandoned_after, facts.due_at + 1)
    return at if at > now else None
