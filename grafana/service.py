"""Rows for those who answer customers: who waits, and which promises are kept."""

from __future__ import annotations

from shapes import ALARM, CHANNEL, Panel, Query, Row, number

STATUS = {"on_track": "green", "at_risk": "yellow", "breached": "red", "unverified": "purple"}
OUTCOME = {"in_time": "green", "late": "red"}
WAITING = Row(
    "Who waits now",
    (
        number(
            "Waiting",
            "Customers who wait for an answer now, on the chosen channels.",
            "short",
            f"sum(slamon_waits{{{CHANNEL}}})",
            steps=((0, "blue"),),
        ),
        number(
            "Past due",
            "Waits past their due instant: breached, or unverified where the channel was not read since.",
            "short",
            f'sum(slamon_waits{{{CHANNEL},status=~"breached|unverified"}})',
            steps=ALARM,
        ),
        number(
            "Longest wait",
            "Age of the oldest open wait, around the clock.",
            "s",
            f"time() - min(slamon_oldest_wait_timestamp_seconds{{{CHANNEL}}})",
            empty="Nobody waits",
            steps=((0, "blue"),),
        ),
        number(
            "Next deadline in",
            "Time until the nearest due instant of a wait that is not late yet.",
            "s",
            f"min(slamon_next_due_timestamp_seconds{{{CHANNEL}}}) - time()",
            empty="None ahead",
            steps=((0, "red"), (300, "yellow"), (900, "green")),
        ),
        number(
            "Unmatched",
            "Customers who wait and whom no policy covers. Nobody is alerted for them: add a policy.",
            "short",
            f"sum(slamon_unmatched_waits{{{CHANNEL}}})",
            steps=((0, "green"), (1, "orange")),
        ),
        number(
            "Blind channels",
            "Channels whose last complete read is too old to call anybody late.",
            "short",
            f"sum(slamon_channel_blind{{{CHANNEL}}})",
            steps=ALARM,
        ),
        Panel(
            "Waiting by status",
            "Open waits. Breached and unverified are both past due; unverified could not be read again since.",
            "short",
            (Query(f"sum by (status) (slamon_waits{{{CHANNEL}}})", "{{status}}"),),
            stack=True,
            colours=STATUS,
        ),
        Panel(
            "Longest wait by channel",
            "Age of the oldest open wait. A gap means that nobody waited.",
            "s",
            (Query(f"time() - min by (channel) (slamon_oldest_wait_timestamp_seconds{{{CHANNEL}}})", "{{channel}}"),),
        ),
        Panel(
            "Next deadline by channel",
            "Time until the nearest due instant. A gap means that no deadline lay ahead.",
            "s",
            (Query(f"min by (channel) (slamon_next_due_timestamp_seconds{{{CHANNEL}}}) - time()", "{{channel}}"),),
            limits=(None, None),
        ),
    ),
)

SETTLED = f"slamon_sla_settled_total{{{CHANNEL}}}"
IN_TIME = f'slamon_sla_settled_total{{{CHANNEL},outcome="in_time"}}'
FIRST = f'slamon_response_seconds_bucket{{{CHANNEL},target="first_response"}}'

PROMISES = Row(
    "Promises kept",
    (
        Panel(
            "In time, over a day",
            "Promises settled in time, as a share of all settled in the last 24 hours, by target. "
            "A gap means that none was settled.",
            "percentunit",
            (Query(f"sum by (target) (rate({IN_TIME}[1d])) / sum by (target) (rate({SETTLED}[1d]))", "{{target}}"),),
            limits=(0, 1),
        ),
        Panel(
            "Settled an hour",
            "Promises counted for good, in time or late, as a rate an hour.",
            "short",
            (Query(f"sum by (outcome) (rate({SETTLED}[$__rate_interval])) * 3600", "{{outcome}}"),),
            stack=True,
            colours=OUTCOME,
        ),
        Panel(
            "In time by policy",
            "Share settled in time in the last 24 hours, by channel and policy. Empty where nothing was settled.",
            "percentunit",
            (
                Query(
                    f"sum by (channel, policy) (rate({IN_TIME}[1d])) / sum by (channel, policy) (rate({SETTLED}[1d]))",
                    "{{channel}} {{policy}}",
                    instant=True,
                ),
            ),
            "bargauge",
            steps=((0, "red"), (0.8, "yellow"), (0.95, "green")),
            limits=(0, 1),
        ),
        Panel(
            "First responses",
            "How many first responses took how long, from message to answer, around the clock.",
            "s",
            (Query(f"sum by (le) (increase({FIRST}[$__rate_interval]))", "{{le}}", format="heatmap"),),
            "heatmap",
            width=12,
        ),
        Panel(
            "First response percentiles",
            "Over the last 24 hours, around the clock. Estimated within the rungs of a fixed ladder of bounds.",
            "s",
            tuple(
                Query(f"histogram_quantile({share}, sum by (le) (rate({FIRST}[1d])))", name)
                for share, name in ((0.5, "half"), (0.9, "9 of 10"), (0.99, "99 of 100"))
            ),
            width=6,
        ),
        Panel(
            "Corrections a day",
            "Settled promises that would count otherwise now: late replies found, deletions, other rules.",
            "short",
            (
                Query(
                    f"sum by (from, to) (increase(slamon_sla_corrections_total{{{CHANNEL}}}[1d]))", "{{from}} to {{to}}"
                ),
            ),
            width=6,
        ),
    ),
)
