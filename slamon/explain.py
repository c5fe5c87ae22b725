"""Why a conversation stands where it stands: messages, policy, sums, what was told and why."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from slamon.sla import timer as promises
from slamon.sla.policy import Match, match
from slamon.sla.subject import Subject
from slamon.store import facts
from slamon.store.queue import messages_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant, Message, Millis
    from slamon.sla.policy import ChannelRules, RuleSet
    from slamon.store.facts import WaitFacts
    from slamon.store.store import Store


@dataclass(frozen=True, slots=True)
class Told:
    """One letter: what was to be told, to whom, and what became of it."""

    stage: str
    audience: str
    destination: str
    state: str
    reason: str
    reached_at: Instant
    sent_at: Instant | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """One wait with its reasons."""

    wait: WaitFacts
    thread: Sequence[Message]
    match: Match
    """What it is held to under the rules in force now, and what failed in each policy above that one."""
    stages: Sequence[tuple[str, Instant]]
    waited: Millis
    """Wall time from start to answer or cancellation, or to now."""
    told: Sequence[Told]


def explain(store: Store, rules: RuleSet, name: str, now: Instant) -> list[Explained]:
    """Every wait that `name` may mean: its number, or the id of a message, a thread, a customer, or a handle."""
    found = []
    with store.read() as tx:
        for id_ in facts.waits_named(tx, name):
            wait = facts.of_wait(tx, id_)
            if wait:
                letters = [_told(row) for row in facts.told_of(tx, id_)]
                said = messages_of(tx, [id_]).get(id_, ())
                matched = _match(wait, promises.judged_by(said, wait.answered_at), rules.of(wait.channel))
                found.append(_explained(wait, facts.thread_of(tx, id_), matched, rules, letters, now))
    return found


def _match(wait: WaitFacts, messages: Sequence[Message], rules: ChannelRules) -> Match:
    subject = Subject(wait.channel, wait.platform, messages)
    policy, _ = promises.held_to(rules.policies, subject, wait.turn, wait.started_at)
    above = list(takewhile(lambda other: other is not policy, rules.policies))
    return Match(policy, match(above, subject).failed)


def _explained(
    wait: WaitFacts, thread: Sequence[Message], matched: Match, rules: RuleSet, told: Sequence[Told], now: Instant
) -> Explained:
    policies = rules.of(wait.channel).policies
    policy = next((policy for policy in policies if policy.name == wait.policy), None)
    instants = promises.stage_instants(policy, wait) if policy else ()
    names = [stage.name for stage in policy.stages] if policy else []
    ends = (wait.answered_at, wait.cancelled_at, now)
    return Explained(
        wait=wait,
        thread=thread,
        match=matched,
        stages=list(zip(names, instants, strict=True)),
        waited=next(at for at in ends if at is not None) - wait.started_at,
        told=told,
    )


def _told(row: Any) -> Told:  # noqa: ANN401 - a row of the outbox
    return Told(
        stage=row.stage,
        audience=row.audience,
        destination=row.destination,
        state=row.state,
        reason=row.reason,
        reached_at=row.reached_at,
        sent_at=row.sent_at,
        verified=row.verified,
    )
