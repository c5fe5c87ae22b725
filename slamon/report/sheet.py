"""A report as data. Names that end in `_ms` are spans of time, in `_at` instants; every form is made from these.

`None` is "no data", or, of a percentile that counts those who still wait, "not reached yet".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Instant, Millis


@dataclass(frozen=True, slots=True)
class Blind:
    """For how long a channel, or channels of a platform, could not be read."""

    name: str
    blind_ms: Millis


@dataclass(frozen=True, slots=True)
class Head:
    """What the report is about."""

    from_at: Instant
    until_at: Instant
    made_at: Instant
    timezone: str
    cohort: str
    """Which waits are counted, in words."""
    rules: str
    """The version of the rules that the calendars and objectives are taken from."""
    channels: Sequence[str]
    only: Sequence[str]
    """What it was narrowed to."""
    blind: Sequence[Blind]


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Over the answered, by nearest rank."""

    answered: int
    p50_ms: Millis | None
    p90_ms: Millis | None
    p99_ms: Millis | None
    max_ms: Millis | None
    spread: float | None
    """p90 / p50."""


@dataclass(frozen=True, slots=True)
class WithWaiting:
    """By Kaplan and Meier: those who still wait are counted with the time that they have waited."""

    waiting: int
    p50_ms: Millis | None
    p90_ms: Millis | None
    p99_ms: Millis | None


@dataclass(frozen=True, slots=True)
class Times:
    """The time to an answer, in one way of counting it."""

    answered: Percentiles
    with_waiting: WithWaiting


@dataclass(frozen=True, slots=True)
class Promises:
    """Those of one target, or of both answers together: count = met + missed + open + cancelled."""

    count: int
    met: int
    missed: int
    open: int
    open_past_due: int
    cancelled: int
    due: int
    """met + missed + open_past_due."""
    in_time: float | None
    """met / due."""
    wall: Times
    """Around the clock."""
    business: Times
    """In the open time of the calendar, without those that began and were answered while it was closed."""
    out_of_hours: int
    """Those: begun and answered while closed."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What a policy sets out to keep, and what came of it in the span of the report."""

    target: str
    objective: float
    over_ms: Millis
    due: int
    in_time: float | None
    late_allowed: int
    """Of so many due, so many may be late."""
    late_used: int


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often customers had to come back."""

    conversations: int
    waits: int
    per_conversation: float | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """Answers that asked the customer to go on elsewhere."""

    waits: int
    share: float | None
    """Of the waits that were answered."""
    answered_in_private: int
    """Those whose customer, under the same id on the same platform, was answered in private within a week."""
    p50_ms: Millis | None
    """From the first message in public to that answer."""
    p90_ms: Millis | None


@dataclass(frozen=True, slots=True)
class Hours:
    """Of the waits that began in opening hours, or outside of them."""

    arrivals: int
    answers: int
    """Answers to waits of the span that were given in opening hours, or outside, whenever the wait began."""
    due: int
    in_time: float | None
    p50_ms: Millis | None
    """In wall time, over the answered."""


@dataclass(frozen=True, slots=True)
class Week:
    """By hour of the week: seven days from Monday, 24 hours each, in the zone of the policy's calendar."""

    arrivals: Sequence[Sequence[int]]
    due: Sequence[Sequence[int]]
    met: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Cut:
    """The figures of all, of a channel, of a policy on a channel, or of a label's value."""

    by: str
    """`total`, `channel`, `policy`, or a label's name."""
    channel: str
    policy: str
    name: str
    received: int
    balance: Mapping[str, int]
    """Where everything went that was received: it adds up."""
    waits: int
    """Those that began; the rest of what was received are messages that started none."""
    unmatched: int
    """Waits to which nothing was promised: no policy is for them, or it leaves such an answer unwatched."""
    owed: int
    """Waits but those that were dismissed or cancelled."""
    answered: int
    """By people, by automation that counts, elsewhere, or handed over."""
    response_rate: float | None
    """answered / owed."""
    response: Promises
    """Both kinds of answers together."""
    targets: Mapping[str, Promises]
    oldest_open_at: Instant | None
    rounds: Rounds
    hand_over: HandOver
    corrections: Mapping[str, int]
    suspected: int
    in_hours: Hours
    out_of_hours: Hours
    objectives: Sequence[Objective] = ()
    week: Week | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One step of time."""

    from_at: Instant
    arrivals: int
    answers: int
    backlog: int
    """Who waited at its end."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Arrivals, answers and backlog as time goes by."""

    step: str
    """`hour` or `day`."""
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Worst:
    """A wait that was, or is, late by much."""

    wait: int
    channel: str
    policy: str
    target: str
    status: str
    customer: str
    text: str
    permalink: str
    started_at: Instant
    due_at: Instant
    answered_at: Instant | None
    late_ms: Millis


@dataclass(frozen=True, slots=True)
class Answerer:
    """The answers of one account of the team, under one signature."""

    channel: str
    account: str
    signature: str
    """Empty: none was recognised."""
    answers: int
    due: int
    in_time: float | None
    p50_ms: Millis | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole report."""

    head: Head
    total: Cut
    channels: Sequence[Cut]
    policies: Sequence[Cut]
    labels: Sequence[Cut]
    flow: Flow
    worst: Sequence[Worst]
    answerers: Sequence[Answerer] = field(default=())
