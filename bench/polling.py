"""10,000 channels of X polled each minute by one core; the platform, on the other core, answers after 100 ms.

Each channel watches an account of its own, with the mentions and the posts of that account: two requests a poll. One
in a hundred polls finds a new mention. Lateness is from the instant of a channel's phase to the arrival of its first
request at the platform, seen there.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from bench.report import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANNELS = 10_000
EVERY = 60_000
WARM_UP = 120.0
"""Seconds: at the start every channel is polled at once."""
MEASURED = 120.0
LATE = 1_000
"""Milliseconds from which on a poll is called late."""
CONFIG = """\
database: sqlite:///slamon.db
listen: 127.0.0.1:0
rules: rules/
channels:
"""
RULES = "policies:\n  - {name: everyone, first_response: 1h}\n"


def run(folder: Path) -> Iterator[Figure]:
    """Two processes, each on a core of its own where there are two."""
    with _platform(folder) as url:
        _write(folder, url)
        used, resident = _watch(folder)
    arrivals = json.loads((folder / "arrivals.json").read_text())
    late = sorted(lateness for each in arrivals.values() for lateness in each)
    wanted = len(arrivals) and CHANNELS * MEASURED * 1_000 / EVERY
    missed = max(0.0, 1 - len(late) / wanted)
    tardy = sum(one > LATE for one in late) / len(late)
    yield Figure("10,000 channels a minute: polls a second", len(late) / MEASURED, "/s")
    yield Figure("lateness, p50", late[len(late) // 2], "ms")
    yield Figure("lateness, p99", late[len(late) * 99 // 100], "ms", "100")
    yield Figure("late by more than a second, or left out", 100 * (tardy + missed), "%", "1", at_most=5.0)
    yield Figure("CPU of one core", 100 * used / MEASURED, "%", "60")
    yield Figure("CPU a poll", 1_000 * used / max(1, len(late)), "ms")
    yield Figure("memory", resident, "MiB", "1024", at_most=1_024.0)


def _write(folder: Path, url: str) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "default.yaml").write_text(RULES)
    (folder / "token").write_text("pretend-app-token")
    more = f"every: 60s, base_url: '{url}', credentials: {{bearer_token: {{file: token}}}}"
    lines = [f"  - {{name: {name(n)}, connector: x, account: brand{n}, {more}}}\n" for n in range(CHANNELS)]
    (folder / "config.yaml").write_text(CONFIG + "".join(lines))


def name(number: int) -> str:
    """Of a channel."""
    return f"acme-{number:05}"


def _watch(folder: Path) -> tuple[float, float]:
    """Run slamon; :returns: CPU seconds while it was measured, and its memory in MiB."""
    command = [sys.executable, "-c", "from slamon.cli import main; main()", "run", "--log-level", "error"]
    with (folder / "log").open("w") as log:
        daemon = subprocess.Popen([*_on(0), *command], cwd=folder, stdout=log, stderr=log)
        try:
            time.sleep(WARM_UP)
            before = _cpu(daemon.pid)
            (folder / "measure").touch()
            time.sleep(MEASURED)
            (folder / "measure").unlink()
            assert daemon.poll() is None, (folder / "log").read_text()
            return _cpu(daemon.pid) - before, _resident(daemon.pid)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(30)


@contextmanager
def _platform(folder: Path) -> Iterator[str]:
    script = [sys.executable, "-m", "bench.polled", str(folder), str(CHANNELS)]
    with subprocess.Popen([*_on(1), *script], stdout=subprocess.PIPE, text=True) as platform:
        assert platform.stdout
        try:
            yield platform.stdout.readline().strip()
        finally:
            platform.send_signal(signal.SIGTERM)
            platform.wait(30)


def _on(core: int) -> list[str]:
    return ["taskset", "-c", str(core)] if len(os.sched_getaffinity(0)) > 1 else []


def phase(number: int) -> int:
    """Milliseconds of the channel's instant within a minute."""
    return crc32(name(number).encode()) % EVERY


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
