"""Alerts about slamon itself: it is gone, it does not see deadlines, it runs with other files than those on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import duration_words
from slamon.model import MINUTE
from slamon.promrules.model import CRITICAL, WARNING, Alert, Group

if TYPE_CHECKING:
    from slamon.promrules.basis import Basis

LEAST = 30 * MINUTE
"""Budgets of a quarter of an hour are common: a channel that rests until the next one is not polled meanwhile."""


def group(basis: Basis, job: str) -> Group:
    """`job` is slamon's in Prometheus; how often channels are polled says when silence is none."""
    return Group(
        "slamon-itself",
        "slamon itself.",
        (*_alive(job), *_deadlines(basis), *_loaded(job), *_figures(job), _watchdog()),
    )


def _alive(job: str) -> tuple[Alert, ...]:
    description = "Nobody watches how long customers wait, and nobody is told."
    return (
        Alert(
            "SlamonDown",
            f'up{{job="{job}"}} == 0',
            CRITICAL,
            "slamon does not answer at {{$labels.instance}}",
            description,
            held="2m",
        ),
        Alert(
            "SlamonMissing",
            f'absent(up{{job="{job}"}})',
            CRITICAL,
            f"Prometheus knows no job {job}, so it scrapes no slamon",
            description,
            held="5m",
        ),
        Alert(
            "SlamonStoreUnreadable",
            f'up{{job="{job}"}} == 1 unless on (job, instance) slamon_count_drift',
            CRITICAL,
            "slamon cannot read its database",
            "What it keeps there is missing from its metrics, and its deadlines stand still if it cannot write either.",
            held="5m",
        ),
    )


def _deadlines(basis: Basis) -> tuple[Alert, ...]:
    silence = max(LEAST, 4 * basis.shortest_every)
    return (
        Alert(
            "SlamonSweepDead",
            "time() - max(slamon_last_sweep_timestamp_seconds) > 60",
            CRITICAL,
            "slamon does not look at deadlines",
            "The last look ended {{$value|humanizeDuration}} ago; it should be a second. Nobody is told of broken "
            "promises.",
            held="1m",
        ),
        Alert(
            "SlamonSweepsFail",
            "sum(increase(slamon_sweep_failures_total[5m])) > 0",
            CRITICAL,
            "slamon cannot decide about deadlines",
            "Looks at the deadlines end in an error. Either the database refuses, or it is a fault of slamon's.",
            held="5m",
        ),
        Alert(
            "SlamonNoPolls",
            f"sum(increase(slamon_polls_total[{silence // MINUTE}m])) == 0",
            CRITICAL,
            "slamon reads no channel at all",
            f"Not one poll has ended for {duration_words(silence)}. New customers are not seen.",
            held="5m",
        ),
        Alert(
            "SlamonCountDrift",
            "max(slamon_count_drift) != 0",
            WARNING,
            "Counts that slamon keeps were wrong",
            'The last check found {{$value|printf "%.0f"}} and set them right. It is a fault of slamon\'s: please '
            "report it.",
        ),
    )


def _loaded(job: str) -> tuple[Alert, ...]:
    return (
        Alert(
            "SlamonRulesNotLoaded",
            f'up{{job="{job}"}} == 1 unless on (job, instance) slamon_rules_info',
            CRITICAL,
            "slamon runs without rules",
            "Nobody is held to a promise.",
            held="5m",
        ),
        Alert(
            "SlamonRulesRefused",
            "max(slamon_rules_last_reload_successful) == 0",
            WARNING,
            "Changed rules have faults",
            "Those from before are still in force. `slamon check` says what is wrong.",
            held="5m",
        ),
        Alert(
            "SlamonConfigChanged",
            "max(slamon_config_changed) == 1",
            WARNING,
            "config.yaml was changed, and slamon runs with the one from before",
            "slamon takes it up when it is restarted.",
            held="30m",
        ),
    )


def _figures(job: str) -> tuple[Alert, ...]:
    shown = "Shares of objectives and the balance show what was true then. Everything else goes on."
    return (
        Alert(
            "SlamonFiguresStale",
            "time() - max(slamon_figures_timestamp_seconds) > 1800",
            WARNING,
            "Figures over the last weeks are old",
            "They were last made {{$value|humanizeDuration}} ago. " + shown,
            held="5m",
        ),
        Alert(
            "SlamonFiguresMissing",
            f'up{{job="{job}"}} == 1 unless on (job, instance) slamon_figures_timestamp_seconds',
            WARNING,
            "There are no figures over the last weeks",
            "They were not made since slamon started. Everything else goes on.",
            held="30m",
        ),
        Alert(
            "SlamonCollectorFails",
            "sum(increase(slamon_collector_failures_total[15m])) > 0",
            WARNING,
            "A part of slamon's metrics could not be made",
            "The rest is served without it; alerts that read that part are silent.",
        ),
        Alert(
            "SlamonChannelsFolded",
            "max(slamon_folded_channels) > 0",
            WARNING,
            "So many series that some channels are counted together",
            '{{$value|printf "%.0f"}} channels stand under the name other, and cannot be told apart here.',
            held="15m",
        ),
    )


def _watchdog() -> Alert:
    return Alert(
        "Watchdog",
        "vector(1)",
        "none",
        "Prometheus and Alertmanager work",
        "This alert always fires. Send it to a service that tells you when it no longer arrives.",
    )
