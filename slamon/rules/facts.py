"""What rules may refer to, handed in by whoever knows the configuration and the connectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from slamon.model import Kind
    from slamon.sla.calendar import Calendar


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What is known of a channel; what nobody knows is empty or `None`, and nothing is refused for it."""

    platform: str
    delivers: frozenset[str] | None = None
    """The fields that its connector fills in, as `Connector.delivers` names them."""
    kinds: frozenset[Kind] | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What the rules of one file may refer to."""

    channels: Mapping[str, ChannelFacts] | None
    """Every channel; `None`: unknown."""
    served: Mapping[str, ChannelFacts]
    """The channels that this file is for."""
    audiences: Collection[str] | None
    calendars: Mapping[str, Calendar | None]
    """By name; `None` for one that has faults of its own."""
