"""Rows of the board "Channel": the balance of 28 days, and arrivals by hour of the week."""

from __future__ import annotations

import links
from promql import CHANNEL, HOURS_OF_WEEK
from shapes import PLAIN, Panel, Query, Row, number
from tables import column, matrix

RECENT = f"slamon_recent_waits{{{CHANNEL}}}"
OWED = f'sum(slamon_recent_waits{{{CHANNEL},outcome!~"no_reply|dismissed|cancelled"}})'
NOTHING = "Nothing came in 28 days, or slamon is not scraped"


def of_owed(outcomes: str) -> str:
    """The share of these outcomes in all that was owed an answer. Nothing owed is no data, never 100 %."""
    return f'sum(slamon_recent_waits{{{CHANNEL},outcome=~"{outcomes}"}}) / ({OWED} > 0)'


def of_received(outcomes: str) -> str:
    """The share of these outcomes in all that was received."""
    chosen = f'{CHANNEL},outcome=~"{outcomes}"'
    return f"sum(slamon_recent_waits{{{chosen}}}) / (sum(slamon_recent_received{{{CHANNEL}}}) > 0)"


def share(title: str, description: str, expr: str) -> Panel:
    """A share of the last 28 days."""
    return number(title, description, "percentunit", expr, steps=PLAIN, empty=NOTHING, limits=(0, 1))


BALANCE = Row(
    "The last 28 days: what was received, and where it went",
    (
        number(
            "Received",
            "Waits that began in the last 28 days, and customers' messages that needed no reply. "
            "The outcomes beside it add up to this number.",
            "short",
            f"sum(slamon_recent_received{{{CHANNEL}}})",
            steps=PLAIN,
        ),
        number(
            "Not accounted for",
            "Received less all outcomes. 0 is right. Anything else is a fault of slamon: please report it.",
            "short",
            f"sum(slamon_recent_received{{{CHANNEL}}}) - sum({RECENT})",
            steps=((-1e9, "red"), (0, "green"), (0.5, "red")),
            limits=(None, None),
        ),
        share(
            "Answered at all",
            "Of all waits that are owed an answer, those that got one, from a person, a machine that may answer, or "
            "elsewhere. Open and abandoned ones count as not answered; what needs no reply, was dismissed or cancelled "
            "is left out.",
            of_owed("answered|automation|handed_over|elsewhere"),
        ),
        share(
            "By automation",
            "Of all that was received, what only a machine answered. Look at some of them: was that an answer?",
            of_received("automation"),
        ),
        share(
            "Handed over",
            "Of all that was received, what was asked to go on elsewhere, such as in a private message.",
            of_received("handed_over"),
        ),
        share(
            "Dismissed or no reply",
            "Of all that was received, what a rule or a person says needs no reply. If it grows, look at those rules.",
            of_received("dismissed|no_reply"),
        ),
        Panel(
            "Where it went",
            "Everything that was received in the last 28 days, as it stands now. The bars add up to Received.",
            "short",
            (
                Query(f"sum by (outcome) ({RECENT})", "{{outcome}}", instant=True),
                Query(f"sum(slamon_recent_received{{{CHANNEL}}})", "= received", instant=True),
            ),
            "bargauge",
            height=9,
            steps=PLAIN,
        ),
        Panel(
            "By channel",
            "The same for each channel: its row adds up to Received. Abandoned means that nobody ever answered.",
            "short",
            (
                Query(
                    f"sum by (channel, outcome) ({RECENT}) or label_replace(sum by (channel) "
                    f'(slamon_recent_received{{{CHANNEL}}}), "outcome", "received", "", "")',
                    instant=True,
                    format="table",
                ),
            ),
            "table",
            width=16,
            height=9,
            transformations=matrix(
                "channel",
                "outcome",
                {
                    "received": "Received",
                    "answered": "Answered",
                    "automation": "Automation",
                    "handed_over": "Handed over",
                    "elsewhere": "Elsewhere",
                    "no_reply": "No reply needed",
                    "dismissed": "Dismissed",
                    "cancelled": "Cancelled",
                    "abandoned": "Abandoned",
                    "open": "Open",
                    "unverified": "Unverified",
                },
            ),
            columns=(column("Channel", unit="string", custom__width=160),),
            options={"showHeader": True, "cellHeight": "sm"},
        ),
    ),
    (links.QUEUE, links.docs("Reports", "docs/reports.md")),
)

DAYS = {"1": "Mon", "2": "Tue", "3": "Wed", "4": "Thu", "5": "Fri", "6": "Sat", "0": "Sun"}

WEEK = Row(
    "When customers write",
    (
        Panel(
            "Arrivals by hour of the week",
            "Waits that began in the last 4 weeks, by day and hour, as far back as Prometheus remembers. The clock is "
            "UTC plus the hours chosen on top of this board, without summer time; `slamon report` has it by the "
            "calendar's own clock. Staff the dark cells. An hour that was never whole yet shows its last 60 minutes.",
            "short",
            (Query(HOURS_OF_WEEK, instant=True, format="table"),),
            "table",
            width=24,
            height=25,
            empty="Nothing yet",
            transformations=matrix("hour", "day", DAYS),
            columns=(
                column("Hour", unit="string", custom__width=80),
                *(
                    column(
                        day,
                        decimals=0,
                        noValue="-",
                        color={"mode": "continuous-blues"},
                        custom__cellOptions={"type": "color-background", "mode": "basic"},
                    )
                    for day in DAYS.values()
                ),
            ),
            options={"showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": "Hour", "desc": False}]},
        ),
    ),
    (links.docs("Reports", "docs/reports.md"), links.NOW),
)
