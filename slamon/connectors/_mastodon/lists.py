"""The lists that a poll of Mastodon reads, and what is to remember of each while its pages come, newest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from slamon.connectors._mastodon import facts
from slamon.connectors._mastodon.cursor import Mark
from slamon.model import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors.base import Identity
    from slamon.model import Instant, Millis

PAGE_SIZE = 40
"""What every server grants: Mastodon 80 of notifications and 40 of statuses, GoToSocial 80, mastodon_mock 40."""
PAGE_LIMIT = 100
"""Pages of one list in one poll: a third of what Mastodon grants in 15 minutes."""
FEDERATION: Millis = 6 * HOUR
"""How late a post may arrive from another server: it is then listed where it was written, not where it arrived."""
OLDEST = 3
"""How many entries at the end of a page must be too old for the list to be read through: one may be out of order."""
LEEWAY: Millis = MINUTE
"""How far an entry may be out of order."""

MENTIONS = "mentions"


@dataclass(frozen=True, slots=True)
class StatusList:
    """One list that is read: its name in metrics, its path, its key in the cursor, and what is asked of it."""

    endpoint: str
    path: str
    key: str
    params: Mapping[str, str | int | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """What of a list's entry says where it stands."""

    id: str
    at: Instant
    remote: bool = False
    """Written on another server: it may have been put in later, behind newer ones."""


class Reading:
    """One list while it is read, page by page: down to the entry `mark`, or else to the instant `start`."""

    def __init__(self, mark: Mark | None, start: Instant) -> None:
        self.mark = mark
        self.start = start
        self.gap = False
        """Something that should have been read is out of reach."""
        self.seen: dict[str, Entry] = {}
        self._settled: Instant | None = None

    @property
    def floor(self) -> Instant:
        """Nothing older than this is wanted."""
        return self.start if self.mark is None else self.mark.at - LEEWAY

    def take(self, entries: Sequence[Entry], settled: Instant) -> bool:
        """Note a page; what came into being before `settled`, by the server's clock, was all there to be seen.

        :returns: whether older pages are worth asking for: this one brought something new, and nothing too old.
        """
        self._settled = settled if self._settled is None else self._settled
        if not entries:  # nothing on it can be read: what is behind it may be
            return True
        fresh = [entry for entry in entries if entry.id not in self.seen]
        self.seen |= {entry.id: entry for entry in fresh}
        return bool(fresh) and max(entry.at for entry in fresh[-OLDEST:]) >= self.floor

    def wants(self, entry: Entry | None) -> bool:
        """Whether this entry is new since the last poll: servers that ignore `since_id` show older ones too.

        One that cannot be read is, for it may be.
        """
        return entry is None or (entry.at >= self.floor and not (self.mark and entry.id == self.mark.id))

    def goes_on(self) -> Mark | None:
        """Where the next poll of this list goes on. Never goes back."""
        late = any(entry.remote for entry in self.seen.values())
        settled = (self._settled or 0) - (FEDERATION if late else 0)
        fit = [entry for entry in self.seen.values() if entry.at <= settled]
        newest = max(fit, key=lambda entry: (entry.at, facts.rank(entry.id)), default=None)
        if newest is None or (self.mark is not None and newest.at < self.mark.at):
            return self.mark
        return Mark(newest.id, newest.at)


CONVERSATIONS = StatusList("conversations", "/api/v1/conversations", "conversations", {"limit": PAGE_SIZE})
"""The account's dialogues, each with its last status, newest first."""


def notifications(types: Sequence[str], *, plain: bool) -> StatusList:
    """What others wrote to the account. `plain` leaves out whatever an old or other server may not know."""
    params: dict[str, str | int | Sequence[str]] = {"types[]": ["mention"]}
    if not plain:
        params |= {"types[]": types, "include_filtered": "true", "limit": PAGE_SIZE}
    return StatusList("notifications", "/api/v1/notifications", MENTIONS, params)


def own_statuses(identity: Identity) -> list[StatusList]:
    """What the account and each of its team wrote; replies stay in, for they are what is looked for."""
    params: dict[str, str | int | Sequence[str]] = {"exclude_reblogs": "true", "limit": PAGE_SIZE}
    users = dict.fromkeys((identity.account, *identity.team))
    return [StatusList("account_statuses", account_path(user) + "/statuses", user, params) for user in users]


def account_path(user: str) -> str:
    """Where an account is found by its id."""
    return f"/api/v1/accounts/{quote(user, safe='')}"
