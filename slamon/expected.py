"""Configuration and rules → the series that metrics promise: each is there before anything happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.figures import WEEKS
from slamon.metrics.stored import Aim
from slamon.model import BY_HAND, CHANNEL_LABELS
from slamon.sla.policy import WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.config import Config
    from slamon.exporter import Exporter
    from slamon.model import Target
    from slamon.sla.policy import ChannelRules, RuleSet


def expect(exporter: Exporter, config: Config, rules: RuleSet, platforms: Mapping[str, str], notifier: str) -> None:
    """Tell the exporter what is configured; `platforms` by channel, `notifier` empty where nobody is told."""
    labels = {channel.name: channel.labels for channel in config.channels}
    channels = [
        (name, platform, *(labels[name].get(key, "") for key in CHANNEL_LABELS)) for name, platform in platforms.items()
    ]
    exporter.expect(
        channels,
        {name: _promised(rules.of(name)) for name in platforms},
        [(notifier, name) for name in config.notify.audiences] if notifier else [],
        {name: _reasons(rules.of(name)) for name in platforms},
        aims(rules, platforms),
    )


def aims(rules: RuleSet, channels: Mapping[str, str]) -> dict[tuple[str, str], Aim]:
    """What is asked of each (channel, policy)."""
    found = {}
    for name in channels:
        for policy in rules.of(name).policies:
            objective = policy.objective
            found[name, policy.name] = Aim(objective.share / WHOLE, objective.over) if objective else Aim(None, WEEKS)
    return found


def _promised(rules: ChannelRules) -> Sequence[tuple[str, Sequence[Target]]]:
    return [
        (policy.name, [target for target, length in policy.targets.items() if length is not None])
        for policy in rules.policies
    ]


def _reasons(rules: ChannelRules) -> Sequence[str]:
    return [*(rule.reason for rule in rules.marking.no_reply), *sorted(BY_HAND)]
