"""Promises against what the rules ask for: share kept, budget left, how fast it burns."""

from __future__ import annotations

import links
from promql import PROMISE
from shapes import Board, Panel, Query, Row, number
from tables import column, merged

BY = "sum by (channel, policy)"
DUE = f"{BY} (slamon_objective_due{{{PROMISE}}})"
GOOD = f"{BY} (slamon_objective_good{{{PROMISE}}})"
TARGET = f"max by (channel, policy) (slamon_objective_share{{{PROMISE}}})"
KEPT = f"{GOOD} / ({DUE} > 0)"
LEFT = f"1 - ({DUE} - {GOOD}) / (({DUE} > 0) * on (channel, policy) (1 - {TARGET}))"
NAME = "{{channel}} {{policy}}"
NOTHING_DUE = "Nothing was due yet"
NO_OBJECTIVE = "No policy with an objective had anything due"
SHARES = ((0, "red"), (0.8, "yellow"), (0.95, "green"))
DASHED = {
    "matcher": {"id": "byRegexp", "options": "asked for: .*"},
    "properties": [{"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [6, 6]}}],
}
BUDGET = ((-1e9, "red"), (0, "orange"), (0.25, "green"))


def settled(window: str, outcome: str = "") -> str:
    """Promises settled within `window`, by channel and policy."""
    chosen = f'{PROMISE},outcome="{outcome}"' if outcome else PROMISE
    return f"{BY} (increase(slamon_sla_settled_total{{{chosen}}}[{window}]))"


def burn(window: str) -> str:
    """How many times too fast promises break: 1 spends the budget exactly by the end of the objective's time."""
    return f"{settled(window, 'late')} / ({settled(window)} > 0) / on (channel, policy) (1 - {TARGET})"


STATE = Row(
    "Over the objective's time",
    (
        number(
            "Kept",
            "Of all promises that were due within the objective's time (28 days without one), the share that was kept, "
            "later corrections included. An open one past due counts as broken.",
            "percentunit",
            f"sum(slamon_objective_good{{{PROMISE}}}) / (sum(slamon_objective_due{{{PROMISE}}}) > 0)",
            steps=SHARES,
            limits=(0, 1),
            empty=NOTHING_DUE,
        ),
        number(
            "Due",
            "Promises that were due within the objective's time: kept, broken, or open past due.",
            "short",
            f"sum(slamon_objective_due{{{PROMISE}}})",
            steps=((0, "blue"),),
        ),
        number(
            "Broken",
            "Those of them that were not kept.",
            "short",
            f"sum(slamon_objective_due{{{PROMISE}}}) - sum(slamon_objective_good{{{PROMISE}}})",
            steps=((0, "blue"),),
        ),
        number(
            "Least budget left",
            "The policy that stands worst. 100 % means that nothing broke, 0 that no more may break, below 0 that the "
            "objective is missed. The table says which it is.",
            "percentunit",
            f"min({LEFT})",
            steps=BUDGET,
            limits=(None, 1),
            empty=NO_OBJECTIVE,
        ),
        number(
            "Objectives missed",
            "Policies whose kept share is below their objective now. Look at their queue and at their staffing.",
            "short",
            f"count(({KEPT}) < on (channel, policy) {TARGET}) or on () 0 * count({TARGET})",
            steps=((0, "green"), (1, "red")),
            empty="No policy has an objective",
        ),
        number(
            "Figures made",
            "Time since these figures were made. They are made anew all the time; above some minutes slamon is behind.",
            "s",
            "time() - max(slamon_figures_timestamp_seconds)",
            steps=((0, "green"), (600, "red")),
            empty="None were made yet",
            links=(links.ITSELF,),
        ),
        Panel(
            "Policies",
            "Each policy over its objective's time: promises due and kept, the share kept, the share asked for, and "
            "what is left of the budget of broken ones. Below 0 the objective is missed.",
            "short",
            (
                Query(DUE, instant=True, format="table"),
                Query(GOOD, instant=True, format="table"),
                Query(KEPT, instant=True, format="table"),
                Query(TARGET, instant=True, format="table"),
                Query(LEFT, instant=True, format="table"),
                Query(
                    f"max by (channel, policy) (slamon_objective_window_seconds{{{PROMISE}}})",
                    instant=True,
                    format="table",
                ),
            ),
            "table",
            width=24,
            empty=NOTHING_DUE,
            transformations=merged(
                {
                    "channel": "Channel",
                    "policy": "Policy",
                    "Value #A": "Due",
                    "Value #B": "Kept",
                    "Value #C": "Share kept",
                    "Value #D": "Asked for",
                    "Value #E": "Budget left",
                    "Value #F": "Over",
                }
            ),
            columns=(
                column("Channel", unit="string"),
                column("Policy", unit="string"),
                column("Share kept", unit="percentunit", decimals=1),
                column("Asked for", unit="percentunit", decimals=1),
                column(
                    "Budget left",
                    unit="percentunit",
                    decimals=0,
                    custom__cellOptions={"type": "color-text"},
                    thresholds={
                        "mode": "absolute",
                        "steps": [{"color": "red", "value": None}, {"color": "green", "value": 0}],
                    },
                ),
                column("Over", unit="s"),
            ),
            options={"showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": "Budget left", "desc": False}]},
        ),
        Panel(
            "Share kept",
            "The kept share over the objective's time, as it moved. Dashed lines are what the rules ask for.",
            "percentunit",
            (Query(KEPT, NAME), Query(TARGET, f"asked for: {NAME}")),
            width=12,
            limits=(None, 1),
            empty=NOTHING_DUE,
            columns=(DASHED,),
        ),
        Panel(
            "Budget left",
            "Of the promises that may break within the objective's time, the share that is left. A steep fall means "
            "that many break now; below 0 the objective is missed.",
            "percentunit",
            (Query(LEFT, NAME),),
            width=12,
            limits=(None, 1),
            empty=NO_OBJECTIVE,
        ),
    ),
    (links.CHANNEL, links.RUNBOOKS),
)

BURN = Row(
    "How fast it burns",
    tuple(
        Panel(
            f"Burn over {words}",
            f"How many times too fast promises broke in {words}: 1 uses up the budget exactly by the end of the "
            f"objective's time, 2 in half of it. Above 1 for long, the objective will be missed. "
            "A gap means that nothing was settled. Few promises make it jump: see how many there were.",
            "x",
            (Query(burn(window), NAME),),
            width=6,
            empty=f"Nothing with an objective was settled in {words}",
            data_links=(links.THIS_CHANNEL,),
        )
        for window, words in (("1h", "1 hour"), ("6h", "6 hours"), ("1d", "1 day"), ("3d", "3 days"))
    ),
    (links.CHANNEL, links.RUNBOOKS),
)

LATE = Row(
    "Settled",
    (
        Panel(
            "In time and late",
            "Promises counted for good, as a rate an hour. A settled one never moves back; corrections are apart.",
            "short",
            (
                Query(
                    f"sum by (outcome) (rate(slamon_sla_settled_total{{{PROMISE}}}[$__rate_interval])) * 3600",
                    "{{outcome}}",
                ),
            ),
            stack=True,
            colours={"in_time": "green", "late": "red"},
        ),
        Panel(
            "Late by policy",
            "Promises that broke, over 24 hours each. The highest line is where help is needed most.",
            "short",
            (Query(settled("1d", "late"), NAME),),
            data_links=(links.THIS_CHANNEL, links.THIS_QUEUE),
        ),
        Panel(
            "Settled by target",
            "Share settled in time over 24 hours, by what was promised: a first answer, a next one, a sign of life.",
            "percentunit",
            (
                Query(
                    f'sum by (target) (increase(slamon_sla_settled_total{{{PROMISE},outcome="in_time"}}[1d])) '
                    f"/ (sum by (target) (increase(slamon_sla_settled_total{{{PROMISE}}}[1d])) > 0)",
                    "{{target}}",
                ),
            ),
            limits=(0, 1),
            empty="Nothing was settled in 24 hours",
        ),
    ),
    (links.CHANNEL, links.QUEUE),
)

BOARD = Board(
    "slamon-objectives",
    "slamon: objectives",
    "How many promises are kept, how many more may break, and how fast that budget burns.",
    (STATE, BURN, LATE),
    since="now-7d",
)
