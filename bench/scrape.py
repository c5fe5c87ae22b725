"""A scrape of about 2,000 samples with a million open waits, and with none: it must not know the difference."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

from bench import million
from bench.house import HOME
from bench.report import Figure
from slamon.app import wall_clock
from slamon.exporter import Exporter
from slamon.model import MINUTE, RESPONSES
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = 30
POLICIES = [million.POLICY, "vip", "press"]


def run(folder: Path) -> Iterator[Figure]:
    full, empty = _exporter(folder / "full.db", million.MILLION), _exporter(folder / "empty.db", 0)
    page = full.render("", False)[0].decode()  # noqa: FBT003 - whether to zip
    assert f'policy="{million.POLICY}"' in page
    samples = sum(not line.startswith("#") for line in page.splitlines())
    rounds = [(_took(full), _took(empty)) for _ in range(ROUNDS)]
    with_million, with_none = (median(pair[n] for pair in rounds) for n in (0, 1))
    yield Figure("samples", samples, "")
    yield Figure("scrape, 1,000,000 open", with_million * 1e3, "ms", "20 up to 2,000 samples")
    yield Figure("scrape, none open", with_none * 1e3, "ms")
    yield Figure("scrape of one sample", with_million / samples * 1e6, "µs", "10")
    yield Figure("scrape: a million over none", with_million / with_none, "x", "1.1", at_most=1.5)


def _exporter(path: Path, waits: int) -> Exporter:
    million.build(path, HOME, wall_clock(), waits)
    store = Store(f"sqlite:///{path}", write=False)
    blind_after = dict.fromkeys(HOME.channels, 5 * MINUTE)
    exporter = Exporter(lambda: store.snapshot(blind_after, wall_clock()), wall_clock, "bench")
    policies = {name: [(policy, list(RESPONSES)) for policy in POLICIES] for name in HOME.channels}
    exporter.expect([(name, HOME.platform) for name in HOME.channels], policies, [("slack", "desk")])
    return exporter


def _took(exporter: Exporter) -> float:
    began = time.perf_counter()
    exporter.render("", False)  # noqa: FBT003 - whether to zip
    return time.perf_counter() - began
