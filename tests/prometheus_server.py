"""A real Prometheus for tests, and what to ask it."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHIN = 60.0
CONFIG = """
global: {scrape_interval: 500ms, scrape_timeout: 500ms}
scrape_configs: [{job_name: slamon, static_configs: [{targets: ["%s"]}]}]
"""
PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="needs promtool (Debian package prometheus)")
needs_prometheus = pytest.mark.skipif(PROMETHEUS is None, reason="needs prometheus (Debian package prometheus)")


def promtool(*words: str, page: str = "") -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    return subprocess.run([PROMTOOL, *words], input=page, capture_output=True, text=True, check=False)


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

    def answers(self, expr: str) -> bool:
        """Whether there is an answer with a number in it."""
        return any(sample["value"][1] != "NaN" for sample in self.query(expr))

    def wait_for(self, expr: str) -> list[Any]:
        """The first answer with a number in it."""
        end = monotonic() + WITHIN
        while monotonic() < end:
            if self.ready() and self.answers(expr):
                return self.query(expr)
            self.rest()
        raise AssertionError(f"no answer to {expr} within {WITHIN} s")

    def rest(self, seconds: float = 0.05) -> None:
        """A moment in which it goes on working."""
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"Prometheus ended with {self.process.wait(seconds)}")

    def ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/-/ready", timeout=10).ok
        except requests.ConnectionError:
            return False


@contextmanager
def running_prometheus(folder: Path, target: str = "", *more: str) -> Iterator[Prometheus]:
    """One that keeps its data in `folder` and scrapes `target` (host:port) twice a second, if there is one."""
    assert PROMETHEUS is not None
    (folder / "prometheus.yml").write_text(CONFIG % target if target else "{}")
    address = free_address()
    words = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address={address}", *more]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([PROMETHEUS, *words], cwd=folder, stdout=log, stderr=log)
        try:
            yield Prometheus(f"http://{address}", process)
        finally:
            process.terminate()
            process.wait(20)


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
