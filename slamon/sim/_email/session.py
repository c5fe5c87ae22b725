"""One connection to the pretend mail server: its commands, each in the states that the standard allows it in."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from slamon.sim._email.search import matching
from slamon.sim._email.shape import item, marks_as_seen
from slamon.sim._email.words import BadCommandError, Token, encoded, in_set, name, quoted, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.sim._email.box import Folder, Mail
    from slamon.sim.email import PretendMail

    Verb = Callable[[list[Token]], list[bytes]]

STATUS_ITEMS: Mapping[str, Callable[[Folder], int]] = {
    "MESSAGES": lambda folder: len(folder.mails),
    "UIDNEXT": lambda folder: folder.next_uid,
    "UIDVALIDITY": lambda folder: folder.validity,
}


class RefusedError(Exception):
    """The server answers NO with this text."""


class Session:
    """The state of one client. `run` answers one command with lines; its last line is the tagged one."""

    def __init__(self, server: PretendMail, ask: Callable[[bytes], bytes]) -> None:
        self.server = server
        self.ask = ask
        """Send a line with `+`, and read the client's answer."""
        self.user = ""
        self.folder: Folder | None = None
        self.may_write = False
        self.ended = False

    def run(self, tag: str, command: str, arguments: list[Token]) -> list[bytes]:
        """The lines of the answer to a command."""
        verb: Verb | None = getattr(self, f"_{command.lower().replace(' ', '_')}", None)
        if verb is None:
            return [f"{tag} BAD Error in IMAP command {command[:40]}: Unknown command.".encode()]
        try:
            with self.server.lock:
                lines = verb(arguments)
        except RefusedError as error:
            return [f"{tag} NO {error}".encode()]
        except (BadCommandError, IndexError, ValueError) as error:
            return [f"{tag} BAD Error in IMAP command {command}: {error}".encode()]
        return [*lines, f"{tag} OK {command} completed.".encode()]

    def _capability(self, _: list[Token]) -> list[bytes]:
        return [b"* CAPABILITY " + " ".join(self.server.capabilities).encode()]

    def _noop(self, _: list[Token]) -> list[bytes]:
        return []

    def _logout(self, _: list[Token]) -> list[bytes]:
        self.ended = True
        return [b"* BYE Logging out"]

    def _login(self, arguments: list[Token]) -> list[bytes]:
        user, password = (text(argument) for argument in arguments)
        return self._signed_in(user, right=(user, password) == (self.server.user, self.server.password))

    def _authenticate(self, arguments: list[Token]) -> list[bytes]:
        way = text(arguments[0]).upper()
        if f"AUTH={way}" not in self.server.capabilities:
            raise RefusedError("Unsupported authentication mechanism.")
        answer = _from_base64(self.ask(b""))
        if way == "PLAIN":
            _, user, password = answer.decode().split("\0")
            return self._signed_in(user, right=(user, password) == (self.server.user, self.server.password))
        right = f"user={self.server.user}\1auth=Bearer {self.server.token}\1\1"
        if answer.decode() != right:
            self.ask(base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}'))
        return self._signed_in(self.server.user, right=answer.decode() == right)

    def _signed_in(self, user: str, *, right: bool) -> list[bytes]:
        if not right:
            raise RefusedError("[AUTHENTICATIONFAILED] Authentication failed.")
        self.user = user
        return []

    def _list(self, arguments: list[Token]) -> list[bytes]:
        self._must_be_known()
        if text(arguments[1]) != "*":
            raise BadCommandError("this server lists all folders or none")
        return [
            f'* LIST ({" ".join(folder.marks)}) "/" '.encode() + quoted(encoded(folder.name))
            for folder in self.server.folders.values()
        ]

    def _status(self, arguments: list[Token]) -> list[bytes]:
        self._must_be_known()
        folder, asked = self._named(arguments[0]), arguments[1]
        if not isinstance(asked, list):
            raise BadCommandError("Status list expected.")
        known = [(text(each).upper(), STATUS_ITEMS[text(each).upper()]) for each in asked]
        values = " ".join(f"{each} {value(folder)}" for each, value in known)
        return [b"* STATUS " + quoted(encoded(folder.name)) + f" ({values})".encode()]

    def _select(self, arguments: list[Token]) -> list[bytes]:
        self._must_be_known()
        self.folder = None
        self.folder, self.may_write = self._named(arguments[0]), True
        return [
            b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
            b"* %d EXISTS" % len(self.folder.mails),
            b"* 0 RECENT",
            b"* OK [UIDVALIDITY %d] UIDs valid" % self.folder.validity,
            b"* OK [UIDNEXT %d] Predicted next UID" % self.folder.next_uid,
        ]

    def _examine(self, arguments: list[Token]) -> list[bytes]:
        lines = self._select(arguments)
        self.may_write = False
        return lines

    def _close(self, _: list[Token]) -> list[bytes]:
        folder = self._open()
        if self.may_write:
            folder.mails = [mail for mail in folder.mails if "\\Deleted" not in mail.flags]
        self.folder = None
        return []

    def _uid_search(self, arguments: list[Token]) -> list[bytes]:
        found = matching(self._open(), arguments)
        return [" ".join(["* SEARCH", *map(str, found)]).encode()]

    def _uid_fetch(self, arguments: list[Token]) -> list[bytes]:
        folder, asked = self._open(), arguments[1]
        names = [text(each) for each in asked] if isinstance(asked, list) else [text(asked)]
        ranges = in_set(text(arguments[0]), max((mail.uid for mail in folder.mails), default=0))
        chosen = [(seq, mail) for seq, mail in enumerate(folder.mails, 1) if any(mail.uid in each for each in ranges)]
        return [self._fetched(seq, mail, names) for seq, mail in chosen]

    def _fetched(self, seq: int, mail: Mail, names: list[str]) -> bytes:
        if self.may_write and any(map(marks_as_seen, names)):
            mail.flags.add("\\Seen")
        return b"* %d FETCH (%b)" % (seq, b" ".join(self._item(mail, each) for each in names))

    def _item(self, mail: Mail, name: str) -> bytes:
        told = self.server.structures.get(mail.ident) if name.upper() == "BODYSTRUCTURE" else None
        return item(mail, name) if told is None else b"BODYSTRUCTURE " + told

    def _must_be_known(self) -> None:
        if not self.user:
            raise BadCommandError("Please log in first.")

    def _open(self) -> Folder:
        if self.folder is None:
            raise BadCommandError("No mailbox selected.")
        return self.folder

    def _named(self, token: Token) -> Folder:
        wanted = name(token)
        folder = self.server.folders.get("INBOX" if wanted.upper() == "INBOX" else wanted)
        if folder is None or not folder.is_real:
            raise RefusedError(f"[NONEXISTENT] Mailbox doesn't exist: {wanted}")
        if not folder.right:
            raise RefusedError("[NOPERM] Permission denied")
        return folder


def _from_base64(line: bytes) -> bytes:
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error:
        raise RefusedError("Invalid base64 data in continued response") from None
