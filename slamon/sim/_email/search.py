"""What SEARCH finds, by the keys that mail programs use (RFC 9051, section 6.4.4); any other key is BAD."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slamon.model import SECOND
from slamon.sim._email.shape import MONTHS, section
from slamon.sim._email.words import BadCommandError, Token, in_set, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.sim._email.box import Folder, Mail

    Matches = Callable[[Mail], bool]

FLAGS = {"SEEN": "\\Seen", "DELETED": "\\Deleted", "ANSWERED": "\\Answered", "DRAFT": "\\Draft", "FLAGGED": "\\Flagged"}


def matching(folder: Folder, criteria: list[Token]) -> list[int]:
    """Uids of the mails that fulfil all of `criteria`, in order.

    :raises BadCommandError: no such criterion.
    """
    if not criteria:
        raise BadCommandError("Missing search criteria")
    keys = _Keys(folder, criteria)
    wanted = keys.all()
    return [mail.uid for mail in folder.mails if all(matches(mail) for matches in wanted)]


class _Keys:
    def __init__(self, folder: Folder, criteria: list[Token]) -> None:
        self.folder = folder
        self.left = list(criteria)

    def all(self) -> list[Matches]:
        """Every criterion that is left."""
        found = []
        while self.left:
            found.append(self.one())
        return found

    def one(self) -> Matches:
        """The next criterion with its arguments."""
        token = self._next()
        if isinstance(token, list):
            inner = _Keys(self.folder, token)
            all_of = inner.all()
            return lambda mail: all(matches(mail) for matches in all_of)
        return self._named(text(token).upper())

    def _named(self, key: str) -> Matches:
        if key in {"ALL", "NOT", "OR"}:
            return self._joined(key)
        if key == "UID":
            largest = max((mail.uid for mail in self.folder.mails), default=0)
            ranges = in_set(text(self._next()), largest)
            return lambda mail: any(mail.uid in each for each in ranges)
        if key in {"SINCE", "BEFORE"}:
            return self._day(text(self._next()), since=key == "SINCE")
        if key == "HEADER":
            return self._header(text(self._next()), text(self._next()))
        return self._flag(key)

    def _joined(self, key: str) -> Matches:
        if key == "ALL":
            return lambda _: True
        first = self.one()
        if key == "NOT":
            return lambda mail: not first(mail)
        second = self.one()
        return lambda mail: first(mail) or second(mail)

    def _flag(self, key: str) -> Matches:
        flag = FLAGS.get(key.removeprefix("UN"))
        if flag is None:
            raise BadCommandError(f"Unknown argument {key}")
        return lambda mail: (flag in mail.flags) is not key.startswith("UN")

    def _day(self, words: str, *, since: bool) -> Matches:
        try:
            day, month, year = words.split("-")
            start = datetime(int(year), MONTHS.index(month) + 1, int(day), tzinfo=UTC)
        except ValueError:
            raise BadCommandError(f"Invalid search date {words}") from None
        at = int(start.timestamp()) * SECOND
        return lambda mail: (mail.at >= at) is since

    def _header(self, field: str, words: str) -> Matches:
        def matches(mail: Mail) -> bool:
            found = section(mail, f"HEADER.FIELDS ({field})") or b""
            return (
                words.lower() in b" ".join(found.split()).decode("utf-8", "replace").lower() if found.strip() else False
            )

        return matches

    def _next(self) -> Token:
        if not self.left:
            raise BadCommandError("Missing argument")
        return self.left.pop(0)
