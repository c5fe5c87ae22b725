"""Every metric that is made from the store, described once; exporters/README.md is held to these words."""

from __future__ import annotations

from slamon.metrics.family import Family
from slamon.model import CHANNEL_LABELS
from slamon.sla.ladder import RUNGS

WAITS = Family(
    "slamon_waits",
    "gauge",
    ("channel", "policy", "target", "status"),
    "Customers who wait for an answer now.",
)
OLDEST_WAIT = Family(
    "slamon_oldest_wait_timestamp_seconds",
    "gauge",
    ("channel",),
    "When the oldest open wait began. Absent when nobody waits.",
    merge=min,
)
NEXT_DUE = Family(
    "slamon_next_due_timestamp_seconds",
    "gauge",
    ("channel",),
    "The nearest due instant of a wait that is not late yet. Absent when there is none.",
    merge=min,
)
UNMATCHED = Family("slamon_unmatched_waits", "gauge", ("channel",), "Customers who wait and whom no policy covers.")
SETTLED = Family(
    "slamon_sla_settled_total",
    "counter",
    ("channel", "policy", "target", "outcome"),
    "Promises counted once and for good, as in_time or late. Kept in the store: a restart changes nothing.",
)
CORRECTIONS = Family(
    "slamon_sla_corrections_total",
    "counter",
    ("channel", "from", "to"),
    "Settled promises that would count otherwise now. The settled totals themselves never move back.",
)
RESPONSE = Family(
    "slamon_response_seconds",
    "histogram",
    ("channel", "target"),
    "Time from the customer's message to the answer, around the clock, of promises that were answered and settled.",
    buckets=tuple(float(rung) for rung in RUNGS),
)
CHANNEL_INFO = Family(
    "slamon_channel_info",
    "gauge",
    ("channel", "platform", *CHANNEL_LABELS),
    "Always 1: the platform of a channel, and the labels that its configuration gives it, for sums over several.",
)
LAST_SUCCESS = Family(
    "slamon_channel_last_success_timestamp_seconds",
    "gauge",
    ("channel",),
    "Start of the last complete read of the channel. Absent before the first.",
    merge=min,
)
BLIND = Family(
    "slamon_channel_blind",
    "gauge",
    ("channel",),
    "1 when the last complete read is too old to call anybody late, else 0.",
    merge=max,
)
MESSAGES = Family(
    "slamon_messages_total",
    "counter",
    ("channel", "role"),
    "Messages saved, by the role of their author. Kept in the store.",
)
NO_REPLY = Family(
    "slamon_no_reply_messages_total",
    "counter",
    ("channel", "reason"),
    "Customers' messages that start no wait: a rule, or a person, says that they need no reply. Kept in the store.",
)
SUSPECTED = Family(
    "slamon_suspected_answers_total",
    "counter",
    ("channel",),
    "Answers that a machine may have given: so soon, or so often the same. They count all the same. Kept in the store.",
)
PATTERN_TIMEOUTS = Family(
    "slamon_pattern_timeouts_total",
    "counter",
    (),
    "Searches for patterns of the rules that took too long and counted as not found. `slamon explain` shows which.",
)
QUARANTINED = Family(
    "slamon_quarantined_messages",
    "gauge",
    ("channel",),
    "Posts kept aside because they could not be understood or saved.",
)
OUTBOX = Family(
    "slamon_outbox_rows",
    "gauge",
    ("status",),
    "Alerts not finished yet: pending, held (until quiet hours or a snooze end), sending, or unknown (perhaps sent, "
    "being looked up).",
)
OUTBOX_OLDEST = Family(
    "slamon_outbox_oldest_timestamp_seconds",
    "gauge",
    (),
    "When the oldest unfinished alert was written. Absent when there is none.",
)
DRIFT = Family("slamon_count_drift", "gauge", (), "Kept counts that the last reconciliation found wrong. 0 is right.")

RECEIVED = Family(
    "slamon_waits_received_total",
    "counter",
    ("channel",),
    "Waits that began: customers' messages that are owed an answer. Kept in the store.",
)
CLOSED = Family(
    "slamon_waits_closed_total",
    "counter",
    ("channel", "outcome"),
    "Waits that ended, by how; counted once each, when they first did. Kept in the store.",
)
BLIND_SECONDS = Family(
    "slamon_channel_blind_seconds_total",
    "counter",
    ("channel",),
    "Time in which the last complete read was too old to call anybody late. Kept in the store.",
)
AHEAD = Family(
    "slamon_breaches_ahead",
    "gauge",
    ("channel", "policy"),
    "Promises that fall due within the next 30 minutes: so many break if nobody answers.",
)
RECENT_RECEIVED = Family(
    "slamon_recent_received",
    "gauge",
    ("channel",),
    "Waits that began in the last 28 days, and messages that needed no reply.",
)
RECENT = Family(
    "slamon_recent_waits",
    "gauge",
    ("channel", "outcome"),
    "The same by where they went, as it stands now: the outcomes add up to slamon_recent_received.",
)
OBJECTIVE_DUE = Family(
    "slamon_objective_due",
    "gauge",
    ("channel", "policy", "target"),
    "Promises of waits that began within the objective's time (without one, 28 days): kept, broken, or open past due.",
)
OBJECTIVE_GOOD = Family(
    "slamon_objective_good",
    "gauge",
    ("channel", "policy", "target"),
    "Those of slamon_objective_due that were kept, as it stands now, later changes of mind included.",
)
OBJECTIVE_SHARE = Family(
    "slamon_objective_share",
    "gauge",
    ("channel", "policy"),
    "The share of promises that the policy's objective asks for. Absent without one.",
    merge=min,
)
OBJECTIVE_WINDOW = Family(
    "slamon_objective_window_seconds",
    "gauge",
    ("channel", "policy"),
    "Over how much time the objective counts; 28 days without one.",
    merge=max,
)
FIGURES_AT = Family(
    "slamon_figures_timestamp_seconds",
    "gauge",
    (),
    "When the figures over the last weeks, and those ahead, were last made. Absent before the first time.",
)

STORED = (
    WAITS,
    OLDEST_WAIT,
    NEXT_DUE,
    UNMATCHED,
    AHEAD,
    RECEIVED,
    CLOSED,
    SETTLED,
    CORRECTIONS,
    RESPONSE,
    RECENT_RECEIVED,
    RECENT,
    OBJECTIVE_DUE,
    OBJECTIVE_GOOD,
    OBJECTIVE_SHARE,
    OBJECTIVE_WINDOW,
    FIGURES_AT,
    CHANNEL_INFO,
    LAST_SUCCESS,
    BLIND,
    BLIND_SECONDS,
    MESSAGES,
    NO_REPLY,
    SUSPECTED,
    PATTERN_TIMEOUTS,
    QUARANTINED,
    OUTBOX,
    OUTBOX_OLDEST,
    DRIFT,
)
"""Read from the store at each scrape."""
