"""Which rules open waits are held to, as the reload uses it: whole transactions, each a method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.store import outbox, rematch, rulesets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from slamon.model import Instant
    from slamon.store.outbox import Reader
    from slamon.store.rematch import Left
    from slamon.store.store import Store

CANCELLED_AT_ONCE = 200
"""Waits cancelled in one turn at the gate."""


class Ruling:
    """Rule sets in the store, and open waits under them. Thread-safe, as the store is."""

    def __init__(self, store: Store) -> None:
        self.store = store

    # --- rule sets

    def in_force(self) -> tuple[str, ...]:
        """The versions that open waits may be held to, the newest last; empty before the first start."""
        with self.store.read() as tx:
            return rulesets.in_force(tx)

    def since(self, version: str) -> Instant | None:
        """When a rule set came into force last; `None` when it is not kept."""
        with self.store.read() as tx:
            return rulesets.loaded_at(tx, version)

    def take(self, version: str, files: Mapping[str, bytes], before: Sequence[str], now: Instant) -> None:
        """`version` comes into force after those `before`."""
        with self.store.write() as tx:
            rulesets.take(tx, version, files, before, now)

    def settled(self, version: str) -> None:
        """Every open wait is held to `version`, or was found to be promised the same by it."""
        with self.store.write() as tx:
            rulesets.settled(tx, version)

    def files_of(self, version: str) -> dict[str, bytes] | None:
        """The files of a rule set that was in force; `None` when they are not kept."""
        with self.store.read() as tx:
            return rulesets.files_of(tx, version)

    def held(self, channels: Collection[int]) -> set[str]:
        """The versions that open waits of these channels were matched under."""
        with self.store.read() as tx:
            return rulesets.held(tx, channels)

    def forget(self) -> None:
        """Drop old rule sets that no open wait refers to."""
        with self.store.read() as tx:
            old = rulesets.old(tx)
            unused = set(old) - rulesets.held(tx) if old else set()
        if unused:
            with self.store.write(urgent=False) as tx:
                rulesets.forget(tx, unused)

    # --- faults

    def refuse(self, key: str, text: str, readers: Sequence[Reader], now: Instant) -> None:
        """Tell of faults, once for each `key` until they are mended."""
        with self.store.write() as tx:
            outbox.notify(tx, f"rules:{rulesets.mended(tx)}:{key}", text, readers, now)
            rulesets.set_refused(tx, key)

    def mend(self, text: str, readers: Sequence[Reader], now: Instant) -> None:
        """Tell that the faults that were told of last are mended, if there were any."""
        with self.store.read() as tx:
            told = rulesets.refused(tx)
        if told:
            with self.store.write() as tx:
                times = rulesets.mended(tx)
                outbox.notify(tx, f"mended:{times}", text, readers, now)
                rulesets.set_mended(tx, times + 1)

    # --- open waits

    def put_up(self, waits: Sequence[int], version: str) -> int:
        """Have these decided anew; :returns: how many still needed it."""
        with self.store.write(urgent=False) as tx:
            return rematch.put_up(tx, waits, version)

    def backlog(self, most: int) -> int:
        """How many waits are put up and not decided yet, counted up to `most`."""
        with self.store.read() as tx:
            return rematch.backlog(tx, most)

    def unwatched(self, watched: Collection[int]) -> list[Left]:
        """Channels with open waits that are not among those watched, by number."""
        with self.store.read() as tx:
            return rematch.unwatched(tx, watched)

    def leave(self, left: Left, text: str, readers: Sequence[Reader], now: Instant) -> None:
        """Cancel the waits of a channel that is not watched any more, and tell of it, once."""
        done = CANCELLED_AT_ONCE
        while done == CANCELLED_AT_ONCE:
            with self.store.write(urgent=False) as tx:
                outbox.notify(tx, f"unwatched:{left.name}:{left.newest}", text, readers, now)
                done = rematch.cancel(tx, left.channel, now, CANCELLED_AT_ONCE)
