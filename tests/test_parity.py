"""Database, Prometheus and report say the same of a month with nothing open at its edges: within 0.1 points."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from prometheus_server import PROMETHEUS, PROMTOOL, running_prometheus
from slamon.cli.report import command as report_command
from slamon.model import HOUR, SECOND
from stage import Records, iso
from talk import BRANDS, RULES, WEEKS, talk
from x_client import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_server import Prometheus

    Found: TypeAlias = dict[tuple[str, ...], float]

POINT = 0.001
"""A tenth of a percentage point."""
BEGINS, ENDS = NOON - WEEKS, NOON
THREADS = 400
EXPORTED = ("slamon_sla_", "slamon_waits_", "slamon_objective_", "slamon_recent_")
PROMISE = ("channel", "policy", "target")


@dataclass(frozen=True)
class Month:
    """How it stands at its end, and what was scraped of it every hour."""

    records: Records
    scraped: str

    def rows(self, sql: str) -> Found:
        """By all columns but the last one."""
        with self.records.app.store.read() as tx:
            return {tuple(row[:-1]): float(row[-1]) for row in tx.execute(text(sql))}

    def report(self) -> Any:
        """What `slamon report` prints of it."""
        words = ["--since", iso(BEGINS), "--until", iso(ENDS), "--format", "json"]
        done = CliRunner().invoke(report_command, [*words, "--config", str(self.records.folder / "config.yaml")])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with Records(tmp_path_factory.mktemp("month"), *BRANDS, rules=RULES, begins=BEGINS) as records:
        records.every = HOUR
        lines, scraped = talk(5, BEGINS, THREADS), [_scrape(records)]
        while records.now < ENDS:
            hour_ends = records.now + HOUR
            while lines and lines[0][0] <= hour_ends:
                at, line = lines.pop(0)
                records.passes(max(0, at - records.now))
                records.says(**line)
            records.passes(hour_ends - records.now)
            scraped.append(_scrape(records))
        yield Month(records, "".join(scraped))


def _scrape(records: Records) -> str:
    """As the database of Prometheus takes it in."""
    records.app.figures.renew()
    body, _ = records.app.exporter.render("", zipped=False)
    stamp = f" {records.now / SECOND}\n"
    return "".join(line + stamp for line in body.decode().splitlines() if line.startswith(EXPORTED))


@pytest.fixture(scope="module")
def prometheus(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A real one, which finds the month in its database as if it had scraped slamon every hour."""
    if PROMETHEUS is None or PROMTOOL is None:
        pytest.skip("needs prometheus and promtool (Debian package prometheus)")
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "month.om").write_text(month.scraped + "# EOF\n")
    words = [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", "month.om", "data"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    with running_prometheus(folder, "", "--storage.tsdb.retention.time=100y") as running:
        running.wait_for("vector(1)")
        yield running


def told(prometheus: Prometheus, expr: str, *labels: str) -> Found:
    """What Prometheus answers at the end of the month, by those labels."""
    found = prometheus.ask("query", query=expr, time=str(ENDS / SECOND))["result"]
    return {tuple(one["metric"][label] for label in labels): float(one["value"][1]) for one in found}


SHARES = """
    SELECT channel.name, timer.policy, timer.target,
           SUM(CASE WHEN timer.status = 'met' THEN 1 ELSE 0 END) * 1.0 / COUNT(*)
    FROM timer JOIN channel ON channel.id = timer.channel
    WHERE timer.status <> 'cancelled' GROUP BY 1, 2, 3
"""
ENDED = """
    SELECT channel.name, COALESCE(NULLIF(wait.reason, ''), wait.state), COUNT(*)
    FROM wait JOIN channel ON channel.id = wait.channel WHERE wait.state <> 'merged' GROUP BY 1, 2
"""
THANKS = """
    SELECT channel.name, 'no_reply', COUNT(*) FROM message JOIN channel ON channel.id = message.channel
    WHERE no_reply IS NOT NULL GROUP BY 1
"""


def test_nothing_is_open_at_the_edges_and_something_of_all_kinds_happened(month: Month) -> None:
    assert {key[1] for key in month.rows(ENDED)} == {"answered", "handed_over", "abandoned"}
    assert min(month.rows(THANKS).values()) > 10
    shares = month.rows(SHARES)
    assert len(shares) == len(BRANDS) * 4
    assert all(0.05 < share < 0.995 for share in shares.values()), shares


def test_shares_of_counters_over_time_are_those_of_the_rows(month: Month, prometheus: Prometheus) -> None:
    by = "sum by (channel, policy, target)"
    good = f'{by} (increase(slamon_sla_settled_total{{outcome="in_time"}}[28d]))'
    found = told(prometheus, f"{good} / {by} (increase(slamon_sla_settled_total[28d]))", *PROMISE)
    assert found == pytest.approx(month.rows(SHARES), abs=POINT)


def test_the_shares_that_objectives_are_held_to_are_those_of_the_rows(month: Month, prometheus: Prometheus) -> None:
    found = told(prometheus, "slamon_objective_good / slamon_objective_due", *PROMISE)
    assert found == pytest.approx(month.rows(SHARES), abs=POINT)


def test_shares_of_the_report_are_those_of_the_rows(month: Month) -> None:
    found = {
        (cut["channel"], cut["policy"], target): promises["in_time"]
        for cut in month.report()["policies"]
        for target, promises in cut["targets"].items()
    }
    assert found == pytest.approx(month.rows(SHARES), abs=POINT)


def test_where_everything_went_is_told_alike(month: Month, prometheus: Prometheus) -> None:
    rows = month.rows(ENDED) | month.rows(THANKS)
    report = {
        (cut["channel"], outcome): n for cut in month.report()["channels"] for outcome, n in cut["balance"].items() if n
    }
    assert told(prometheus, "slamon_recent_waits > 0", "channel", "outcome") == rows
    assert report == rows


def test_what_was_received_is_what_the_outcomes_add_up_to(month: Month, prometheus: Prometheus) -> None:
    received = told(prometheus, "slamon_recent_received", "channel")
    assert told(prometheus, "sum by (channel) (slamon_recent_waits)", "channel") == received
    assert {(cut["channel"],): cut["received"] for cut in month.report()["channels"]} == received


def test_counters_of_waits_say_the_same_over_time(month: Month, prometheus: Prometheus) -> None:
    """`increase` extrapolates to the ends of its window: a share of two increases is exact, a number is not."""
    waits = {(name,): sum(n for key, n in month.rows(ENDED).items() if key[0] == name) for name in BRANDS}
    assert told(prometheus, "slamon_waits_received_total", "channel") == waits
    assert told(prometheus, "sum by (channel) (slamon_waits_closed_total)", "channel") == waits


def test_the_response_rate_is_told_alike(month: Month, prometheus: Prometheus) -> None:
    rate = (
        'sum by (channel) (slamon_recent_waits{outcome=~"answered|automation|elsewhere|handed_over"})'
        ' / sum by (channel) (slamon_recent_waits{outcome!~"no_reply|dismissed|cancelled"})'
    )
    rows = month.rows(ENDED)
    waits = {name: sum(n for key, n in rows.items() if key[0] == name) for name in BRANDS}
    answered = {(name,): 1 - rows[name, "abandoned"] / waits[name] for name in BRANDS}
    assert told(prometheus, rate, "channel") == pytest.approx(answered, abs=POINT)
    report = {(cut["channel"],): cut["response_rate"] for cut in month.report()["channels"]}
    assert report == pytest.approx(answered, abs=POINT)


def test_the_share_of_hand_overs_is_told_alike(month: Month, prometheus: Prometheus) -> None:
    handed = (
        'slamon_recent_waits{outcome="handed_over"} / on (channel)'
        ' sum by (channel) (slamon_recent_waits{outcome=~"answered|handed_over"})'
    )
    shares = {(cut["channel"],): cut["hand_over"]["share"] for cut in month.report()["channels"]}
    assert told(prometheus, handed, "channel") == pytest.approx(shares, abs=POINT)
