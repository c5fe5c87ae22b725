"""Taking back that messages need no reply: they wait again, from when they were written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon import logs
from slamon.errors import UsageError
from slamon.history.stored import settings_of
from slamon.model import ID_CAP
from slamon.store import history, noreply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant
    from slamon.sla.policy import RuleSet
    from slamon.store.noreply import Named
    from slamon.store.store import Store

MOST = 100
"""Messages taken back at once."""

log = logs.get("slamon.noreply")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which messages are to be taken back, and by whom."""

    messages: Sequence[str]
    """Ids, or further ids of edited posts."""
    channel: str | None = None
    """`None`: whichever channel they were read on."""
    by: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no such question, wherever it comes from.

        :raises UsageError: what is wrong with it.
        """
        if not isinstance(self.messages, (list, tuple)) or not 0 < len(self.messages) <= MOST:
            raise UsageError(f"name 1 to {MOST} messages")
        given: list[Any] = [*self.messages, self.by, "" if self.channel is None else self.channel]
        if not all(isinstance(one, str) and len(one) <= ID_CAP for one in given):
            raise UsageError(f"ids and names are texts of at most {ID_CAP} characters")


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of it."""

    waits: dict[str, list[int]]
    """By id as it was asked for, the waits that stand now: of each channel on which the message was dropped."""
    refused: dict[str, str]
    """By id, why nothing was done."""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"waits": self.waits, "refused": self.refused}


def undo(store: Store, rules: RuleSet, asked: Asked, now: Instant) -> Undone:
    """Take back, under these rules; each message by itself, one transaction a message and channel."""
    undone = Undone({}, {})
    with store.read() as tx:
        channels = {channel.id: channel for channel in history.channels(tx)}
        found = {name: noreply.called(tx, name, asked.channel) for name in asked.messages}
    for name, said in found.items():
        dropped = [one for one in said if one.reason is not None]
        if not dropped:
            undone.refused[name] = _why_not(said)
            continue
        for one in dropped:
            store.keep(one.channel, [one.id], settings_of(channels[one.channel], rules), now)
            log.info("no_reply_undone", channel=one.channel_name, message=one.id, reason=one.reason, by=asked.by)
        with store.read() as tx:
            stands = {one.channel: one.wait for one in noreply.called(tx, name, asked.channel)}
        waits = [stands.get(one.channel) for one in dropped]
        undone.waits[name] = [wait for wait in waits if wait is not None]
    return undone


def _why_not(said: Sequence[Named]) -> str:
    if not said:
        return "no such message is known"
    if said[0].kept:
        return "was taken back before"
    return "was not dropped" if said[0].wait is None else f"was not dropped: it belongs to wait {said[0].wait}"
