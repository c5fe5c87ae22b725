"""The connection under a mailbox: imaplib's, with an end to every answer and a cap on its size; TLS unless loopback.

imaplib and IMAPClient know a timeout for one read only, which a byte now and then keeps away for ever, and allocate
whatever size a literal claims to have. Here a command's whole answer has a deadline and a cap.
"""

from __future__ import annotations

import imaplib
import io
import re
import socket
import ssl
from contextlib import suppress
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slamon.connectors.http import Timeouts

LINE_CAP = 256 * 1024
"""Bytes of a line, literals apart. The structure of a mail with thousands of parts is longer: it is passed over."""
LITERAL_CAP = 512 * 1024
"""Bytes of a literal; twice the largest that is ever asked for."""
ANSWER_CAP = 32 * 1024 * 1024
"""Bytes of all that a server sends for one command."""
_BUFFER = 64 * 1024
_ENDS_IN_LITERAL = re.compile(rb"\{\d+\+?\}\r?\n\Z")
PASSED_OVER = b"* OK too long\r\n"


class Security(StrEnum):
    """How the connection is kept from others."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"
    """For this machine only."""


class Wire(imaplib.IMAP4):
    """A connection whose answers end in time. `begin` starts the clock of a command."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, timeouts: Timeouts) -> None:
        """Connect and read the greeting; with a `context`, over TLS from the first byte.

        :raises OSError: no connection, no good certificate, or no greeting in time.
        :raises imaplib.IMAP4.error: the greeting is none, or a refusal.
        """
        self._context = context
        self._timeouts = timeouts
        self.begin()
        super().__init__(host, port)

    def begin(self) -> None:
        """From now on the next answer has the time and the size of a whole one."""
        self._deadline = monotonic() + self._timeouts.whole
        self._left = ANSWER_CAP

    # --- what imaplib calls

    def open(self, host: str = "", port: int = 993, timeout: float | None = None) -> None:
        """Connect."""
        del timeout
        self.host, self.port = host, port
        self.sock = socket.create_connection((host, port), self._timeouts.connect)
        # IMAPClient sends the end of a line by itself: with Nagle's algorithm each search would wait 40 ms.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is not None:
            self._wrap(self._context)
        self._answers = self._reader()

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> Any:  # noqa: ANN401 - as imaplib types it
        """Go on in TLS; whatever was sent before that is forgotten: it may be somebody else's."""
        kind, data = self.xatom("STARTTLS")
        if kind == "OK" and ssl_context is not None:
            self._wrap(ssl_context)
            self._answers.close()
            self._answers = self._reader()
            self.untagged_responses.clear()
        return kind, data

    def send(self, data: Any) -> None:  # noqa: ANN401 - any bytes
        """Send all of `data`."""
        self.sock.settimeout(self._timeouts.read)
        self.sock.sendall(data)

    def read(self, size: int) -> bytes:
        """A literal of that size."""
        if size > LITERAL_CAP:
            raise self.abort(f"unexpected literal of {size} bytes")
        data = self._answers.read(size)
        if len(data) < size:
            raise self.abort("socket error: EOF in a literal")
        return self._counted(data)

    def readline(self) -> bytes:
        """A line; of one that is too long only that it was there."""
        line = self._counted(self._answers.readline(LINE_CAP + 1))
        if len(line) <= LINE_CAP:
            return line
        untagged = line.startswith(b"* ")
        while not line.endswith(b"\n"):
            line = self._counted(self._answers.readline(LINE_CAP))
            if not line:
                return line
        if _ENDS_IN_LITERAL.search(line) or not untagged:
            raise self.abort("unexpected length of a line")
        return PASSED_OVER

    def shutdown(self) -> None:
        """Give the socket back."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        if hasattr(self, "_answers"):
            self._answers.close()
        self.sock.close()

    @property
    def quiet(self) -> bool:
        """Whether nothing came unasked: what comes unasked is a farewell."""
        before = self.sock.gettimeout()
        try:
            self.sock.settimeout(0)
            self._answers.peek(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except (OSError, ValueError):
            return False
        finally:
            with suppress(OSError):
                self.sock.settimeout(before)
        return False

    def fill(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        """Read what is there, and wait no longer than the answer as a whole may take."""
        if self.sock.gettimeout() != 0:
            left = self._deadline - monotonic()
            if left <= 0:
                raise TimeoutError("the answer took too long as a whole")
            self.sock.settimeout(min(left, self._timeouts.read))
        return self.sock.recv_into(buffer)

    def _wrap(self, context: ssl.SSLContext) -> None:
        plain = self.sock
        plain.settimeout(self._timeouts.read)  # of the whole handshake
        try:
            self.sock = context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def _reader(self) -> io.BufferedReader:
        return io.BufferedReader(_Bytes(self), _BUFFER)

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise self.abort(f"unexpected answer of more than {ANSWER_CAP} bytes")
        return data


class _Bytes(io.RawIOBase):
    """What a wire reads, as a file."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - any writable buffer, as io has it
        return self._wire.fill(buffer)
