"""Running counts, moved in the transaction that changes what they count."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from slamon.store import sql
from slamon.store.schema import tally

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Tally:
    """Deltas gathered in Python, written in one statement."""

    def __init__(self) -> None:
        self._deltas: Counter[tuple[int, str, str, str]] = Counter()

    def add(self, channel: int, name: str, n: int, *, policy: str = "", target: str = "") -> None:
        """Move one count by `n`."""
        self._deltas[channel, policy, target, name] += n

    def write(self, tx: Connection) -> None:
        """Write what moved."""
        moved = [
            {"channel": key[0], "policy": key[1], "target": key[2], "name": key[3], "n": n}
            for key, n in sorted(self._deltas.items())
            if n
        ]
        if moved:
            tx.execute(sql.insert_or_add(tx, tally, "n"), moved)
