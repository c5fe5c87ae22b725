"""Rows of the board "slamon itself": reading the channels, and what the platforms allow."""

from __future__ import annotations

import links
from promql import CHANNEL, a_minute, in_a_day, quantile, until_by_channel, zero
from shapes import Panel, Query, Row
from tables import column, merged

READING = Row(
    "Reading",
    (
        Panel(
            "Blind",
            "Red while the last complete read of a channel is too old to call anybody late. Polls that failed, below, "
            "say why.",
            "short",
            (Query(f"max by (channel) (slamon_channel_blind{{{CHANNEL}}})", "{{channel}}"),),
            "state-timeline",
            mappings={"0": ("reading", "green"), "1": ("blind", "red")},
        ),
        Panel(
            "Last complete read",
            "Time since the last complete read of each channel began. It should stay near the poll interval.",
            "s",
            (
                Query(
                    f"time() - min by (channel) (slamon_channel_last_success_timestamp_seconds{{{CHANNEL}}})",
                    "{{channel}}",
                ),
            ),
            empty="No channel was read yet",
        ),
        Panel(
            "Time between polls",
            "How often each channel is polled now. Longer than `every` means that a quota is short.",
            "s",
            (Query(f"max by (channel) (slamon_poll_interval_seconds{{{CHANNEL}}})", "{{channel}}"),),
            empty="No poll was timed yet",
        ),
        Panel(
            "Polls",
            "Polls and rechecks that ended, a minute. A line that falls to 0 means that nothing is read.",
            "short",
            (Query(a_minute("slamon_polls_total", "purpose"), "{{purpose}}"),),
        ),
        Panel(
            "Polls that failed",
            "Polls and rechecks that did not read everything, a minute, by the verdict on the platform's answer. "
            "Short peaks heal by themselves; a credential that is refused does not.",
            "short",
            (Query(a_minute("slamon_poll_failures_total", "outcome"), "{{outcome}}"),),
        ),
        Panel(
            "Time of a poll",
            "95 of 100 polls took less, by platform. Above the poll interval, channels fall behind.",
            "s",
            (Query(quantile(0.95, "slamon_poll_duration_seconds", ", platform"), "{{platform}}"),),
            empty="No poll ended in this time",
        ),
        Panel(
            "Messages from polls",
            "What polls and rechecks handed over, a minute. Rejected ones went to quarantine.",
            "short",
            (Query(a_minute("slamon_poll_messages_total", "outcome"), "{{outcome}}"),),
            stack=True,
        ),
        Panel(
            "Posts in quarantine",
            "Posts kept aside because they could not be understood or saved. Each may be a customer nobody sees: "
            "the log says why it was kept aside.",
            "short",
            (Query(f"sum by (channel) (slamon_quarantined_messages{{{CHANNEL}}})", "{{channel}}"),),
        ),
        Panel(
            "Skipped messages",
            "Messages of 24 hours that count as nothing because their own headers call them automatic, or prove "
            "nothing. Only mail has such headers: 0 elsewhere.",
            "short",
            (Query(zero(in_a_day("slamon_skipped_messages_total", "channel, reason")), "{{channel}} {{reason}}"),),
        ),
    ),
    (links.NOW, links.OPERATIONS),
)

PLATFORMS = Row(
    "Platforms",
    (
        Panel(
            "Requests by answer",
            "Requests to platforms a minute, by HTTP status, or what came instead of one. 401 and 403: a credential. "
            "429: too many.",
            "short",
            (Query(a_minute("slamon_api_calls_total", "code"), "{{code}}"),),
            stack=True,
        ),
        Panel(
            "Time of a request",
            "95 of 100 requests took less, by platform and endpoint.",
            "s",
            (
                Query(
                    quantile(0.95, "slamon_api_call_duration_seconds", ", platform, endpoint"),
                    "{{platform}} {{endpoint}}",
                ),
            ),
            empty="No request in this time",
        ),
        Panel(
            "Platform clock less ours",
            "Whole seconds are usual. More than a few makes waits wrong by as much: see to this machine's clock.",
            "s",
            (Query("max by (platform) (slamon_clock_skew_seconds)", "{{platform}}"),),
            limits=(None, None),
            empty="No platform has told the time",
        ),
        Panel(
            "Quotas",
            "What each platform allows in a window, what is left, and when it is whole again. Polls leave the last "
            "tenth to looks before an accusation.",
            "short",
            (
                Query(f"slamon_api_quota_limit{{{CHANNEL}}}", instant=True, format="table"),
                Query(f"slamon_api_quota_remaining{{{CHANNEL}}}", instant=True, format="table"),
                Query(
                    f"slamon_api_quota_remaining{{{CHANNEL}}} / slamon_api_quota_limit{{{CHANNEL}}}",
                    instant=True,
                    format="table",
                ),
                Query(f"slamon_api_quota_reset_timestamp_seconds{{{CHANNEL}}} - time()", instant=True, format="table"),
            ),
            "table",
            width=12,
            empty="No platform has named a quota",
            transformations=merged(
                {
                    "channel": "Channel",
                    "endpoint": "Endpoint",
                    "Value #A": "Allowed",
                    "Value #B": "Left",
                    "Value #C": "Share left",
                    "Value #D": "Whole again in",
                },
            ),
            columns=(
                column("Channel", unit="string"),
                column("Endpoint", unit="string"),
                column("Share left", unit="percentunit", decimals=0),
                column("Whole again in", unit="s"),
            ),
            options={"showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": "Share left", "desc": False}]},
        ),
        Panel(
            "Credentials end in",
            "Time until a credential ends by itself. Renew it before: afterwards the channel is blind.",
            "s",
            (
                Query(
                    until_by_channel("slamon_credential_expires_timestamp_seconds", ", credential"),
                    "{{channel}} {{credential}}",
                    instant=True,
                ),
            ),
            "stat",
            width=6,
            steps=((-1e9, "red"), (172_800, "yellow"), (1_209_600, "green")),
            limits=(None, None),
            never="no end known",
            options={"orientation": "horizontal"},
            links=(links.RUNBOOKS,),
        ),
        Panel(
            "API spend",
            "What platforms bill for their answers, estimated from their price lists, over 24 hours. "
            "0 where a platform costs nothing.",
            "currencyUSD",
            (Query(zero(in_a_day("slamon_api_spend_dollars_total", "channel, endpoint")), "{{channel}} {{endpoint}}"),),
            width=6,
            stack=True,
        ),
    ),
    (links.CHANNEL, links.OPERATIONS),
)
