"""Messages in one line: who said what when, in minutes after a fixed instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.model import MINUTE, Author, Message, Side
from slamon.sla.fold import FoldSettings

if TYPE_CHECKING:
    from slamon.model import Instant

START = 1_795_437_120_000
DAY_LONG = 24 * 60
"""Minutes."""
SETTINGS = FoldSettings(ours=frozenset({"acme", "acmehelp"}))


def at(minute: float) -> Instant:
    """The instant so many minutes after the fixed one."""
    return START + round(minute * MINUTE)


def ask(id_: str, minute: float, *, by: str = "anna", **more: Any) -> Message:
    """A message of a customer, which mentions the brand unless told otherwise."""
    given = {"thread": "t", "mentions": ("acme",), "text": f"{id_}?"} | more
    return Message(id=id_, author=Author(by, by), side=Side.OTHER, created_at=at(minute), **given)


def aside(id_: str, minute: float, *, by: str, **more: Any) -> Message:
    """A message of somebody who does not mention the brand."""
    return ask(id_, minute, by=by, **{"mentions": (), **more})


def reply(id_: str, minute: float, *, to: str | None = None, by: str = "acme", **more: Any) -> Message:
    """A message of the brand."""
    given = {"thread": "t", "text": f"{id_}."} | more
    return Message(id=id_, author=Author(by, by), side=Side.OURS, created_at=at(minute), in_reply_to=to, **given)
