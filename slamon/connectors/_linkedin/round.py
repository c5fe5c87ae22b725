"""What the parts of one poll of LinkedIn share: what is remembered, who waits where, and what is handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._linkedin.cursor import OVERLAP
from slamon.connectors._linkedin.looks import Waiting, waiting
from slamon.connectors.base import Page

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from slamon.connectors._linkedin.cursor import Memory
    from slamon.connectors._linkedin.looks import Looks
    from slamon.connectors._linkedin.reads import Read
    from slamon.connectors.base import OpenThread
    from slamon.model import Instant, Message


class Round:
    """One poll while it runs."""

    def __init__(self, looks: Looks, memory: Memory, threads: Sequence[OpenThread]) -> None:
        self.looks = looks
        self.memory = memory
        self.open = waiting(threads)
        """Threads in which somebody waits, most urgent first; those that were read are taken out."""
        self.now = looks.calls.now()
        self.start: Instant = self.now - looks.context.lookback
        """Nothing older is read the first time."""
        self.floor: Instant = self.now - OVERLAP
        """The next poll reads again from here on."""
        self.gap = False
        """Something that should have been read is out of reach."""

    def waits_in(self, thread: str) -> Waiting:
        """Who waits there, for whoever reads that thread: nobody needs to read it again in this poll."""
        self.memory.looked[thread] = self.now
        return self.open.pop(thread, Waiting())

    def forget(self, gone: Collection[str]) -> None:
        """Nobody needs to look for what is known to be deleted."""
        for waits in self.open.values():
            waits.messages.difference_update(gone)
        self.open = {thread: waits for thread, waits in self.open.items() if waits.messages}

    def page(self, thread: str, read: Read, since: Instant, waits: Waiting, *, named: Collection[str] = ()) -> Page:
        """What is to be handed out of a post's comments: what is `named`, new since then, or new to who waits."""
        due = [said for said in read.messages if self._is_due(said, since, waits, named)]
        return Page(due, partial=(thread,) if read.cut else (), rejects=read.rejects)

    def is_new(self, said: Message) -> bool:
        """Whether it was not handed out as it is; from now on it was."""
        return self.memory.is_new(said.id, _changed(said))

    def is_news(self, said: Message, waits: Waiting) -> bool:
        """Whether a message of a thread that is read again is to be handed out: not known, or changed lately."""
        if said.id in waits.messages:
            return said.edited_at is not None and said.edited_at >= self.floor and self.is_new(said)
        return said.created_at >= waits.since and self.is_new(said)

    def _is_due(self, said: Message, since: Instant, waits: Waiting, named: Collection[str]) -> bool:
        if said.id in named:
            self.is_new(said)
            return True
        if _changed(said) >= since:
            return self.is_new(said)
        return bool(waits.messages) and self.is_news(said, waits)


def _changed(said: Message) -> Instant:
    return said.edited_at or said.created_at
