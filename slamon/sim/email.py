"""The pretend mail server: IMAP on loopback, in plain text, for one mailbox that tests move.

It knows the commands of a client that reads: CAPABILITY, LOGIN, AUTHENTICATE (PLAIN, XOAUTH2), LIST, STATUS, SELECT,
EXAMINE, UID SEARCH, UID FETCH, CLOSE, NOOP, LOGOUT. Mails come by verbs, not by APPEND. Faults are those of the other
pretend platforms: `path` is a command without `UID` (`FETCH`), or `GREETING`; with a `body` that begins with `*` the
server says that and closes the connection, with any other `body` it gives that as the tagged answer.
"""

from __future__ import annotations

import re
import socketserver
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from slamon.sim._email.box import Mailbox
from slamon.sim._email.letters import Letters
from slamon.sim._email.session import Session
from slamon.sim._email.words import BadCommandError, Token, text, tokens
from slamon.sim.faults import Fault, Faults
from slamon.sim.listening import Listening, hang_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from slamon.model import Instant

KEPT_COMMANDS = 10_000
SILENCE_SECONDS = 60.0
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\Z")
_LITERAL_CAP = 1 << 20


class PretendMail(Letters, Mailbox):
    """A mailbox and its server. Use it as a context manager; the verbs of `Letters` and `Mailbox` move its world."""

    def __init__(
        self,
        clock: Callable[[], Instant],
        *,
        address: str = "care@acme.example",
        team: Sequence[str] = (),
        password: str = "pretend-password",  # noqa: S107 - it opens nothing but this range
        token: str = "pretend-token",  # noqa: S107
        port: int = 0,
    ) -> None:
        super().__init__(clock)
        self.user = self.address = address
        self.team = tuple(team)
        self.password, self.token = password, token
        self.capabilities = ["IMAP4rev1", "LITERAL+", "SPECIAL-USE", "AUTH=PLAIN", "AUTH=XOAUTH2"]
        self.faults = Faults()
        self.ledger: deque[str] = deque(maxlen=KEPT_COMMANDS)
        """Every command as it came, those that sign in without their arguments."""
        self.structures: dict[str, bytes] = {}
        """What BODYSTRUCTURE says of the mail with that Message-ID, in place of the truth."""
        self.says: dict[str, list[bytes | None]] = {}
        """By command without `UID`: lines in place of what comes before the good tagged one; `None`: the truth."""
        self.drip = False
        """Send every answer byte by byte."""
        self.dripped = 0
        """How many bytes were sent so."""
        self.seen: Callable[[str], None] = lambda _command: None
        """Called with each command once it was answered."""
        self._listener = _Listener(("127.0.0.1", port), _Handler)
        self._listener.owner = self
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self._listener.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering, cut what is still connected, give the port back."""
        self.faults.clear()
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self.cut()
        self._listener.server_close()

    def cut(self) -> None:
        """Cut every connection, as a server that restarts does."""
        self._listener.cut_all()


class _Listener(Listening):
    owner: PretendMail


class _Handler(socketserver.StreamRequestHandler):
    timeout = SILENCE_SECONDS
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Listener

    def handle(self) -> None:
        self.session = Session(self.server.owner, self._asked)
        if not self._answers("GREETING", lambda: [b"* OK pretend mail server ready."]):
            return
        while not self.session.ended and self._one():
            pass

    def finish(self) -> None:
        for file in (self.wfile, self.rfile):
            with suppress(OSError):  # what is left in the buffer has no reader any more
                file.close()

    def _one(self) -> bool:
        """Take one command; :returns: whether the connection goes on."""
        line, literals = self._line()
        if line is None:
            return False
        tag, _, rest = line.partition(b" ")
        try:
            words = tokens(rest, literals)
            verb = text(words.pop(0)).upper()
            verb = f"UID {text(words.pop(0)).upper()}" if verb == "UID" else verb
        except (BadCommandError, IndexError, ValueError):
            return self._say([tag + b" BAD Error in IMAP command received by server."])
        told = verb if verb in {"LOGIN", "AUTHENTICATE"} else rest.decode("ascii", "replace")
        self.server.owner.ledger.append(told)
        goes_on = self._answers(verb.removeprefix("UID "), lambda: self._run(tag, verb, words), tag)
        self.server.owner.seen(told)
        return goes_on

    def _run(self, tag: bytes, verb: str, words: list[Token]) -> list[bytes]:
        lines = self.session.run(tag.decode("ascii", "replace"), verb, words)
        planned = self.server.owner.says.get(verb.removeprefix("UID "))
        said = planned.pop(0) if planned else None
        return lines if said is None else [said.removesuffix(b"\r\n"), lines[-1]]

    def _answers(self, key: str, answer: Callable[[], list[bytes]], tag: bytes = b"") -> bool:
        taken = self.server.owner.faults.take(key)
        if taken is None:
            return self._say(answer())
        fault, released = taken
        released.wait(fault.delay)
        if fault.hang:
            released.wait()
            return False
        return self._say_wrongly(fault, answer, tag)

    def _say_wrongly(self, fault: Fault, answer: Callable[[], list[bytes]], tag: bytes) -> bool:
        if fault.drop == "before":
            return self._end()
        if fault.body.startswith("*"):
            self._say([fault.body.encode()])
            return self._end()
        if fault.body:
            return self._say([tag + b" " + fault.body.encode()])
        whole = b"".join(line + b"\r\n" for line in answer())
        self.wfile.write(whole[: len(whole) // 2] if fault.drop == "middle" else whole)
        self.wfile.flush()
        return self._end() if fault.drop == "middle" else True

    def _end(self) -> bool:
        hang_up(self.connection)
        return False

    def _say(self, lines: list[bytes]) -> bool:
        whole = b"".join(line + b"\r\n" for line in lines)
        step = 1 if self.server.owner.drip else len(whole)
        for first in range(0, len(whole), step):
            self.server.owner.dripped += self.server.owner.drip
            self.wfile.write(whole[first : first + step])
            self.wfile.flush()
        return True

    def _asked(self, challenge: bytes) -> bytes:
        self._say([b"+ " + challenge])
        return self.rfile.readline(65_537).strip()

    def _line(self) -> tuple[bytes | None, list[bytes]]:
        """A command with its literals; `None` at the end of the connection."""
        line = b""
        literals: list[bytes] = []
        while part := self.rfile.readline(65_537):
            line += part.rstrip(b"\r\n")
            found = _LITERAL.search(line)
            if found is None or int(found[1]) > _LITERAL_CAP:
                return line, literals
            if not found[2]:
                self._say([b"+ OK"])
            literals.append(self.rfile.read(int(found[1])))
        return None, literals
