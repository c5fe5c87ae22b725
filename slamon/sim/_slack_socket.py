"""Socket Mode of the pretend Slack: a WebSocket server on loopback (RFC 6455: text, ping, pong, close; no fragments).

Envelopes go to the newest connection, and count as delivered once they are acknowledged. What is sent while nobody is
connected is lost, as a click is in Slack.
"""

from __future__ import annotations

import json
import struct
import threading
from base64 import b64encode
from hashlib import sha1
from socketserver import StreamRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from slamon.sim.listening import Listening, hang_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD = 8_192
"""Bytes of a handshake."""
LARGEST = 1 << 20


class Sockets:
    """The connections of one app. Safe from any thread."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._listener = _Listener((host, 0), _Handler)
        self._listener.owner = self
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,), name="sockets", daemon=True)
        self._changed = threading.Condition()
        self._tickets: set[str] = set()
        self._lines: list[_Handler] = []
        self.opened = 0
        """How many connections were ever greeted."""
        self.greets = True
        self.acknowledged: list[str] = []
        self.sent = 0
        self.instead: Callable[[Mapping[str, Any]], None] | None = None
        """Takes envelopes in place of a connection."""

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def close(self) -> None:
        """Cut every connection and listen no more."""
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.cut_all()
        self._listener.server_close()

    def address(self) -> str:
        """An address that can be used once, as `apps.connections.open` gives it out."""
        host, port = self._listener.server_address[:2]
        with self._changed:
            self._tickets.add(ticket := f"ticket-{self.opened}-{len(self._tickets)}")
        return f"ws://{host!s}:{port}/link/?ticket={ticket}&app_id=A0SLAMON"

    def deliver(self, kind: str, payload: Mapping[str, Any], envelope: str = "") -> str:
        """Send an envelope; :returns: its id, by which it can be sent again."""
        with self._changed:
            self.sent += 1
            envelope = envelope or f"envelope-{self.sent}"
            line = next((line for line in reversed(self._lines) if not line.silent), None)
        told = {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": False}
        if self.instead:
            self.instead(told)
        elif line:
            line.say(told)
        return envelope

    def says_goodbye(self, reason: str) -> None:
        """Announce on every connection that it will be closed."""
        for line in tuple(self._lines):
            line.say({"type": "disconnect", "reason": reason, "debug_info": {"host": "pretend"}})

    def drops(self) -> None:
        """Cut every connection without a word."""
        for line in tuple(self._lines):
            hang_up(line.connection)

    def goes_silent(self) -> None:
        """The connections there are stay open, and nothing comes or is answered on them any more."""
        for line in tuple(self._lines):
            line.silent = True

    def waits_for(self, true: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Whether it becomes true within that time; looked at whenever something comes or goes."""
        with self._changed:
            return self._changed.wait_for(true, seconds)

    def stir(self) -> None:
        """Something happened that somebody may wait for."""
        with self._changed:
            self._changed.notify_all()

    @property
    def connected(self) -> int:
        """How many connections there are."""
        return len(self._lines)

    # --- what connections tell

    def admits(self, ticket: str) -> bool:
        """Whether it is good, for this one time."""
        with self._changed:
            known = ticket in self._tickets
            self._tickets.discard(ticket)
            return known

    def came(self, line: _Handler) -> None:
        """A connection is up."""
        with self._changed:
            self._lines.append(line)
            self.opened += 1
            self._changed.notify_all()

    def went(self, line: _Handler) -> None:
        """A connection ended."""
        with self._changed:
            if line in self._lines:
                self._lines.remove(line)
            self._changed.notify_all()

    def acknowledge(self, text: bytes) -> None:
        """What a client says: an acknowledgement, and nothing else."""
        with self._changed:
            self.acknowledged.append(str(json.loads(text)["envelope_id"]))
            self._changed.notify_all()


class _Listener(Listening):
    owner: Sockets


class _Handler(StreamRequestHandler):
    server: _Listener
    silent = False

    def handle(self) -> None:
        """Shake hands, greet, and answer until the end."""
        if not self._shakes_hands():
            return
        self._lock = threading.Lock()
        owner = self.server.owner
        if owner.greets:
            self.say({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0SLAMON"}})
        owner.came(self)
        try:
            self._listen(owner)
        finally:
            owner.went(self)

    def say(self, data: Mapping[str, Any]) -> None:
        """Send a text."""
        self._send(TEXT, json.dumps(data).encode())

    def _listen(self, owner: Sockets) -> None:
        while (frame := self._frame()) is not None:
            code, payload = frame
            if self.silent:
                continue
            if code == PING:
                self._send(PONG, payload)
            elif code == TEXT:
                owner.acknowledge(payload)
            elif code == CLOSE:
                self._send(CLOSE, payload[:2])
                return

    def _shakes_hands(self) -> bool:
        request, *lines = self._head()
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        asked = urlsplit(request.split(" ")[1]) if request.startswith("GET ") else urlsplit("")
        sound = headers.get("upgrade", "").lower() == "websocket" and headers.get("sec-websocket-version") == "13"
        ticket = parse_qs(asked.query).get("ticket", [""])[0]
        if not sound or not self.server.owner.admits(ticket):
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return False
        accept = b64encode(sha1(headers["sec-websocket-key"].encode() + GUID).digest()).decode()  # noqa: S324 - RFC 6455
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade"
        self.wfile.write(
            f"HTTP/1.1 101 Switching Protocols\r\n{upgrade}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        return True

    def _head(self) -> list[str]:
        lines = []
        while line := self.rfile.readline(HEAD).decode("latin-1").strip():
            lines.append(line)
        return lines or [""]

    def _frame(self) -> tuple[int, bytes] | None:
        """The next frame; `None` at the end, or where a client breaks the rules."""
        head = self.rfile.read(2)
        if len(head) < 2 or not head[0] & 0x80 or not head[1] & 0x80:  # noqa: PLR2004 - RFC 6455: whole and masked
            return None
        size = head[1] & 0x7F
        if size >= 126:  # noqa: PLR2004 - RFC 6455
            wide, shape = (2, "!H") if size == 126 else (8, "!Q")  # noqa: PLR2004 - as above
            (size,) = struct.unpack(shape, self.rfile.read(wide))
        mask = self.rfile.read(4)
        data = self.rfile.read(size) if size <= LARGEST else b""
        if len(data) < size:
            return None
        return head[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))

    def _send(self, code: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:  # noqa: PLR2004 - RFC 6455
            head = struct.pack("!BB", 0x80 | code, size)
        elif size < 65_536:  # noqa: PLR2004 - as above
            head = struct.pack("!BBH", 0x80 | code, 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | code, 127, size)
        with self._lock:
            self.wfile.write(head + payload)
