"""Where a stored channel's threads stand, and who answers there: what judging or folding them anew needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slamon.connectors import found
from slamon.connectors.base import Identity
from slamon.history.judge import Place
from slamon.sla.settings import fold_settings

if TYPE_CHECKING:
    from slamon.sla.fold import FoldSettings
    from slamon.sla.policy import RuleSet
    from slamon.store.history import StoredChannel


def place_of(channel: StoredChannel) -> Place:
    """The place of a channel as its last reading left it; before the first one, nobody answers there yet."""
    connector = found().get(channel.platform)
    return Place(
        channel.name,
        channel.platform,
        ours=_identity(channel.identity).ours if channel.identity else frozenset(),
        flat_replies=connector is not None and connector.flat_replies,
    )


def settings_of(channel: StoredChannel, rules: RuleSet) -> FoldSettings:
    """What the fold of its threads depends on."""
    place = place_of(channel)
    return fold_settings(
        rules.of(channel.name),
        channel=place.channel,
        platform=place.platform,
        ours=place.ours,
        flat_replies=place.flat_replies,
    )


def _identity(pinned: str) -> Identity:
    facts = json.loads(pinned)
    return Identity(facts["account"], facts["handle"], tuple(facts["team"]))
