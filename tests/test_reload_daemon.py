"""The daemon as a process: each way to have changed rules taken up, and `kill -9` in between."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
import requests

from processes import PATIENCE, SLAMON, Daemon, Range, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RULES = "policies: [{{name: everyone, first_response: {target}}}]\n"
BROKEN = "policies: [{name: everyone, first_response: soon}]\n"


@pytest.fixture
def ground() -> Iterator[Range]:
    with Range() as found:
        yield found


@pytest.fixture
def daemon(ground: Range, tmp_path: Path) -> Iterator[Daemon]:
    with Daemon(tmp_path, ground, target="10h") as started:
        started.wait_ready()
        yield started


def promise(daemon: Daemon, rules: str) -> None:
    (daemon.folder / "rules" / "default.yaml").write_text(rules)


def run(daemon: Daemon, *words: str, command: str = "reload") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SLAMON, command, "--config", str(daemon.config), *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def by_signal(daemon: Daemon) -> None:
    daemon.process.send_signal(signal.SIGHUP)


def by_http(daemon: Daemon) -> None:
    assert requests.post(f"http://{daemon.status()['address']}/-/reload", timeout=PATIENCE).status_code == 200


def by_command(daemon: Daemon) -> None:
    assert run(daemon).returncode == 0


def by_itself(daemon: Daemon) -> None:
    del daemon


@pytest.mark.parametrize("ask", [by_signal, by_http, by_command, by_itself])
def test_changed_rules_are_taken_up(ground: Range, daemon: Daemon, ask: Callable[[Daemon], None]) -> None:
    ground.asks("ann")
    until(lambda: daemon.rows("SELECT 1 FROM timer"))
    before = daemon.status()["rules"]
    promise(daemon, RULES.format(target="20h"))
    ask(daemon)
    until(lambda: daemon.status()["rules"] != before)
    until(lambda: daemon.rows("SELECT length FROM timer") == [(20 * 3_600_000,)])
    until(lambda: daemon.rows("SELECT value FROM meta WHERE key = 'rules'") == [(daemon.status()["rules"],)])
    assert daemon.stop() == 0


def test_faults_are_in_the_answer_in_the_log_in_the_metrics_and_once_in_slack(ground: Range, daemon: Daemon) -> None:
    before = daemon.status()["rules"]
    promise(daemon, BROKEN)
    until(lambda: daemon.metric("slamon_rules_last_reload_successful") == 0)
    refused = requests.post(f"http://{daemon.status()['address']}/-/reload", timeout=PATIENCE)
    told = run(daemon)
    assert (refused.status_code, told.returncode, daemon.status()["rules"]) == (409, 1, before)
    assert f"rules {before}; those on disk have faults" in run(daemon, command="status").stdout
    (fault,) = refused.json()["faults"]
    assert "default.yaml:1:" in fault
    assert fault in told.stdout
    assert daemon.told("rules_reloaded")[-1]["faults"] == [fault]
    until(lambda: notices(ground))
    promise(daemon, RULES.format(target="20h"))
    until(lambda: len(notices(ground)) == 2)
    assert (daemon.status()["ready"], daemon.status()["rules_refused"]) == (True, False)
    assert daemon.stop() == 0
    assert [fault.partition("default.yaml")[2] in text for text in notices(ground)] == [True, False]


def test_faults_in_the_rules_keep_nobody_from_looking(ground: Range, daemon: Daemon) -> None:
    post = ground.asks("ann")
    until(lambda: daemon.rows("SELECT 1 FROM timer"))
    promise(daemon, BROKEN)
    until(lambda: daemon.status()["rules_refused"])
    assert f"x.com/ann/status/{post}" in run(daemon, "--json", command="waiting").stdout
    assert run(daemon, command="no-reply").stdout == "No message was dropped.\n"
    assert run(daemon, "--undo", post, command="no-reply").stderr.startswith(f"{post}: was not dropped")
    assert daemon.stop() == 0


def notices(ground: Range) -> list[str]:
    return [message["blocks"][0]["text"]["text"] for message in ground.roots() if message["wait"] == 0]


def test_the_command_prints_json_for_programs_and_says_when_nobody_listens(daemon: Daemon) -> None:
    promise(daemon, RULES.format(target="20h"))
    report = json.loads(run(daemon, "--json").stdout)
    assert report["outcome"] in {"loaded", "unchanged"}  # the daemon may have seen it by itself
    assert report["version"] == daemon.status()["rules"]
    assert "nothing changed" in run(daemon).stdout
    assert daemon.stop() == 0
    assert run(daemon).returncode == 2


def test_a_kill_right_after_the_swap_leaves_nothing_under_the_old_rules(ground: Range, daemon: Daemon) -> None:
    for n in range(5):
        ground.asks(f"ann{n}")
    until(lambda: len(daemon.rows("SELECT 1 FROM timer")) == 5)
    promise(daemon, RULES.format(target="20h"))
    by_http(daemon)
    daemon.kill()
    daemon.start()
    until(lambda: daemon.rows("SELECT DISTINCT length FROM timer") == [(20 * 3_600_000,)])
    assert daemon.stop() == 0
