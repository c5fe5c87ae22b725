"""The page, the scrape job and the examples of the README, against the real promtool and a real Prometheus."""

from __future__ import annotations

import re
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import pytest

from metrics_world import AIMS, ALERTS, CHANNELS, GOLDEN, NOW, POLICIES, REASONS, ROOT, events, snapshot
from prometheus_server import PROMETHEUS, Prometheus, needs_promtool, promtool, running_prometheus
from slamon.exporter import Exporter
from slamon.model import HOUR
from slamon.web import Health, Pages, WebServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@needs_promtool
def test_promtool_finds_no_fault_in_the_page() -> None:
    checked = promtool("check", "metrics", page=GOLDEN.read_text())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@needs_promtool
def test_promtool_finds_no_fault_in_the_scrape_job() -> None:
    checked = promtool("check", "config", str(ROOT / "exporters/prometheus/scrape.yml"))
    assert checked.returncode == 0, checked.stderr


@contextmanager
def growing_page() -> Iterator[str]:
    """slamon's own web server over a world that does one more round of work with every scrape."""
    rounds = count(1)
    exporter = Exporter(lambda: snapshot(next(rounds)), lambda: NOW, "0.1.0")
    exporter.expect(CHANNELS, POLICIES, ALERTS, REASONS, AIMS)
    exporter.configured("ba9876543210", NOW - HOUR, lambda: False)

    def render(accept: str, zipped: bool) -> tuple[bytes, str]:  # noqa: FBT001 - as the exporter's
        for event in events():
            exporter.hear(event)
        return exporter.render(accept, zipped)

    server = WebServer("127.0.0.1:0", Pages(render, lambda: Health(healthy=True, ready=True)))
    server.start()
    try:
        yield server.address
    finally:
        server.stop(5)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    if PROMETHEUS is None:
        pytest.skip("needs prometheus (Debian package prometheus)")
    folder = tmp_path_factory.mktemp("prometheus")
    with growing_page() as target, running_prometheus(folder, target) as running:
        running.wait_for("rate(slamon_sweeps_total[1m]) > 0")
        yield running


def test_one_channel_alone_can_be_looked_at(prometheus: Prometheus) -> None:
    found = prometheus.wait_for('sum by (channel) (slamon_waits{channel=~"acme-x"})')
    assert [(sample["metric"], sample["value"][1]) for sample in found] == [({"channel": "acme-x"}, "9")]


def test_every_example_in_the_readme_is_answered(prometheus: Prometheus) -> None:
    examples = re.findall(r"\| `([^`]+)` \|$", (ROOT / "exporters/README.md").read_text(), re.MULTILINE)
    assert len(examples) > 30
    for example in examples:
        prometheus.wait_for(example)


def test_the_scrape_is_taken_whole(prometheus: Prometheus) -> None:
    prometheus.wait_for("up == 1")
    prometheus.wait_for("scrape_samples_scraped > 300")
