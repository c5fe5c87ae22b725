"""Rows of the board "slamon itself": its state at a glance, its sweeps and counts, its process."""

from __future__ import annotations

import links
from promql import LAST_SWEEP, own, quantile
from shapes import ALARM, NOTICE, Panel, Query, Row, number

STATE = Row(
    "At a glance",
    (
        number(
            "Last sweep",
            "Age of the last look over the deadlines at the last scrape. Above 30 s nobody is watched: see to slamon.",
            "s",
            LAST_SWEEP,
            steps=((0, "green"), (30, "red")),
            empty="slamon is not scraped",
        ),
        number(
            "Rules on disk",
            "Refused means that the rules before are still in force: `slamon check` names the faults.",
            "short",
            "min(slamon_rules_last_reload_successful)",
            mappings={"0": ("refused", "red"), "1": ("in force", "green")},
        ),
        number(
            "Configuration",
            "Changed means that config.yaml is another one by now than the one that runs: restart slamon.",
            "short",
            "max(slamon_config_changed)",
            mappings={"0": ("as on disk", "green"), "1": ("changed", "orange")},
        ),
        number(
            "Count drift",
            "Kept counts that the last reconciliation found wrong, and put right. 0 is right: report anything else.",
            "short",
            "sum(slamon_count_drift)",
            steps=ALARM,
        ),
        number(
            "Page failures",
            "Parts of the metrics page that could not be made in the last 1 hour. The log says why.",
            "short",
            "sum(increase(slamon_collector_failures_total[1h]))",
            steps=ALARM,
        ),
        number(
            "Folded channels",
            "Channels counted under `other` because there are too many samples. Boards cannot tell them apart.",
            "short",
            "sum(slamon_folded_channels)",
            steps=NOTICE,
        ),
    ),
    (links.RUNBOOKS, links.METRICS),
)

DECIDING = Row(
    "Deciding and counting",
    (
        Panel(
            "Sweeps",
            "Sweeps over the deadlines, a second, and those that ended in an error. The log says which.",
            "short",
            (
                Query("sum(rate(slamon_sweeps_total[$__rate_interval]))", "all"),
                Query("sum(rate(slamon_sweep_failures_total[$__rate_interval]))", "failed"),
            ),
        ),
        Panel(
            "Time of a sweep",
            "99 of 100 sweeps over the deadlines took less. Above a second the store is slow.",
            "s",
            (Query(quantile(0.99, "slamon_sweep_duration_seconds"), "99 of 100"),),
            empty="No sweep in this time",
        ),
        Panel(
            "Age of the figures",
            "Time since the figures over 28 days were made. Above some minutes the store is slow.",
            "s",
            (Query("time() - max(slamon_figures_timestamp_seconds)", "age"),),
            empty="None were made yet",
        ),
        Panel(
            "Reloads",
            "Changed rules that were to be taken up, over 1 hour, and those that were refused.",
            "short",
            (
                Query("sum(increase(slamon_rules_reloads_total[1h]))", "all"),
                Query("sum(increase(slamon_rules_reload_failures_total[1h]))", "refused"),
            ),
            width=6,
        ),
        Panel(
            "Rules in force since",
            "When the rules in force and the configuration that runs were loaded.",
            "dateTimeAsIso",
            (
                Query("max(slamon_rules_loaded_timestamp_seconds) * 1000", "rules", instant=True),
                Query("max(slamon_config_loaded_timestamp_seconds) * 1000", "configuration", instant=True),
            ),
            "stat",
            width=6,
            steps=((0, "text"),),
            options={"orientation": "horizontal"},
        ),
        Panel(
            "Versions",
            "The slamon that runs, the rules in force, and the configuration. More than one slamon: not all are new.",
            "none",
            (
                Query("count by (version) (slamon_build_info)", "slamon {{version}}", instant=True),
                Query("count by (version) (slamon_rules_info)", "rules {{version}}", instant=True),
                Query("count by (version) (slamon_config_info)", "configuration {{version}}", instant=True),
            ),
            "stat",
            width=6,
            steps=((0, "text"),),
            options={"textMode": "name", "colorMode": "none", "orientation": "horizontal"},
        ),
        Panel(
            "Patterns that took too long",
            "Searches for patterns of the rules, over 1 hour, that took too long and counted as not found. "
            "`slamon explain` shows which: make that pattern simpler.",
            "short",
            (Query("sum(increase(slamon_pattern_timeouts_total[1h]))", "timeouts"),),
            width=6,
        ),
    ),
    (links.OBJECTIVES, links.OPERATIONS),
)

PROCESS = Row(
    "Process and scrape",
    (
        Panel(
            "Memory",
            "What the process holds. It should level off; steady growth over days is a fault: report it.",
            "bytes",
            (Query(own("process_resident_memory_bytes"), "{{instance}}"),),
        ),
        Panel(
            "Processor",
            "Share of one core.",
            "percentunit",
            (Query(own("rate(process_cpu_seconds_total[$__rate_interval])"), "{{instance}}"),),
        ),
        Panel(
            "Open files",
            "Open files and connections. Near the limit nothing can be read or sent: raise the limit of the service.",
            "short",
            (Query(own("process_open_fds"), "{{instance}}"), Query(own("process_max_fds"), "limit of {{instance}}")),
        ),
        Panel(
            "Samples of a scrape",
            "How many numbers slamon exports. Above 25,000 channels are folded into `other`.",
            "short",
            (Query(own("scrape_samples_scraped"), "{{instance}}"),),
            width=12,
        ),
        Panel(
            "Time of a scrape",
            "How long Prometheus waited for the page. Above a second: see to the machine.",
            "s",
            (Query(own("scrape_duration_seconds"), "{{instance}}"),),
            width=12,
        ),
    ),
    (links.METRICS, links.OPERATIONS),
)
