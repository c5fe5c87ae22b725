"""Several waits in one message: a customer's that began close to one another, and a thread's from the third on.

The further wait opens no message of its own: it is told as a reply below the one that stands, which is edited to show
both. Where several stand, the newest is joined. The row that says so is written with the intent, so that after a crash
the message is looked for where it was sent, whatever became of the others meanwhile.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from slamon.model import HOUR, OPEN_STATUSES, Millis
from slamon.store import outbox, sharing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from slamon.notifiers.base import Alert
    from slamon.store.livings import Living
    from slamon.store.outbox import Letter

WITHIN: Millis = 2 * HOUR
"""Open waits of one customer that began so close to one another share a message."""
ALONE = 2
"""So many waits of a thread have a message each."""


def shared(tx: Connection, letter: Letter) -> Living | None:
    """The message that the letter's wait shares, as that wait's own row; `None` where it opens one itself."""
    if letter.wait <= outbox.NOTICE:
        return None
    message = _of_customer(tx, letter) or _of_thread(tx, letter)
    if message is None:
        return None
    leader = message.wait if message.leader is None else message.leader
    return replace(message, wait=letter.wait, leader=leader)


def together(alerts: Sequence[Alert]) -> Alert:
    """One message about all of them: the first that is open stands at its head, the closed ones at its end."""
    head, *others = sorted(alerts, key=lambda alert: alert.status not in OPEN_STATUSES)
    return replace(head, others=tuple(others))


def _of_customer(tx: Connection, letter: Letter) -> Living | None:
    standing = sharing.of_customer(tx, letter.wait, letter.destination, WITHIN)
    return standing[-1] if standing else None


def _of_thread(tx: Connection, letter: Letter) -> Living | None:
    """The third wait's message, which is the thread's from then on: where one is shared already, that one."""
    standing = sharing.of_thread(tx, letter.wait, letter.destination)
    shown = Counter(one.ts for one in standing)
    joined = [one for one in standing if shown[one.ts] > 1]
    if joined:
        return joined[-1]
    return standing[-1] if len(shown) > ALONE else None
