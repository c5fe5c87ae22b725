"""`slamon run` over a million open waits: seconds from the process's start to ready, and its memory then.

The baseline is the same daemon over an empty database, started in turn with the other.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from bench import million
from bench.report import Figure
from slamon.app import wall_clock
from slamon.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 3
CHANNELS = 20
PATIENCE = 60.0
CONFIG = """\
database: sqlite:///slamon.db
listen: 127.0.0.1:{port}
rules: rules/
channels:
{channels}
notify:
  timezone: Europe/Berlin
  slack: {{token: {{file: token}}, api_url: "http://127.0.0.1:9/api/"}}
  audiences:
    desk: {{slack: "#social-desk"}}
"""
CHANNEL = "  - {{name: other-{n:02}, connector: archive, account: acme, path: messages.jsonl}}"
RULES = "policies:\n  - {name: everyone, first_response: 24h}\n"


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the daemon."""

    ready: float
    """Seconds."""
    resident: float
    """MiB once it is ready and was scraped."""
    waiting: float
    """Open waits by its own metrics."""


def run(folder: Path) -> Iterator[Figure]:
    full, empty = _home(folder / "full", million.MILLION), _home(folder / "empty", 0)
    pairs = [(_start(full), _start(empty)) for _ in range(ROUNDS)]
    assert all(one.waiting == million.MILLION for one, _ in pairs), "/metrics does not count a million open waits"
    ready, ready_empty = (median(pair[n].ready for pair in pairs) for n in (0, 1))
    memory, memory_empty = (median(pair[n].resident for pair in pairs) for n in (0, 1))
    yield Figure("process start to ready, 1,000,000 open", ready, "s", "2")
    yield Figure("process start to ready, none open", ready_empty, "s")
    yield Figure("ready: a million over none", ready / ready_empty, "x", at_most=1.8)
    yield Figure("memory when ready, 1,000,000 open", memory, "MiB", "136")
    yield Figure("memory when ready, none open", memory_empty, "MiB")
    yield Figure("memory: a million over none", memory / memory_empty, "x", at_most=1.25)


def _home(folder: Path, waits: int) -> Path:
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "default.yaml").write_text(RULES)
    (folder / "messages.jsonl").touch()
    (folder / "token").write_text("xoxb-bench")
    names = [f"other-{n:02}" for n in range(CHANNELS)]
    channels = "\n".join(CHANNEL.format(n=n) for n in range(CHANNELS))
    (folder / "config.yaml").write_text(CONFIG.format(port=_free_port(), channels=channels))
    _, rules = load(folder / "config.yaml")
    home = million.Home(names, "archive", "acme", rules.version)
    million.build(folder / "slamon.db", home, wall_clock(), waits)
    return folder


def _start(home: Path) -> Start:
    address = re.search(r"listen: (\S+)", (home / "config.yaml").read_text())
    assert address is not None
    command = [sys.executable, "-c", "from slamon.cli import main; main()", "run", "--config", "config.yaml"]
    began = time.perf_counter()
    with (home / "log").open("w") as log, subprocess.Popen(command, cwd=home, stderr=log, stdout=log) as process:
        try:
            _until_ready(f"http://{address[1]}/-/ready", process)
            ready = time.perf_counter() - began
            waiting = _waiting(f"http://{address[1]}/metrics")
            return Start(ready, _resident(process.pid), waiting)
        finally:
            os.kill(process.pid, signal.SIGTERM)


def _until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until and process.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except URLError:
            time.sleep(0.005)
    raise AssertionError("slamon did not become ready")


def _waiting(url: str) -> float:
    with urlopen(url) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("slamon_waits{"))


def _resident(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
