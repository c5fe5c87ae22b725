"""Which folders hold sent mail, and which hold what somebody threw away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.connectors._email.imap import Folder

SENT_NAMES = frozenset(
    {
        "sent",
        "sent items",
        "sent messages",
        "sent mail",
        "sent-mail",
        "gesendet",
        "gesendete elemente",
        "gesendete objekte",
        "éléments envoyés",
        "messages envoyés",
        "elementos enviados",
        "enviados",
        "posta inviata",
        "inviati",
        "verzonden items",
        "verzonden",
    }
)
"""Last parts of names, in lower case, for servers without special-use marks (RFC 6154)."""
TRASH_NAMES = frozenset({"trash", "deleted items", "deleted messages", "papierkorb", "gelöschte elemente", "bin"})
JUNK_NAMES = frozenset({"junk", "spam", "junk e-mail", "junk email", "bulk mail"})
NO_FOLDER = frozenset({r"\noselect", r"\nonexistent"})


def sent_folders(folders: Sequence[Folder]) -> list[str]:
    """Those marked as sent mail, else those named so.

    :raises PlatformError: there is none; without it no answer would ever be seen.
    """
    found = marked(folders, r"\sent", SENT_NAMES)
    if not found:
        text = "no folder of sent mail is marked or named as such: name it under `sent`"
        raise PlatformError(Verdict.NOT_FOUND, text, code="no_sent_folder")
    return found


def marked(folders: Sequence[Folder], mark: str, names: frozenset[str]) -> list[str]:
    """Names of the folders that carry a mark; where none does, of those with one of these names."""
    real = [folder for folder in folders if not folder.marks & NO_FOLDER]
    found = [folder.name for folder in real if mark in folder.marks]
    return found or [folder.name for folder in real if _last(folder.name) in names]


def elsewhere(folders: Sequence[Folder], watched: Sequence[str]) -> list[str]:
    """Where a mail that left the watched folders may be, other than thrown away."""
    trash = marked(folders, r"\trash", TRASH_NAMES)
    known = {*trash, *(_same(name) for name in watched)}
    return [each.name for each in folders if not each.marks & NO_FOLDER and _same(each.name) not in known]


def junk_folders(folders: Sequence[Folder]) -> list[str]:
    """Those of unwanted mail."""
    return marked(folders, r"\junk", JUNK_NAMES)


def _last(name: str) -> str:
    return name.replace("/", ".").rpartition(".")[2].lower()


def _same(name: str) -> str:
    return "INBOX" if name.upper() == "INBOX" else name  # the one name that has no case
