"""Alerts about what slamon sees: channels that are not read, budgets, credentials, clocks."""

from __future__ import annotations

from slamon.promrules.model import CRITICAL, WARNING, Alert, Group

BLIND = "channel:slamon_channel:blind == 1"
PERSON = "credential|permission|payment"
"""Refusals that only a person can mend."""
REFUSED = """\
sum by (channel, outcome) (increase(slamon_poll_failures_total{{purpose="poll",outcome{sign}"{person}"}}[1h]))
  / on (channel) group_left
  sum by (channel) (increase(slamon_polls_total{{purpose="poll"}}[1h])) > 0.5
  unless on (channel) time() - max by (channel) (slamon_channel_last_success_timestamp_seconds) < 900
"""
QUOTA = """\
min by (channel, endpoint) (slamon_api_quota_remaining)
  / (min by (channel, endpoint) (slamon_api_quota_limit) > 0) < 0.11
  and max by (channel, endpoint) (slamon_api_quota_reset_timestamp_seconds) - time() > 300
"""
"""Polls stop at a tenth. A budget that is spread over its window comes near that at the end of it: that is as meant."""
ENDS = "min by (channel, credential) (slamon_credential_expires_timestamp_seconds) - time()"
DAY = 86_400


def group() -> Group:
    """None of them depends on the configuration."""
    return Group("slamon-seeing", "What slamon sees.", (*_channels(), *_credentials(), *_platforms()))


def _channels() -> tuple[Alert, ...]:
    return (
        Alert(
            "SlamonChannelBlind",
            BLIND,
            WARNING,
            "slamon cannot read {{$labels.channel}}",
            "The last complete read of {{$labels.channel}} is too old to call anybody late, or there was none yet. "
            "What falls due meanwhile is told as unverified.",
            "slamon-channel",
            "5m",
        ),
        Alert(
            "SlamonChannelUnread",
            BLIND,
            CRITICAL,
            "{{$labels.channel}} cannot be read for an hour and more",
            "Customers who write on {{$labels.channel}} now are not seen. slamon goes on trying, and reads on where "
            "it stopped.",
            "slamon-channel",
            "1h",
        ),
        Alert(
            "SlamonPollsRefused",
            REFUSED.format(sign="=~", person=PERSON),
            CRITICAL,
            "The platform refuses to let slamon read {{$labels.channel}} ({{$labels.outcome}})",
            "{{$value|humanizePercentage}} of the polls of the last hour were refused, and the last complete read "
            "is a quarter of an hour old. Only a person can mend that: a token, a permission, or a bill.",
            "slamon-channel",
            "5m",
        ),
        Alert(
            "SlamonPollsFail",
            REFUSED.format(sign="!~", person=PERSON),
            WARNING,
            "Most polls of {{$labels.channel}} fail ({{$labels.outcome}})",
            "{{$value|humanizePercentage}} of the polls of the last hour ended with {{$labels.outcome}}, and the "
            "last complete read is a quarter of an hour old.",
            "slamon-channel",
            "15m",
        ),
    )


def _credentials() -> tuple[Alert, ...]:
    summary = "The {{$labels.credential}} of {{$labels.channel}} ends in {{$value|humanizeDuration}}"
    description = "Nothing is read after that, and slamon cannot renew it. Put a new one in its place."
    return (
        Alert(
            "SlamonCredentialEnds",
            f"({ENDS} < {14 * DAY}) >= {2 * DAY}",
            WARNING,
            summary,
            description,
            "slamon-channel",
        ),
        Alert("SlamonCredentialEnds", f"({ENDS} < {2 * DAY}) >= 0", CRITICAL, summary, description, "slamon-channel"),
        Alert(
            "SlamonCredentialEnded",
            f"{ENDS} < 0",
            CRITICAL,
            "The {{$labels.credential}} of {{$labels.channel}} has ended",
            "It ended by itself, and slamon cannot renew it. Put a new one in its place.",
            "slamon-channel",
        ),
    )


def _platforms() -> tuple[Alert, ...]:
    return (
        Alert(
            "SlamonQuotaNearlySpent",
            QUOTA,
            WARNING,
            "The budget of {{$labels.channel}} for {{$labels.endpoint}} is nearly spent",
            "{{$value|humanizePercentage}} of it are left, and it is not whole again soon. The last tenth is kept "
            "for looks before an alert: polls stop until then, and the channel may turn blind.",
            "slamon-channel",
            "10m",
        ),
        Alert(
            "SlamonClockSkewed",
            "max by (platform) (abs(slamon_clock_skew_seconds)) > 30",
            WARNING,
            "The clocks of {{$labels.platform}} and of slamon differ by {{$value|humanizeDuration}}",
            "Deadlines count from the platform's times, and fall due by slamon's clock. One of both is wrong.",
            held="15m",
        ),
    )
