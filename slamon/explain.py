"""Why a conversation stands where it stands: messages, policy, sums, what was told and why."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from slamon.errors import SlamonError
from slamon.history.stored import place_of
from slamon.model import RESPONSES, Target
from slamon.rules import load_files
from slamon.sla import timer as promises
from slamon.sla.conditions import note
from slamon.sla.fold import fold
from slamon.sla.handling import SNOOZE_ENDS
from slamon.sla.marking import mark
from slamon.sla.policy import match
from slamon.sla.settings import fold_settings
from slamon.sla.subject import Subject
from slamon.store import actions, explained, facts, history, rulesets
from slamon.tellings import Heard, tellings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.history.judge import Place
    from slamon.model import Instant, Message, Millis, Role
    from slamon.sla.fold import FoldSettings
    from slamon.sla.marking import Marking
    from slamon.sla.policy import ChannelRules, Policy, RuleSet
    from slamon.store.actions import Action
    from slamon.store.explained import StoredWait, Told
    from slamon.store.facts import WaitFacts
    from slamon.store.history import StoredChannel, StoredThread
    from slamon.store.queue import StoredTimer
    from slamon.store.store import Store
    from slamon.tellings import Telling

QUIET_THREADS = 20
"""Threads without a wait that one name may bring up."""
SEARCHED = 50
"""The newest messages of a thread in which it is asked whether patterns take too long."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the thread, and what it was taken for."""

    message: Message
    role: Role
    wait: int | None
    """The wait that it belongs to."""
    no_reply: str
    """Why it needs no reply; empty where it does."""
    slow: Sequence[str] = ()
    """Patterns that took too long in it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a policy above the one that the wait is held to is not the one."""

    policy: str
    condition: str
    """In words, the first that does not hold; empty where all do, but the promise would not be due earlier."""
    note: str = ""
    """More of it: that a pattern took too long."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What the wait is held to."""

    policy: str | None
    """Empty: none matches; `None`: that is not decided yet."""
    rules: str | None
    """The version of the rules that it was matched with."""
    in_force: str
    """The version of those in force now."""
    at_hand: bool
    """Whether the rules it was matched with are still known; if not, those in force stand for them."""
    failed: Sequence[Failed]
    now: str
    """The policy that it would be held to under the rules in force now; empty: none."""


@dataclass(frozen=True, slots=True)
class Held:
    """A target of the wait."""

    timer: StoredTimer
    calendar: str
    """Its name, where it ever closes."""
    wall: Millis
    """From its start to its end, or to now."""
    open: Millis | None
    """The same in open time; `None` where its policy is not known any more."""
    tellings: Sequence[Telling]


@dataclass(frozen=True, slots=True)
class Explained:
    """One wait with its reasons."""

    stored: StoredWait
    channel: StoredChannel
    targets_seen: Sequence[WaitFacts]
    thread: Sequence[Said]
    matched: Matched
    targets: Sequence[Held]
    """The answer first."""
    waited: Millis
    """Wall time from start to answer or cancellation, or to now."""
    told: Sequence[Told]
    actions: Sequence[Action] = ()
    """What people did about it, oldest first."""

    @property
    def wait(self) -> WaitFacts:
        """As alerts speak of it; only of a wait with a target."""
        return self.targets_seen[0]

    @property
    def elsewhere(self) -> list[Told]:
        """Letters that belong to no stage of today's ladders: of earlier rules, or of earlier answers."""
        shown = {id(letter) for held in self.targets for step in held.tellings for letter in step.letters}
        return [letter for letter in self.told if id(letter) not in shown and letter.stage != SNOOZE_ENDS]

    def ends_of(self, action: Action) -> list[Told]:
        """The letters with which a snooze ends."""
        return [letter for letter in self.told if letter.stage == SNOOZE_ENDS and letter.repeat == action.id]


@dataclass(frozen=True, slots=True)
class Quiet:
    """A thread in which nobody ever waited."""

    channel: StoredChannel
    thread: str
    messages: Sequence[Said]


def explain(
    store: Store,
    rules: RuleSet,
    name: str,
    now: Instant,
    audiences: Collection[str | None] | None = None,
    most: int | None = None,
) -> list[Explained]:
    """Every wait that `name` may mean: its number, or the id of a message, a thread, a customer, or a handle.

    `audiences`: those that anybody hears of, the default one as `None`. `most`: no more than the newest so many.
    """
    with store.read() as tx:
        teller = _Teller(tx, rules, Heard(now, audiences))
        found = (explained.wait_of(tx, id_) for id_ in facts.waits_named(tx, name)[-(most or 0) :])
        return [teller.tell(wait) for wait in found if wait]


def quiet(store: Store, rules: RuleSet, name: str) -> list[Quiet]:
    """Threads that `name` may mean in which nobody ever waited, newest first, up to twenty."""
    with store.read() as tx:
        teller = _Teller(tx, rules, Heard(0))
        named = explained.threads_named(tx, list(teller.channels.values()), name, QUIET_THREADS)
        threads = ((teller.channels[of], history.thread(tx, of, thread)) for of, thread in named)
        return [
            Quiet(channel, thread.name, teller.said(channel, thread))
            for channel, thread in threads
            if not any(thread.waits.values())
        ]


class _Teller:
    """Tells of waits by one reading of the store."""

    def __init__(self, tx: Connection, rules: RuleSet, heard: Heard) -> None:
        self.tx = tx
        self.rules = rules
        self.heard = heard
        self.channels = {channel.id: channel for channel in history.channels(tx)}
        self._past: dict[str, RuleSet | None] = {rules.version: rules, **rules.past}

    def tell(self, wait: StoredWait) -> Explained:
        channel = self.channels[wait.channel]
        thread = history.thread(self.tx, channel.id, wait.thread)
        past = self._rules_of(wait.rules)
        rules = (past or self.rules).of(channel.name)
        policy = next((policy for policy in rules.policies if policy.name == wait.policy), None)
        subject = _subject(wait, channel, thread)
        letters = explained.told_of(self.tx, wait.id)
        timers = explained.timers_of(self.tx, wait.id)
        ends = (wait.answered_at, wait.cancelled_at, *(timer.answered_at for timer in _ordered(wait, timers)[:1]))
        return Explained(
            wait,
            channel,
            facts.of_targets(self.tx, wait.id),
            self.said(channel, thread),
            self._matched(wait, rules, policy, subject, at_hand=past is not None),
            [self._held(wait, timer, rules, letters) for timer in _ordered(wait, timers)],
            next((at for at in ends if at is not None), self.heard.now) - wait.started_at,
            letters,
            actions.of_wait(self.tx, wait.id),
        )

    def said(self, channel: StoredChannel, thread: StoredThread) -> list[Said]:
        place, rules = place_of(channel), self.rules.of(channel.name)
        roles = fold(thread.messages, _settings(place, rules)).roles
        messages = sorted(thread.messages, key=lambda m: (m.created_at, m.id))
        late = {m.id for m in messages[-SEARCHED:]}
        return [
            Said(
                message,
                roles[message.id],
                thread.waits.get(message.id),
                thread.no_reply.get(message.id, ""),
                _slow(message, rules.marking, place) if message.id in late else (),
            )
            for message in messages
        ]

    def _rules_of(self, version: str | None) -> RuleSet | None:
        """The rules of that version; `None` where they are not kept, or cannot be read any more."""
        if version is None:
            return self.rules
        if version not in self._past:
            files = rulesets.files_of(self.tx, version)
            try:
                self._past[version] = None if files is None else load_files(files)
            except SlamonError:
                self._past[version] = None
        return self._past[version]

    def _matched(
        self, wait: StoredWait, rules: ChannelRules, policy: Policy | None, subject: Subject, *, at_hand: bool
    ) -> Matched:
        today = self.rules.of(subject.channel)
        now, _ = promises.held_to(today.policies, subject, wait.turn, wait.started_at)
        above = takewhile(lambda other: other is not policy, rules.policies)
        known = policy is not None or not wait.policy
        return Matched(
            wait.policy,
            wait.rules,
            self.rules.version,
            at_hand,
            [_failed(one, subject) for one in above] if known else (),
            now.name if now else "",
        )

    def _held(self, wait: StoredWait, timer: StoredTimer, rules: ChannelRules, letters: Sequence[Told]) -> Held:
        policy = next((policy for policy in rules.policies if policy.name == timer.policy), None)
        ends = (timer.answered_at, wait.cancelled_at, self.heard.now)
        end = next(at for at in ends if at is not None)
        begin = wait.started_at if timer.target in RESPONSES else timer.started_at
        if policy is None:
            return Held(timer, "", end - begin, timer.elapsed, ())
        calendar = promises.calendar_of(policy, timer.target)
        spent = calendar.open_between(timer.started_at, end) if timer.elapsed is None else timer.elapsed
        ladder = tellings(policy, timer, wait, letters, self.heard)
        return Held(timer, calendar.name if calendar.closes else "", end - begin, spent, ladder)


def _ordered(wait: StoredWait, timers: Mapping[Target, StoredTimer]) -> list[StoredTimer]:
    owed = promises.target_of(wait.turn)
    order = [owed, *(target for target in Target if target is not owed)]
    return [timers[target] for target in order if target in timers and timers[target].policy]


def _subject(wait: StoredWait, channel: StoredChannel, thread: StoredThread) -> Subject:
    messages = sorted(thread.messages, key=lambda m: (m.created_at, m.id))
    own = [message for message in messages if thread.waits.get(message.id) == wait.id]
    return Subject(channel.name, channel.platform, promises.judged_by(own, wait.answered_at), messages)


def _failed(policy: Policy, subject: Subject) -> Failed:
    missed = match([policy], subject).failed
    words = missed[0][1] if missed else ""
    notes = (note(condition, subject) for condition in policy.conditions if condition.words == words)
    return Failed(policy.name, words, next(notes, ""))


def _settings(place: Place, rules: ChannelRules) -> FoldSettings:
    return fold_settings(
        rules, channel=place.channel, platform=place.platform, ours=place.ours, flat_replies=place.flat_replies
    )


def _slow(message: Message, marking: Marking, place: Place) -> tuple[str, ...]:
    """The patterns about single messages that are given up on it."""
    if marking.idle:
        return ()
    mark(message, marking, channel=place.channel, platform=place.platform, ours=place.ours)
    subject = Subject(place.channel, place.platform, (message,))
    lines = [*marking.automatic, *marking.hand_over, *marking.holding]
    slow = [line.pattern.pattern for line in lines if note(line, subject)]
    own = [one.words for rule in marking.no_reply for one in rule.conditions if note(one, subject)]
    return (*slow, *own)
