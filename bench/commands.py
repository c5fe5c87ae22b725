"""What a person at a terminal waits for: `slamon --help`, and the check of 2,000 lines of configuration and rules."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

import yaml

from bench.report import Figure
from slamon.checks import check
from slamon.loading import channel_facts, connector_infos

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
SETTINGS = """\
lookback: 2d
automation: {author: acme-bot, pattern: "^automatic"}
hand_over: ["send us a dm", "direct message"]
holding: "we will (get|come) back to you"
no_reply:
  - thanks
  - {reason: giveaway, when: {text: airdrop}}
policies:
"""
POLICY = """\
  - name: promise-{n:02}
    when:
      author.followers: ">= {followers}"
      words: [{list}, complaint]
      days: mon-fri
    first_response: 1h
    next_response: 1bd
    calendar: {calendar}
    stages:
      - {{at: 50%, to: desk}}
      - {{at: 100%, to: oncall}}
      - {{at: +30m, to: oncall, repeat: 30m, at_most: 6}}
"""
CALENDAR = """\
  site-{n:02}:
    timezone: {zone}
    open: {{mon-fri: ["08:00-12:30", "13:00-18:00"], sat: "22:00-02:00"}}
    holidays: {{country: {country}}}
    dates: {{2026-12-24: closed, 12-31: "08:00-12:00", 2027-08-02..2027-08-13: closed}}
"""
SITES = (("Europe/Berlin", "DE"), ("Europe/Paris", "FR"), ("America/New_York", "US"), ("Asia/Manila", "PH"))
UNION = "  everywhere: {union: [site-00, site-01, site-02, site-03]}\n"
WORDS = """\
  list-{n:02}:
    en: [sort of broken {n}, does not work {n}, never again {n}]
    de: [kaputt {n}, geht nicht {n}]
"""
POLICIES, FILES, LISTS = 9, 14, 20


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
    sites = "".join(CALENDAR.format(n=n, zone=zone, country=country) for n, (zone, country) in enumerate(SITES))
    (folder / "rules" / "calendars.yaml").write_text("calendars:\n" + sites + UNION)
    (folder / "rules" / "words.yaml").write_text("words:\n" + "".join(WORDS.format(n=n) for n in range(LISTS)))
    for number in range(FILES):
        policies = "".join(_policy(n, number) for n in range(POLICIES))
        (folder / "rules" / f"archive-{number:03}.yaml").write_text(SETTINGS + policies)
    return sum(len(path.read_text().splitlines()) for path in folder.rglob("*.yaml"))


def _policy(n: int, number: int) -> str:
    calendar = "everywhere" if n == POLICIES - 1 else f"site-{n % len(SITES):02}"
    return POLICY.format(n=n, followers=10_000 - n, list=f"list-{(number + n) % LISTS:02}", calendar=calendar)


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
