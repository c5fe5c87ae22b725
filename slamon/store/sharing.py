"""Messages that several waits share: which ones stand already where a further wait may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, literal, select

from slamon.store import sql
from slamon.store.livings import Living, living_of
from slamon.store.schema import conversation, living, wait

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from slamon.model import Instant, Millis
    from slamon.store.outbox import Letter

_ABOUT = (
    select(wait.c.channel, wait.c.started_at, wait.c.number, wait.c.conversation)
    .add_columns(conversation.c.thread, conversation.c.customer)
    .join(conversation, conversation.c.id == wait.c.conversation)
    .where(wait.c.id == bindparam("of"))
)


def _standing(*which: Any) -> Select[Any]:  # noqa: ANN401 - conditions
    """The messages at a destination of waits that are still open, each wait's own row."""
    return (
        select(living)
        .join(wait, wait.c.id == living.c.wait)
        .join(conversation, conversation.c.id == wait.c.conversation)
        .where(
            # Written out in the SQL: with a parameter, SQLite would not take the index over the open waits.
            wait.c.state == literal("open", literal_execute=True),
            wait.c.id != bindparam("of"),
            living.c.destination == bindparam("at"),
            living.c.ts != "",
            *which,
        )
        .order_by(living.c.ts, living.c.wait)
    )


_OF_CUSTOMER = _standing(
    wait.c.channel == bindparam("channel"),
    wait.c.started_at.between(bindparam("since"), bindparam("until")),
    conversation.c.customer == bindparam("customer"),
)
_OF_THREAD = _standing(conversation.c.channel == bindparam("channel"), conversation.c.thread == bindparam("thread"))
_LAST = (
    select(living.c.place, living.c.ts)
    .join(wait, wait.c.id == living.c.wait)
    .where(
        wait.c.conversation == bindparam("conversation"),
        wait.c.number < bindparam("number"),
        living.c.destination == bindparam("at"),
        living.c.ts != "",
    )
    .order_by(wait.c.number.desc())
    .limit(1)
)


def of_customer(tx: Connection, of: int, destination: str, within: Millis) -> list[Living]:
    """What stands there of further open waits of the customer on that channel that began `within` of this one."""
    about = _about(tx, of)
    if about is None:
        return []
    began: Instant = about.started_at
    chosen = {"channel": about.channel, "customer": about.customer, "since": began - within, "until": began + within}
    return [_living(row) for row in tx.execute(_OF_CUSTOMER, {"of": of, "at": destination, **chosen})]


def of_thread(tx: Connection, of: int, destination: str) -> list[Living]:
    """What stands there of further open waits in the thread, in the order in which it was posted."""
    about = _about(tx, of)
    if about is None:
        return []
    chosen = {"channel": about.channel, "thread": about.thread}
    return [_living(row) for row in tx.execute(_OF_THREAD, {"of": of, "at": destination, **chosen})]


def last_of_conversation(tx: Connection, of: int, destination: str) -> tuple[str, str] | None:
    """Place and ts of the message that stands there of the conversation's last wait before this one."""
    about = _about(tx, of)
    if about is None:
        return None
    chosen = {"conversation": about.conversation, "number": about.number, "at": destination}
    row = tx.execute(_LAST, chosen).one_or_none()
    return None if row is None else (row.place, row.ts)


def join(tx: Connection, letter: Letter, message: Living) -> None:
    """The letter's wait is shown by a message that stands already, from the intent on: the look goes there too."""
    before = living_of(tx, letter.wait, letter.destination)
    row = {
        "wait": letter.wait,
        "destination": letter.destination,
        "place": message.place,
        "ts": message.ts,
        "wanted_version": 1,
        "shown_version": 1,
        "not_before": 0,
        "fresh_sent": before.fresh_sent + 1 if before else 0,
        "leader": message.leader,
    }
    tx.execute(sql.insert_or_replace(tx, living, "place", "ts", "fresh_sent", "leader"), row)


def _about(tx: Connection, of: int) -> Any:  # noqa: ANN401 - a row, or `None`
    return tx.execute(_ABOUT, {"of": of}).one_or_none()


def _living(row: Any) -> Living:  # noqa: ANN401 - a row of `living`
    return Living(**{name: getattr(row, name) for name in Living.__slots__})
