from __future__ import annotations

from promtool_cases.shape import Book, Case, Fires, Look

WHO = {"job": "slamon", "instance": "a:9877"}
AT = 'job="slamon",instance="a:9877"'
UP = f"up{{{AT}}}"
NOBODY = "Nobody watches how long customers wait, and nobody is told."


def while_up(metric: str, values: str) -> dict[str, str]:
    return {UP: "1x100", f"{metric}{{{AT}}}": values}


def gauge(metric: str, values: str, alert: str, fires: Fires, *looks: str) -> Case:
    """`looks`: when it is silent, when it fires, when it is silent again."""
    before, then, *after = looks
    shown = (Look(before, alert), Look(then, alert, (fires,)), *(Look(at, alert) for at in after))
    return Case(f"{metric}: {values}", while_up(metric, values), shown)


CASES = (
    Case(
        "slamon is down, then answers",
        {UP: "1x10 0x10 1x20"},
        (
            Look("11m", "SlamonDown"),
            Look("14m", "SlamonDown", (Fires("critical", "slamon does not answer at a:9877", NOBODY, WHO),)),
            Look("14m", "SlamonMissing"),
            Look("25m", "SlamonDown"),
        ),
    ),
    Case(
        "Nobody scrapes slamon",
        {'up{job="node",instance="a:9100"}': "1x60"},
        (
            Look("4m", "SlamonMissing"),
            Look(
                "6m",
                "SlamonMissing",
                (
                    Fires(
                        "critical", "Prometheus knows no job slamon, so it scrapes no slamon", NOBODY, {"job": "slamon"}
                    ),
                ),
            ),
            Look("6m", "SlamonDown"),
        ),
    ),
    Case(
        "The database cannot be read",
        while_up("slamon_count_drift", "0x10 _x60"),
        (
            Look("18m", "SlamonStoreUnreadable"),
            Look(
                "25m",
                "SlamonStoreUnreadable",
                (
                    Fires(
                        "critical",
                        "slamon cannot read its database",
                        "What it keeps there is missing from its metrics, and its deadlines stand still if it "
                        "cannot write "
                        "either.",
                        WHO,
                    ),
                ),
            ),
        ),
    ),
    Case(
        "slamon is down: nothing else is missing",
        {UP: "0x60"},
        tuple(
            Look("50m", alert)
            for alert in (
                "SlamonStoreUnreadable",
                "SlamonRulesNotLoaded",
                "SlamonFiguresMissing",
                "SlamonSweepDead",
                "SlamonNoPolls",
                "SlamonFiguresStale",
                "SlamonSweepsFail",
            )
        ),
    ),
    gauge(
        "slamon_last_sweep_timestamp_seconds",
        "0+60x10 600x5 960+60x20",
        "SlamonSweepDead",
        Fires(
            "critical",
            "slamon does not look at deadlines",
            "The last look ended 4m 0s ago; it should be a second. Nobody is told of broken promises.",
        ),
        "12m",
        "14m",
        "20m",
    ),
    gauge(
        "slamon_sweep_failures_total",
        "0x10 1x3 2x3 3x3 4x3 5x30",
        "SlamonSweepsFail",
        Fires(
            "critical",
            "slamon cannot decide about deadlines",
            "Looks at the deadlines end in an error. Either the database refuses, or it is a fault of slamon's.",
        ),
        "14m",
        "18m",
        "40m",
    ),
    gauge(
        "slamon_polls_total",
        "0+1x20 20x60",
        "SlamonNoPolls",
        Fires(
            "critical",
            "slamon reads no channel at all",
            "Not one poll has ended for 30 minutes. New customers are not seen.",
        ),
        "52m",
        "1h",
    ),
    Case(
        "A poll every ten minutes",
        while_up("slamon_polls_total", "0x9 1x9 2x9 3x9 4x9 5x9 6x9"),
        (Look("50m", "SlamonNoPolls"),),
    ),
    gauge(
        "slamon_count_drift",
        "0x10 3x10 0x10",
        "SlamonCountDrift",
        Fires(
            "warning",
            "Counts that slamon keeps were wrong",
            "The last check found 3 and set them right. It is a fault of slamon's: please report it.",
        ),
        "9m",
        "15m",
        "25m",
    ),
    Case(
        "No rules",
        {UP: "1x60"},
        (
            Look("4m", "SlamonRulesNotLoaded"),
            Look(
                "10m",
                "SlamonRulesNotLoaded",
                (Fires("critical", "slamon runs without rules", "Nobody is held to a promise.", WHO),),
            ),
        ),
    ),
    Case(
        "Rules of one version after the other",
        {
            UP: "1x60",
            f'slamon_rules_info{{{AT},version="a"}}': "1x20 _x60",
            f'slamon_rules_info{{{AT},version="b"}}': "_x21 1x60",
        },
        (Look("40m", "SlamonRulesNotLoaded"),),
    ),
    gauge(
        "slamon_rules_last_reload_successful",
        "1x10 0x10 1x10",
        "SlamonRulesRefused",
        Fires(
            "warning",
            "Changed rules have faults",
            "Those from before are still in force. `slamon check` says what is wrong.",
        ),
        "14m",
        "18m",
        "25m",
    ),
    gauge(
        "slamon_config_changed",
        "0x10 1x40 0x10",
        "SlamonConfigChanged",
        Fires(
            "warning",
            "config.yaml was changed, and slamon runs with the one from before",
            "slamon takes it up when it is restarted.",
        ),
        "30m",
        "45m",
        "55m",
    ),
    gauge(
        "slamon_figures_timestamp_seconds",
        "0+60x10 600x60",
        "SlamonFiguresStale",
        Fires(
            "warning",
            "Figures over the last weeks are old",
            "They were last made 40m 0s ago. Shares of objectives and the balance show what was true then. "
            "Everything else goes on.",
        ),
        "42m",
        "50m",
    ),
    Case(
        "Figures that were never made",
        {UP: "1x60"},
        (
            Look("20m", "SlamonFiguresMissing"),
            Look("20m", "SlamonFiguresStale"),
            Look(
                "40m",
                "SlamonFiguresMissing",
                (
                    Fires(
                        "warning",
                        "There are no figures over the last weeks",
                        "They were not made since slamon started. Everything else goes on.",
                        WHO,
                    ),
                ),
            ),
        ),
    ),
    gauge(
        "slamon_collector_failures_total",
        "0x10 1x40",
        "SlamonCollectorFails",
        Fires(
            "warning",
            "A part of slamon's metrics could not be made",
            "The rest is served without it; alerts that read that part are silent.",
        ),
        "9m",
        "15m",
        "40m",
    ),
    gauge(
        "slamon_folded_channels",
        "0x10 40x40",
        "SlamonChannelsFolded",
        Fires(
            "warning",
            "So many series that some channels are counted together",
            "40 channels stand under the name other, and cannot be told apart here.",
        ),
        "20m",
        "30m",
    ),
    Case(
        "Nothing at all",
        {},
        (
            Look(
                "0m",
                "Watchdog",
                (
                    Fires(
                        "none",
                        "Prometheus and Alertmanager work",
                        "This alert always fires. Send it to a service that tells you when it no longer arrives.",
                    ),
                ),
            ),
        ),
    ),
)

BOOK = Book("itself", "slamon itself.", "1m", "1m", CASES)
