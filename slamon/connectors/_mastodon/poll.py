"""What one look at a Mastodon account brings, before it is handed on: statuses, their surroundings, what is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slamon.connectors._mastodon import facts
from slamon.connectors._mastodon.api import BATCHES, SINGLES
from slamon.connectors._mastodon.messages import message
from slamon.connectors._mastodon.status import ODD, read, reject
from slamon.connectors._mastodon.threads import DIALOGUE
from slamon.model import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from slamon.connectors._mastodon.api import Api
    from slamon.connectors._mastodon.status import Json, Status
    from slamon.connectors._mastodon.threads import Threads
    from slamon.connectors.base import OpenThread
    from slamon.model import Instant, Message, Reject

PARENTS = 200
"""Parents that nobody has seen and that one poll looks up, by twenties."""
CONTEXTS = 30
"""Chains that one poll follows up to their first status, at a call each; beyond, the furthest id known names them."""


class Gathered:
    """Statuses by id, each once, whichever list it came from."""

    def __init__(self) -> None:
        self.statuses: dict[str, Status] = {}
        self.arrived: dict[str, Instant] = {}
        """When a status arrived on this server, where a list told."""
        self.called: set[str] = set()
        """Statuses that a server says are for us."""
        self.rejects: list[Reject] = []

    def add(self, document: Any, arrived: Instant | None = None, *, called: bool = False) -> Status | None:  # noqa: ANN401 - any JSON
        """Keep a status; :returns: it, unless it is a boost or cannot be read."""
        try:
            status = read(document)
        except ODD as error:
            self.rejects.append(reject(document, error))
            return None
        if status is not None:
            self.statuses[status.id] = status  # what is read later is newer
            if arrived is not None:
                self.arrived[status.id] = min(arrived, self.arrived.get(status.id, arrived))
            if called:
                self.called.add(status.id)
        return status

    def keep(self, wanted: Callable[[Status], bool]) -> None:
        """Forget the statuses that nobody watches."""
        self.statuses = {ident: status for ident, status in self.statuses.items() if wanted(status)}

    def oldest_first(self) -> list[Status]:
        """All of them, in an order in which an answer follows what it answers."""
        return sorted(self.statuses.values(), key=lambda status: (status.created_at, facts.rank(status.id)))

    def messages(self, api: Api, threads: Threads, ours: frozenset[str]) -> Iterator[Message]:
        """All of them as messages, once their threads are known."""
        statuses = self.oldest_first()
        threads.add(statuses)
        _surround(api, threads, statuses)
        for status in statuses:
            thread = threads.settle(status)
            seen_at = self.arrived.get(status.id, status.created_at)
            try:
                said = message(status, thread, ours, prefix=threads.prefix(status), seen_at=seen_at)
            except ValueError as error:  # a time that no database takes
                self.rejects.append(reject({"id": status.id}, error))
                continue
            # Some servers notify of mentions that they do not list: such a one is for us, whatever its words say.
            unnamed = status.id in self.called and ours.isdisjoint(status.named.everyone)
            yield replace(said, addressed=True) if unnamed and said.side is Side.OTHER else said


def look_again(api: Api, threads: Sequence[OpenThread], limit: int | None) -> tuple[list[Json], list[str]]:
    """Look up what waits: the newest words of what is still there, and the ids of what was deleted.

    A status is not shown when it was deleted, but also when its author was suspended: that one is unknown.
    """
    authors = {ident: thread.customer for thread in threads for ident in thread.messages}
    looked_up = api.statuses(list(authors)[:limit])
    shown = [document for document in looked_up.values() if document is not None]
    hidden = [ident for ident, document in looked_up.items() if document is None][:SINGLES]
    gone: list[str] = []
    there: dict[str, bool] = {}
    for ident in hidden:
        # Servers that misread the question answer with an empty list: only a look at the status itself is proof.
        document = api.status(ident) if api.has(BATCHES) else None
        if document is not None:
            shown.append(document)
            continue
        author = authors[ident]
        if author not in there:
            there[author] = _is_there(api, author)
        if there[author]:
            gone.append(ident)
    return shown, gone


def follow_dialogues(api: Api, threads: Sequence[OpenThread], gathered: Gathered, ours: frozenset[str]) -> list[str]:
    """Our answers to the private mentions that wait, where no list of conversations tells of them.

    :returns: the dialogues that were too many to look at: unknown.
    """
    dialogues = [thread for thread in threads if thread.thread.startswith(DIALOGUE)]
    for thread in dialogues[:CONTEXTS]:
        for waiting in thread.messages[-1:]:
            _, below = api.context(waiting)
            for document in below:
                account = document.get("account") if isinstance(document, dict) else None
                if isinstance(account, dict) and account.get("id") in ours:
                    gathered.add(document)
    return [thread.thread for thread in dialogues[CONTEXTS:]]


def _is_there(api: Api, author: str) -> bool:
    account = api.account(author)
    return account is not None and account.get("suspended") is not True


def _surround(api: Api, threads: Threads, statuses: Sequence[Status]) -> None:
    """Learn what stands above `statuses`, where that is not known and matters."""
    lacking = [status for status in statuses if threads.lacks(status)]
    missing = dict.fromkeys(ident for status in lacking if (ident := threads.lacks(status)))
    threads.add(_read((api.batches(list(missing)[:PARENTS]) or {}).values()))
    asked: set[str] = set()
    for status in lacking:
        ident = threads.lacks(status)
        if ident is not None and ident not in asked and len(asked) < CONTEXTS:
            asked.add(ident)
            above, _ = api.context(status.id)
            threads.add(_read(above))


def _read(documents: Iterable[Any]) -> Iterator[Status]:
    for document in documents:
        try:
            status = read(document)
        except ODD:
            continue
        if status is not None:
            yield status
