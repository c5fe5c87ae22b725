"""The command line as a person meets it: through its entry point, with every mistake that a person makes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin import write
from processes import SLAMON
from slamon.cli import COMMANDS, main
from slamon.cli.status import _lines as status_lines
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """\
database: sqlite:///slamon.db
listen: 127.0.0.1:0
channels:
  - {name: acme-a, connector: archive, account: acme, path: messages.jsonl}
"""
MESSAGE = {
    "id": "m1",
    "conversation": "c1",
    "role": "customer",
    "author": "ann",
    "brand": "acme",
    "created_at": "2020-01-01T10:00:00Z",
    "text": "where is it? \u202e\x1b[31m",
}
READERS = ("waiting", "explain m1")
"""Commands that open the database to read it."""

TEN_FAULTS = """\
databse: sqlite:///slamon.db
listen: 0.0.0.0:9877
channels:
  - name: acme-x
    connector: x
    account: "@acme"
    every: 60
    credentials: {bearer_token: canary-in-the-file}
  - name: acme-y
    connector: xx
    account: acme
  - name: acme-z
    connector: x
    account: acme
    base_url: api.x.com
    credentials: {bearer_token: {env: TEST_NOT_SET}}
notify:
  timezone: Europe/Berln
  audiences:
    desk: {slack: "#desk"}
"""
HEAVY = {"pydantic", "sqlalchemy", "requests", "structlog", "apscheduler", "prometheus_client", "slack_sdk", "uvicorn"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, {"config.yaml": CONFIG, "messages.jsonl": json.dumps(MESSAGE) + "\n"})


class Shell:
    """`slamon` in this process: the same entry point, without the start of an interpreter."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        self.monkeypatch.setattr(sys, "argv", ["slamon", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = self.capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    def refused(self, folder: Path, command: str) -> str:
        """The one line in which a command says that it cannot work."""
        code, out, errors = self(*command.split(), "--config", str(folder / "config.yaml"))
        assert (code, out, errors.count("\n")) == (2, "", 1), errors
        return errors.replace(f"{folder}/", "").removeprefix("slamon: ").rstrip()


@pytest.fixture
def slamon(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield Shell(monkeypatch, capsys)
    for number, handler in before.items():
        signal.signal(number, handler)


def process(*words: str, under: tuple[str, ...] = (), **options: Any) -> subprocess.CompletedProcess[str]:
    """`slamon` in a process of its own, started by the command `under`."""
    return subprocess.run(
        [*under, *SLAMON, *words], text=True, timeout=30, check=False, stderr=subprocess.PIPE, **options
    )


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


class TestHelp:
    def test_it_names_every_command_and_loads_none_of_what_they_need(self) -> None:
        script = (
            "import sys; sys.argv = ['slamon', '--help']\n"
            "from slamon.cli import main\n"
            "try: main()\n"
            "except SystemExit: print(*sys.modules, file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
        assert all(f"  {command}" in done.stdout for command in COMMANDS)
        assert "slamon.cli" in done.stderr
        assert not HEAVY & {name.partition(".")[0] for name in done.stderr.split()}

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_a_page_of_its_own(self, slamon: Shell, command: str) -> None:
        code, out, _ = slamon(command, "--help")
        assert code == 0
        assert f"Usage: slamon {command}" in out


class TestUsage:
    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("frobnicate",), "No such command 'frobnicate'"),
            (("check", "--nope"), "No such option"),
            (("explain",), "Missing argument 'CONVERSATION'"),
            (("waiting", "--limit", "0"), "0 is not in the range"),
            (("run", "--log-level", "loud"), "'loud' is not one of"),
            (("replay",), "Missing argument 'FILE'"),
        ],
    )
    def test_a_mistyped_command_line_is_exit_code_2(self, slamon: Shell, words: tuple[str, ...], told: str) -> None:
        code, out, errors = slamon(*words)
        assert (code, out) == (2, "")
        assert told in errors
        assert "Traceback" not in errors

    @pytest.mark.parametrize("command", ["once", "check", "status", "waiting", "explain x", "run"])
    def test_a_missing_configuration_is_one_line_and_exit_code_2(
        self, slamon: Shell, tmp_path: Path, command: str
    ) -> None:
        assert slamon.refused(tmp_path, command) == "cannot read config.yaml: No such file or directory"

    @pytest.mark.parametrize("command", ["once", "check", "status", "waiting", "explain x"])
    def test_a_folder_as_configuration_is_one_line_and_exit_code_2(
        self, slamon: Shell, tmp_path: Path, command: str
    ) -> None:
        (tmp_path / "config.yaml").mkdir()
        assert slamon.refused(tmp_path, command) == "cannot read config.yaml: Is a directory"

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
    @given(content=st.binary(max_size=300), command=st.sampled_from(["once", "check", "waiting", "explain x"]))
    def test_whatever_stands_in_the_configuration_is_told_with_its_place(
        self, slamon: Shell, tmp_path: Path, content: bytes, command: str
    ) -> None:
        (tmp_path / "config.yaml").write_bytes(content)
        code, out, errors = slamon(*command.split(), "--config", str(tmp_path / "config.yaml"))
        assert code == 1
        assert all(re.match(r".*/config\.yaml:\d+:\d+: ", line) for line in (out + errors).splitlines())

    def test_a_file_name_that_is_no_text_is_told_all_the_same(self, slamon: Shell, tmp_path: Path) -> None:
        code, _, errors = slamon("once", "--config", os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m.yaml"))
        assert code == 2
        assert r"\udcff\x1b[31m.yaml" in errors


class TestFaults:
    def test_ten_faults_are_ten_precise_lines_and_exit_code_1(self, tmp_path: Path) -> None:
        config = write(tmp_path, {"config.yaml": TEN_FAULTS}) / "config.yaml"
        done = process("run", "--config", str(config), stdout=subprocess.PIPE)
        lines = done.stderr.replace(f"{tmp_path}/", "").splitlines()

        assert (done.returncode, done.stdout) == (1, "")
        assert [line.split(": ")[0] for line in lines] == [
            *(f"config.yaml:{place}" for place in ("1:1", "2:9", "6:14", "7:12", "8:33", "10:16")),
            *(f"config.yaml:{place}" for place in ("15:15", "16:33", "18:13", "19:3")),
        ]
        assert "canary" not in done.stderr

    @pytest.mark.parametrize("command", ["run", "once"])
    def test_every_command_tells_the_same_faults_as_check(self, slamon: Shell, tmp_path: Path, command: str) -> None:
        config = str(write(tmp_path, {"config.yaml": TEN_FAULTS}) / "config.yaml")
        _, faults, _ = slamon("check", "--config", config)
        assert slamon(*command.split(), "--config", config) == (1, "", faults)

    @pytest.mark.parametrize("command", ["waiting", "explain x", "status"])
    def test_one_that_only_reads_leaves_out_what_secrets_are_missing(
        self, slamon: Shell, tmp_path: Path, command: str
    ) -> None:
        config = str(write(tmp_path, {"config.yaml": TEN_FAULTS}) / "config.yaml")
        _, faults, _ = slamon("check", "--config", config)
        others = "".join(line for line in faults.splitlines(keepends=True) if "environment variable" not in line)
        assert others != faults
        assert slamon(*command.split(), "--config", config) == (1, "", others)

    def test_a_fault_of_a_channel_makes_no_further_ones_of_its_rules(self, slamon: Shell, folder: Path) -> None:
        config = CONFIG.replace("account: acme", "account: 5")
        rules = "policies: [{name: all, when: {author.followers: '> 5'}, first_response: 1h}]\n"
        write(folder, {"config.yaml": config, "rules/acme-a.yaml": rules})
        code, _, errors = slamon("once", "--config", str(folder / "config.yaml"))
        assert (code, errors.replace(f"{folder}/", "")) == (
            1,
            "config.yaml:4:49: `account` should be text (put it in quotes)\n",
        )

    def test_faults_as_json_are_a_document(self, slamon: Shell, tmp_path: Path) -> None:
        config = str(write(tmp_path, {"config.yaml": TEN_FAULTS}) / "config.yaml")
        code, out, _ = slamon("check", "--json", "--config", config)
        assert code == 1
        assert len(json.loads(out)["faults"]) == 10


class TestDatabase:
    @pytest.mark.parametrize("command", READERS)
    def test_none_yet(self, slamon: Shell, folder: Path, command: str) -> None:
        told = slamon.refused(folder, command)
        assert told == "there is no database at slamon.db yet: `slamon run` or `slamon once` makes it"

    @pytest.mark.parametrize("command", ["once", *READERS])
    def test_a_folder(self, slamon: Shell, folder: Path, command: str) -> None:
        (folder / "slamon.db").mkdir()
        assert slamon.refused(folder, command) == "the database slamon.db is a folder: name a file"

    @pytest.mark.parametrize("command", ["once", *READERS])
    def test_a_stranger_s_file(self, slamon: Shell, folder: Path, command: str) -> None:
        (folder / "slamon.db").write_bytes(bytes(range(256)) * 20)
        assert slamon.refused(folder, command).endswith(": file is not a database")

    @pytest.mark.parametrize("command", ["once", *READERS])
    def test_one_of_a_newer_slamon(self, slamon: Shell, folder: Path, command: str) -> None:
        Store(f"sqlite:///{folder / 'slamon.db'}").close()
        with database(folder / "slamon.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        told = slamon.refused(folder, command)
        assert told.endswith("schema 9999, which this slamon does not know: use the slamon that wrote it")

    @pytest.mark.parametrize("command", READERS)
    def test_an_empty_one(self, slamon: Shell, folder: Path, command: str) -> None:
        (folder / "slamon.db").touch()
        assert slamon.refused(folder, command).startswith("the database is empty, this slamon needs ")

    def test_one_in_a_folder_that_is_not_there(self, slamon: Shell, folder: Path) -> None:
        write(folder, {"config.yaml": CONFIG.replace("slamon.db", "data/slamon.db")})
        assert slamon.refused(folder, "once").endswith("data/slamon.db: No such file or directory")

    def test_one_that_another_slamon_writes(self, slamon: Shell, folder: Path) -> None:
        with closing(Store(f"sqlite:///{folder / 'slamon.db'}")):
            told = slamon.refused(folder, "once")
            assert slamon("waiting", "--config", str(folder / "config.yaml")) == (0, "Nobody waits.\n", "")
        assert told.startswith(f"another slamon (pid {os.getpid()}) writes this database: stop it first")

    def test_one_that_may_only_be_read(self, folder: Path) -> None:
        Store(f"sqlite:///{folder / 'slamon.db'}").close()
        with database(folder / "slamon.db") as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # else SQLite itself wants to write beside it
        done = _without_the_right_to_write(folder, "once")
        assert done.returncode == 2
        assert re.fullmatch(r"slamon: cannot open the database [^\n]*: [^\n]*\n", done.stderr)
        assert _without_the_right_to_write(folder, "waiting").returncode == 0

    def test_a_port_that_is_taken(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = f"127.0.0.1:{other.getsockname()[1]}"
            write(folder, {"config.yaml": CONFIG.replace("127.0.0.1:0", taken)})
            done = process("run", "--config", str(folder / "config.yaml"))
        assert done.returncode == 2
        assert taken in done.stderr
        assert done.stderr.count("\n") == 1
        assert not (folder / "slamon.db.sock").exists()

    def test_nobody_to_ask_for_the_status(self, slamon: Shell, folder: Path) -> None:
        told = slamon.refused(folder, "status")
        assert told == "no slamon listens on slamon.db.sock: start one with `slamon run`"

    @pytest.mark.parametrize(
        ("socket", "line"),
        [
            (None, None),
            ({"connected_since": None}, "Slack: buttons and emoji are not heard"),
            (
                {"connected_since": "2026-11-23T12:00:00+00:00"},
                "Slack: buttons and emoji are heard since 2026-11-23T12:00:00+00:00",
            ),
        ],
    )
    def test_the_status_says_whether_clicks_are_heard(self, socket: dict[str, str | None], line: str | None) -> None:
        status = {
            "version": "1",
            "pid": 1,
            "address": "a",
            "url": "http://a",
            "ready": True,
            "rules": "r",
            "rules_refused": False,
        }
        said = list(status_lines({**status, "slack_socket": socket, "channels": []}))
        assert [one for one in said if one.startswith("Slack")] == ([line] if line else [])


class TestOutput:
    def test_once_reads_decides_and_says_how_each_channel_went(self, slamon: Shell, folder: Path) -> None:
        config = str(folder / "config.yaml")
        assert slamon("once", "--config", config, "--log-level", "error") == (0, "acme-a: ok\n", "")
        (folder / "messages.jsonl").unlink()
        code, out, _ = slamon("once", "--json", "--config", config, "--log-level", "error")
        assert (code, json.loads(out)) == (1, {"channels": {"acme-a": "not_found"}})

    def test_what_programs_read_is_json_and_what_people_read_moves_no_terminal(
        self, slamon: Shell, folder: Path
    ) -> None:
        config = str(folder / "config.yaml")
        slamon("once", "--config", config, "--log-level", "error")
        code, out, _ = slamon("explain", "m1", "--config", config)
        assert code == 0
        assert r"where is it? \u202e\x1b[31m" in out
        assert not set(out) & set("\u202e\x1b")
        _, out, _ = slamon("explain", "m1", "--json", "--config", config)
        assert json.loads(out)["waits"][0]["messages"][0]["text"] == MESSAGE["text"]
        _, out, _ = slamon("waiting", "--json", "--config", config)
        assert json.loads(out) == {"waiting": []} or json.loads(out)["waiting"][0]["messages"] == ["m1"]

    def test_what_nobody_ever_heard_of_is_exit_code_1(self, slamon: Shell, folder: Path) -> None:
        config = str(folder / "config.yaml")
        slamon("once", "--config", config, "--log-level", "error")
        for name in ("nothing", "9" * 30, "\x1b", "%", "'"):
            code, out, errors = slamon("explain", name, "--config", config)
            assert (code, out) == (1, "")
            assert errors.startswith("Nothing is known of ")
            assert "\x1b" not in errors

    @pytest.mark.parametrize("words", [("--help",), ("check",)])
    def test_a_full_disk_is_one_line_and_exit_code_2(self, folder: Path, words: tuple[str, ...]) -> None:
        with Path("/dev/full").open("w") as full:
            done = process(*words, stdout=full, cwd=folder)
        assert (done.returncode, done.stderr) == (2, "slamon: the output cannot be written: No space left on device\n")

    def test_a_reader_that_left_is_no_traceback(self, folder: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            done = process("check", stdout=pipe, cwd=folder)
        assert (done.returncode, done.stderr) == (1, "")

    def test_an_output_that_was_closed_before_is_no_traceback(self, folder: Path) -> None:
        script = f"exec {' '.join(map(_quoted, SLAMON))} check >&-"
        done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, timeout=30, check=False)
        assert "Traceback" not in done.stderr


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _without_the_right_to_write(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """As somebody who may read `folder` and no more: root, which may do anything, without that privilege."""
    for path in (folder, *folder.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    as_anybody = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override") if os.geteuid() == 0 else ()
    return process(command, "--config", "config.yaml", stdout=subprocess.PIPE, cwd=folder, under=as_anybody)
