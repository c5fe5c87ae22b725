"""`python -m bench [NAME …]`: print figures and ratios; exit code 1 when a ratio is past its limit."""

from __future__ import annotations

import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.report import Figure

BENCHES = (
    "commands",
    "calendars",
    "month",
    "ingest",
    "sweep",
    "storm",
    "scrape",
    "daemon",
    "alerts",
    "reload",
    "polling",
)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"there is no bench {unknown[0]}; there are: {', '.join(BENCHES)}")
        return 2
    regressed = [figure for name in names or BENCHES for figure in _run(name) if figure.regressed]
    if regressed:
        print(f"{len(regressed)} past the limit: {'; '.join(figure.name for figure in regressed)}")
    return 1 if regressed else 0


def _run(name: str) -> list[Figure]:
    bench = import_module(f"bench.{name}")
    print(f"\n{name}: {(bench.__doc__ or '').splitlines()[0]}", flush=True)
    began, figures = time.perf_counter(), []
    with tempfile.TemporaryDirectory(prefix="slamon-bench-") as folder:
        for figure in bench.run(Path(folder)):
            print(figure.line(), flush=True)
            figures.append(figure)
    print(f"  ({time.perf_counter() - began:.0f} s)", flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
