"""Processes by fork: imports are paid for once. Whoever forks must have no threads."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
import traceback
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import psycopg
import requests
import slack_sdk  # noqa: F401 - what every life loads is loaded before the first fork
from apscheduler.triggers import cron  # noqa: F401 - as above
from sqlalchemy.dialects.postgresql import psycopg as dialect  # noqa: F401 - as above

from conftest import emptied
from kill.clock import SharedClock
from kill.life import Life, Points
from kill.story import BEGINS, ENVIRON
from kill.verdict import verdict
from slamon.connectors import archive  # noqa: F401 - as above
from slamon.errors import StoreError
from slamon.model import SECOND
from slamon.notifiers.slack import Slack  # noqa: F401 - as above
from slamon.sim.faults import Fault
from slamon.sim.slack import PretendSlack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kill.story import Story, Weather
    from slamon.model import Millis

MEMORY = Path("/dev/shm")
RESTART: Millis = 1 * SECOND
CHANNELS = ("#desk", "#oncall", "#night", "#archived")
LOCKED = 500
"""Looks at the lock that the last life left."""


def forked(run: Callable[[], Any]) -> int:
    """Run it in a child; :returns: its pid. The child ends with 0, or with 1 and a traceback."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        run()
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as the parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def ended(pid: int) -> int:
    """How it ended: an exit code, or below 0 a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Case:
    """One story with one way to die; a folder, a clock, a database and a Slack of its own."""

    def __init__(self, database: str, tale: Story, weather: Weather) -> None:
        self.database = database
        self.story = tale
        self.weather = weather

    def run(self, deaths: Sequence[int | None]) -> tuple[list[str], list[str]]:
        """Live through the story, dying as often as told; :returns: what is wrong, and the labels of the last life."""
        with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None, prefix="kill-") as name:
            folder = Path(name)
            clock = SharedClock(folder / "clock", BEGINS)
            with self._slack(folder, clock) as slack, _database(self.database, folder) as url:
                self.story.write_files(folder, slack + "/api/")
                os.environ["KILL_DATABASE"] = url
                for death in (*deaths, None):
                    code = ended(forked(lambda death=death: _live(folder, clock, self.story, death)))  # type: ignore[misc]
                    if code == 0:
                        break
                    if code != -signal.SIGKILL:
                        return [f"slamon ended by itself with {code}"], []
                    clock.move(clock() + RESTART)
                ledger = requests.get(slack + "/_range/ledger", timeout=10).json()["messages"]
                return verdict(url, ledger), json.loads((folder / "labels").read_text())

    @contextmanager
    def _slack(self, folder: Path, clock: SharedClock) -> Iterator[str]:
        os.mkfifo(folder / "address")
        pid = forked(lambda: _serve(folder, clock, self.weather))
        try:
            yield (folder / "address").read_text()
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _serve(folder: Path, clock: SharedClock, weather: Weather) -> None:
    slack = PretendSlack(
        clock=clock, channels=["#desk", "#oncall", "#night", "#archived"], groups={"oncall": "S0ONCALL01"}
    )
    slack.set(**weather.settings)
    slack.faults.add(*map(Fault.parse, weather.faults))
    slack.set(archive="#archived")
    slack.start()
    (folder / "address").write_text(slack.url)
    signal.pause()


def _live(folder: Path, clock: SharedClock, tale: Story, death: int | None) -> None:
    os.environ.update(ENVIRON)
    os.chdir(folder)
    points = Points(death)
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 2)
    _started(folder, clock, tale, points).run()
    (folder / "labels").write_text(json.dumps(points.labels))


def _started(folder: Path, clock: SharedClock, tale: Story, points: Points) -> Life:
    """A killed process has its lock until PostgreSQL notices that its connection is gone."""
    for _ in range(LOCKED):
        try:
            return Life(folder, clock, tale, points)
        except StoreError as error:
            if "writes" not in str(error):
                raise
            time.sleep(0.02)
    raise AssertionError("the lock is not given back")


@contextmanager
def _database(template: str, folder: Path) -> Iterator[str]:
    """A migrated database without a row."""
    if template.startswith("sqlite"):
        shutil.copy(template.removeprefix("sqlite:///"), folder / "slamon.db")
        yield f"sqlite:///{folder / 'slamon.db'}"
        return
    url = _own(template, os.getpid())
    emptied(url)
    yield url


@cache
def _own(template: str, worker: int) -> str:
    """A copy of the template for this process: making one takes as long as a short story."""
    name = f"k{worker}"
    with psycopg.connect(template.replace("/slamon?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE slamon".encode())
    return template.replace("/slamon?", f"/{name}?")
