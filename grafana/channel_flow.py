"""Rows of the board "Channel" over time: arrivals and answers, response times, and what stands beside them."""

from __future__ import annotations

import links
from promql import CHANNEL, a_minute, an_hour, in_a_day, quantile, zero
from shapes import Panel, Query, Row

OUTCOME = {
    "answered": "green",
    "automation": "blue",
    "handed_over": "light-green",
    "elsewhere": "super-light-green",
    "dismissed": "purple",
    "cancelled": "yellow",
    "abandoned": "red",
}
FIRST = f'{CHANNEL},target="first_response"'
DAY = "[1d]"
HALF, MOST = (quantile(share, "slamon_response_seconds", labels=FIRST, window=DAY) for share in (0.5, 0.9))
NONE_ANSWERED = "Nothing was answered in these 24 hours"

FLOW = Row(
    "Arrivals and answers",
    (
        Panel(
            "Arrivals",
            "Waits that began, as a rate an hour. Compare with the answers: if arrivals stay above, the queue grows.",
            "short",
            (Query(an_hour("slamon_waits_received_total", "channel"), "{{channel}}"),),
            stack=True,
            data_links=(links.THIS_QUEUE,),
        ),
        Panel(
            "Closed, by outcome",
            "Waits that ended, as a rate an hour. Red ones were abandoned: nobody ever answered.",
            "short",
            (Query(an_hour("slamon_waits_closed_total", "outcome"), "{{outcome}}"),),
            stack=True,
            colours=OUTCOME,
        ),
        Panel(
            "Arrivals and closings",
            "Both in one, over an hour each. Where the lines part, the queue grows or shrinks.",
            "short",
            (
                Query(f"sum(increase(slamon_waits_received_total{{{CHANNEL}}}[1h]))", "arrived"),
                Query(f"sum(increase(slamon_waits_closed_total{{{CHANNEL}}}[1h]))", "closed"),
            ),
        ),
    ),
    (links.QUEUE, links.NOW),
)

SPEED = Row(
    "How long answers take",
    (
        Panel(
            "First response",
            "From the customer's message to the answer, around the clock, over 24 hours of answered ones: half "
            "were faster than the lowest line. Estimated within the rungs of a fixed ladder. "
            "Open ones are not in it: see Oldest wait on the board Now.",
            "s",
            (
                *(
                    Query(quantile(share, "slamon_response_seconds", labels=FIRST, window=DAY), name)
                    for share, name in ((0.5, "half"), (0.9, "9 of 10"), (0.99, "99 of 100"))
                ),
            ),
            width=8,
            empty=NONE_ANSWERED,
        ),
        Panel(
            "Spread",
            "The slowest tenth against the middle, over 24 hours. 2 is even work; above 5, some customers wait far "
            "longer than others: look for hours, kinds or languages that nobody covers.",
            "x",
            (Query(f"{MOST} / {HALF}", "p90 / p50"),),
            width=4,
            empty=NONE_ANSWERED,
        ),
        Panel(
            "First responses by how long they took",
            "Darker means more answers. The lower, the sooner. A band that climbs means that the desk falls behind.",
            "short",
            (
                Query(
                    f"sum by (le) (increase(slamon_response_seconds_bucket{{{FIRST}}}[$__rate_interval]))",
                    "{{le}}",
                    format="heatmap",
                ),
            ),
            "heatmap",
            width=12,
            empty=NONE_ANSWERED,
        ),
    ),
    (links.OBJECTIVES, links.docs("Reports", "docs/reports.md")),
)

BESIDE = Row(
    "What stands beside it",
    (
        Panel(
            "Messages by role",
            "New messages, as a rate an hour, by who wrote them. Customers without brand or staff: nobody works.",
            "short",
            (Query(an_hour("slamon_messages_total", "role"), "{{role}}"),),
            stack=True,
        ),
        Panel(
            "No reply needed, by reason",
            "Customers' messages of the last 24 hours that start no wait. A reason that jumps is a rule that "
            "catches too much: try it with `slamon explain`.",
            "short",
            (Query(zero(in_a_day("slamon_no_reply_messages_total", "reason")), "{{reason}}"),),
        ),
        Panel(
            "Corrections and suspected answers",
            "Over 24 hours: settled promises that would count otherwise now, and answers perhaps given by a machine. "
            "Many corrections mean that replies are found late: look for outages.",
            "short",
            (
                Query(in_a_day("slamon_sla_corrections_total", "from, to"), "{{from}} to {{to}}"),
                Query(f"sum(increase(slamon_suspected_answers_total{{{CHANNEL}}}[1d]))", "suspected"),
            ),
        ),
        Panel(
            "API spend",
            "What the platform bills for its answers, estimated from its price list, over the last 24 hours. "
            "0 where a platform costs nothing.",
            "currencyUSD",
            (Query(zero(in_a_day("slamon_api_spend_dollars_total", "channel")), "{{channel}}"),),
            stack=True,
        ),
        Panel(
            "Quota left",
            "What is left in the window as a share of what the platform allows. Near 0, slamon polls more slowly: "
            "raise `every`, or the quota.",
            "percentunit",
            (
                Query(
                    f"min by (channel, endpoint) (slamon_api_quota_remaining{{{CHANNEL}}} "
                    f"/ slamon_api_quota_limit{{{CHANNEL}}})",
                    "{{channel}} {{endpoint}}",
                ),
            ),
            limits=(0, 1),
            empty="No platform has named a quota",
        ),
        Panel(
            "Time blind",
            "Minutes of each hour in which nobody could be called late, because the channel was not read. "
            "0 is right: what is late then may not be known.",
            "m",
            (Query(a_minute("slamon_channel_blind_seconds_total", "channel"), "{{channel}}"),),
            limits=(0, 60),
        ),
    ),
    (links.ITSELF, links.METRICS),
)
