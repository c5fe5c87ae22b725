"""The thread of each status: the Mastodon API names none, so its reply chain has to tell.

A thread is named after the first status of its chain. What is known goes before what could be asked: the threads that
messages were given earlier (kept in the cursor, or told by the store) win over a chain that was shortened since, as
Mastodon does when a status in it is deleted. Only chains that lead to a status nobody has seen cost calls: one look-up
for twenty parents, then one call for each chain that goes on above them. A direct message that replies to nothing
stands in the dialogue with those whom it is between.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from slamon.connectors._mastodon.status import answers_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slamon.connectors._mastodon.status import Status
    from slamon.connectors.base import OpenThread

DIALOGUE = "direct:"
"""Begins the names of threads that are dialogues."""
_NAME_CAP = 300
_DEPTH = 5_000
"""Steps of a chain that are followed; Mastodon shows 4,096."""


class Threads:
    """Names threads by what is known of statuses and their parents."""

    def __init__(self, remembered: Mapping[str, str], open_threads: Iterable[OpenThread], ours: frozenset[str]) -> None:
        self.messages = dict(remembered)
        """Message → thread, of messages that were handed on: each is ours or names us."""
        for thread in open_threads:
            self.messages |= dict.fromkeys(thread.messages, thread.thread)
        self.statuses: dict[str, Status] = {}
        """Statuses at hand, whether they will be handed on or not."""
        self._ours = ours

    def add(self, statuses: Iterable[Status]) -> None:
        """Have these at hand, with those that they quote."""
        for status in statuses:
            self.statuses.setdefault(status.id, status)
            if status.quoted is not None:
                self.statuses.setdefault(status.quoted.id, status.quoted)

    def name(self, status: Status) -> tuple[str, str | None]:
        """The thread of `status`, and the id of the status above it that would have to be known to be sure."""
        path: dict[str, None] = {}
        here = status
        for _ in range(_DEPTH):
            if here.id in self.messages:
                return self.messages[here.id], None
            path[here.id] = None
            above = answers_to(here, self._ours)
            if above is None:
                return self._first(here), None
            if above in self.messages:
                return self.messages[above], None
            if above in path:  # a ring: no server should send one
                return min(path), None
            if above not in self.statuses:
                return above, above
            here = self.statuses[above]
        return here.id, None

    def lacks(self, status: Status) -> str | None:
        """The id of a status that has to be known before `status` is understood; `None` where nothing is missing."""
        _, unknown = self.name(status)
        return unknown or self._unexplained(status)

    def prefix(self, status: Status) -> frozenset[str]:
        """Whom an app names at the beginning of a reply such as `status`: its parent's author and whom that names.

        Of a parent that nobody can see, all but us are taken for such: a name of ours is then one that was typed, so
        that no customer is overlooked.
        """
        if status.reply_to in self.statuses:
            return self.statuses[status.reply_to].people
        others = status.people - self._ours | {status.reply_to_author or ""}
        return others | self._ours if status.reply_to in self.messages else others

    def settle(self, status: Status) -> str:
        """The thread of `status`, from now on and for good."""
        thread, _ = self.name(status)
        # Last in, last out: a message that is read again is remembered as if it were new.
        self.messages.pop(status.id, None)
        self.messages[status.id] = thread
        return thread

    def _unexplained(self, status: Status) -> str | None:
        """The parent without which the names that a reply begins with cannot be told apart."""
        if status.reply_to is None or status.reply_to in self.statuses:
            return None
        names = {*status.named.leading, *status.named.unseen} - {status.reply_to_author, status.author.id}
        if status.reply_to in self.messages:  # it is ours or names us: a name of ours is carried on
            names -= self._ours
        return status.reply_to if names else None

    def _first(self, status: Status) -> str:
        others = sorted(status.people - self._ours)
        if not status.direct or not others:
            return status.id
        name = DIALOGUE + ",".join(others)
        return name if len(name) <= _NAME_CAP else DIALOGUE + sha256(name.encode()).hexdigest()
