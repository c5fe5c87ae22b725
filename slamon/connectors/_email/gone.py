"""Which mails were thrown away: those that are in no folder any more, or in that of deleted mail only.

A mail that leaves a watched folder was mostly filed elsewhere. So it is sought by its id in every folder there is,
twice, for it may move while that is done; where a folder cannot be read, nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._email.folders import elsewhere, junk_folders
from slamon.connectors._email.reading import id_criteria, is_searchable, links, since_day
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slamon.connectors._email.imap import Mail
    from slamon.model import Instant

IDS_CAP = 1_000
"""Mails that one look asks about."""
AT_ONCE = 20
FOLDERS_CAP = 60
"""In a mailbox with more, a mail that left the watched folders is unknown."""
_UNREADABLE = (Verdict.NOT_FOUND, Verdict.PERMISSION)


class Lost:
    """Looks for mails by their ids. `gone`: thrown away. `junk`: uids of those found among unwanted mail, by folder."""

    def __init__(self, mail: Mail, watched: Sequence[str], since: Instant) -> None:
        self._mail = mail
        self._watched = watched
        self._criteria = f"UNDELETED {since_day(since)}"
        self.gone: list[str] = []
        self.junk: dict[str, list[int]] = {}

    def look(self, ids: Iterable[str]) -> None:
        """Find out about these mails."""
        missing = [ident for ident in dict.fromkeys(ids) if is_searchable(ident)][:IDS_CAP]
        missing = self._not_in(self._watched, missing)
        if not missing:
            return
        listed = self._mail.folders()
        others = elsewhere(listed, self._watched)
        junk = set(junk_folders(listed))
        if len(others) > FOLDERS_CAP:
            return
        try:
            missing = self._not_in(others, missing, junk)
            self.gone = self._not_in([*self._watched, *others], missing)
        except PlatformError as error:
            if error.verdict not in _UNREADABLE:
                raise

    def _not_in(self, folders: Iterable[str], ids: Sequence[str], junk: Iterable[str] = ()) -> list[str]:
        left = list(ids)
        for folder in folders:
            if not left:
                break
            found = self._in(folder, left)
            left = [ident for ident in left if ident not in found]
            if folder in junk and found:
                self.junk[folder] = list(found.values())
        return left

    def _in(self, folder: str, ids: Sequence[str]) -> dict[str, int]:
        """Which of these ids it holds, not marked for deletion, and under which uid."""
        self._mail.examine(folder)
        found: dict[str, int] = {}
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            uids = self._mail.search(f"{self._criteria} {id_criteria(some)}")
            named = links(self._mail, folder, uids) if uids else {}
            found |= {each.own: uid for uid, each in named.items() if each.own in some}
        return found
