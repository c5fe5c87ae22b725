"""`slamon run` and the practice range as processes, with readable verbs.

Whatever a daemon writes to its log, at debug level, is searched for secrets, customers' words and tracebacks when
its block ends.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import requests

from slamon.control import ask
from slamon.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

T = TypeVar("T")

SLAMON = (sys.executable, "-c", "from slamon.cli import main; main()")
CANARY = "canary-7f3a"
"""Part of every customer's text: no log may hold it."""
PATIENCE = 20.0
"""Seconds that a test waits for what should take a fraction of them, on a busy machine."""
LOOK_EVERY = 0.02

CONFIG = """\
database: sqlite:///slamon.db
listen: 127.0.0.1:0
rules: rules/
channels:
  - name: acme-x
    connector: x
    account: acme
    team: [acmehelp]
    every: {every}
    base_url: {x}
    visible_after: 0s
    credentials: {{bearer_token: {{env: TEST_X_TOKEN}}}}
notify:
  slack: {{token: {{env: TEST_SLACK_TOKEN}}, api_url: {slack_api}}}
  audiences:
    desk: {{slack: "#social-desk", default: true}}
  digests: {{storm: off}}
"""
RULES = """\
policies:
  - name: everyone
    first_response: {target}
    stages: [{stages}]
"""


def until(found: Callable[[], T], seconds: float = PATIENCE) -> T:
    """What `found` finds, as soon as that is something; fails when it finds nothing in time."""
    ends = time.monotonic() + seconds
    while not (seen := found()):
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(LOOK_EVERY)
    return seen


class Range:
    """The pretend X and the pretend Slack, as a process of their own."""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "slamon.sim", "--no-world", "--lifeline"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.addresses: dict[str, str] = json.loads(self.process.stdout.readline())
        self.x, self.slack = self.addresses["x"], self.addresses["slack"]
        self._http = requests.Session()
        self._http.trust_env = False
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()
        self.process.kill()
        self.process.communicate()

    def asks(self, handle: str) -> str:
        """A customer writes to the brand; :returns: the post's id."""
        return self._verb("post", handle=handle, text=f"@acme {CANARY} {handle} needs help")

    def answers(self, post: str) -> str:
        """The brand answers a post."""
        return self._verb("reply", to=post, text="We are on it.")

    def refuse(self, name: str) -> None:
        """X refuses every request from now on."""
        self._verb("refuse", name=name, calls=None)

    def x_fault(self, **fault: Any) -> None:
        """Something goes wrong with requests to X."""
        self._told("POST", self.x + "/_range/faults", {"calls": None, **fault})

    def slack_fault(self, **fault: Any) -> None:
        """Something goes wrong with requests to Slack."""
        self._told("POST", self.slack + "/_range/faults", fault)

    def mend_x(self) -> None:
        """X is well again."""
        self._told("DELETE", self.x + "/_range/faults")

    def mend_slack(self) -> None:
        """Slack is well again, and lets go of what hung."""
        self._told("DELETE", self.slack + "/_range/faults")

    def x_requests(self, path: str = "") -> list[dict[str, Any]]:
        """What X was asked whose path begins so, oldest first."""
        asked = self._told("GET", self.x + "/_range/requests")
        return [request for request in asked if request["path"].startswith(path)]

    def messages(self) -> list[dict[str, Any]]:
        """What Slack accepted: the ledger."""
        return cast("list[dict[str, Any]]", self._told("GET", self.slack + "/_range/ledger")["messages"])

    def roots(self) -> list[dict[str, Any]]:
        """The messages that are no replies."""
        return [message for message in self.messages() if not message["thread_ts"]]

    def _verb(self, verb: str, /, **arguments: Any) -> str:
        return cast("str", self._told("POST", f"{self.x}/_range/{verb}", arguments)["id"])

    def _told(self, method: str, url: str, body: Any = None) -> Any:
        answer = self._http.request(method, url, json=body, timeout=PATIENCE)
        assert answer.ok, answer.text
        return answer.json()


class Daemon:
    """`slamon run` in a folder of its own; started at the beginning of its block, and as often as a test likes."""

    def __init__(self, folder: Path, ground: Range, *, target: str = "2s", stages: str = "{at: 100%}") -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        names = {"TEST_X_TOKEN": "x_token", "TEST_SLACK_TOKEN": "slack_token"}
        self.secrets = {name: ground.addresses[key] for name, key in names.items()}
        self.config.write_text(CONFIG.format(every="1s", **ground.addresses))
        (folder / "rules").mkdir()
        (folder / "rules" / "default.yaml").write_text(RULES.format(target=target, stages=stages))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()
        for unwanted in (CANARY, *self.secrets.values(), "Traceback", "never awaited"):
            assert unwanted not in self.log(), f"{unwanted} is in the log"

    @property
    def environ(self) -> dict[str, str]:
        """What it finds in its environment: no proxy, which would be asked for loopback addresses, too."""
        inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return {**inherited, **self.secrets}

    def start(self) -> None:
        """Start it, whatever became of the one before."""
        with (self.folder / "slamon.log").open("a") as log:
            self.process = subprocess.Popen(
                [*SLAMON, "run", "--config", str(self.config), "--log-level", "debug"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environ,
            )

    def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """SIGTERM, and wait; :returns: the exit code."""
        self.ask_to_stop()
        return self.process.wait(PATIENCE)

    def log(self) -> str:
        """All it ever wrote."""
        return (self.folder / "slamon.log").read_text()

    def told(self, event: str) -> list[dict[str, Any]]:
        """The lines of the log with that event."""
        lines = [json.loads(line) for line in self.log().splitlines()]
        return [line for line in lines if line["event"] == event]

    def status(self) -> dict[str, Any]:
        """What `slamon status` would hear; empty before it listens."""
        assert self.process.poll() is None, f"it ended by itself: {self.log()[-2_000:]}"
        try:
            return cast("dict[str, Any]", ask(self.folder / "slamon.db.sock", "status"))
        except UsageError:
            return {}

    def wait_ready(self) -> None:
        """Until everything is in place."""
        until(lambda: self.status().get("ready"))

    def metric(self, name: str) -> float:
        """The sum over a family's samples, as scraped."""
        page = requests.get(f"http://{self.status()['address']}/metrics", timeout=PATIENCE).text
        lines = [line for line in page.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
        assert lines, f"there is no {name}"
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds, read from beside it."""
        with closing(sqlite3.connect(f"file:{self.folder / 'slamon.db'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()

    def letters(self, state: str) -> int:
        """How many letters stand in that state."""
        return int(self.rows(f"SELECT count(*) FROM outbox WHERE state = '{state}'")[0][0])
