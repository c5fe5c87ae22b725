"""A store to look into: what stands in it, in a form that two runs can be compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from said import SETTINGS, at
from slamon.store.save import Batch
from slamon.store.schema import conversation, message, metadata, tally, timer, wait

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row

    from slamon.model import Message
    from slamon.sla.fold import FoldSettings
    from slamon.store.save import Saved
    from slamon.store.store import Store


class Shelf:
    """One channel of a store; pages are saved as a poll would save them."""

    def __init__(self, store: Store, name: str = "acme-x") -> None:
        self.store = store
        self.name = name
        self.channel = store.register(name, "x").id

    def save(
        self, *messages: Message, now: float = 0, settings: FoldSettings = SETTINGS, **more: Iterable[Any]
    ) -> Saved:
        """Save one page at that minute."""
        parts: dict[str, Any] = {name: tuple(given) for name, given in more.items()}
        return self.store.save(Batch(self.channel, messages, **parts), settings, at(now))

    def waits(self) -> list[Row[Any]]:
        """All waits that stand, in the order of their conversation and number, each with its message ids."""
        with self.store.read() as tx:
            chosen = (
                select(wait, conversation.c.thread, conversation.c.customer)
                .join(conversation, conversation.c.id == wait.c.conversation)
                .where(wait.c.channel == self.channel, wait.c.state != "merged")
                .order_by(conversation.c.thread, conversation.c.customer, wait.c.number)
            )
            return list(tx.execute(chosen).all())

    def the_wait(self) -> Row[Any]:
        """The only one."""
        (found,) = self.waits()
        return found

    def messages_of(self, wait_id: int) -> set[str]:
        """Ids of the messages of a wait."""
        with self.store.read() as tx:
            return set(tx.execute(select(message.c.id).where(message.c.wait == wait_id)).scalars())

    def message(self, id_: str) -> Row[Any]:
        """A stored message."""
        with self.store.read() as tx:
            return tx.execute(select(message).where(message.c.channel == self.channel, message.c.id == id_)).one()

    def facts(self) -> list[tuple[Any, ...]]:
        """What the waits say, without their ids."""
        return [
            (
                row.thread,
                row.customer,
                row.number,
                row.turn,
                row.episode,
                row.state,
                row.started_at,
                row.last_message_at,
                row.answered_at,
                row.answered_by,
                row.cancelled_at,
                frozenset(self.messages_of(row.id)),
            )
            for row in self.waits()
        ]

    def timers(self) -> dict[int, Row[Any]]:
        """The timer of each wait of the channel, merged ones included; of two, that of the later turns."""
        with self.store.read() as tx:
            rows = tx.execute(
                select(timer).where(timer.c.channel == self.channel).order_by(timer.c.wait, timer.c.target)
            )
            return {row.wait: row for row in rows}

    def settled(self) -> dict[tuple[int, str], str]:
        """How each timer was settled, by wait and target."""
        with self.store.read() as tx:
            rows = tx.execute(select(timer).where(timer.c.channel == self.channel, timer.c.settled.is_not(None)))
            return {(row.wait, row.target): row.settled for row in rows}

    def counts(self, prefix: str = "") -> dict[tuple[str, str, str], int]:
        """The kept counts of the channel, by (policy, target, name); zeros left out."""
        with self.store.read() as tx:
            rows = tx.execute(select(tally).where(tally.c.channel == self.channel)).all()
        return {(r.policy, r.target, r.name): r.n for r in rows if r.n and r.name.startswith(prefix)}


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    with store.read() as tx:
        return {
            table.name: sorted((tuple(row) for row in tx.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def clear(store: Store) -> None:
    """Delete all rows but the database's own id."""
    with store.write() as tx:
        for table in metadata.sorted_tables:
            if table.name != "meta":
                tx.execute(table.delete())
