"""The page, the scrape job and every query, against the real promtool and a real Prometheus."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from contextlib import contextmanager, suppress
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
import requests

from metrics_world import ALERTS, CHANNELS, GOLDEN, NOW, POLICIES, ROOT, events, snapshot
from slamon.exporter import Exporter
from slamon.web import Health, WebServer

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHIN = 60.0
CONFIG = """
global: {scrape_interval: 500ms, scrape_timeout: 500ms}
scrape_configs: [{job_name: slamon, static_configs: [{targets: ["%s"]}]}]
"""
PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="needs promtool (Debian package prometheus)")


def promtool(*words: str, page: str = "") -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    return subprocess.run([PROMTOOL, *words], input=page, capture_output=True, text=True, check=False)


@needs_promtool
def test_promtool_finds_no_fault_in_the_page() -> None:
    checked = promtool("check", "metrics", page=GOLDEN.read_text())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@needs_promtool
def test_promtool_finds_no_fault_in_the_scrape_job() -> None:
    checked = promtool("check", "config", str(ROOT / "exporters/prometheus/scrape.yml"))
    assert checked.returncode == 0, checked.stderr


class Prometheus:
    """A running Prometheus, asked over HTTP."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process

    def ask(self, path: str, **params: str) -> Any:
        answer = requests.get(f"{self.url}/api/v1/{path}", params=params, timeout=10)
        assert answer.ok, answer.text
        return answer.json()["data"]

    def query(self, expr: str) -> list[Any]:
        return list(self.ask("query", query=expr)["result"])

    def wait_for(self, expr: str) -> list[Any]:
        """The first answer with a number in it."""
        end = monotonic() + WITHIN
        while monotonic() < end:
            found = self.query(expr) if self.ready() else []
            if any(sample["value"][1] != "NaN" for sample in found):
                return found
            with suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"Prometheus ended with {self.process.wait(0.05)}")
        raise AssertionError(f"no answer to {expr} within {WITHIN} s")

    def ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/-/ready", timeout=10).ok
        except requests.ConnectionError:
            return False


@contextmanager
def growing_page() -> Iterator[str]:
    """slamon's own web server over a world that does one more round of work with every scrape."""
    rounds = count(1)
    exporter = Exporter(lambda: snapshot(next(rounds)), lambda: NOW, "0.1.0")
    exporter.expect(CHANNELS, POLICIES, ALERTS)

    def render(accept: str, zipped: bool) -> tuple[bytes, str]:  # noqa: FBT001 - as the exporter's
        for event in events():
            exporter.hear(event)
        return exporter.render(accept, zipped)

    server = WebServer("127.0.0.1:0", render, lambda: Health(healthy=True, ready=True))
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
    with growing_page() as target, (folder / "log").open("wb") as log:
        (folder / "prometheus.yml").write_text(CONFIG % target)
        address = free_address()
        words = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address={address}"]
        process = subprocess.Popen([PROMETHEUS, *words], cwd=folder, stdout=log, stderr=log)
        try:
            running = Prometheus(f"http://{address}", process)
            running.wait_for("rate(slamon_sweeps_total[1m]) > 0")
            yield running
        finally:
            process.terminate()
            process.wait(20)


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def board() -> dict[str, Any]:
    return dict(json.loads((ROOT / "grafana/dashboards/slamon.json").read_text()))


def test_every_query_of_every_panel_is_answered_with_a_number(prometheus: Prometheus) -> None:
    for panel in board()["panels"]:
        for target in panel.get("targets", ()):
            expr = target["expr"].replace("$__rate_interval", "1m").replace("$channel", ".*")
            prometheus.wait_for(expr)


def test_every_variable_finds_its_values(prometheus: Prometheus) -> None:
    for variable in board()["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()  # type: ignore[union-attr]  # a mismatch fails the test
            found = prometheus.ask(f"label/{label}/values", **{"match[]": metric})
            assert found == ["acme-archive", "acme-x"]


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
