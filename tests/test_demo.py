"""`slamon demo`: its parts, and the whole of it as a person starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

import pytest
import requests
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from slamon.cli import _demo_metrics as metrics
from slamon.cli.demo import command, free_port
from slamon.errors import UsageError
from slamon.sim._slack_workspace import Workspace
from slamon.sim._tidings import WIDTH, SlackWatch, of_act, short
from slamon.sim.world import Act, What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DEMO = [sys.executable, "-c", "from slamon.cli import main; main()", "demo"]


@contextmanager
def started(*command: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *command] if command[0] == "-m" else list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read_until(stream: IO[str] | None, good: Callable[[str], bool]) -> list[str]:
    """Lines up to the first good one; all of them when there is none."""
    lines = list[str]()
    for line in cast("IO[str]", stream):
        lines.append(line)
        if good(line):
            break
    return lines


class TestRange:
    def test_it_tells_its_addresses_first_and_ends_when_asked(self) -> None:
        with started("-m", "slamon.sim", "--no-world") as process:
            told = json.loads(read_until(process.stdout, bool)[0])
            x = requests.get(
                told["x"] + "/2/users/by/username/acme",
                headers={"authorization": f"Bearer {told['x_token']}"},
                timeout=5,
            )
            slack = requests.post(
                told["slack_api"] + "auth.test", headers={"authorization": f"Bearer {told['slack_token']}"}, timeout=5
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
            assert cast("IO[str]", process.stderr).read() == ""
        assert x.json()["data"]["username"] == "acme"
        assert slack.json()["ok"] is True

    def test_it_tells_what_happens(self) -> None:
        with started("-m", "slamon.sim", "--tell") as process:
            told = [json.loads(line) for line in read_until(process.stdout, lambda line: "ann_t" in line)[1:]]
        assert [(line["where"], line["what"].split(":")[0]) for line in told] == [
            ("X", "@acme posts"),
            ("X", "@ann_t posts"),
        ]

    def test_it_does_not_outlive_its_parent_nor_does_what_it_watches(self) -> None:
        sleeper = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        with started("-m", "slamon.sim", "--no-world", "--lifeline") as process:
            read_until(process.stdout, bool)
            cast("IO[str]", process.stdin).write(f"watch {sleeper.pid}\n")
            cast("IO[str]", process.stdin).close()
            process.stdin = None
            assert process.wait(10) == 0
        assert sleeper.wait(10) == -signal.SIGTERM


class TestTidings:
    def test_an_answer_names_whom_it_answers(self) -> None:
        act = Act(0, What.REPLY, "a", "acme", "hello", "q")
        assert of_act(act, "ann", 5) == {"at": 5, "where": "X", "what": '@acme answers @ann: "hello"'}

    @given(st.text())
    def test_no_text_moves_the_terminal(self, text: str) -> None:
        line = short(text + "\x1b[31m\u202e\r\n")
        assert len(line) <= WIDTH
        assert not set(line) & set("\x1b\u202e\r\n")

    def test_slack_messages_are_told_when_new_and_when_edited(self) -> None:
        workspace = Workspace(lambda: 7_000, ["#desk"], {})
        place = workspace.place("desk", names=True)
        watch = SlackWatch(workspace, {"oncall": "S1"})
        root = workspace.post(place, {"text": "<!subteam^S1> one &lt;3"})
        workspace.post(place, {"text": "two", "thread_ts": root.ts})
        first = [tiding["what"] for tiding in watch.news()]
        workspace.update(place, root.ts, {"text": "one, answered"})
        assert first == ["#desk new: @oncall one <3", "#desk reply: two"]
        assert [tiding["what"] for tiding in watch.news()] == ["#desk edited: one, answered"]
        assert list(watch.news()) == []


class TestParts:
    def test_a_port_that_is_taken_is_a_clear_error(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(UsageError, match=f"127.0.0.1:{port} is taken"):
                free_port(port)

    def test_any_free_port_is_found(self) -> None:
        assert free_port(free_port(0)) > 0

    def test_figures_add_up_over_channels_and_policies(self) -> None:
        page = (
            "# HELP slamon_waits x\n"
            'slamon_waits{channel="a",policy="p",status="at_risk",target="first_response"} 2.0\n'
            'slamon_waits{channel="a",policy="q",status="breached",target="first_response"} 1.0\n'
            'slamon_waits{channel="a",policy="q",status="on_track",target="next_response"} 3.0\n'
            'slamon_sla_settled_total{channel="a",outcome="late",policy="q",target="first_response"} 4.0\n'
            'slamon_sla_settled_total{channel="b",outcome="late",policy="q",target="first_response"} 1.0\n'
            'slamon_sla_settled_total{channel="b",outcome="in_time",policy="q",target="first_response"} 6.0\n'
        )
        assert metrics.told(page) == "6 waiting, 2 of them at risk, 1 late | counted so far: 6 in time, 5 late"

    def test_a_daemon_that_does_not_answer_yields_no_figures(self) -> None:
        assert metrics.figures(free_port(0)) == ""
        assert not metrics.ready(free_port(0))


class TestDemo:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_shows_an_alert_and_stops_cleanly_when_asked(self, tmp_path: Path, number: signal.Signals) -> None:
        folder = tmp_path / "kept"
        with started(*DEMO, "--port", "0", "--seconds", "60", "--keep", str(folder)) as process:
            shown = read_until(process.stdout, lambda line: "  Slack   #" in line)
            process.send_signal(number)
            rest, errors = process.communicate(timeout=20)
            assert (process.returncode, errors) == (0, "")
        assert "#social-oncall new: @social-oncall " in shown[-1]  # Gus, whom many read, waits first
        assert rest.splitlines()[-1] == "Stopped: slamon, the pretend X and the pretend Slack."
        assert "Traceback" not in (folder / "slamon.log").read_text() + (folder / "range.log").read_text()

    def test_it_starts_a_killed_slamon_again(self) -> None:
        with started(*DEMO, "--port", "0", "--seconds", "60", "--no-world") as process:
            first = read_until(process.stdout, lambda line: "starts as process" in line)[-1]
            os.kill(int(first.partition("starts as process ")[2].partition(";")[0]), signal.SIGKILL)
            again = read_until(process.stdout, lambda line: "starts as process" in line)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
            assert (process.returncode, errors) == (0, "")
        assert any(line.endswith("was ended by signal 9\n") for line in again)

    def test_it_ends_by_itself_when_its_time_is_up(self) -> None:
        with started(*DEMO, "--port", "0", "--seconds", "0", "--no-world") as process:
            _, errors = process.communicate(timeout=20)
            assert (process.returncode, errors) == (0, "")

    def test_a_folder_in_use_is_refused_in_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "slamon.db").touch()
        answer = CliRunner().invoke(command, ["--port", "0", "--keep", str(tmp_path)])
        assert answer.exit_code == 2
        assert answer.stderr.startswith(f"slamon demo: {tmp_path} is not empty")
        assert answer.stderr.count("\n") == 1

    def test_a_taken_port_is_refused_in_one_line(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            answer = CliRunner().invoke(command, ["--port", str(other.getsockname()[1])])
        assert answer.exit_code == 2
        assert answer.stderr.count("\n") == 1
