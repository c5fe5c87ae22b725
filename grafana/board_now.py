"""The wall: what is true now, to be read from five metres."""

from __future__ import annotations

import links
from promql import CHANNEL, LAST_SWEEP, PROMISE, until, until_by_channel, zero
from shapes import ALARM, NOTICE, PLAIN, Board, Panel, Query, Row, number
from tables import column, counted, matrix

STATUS = {"on_track": "green", "at_risk": "yellow", "breached": "red", "unverified": "purple"}
QUEUE_OF_CELL = "${slamon_url}/?channel=${__value.text}"
SOON = ((0, "red"), (300, "yellow"), (900, "green"))

WAITING = Row(
    "Who waits",
    (
        number(
            "Waiting",
            "Promises of an answer that are open now. A customer who is promised both an acknowledgement and an answer "
            "counts twice. Open the queue page to see who waits.",
            "short",
            f"sum(slamon_waits{{{PROMISE}}})",
            steps=PLAIN,
            height=6,
        ),
        number(
            "At risk",
            "Open promises whose last stage before the due instant is reached. Answer these first: they can still be "
            "kept.",
            "short",
            f'sum(slamon_waits{{{PROMISE},status="at_risk"}})',
            steps=((0, "green"), (1, "yellow")),
            height=6,
            data_links=(links.AT_RISK,),
        ),
        number(
            "Past due",
            "Open promises past their due instant: breached, or unverified where the channel was not read since. "
            "Answer them: somebody still waits.",
            "short",
            f'sum(slamon_waits{{{PROMISE},status=~"breached|unverified"}})',
            steps=ALARM,
            height=6,
            data_links=(links.PAST_DUE,),
        ),
        number(
            "Oldest wait",
            "How long the one waits who has waited longest, around the clock. 0 means that nobody waits.",
            "s",
            zero(f"time() - min(slamon_oldest_wait_timestamp_seconds{{{CHANNEL}}})"),
            steps=PLAIN,
            height=6,
        ),
        number(
            "Next deadline in",
            "Time until the nearest due instant of a promise that is not late yet. The queue page has it on top.",
            "s",
            until(f"slamon_next_due_timestamp_seconds{{{CHANNEL}}}"),
            steps=SOON,
            never="none ahead",
            limits=(None, None),
            height=6,
        ),
        number(
            "Breaches in 30 minutes",
            "Promises that break within the next 30 minutes if nobody answers. If this is more than the desk can "
            "answer, call for help now.",
            "short",
            zero(f"sum(slamon_breaches_ahead{{{PROMISE}}})"),
            steps=((0, "green"), (1, "yellow")),
            height=6,
        ),
    ),
    (links.QUEUE, links.CHANNEL),
)

WHERE = Row(
    "Where",
    (
        Panel(
            "Waiting by channel and status",
            "Open promises. Breached and unverified are both past due; an unverified one could not be checked since, "
            "because its channel is not read. Click a channel to see its queue.",
            "short",
            (Query(f"sum by (channel, status) (slamon_waits{{{PROMISE}}})", instant=True, format="table"),),
            "table",
            width=10,
            height=9,
            transformations=matrix(
                "channel",
                "status",
                {"breached": "Breached", "unverified": "Unverified", "at_risk": "At risk", "on_track": "On track"},
            ),
            columns=(
                column("Channel", unit="string", links=[{"title": "Its queue", "url": QUEUE_OF_CELL}]),
                counted("Breached", "red"),
                counted("Unverified", "purple"),
                counted("At risk", "yellow"),
                counted("On track", "green"),
            ),
            options={"showHeader": True, "cellHeight": "md", "sortBy": [{"displayName": "Breached", "desc": True}]},
        ),
        Panel(
            "Next deadline by channel",
            "Time until the nearest due instant of each channel. Red is under 5 minutes: answer there.",
            "s",
            (Query(until_by_channel("slamon_next_due_timestamp_seconds"), "{{channel}}", instant=True),),
            "stat",
            width=7,
            height=9,
            steps=SOON,
            never="none ahead",
            limits=(None, None),
            options={"orientation": "horizontal"},
            data_links=(links.THIS_QUEUE,),
        ),
        Panel(
            "Breaches in 30 minutes by policy",
            "Which promises break within the next 30 minutes if nobody answers.",
            "short",
            (
                Query(
                    f"sum by (channel, policy) (slamon_breaches_ahead{{{PROMISE}}})",
                    "{{channel}} {{policy}}",
                    instant=True,
                ),
            ),
            "bargauge",
            width=7,
            height=9,
            steps=((0, "green"), (1, "yellow"), (10, "red")),
            data_links=(links.THIS_QUEUE,),
        ),
        Panel(
            "Waiting by status",
            "Open promises over time. A red hill that does not shrink means that late ones are left lying.",
            "short",
            (Query(f"sum by (status) (slamon_waits{{{PROMISE}}})", "{{status}}"),),
            width=12,
            stack=True,
            colours=STATUS,
        ),
        Panel(
            "Oldest wait by channel",
            "How long the one waits who has waited longest, around the clock. A gap means that nobody waited.",
            "s",
            (Query(f"time() - min by (channel) (slamon_oldest_wait_timestamp_seconds{{{CHANNEL}}})", "{{channel}}"),),
            width=12,
            data_links=(links.THIS_CHANNEL, links.THIS_QUEUE),
        ),
    ),
    (links.QUEUE, links.CHANNEL),
)

HEALTH = Row(
    "Can slamon see",
    (
        Panel(
            "Channel health",
            "Red while the last complete read of a channel is too old to call anybody late: nothing new is seen there. "
            "Look at the board slamon itself for the reason.",
            "short",
            (Query(f"max by (channel) (slamon_channel_blind{{{CHANNEL}}})", "{{channel}}"),),
            "state-timeline",
            width=10,
            mappings={"0": ("reading", "green"), "1": ("blind", "red")},
            data_links=(links.THIS_CHANNEL,),
        ),
        Panel(
            "Last complete read",
            "Time since the last complete read of each channel began. It should stay near the poll interval.",
            "s",
            (
                Query(
                    f"time() - min by (channel) (slamon_channel_last_success_timestamp_seconds{{{CHANNEL}}})",
                    "{{channel}}",
                    instant=True,
                ),
            ),
            "stat",
            width=6,
            empty="No channel was read yet",
            steps=((0, "green"), (600, "yellow"), (1800, "red")),
            options={"orientation": "horizontal"},
            data_links=(links.THIS_CHANNEL,),
        ),
        number(
            "Unmatched",
            "Customers who wait and whom no policy covers. Nobody is alerted for them: add a policy to the rules.",
            "short",
            f"sum(slamon_unmatched_waits{{{CHANNEL}}})",
            steps=NOTICE,
            height=8,
            links=(links.docs("Write a policy", "docs/rules.md"),),
        ),
        number(
            "Last sweep",
            "Age of the last look over the deadlines at the last scrape. Above 30 s nobody is watched: see to slamon.",
            "s",
            LAST_SWEEP,
            steps=((0, "green"), (30, "red")),
            height=8,
            empty="slamon is not scraped",
        ),
    ),
    (links.ITSELF, links.RUNBOOKS),
)

BOARD = Board(
    "slamon-now",
    "slamon: now",
    "Who waits, what breaks next, and whether slamon can see. For a wall.",
    (WAITING, WHERE, HEALTH),
    since="now-3h",
    refresh="10s",
)
