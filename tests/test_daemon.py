"""`slamon run` as a process, on the practice range as another: start, stop, and what goes wrong in between."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from processes import CANARY, PATIENCE, SLAMON, Daemon, Range, until
from slamon.model import SECOND
from slamon.scheduler import STOP_WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMISED_STOP = 10.0
"""Seconds, from SIGTERM to the end of the process."""


@pytest.fixture
def ground() -> Iterator[Range]:
    with Range() as found:
        yield found


def beside(daemon: Daemon, *command: str) -> subprocess.CompletedProcess[str]:
    """Another slamon, started by the same person."""
    return subprocess.run(
        [*SLAMON, *command, "--config", str(daemon.config)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=daemon.environ,
        check=False,
    )


def test_it_is_ready_once_every_channel_was_tried(ground: Range, tmp_path: Path) -> None:
    ground.x_fault(path="/2/users", hang=True)
    with Daemon(tmp_path, ground) as daemon:
        until(daemon.status)
        assert daemon.status()["reasons"] == ["acme-x: not read yet"]
        ground.mend_x()
        daemon.wait_ready()
        assert daemon.stop() == 0


def test_one_message_is_told_and_edited_when_the_answer_comes(ground: Range, tmp_path: Path) -> None:
    with Daemon(tmp_path, ground) as daemon:
        daemon.wait_ready()
        post = ground.asks("ann")
        (root,) = until(ground.roots)
        assert CANARY in str(root["blocks"])
        ground.answers(post)
        until(lambda: "Answered late" in ground.roots()[0]["text"])
        assert len(ground.messages()) == 1
        assert daemon.stop() == 0


def test_it_stops_in_time_while_x_and_slack_hang_and_tells_after_the_next_start(ground: Range, tmp_path: Path) -> None:
    with Daemon(tmp_path, ground) as daemon:
        daemon.wait_ready()
        ground.slack_fault(path="/api/conversations.list", calls=None, hang=True)
        ground.asks("ann")
        until(lambda: daemon.letters("pending"))
        ground.x_fault(path="/2/", hang=True)
        daemon.ask_to_stop()
        assert daemon.process.wait(PROMISED_STOP) == 0
        assert not ground.messages()
        ground.mend_x()
        ground.mend_slack()
        daemon.start()
        until(ground.roots)


def test_a_second_signal_ends_it_at_once(ground: Range, tmp_path: Path) -> None:
    with Daemon(tmp_path, ground) as daemon:
        daemon.wait_ready()
        ground.slack_fault(path="/api/", calls=None, hang=True)
        ground.asks("ann")
        until(lambda: daemon.letters("pending"))
        daemon.ask_to_stop()
        until(lambda: daemon.told("stopping"))
        began = time.monotonic()
        daemon.ask_to_stop()
        assert daemon.process.wait(PATIENCE) == 0
        assert time.monotonic() - began < STOP_WITHIN - 2


def test_a_hanging_x_delays_an_alert_by_no_more_than_the_check_may_take(ground: Range, tmp_path: Path) -> None:
    with Daemon(tmp_path, ground, target="3s") as daemon:
        daemon.wait_ready()
        ground.asks("ann")
        until(lambda: daemon.rows("SELECT 1 FROM timer"))
        ground.x_fault(path="/2/", hang=True)
        (root,) = until(ground.roots)
        (due_at,) = daemon.rows("SELECT due_at FROM timer")[0]
        assert "🟠" in root["text"]
        assert root["at"] - due_at < 5 * SECOND  # a tenth of 3 s on a busy machine; X itself is given up after 10 s


def test_what_a_wrong_slack_token_held_up_is_told_after_a_restart_with_the_right_one(
    ground: Range, tmp_path: Path
) -> None:
    daemon = Daemon(tmp_path, ground)
    right = daemon.secrets["TEST_SLACK_TOKEN"]
    daemon.secrets["TEST_SLACK_TOKEN"] = "xoxb-wrong-canary"
    with daemon:
        daemon.wait_ready()
        ground.asks("ann")
        (line,) = until(lambda: daemon.told("alert_sent"))
        assert (line["level"], line["outcome"], line["code"]) == ("error", "bad_credential", "invalid_auth")
        assert daemon.stop() == 0
        assert "xoxb-wrong-canary" not in daemon.log()
        daemon.secrets["TEST_SLACK_TOKEN"] = right
        daemon.start()
        until(ground.roots)


def test_a_refused_token_is_said_clearly_and_leaves_the_channel_blind_at_once(ground: Range, tmp_path: Path) -> None:
    with Daemon(tmp_path, ground) as daemon:
        daemon.wait_ready()
        assert daemon.metric("slamon_channel_blind") == 0
        ground.refuse("unauthorized")
        until(lambda: daemon.status()["channels"][0]["blind"])
        assert daemon.metric("slamon_channel_blind") == 1
        assert daemon.metric("slamon_poll_failures_total") >= 3
        refused = [line for line in daemon.told("poll_ended") if line["outcome"] == "credential"]
        assert {(line["level"], line["error"].partition("; ")[2]) for line in refused} == {
            ("error", "put a valid token where `credentials` points, and restart slamon")
        }
        shown = beside(daemon, "status")
        assert "acme-x: last read" in shown.stdout
        assert ", blind" in shown.stdout


def test_a_second_writer_is_refused_by_name_and_readers_are_welcome(ground: Range, tmp_path: Path) -> None:
    with Daemon(tmp_path, ground, target="1h") as daemon:
        daemon.wait_ready()
        post = ground.asks("ann")
        until(lambda: daemon.rows("SELECT 1 FROM timer"))
        second = beside(daemon, "run")
        assert second.returncode == 2
        assert second.stderr.startswith(f"slamon: another slamon (pid {daemon.process.pid}) writes this database")
        assert second.stderr.count("\n") == 1
        assert f"x.com/ann/status/{post}" in beside(daemon, "waiting", "--json").stdout
        assert beside(daemon, "status").returncode == 0
        assert daemon.status()["ready"]
