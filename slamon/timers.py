"""A wait as stored, and the rules it is held to → its timers as they stand before a decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from slamon.model import MAX_INSTANT, OPEN_STATUSES, RESPONSES, Status, Target
from slamon.sla import timer as promises
from slamon.sla.subject import Subject
from slamon.store.queue import StoredTimer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant
    from slamon.sla.policy import ChannelRules, Policy, RuleSet
    from slamon.sla.timer import Promise
    from slamon.store.queue import DueWait

ANSWERS = frozenset(RESPONSES)

UNMATCHED = ""
"""The policy of a wait that none matches: counted, never silently unwatched."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a wait is held to."""

    rules: ChannelRules
    version: str
    policy: Policy | None
    timers: Sequence[StoredTimer]
    """That of the answer first, where it is watched."""
    greeter: Policy | None = None
    """The policy that owes the sign of arrival."""
    dropped: Sequence[StoredTimer] = ()
    """Timers of targets that it is no longer held to."""
    bot_closed_at: Instant | None = None
    """When a bot's answer, left standing for long enough, closed it."""
    bot_closes_at: Instant | None = None
    """When that will be, if the customer stays silent."""

    def policy_of(self, target: Target) -> Policy | None:
        """The policy that promises it."""
        return self.greeter if target is Target.ACKNOWLEDGEMENT else self.policy

    def answered_at(self, wait: DueWait, target: Target) -> Instant | None:
        """When that target was ended."""
        if target is Target.FOLLOW_UP:
            return wait.followed_up_at
        policy = self.policy_of(target)
        if target is Target.ACKNOWLEDGEMENT and policy and policy.ends(target, automatic=True):
            return wait.acknowledged_at
        return wait.answered_at if wait.answered_at is not None else self.bot_closed_at


def hold(wait: DueWait, rule_set: RuleSet, now: Instant) -> Holding:
    """The policy that a wait is held to, and its timers: stored ones, held anew where that is due, and new ones."""
    rules, version = rule_set.holding(wait.channel_name, wait.rules)
    since = now if rule_set.since is None else rule_set.since
    policy, greeter, timers = _Keeping(wait, rules, version, since).timers()
    kept = {timer.target for timer in timers}
    dropped = [_dropped(old) for old in wait.timers if old.target not in kept]
    closes_at = _bot_closes_at(wait, rules)
    closed = closes_at is not None and now >= closes_at
    return Holding(
        rules,
        version,
        policy,
        timers,
        greeter,
        dropped,
        bot_closed_at=wait.bot_at if closed else None,
        bot_closes_at=None if closed else closes_at,
    )


def _bot_closes_at(wait: DueWait, rules: ChannelRules) -> Instant | None:
    if wait.bot_at is None or rules.bot_closes_after is None or wait.answered_at is not None:
        return None
    return wait.bot_at + rules.bot_closes_after


@dataclass(frozen=True, slots=True)
class _Keeping:
    wait: DueWait
    rules: ChannelRules
    version: str
    since: Instant
    """When these rules came into force."""

    def timers(self) -> tuple[Policy | None, Policy | None, list[StoredTimer]]:
        """The policy, the one that owes a sign of arrival, and all timers, that of the answer first."""
        wait = self.wait
        target = promises.target_of(wait.turn)
        stored = self._stored(target)
        stands = wait.matched == wait.revision and wait.rules == self.version
        closing = wait.state != "open" and wait.rules != self.version
        # Words that were dropped match nothing: what was promised on them stands.
        faded = any(said.faded for said in wait.messages) and self._named(wait.policy) is not None
        if wait.timers and (stands or closing or faded):
            policy, main = self._named(wait.policy), [stored] if stored else []
            greeted = self._stored(Target.ACKNOWLEDGEMENT)
            greeter = self._named(greeted.policy) if greeted else None
            return policy, greeter, [*main, *([greeted] if greeted else []), *self._beside(policy, main, anew=False)]
        subject = Subject(wait.channel_name, wait.platform, wait.messages, wait.thread_messages)
        policy, held = promises.held_to(self.rules.policies, subject, wait.turn, wait.started_at)
        greeter = promises.greeting(self.rules.policies, subject, wait.turn)
        main = [self._unmatched(stored)] if policy is None else [self._held(policy, held)] if held else []
        return policy, greeter, [*main, *self._greeted(greeter, main), *self._beside(policy, main, anew=True)]

    def _named(self, name: str | None) -> Policy | None:
        return next((policy for policy in self.rules.policies if policy.name == name), None)

    def _greeted(self, greeter: Policy | None, main: Sequence[StoredTimer]) -> list[StoredTimer]:
        """The timer of the sign of arrival, where one is owed."""
        began = promises.began_at(self.wait.messages, self.wait.started_at)
        held = promises.promise(greeter, Target.ACKNOWLEDGEMENT, began) if greeter else None
        history = any(timer.history for timer in main)
        return [self._kept(greeter, held, anew=True, history=history)] if greeter and held else []

    def _stored(self, target: Target) -> StoredTimer | None:
        return next((old for old in self.wait.timers if old.target is target), None)

    def _beside(self, policy: Policy | None, main: Sequence[StoredTimer], *, anew: bool) -> list[StoredTimer]:
        wait = self.wait
        if policy is None or policy.targets.keys() <= ANSWERS:
            return []
        held = promises.beside(policy, wait.last_message_at, wait.holding_at)
        history = any(timer.history for timer in main)
        return [self._kept(policy, promise, anew=anew, history=history) for promise in held]

    def _kept(self, policy: Policy, promise: Promise, *, anew: bool, history: bool) -> StoredTimer:
        stored = self._stored(promise.target)
        if stored and not anew:
            return stored
        timer = self._held(policy, promise)
        return replace(timer, history=timer.history or history)

    def _held(self, policy: Policy, held: Promise) -> StoredTimer:
        """The stored timer, held anew where nothing of it is settled, or a new one."""
        stored = self._stored(held.target)
        timer = self._timer(policy, held, stored)
        return replace(timer, told=self._told(policy, timer, stored))

    def _timer(self, policy: Policy, held: Promise, stored: StoredTimer | None) -> StoredTimer:
        episode = self.wait.episode
        if stored and stored.settled:
            return replace(stored, episode=episode)
        live, history = (held, False) if stored and not stored.history else self._live(policy, held)
        new = StoredTimer(held.target, policy.name, live.started_at, live.due_at, live.length, Status.ON_TRACK)
        return replace(
            stored or new,
            policy=policy.name,
            started_at=live.started_at,
            due_at=live.due_at,
            length=live.length,
            episode=episode,
            history=history,
        )

    def _told(self, policy: Policy, timer: StoredTimer, stored: StoredTimer | None) -> int:
        """How many tellings count as done; on another ladder than before, those up to the newest one done.

        What a new rule has put into the past is shown, not announced.
        """
        wait = self.wait
        if stored is None or stored.history or stored.episode != wait.episode:
            return 0
        if stored.policy == policy.name and wait.rules == self.version:
            return stored.told
        through = wait.told_through.get(timer.target.value, 0)
        if wait.rules != self.version and timer.due_at < stored.due_at:
            through = self.since
        return sum(at <= through for at in promises.stage_instants(policy, timer))

    def _live(self, policy: Policy, held: Promise) -> tuple[Promise, bool]:
        """Whether it is history; a message that came later makes it live, held from that message."""
        wait = self.wait
        if held.due_at > wait.history_before:
            return held, False
        revived = next((said.created_at for said in wait.messages if said.created_at > wait.history_before), None)
        again = None if revived is None else promises.promise(policy, held.target, revived)
        return (again, False) if again else (held, True)

    def _unmatched(self, stored: StoredTimer | None) -> StoredTimer:
        wait = self.wait
        if stored is not None and (stored.settled or wait.state != "open"):
            return stored
        target = promises.target_of(wait.turn)
        return StoredTimer(target, UNMATCHED, wait.started_at, MAX_INSTANT, 0, Status.ON_TRACK, history=True)


def _dropped(old: StoredTimer) -> StoredTimer:
    """A timer whose target the wait is no longer held to: what was settled stays, the rest ends."""
    return replace(old, status=Status.CANCELLED, counted=False) if old.status in OPEN_STATUSES else old
