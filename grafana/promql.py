"""Pieces of PromQL that the boards share."""

from __future__ import annotations

CHANNEL = 'channel=~"$channel"'
PROMISE = f'{CHANNEL},policy=~"$policy"'
LIVE = f"sum(slamon_channel_blind{{{CHANNEL}}})"
"""There only while slamon is scraped: 0 may be said for "none" then, and never else."""
NEVER = 1e10
"""Seconds that stand for "not at all" where an instant is absent for a good reason."""


def zero(expr: str) -> str:
    """`expr`, or 0 where it has no answer though slamon is scraped."""
    return f"{expr} or on () 0 * {LIVE}"


def until(metric: str) -> str:
    """Time until the first such instant, or `NEVER`."""
    return f"clamp_min(min({metric}) - time(), 0) or on () 1e10 + 0 * {LIVE}"


def until_by_channel(metric: str, more: str = "") -> str:
    """Time until the first such instant of each channel, or `NEVER`."""
    return (
        f"clamp_min(min by (channel{more}) ({metric}{{{CHANNEL}}}) - time(), 0) "
        f"or on (channel) 1e10 + 0 * max by (channel) (slamon_channel_blind{{{CHANNEL}}})"
    )


def a_minute(metric: str, by: str, labels: str = CHANNEL) -> str:
    """How fast a counter grows."""
    chosen = f"{{{labels}}}" if labels else ""
    return f"sum by ({by}) (rate({metric}{chosen}[$__rate_interval])) * 60"


def an_hour(metric: str, by: str, labels: str = CHANNEL) -> str:
    """How fast a counter of slow things grows."""
    chosen = f"{{{labels}}}" if labels else ""
    return f"sum by ({by}) (rate({metric}{chosen}[$__rate_interval])) * 3600"


def in_a_day(metric: str, by: str, labels: str = CHANNEL) -> str:
    """By how much a counter grew in 24 hours."""
    chosen = f"{{{labels}}}" if labels else ""
    return f"sum by ({by}) (increase({metric}{chosen}[1d]))"


def quantile(share: float, metric: str, by: str = "", labels: str = "", window: str = "[$__rate_interval]") -> str:
    """A percentile of a histogram; `window` with its brackets."""
    grown = "rate" if "$" in window else "increase"
    chosen = f"{{{labels}}}" if labels else ""
    return f"histogram_quantile({share}, sum by (le{by}) ({grown}({metric}_bucket{chosen}{window})))"


LAST_SWEEP = "max(timestamp(slamon_last_sweep_timestamp_seconds) - slamon_last_sweep_timestamp_seconds)"
"""Its age when slamon was scraped: the time since then is Prometheus' own."""


def own(expr: str) -> str:
    """A metric that every process exports, of slamon alone."""
    return f"{expr} and on (job, instance) slamon_build_info"


OFFSETS = {
    "name": "utc_offset",
    "label": "Clock: UTC +",
    "description": "Hours by which the clock of the desk is ahead of UTC, for the hours of the week.",
    "type": "custom",
    "query": ",".join(str(hours) for hours in range(-11, 15)),
    "options": [{"selected": hours == 0, "text": str(hours), "value": str(hours)} for hours in range(-11, 15)],
    "current": {"selected": True, "text": "0", "value": "0"},
    "multi": False,
    "includeAll": False,
    "hide": 0,
}
_CLOCK = "vector(time() - 1 + 3600 * $utc_offset)"
"""A second back: at the full hour what is counted lies in the hour before."""
_SLOT = f'count_values("hour", hour({_CLOCK})) * on () group_left (day) count_values("day", day_of_week({_CLOCK}))'
_ARRIVED = f"sum(increase(slamon_waits_received_total{{{CHANNEL}}}[1h])) * on () group_right () ({_SLOT})"
HOURS_OF_WEEK = f'label_replace(sum_over_time(({_ARRIVED})[4w:1h]) or ({_ARRIVED}), "hour", "0$1", "hour", "(.)")'
"""Arrivals of four weeks by `day` and `hour`; hours of one digit get a second one, so that they sort."""
