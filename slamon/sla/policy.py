"""A promise as data, and which promise a wait is held to: the first policy, as written, whose conditions all hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from slamon.model import DAY, HOUR, MINUTE, Kind, Target
from slamon.sla.calendar import ALWAYS
from slamon.sla.marking import NOTHING_MARKED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Instant, Millis
    from slamon.sla.calendar import Calendar, OpenDays
    from slamon.sla.conditions_text import Patience
    from slamon.sla.marking import Marking
    from slamon.sla.subject import Condition, Subject

    Length: TypeAlias = Millis | OpenDays

WHOLE = 1_000_000
"""Shares are parts per million, so that they stay integers."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A rung of the ladder: at a share of the target, or at an offset in open time from due; who hears of it."""

    name: str
    """As written: `80%`, `+30m`."""
    share: int | None = None
    """In parts per million of the target; `None` where `offset` is given."""
    offset: Millis | None = None
    """From due on; a negative one lies before it."""
    audience: str | None = None
    """`None`: the default audience."""
    broadcast: bool = True
    repeat: Millis | None = None
    """Told again each time that so much time of the target has passed, until acknowledged or closed."""
    at_most: int = 1
    """Told so often altogether."""
    until_answered: bool = False
    """It repeats although somebody has acknowledged."""
    exempt: bool = False
    """It is told by itself, however much else is told at the time."""
    ignores_quiet: bool = False
    """It is told in quiet hours, too."""

    @property
    def accuses(self) -> bool:
        """Whether it tells of a breach: from 100 % on."""
        return (self.share or 0) >= WHOLE if self.offset is None else self.offset >= 0


DEFAULT_STAGES = (Stage("80%", share=800_000), Stage("100%", share=WHOLE))


class AnsweredBy(StrEnum):
    """Whose sign ends a target."""

    HUMAN = "human"
    ANYONE = "anyone"
    """A machine's answer is one, too."""
    REACTION = "reaction"
    """A like of the brand's is enough."""


@dataclass(frozen=True, slots=True)
class Objective:
    """How many promises are to be kept: a share in parts per million, over so much time."""

    share: int
    over: Millis


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule: when it applies, its targets in open time of its calendar, its stages."""

    name: str
    targets: Mapping[Target, Length | None]
    """`None`, or absent: the target is off. `next_response` left out in YAML is already filled in here."""
    conditions: tuple[Condition, ...] = ()
    calendar: Calendar = ALWAYS
    stages: tuple[Stage, ...] = DEFAULT_STAGES
    answered_by: Mapping[Target, AnsweredBy] = field(default_factory=dict)
    """Where a target is absent: a person, and for an acknowledgement anyone."""
    objective: Objective | None = None
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    """It is for waits that begin in [valid_from, valid_until)."""
    names_listening: bool = False
    """Keyword listening is watched only where a policy names that kind."""
    names_filtered: bool = False
    """So are messages that the platform hid from the start."""

    def ends(self, target: Target, *, automatic: bool) -> bool:
        """Whether a machine's (`automatic`), or a person's, answer ends that target."""
        by = AnsweredBy.ANYONE if target is Target.ACKNOWLEDGEMENT else AnsweredBy.HUMAN
        return not automatic or self.answered_by.get(target, by) is not AnsweredBy.HUMAN


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """What one channel is measured by: `rules/<channel>.yaml`, else `rules/default.yaml`, else these defaults."""

    policies: tuple[Policy, ...]
    source: str = "(built in)"
    lookback: Millis = 7 * DAY
    """How far back the first poll reads."""
    new_conversation_after: Millis = DAY
    reposted_within: Millis = 15 * MINUTE
    abandoned_after: Millis = 14 * DAY
    watch_bystanders: bool = False
    staff: frozenset[str] = frozenset()
    """Ids and lower-case handles of colleagues."""
    show_text: str = "full"
    marking: Marking = NOTHING_MARKED
    """What single messages are taken for: automation, hand-over, holding text, in need of no reply."""
    suspect_within: Millis = 0
    """A reply that comes sooner is suspected to be automatic; 0: none is."""
    repeated: int = 0
    """A text used word for word in so many threads is suspected to be automatic; 0: none is."""
    bot_closes_after: Millis | None = None
    """Silence of the customer after a listed bot's answer that closes a wait; `None`: it stays open."""
    waits_from_hand_over: bool = False
    """Where a bot hands over to people, the wait for them begins there, not at the first message."""
    hidden_cancels: bool = False
    """A message that the brand hides is as good as deleted."""
    new_waits_only: bool = False
    """Changed rules are for waits that begin after the change; open ones keep those they were matched with."""

    @property
    def reads_thread(self) -> bool:
        """Whether any condition looks at the whole thread."""
        return any(condition.reads_thread for policy in self.policies for condition in policy.conditions)


HOUR_AROUND_THE_CLOCK = ChannelRules(
    policies=(Policy("everyone", {Target.FIRST_RESPONSE: HOUR, Target.NEXT_RESPONSE: HOUR}),)
)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything under `rules/`, under the name of its content."""

    version: str
    """The first 12 hex digits of a SHA-256 over the content."""
    channels: Mapping[str, ChannelRules] = field(default_factory=dict)
    default: ChannelRules = HOUR_AROUND_THE_CLOCK
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """The files it was read from, by name: what `rules.load_files` makes the same rule set of."""
    since: Instant | None = field(default=None, compare=False)
    """When it came into force; `None`: just now."""
    past: Mapping[str, RuleSet] = field(default_factory=dict, repr=False)
    """Earlier rule sets by version, as far as open waits are still held to them."""

    patience: Patience | None = field(default=None, repr=False, compare=False)
    """With which the patterns of these rules are searched for; `None` where there are none."""

    def of(self, channel: str) -> ChannelRules:
        """The rules of the channel of that name."""
        return self.channels.get(channel, self.default)

    def holding(self, channel: str, version: str | None) -> tuple[ChannelRules, str]:
        """The rules that a wait is held to which was matched under `version`, and the version of those."""
        rules = self.of(channel)
        before = self.past.get(version or "") if rules.new_waits_only else None
        return (before.of(channel), before.version) if before else (rules, self.version)


@dataclass(frozen=True, slots=True)
class Match:
    """Which policy matched (`None`: the wait is unmatched), and what failed in each one before it."""

    policy: Policy | None
    failed: tuple[tuple[str, str], ...] = ()
    """(policy name, words of the first condition that did not hold)."""


def match(policies: Sequence[Policy], subject: Subject) -> Match:
    """The first policy, as written, that is for such a wait and all of whose conditions hold."""
    failed: list[tuple[str, str]] = []
    for policy in policies:
        miss = _closed_to(policy, subject) or next((c.words for c in policy.conditions if not c.holds(subject)), None)
        if miss is None:
            return Match(policy, tuple(failed))
        failed.append((policy.name, miss))
    return Match(None, tuple(failed))


def _closed_to(policy: Policy, subject: Subject) -> str | None:
    """Why a policy is not for such waits, whatever its conditions; usually `None`."""
    messages = subject.messages
    if not messages:
        return None
    if policy.valid_from is not None and messages[0].created_at < policy.valid_from:
        return "valid"
    if policy.valid_until is not None and messages[0].created_at >= policy.valid_until:
        return "valid"
    if not policy.names_listening and all(said.kind is Kind.LISTENING for said in messages):
        return "naming kind: listening"
    if not policy.names_filtered and all(said.filtered for said in messages):
        return "naming filtered: yes"
    return None
