"""The daemon's socket: commands of the same user reach the one process that writes. One JSON line each way."""

from __future__ import annotations

import json
import socket
from contextlib import closing, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from slamon import logs
from slamon.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LINE = 65_536
"""Bytes of a request, and of an answer."""
PATIENCE = 5.0
"""Seconds for one exchange: a client that hangs is cut off."""

log = logs.get("slamon.control")


class ControlServer:
    """Answers commands between `start` and `stop`; the socket can be used by its owner alone."""

    def __init__(self, path: Path, commands: Mapping[str, Callable[[], Mapping[str, Any]]]) -> None:
        self.path = path
        self._commands = commands
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def start(self) -> None:
        """Listen. The writer's lock is held, so a socket that lies there belongs to a dead process.

        :raises UsageError: the path cannot be used: too long for a socket (about 100 characters), or not writable.
        """
        self.path.unlink(missing_ok=True)
        try:
            self._socket.bind(str(self.path))
            self.path.chmod(0o600)
            self._socket.listen(16)
        except OSError as error:
            raise UsageError(f"cannot listen on {self.path}: {error}; a shorter path to the database helps") from None
        Thread(target=self._serve, name="control", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and take the socket away."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            Thread(target=self._answer, args=(connection,), name="control", daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            connection.settimeout(PATIENCE)
            reply = self._reply(_line(connection))
            connection.sendall(json.dumps(reply).encode() + b"\n")

    def _reply(self, request: bytes) -> Mapping[str, Any]:
        try:
            name = json.loads(request)["command"]
            command = self._commands[name]
        except (ValueError, KeyError, TypeError, RecursionError):
            return {"error": f"no such command; known are {', '.join(sorted(self._commands))}"}
        try:
            return {"result": command()}
        except Exception as error:  # one failing command must not end the others
            log.exception("command_failed", command=name)
            return {"error": type(error).__name__}


def ask(path: Path, command: str) -> Any:  # noqa: ANN401 - whatever the command answers
    """The daemon's answer to `command`.

    :raises UsageError: nobody listens there, or the answer is an error.
    """
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as client:
        client.settimeout(PATIENCE)
        try:
            client.connect(str(path))
            client.sendall(json.dumps({"command": command}).encode() + b"\n")
            answer = json.loads(_line(client))
        except (OSError, ValueError):
            raise UsageError(f"no slamon listens on {path}: start one with `slamon run`") from None
    if "error" in answer:
        raise UsageError(f"the running slamon answers: {answer['error']}")
    return answer["result"]


def _line(connection: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\n") and len(found) < LINE:
        part = connection.recv(LINE)
        if not part:
            break
        found += part
    return found
