"""What was past due when a channel was first read, or read again after a day: one digest, never single alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.digests.rows import SHOWN
from slamon.digests.said import Said, loads
from slamon.model import DAY
from slamon.notifiers.text import clock
from slamon.occasions.base import Paced, keep, opens, people
from slamon.store import digests, occasions, polls
from slamon.store.digests import Opening

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant
    from slamon.occasions.base import World
    from slamon.store.digests import StoredDigest
    from slamon.store.polls import ChannelRow

KIND = "history"
NOTE = (
    "They are measured apart, and nobody is told of them one by one. "
    "A new message of such a customer counts from that message on."
)


class Histories:
    """One digest for each channel whose history was found."""

    name = "history"

    def __init__(self, world: World) -> None:
        self.world = world
        self.paced = Paced()
        self._done: set[tuple[int, Instant | None]] = set()
        """Channels whose history is told, or empty."""

    def look(self, now: Instant) -> None:
        """Tell of what a complete read has found, once all of it is decided; keep what was told today."""
        audience = self.world.audiences.get(None)
        watched = set(self.world.channels)
        with self.world.store.read() as tx:
            found = [row for row in occasions.begun(tx, now - DAY) if row.name in watched]
            standing = [(of, polls.named(tx, of.channel or "")) for of in occasions.standing(tx, KIND)]
        for row in found if audience else ():
            if (row.id, row.history_before) not in self._done:
                self._tell(row, row.history_before or 0, now)
        for of, channel in standing:
            self._keep(of, channel if channel and channel.name in watched else None, now)

    def _tell(self, row: ChannelRow, began: Instant, now: Instant) -> None:
        audience = self.world.audiences[None]
        key = f"history:{row.name}:{began}"
        with self.world.store.read() as tx:
            if occasions.undecided(tx, row.id):
                return
            said = None if occasions.opened(tx, key) else self._said(tx, row, now)
        if said is not None and said.about["waits"]:
            opening = Opening(
                key=key,
                kind=KIND,
                destination=audience.destination,
                audience=audience.name,
                at=now,
                until=now + DAY,
                channel=row.name,
                spoken=int(said.about["waits"]),
                said=said.dumps(),
            )
            opens(self.world.store, opening)
        self._done.add((row.id, began))

    def _keep(self, of: StoredDigest, row: ChannelRow | None, now: Instant) -> None:
        """For a day, or until nobody is left, it shows who still waits."""
        if not self.paced.due(of.id, now):
            return
        before = loads(of.said)
        with self.world.store.read() as tx:
            said = self._said(tx, row, now, before) if row else before
        over = row is None or not said.about["waits"] or (of.until is not None and now >= of.until)
        if not over and said == before:
            return
        with self.world.store.write() as tx:
            keep(tx, of, said)
            if over:
                digests.close(tx, of.id, now)

    def _said(self, tx: Connection, row: ChannelRow, now: Instant, before: Said | None = None) -> Said:
        n, oldest, worst = occasions.history(tx, row.id, SHOWN)
        listed = [(wait, target) for wait, target, _ in before.rows] if before else []
        listed = list(dict.fromkeys([*listed, *((one.wait, one.target) for one in worst)]))
        stand = occasions.statuses(tx, listed)
        rows = tuple((*one, stand[one]) for one in listed if one in stand)[:SHOWN]
        since = clock(oldest, self.world.zone, now) if oldest is not None else ""
        found = before.about["found"] if before else n
        facts = [("Found", str(found)), ("Still waiting", str(n)), *([("Oldest", f"since {since}")] if since else [])]
        return Said(
            title=f"{row.name}: {people(n)} since before it was read, past due" if n else f"{row.name}: {ALL_ANSWERED}",
            facts=tuple(facts),
            rows=rows,
            more=max(0, n - len({one.wait for one in worst} | {wait for wait, _, _ in rows})),
            note=NOTE if n else "",
            open=n > 0,
            about={"waits": n, "found": found},
        )


ALL_ANSWERED = "all who waited since before it was read have their answer"
