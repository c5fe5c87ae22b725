"""Alerts about customers: forgotten, covered by no policy, not understood, or suddenly many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import DAY, SECOND
from slamon.promrules.model import WARNING, Alert, Group
from slamon.promrules.objectives import span

if TYPE_CHECKING:
    from slamon.promrules.basis import Basis

GRACE = 3 * DAY
"""Beyond the longest promise: a long weekend for promises that count open hours only."""
FORGOTTEN = """\
time() - min by (channel) (slamon_oldest_wait_timestamp_seconds) > {limit}
  and sum by (channel) (slamon_waits{{status="breached"}}) > 0
"""
SURGE = """\
channel:slamon_waits_received:increase1h >= 20
  and channel:slamon_waits_received:increase1h > 3 * channel:slamon_waits_received:usual1h
  unless max by (channel) (max_over_time(slamon_channel_blind[1h])) == 1
"""
"""After a channel was blind, all that was written meanwhile is received at once: that is no surge."""


def group(basis: Basis) -> Group:
    """The longest promise says what is far past due."""
    limit = basis.longest_promise + GRACE
    rules = (
        Alert(
            "SlamonOldestWaitFarPastDue",
            FORGOTTEN.format(limit=limit // SECOND),
            WARNING,
            "Somebody waits on {{$labels.channel}} for {{$value|humanizeDuration}}",
            f"No promise is longer than {span(limit - GRACE)}, and three days more are over. Has it been forgotten?",
            "slamon-now",
            "15m",
        ),
        Alert(
            "SlamonWaitsUnmatched",
            "max by (channel) (slamon_unmatched_waits) > 0",
            WARNING,
            "Customers wait on {{$labels.channel}} whom no policy covers",
            'They are held to nothing, and nobody is told of them: {{$value|printf "%.0f"}} now.',
            "slamon-channel",
            "15m",
        ),
        Alert(
            "SlamonPostsQuarantined",
            "max by (channel) (slamon_quarantined_messages) > 0",
            WARNING,
            "Posts on {{$labels.channel}} could not be understood",
            'They are kept aside and count nowhere: {{$value|printf "%.0f"}} now. A customer may wait in one.',
            "slamon-channel",
            "15m",
        ),
        Alert(
            "SlamonArrivalsSurge",
            SURGE,
            WARNING,
            "Many customers write on {{$labels.channel}}",
            '{{$value|printf "%.0f"}} began to wait within an hour: more than three times what is usual at this '
            "hour of the week.",
            "slamon-channel",
            "5m",
        ),
    )
    return Group("slamon-waiting", "Customers who wait.", rules)
