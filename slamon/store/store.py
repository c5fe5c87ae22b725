"""The store as the daemon uses it: whole transactions, each a method, with the gate's class of each."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from slamon.model import Reject
from slamon.store import migrate, orders, outbox, polls, queue, reconcile, retention, scrape
from slamon.store.byhand import keep
from slamon.store.database import BadValuesError, Database
from slamon.store.record import Outcome, record
from slamon.store.save import Batch, Saved, save
from slamon.store.schema import meta

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant, Millis
    from slamon.sla.fold import FoldSettings
    from slamon.sla.orders import Standing
    from slamon.sla.policy import RuleSet
    from slamon.store.polls import ChannelRow, Waiting
    from slamon.store.queue import DueWait
    from slamon.store.snapshot import Snapshot


class Store:
    """One open database. Thread-safe."""

    def __init__(self, url: str, *, write: bool = True) -> None:
        """Open, and with `write` migrate, the database.

        :raises StoreError: it cannot be used; the text says why and what to do.
        """
        self.database = Database(url, write=write)
        self.drift = 0
        try:
            if write:
                with self.database.told():
                    migrate.migrate(self.database.writer)
            with self.read() as tx:
                migrate.check(tx)
                self.id = str(tx.execute(select(meta.c.value).where(meta.c.key == "id")).scalar_one())
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A short transaction that only reads."""
        with self.database.read() as tx:
            yield tx

    @contextmanager
    def write(self, *, urgent: bool = True) -> Iterator[Connection]:
        """A transaction of its own, before all polls unless told otherwise."""
        with self.database.write(urgent=urgent) as tx:
            yield tx

    def close(self) -> None:
        """Close the connections and let the next process write."""
        self.database.close()

    # --- polling

    def register(self, name: str, platform: str) -> ChannelRow:
        """The channel of that name, made where it is new."""
        with self.read() as tx:
            known = polls.named(tx, name)
        if known is not None:
            return known
        self.register_all([(name, platform)])
        return self.register(name, platform)

    def register_all(self, channels: Sequence[tuple[str, str]]) -> None:
        """Make channels (name, platform) that are new, all at once: one by one, ten thousand take seven seconds."""
        with self.write() as tx:
            polls.register(tx, channels)

    def pin(self, channel: int, identity: str) -> str | None:
        """Pin the channel's account; :returns: the pinned one, where it is another."""
        with self.write() as tx:
            return polls.pin(tx, channel, identity)

    def begin_poll(self, channel: int, now: Instant) -> ChannelRow:
        """Start a poll of the channel at `now`; it writes only where history begins with it."""
        with self.read() as tx:
            row = polls.of(tx, channel)
        if not polls.begins_history(row, now):
            return row
        with self.write(urgent=False) as tx:
            if row.read_at is None:  # so far blind since its history began the last time
                polls.count_blind(tx, channel, 0, now)
            polls.begin_history(tx, channel, now)
        return replace(row, history_before=now)

    def cursor(self, channel: int) -> str | None:
        """Where the channel's last complete poll ended."""
        with self.read() as tx:
            return polls.cursor(tx, channel)

    def save(self, batch: Batch, settings: FoldSettings, now: Instant, *, urgent: bool = False) -> Saved:
        """Save one page; one with something in it that cannot be kept is saved post by post, the bad ones kept aside.

        :raises StoreError: the database cannot be used; nothing of the post that met it was kept, nor lost.
        """
        if not (batch.messages or batch.gone or batch.partial or batch.rejects):
            return Saved()  # the end of a read that brought nothing takes no turn at the gate
        try:
            return self._save(batch, settings, now, urgent=urgent)
        except BadValuesError:
            total = self._save(replace(batch, messages=()), settings, now)
        for message in batch.messages:
            total.add(self._save_one(replace(batch, messages=(message,), gone=(), rejects=()), settings, now))
        return total

    def _save(self, batch: Batch, settings: FoldSettings, now: Instant, *, urgent: bool = False) -> Saved:
        with self.write(urgent=urgent) as tx:
            return save(tx, batch, settings, now)

    def _save_one(self, batch: Batch, settings: FoldSettings, now: Instant) -> Saved:
        try:
            return self._save(batch, settings, now)
        except BadValuesError as error:
            rejects = [Reject(message.id, str(error), repr(message)) for message in batch.messages]
            return self._save(Batch(batch.channel, rejects=rejects), settings, now)

    def keep(self, channel: int, messages: Sequence[str], settings: FoldSettings, now: Instant) -> Saved:
        """These messages need a reply after all, and their threads are read anew; no later reading undoes that."""
        with self.write() as tx:
            return keep(tx, channel, messages, settings, now)

    def standing(self, channel: int, since: Instant) -> list[Standing]:
        """What people ordered for messages of the channel that were written at `since` or later."""
        with self.read() as tx:
            return orders.standing(tx, channel, since)

    def move_cursor(self, channel: int, to: str) -> None:
        """The next poll goes on from `to`; the channel was not read through."""
        with self.write(urgent=False) as tx:
            polls.move_cursor(tx, channel, to)

    def complete_poll(
        self, channel: int, cursor: str | None, started_at: Instant, now: Instant, blind_after: Millis | None = None
    ) -> tuple[bool, polls.Pressure]:
        """The poll that began at `started_at` missed nothing: move cursor and watermark, wake what hung on them.

        :param blind_after: counts for how long the channel was blind until now.
        :returns: whether there is something to decide, and how urgently the channel wants to be read again.
        """
        with self.write(urgent=True) as tx:
            if blind_after is not None:
                polls.count_blind(tx, channel, blind_after, now)
            polls.complete(tx, channel, cursor, started_at)
            asked = polls.wake_asked(tx, channel, now)
            woken, after = polls.wake_unsettled(tx, channel, 0, started_at, now)
            pressure = polls.pressure(tx, channel, now)
        while after is not None:
            with self.write(urgent=False) as tx:
                _, after = polls.wake_unsettled(tx, channel, after, started_at, now)
        return asked or woken, pressure

    def checked(self, waits: Sequence[int], started_at: Instant, now: Instant) -> None:
        """These waits were looked at once more by a complete read that began at `started_at`."""
        with self.write(urgent=True) as tx:
            polls.checked(tx, waits, started_at, now)

    def open_threads(self, channel: int, now: Instant, most: int) -> list[Waiting]:
        """The threads of the channel in which somebody waits, most urgent first, at most so many."""
        with self.read() as tx:
            waits = polls.open_waits(tx, channel, now, most)
            found = {each.wait: each for each in polls.waiting(tx, waits)}
        return [found[wait] for wait in waits if wait in found]

    def waiting(self, waits: Sequence[int]) -> list[Waiting]:
        """The threads and messages of these waits."""
        with self.read() as tx:
            return polls.waiting(tx, waits)

    # --- deciding

    def due(self, now: Instant, rules: RuleSet, limit: int) -> list[DueWait]:
        """Waits with something due at `now`."""
        with self.read() as tx:
            return queue.due(tx, now, rules, limit)

    def fresh(self, rules: RuleSet, limit: int) -> list[DueWait]:
        """New waits that nobody looked at yet."""
        with self.read() as tx:
            return queue.fresh(tx, rules, limit)

    def next_at(self) -> Instant | None:
        """The nearest instant at which there is something to decide."""
        with self.read() as tx:
            return queue.next_at(tx)

    def record(self, outcomes: Sequence[Outcome], now: Instant, *, urgent: bool) -> int:
        """Write what was decided; :returns: how many letters are to be sent for it."""
        with self.write(urgent=urgent) as tx:
            return record(tx, outcomes, now)

    def notify(self, key: str, text: str, readers: Sequence[outbox.Reader], now: Instant) -> int:
        """Tell these readers something that is about no wait, once for each `key`; :returns: how many letters are new.

        `text` may hold what strangers wrote, in lines; what a receiver has no room for is cut.
        """
        with self.write() as tx:
            return outbox.notify(tx, key, text, readers, now)

    # --- life

    def recover(self, settle: Millis, now: Instant) -> int:
        """After a start: take up what the last process left; :returns: how many sends have an unknown outcome."""
        with self.write() as tx:
            polls.reopen_questions(tx, now)
            outbox.put_forward(tx, now)
            return outbox.orphaned(tx, settle, now)

    def rematch(self, rules: str) -> None:
        """Have all open waits decided anew that other rules matched, a slice at a turn."""
        after: int | None = 0
        while after is not None:
            with self.write(urgent=False) as tx:
                after = polls.rematch(tx, rules, after)

    def reconcile(self) -> int:
        """Count again what is kept as counts; :returns: the drift."""
        with self.read() as tx:
            self.drift = reconcile.drift(tx)
        return self.drift

    def retain(self, channel: int, texts_since: Instant | None, names_since: Instant | None) -> None:
        """Drop what customers wrote before then, and their names likewise; `None`: all of it stays."""
        for since, drop in ((texts_since, retention.drop_texts), (names_since, retention.drop_names)):
            more = since is not None
            while more:
                with self.write(urgent=False) as tx:
                    more = drop(tx, channel, since or 0)

    def snapshot(self, blind_after: Mapping[str, Millis], now: Instant) -> Snapshot:
        """What is exported, of one moment."""
        with self.read() as tx:
            return scrape.snapshot(tx, blind_after, now, self.drift)
