"""A promise as data, and which promise a wait is held to: the first policy, as written, whose conditions all hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from slamon.model import DAY, HOUR, MINUTE, Target
from slamon.sla.calendar import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Message, Millis
    from slamon.sla.calendar import Calendar

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
    audience: str | None = None
    """`None`: the default audience."""
    broadcast: bool = True

    @property
    def accuses(self) -> bool:
        """Whether it tells of a breach: from 100 % on."""
        return self.offset is not None or (self.share or 0) >= WHOLE


DEFAULT_STAGES = (Stage("80%", share=800_000), Stage("100%", share=WHOLE))


@dataclass(frozen=True, slots=True)
class Subject:
    """What conditions may look at: the channel, and all customer messages of the wait, oldest first."""

    channel: str
    platform: str
    messages: Sequence[Message]


class Condition(Protocol):
    """One line under `when`."""

    @property
    def words(self) -> str:
        """The condition as the admin wrote it, for `explain`."""
        ...

    def holds(self, subject: Subject) -> bool:
        """Whether the wait meets it."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule: when it applies, its targets in open time of its calendar, its stages."""

    name: str
    targets: Mapping[Target, Millis | None]
    """`None`: the target is off. `next_response` left out in YAML is already filled with `first_response` here."""
    conditions: tuple[Condition, ...] = ()
    calendar: Calendar = ALWAYS
    stages: tuple[Stage, ...] = DEFAULT_STAGES


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

    def of(self, channel: str) -> ChannelRules:
        """The rules of the channel of that name."""
        return self.channels.get(channel, self.default)


@dataclass(frozen=True, slots=True)
class Match:
    """Which policy matched (`None`: the wait is unmatched), and what failed in each one before it."""

    policy: Policy | None
    failed: tuple[tuple[str, str], ...] = ()
    """(policy name, words of the first condition that did not hold)."""


def match(policies: Sequence[Policy], subject: Subject) -> Match:
    """The first policy, as written, all of whose conditions hold."""
    failed: list[tuple[str, str]] = []
    for policy in policies:
        miss = next((c for c in policy.conditions if not c.holds(subject)), None)
        if miss is None:
            return Match(policy, tuple(failed))
        failed.append((policy.name, miss.words))
    return Match(None, tuple(failed))
