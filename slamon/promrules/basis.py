"""What the rules for Prometheus depend on, out of a whole configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.model import DAY, MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.config import Config
    from slamon.model import Millis
    from slamon.sla.policy import Length, Objective, Policy, RuleSet


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything that is read from YAML; the same basis gives the same rules, byte for byte."""

    source: str
    """The name of the configuration's file."""
    version: str
    """Of the rules."""
    objectives: tuple[Objective, ...] = ()
    """Each that any policy has, once."""
    shortest_every: Millis = MINUTE
    """Of all channels."""
    longest_promise: Millis = DAY
    """Open days count as days."""


def basis_of(config: Config, rules: RuleSet) -> Basis:
    """What of `config` and `rules` the rules for Prometheus depend on."""
    policies = list(_policies(config, rules))
    objectives = {policy.objective for policy in policies if policy.objective}
    return Basis(
        source=config.path.name,
        version=rules.version,
        objectives=tuple(sorted(objectives, key=lambda each: (each.share, each.over))),
        shortest_every=min((channel.every for channel in config.channels), default=MINUTE),
        longest_promise=max(
            (_wall(length) for policy in policies for length in policy.targets.values() if length), default=DAY
        ),
    )


def _policies(config: Config, rules: RuleSet) -> Iterator[Policy]:
    for channel in config.channels:
        yield from rules.of(channel.name).policies


def _wall(length: Length) -> Millis:
    return length if isinstance(length, int) else length.days * DAY
