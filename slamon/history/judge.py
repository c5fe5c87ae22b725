"""The messages of a thread and the rules of its channel → its waits with all their timers, judged at one instant.

What replays, simulations and reports say of a history; the daemon comes to the same timers one reading at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.model import RESPONSES, Status, Target
from slamon.sla.fold import fold
from slamon.sla.marking import marked
from slamon.sla.settings import fold_settings
from slamon.sla.subject import Subject
from slamon.sla.timer import began_at, beside, calendar_of, greeting, held_to, judged_by, promise, steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Instant, Message, Millis
    from slamon.sla.fold import Folded, FoldedWait, FoldSettings
    from slamon.sla.policy import ChannelRules, Policy
    from slamon.sla.timer import Promise


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thread stands, and who answers there."""

    channel: str
    platform: str
    ours: frozenset[str]
    flat_replies: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """One timer of one wait."""

    wait: FoldedWait
    policy: str
    target: Target
    started_at: Instant
    due_at: Instant
    answered_at: Instant | None
    status: Status
    business: Millis
    """Open time of its calendar from start to answer, or to the instant it is judged at."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one thread."""

    folded: Folded
    timers: Sequence[Judged]
    """Of waits that a policy matches and watches."""
    unmatched: Sequence[FoldedWait] = ()
    """Waits that no policy matches."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A thread as the rules of its channel take it, before any policy is looked at."""

    folded: Folded
    messages: Mapping[str, Message]
    """By id."""


def judge(messages: Sequence[Message], place: Place, rules: ChannelRules, at: Instant) -> Judgement:
    """Every wait of the thread, and every timer."""
    return judge_taken(take(messages, place, rules), place, rules, at)


def take(messages: Sequence[Message], place: Place, rules: ChannelRules) -> Taken:
    """The waits of the thread."""
    found = marked(messages, rules.marking, channel=place.channel, platform=place.platform, ours=place.ours)
    return Taken(fold(found, _settings(place, rules)), {message.id: message for message in found})


def judge_taken(taken: Taken, place: Place, rules: ChannelRules, at: Instant) -> Judgement:
    """Every timer of these waits; the rules that took them must be `taken_alike` with these."""
    timers: list[Judged] = []
    unmatched: list[FoldedWait] = []
    for wait in taken.folded.waits:
        subject = _subject(wait, taken.messages, place, rules)
        policy, held = held_to(rules.policies, subject, wait.turn, wait.started_at)
        if policy is None:
            unmatched.append(wait)
        else:
            greeted = _greeted(wait, subject, rules)
            more = ((policy, one) for one in (held, *beside(policy, wait.last_message_at, wait.holding_at)) if one)
            for by, promise in (*more, *greeted):
                timers.append(_judged(wait, by, promise, _answered(wait, by, promise.target, rules, at), at))
    return Judgement(taken.folded, timers, unmatched)


def taken_alike(place: Place, one: ChannelRules, other: ChannelRules) -> bool:
    """Whether both surely find the same waits in every thread; they may although the answer is no."""
    marking = one.marking is other.marking or (one.marking.idle and other.marking.idle)
    return marking and _settings(place, one) == _settings(place, other)


def _settings(place: Place, rules: ChannelRules) -> FoldSettings:
    return fold_settings(
        rules, channel=place.channel, platform=place.platform, ours=place.ours, flat_replies=place.flat_replies
    )


def _subject(wait: FoldedWait, by_id: Mapping[str, Message], place: Place, rules: ChannelRules) -> Subject:
    said = judged_by([by_id[ident] for ident in wait.messages], wait.answered_at)
    thread = sorted(by_id.values(), key=lambda m: (m.created_at, m.id)) if rules.reads_thread else ()
    return Subject(place.channel, place.platform, said, thread)


def _greeted(wait: FoldedWait, subject: Subject, rules: ChannelRules) -> list[tuple[Policy, Promise]]:
    """The sign of arrival that is owed, and by which policy."""
    greeter = greeting(rules.policies, subject, wait.turn)
    began = began_at(subject.messages, wait.started_at)
    owed = promise(greeter, Target.ACKNOWLEDGEMENT, began) if greeter else None
    return [(greeter, owed)] if greeter and owed else []


def _answered(wait: FoldedWait, policy: Policy, target: Target, rules: ChannelRules, at: Instant) -> Instant | None:
    if target is Target.FOLLOW_UP:
        return wait.followed_up_at
    if target is Target.ACKNOWLEDGEMENT and policy.ends(target, automatic=True):
        return wait.acknowledged_at
    closes = rules.bot_closes_after
    left_to_bot = wait.bot_at is not None and closes is not None and at >= wait.bot_at + closes
    return wait.bot_at if wait.answered_at is None and left_to_bot else wait.answered_at


def _judged(wait: FoldedWait, policy: Policy, promise: Promise, answered_at: Instant | None, at: Instant) -> Judged:
    end = at if answered_at is None else answered_at
    began = wait.started_at if promise.target in RESPONSES else promise.started_at
    return Judged(
        wait,
        policy.name,
        promise.target,
        promise.started_at,
        promise.due_at,
        answered_at,
        _status(wait, policy, promise, answered_at, at),
        calendar_of(policy, promise.target).open_between(began, end),
    )


def _status(wait: FoldedWait, policy: Policy, promise: Promise, answered_at: Instant | None, at: Instant) -> Status:
    if wait.cancelled_at is not None:
        return Status.CANCELLED
    if answered_at is not None:
        return Status.MET if answered_at <= promise.due_at else Status.MISSED
    if at > promise.due_at:
        return Status.BREACHED
    warned = any(step.at <= min(at, promise.due_at) for step in steps(policy, promise))
    return Status.AT_RISK if warned else Status.ON_TRACK
