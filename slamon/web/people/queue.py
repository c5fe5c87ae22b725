"""The queue page: who waits, nearest deadline first, as people see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from slamon.digests.rows import handling_of
from slamon.model import OPEN_STATUSES, Status
from slamon.notifiers.text import TARGETS, called
from slamon.sla.handling import UNHANDLED
from slamon.store import overview
from slamon.store.listing import COUNTED, Asked, listing
from slamon.web.people.looks import LOOKS, look
from slamon.web.people.words import line, link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant
    from slamon.sla.handling import Handling
    from slamon.sla.policy import RuleSet
    from slamon.store.facts import WaitFacts
    from slamon.store.overview import SeenChannel
    from slamon.web.people.looks import Look
    from slamon.web.people.words import Words

PAGE = 50
TEXT_ROOM = 280
NAME_ROOM = 60
LONGEST_SEARCH = 200
LISTED_CHANNELS = 300
"""More are not offered for choice, but typed."""
OVER = ("merged", "cancelled")
"""States of waits that leave the queue with the next sweep: somebody who just dismissed one does not wait for that."""
FILTERS = ("channel", "policy", "status", "text")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the page is asked for; as its address says it."""

    channel: str = ""
    policy: str = ""
    status: str = ""
    text: str = ""
    after: str = ""
    first: int = 1
    """The place in the queue of the first wait shown."""

    @property
    def narrow(self) -> bool:
        """Whether anything is left out."""
        return any(getattr(self, name) for name in FILTERS)

    def path(self, **changed: str | int) -> str:
        """The address of this page with something changed; on another page only where that is said."""
        values = {name: getattr(self, name) for name in FILTERS} | changed
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/?{query}" if query else "/"

    def asked(self) -> Asked:
        """As the store takes it; a status that nobody knows leaves nothing in."""
        return Asked(
            channels=(self.channel,) if self.channel else (),
            policies=(self.policy,) if self.policy else (),
            statuses=(Status(self.status),) if self.status in OPEN_STATUSES else (),
            text=self.text,
            after=self.after or None,
            limit=PAGE,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A wait in the queue."""

    wait: int
    look: Look
    due_at: Instant | None
    """`None`: nothing is promised, or it is history."""
    late: bool
    history: bool
    """It was late before it was first read."""
    started_at: Instant
    customer: str
    channel: str
    platform: str
    policy: str
    target: str
    text: str
    messages: int
    permalink: str
    held: str
    """In whose hands it is; empty: nobody's."""
    doubt: str
    """Why the verdict may be wrong."""


@dataclass(frozen=True, slots=True)
class Blind:
    """A channel that was not read for too long."""

    name: str
    read_at: Instant | None


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of it."""

    filters: Filters
    rows: Sequence[Row]
    total: int
    complete: bool
    after: str
    """Where the next page begins; empty behind the last wait."""
    counts: Sequence[tuple[Look, int]]
    blind: Sequence[Blind]
    channels: Sequence[str]
    policies: Sequence[str]
    read_at: Instant | None
    """The oldest last read of the watched channels; `None` where one was never read."""

    @property
    def more(self) -> bool:
        """Whether waits were counted no further."""
        return self.total >= COUNTED

    @property
    def last(self) -> int:
        """The place in the queue of the last wait shown."""
        return self.filters.first + len(self.rows) - 1

    def tag(self, *more: object) -> str:
        """Equal tags, equal pages but for the clock. When a channel was read shows only where it is too long ago."""
        steady = replace(self, read_at=None) if self.rows else self
        return sha256(repr((steady, *more)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def filters_of(query: Mapping[str, str]) -> Filters:
    """What an address asks for."""
    first = query.get("first", "")
    return Filters(
        **{name: query.get(name, "").strip()[:LONGEST_SEARCH] for name in FILTERS},
        after=query.get("after", ""),
        first=int(first) if first.isascii() and first.isdigit() and 0 < len(first) < len("1000000") else 1,
    )


def read(
    tx: Connection,
    filters: Filters,
    rules: RuleSet,
    words: Words,
    blind: Callable[[SeenChannel, Instant], bool | None],
) -> Queue:
    """The page that `filters` asks for; `blind` says of a channel whether it is, or `None` of one nobody watches.

    :raises UsageError: it begins where no page ended.
    """
    asked = filters.asked()
    found = listing(tx, asked)
    verdicts = {channel: blind(channel, words.now) for channel in overview.channels(tx)}
    watched = [channel for channel, verdict in verdicts.items() if verdict is not None]
    counts = {} if filters.text else overview.counts(tx, asked.channels, asked.policies)
    policies = {policy.name for channel in watched[:LISTED_CHANNELS] for policy in rules.of(channel.name).policies}
    reads = [channel.read_at for channel in watched]
    waiting = [wait for wait in found.waits if wait.state not in OVER]
    return Queue(
        filters,
        [_row(tx, wait, words) for wait in waiting],
        found.total - len(found.waits) + len(waiting),
        found.complete,
        found.next or "",
        [(one, counts[status]) for status, one in LOOKS.items() if status in counts],
        [Blind(channel.name, channel.read_at) for channel, verdict in verdicts.items() if verdict],
        [channel.name for channel in watched] if len(watched) <= LISTED_CHANNELS else [],
        sorted(policies),
        None if None in reads else min((at for at in reads if at is not None), default=None),
    )


def _row(tx: Connection, wait: WaitFacts, words: Words) -> Row:
    newest = wait.messages[-1] if wait.messages else None
    promised = bool(wait.policy)
    late = wait.status in {Status.BREACHED, Status.UNVERIFIED}
    handled = handling_of(tx, wait, words.now) if wait.acted else UNHANDLED
    return Row(
        wait=wait.id,
        look=look(wait.status, promised=promised),
        due_at=wait.due_at if promised and not wait.history else None,
        late=late,
        history=wait.history,
        started_at=wait.started_at,
        customer=line(called(wait.author) if wait.author else wait.customer, NAME_ROOM) or "somebody",
        channel=wait.channel,
        platform=wait.platform,
        policy=wait.policy,
        target=TARGETS[wait.target],
        text=line(newest.text, TEXT_ROOM) if newest else "",
        messages=len(wait.messages),
        permalink=link(wait.messages[0].permalink) if wait.messages else "",
        held=_held(handled, words),
        doubt=_doubt(wait, words) if wait.status is Status.UNVERIFIED else "",
    )


def _held(handled: Handling, words: Words) -> str:
    parts = []
    for one, how in ((handled.acknowledged, "has it"), (handled.snoozed, "snoozed it")):
        if one is not None:
            until = f" until {words.at(one.until)}" if one.until is not None else ""
            parts.append(f"{line(one.by, NAME_ROOM)} {how}{until}")
    return "; ".join(parts)


def _doubt(wait: WaitFacts, words: Words) -> str:
    return "not read yet" if wait.read_at is None else f"not read since {words.at(wait.read_at)}"
