"""The folders of a pretend mailbox and what lies in them; every change is one of IMAP's."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from email.message import Message

    from slamon.model import Instant

FIRST_VALIDITY = 1_700_000_000


@dataclass(slots=True)
class Mail:
    """A mail in one folder."""

    uid: int
    raw: bytes
    at: Instant
    """Its INTERNALDATE."""
    flags: set[str] = field(default_factory=set)
    ident: str = ""
    """Its Message-ID without brackets; empty where it has none."""

    @property
    def header(self) -> Message:
        """The fields of its header."""
        return BytesHeaderParser().parsebytes(self.raw.partition(b"\r\n\r\n")[0])


@dataclass(slots=True)
class Folder:
    """A folder, or a mere place in the tree of folders."""

    name: str
    marks: tuple[str, ...] = ()
    validity: int = FIRST_VALIDITY
    next_uid: int = 1
    mails: list[Mail] = field(default_factory=list)
    right: bool = True
    """Whether the user may open it."""

    @property
    def is_real(self) -> bool:
        """Whether it can hold mails."""
        return "\\Noselect" not in self.marks


class Mailbox:
    """Folders by name. Safe from any thread through `lock`."""

    def __init__(self, clock: Callable[[], Instant]) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.folders: dict[str, Folder] = {}
        for name, *marks in (
            ("INBOX",),
            ("Sent", "\\Sent"),
            ("Trash", "\\Trash"),
            ("Junk", "\\Junk"),
            ("Archive", "\\Archive"),
            ("Drafts", "\\Drafts"),
        ):
            self.folders[name] = Folder(name, tuple(marks))

    def append(self, folder: str, raw: bytes, at: Instant | None = None, flags: Iterable[str] = ()) -> int:
        """Put a mail into a folder; :returns: its uid."""
        with self.lock:
            box = self.folders[folder]
            mail = Mail(box.next_uid, raw, self.clock() if at is None else at, set(flags))
            mail.ident = str(mail.header.get("message-id", "")).strip().strip("<>")
            box.next_uid += 1
            box.mails.append(mail)
            return mail.uid

    def places(self, ident: str) -> list[tuple[Folder, Mail]]:
        """Every copy of the mail with that Message-ID."""
        with self.lock:
            found = [(folder, mail) for folder in self.folders.values() for mail in folder.mails]
            return [(folder, mail) for folder, mail in found if mail.ident == ident]

    def expunge(self, ident: str) -> None:
        """Delete every copy of a mail for good."""
        with self.lock:
            for folder, mail in self.places(ident):
                folder.mails.remove(mail)

    def move(self, ident: str, to: str) -> None:
        """Move a mail to another folder, where it gets another uid and keeps its time."""
        with self.lock:
            for folder, mail in self.places(ident):
                folder.mails.remove(mail)
                self.append(to, mail.raw, mail.at, mail.flags)

    def flag(self, ident: str, flag: str) -> None:
        """Set a flag on every copy of a mail."""
        with self.lock:
            for _, mail in self.places(ident):
                mail.flags.add(flag)

    def renumber(self, folder: str) -> None:
        """Give a folder another UIDVALIDITY, and its mails uids from 1 on."""
        with self.lock:
            box = self.folders[folder]
            box.validity += 1
            for uid, mail in enumerate(box.mails, start=1):
                mail.uid = uid
            box.next_uid = len(box.mails) + 1
