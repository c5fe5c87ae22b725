"""Numbers for new rows, taken in blocks: dense enough for the indexes, and no round trip a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from slamon.store.schema import serial

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NOW = select(serial.c.next).where(serial.c.name == bindparam("of"))
_MOVE = update(serial).where(serial.c.name == bindparam("of")).values(next=serial.c.next + bindparam("n"))


def take(tx: Connection, name: str, n: int) -> int:
    """The first of `n` numbers in a row that nobody else gets."""
    if tx.execute(_MOVE, {"of": name, "n": n}).rowcount:
        return int(tx.execute(_NOW, {"of": name}).scalar_one()) - n
    tx.execute(insert(serial), {"name": name, "next": n + 1})
    return 1
