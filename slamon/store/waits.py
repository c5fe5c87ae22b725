"""Folded waits → stored ones: each keeps the number of the stored wait with which it shares a customer message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from slamon.model import BY_HAND
from slamon.sla.fold import BOT_CLOSED
from slamon.store import serials, sql
from slamon.store.schema import FRESH, conversation, wait

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection

    from slamon.model import Instant
    from slamon.sla.fold import Folded, FoldedWait

_STORED = (
    select(
        wait.c.id,
        wait.c.number,
        wait.c.turn,
        wait.c.episode,
        wait.c.state,
        wait.c.started_at,
        wait.c.last_message_at,
        wait.c.answered_at,
        wait.c.answered_by,
        wait.c.cancelled_at,
        wait.c.partial,
        wait.c.reason,
        wait.c.acknowledged_at,
        wait.c.holding_at,
        wait.c.followed_up_at,
        wait.c.bot_at,
        wait.c.suspected,
        conversation.c.thread,
        conversation.c.customer,
    )
    .join(conversation, conversation.c.id == wait.c.conversation)
    .where(
        conversation.c.channel == bindparam("channel"),
        conversation.c.thread.in_(bindparam("threads", expanding=True)),
    )
)

_CONVERSATIONS = select(conversation.c.id, conversation.c.thread, conversation.c.customer).where(
    conversation.c.channel == bindparam("channel"), conversation.c.thread.in_(bindparam("threads", expanding=True))
)

_FACTS = (
    "number",
    "turn",
    "episode",
    "state",
    "started_at",
    "last_message_at",
    "answered_at",
    "answered_by",
    "cancelled_at",
    "partial",
    "reason",
    "acknowledged_at",
    "holding_at",
    "followed_up_at",
    "bot_at",
    "suspected",
)

ENDED_BY_SILENCE = ("abandoned", BOT_CLOSED)
"""States that the evaluator gives to an open wait; the fold knows no clock."""

_NEW = ("id", "conversation", "channel", "next_at", "revision", *_FACTS)
_PLAIN = len(_NEW) - 6
"""So many columns of a new wait say something where nobody answered yet: the others are left out of the INSERT."""

_CHANGE = (
    update(wait)
    .where(wait.c.id == bindparam("at_id"))
    .values(
        {name: bindparam(name) for name in (*_FACTS, "conversation", "next_at")} | {"revision": wait.c.revision + 1}
    )
)

_MERGE = (
    update(wait)
    .where(wait.c.id == bindparam("at_id"))
    .values(
        state="merged",
        merged_into=bindparam("into"),
        next_at=bindparam("next_at"),
        revision=wait.c.revision + 1,
    )
)

_END = (
    update(wait)
    .where(wait.c.id == bindparam("at_id"))
    .values(
        state="merged",
        merged_into=None,
        reason=bindparam("how"),
        cancelled_at=bindparam("next_at"),
        next_at=bindparam("next_at"),
        revision=wait.c.revision + 1,
    )
)


class Waits:
    """The waits of the threads of one page, on their way into the store."""

    def __init__(self, tx: Connection, channel: int, now: Instant) -> None:
        self.tx = tx
        self.channel = channel
        self.now = now
        self.of: dict[str, int] = {}
        """Customer message → wait, for all messages of the threads."""
        self.moved: set[str] = set()
        """Stored messages whose wait is another one now, or none any more."""
        self.suspected = 0
        """How many waits turned out to have an answer that a machine may have given."""
        self.edited: AbstractSet[str] = frozenset()
        """Stored messages that read otherwise now, or are gone: an open wait with one is decided, and shown, anew."""
        self._before: Mapping[str, int | None] = {}
        self._stored: dict[int, Any] = {}
        self._conversations: dict[tuple[str, str], int] = {}
        self._keys: dict[tuple[str, str], None] = {}
        """(thread, customer) of all that is to be written."""
        self._new: list[tuple[str, FoldedWait, bool]] = []
        self._changed: list[dict[str, Any]] = []
        self._merged: list[dict[str, Any]] = []
        self._ended: list[dict[str, Any]] = []
        """By a person's word."""

    @property
    def touched(self) -> int:
        """How many waits the evaluator has to look at."""
        return len(self._new) + len(self._changed) + len(self._merged) + len(self._ended)

    def load(self, threads: Sequence[str], before: Mapping[str, int | None]) -> None:
        """Read what is stored of these threads; `before` says which message belongs to which wait."""
        self._before = before
        where = {"channel": self.channel, "threads": threads}
        self._stored = {row.id: row for row in self.tx.execute(_STORED, where)}
        self._conversations = {(row.thread, row.customer): row.id for row in self.tx.execute(_CONVERSATIONS, where)}

    def fold(self, thread: str, folded: Folded, *, partial: bool) -> None:
        """Match the waits of one thread with the stored ones; the earliest stored one gives its number.

        A stored one that is left over was merged into another, or none of its messages waits for an answer any more.
        """
        taken: set[int] = set()
        keepers: dict[int, int] = {}
        for found in folded.waits:
            shared = sorted({w for m in found.messages if (w := self._before.get(m)) is not None} - {0})
            free = [w for w in shared if w not in taken and w in self._stored]
            if not free:
                self._new.append((thread, found, partial))
                self._keys[thread, found.customer] = None
                continue
            taken.add(free[0])
            keepers |= dict.fromkeys(free[1:], free[0])
            self._keep(free[0], thread, found, partial=partial)
        # What a person dropped stays with the wait that ended by it: taken back, it is that wait again.
        ended = {said: of for said, how in folded.no_reply.items() if how in BY_HAND and (of := self._before.get(said))}
        ended = {said: of for said, of in ended.items() if of not in taken}
        self._leave(thread, taken, keepers, {of: folded.no_reply[said] for said, of in ended.items()})
        placed = {id_ for found in folded.waits for id_ in found.messages} | ended.keys()
        self.moved |= {id_ for id_ in folded.roles if self._before.get(id_) is not None and id_ not in placed}

    def _leave(self, thread: str, taken: set[int], keepers: Mapping[int, int], how: Mapping[int, str]) -> None:
        """The stored waits of the thread that none of the folded ones is."""
        for id_, stored in self._stored.items():
            if stored.thread != thread or id_ in taken or stored.state == "merged":
                continue
            if id_ in how and id_ not in keepers:
                self._ended.append({"at_id": id_, "how": how[id_], "next_at": self.now})
            else:
                self._merged.append({"at_id": id_, "into": keepers.get(id_), "next_at": self.now})

    def write(self) -> None:
        """Write new waits with their conversations, changed ones, merged ones."""
        self._insert_conversations()
        if self._new:
            self._insert()
        if self._changed:
            places = [{"conversation": self._conversations[change.pop("key")]} for change in self._changed]
            self.tx.execute(_CHANGE, [change | place for change, place in zip(self._changed, places, strict=True)])
        if self._merged:
            self.tx.execute(_MERGE, self._merged)
        if self._ended:
            self.tx.execute(_END, self._ended)

    def _keep(self, id_: int, thread: str, found: FoldedWait, *, partial: bool) -> None:
        for said in found.messages:
            self.of[said] = id_
            if said in self._before and self._before[said] != id_:
                self.moved.add(said)
        stored = self._stored[id_]
        read = _facts(found, partial=partial or (stored.partial and found.answered_at is None))
        facts = dict(zip(_FACTS, read, strict=True))
        self.suspected += bool(facts["suspected"] and not stored.suspected)
        silent = stored.state in ENDED_BY_SILENCE and facts["last_message_at"] == stored.last_message_at
        if silent and facts["state"] == "open":
            facts["state"] = stored.state
        reads_otherwise = facts["state"] == "open" and not self.edited.isdisjoint(found.messages)
        renamed = stored.customer != found.customer
        if reads_otherwise or renamed or any(facts[name] != getattr(stored, name) for name in _FACTS):
            self._keys[thread, found.customer] = None
            self._changed.append(facts | {"at_id": id_, "next_at": self.now, "key": (thread, found.customer)})

    def _insert(self) -> None:
        first = serials.take(self.tx, "wait", len(self._new))
        inserted = []
        for id_, (thread, found, partial) in enumerate(self._new, first):
            self.suspected += found.suspected
            for said in found.messages:
                self.of[said] = id_
                if said in self._before:
                    self.moved.add(said)
            conversation_id = self._conversations[thread, found.customer]
            inserted.append((id_, conversation_id, self.channel, FRESH, 0, *_facts(found, partial=partial)))
        plain = [row[:_PLAIN] for row in inserted if not any(row[_PLAIN:])]
        sql.insert_rows(self.tx, wait, _NEW[:_PLAIN], plain)
        if len(plain) < len(inserted):
            sql.insert_rows(self.tx, wait, _NEW, [row for row in inserted if any(row[_PLAIN:])])

    def _insert_conversations(self) -> None:
        missing = [key for key in self._keys if key not in self._conversations]
        if not missing:
            return
        first = serials.take(self.tx, "conversation", len(missing))
        self._conversations |= {key: id_ for id_, key in enumerate(missing, first)}
        values = [(self._conversations[key], self.channel, *key) for key in missing]
        sql.insert_rows(self.tx, conversation, ("id", "channel", "thread", "customer"), values)


def _facts(found: FoldedWait, *, partial: bool) -> tuple[Any, ...]:
    """What is stored of a folded wait, in the order of `_FACTS`."""
    return (
        found.number,
        found.turn,
        found.episode,
        _state(found),
        found.started_at,
        found.last_message_at,
        found.answered_at,
        found.answered_by,
        found.cancelled_at,
        partial,
        found.reason or None,
        found.acknowledged_at,
        found.holding_at,
        found.followed_up_at,
        found.bot_at,
        found.suspected or None,
    )


def _state(found: FoldedWait) -> str:
    if found.cancelled_at is not None:
        return "cancelled"
    return "open" if found.answered_at is None else "answered"
