"""The daemon's socket: commands of the same user reach the one process that writes. One JSON line each way.

A request is `{"command": NAME, "args": {…}}`; an answer is `{"result": …}`, or `{"error": TEXT}`.
"""

from __future__ import annotations

import json
import socket
from contextlib import closing, suppress
from inspect import signature
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from slamon import logs
from slamon.errors import SlamonError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

REQUEST = 65_536
"""Bytes of a request."""
ANSWER = 16 * 1024 * 1024
"""Bytes of an answer: a hundred for each of very many channels."""
PATIENCE = 5.0
"""Seconds for one line: a client that hangs, or drips, is cut off."""

log = logs.get("slamon.control")


class NobodyListensError(UsageError):
    """No daemon is there to be asked."""


class ControlServer:
    """Answers commands between `start` and `stop`; the socket can be used by its owner alone."""

    def __init__(
        self, path: Path, commands: Mapping[str, Callable[..., Mapping[str, Any]]], patience: float = PATIENCE
    ) -> None:
        """Set up.

        :param commands: by name; each checks the values of its arguments itself, and says by a `SlamonError`, in
            words for a person, what is wrong with them.
        """
        self.path = path
        self._patience = patience
        self._commands = commands
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def start(self) -> None:
        """Listen. The writer's lock is held, so a socket that lies there belongs to a dead process.

        :raises UsageError: the path cannot be used: too long for a socket (about 100 characters), or not writable.
        """
        try:
            self.path.unlink(missing_ok=True)
            self._socket.bind(str(self.path))
            self.path.chmod(0o600)
            self._socket.listen(16)
        except OSError as error:
            why = error.strerror or f"{error}; a shorter path to the database helps"
            raise UsageError(f"cannot listen on {self.path}: {why}") from None
        Thread(target=self._serve, name="control", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and take the socket away."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with suppress(OSError):
            self.path.unlink()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            Thread(target=self._answer, args=(connection,), name="control", daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            reply = self._reply(_line(connection, REQUEST, self._patience))
            connection.sendall(json.dumps(reply).encode() + b"\n")

    def _reply(self, request: bytes) -> Mapping[str, Any]:
        try:
            asked = json.loads(request)
            name, arguments = asked["command"], asked.get("args", {})
            command = self._commands[name]
        except (ValueError, KeyError, TypeError, RecursionError):
            return {"error": f"no such command; known are {', '.join(sorted(self._commands))}"}
        try:
            signature(command).bind(**arguments)
        except TypeError:
            return {"error": f"{name} does not take these arguments"}
        try:
            return {"result": command(**arguments)}
        except SlamonError as error:
            return {"error": str(error)}
        except Exception as error:  # one failing command must not end the others
            log.exception("command_failed", command=name)
            return {"error": type(error).__name__}


def ask(path: Path, command: str, **arguments: Any) -> Any:  # noqa: ANN401 - whatever it takes and answers
    """The daemon's answer to `command`.

    :raises NobodyListensError: nobody listens there.
    :raises UsageError: the answer is an error.
    """
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as client:
        client.settimeout(PATIENCE)
        try:
            client.connect(str(path))
        except OSError:
            raise NobodyListensError(f"no slamon listens on {path}: start one with `slamon run`") from None
        try:
            client.sendall(json.dumps({"command": command, "args": arguments}).encode() + b"\n")
            answer = json.loads(_line(client, ANSWER, PATIENCE))
            return answer["result"]
        except KeyError:
            raise UsageError(f"the running slamon answers: {answer.get('error', 'nothing')}") from None
        except (OSError, ValueError, TypeError):
            raise UsageError(f"what listens on {path} does not answer as slamon does: see its log") from None


def _line(connection: socket.socket, most: int, patience: float) -> bytes:
    """What comes up to a line's end, to `most` bytes, or to the end of the connection.

    :raises OSError: that took longer than `patience` seconds.
    """
    until = monotonic() + patience
    found = bytearray()
    while not found.endswith(b"\n") and len(found) < most:
        connection.settimeout(max(until - monotonic(), 0.001))
        part = connection.recv(REQUEST)
        if not part:
            break
        found += part
    return bytes(found)
