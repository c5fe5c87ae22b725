"""From what a person asked for in Slack to the order that is carried out. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slamon.acting import Order, Person
from slamon.model import HOUR, MINUTE
from slamon.notifiers._slack_inbound import Click
from slamon.sla.handling import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Millis
    from slamon.notifiers._slack_inbound import Dismissal, Reaction
    from slamon.notifiers._slack_people import Member

ASKED: Mapping[str, tuple[Verb, Millis | None, bool]] = {
    "acknowledge": (Verb.ACKNOWLEDGE, None, False),
    "snooze_15m": (Verb.SNOOZE, 15 * MINUTE, False),
    "snooze_1h": (Verb.SNOOZE, HOUR, False),
    "snooze_shift": (Verb.SNOOZE, None, True),
}
"""What is done, for how long, and whether until the shift ends."""


def person(who: Member) -> Person:
    """Who acts."""
    return Person(who.id, who.name)


def order_of(asked: Click | Dismissal, by: Person) -> Order:
    """What a button or the form asks for."""
    if isinstance(asked, Click):
        return _held(asked.asked, Order(verb=Verb.SNOOZE, wait=asked.number, by=by, via="button", key=asked.key))
    return Order(
        verb=Verb(asked.how),
        wait=asked.number,
        by=by,
        via="button",
        key=asked.key,
        reason=asked.reason,
        scope=asked.scope or "",
    )


def order_by_emoji(asked: Reaction, subject: int, by: Person) -> Order:
    """What an emoji asks for, about one of those that its message shows."""
    key = f"{asked.key}:{subject}"
    return _held(asked.asked, Order(verb=Verb.SNOOZE, wait=subject, by=by, via="reaction", key=key))


def _held(asked: str, order: Order) -> Order:
    verb, span, until_shift_ends = ASKED[asked]
    return replace(order, verb=verb, span=span, until_shift_ends=until_shift_ends)
