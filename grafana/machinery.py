"""Rows for those who run slamon: whether it can read, tell and count."""

from __future__ import annotations

from shapes import ALARM, CHANNEL, Panel, Query, Row, number

CHANNELS = Row(
    "Channels",
    (
        Panel(
            "Blind",
            "Red while the last complete read of a channel is too old to call anybody late.",
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
        ),
        Panel(
            "Polls that failed",
            "Polls and rechecks that did not read everything, a minute, by the verdict on the platform's answer.",
            "short",
            (
                Query(
                    f"sum by (outcome) (rate(slamon_poll_failures_total{{{CHANNEL}}}[$__rate_interval])) * 60",
                    "{{outcome}}",
                ),
            ),
        ),
        Panel(
            "Polls",
            "Polls and rechecks that ended, a minute.",
            "short",
            (Query(f"sum by (purpose) (rate(slamon_polls_total{{{CHANNEL}}}[$__rate_interval])) * 60", "{{purpose}}"),),
        ),
        Panel(
            "Time of a poll",
            "The 95th percentile, by platform.",
            "s",
            (
                Query(
                    "histogram_quantile(0.95, sum by (le, platform) "
                    "(rate(slamon_poll_duration_seconds_bucket[$__rate_interval])))",
                    "{{platform}}",
                ),
            ),
        ),
        Panel(
            "Messages saved",
            "New messages a minute, by the role of their author.",
            "short",
            (Query(f"sum by (role) (rate(slamon_messages_total{{{CHANNEL}}}[$__rate_interval])) * 60", "{{role}}"),),
            stack=True,
        ),
    ),
)

APIS = Row(
    "Platforms",
    (
        Panel(
            "Requests by answer",
            "Requests to platforms a minute, by HTTP status, or what came instead of one.",
            "short",
            (Query(f"sum by (code) (rate(slamon_api_calls_total{{{CHANNEL}}}[$__rate_interval])) * 60", "{{code}}"),),
            stack=True,
        ),
        Panel(
            "Time of a request",
            "The 95th percentile, by platform and endpoint.",
            "s",
            (
                Query(
                    "histogram_quantile(0.95, sum by (le, platform, endpoint) "
                    "(rate(slamon_api_call_duration_seconds_bucket[$__rate_interval])))",
                    "{{platform}} {{endpoint}}",
                ),
            ),
        ),
        Panel(
            "Quota left",
            "Requests left in the window as a share of what the platform allows. Empty where it says nothing.",
            "percentunit",
            (
                Query(
                    f"slamon_api_quota_remaining{{{CHANNEL}}} / slamon_api_quota_limit{{{CHANNEL}}}",
                    "{{channel}} {{endpoint}}",
                ),
            ),
            limits=(0, 1),
        ),
        Panel(
            "Quota is whole again in",
            "Time until the platform's window ends.",
            "s",
            (Query(f"slamon_api_quota_reset_timestamp_seconds{{{CHANNEL}}} - time()", "{{channel}} {{endpoint}}"),),
            limits=(None, None),
        ),
        Panel(
            "Clock skew",
            "Platform's clock less ours. Whole seconds are usual; more than a few makes waits wrong by as much.",
            "s",
            (Query("slamon_clock_skew_seconds", "{{platform}}"),),
            limits=(None, None),
        ),
        Panel(
            "Posts in quarantine",
            "Posts kept aside because they could not be understood or saved. Each may be a customer nobody sees.",
            "short",
            (Query(f"sum by (channel) (slamon_quarantined_messages{{{CHANNEL}}})", "{{channel}}"),),
        ),
    ),
)

ALERTS = Row(
    "Alerts",
    (
        Panel(
            "Sends",
            "Sends tried a minute, by audience and what for: a new message, a reply in its thread, an edit.",
            "short",
            (
                Query(
                    "sum by (audience, purpose) (rate(slamon_alert_sends_total[$__rate_interval])) * 60",
                    "{{audience}} {{purpose}}",
                ),
            ),
            stack=True,
        ),
        Panel(
            "Sends that failed",
            "Sends not plainly accepted, a minute, by what is known of them. Most are tried again.",
            "short",
            (
                Query(
                    "sum by (outcome) (rate(slamon_alert_send_failures_total[$__rate_interval])) * 60",
                    "{{outcome}}",
                ),
                Query("sum(rate(slamon_alerts_superseded_total[$__rate_interval])) * 60", "superseded"),
            ),
        ),
        Panel(
            "Lateness",
            "From the instant a stage was reached to the receiver's yes, over an hour.",
            "s",
            tuple(
                Query(
                    f"histogram_quantile({share}, sum by (le) (rate(slamon_alert_lateness_seconds_bucket[1h])))", name
                )
                for share, name in ((0.5, "half"), (0.99, "99 of 100"))
            ),
        ),
        Panel(
            "Outbox",
            "Alerts not finished yet. Unknown ones were perhaps sent and are being looked up.",
            "short",
            (Query("sum by (status) (slamon_outbox_rows)", "{{status}}"),),
            width=12,
            stack=True,
        ),
        Panel(
            "Oldest alert in the outbox",
            "Age of the oldest unfinished alert. A gap means that the outbox was empty.",
            "s",
            (Query("time() - slamon_outbox_oldest_timestamp_seconds", "oldest"),),
            width=12,
            empty="Outbox empty",
        ),
    ),
)

ITSELF = Row(
    "slamon itself",
    (
        number(
            "Last sweep",
            "Time since the deadlines were last gone over. Above a few seconds nobody is being watched.",
            "s",
            "time() - max(slamon_last_sweep_timestamp_seconds)",
            steps=((0, "green"), (30, "red")),
        ),
        number(
            "Count drift",
            "Kept counts that the last reconciliation found wrong. 0 is right.",
            "short",
            "sum(slamon_count_drift)",
            steps=ALARM,
        ),
        number(
            "Scrape failures",
            "Parts of the metrics page that could not be made in the last hour.",
            "short",
            "sum(increase(slamon_collector_failures_total[1h]))",
            steps=ALARM,
        ),
        number(
            "Folded channels",
            "Channels counted under `other` because there are too many samples.",
            "short",
            "sum(slamon_folded_channels)",
            steps=((0, "green"), (1, "orange")),
        ),
        Panel(
            "Versions",
            "The slamon that runs and the rules in force.",
            "none",
            (
                Query("count by (version) (slamon_build_info)", "slamon {{version}}", instant=True),
                Query("count by (version) (slamon_rules_info)", "rules {{version}}", instant=True),
            ),
            "stat",
            width=8,
            height=4,
            options={"textMode": "name", "colorMode": "none"},
        ),
        Panel(
            "Time of a sweep",
            "The 99th percentile of a sweep over the deadlines.",
            "s",
            (
                Query(
                    "histogram_quantile(0.99, sum by (le) "
                    "(rate(slamon_sweep_duration_seconds_bucket[$__rate_interval])))",
                    "99 of 100",
                ),
            ),
            width=12,
        ),
        Panel(
            "Sweeps",
            "Sweeps a second, and those that ended in an error.",
            "short",
            (
                Query("sum(rate(slamon_sweeps_total[$__rate_interval]))", "all"),
                Query("sum(rate(slamon_sweep_failures_total[$__rate_interval]))", "failed"),
            ),
            width=12,
        ),
    ),
)
