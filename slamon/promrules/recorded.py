"""What is recorded: counts and shares by channel, policy and target, for boards and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.promrules.burn import WINDOWS
from slamon.promrules.model import Group, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMISE = "channel, policy, target"
LONG = ("1d", "3d")
EVERY = {False: "1m", True: "2m"}
"""Long windows change slowly and cost more. A series must be younger than five minutes to be seen at all."""
WEEKS = (1, 2, 3, 4)
SETTLED = "channel_policy_target:slamon_sla_settled"
ARRIVALS = "channel:slamon_waits_received"


def groups() -> tuple[Group, ...]:
    """Every group of the file, none of which depends on the configuration."""
    short = tuple(window for window in WINDOWS if window not in LONG)
    about = (
        "Promises that were settled, and those of them that were late, in a window. Divide sums by sums: the mean of\n"
        "shares is wrong where traffic is uneven. A share is absent where nothing was due: nothing counted is no data."
    )
    return (
        Group(
            "slamon-now", "What other rules join with, without the instance that said so.", tuple(_now()), EVERY[False]
        ),
        Group("slamon-settled", about, _settled(short), EVERY[False]),
        Group("slamon-settled-long", "The same over long windows.", _settled(LONG), EVERY[True]),
        Group(
            "slamon-objective", "Over the whole time of an objective, from the store.", tuple(_whole()), EVERY[False]
        ),
        Group(
            "slamon-arrivals",
            "Customers who began to wait within an hour, and how many usually did at this hour of the week: the mean\n"
            "of those of the last four weeks that are there, absent where fewer than two are.",
            tuple(_arrivals()),
            EVERY[False],
        ),
    )


def _now() -> Iterator[Record]:
    yield Record("channel:slamon_channel:blind", "max by (channel) (slamon_channel_blind)")
    yield Record("channel_policy:slamon_objective:share", "min by (channel, policy) (slamon_objective_share)")
    yield Record(
        "channel_policy:slamon_objective:window_seconds",
        "max by (channel, policy) (slamon_objective_window_seconds)",
    )


def _settled(windows: tuple[str, ...]) -> tuple[Record, ...]:
    return tuple(record for window in windows for record in _within(window))


def _within(window: str) -> Iterator[Record]:
    yield Record(
        f"{SETTLED}:increase{window}",
        f"sum by ({PROMISE}) (increase(slamon_sla_settled_total[{window}]))",
    )
    yield Record(
        f"{SETTLED}:late_increase{window}",
        f'sum by ({PROMISE}) (increase(slamon_sla_settled_total{{outcome="late"}}[{window}]))',
    )
    yield Record(
        f"{SETTLED}:late_ratio{window}", f"{SETTLED}:late_increase{window}\n  / ({SETTLED}:increase{window} > 0)\n"
    )


def _whole() -> Iterator[Record]:
    due, good = (f"max by ({PROMISE}) (slamon_objective_{which})" for which in ("due", "good"))
    yield Record("channel_policy_target:slamon_objective:late", f"{due}\n  - {good}\n")
    yield Record(
        "channel_policy_target:slamon_objective:late_ratio",
        f"channel_policy_target:slamon_objective:late\n  / ({due} > 0)\n",
    )


def _arrivals() -> Iterator[Record]:
    yield Record(f"{ARRIVALS}:increase1h", "sum by (channel) (increase(slamon_waits_received_total[1h]))")
    weekly = "channel_weeks_ago:slamon_waits_received:increase1h"
    for week in WEEKS:
        past = f"sum by (channel) (increase(slamon_waits_received_total[1h] offset {week}w))"
        yield Record(weekly, past, {"weeks_ago": str(week)})
    yield Record(
        f"{ARRIVALS}:usual1h",
        f"avg by (channel) ({weekly})\n  and count by (channel) ({weekly}) >= 2\n",
    )
