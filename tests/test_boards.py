"""The boards against a real Prometheus that scrapes a real `slamon demo`: no query may come back empty."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from boards import Asked, queries
from prometheus_server import Prometheus, needs_prometheus, running_prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEMO = [sys.executable, "-c", "from slamon.cli import main; main()", "demo", "--port", "0"]
WITHIN = 120.0
"""Seconds: the promise is that after two minutes of the demo no panel is empty."""
ROUND = 1.0


@needs_prometheus
def test_every_query_of_every_board_has_an_answer_on_the_demo_within_two_minutes(tmp_path: Path) -> None:
    end = monotonic() + WITHIN
    shown = tmp_path / "demo.log"
    with demo(shown) as target, running_prometheus(tmp_path, target) as prometheus:
        left = list(queries())
        assert len(left) > 100
        while left and monotonic() < end:
            prometheus.rest(ROUND)
            left = unanswered(prometheus, left)
        assert [asked.where for asked in left] == [], shown.read_text()[-2_000:]


def unanswered(prometheus: Prometheus, left: list[Asked]) -> list[Asked]:
    """Those that have no number yet. A query that Prometheus refuses fails the test."""
    if not prometheus.ready():
        return left
    return [asked for asked in left if not prometheus.answers(asked.resolved)]


@contextmanager
def demo(shown: Path) -> Iterator[str]:
    """Where slamon answers scrapes, in a demo that tells what happens in the file `shown`."""
    with shown.open("wb") as log:
        process = subprocess.Popen([*DEMO, "--seconds", str(WITHIN)], stdout=log, stderr=log)
    try:
        yield address(shown, process)
    finally:
        process.terminate()
        process.wait(30)


def address(shown: Path, process: subprocess.Popen[bytes]) -> str:
    while not (found := re.search(r"http://(\S+)/metrics", shown.read_text())):
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the demo ended with {process.wait(0.1)}: {shown.read_text()}")
    return found[1]
