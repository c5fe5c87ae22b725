"""What a message says, and where it goes: read from the store when it is sent, never before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slamon import digests
from slamon.alerts import build
from slamon.digests.base import View
from slamon.model import Status
from slamon.notifiers.base import Notice, Outcome, SendError
from slamon.sla.handling import handling
from slamon.store import actions, facts, outbox
from slamon.store import digests as stored

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.dispatcher.line import Line
    from slamon.notifiers.base import Alert, Content
    from slamon.sla.handling import Handling
    from slamon.store.facts import WaitFacts
    from slamon.store.outbox import Letter, Living


class Contents:
    """Reads the store for one line."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def of_letter(self, letter: Letter, wait: WaitFacts | None) -> Content | None:
        """What a letter says now; `None` where there is nothing left to speak of."""
        if letter.notice:
            return Notice(letter.text or "")
        if letter.digest:
            return self._digest(letter.digest, letter.mention)
        if wait is None:
            return None
        open_ = wait.answered_at is None and wait.status is not Status.CANCELLED
        return self._alert(wait, self.whom(letter.mention) if letter.mention and open_ else "")

    def of_living(self, living: Living) -> Content | None:
        """What a message that stands has to show now."""
        if living.wait < outbox.NOTICE:
            return self._digest(-living.wait, "")
        with self.line.store.read() as tx:
            wait = facts.of_wait(tx, living.wait if living.leader is None else living.leader)
        return None if wait is None else self._alert(wait, "")

    def _alert(self, wait: WaitFacts, mention: str) -> Alert:
        world, now = self.line.world, self.line.world.now()
        with self.line.store.read() as tx:
            handled = handling_of(tx, wait, now)
        return build(wait, world.rules().of(wait.channel), now, mention, handled)

    def _digest(self, number: int, mention: str) -> Content | None:
        world = self.line.world
        with self.line.store.read() as tx:
            found = stored.of(tx, number)
            if found is None:
                return None
            said = digests.build(tx, found, View(world.now(), world.rules()))
        return replace(said, mention=self.whom(mention)) if mention and said.open else said

    def whom(self, name: str) -> str:
        """The id of whom to wake; an alert that can wake nobody is better than none."""
        try:
            return self.place(name)
        except SendError as error:
            if error.outcome is Outcome.BAD_PLACE:
                return ""
            raise

    def place(self, destination: str) -> str:
        """The id of a destination, resolved once: history and edits refuse names."""
        store = self.line.store
        with store.read() as tx:
            known = outbox.place_of(tx, destination)
        if known is not None:
            return known
        found = self.line.notifier.resolve(destination)
        with store.write() as tx:
            outbox.set_place(tx, destination, found)
        return found


def handling_of(tx: Connection, wait: WaitFacts, now: int) -> Handling:
    """Who has a wait in hand."""
    done = actions.of_wait(tx, wait.id)
    if not done:
        return handling((), now)
    last_message = max((said.created_at for said in wait.messages), default=0)
    return handling(done, now, last_message_at=last_message, last_stage_at=outbox.last_stage_at(tx, wait.id))
