"""One sweep: what is due in the store → policy → timers → sla.decide → what follows, back into the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from slamon.events import SweepEnded
from slamon.model import OPEN_STATUSES, RESPONSES, Instant, Millis
from slamon.sla import timer as promises
from slamon.sla.decide import Facts, Reading, Terms, decide, verify_within
from slamon.sla.fold import BOT_CLOSED
from slamon.store.record import Announcement, Outcome
from slamon.timers import UNMATCHED, hold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.audiences import Audience
    from slamon.events import Listener
    from slamon.sla.decide import Decision
    from slamon.sla.policy import ChannelRules, Policy, RuleSet
    from slamon.sla.timer import Step
    from slamon.store.queue import DueWait, StoredTimer
    from slamon.store.store import Store
    from slamon.timers import Holding

BATCH = 100
"""Waits decided in one turn at the gate."""
NEW = 25
"""New waits decided in one turn: what comes due meanwhile waits for no more than these."""
TURNS = 40
"""Turns in one sweep, so that whoever watches whether it beats sees it beat."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What the evaluator has to know of a channel beside its rules."""

    verify_within: Millis
    visible_after: Millis


class Recheck(Protocol):
    """Asks for the waits of a channel to be looked at once more; returns at once."""

    def __call__(self, channel: str, waits: Sequence[int]) -> None:
        """Look again; the evaluator is woken when that is done."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of one timer."""

    steps: Sequence[Step]
    decision: Decision
    decided: StoredTimer


@dataclass(frozen=True, slots=True)
class Decided:
    """What one sweep did."""

    waits: int = 0
    announced: int = 0


class Evaluator:
    """Decides everything that is due. Plain functions of the store and an instant; holds no state of its own."""

    def __init__(
        self,
        store: Store,
        watches: Mapping[str, Watch],
        audiences: Mapping[str | None, Audience],
        *,
        up_since: Instant,
        recheck: Recheck,
        hear: Listener,
    ) -> None:
        """Set up.

        :param audiences: by name; the default one under `None`, absent where nobody is to be told.
        """
        self.store = store
        self.watches = watches
        self.audiences = audiences
        self.up_since = up_since
        self.recheck = recheck
        self.hear = hear

    def sweep(self, rules: RuleSet, now: Callable[[], Instant], seconds: Callable[[], float]) -> Decided:
        """Decide what is due, stages before new waits.

        New waits are left for the next sweep when there is something to tell; `next_at` says whether to go on.

        :param seconds: a monotonic clock, for the record only.
        """
        began = seconds()
        waits = announced = 0
        for _ in range(TURNS):
            done = self._batch(self.store.due(now(), rules, BATCH), rules, now(), urgent=True)
            if not done.waits and not announced:
                done = self._batch(self.store.fresh(rules, NEW), rules, now(), urgent=False)
            if not done.waits:
                break
            waits += done.waits
            announced += done.announced
        if waits:
            self.hear(SweepEnded(seconds() - began, waits, announced))
        return Decided(waits, announced)

    def _batch(self, due: Sequence[DueWait], rules: RuleSet, now: Instant, *, urgent: bool) -> Decided:
        if not due:
            return Decided()
        outcomes = []
        checks: dict[str, list[int]] = {}
        for wait in due:
            outcome, check = self.decide(wait, rules, now)
            outcomes.append(outcome)
            if check:
                checks.setdefault(wait.channel_name, []).append(wait.id)
        announced = self.store.record(outcomes, now, urgent=urgent)
        for channel, waits in checks.items():
            self.recheck(channel, waits)
        return Decided(len(due), announced)

    def decide(self, wait: DueWait, rules: RuleSet, now: Instant) -> tuple[Outcome, bool]:
        """What follows for one wait, and whether it has to be looked at once more first."""
        held = hold(wait, rules, now)
        verdicts = [self._verdict(wait, held, timer, now) for timer in held.timers]
        check = any(verdict.decision.check for verdict in verdicts)
        return Outcome(
            wait,
            held.policy.name if held.policy else UNMATCHED,
            held.version,
            [*(verdict.decided for verdict in verdicts), *held.dropped],
            [told for verdict in verdicts for told in self._announcements(verdict)],
            state=_state(wait, held, verdicts),
            asked_at=(wait.asked_at or now) if check else None,
            next_at=_next_at(held, verdicts),
        ), check

    def _verdict(self, wait: DueWait, held: Holding, timer: StoredTimer, now: Instant) -> Verdict:
        policy = held.policy_of(timer.target)
        steps = promises.steps(policy, timer) if policy else ()
        facts = _facts(wait, held, timer, tuple(step.at for step in steps))
        decision = decide(facts, self._reading(wait), now, self._terms(wait, timer, held.rules))
        return Verdict(steps, decision, _decided(timer, policy, steps, facts, decision, now))

    def _reading(self, wait: DueWait) -> Reading:
        seen = wait.seen_through
        watch = self.watches.get(wait.channel_name)
        return Reading(seen, seen - watch.visible_after if watch else seen)

    def _terms(self, wait: DueWait, timer: StoredTimer, rules: ChannelRules) -> Terms:
        watch = self.watches.get(wait.channel_name)
        within = verify_within(watch.verify_within, timer.length) if watch else 0
        return Terms(within, self.up_since, rules.abandoned_after)

    def _announcements(self, verdict: Verdict) -> Sequence[Announcement]:
        if verdict.decision.announce is None or not verdict.steps:
            return ()
        step = verdict.steps[verdict.decision.announce]
        audience = self.audiences.get(step.stage.audience)
        if audience is None:
            return ()
        return (
            Announcement(
                target=verdict.decided.target,
                stage=step.stage.name,
                repeat=step.repeat,
                destination=audience.destination,
                audience=audience.name,
                mention=audience.wakes(step.at, step.repeat),
                broadcast=step.stage.broadcast,
                accuses=step.stage.accuses,
                verified=verdict.decision.verified,
                reached_at=step.at,
                exempt=step.stage.exempt,
            ),
        )


def _state(wait: DueWait, held: Holding, verdicts: Sequence[Verdict]) -> str:
    """The state of the wait itself, which the fold leaves open: silence ends it, or a bot's answer left standing."""
    if wait.state != "open":
        return wait.state
    if held.bot_closed_at is not None:
        return BOT_CLOSED
    return "abandoned" if verdicts and verdicts[0].decision.abandoned else "open"


def _next_at(held: Holding, verdicts: Sequence[Verdict]) -> Instant | None:
    instants = (held.bot_closes_at, *(verdict.decision.next_at for verdict in verdicts))
    return min((at for at in instants if at is not None), default=None)


def _facts(wait: DueWait, held: Holding, timer: StoredTimer, stages: tuple[Instant, ...]) -> Facts:
    return Facts(
        due_at=timer.due_at,
        began_at=wait.started_at if timer.target in RESPONSES else timer.started_at,
        stages=stages,
        told=timer.told,
        settled=timer.settled,
        answered_at=held.answered_at(wait, timer.target),
        cancelled=wait.state in {"cancelled", "merged"},
        last_message_at=wait.last_message_at,
        asked_at=wait.asked_at,
        history=timer.history,
    )


def _decided(
    timer: StoredTimer,
    policy: Policy | None,
    steps: Sequence[Step],
    facts: Facts,
    decision: Decision,
    now: Instant,
) -> StoredTimer:
    answered_at = facts.answered_at
    reached = [step.stage.name for step in steps if step.at <= now]
    elapsed = timer.elapsed if timer.settled and timer.answered_at == answered_at else None
    if policy and answered_at is not None and elapsed is None:
        calendar = promises.calendar_of(policy, timer.target)
        elapsed = calendar.open_between(facts.began_at, answered_at)
    return replace(
        timer,
        status=decision.status,
        settled=decision.settled,
        stage=(reached[-1] if reached else "") if answered_at is None else timer.stage,
        told=decision.told,
        counted=decision.status in OPEN_STATUSES and not decision.abandoned,
        answered_at=answered_at,
        elapsed=elapsed,
    )
