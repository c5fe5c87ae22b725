from __future__ import annotations

import json
import socket
import stat
import threading
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from slamon.control import REQUEST, ControlServer, ask
from slamon.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHANNELS = 5_000


def broken() -> Mapping[str, Any]:
    raise RuntimeError("canary-in-the-message")


def echo(words: list[str], times: int = 1) -> Mapping[str, Any]:
    if times > CHANNELS:
        raise UsageError(f"at most {CHANNELS} times")
    return {"said": words * times}


COMMANDS: dict[str, Callable[..., Mapping[str, Any]]] = {
    "echo": echo,
    "status": lambda: {"ready": True},
    "much": lambda: {"channels": [{"name": f"channel-{n}", "read_at": None} for n in range(CHANNELS)]},
    "broken": broken,
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a socket's may have about a hundred characters."""
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def server(folder: Path) -> Iterator[ControlServer]:
    started = ControlServer(folder / "s", COMMANDS, patience=0.3)
    started.start()
    yield started
    started.stop()


def connected(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(10)
    client.connect(str(path))
    return client


def answer(path: Path, request: bytes) -> Any:
    with closing(connected(path)) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        return json.loads(client.makefile().readline())


def answering(path: Path, reply: bytes) -> None:
    """Something else listens there and says this to the first who asks."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        with closing(listener):
            connection, _ = listener.accept()
            with closing(connection):
                connection.recv(REQUEST)
                connection.sendall(reply)

    threading.Thread(target=serve, daemon=True).start()


def test_a_command_is_answered_once_and_again(server: ControlServer) -> None:
    assert [ask(server.path, "status") for _ in range(3)] == [{"ready": True}] * 3


def test_an_answer_may_be_much_longer_than_a_request(server: ControlServer) -> None:
    assert len(ask(server.path, "much")["channels"]) == CHANNELS


def test_the_socket_is_for_its_owner_alone(server: ControlServer) -> None:
    assert stat.S_IMODE(server.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"\n",
        b"\xff\xfe\x00\n",
        b"[]\n",
        b'"status"\n',
        b"{}\n",
        b'{"command": ["status"]}\n',
        b'{"command": "nope"}\n',
        b"[" * 60_000 + b"\n",
        b'{"command": "status"',
    ],
)
def test_whatever_is_no_command_is_answered_with_those_there_are(server: ControlServer, request_: bytes) -> None:
    assert answer(server.path, request_) == {"error": "no such command; known are broken, echo, much, status"}


def test_an_oversize_request_is_answered_without_being_read_to_its_end(server: ControlServer) -> None:
    with closing(connected(server.path)) as client:
        client.sendall(b"x" * REQUEST)
        assert b"no such command" in client.recv(1_000)


def test_a_client_that_hangs_or_drips_is_cut_off_and_holds_up_no_other(server: ControlServer) -> None:
    with closing(connected(server.path)) as hangs, closing(connected(server.path)) as drips:
        began = time.monotonic()
        while _drip(drips):
            assert ask(server.path, "status") == {"ready": True}
            assert time.monotonic() - began < 10
        assert hangs.recv(100) == b""


def _drip(client: socket.socket) -> bool:
    """One more byte; false once the other side has hung up."""
    try:
        client.sendall(b"x")
    except OSError:
        return False
    return True


def test_a_failing_command_tells_no_more_than_its_kind_and_ends_no_other(server: ControlServer) -> None:
    with pytest.raises(UsageError, match=r"the running slamon answers: RuntimeError$"):
        ask(server.path, "broken")
    assert ask(server.path, "status")


def test_a_command_takes_arguments(server: ControlServer) -> None:
    assert ask(server.path, "echo", words=["a", "\u202e"], times=2) == {"said": ["a", "\u202e"] * 2}


@pytest.mark.parametrize(
    "arguments",
    [b"{}", b"[]", b"null", b'"words"', b'{"words": [], "loud": true}', b'{"self": 1}', b"7"],
)
def test_arguments_that_it_does_not_take_are_a_clear_error(server: ControlServer, arguments: bytes) -> None:
    request = b'{"command": "echo", "args": ' + arguments + b"}\n"
    assert answer(server.path, request) == {"error": "echo does not take these arguments"}


def test_what_is_wrong_with_their_values_is_told_in_the_commands_own_words(server: ControlServer) -> None:
    with pytest.raises(UsageError, match=r"the running slamon answers: at most 5000 times$"):
        ask(server.path, "echo", words=["a"], times=CHANNELS + 1)


def test_an_unknown_command_is_a_clear_error(server: ControlServer) -> None:
    with pytest.raises(UsageError, match="answers: no such command; known are broken, echo, much, status"):
        ask(server.path, "frobnicate")


def test_where_nobody_listens_it_says_how_to_start(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"no slamon listens on .*/s: start one with `slamon run`"):
        ask(folder / "s", "status")


@pytest.mark.parametrize("reply", [b"", b"\n", b"garbage\n", b"[]\n", b"7\n", b'{"result"', b"\xff\n"])
def test_a_stranger_that_listens_there_is_a_clear_error(folder: Path, reply: bytes) -> None:
    answering(folder / "s", reply)
    with pytest.raises(UsageError, match="does not answer as slamon does"):
        ask(folder / "s", "status")


def test_a_socket_of_a_dead_process_is_taken_over(folder: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as dead:
        dead.bind(str(folder / "s"))
    server = ControlServer(folder / "s", COMMANDS)
    server.start()
    assert ask(folder / "s", "status")
    server.stop()


def test_nothing_is_left_behind(folder: Path) -> None:
    server = ControlServer(folder / "s", COMMANDS)
    server.start()
    server.stop()
    server.stop()
    assert not (folder / "s").exists()


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("x" * 120, "AF_UNIX path too long; a shorter path to the database helps"),
        ("y" * 300, "File name too long"),
        ("folder", "Is a directory"),
        ("none/s", "No such file or directory"),
    ],
)
def test_a_place_that_cannot_be_used_is_a_clear_error(folder: Path, place: str, why: str) -> None:
    (folder / "folder").mkdir()
    server = ControlServer(folder / place, COMMANDS)
    with pytest.raises(UsageError, match=f"^cannot listen on {folder / place}: {why}$"):
        server.start()
    server.stop()
    assert (folder / "folder").is_dir()
