"""Socket Mode: what people click in Slack comes over a WebSocket that we open, so nothing has to be reachable from it.

The WebSocket is slack_sdk's built-in one. The loop that slack_sdk has around it is not used: it sleeps where Slack
limits, spins where Slack hangs up, keeps threads that hold up the end of the process, and does not heed NO_PROXY.
"""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin.connection import Connection, ConnectionState

from slamon.events import SocketChanged
from slamon.notifiers.base import Outcome, SendError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.events import Listener
    from slamon.model import Instant

BUFFER = 65_536
LARGEST = 1_000_000
"""Characters of an envelope: the message that was clicked is in it, some fifty thousand at most."""
LONG_ENOUGH = 60.0
"""Seconds: a connection that lived so long was a good one, and the next try comes at once."""
WORD = re.compile(r"[a-z0-9_]{1,60}")
PARTING = frozenset({"warning", "refresh_requested"})
"""Slack recycles the connection, as it does every few hours: the next one is opened before this one ends."""
LASTING = frozenset({"link_disabled", "too_many_websockets"})
"""A person has to do something about it."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take, in seconds. With these a dead connection is replaced within a minute."""

    ping: float = 10.0
    """Between two pings of ours; Slack answers each."""
    silence: float = 25.0
    """Without a byte from Slack: the connection is dead."""
    greeting: float = 15.0
    """From dialling to Slack's `hello`."""
    first: float = 1.0
    """Before the second try; doubled for each further one."""
    longest: float = 30.0
    refused: float = 300.0
    """Between tries that only a person can help."""


class SlackSocket:
    """Keeps one connection up between `start` and `stop`.

    `dial` asks Slack for the address (`apps.connections.open`) and raises `SendError`; `hear` gets each envelope,
    acknowledged already, and has to be quick; `refused` gets the code of what only a person can mend. `now` is epoch
    milliseconds, `seconds` a monotonic clock. All threads are daemons.
    """

    def __init__(  # noqa: PLR0913 - what it talks to, and two clocks
        self,
        dial: Callable[[], str],
        hear: Callable[[Mapping[str, Any]], None],
        events: Listener,
        refused: Callable[[str], None],
        *,
        now: Callable[[], Instant],
        seconds: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        self._dial = dial
        self._hear = hear
        self._events = events
        self._refused = refused
        self._now = now
        self._seconds = seconds
        self._patience = patience or Patience()
        self._stopping = Event()
        self._stirred = Event()
        self._session: _Session | None = None
        self._parting: _Session | None = None
        self._told: tuple[bool, str] = (False, "")
        self._failures = 0
        self._thread = Thread(target=self._run, name="slack-socket", daemon=True)
        self.connected_since: Instant | None = None
        self.last_envelope_at: Instant | None = None

    def start(self) -> None:
        """Connect, and stay connected."""
        self._thread.start()

    def stop(self, within: float = 1.0) -> None:
        """Hear nothing more; returns within so many seconds, whatever hangs."""
        self._stopping.set()
        self._stirred.set()
        for session in (self._session, self._parting):
            if session:
                session.cut()
        if self._thread.is_alive():
            self._thread.join(within)

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = self._seconds()
            reason, pause = self._serve()
            if self._seconds() - began > LONG_ENOUGH:
                self._failures = 0
            if reason in PARTING and not self._failures:
                self._failures = 1  # Slack may part again at once, but not for ever without a pause
                continue
            self._say(reason)
            self._failures += 1
            self._stopping.wait(pause or self._pause(reason))

    def _serve(self) -> tuple[str, float]:
        """One connection from its beginning to its end; :returns: why it ended, and how long Slack asks to wait."""
        try:
            url = self._dial()
        except SendError as error:
            return self._failed(error)
        session = self._session = _Session(url, self._took, self._stirred.set, self._seconds, self._patience.silence)
        session.start()
        self._wait(session, until=session.greeted.is_set)
        if session.greeted.is_set():
            self._up()
            self._wait(session)
        reason = session.reason or "closed"
        if reason in PARTING:
            self._part(session)
        else:
            session.cut()
        if reason in LASTING and self._told != (False, reason):
            self._refused(reason)
        return reason, 0.0

    def _failed(self, error: SendError) -> tuple[str, float]:
        """The address was not given out. A code of Slack's, or one of ours: nothing in it is a stranger's."""
        if error.outcome is Outcome.BAD_CREDENTIAL and self._told != (False, error.code):
            self._refused(error.code)
        if error.outcome is Outcome.BAD_CREDENTIAL:
            return error.code, self._patience.refused
        return error.code, (error.retry_after or 0) / 1_000

    def _wait(self, session: _Session, until: Callable[[], bool] = lambda: False) -> None:
        """Stay with a connection until it ends, parts, hangs, or is where it shall be."""
        patience = self._patience
        while not (self._stopping.is_set() or session.reason or until()):
            ends = session.heard_at + patience.silence
            if not session.greeted.is_set():
                ends = session.began + patience.greeting  # whatever else it says
            if self._seconds() > ends:
                session.reason = "silent"
                return
            self._stirred.wait(patience.ping)
            self._stirred.clear()
            session.ping()

    def _up(self) -> None:
        self._part(None)
        self._say("", connected=True)

    def _part(self, session: _Session | None) -> None:
        """Let this one go on until the next is up, and the one before no longer."""
        if self._parting:
            self._parting.cut()
        self._parting = session

    def _say(self, reason: str, *, connected: bool = False) -> None:
        if self._stopping.is_set() or self._told == (connected, reason):
            return
        self._told = (connected, reason)
        self.connected_since = self._now() if connected else None
        self._events(SocketChanged(connected, reason))

    def _took(self, envelope: Mapping[str, Any]) -> None:
        if not self._stopping.is_set():
            self.last_envelope_at = self._now()
            self._hear(envelope)

    def _pause(self, reason: str) -> float:
        patience = self._patience
        longest = patience.refused if reason in LASTING else patience.longest
        return float(min(longest, patience.first * 2 ** min(self._failures - 1, 20)))


class _Session:
    """One connection, served in a thread of its own that may be left behind, should it hang."""

    def __init__(
        self,
        url: str,
        took: Callable[[Mapping[str, Any]], None],
        stir: Callable[[], None],
        seconds: Callable[[], float],
        silence: float,
    ) -> None:
        self.greeted = Event()
        self.reason = ""
        self.began = self.heard_at = seconds()
        self._took = took
        self._stir = stir
        self._seconds = seconds
        self._silence = silence
        self._raw: socket.socket | None = None
        self._over = False
        self._url = url

    def start(self) -> None:
        """Connect and listen, from now on."""
        Thread(target=self._run, name="slack-socket-line", daemon=True).start()

    def ping(self) -> None:
        """Ask for a sign of life."""
        if self._raw is not None:
            with suppress(OSError):
                self._connection.ping("slamon")

    def cut(self) -> None:
        """End it, without a word and without waiting for anybody."""
        self._over = True
        if self._raw is not None:
            with suppress(OSError):
                # Not SSLSocket's own: it would take the session away under the thread that reads.
                socket.socket.shutdown(self._raw, socket.SHUT_RDWR)

    def _run(self) -> None:
        try:
            self._connection = _connection(self._url, self._message)
            self._connection.connect()
            if self._connection.sock is not None:
                self._listen(self._connection.sock)
        except _SilentError:
            self._end("silent")
        except Exception:  # noqa: BLE001, S110 - whatever breaks in the library, this connection is over
            pass
        self._end("closed" if self._raw else "no_connection")

    def _listen(self, raw: socket.socket) -> None:
        raw.settimeout(self._silence)
        self._raw = raw
        self._connection.sock = cast("ssl.SSLSocket", _Wire(raw, self._heard))
        try:
            if not self._over:
                self._connection.run_until_completion(ConnectionState())  # type: ignore[no-untyped-call]
        finally:
            raw.close()

    def _heard(self) -> None:
        self.heard_at = self._seconds()

    def _end(self, reason: str) -> None:
        self.reason = self.reason or reason
        self._stir()

    def _message(self, text: str) -> None:
        """Whatever Slack says; raises nothing that would end the connection."""
        try:
            found = json.loads(text) if len(text) <= LARGEST else None
        except (ValueError, RecursionError):
            return
        if not isinstance(found, dict) or self._over:
            return
        if found.get("type") == "hello":
            self.greeted.set()
            self._stir()
        elif found.get("type") == "disconnect":
            said = found.get("reason")
            self._end(said if isinstance(said, str) and WORD.fullmatch(said) else "closed")
        elif isinstance(found.get("envelope_id"), str):
            self._envelope(found)

    def _envelope(self, found: Mapping[str, Any]) -> None:
        # Acknowledged before anything is done: Slack waits three seconds, and delivers again what it is not sure of.
        with suppress(SlackClientError, OSError):
            self._connection.send(json.dumps({"envelope_id": found["envelope_id"]}))
        self._took(found)


class _SilentError(ConnectionError):
    """Nothing came for too long."""


class _Wire:
    """The socket below slack_sdk's connection, which takes an end of the stream for silence, and spins."""

    def __init__(self, raw: socket.socket, heard: Callable[[], None]) -> None:
        self._raw = raw
        self._heard = heard

    def recv(self, size: int) -> bytes:
        """The next bytes.

        :raises ConnectionError: the stream ended, or nothing came for too long; then half a frame may be lost.
        """
        try:
            data = self._raw.recv(size)
        except TimeoutError:
            raise _SilentError from None
        if not data:
            raise ConnectionResetError("ended")
        self._heard()
        return data

    def send(self, data: bytes) -> int:
        """All of it, where the library would be content with a part."""
        self._raw.sendall(data)
        return len(data)

    def close(self) -> None:
        """Give it back."""
        self._raw.close()


def _connection(url: str, message: Callable[[str], None]) -> Connection:
    """slack_sdk's connection to `url`, with a log that nobody reads: it would hold what people write.

    :raises ValueError: the address is not one that is encrypted, and not on this machine either.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    # slack_sdk encrypts on port 443 alone, whatever the address says.
    if host not in LOOPBACK and (parts.scheme != "wss" or parts.port not in {None, 443}):
        raise ValueError("not encrypted")
    silent = logging.Logger("slack_sdk.silent", logging.CRITICAL + 1)  # noqa: LOG001 - outside the tree on purpose
    return Connection(
        url,
        silent,
        proxy=_proxy(host),
        receive_buffer_size=BUFFER,
        on_message_listener=message,
        on_error_listener=_broken,
        on_close_listener=lambda _code, _reason: None,
        ssl_context=ssl.create_default_context() if parts.scheme == "wss" else None,
    )


def _broken(error: Exception) -> None:
    """End it: slack_sdk would go on in the middle of a frame."""
    raise error


def _proxy(host: str) -> str | None:
    return None if host in LOOPBACK or proxy_bypass(host) else getproxies().get("https")
