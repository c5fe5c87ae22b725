"""Every metric that the running process keeps, described once; exporters/README.md is held to these words."""

from __future__ import annotations

from slamon.metrics.family import Family

SPANS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Bounds in seconds for what slamon itself does: requests, polls, alerts."""

SWEEP_SPANS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)

CONFIG_INFO = Family(
    "slamon_config_info", "gauge", ("version",), "Always 1: the version of the configuration that runs."
)
CONFIG_LOADED = Family(
    "slamon_config_loaded_timestamp_seconds", "gauge", (), "When the configuration that runs was loaded."
)
CONFIG_CHANGED = Family(
    "slamon_config_changed",
    "gauge",
    (),
    "1 when the configuration file is another one by now than the one that runs: a restart takes it up.",
)

POLLS = Family("slamon_polls_total", "counter", ("channel", "purpose"), "Polls and rechecks that ended, well or not.")
POLL_FAILURES = Family(
    "slamon_poll_failures_total",
    "counter",
    ("channel", "purpose", "outcome"),
    "Polls and rechecks that did not read everything: partial, the verdict on the platform's answer, or a fault.",
)
POLL_SECONDS = Family(
    "slamon_poll_duration_seconds",
    "histogram",
    ("platform", "purpose"),
    "How long polls and rechecks took.",
    buckets=SPANS,
)
POLL_MESSAGES = Family(
    "slamon_poll_messages_total",
    "counter",
    ("channel", "outcome"),
    "Messages that polls and rechecks handed over: new, changed, known, rejected or gone.",
)
SKIPPED = Family(
    "slamon_skipped_messages_total",
    "counter",
    ("channel", "reason"),
    "Messages that start and end nothing because their own headers call them automatic, or prove nothing.",
)
API_CALLS = Family(
    "slamon_api_calls_total",
    "counter",
    ("channel", "endpoint", "code"),
    "Requests to a platform by HTTP status, or timeout, connection, bad_answer. A series begins with its first call.",
)
API_SECONDS = Family(
    "slamon_api_call_duration_seconds",
    "histogram",
    ("platform", "endpoint"),
    "How long requests to a platform took.",
    buckets=SPANS,
)
QUOTA_LIMIT = Family(
    "slamon_api_quota_limit",
    "gauge",
    ("channel", "endpoint"),
    "What a budget allows in a window, in its own units: calls, or per cent. By the platform's headers or our count.",
    merge=min,
)
QUOTA_REMAINING = Family(
    "slamon_api_quota_remaining",
    "gauge",
    ("channel", "endpoint"),
    "What is left of it in the window, in the same units. Polls leave the last tenth to looks before an accusation.",
    merge=min,
)
QUOTA_RESET = Family(
    "slamon_api_quota_reset_timestamp_seconds",
    "gauge",
    ("channel", "endpoint"),
    "When the window ends and the budget is whole again.",
    merge=max,
)
SPEND = Family(
    "slamon_api_spend_dollars_total",
    "counter",
    ("channel", "endpoint"),
    "What the platform bills for its answers, estimated from its price list, in US dollars. A series begins with its "
    "first cost.",
)
POLL_INTERVAL = Family(
    "slamon_poll_interval_seconds",
    "gauge",
    ("channel",),
    "How often the channel is polled now: longer than configured while a budget is short.",
    merge=max,
)
CREDENTIAL_EXPIRES = Family(
    "slamon_credential_expires_timestamp_seconds",
    "gauge",
    ("channel", "credential"),
    "When a credential ends that somebody has to renew. Absent for what never does, is not known to, or is renewed by "
    "slamon.",
    merge=min,
)
CLOCK_SKEW = Family(
    "slamon_clock_skew_seconds",
    "gauge",
    ("platform",),
    "The platform's clock less ours, by its last Date header.",
)
SWEEPS = Family("slamon_sweeps_total", "counter", (), "Sweeps over the deadlines that ended, well or not.")
SWEEP_FAILURES = Family("slamon_sweep_failures_total", "counter", (), "Sweeps that ended in an error.")
SWEEP_SECONDS = Family(
    "slamon_sweep_duration_seconds",
    "histogram",
    (),
    "How long a sweep over the deadlines took.",
    buckets=SWEEP_SPANS,
)
LAST_SWEEP = Family(
    "slamon_last_sweep_timestamp_seconds",
    "gauge",
    (),
    "When the last sweep ended, well or not. Absent before the first.",
)
SENDS = Family(
    "slamon_alert_sends_total",
    "counter",
    ("notifier", "audience", "purpose"),
    "Sends tried, by what for: post (the living message), reply (a later stage), edit, or notice (about no wait).",
)
SEND_FAILURES = Family(
    "slamon_alert_send_failures_total",
    "counter",
    ("notifier", "audience", "purpose", "outcome"),
    "Sends that were not plainly accepted. Most are tried again; unknown ones are looked up first.",
)
SUPERSEDED = Family(
    "slamon_alerts_superseded_total",
    "counter",
    ("notifier", "audience"),
    "Alerts that had become pointless before they left: answered in time, or overtaken by a later stage.",
)
LATENESS = Family(
    "slamon_alert_lateness_seconds",
    "histogram",
    ("notifier", "audience"),
    "From the instant a stage was reached to the receiver's yes. What was held on purpose is left out.",
    buckets=SPANS,
)
RELAYED = Family(
    "slamon_relay_requests_total",
    "counter",
    ("notifier", "outcome"),
    "Requests on a second route (alertmanager, webhook): sent, or what stood in the way. All are tried again.",
)
ACTIONS = Family(
    "slamon_actions_total",
    "counter",
    ("verb", "via"),
    "What people did about waits, by button, reaction, command or http; undo took one of these back.",
)
SLACK_CONNECTED = Family(
    "slamon_slack_connected",
    "gauge",
    (),
    "1 while Slack can reach slamon with clicks and emoji, 0 while it cannot. Absent without an app token.",
)
BUILD_INFO = Family("slamon_build_info", "gauge", ("version",), "Always 1: the version of slamon that runs.")
RULES_INFO = Family("slamon_rules_info", "gauge", ("version",), "Always 1: the version of the rules in force.")
RULES_LOADED = Family(
    "slamon_rules_loaded_timestamp_seconds",
    "gauge",
    (),
    "When the rules in force were loaded.",
)
RELOADS = Family(
    "slamon_rules_reloads_total", "counter", (), "Times that changed rules were to be taken up, well or not."
)
RELOAD_FAILURES = Family(
    "slamon_rules_reload_failures_total",
    "counter",
    (),
    "Times that the rules before stayed in force, because of faults in the files or because the store refused.",
)
RELOAD_OK = Family(
    "slamon_rules_last_reload_successful",
    "gauge",
    (),
    "1 when the rules on disk are in force as far as they were read, 0 when they were refused.",
    merge=min,
)
FOLDED = Family(
    "slamon_folded_channels",
    "gauge",
    (),
    "Channels counted under `other` because there are too many samples. 0 is right.",
)
COLLECTOR_FAILURES = Family(
    "slamon_collector_failures_total",
    "counter",
    (),
    "Times that a part of this page could not be made; the rest was served without it.",
)

HEARD = (
    POLLS,
    POLL_FAILURES,
    POLL_SECONDS,
    POLL_MESSAGES,
    SKIPPED,
    API_CALLS,
    API_SECONDS,
    QUOTA_LIMIT,
    QUOTA_REMAINING,
    QUOTA_RESET,
    SPEND,
    POLL_INTERVAL,
    CREDENTIAL_EXPIRES,
    CLOCK_SKEW,
    SWEEPS,
    SWEEP_FAILURES,
    SWEEP_SECONDS,
    LAST_SWEEP,
    SENDS,
    SEND_FAILURES,
    SUPERSEDED,
    LATENESS,
    ACTIONS,
    RELAYED,
    SLACK_CONNECTED,
    BUILD_INFO,
    RULES_INFO,
    RULES_LOADED,
    RELOADS,
    RELOAD_FAILURES,
    RELOAD_OK,
    CONFIG_INFO,
    CONFIG_LOADED,
    CONFIG_CHANGED,
    FOLDED,
    COLLECTOR_FAILURES,
)
"""Counted in this process since its start."""
