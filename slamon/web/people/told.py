"""What somebody just did, said on the page that follows, as the store has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.acting import words
from slamon.sla.orders import WAIT
from slamon.store import actions, orders
from slamon.web.people.words import line

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.store.actions import Action
    from slamon.web.people.frame import Frame

DIGITS = 15


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, and whether what it tells can be taken back."""

    action: int
    words: str
    undo: bool


def told(tx: Connection, number: str, frame: Frame) -> Told | None:
    """Of the action of that number; nothing where there is none."""
    one = actions.of_id(tx, int(number)) if number.isascii() and number.isdigit() and len(number) <= DIGITS else None
    if one is None:
        return None
    if one.undone_at is not None:
        return Told(one.id, _undone(one), undo=False)
    return Told(one.id, line(words.done(one, len(orders.waits_of(tx, one.id)), frame.words.zone), 400), undo=True)


def _undone(one: Action) -> str:
    if one.scope == WAIT:
        return words.undone(one, 1) + "."
    return "Taken back: what it had closed is open again, and messages to come count."
