from __future__ import annotations

from promtool_cases.shape import Book, Case, Fires, Look

DESK = 'notifier="slack",audience="desk"'
LATE, ROUTE, FAILS = "SlamonAlertsLate", "SlamonSecondRouteUsed", "SlamonSecondRouteFails"


def lateness(within: str, all_: str) -> dict[str, str]:
    """Alerts that arrived within 30 seconds, and all of them."""
    return {
        f'slamon_alert_lateness_seconds_bucket{{{DESK},le="0.5"}}': within,
        f'slamon_alert_lateness_seconds_bucket{{{DESK},le="30.0"}}': within,
        f'slamon_alert_lateness_seconds_bucket{{{DESK},le="60.0"}}': all_,
        f'slamon_alert_lateness_seconds_bucket{{{DESK},le="+Inf"}}': all_,
        f"slamon_alert_lateness_seconds_count{{{DESK}}}": all_,
    }


def route(sent: str, failed: str) -> dict[str, str]:
    return {
        'slamon_relay_requests_total{notifier="webhook",outcome="sent"}': sent,
        'slamon_relay_requests_total{notifier="webhook",outcome="not_sent"}': failed,
    }


NOBODY_HEARS = Fires(
    "critical",
    "Neither Slack nor webhook takes alerts",
    "Slack cannot be used, and the second route takes nothing either. Nobody hears of "
    "broken promises: look "
    "at the queue page.",
    {"notifier": "webhook"},
)

CASES = (
    Case(
        "Alerts wait in the outbox",
        {"slamon_outbox_oldest_timestamp_seconds": "_x10 600x20 _x10"},
        (
            Look("14m", "SlamonOutboxStuck"),
            Look("16m", "SlamonOutboxStuck"),
            Look(
                "20m",
                "SlamonOutboxStuck",
                (
                    Fires(
                        "critical",
                        "Alerts do not get out",
                        "The oldest one waits for 10m 0s. Nobody hears of broken promises: look at the queue page.",
                    ),
                ),
            ),
            Look("36m", "SlamonOutboxStuck"),
        ),
    ),
    Case(
        "The outbox is emptied again and again",
        {"slamon_outbox_oldest_timestamp_seconds": "0+60x60"},
        (Look("50m", "SlamonOutboxStuck"),),
    ),
    Case(
        "Slack knows no such channel",
        {
            f'slamon_alert_send_failures_total{{{DESK},purpose="post",outcome="bad_place"}}': "0x10 1x50",
            f'slamon_alert_send_failures_total{{{DESK},purpose="post",outcome="pace"}}': "0+5x60",
            'slamon_alert_send_failures_total{notifier="slack",purpose="edit",outcome="bad_place"}': "0+1x60",
        },
        (
            Look("9m", "SlamonAlertsRefused"),
            Look(
                "20m",
                "SlamonAlertsRefused",
                (
                    Fires(
                        "critical",
                        "slack refuses alerts for desk (bad_place)",
                        "Only a person can mend that: a token, a channel that is gone or that slamon was not "
                        "invited to.",
                        {"notifier": "slack", "audience": "desk", "outcome": "bad_place"},
                    ),
                ),
            ),
            Look("40m", "SlamonAlertsRefused"),
        ),
    ),
    Case(
        "Four alerts arrive late",
        lateness("0x9 10x60", "0x9 14x60"),
        (
            Look("8m", LATE),
            Look(
                "15m",
                LATE,
                (
                    Fires(
                        "warning",
                        "Alerts for desk arrive late",
                        "In half an hour 4 alerts arrived more than 30 seconds after their time.",
                        {"notifier": "slack", "audience": "desk"},
                    ),
                ),
            ),
            Look("50m", LATE),
        ),
    ),
    Case("One alert was held for quiet hours", lateness("0x9 10x60", "0x9 11x60"), (Look("15m", LATE),)),
    Case(
        "Three late of a thousand, and twenty that took half as long",
        {
            **lateness("0x9 997x60", "0x9 1000x60"),
            f'slamon_alert_lateness_seconds_bucket{{{DESK},le="0.5"}}': "0x9 977x60",
            f'slamon_alert_lateness_seconds_bucket{{{DESK},le="10.0"}}': "0x9 977x60",
        },
        (Look("15m", LATE),),
    ),
    Case("Three late of a thousand", lateness("0x9 1000x60", "0x9 1003x60"), (Look("15m", LATE),)),
    Case(
        "The connection to Slack is gone",
        {"slamon_slack_connected": "1x10 0x20 1x20"},
        (
            Look("15m", "SlamonSlackDisconnected"),
            Look(
                "25m",
                "SlamonSlackDisconnected",
                (
                    Fires(
                        "warning",
                        "Clicks and emoji in Slack do not reach slamon",
                        "Alerts still go out. Who acknowledges or snoozes meanwhile is told that it did not "
                        "work; the commands "
                        "and the queue page do.",
                    ),
                ),
            ),
            Look("40m", "SlamonSlackDisconnected"),
        ),
    ),
    Case("There is no app token", {"slamon_sweeps_total": "0+60x60"}, (Look("30m", "SlamonSlackDisconnected"),)),
    Case(
        "The second route is used",
        route("0x10 1+1x10 11x60", "0x80"),
        (
            Look("10m", ROUTE),
            Look(
                "30m",
                ROUTE,
                (
                    Fires(
                        "warning",
                        "slamon tells people by webhook, since Slack takes nothing",
                        "Slack could not be used for five minutes or longer. What is told meanwhile goes by "
                        "the second route.",
                        {"notifier": "webhook"},
                    ),
                ),
            ),
            Look("30m", FAILS),
            Look("50m", ROUTE),
        ),
    ),
    Case(
        "The second route takes nothing either",
        route("5x80", "0x10 1x4 2x4 3x4 4x4 5x4 6x30"),
        (
            Look("12m", FAILS),
            Look("20m", ROUTE),
            Look(
                "20m",
                FAILS,
                (NOBODY_HEARS,),
            ),
        ),
    ),
    Case(
        "The second route worked until a while ago",
        route("0+1x10 10x60", "0x10 1+1x60"),
        (Look("22m", FAILS), Look("35m", FAILS, (NOBODY_HEARS,))),
    ),
    Case("The second route takes every other one", route("0+1x80", "0+1x80"), (Look("30m", FAILS),)),
)

BOOK = Book("telling", "Whether alerts arrive.", "1m", "1m", CASES)
