"""One sweep: what is due in the store → policy → timers → sla.decide → what follows, back into the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from slamon.events import SweepEnded
from slamon.model import MAX_INSTANT, OPEN_STATUSES, Instant, Millis, Status
from slamon.sla import timer as promises
from slamon.sla.decide import Facts, Reading, Terms, decide, verify_within
from slamon.sla.subject import Subject
from slamon.store.queue import StoredTimer
from slamon.store.record import Announcement, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.events import Listener
    from slamon.sla.decide import Decision
    from slamon.sla.policy import ChannelRules, Policy, RuleSet
    from slamon.sla.timer import Promise
    from slamon.store.queue import DueWait
    from slamon.store.store import Store

BATCH = 100
"""Waits decided in one turn at the gate."""
NEW = 25
"""New waits decided in one turn: what comes due meanwhile waits for no more than these."""
TURNS = 40
"""Turns in one sweep, so that whoever watches whether it beats sees it beat."""

UNMATCHED = ""
"""The policy of a wait that none matches: counted, never silently unwatched."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears of a stage: where, and whom to wake there."""

    name: str
    destination: str
    mention: str = ""


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
            done = self._batch(self.store.due(now(), rules.version, BATCH), rules, now(), urgent=True)
            if not done.waits and not announced:
                done = self._batch(self.store.fresh(rules.version, NEW), rules, now(), urgent=False)
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
        channel_rules = rules.of(wait.channel_name)
        policy, timer = _held(wait, channel_rules, rules.version, now)
        others = [_dropped(old) for old in wait.timers if timer is None or old.target is not timer.target]
        name = policy.name if policy else UNMATCHED
        if timer is None:
            return Outcome(wait, name, rules.version, others, (), abandoned=False, asked_at=None, next_at=None), False
        stages = promises.stage_instants(policy, timer) if policy else ()
        decision = decide(
            _facts(wait, timer, stages), self._reading(wait), now, self._terms(wait, timer, channel_rules)
        )
        decided = _decided(wait, timer, policy, stages, decision, now)
        return Outcome(
            wait,
            name,
            rules.version,
            (decided, *others),
            self._announcements(policy, stages, decision),
            abandoned=decision.abandoned,
            asked_at=(wait.asked_at or now) if decision.check else None,
            next_at=decision.next_at,
        ), decision.check

    def _reading(self, wait: DueWait) -> Reading:
        seen = wait.seen_through
        watch = self.watches.get(wait.channel_name)
        return Reading(seen, seen - watch.visible_after if watch else seen)

    def _terms(self, wait: DueWait, timer: StoredTimer, rules: ChannelRules) -> Terms:
        watch = self.watches.get(wait.channel_name)
        within = verify_within(watch.verify_within, timer.length) if watch else 0
        return Terms(within, self.up_since, rules.abandoned_after)

    def _announcements(
        self, policy: Policy | None, stages: Sequence[Instant], decision: Decision
    ) -> Sequence[Announcement]:
        if decision.announce is None or policy is None:
            return ()
        stage = policy.stages[decision.announce]
        audience = self.audiences.get(stage.audience)
        if audience is None:
            return ()
        return (
            Announcement(
                stage=stage.name,
                destination=audience.destination,
                audience=audience.name,
                mention=audience.mention,
                broadcast=stage.broadcast,
                accuses=stage.accuses,
                verified=decision.verified,
                reached_at=stages[decision.announce],
            ),
        )


def _held(wait: DueWait, rules: ChannelRules, version: str, now: Instant) -> tuple[Policy | None, StoredTimer | None]:
    """The policy a wait is held to, and its timer before this decision; no timer where the target is off."""
    target = promises.target_of(wait.turn)
    stored = next((old for old in wait.timers if old.target is target), None)
    stands = wait.matched == wait.revision and wait.rules == version
    closing = wait.state != "open" and wait.rules != version
    if stored is not None and (stands or closing):
        return _policy_named(rules, wait.policy), stored
    subject = Subject(wait.channel_name, wait.platform, wait.messages)
    policy, held = promises.held_to(rules.policies, subject, wait.turn, wait.started_at)
    if policy is None:
        return None, _unmatched(wait, stored)
    if held is None:
        return policy, None
    timer = _timer(wait, policy, held, stored)
    return policy, replace(timer, told=_told(wait, policy, timer, stored, version, now))


def _policy_named(rules: ChannelRules, name: str | None) -> Policy | None:
    return next((policy for policy in rules.policies if policy.name == name), None)


def _timer(wait: DueWait, policy: Policy, held: Promise, stored: StoredTimer | None) -> StoredTimer:
    """The stored timer, held anew where nothing of it is settled, or a new one."""
    if stored and stored.settled:
        return replace(stored, episode=wait.episode)
    live, history = (held, False) if stored and not stored.history else _live(wait, policy, held)
    new = StoredTimer(held.target, policy.name, live.started_at, live.due_at, live.length, Status.ON_TRACK)
    return replace(
        stored or new,
        policy=policy.name,
        started_at=live.started_at,
        due_at=live.due_at,
        length=live.length,
        episode=wait.episode,
        history=history,
    )


def _told(
    wait: DueWait, policy: Policy, timer: StoredTimer, stored: StoredTimer | None, version: str, now: Instant
) -> int:
    """How many stages of the ladder count as told; on another ladder than before, those up to the newest one told.

    What a new rule has put into the past is shown, not announced.
    """
    if stored is None or stored.history or stored.episode != wait.episode:
        return 0
    if stored.policy == policy.name and wait.rules == version:
        return stored.told
    through = wait.told_through.get(timer.target.value, 0)
    if wait.rules != version and timer.due_at < stored.due_at:
        through = now
    return sum(at <= through for at in promises.stage_instants(policy, timer))


def _live(wait: DueWait, policy: Policy, held: Promise) -> tuple[Promise, bool]:
    """Whether it is history; a message that came later makes it live, held from that message."""
    if held.due_at > wait.history_before:
        return held, False
    revived = next((said.created_at for said in wait.messages if said.created_at > wait.history_before), None)
    again = None if revived is None else promises.promise(policy, wait.turn, revived)
    return (again, False) if again else (held, True)


def _unmatched(wait: DueWait, stored: StoredTimer | None) -> StoredTimer:
    if stored is not None and (stored.settled or wait.state != "open"):
        return stored
    target = promises.target_of(wait.turn)
    return StoredTimer(target, UNMATCHED, wait.started_at, MAX_INSTANT, 0, Status.ON_TRACK, history=True)


def _dropped(old: StoredTimer) -> StoredTimer:
    """A timer whose target the wait is no longer held to: what was settled stays, the rest ends."""
    return replace(old, status=Status.CANCELLED, counted=False) if old.status in OPEN_STATUSES else old


def _facts(wait: DueWait, timer: StoredTimer, stages: tuple[Instant, ...]) -> Facts:
    return Facts(
        due_at=timer.due_at,
        stages=stages,
        told=timer.told,
        settled=timer.settled,
        answered_at=wait.answered_at,
        cancelled=wait.state in {"cancelled", "merged"},
        last_message_at=wait.last_message_at,
        asked_at=wait.asked_at,
        history=timer.history,
    )


def _decided(
    wait: DueWait,
    timer: StoredTimer,
    policy: Policy | None,
    stages: Sequence[Instant],
    decision: Decision,
    now: Instant,
) -> StoredTimer:
    reached = [stage.name for stage, at in zip(policy.stages, stages, strict=True) if at <= now] if policy else []
    still_open = wait.answered_at is None
    elapsed = timer.elapsed if timer.settled and timer.answered_at == wait.answered_at else None
    if policy and wait.answered_at is not None and elapsed is None:
        elapsed = policy.calendar.open_between(timer.started_at, wait.answered_at)
    return replace(
        timer,
        status=decision.status,
        settled=decision.settled,
        stage=(reached[-1] if reached else "") if still_open else timer.stage,
        told=decision.told,
        counted=decision.status in OPEN_STATUSES and not decision.abandoned,
        answered_at=wait.answered_at,
        elapsed=elapsed,
    )
