"""What a person at a terminal waits for: `slamon --help`, and the check of 2,000 lines of configuration and rules."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

import yaml

from bench.report import Figure
from slamon.app import channel_facts, connector_infos
from slamon.checks import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROUNDS = 15
SLAMON = "from slamon.cli import main; main()"
CHANNELS = 60
HEAD = """\
notify:
  timezone: Europe/Berlin
  slack: {token: {env: HOME}}
  audiences:
    desk: {slack: "#social-desk", default: yes}
    oncall: {slack: "#social-oncall"}
channels:
"""
CHANNEL = """\
  - name: archive-{n:03}
    connector: archive
    account: acme
    every: 60s
    path: messages.jsonl
"""
POLICY = """\
  - name: promise-{n:02}
    when:
      author.followers: ">= {followers}"
    first_response: 1h
    next_response: 2h
    calendar: support
    stages:
      - {{at: 50%, to: desk}}
      - {{at: 100%, to: oncall}}
"""
CALENDAR = 'calendars:\n  support:\n    timezone: Europe/Berlin\n    open: {mon-fri: "09:00-17:00"}\n'
POLICIES, FILES = 9, 20


def run(folder: Path) -> Iterator[Figure]:
    lines = _write(folder)
    rounds = [(_took(lambda: _check(folder)), _took(lambda: _load_all(folder))) for _ in range(ROUNDS)]
    checked, loaded = (median(pair[n] for pair in rounds) for n in (0, 1))
    yield Figure("lines of configuration and rules", lines, "")
    yield Figure("check, imports apart", checked * 1e3, "ms", "60")
    yield Figure("check over PyYAML's own loading", checked / loaded, "x", at_most=8)
    starts = [(_took(lambda: _run(SLAMON, "--help")), _took(lambda: _run("pass"))) for _ in range(ROUNDS)]
    helped, bare = (median(pair[n] for pair in starts) for n in (0, 1))
    yield Figure("slamon --help", helped * 1e3, "ms", "150")
    yield Figure("--help over a bare Python", helped / bare, "x", at_most=8)


def _write(folder: Path) -> int:
    (folder / "rules").mkdir()
    (folder / "config.yaml").write_text(HEAD + "".join(CHANNEL.format(n=n) for n in range(CHANNELS)))
    (folder / "rules" / "calendars.yaml").write_text(CALENDAR)
    for number in range(FILES):
        policies = "".join(POLICY.format(n=n, followers=10_000 - n) for n in range(POLICIES))
        (folder / "rules" / f"archive-{number:03}.yaml").write_text("policies:\n" + policies)
    return sum(len(path.read_text().splitlines()) for path in folder.rglob("*.yaml"))


def _check(folder: Path) -> None:
    found = check(folder / "config.yaml", None, connector_infos(), channel_facts)
    assert not found.faults, found.faults[:3]


def _load_all(folder: Path) -> None:
    for path in folder.rglob("*.yaml"):
        yaml.load(path.read_text(), yaml.CSafeLoader)


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, "-c", *arguments], check=True, capture_output=True)


def _took(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began
