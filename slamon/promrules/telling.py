"""Alerts about alerts: what slamon has to say does not arrive, or arrives late."""

from __future__ import annotations

from slamon.promrules.model import CRITICAL, WARNING, Alert, Group

LATE = """\
sum by (notifier, audience) (increase(slamon_alert_lateness_seconds_count[30m]))
  - sum by (notifier, audience) (increase(slamon_alert_lateness_seconds_bucket{le="30.0"}[30m])) >= 3
  and histogram_quantile(0.99, sum by (notifier, audience, le) (rate(slamon_alert_lateness_seconds_bucket[30m]))) > 30
"""
"""Three and more: one that quiet hours held, or that was found after a restart, is late on purpose."""
ROUTE_FAILS = """\
sum by (notifier) (increase(slamon_relay_requests_total{outcome!="sent"}[15m])) > 0
  unless sum by (notifier) (increase(slamon_relay_requests_total{outcome="sent"}[15m])) > 0
"""


def group() -> Group:
    """None of them depends on the configuration."""
    return Group("slamon-telling", "Whether people hear of what slamon has to say.", (*_slack(), *_second_route()))


def _slack() -> tuple[Alert, ...]:
    return (
        Alert(
            "SlamonOutboxStuck",
            "time() - min(slamon_outbox_oldest_timestamp_seconds) > 300",
            CRITICAL,
            "Alerts do not get out",
            "The oldest one waits for {{$value|humanizeDuration}}. Nobody hears of broken promises: look at the "
            "queue page.",
            held="2m",
        ),
        Alert(
            "SlamonAlertsRefused",
            "sum by (notifier, audience, outcome) (increase(slamon_alert_send_failures_total"
            '{audience!="",outcome=~"bad_credential|bad_place|bad_content"}[15m])) > 0',
            CRITICAL,
            "{{$labels.notifier}} refuses alerts for {{$labels.audience}} ({{$labels.outcome}})",
            "Only a person can mend that: a token, a channel that is gone or that slamon was not invited to.",
        ),
        Alert(
            "SlamonAlertsLate",
            LATE,
            WARNING,
            "Alerts for {{$labels.audience}} arrive late",
            'In half an hour {{$value|printf "%.0f"}} alerts arrived more than 30 seconds after their time.',
        ),
        Alert(
            "SlamonSlackDisconnected",
            "max(slamon_slack_connected) == 0",
            WARNING,
            "Clicks and emoji in Slack do not reach slamon",
            "Alerts still go out. Who acknowledges or snoozes meanwhile is told that it did not work; the commands and "
            "the queue page do.",
            held="10m",
        ),
    )


def _second_route() -> tuple[Alert, ...]:
    return (
        Alert(
            "SlamonSecondRouteUsed",
            'sum by (notifier) (increase(slamon_relay_requests_total{outcome="sent"}[15m])) > 0',
            WARNING,
            "slamon tells people by {{$labels.notifier}}, since Slack takes nothing",
            "Slack could not be used for five minutes or longer. What is told meanwhile goes by the second route.",
        ),
        Alert(
            "SlamonSecondRouteFails",
            ROUTE_FAILS,
            CRITICAL,
            "Neither Slack nor {{$labels.notifier}} takes alerts",
            "Slack cannot be used, and the second route takes nothing either. Nobody hears of broken promises: look at "
            "the queue page.",
            held="2m",
        ),
    )
