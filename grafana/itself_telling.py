"""Row of the board "slamon itself": telling people, and hearing from them."""

from __future__ import annotations

import links
from promql import a_minute, in_a_day, quantile
from shapes import Panel, Query, Row

TELLING = Row(
    "Telling",
    (
        Panel(
            "Sends",
            "Sends tried a minute, by audience and what for: a new message, a reply in its thread, an edit, a notice.",
            "short",
            (Query(a_minute("slamon_alert_sends_total", "audience, purpose", ""), "{{audience}} {{purpose}}"),),
            stack=True,
        ),
        Panel(
            "Sends that failed",
            "Sends not plainly accepted, a minute, by what is known of them, and alerts that had become pointless "
            "before they left. Most failed ones are tried again.",
            "short",
            (
                Query(a_minute("slamon_alert_send_failures_total", "outcome", ""), "{{outcome}}"),
                Query("sum(rate(slamon_alerts_superseded_total[$__rate_interval])) * 60", "superseded"),
            ),
        ),
        Panel(
            "Lateness of alerts",
            "From the instant a stage was reached to the receiver's yes, over 1 hour. Above a minute, people hear too "
            "late: look at the outbox and at failed sends.",
            "s",
            tuple(
                Query(quantile(share, "slamon_alert_lateness_seconds", window="[1h]"), name)
                for share, name in ((0.5, "half"), (0.99, "99 of 100"))
            ),
            empty="Nobody was alerted in this hour",
        ),
        Panel(
            "Outbox",
            "Alerts not finished yet. Held ones wait for the end of quiet hours or a snooze. Unknown ones were perhaps "
            "sent and are being looked up.",
            "short",
            (Query("sum by (status) (slamon_outbox_rows)", "{{status}}"),),
            stack=True,
        ),
        Panel(
            "Oldest alert in the outbox",
            "Age of the oldest unfinished alert; 0 while the outbox is empty. If it climbs, nothing gets out.",
            "s",
            (
                Query(
                    "max(time() - slamon_outbox_oldest_timestamp_seconds) or on () 0 * sum(slamon_outbox_rows)",
                    "oldest",
                ),
            ),
        ),
        Panel(
            "Second route",
            "Requests to Alertmanager or a webhook, a minute, by outcome. More than 0 means that Slack cannot be used.",
            "short",
            (Query(a_minute("slamon_relay_requests_total", "notifier, outcome", ""), "{{notifier}} {{outcome}}"),),
        ),
        Panel(
            "Slack socket",
            "Whether clicks and emoji in Slack reach slamon. Without an app token there is no socket.",
            "short",
            (Query("max(slamon_slack_connected) or on () -1 + 0 * max(slamon_build_info)", "Slack"),),
            "state-timeline",
            mappings={"0": ("cut off", "red"), "1": ("connected", "green"), "-1": ("no app token", "gray")},
            limits=(None, None),
        ),
        Panel(
            "What people did",
            "Acknowledged, snoozed, dismissed and so on, over 24 hours, by what they used. 0 everywhere: nobody "
            "handles alerts in Slack or on the queue page.",
            "short",
            (Query(in_a_day("slamon_actions_total", "verb, via", ""), "{{verb}} by {{via}}"),),
            width=16,
        ),
    ),
    (links.docs("Slack", "docs/slack.md"), links.RUNBOOKS),
)
