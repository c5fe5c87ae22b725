"""What rules may refer to, handed in by whoever knows the configuration and the connectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.fields import mistake
from slamon.rules._language import detector
from slamon.rules._patience import LimitedPatience
from slamon.rules.words import read_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from slamon.model import Kind
    from slamon.sla.calendar import Calendar
    from slamon.sla.conditions_text import Patience
    from slamon.sla.words import Words


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What is known of a channel; what nobody knows is empty or `None`, and nothing is refused for it."""

    platform: str
    delivers: frozenset[str] | None = None
    """The fields that its connector fills in, as `Connector.delivers` names them."""
    kinds: frozenset[Kind] | None = None


def _nothing_attached(name: str) -> bytes:
    raise mistake(f"there is no file `{name[:60]}` beside the rules")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the rules of one file may refer to."""

    channels: Mapping[str, ChannelFacts] | None
    """Every channel; `None`: unknown."""
    served: Mapping[str, ChannelFacts]
    """The channels that this file is for."""
    audiences: Collection[str] | None
    calendars: Mapping[str, Calendar | None] | None
    """By name; `None` for one that has faults of its own, and for all of them, where their file could not be read."""
    words: Words = field(default_factory=lambda: read_words(None))
    attached: Callable[[str], bytes] = _nothing_attached
    """The content of a file beside the rules; raises a `mistake` where there is none."""
    detect: Callable[[str], str] | None = field(default_factory=detector)
    """The language that a text is written in, as far as it can be told; `None`: nobody can tell."""
    patience: Patience = field(default_factory=LimitedPatience)
    """Searches for admins' patterns, within limits of time."""
