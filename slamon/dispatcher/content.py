"""What a message says, and where it goes: read from the store when it is sent, never before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slamon import digests
from slamon.alerts import build
from slamon.digests.base import View
from slamon.digests.rows import handling_of
from slamon.dispatcher.judging import SNOOZE
from slamon.dispatcher.sharing import together
from slamon.model import Status
from slamon.notifiers.base import Notice, Outcome, Receipt, SendError
from slamon.store import actions, facts, livings, outbox, places, sharing
from slamon.store import digests as stored

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.dispatcher.line import Line
    from slamon.model import Instant
    from slamon.notifiers.base import Alert, Content
    from slamon.store.facts import WaitFacts
    from slamon.store.livings import Living
    from slamon.store.outbox import Letter


class Contents:
    """Reads the store for one line."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def of_letter(self, letter: Letter, wait: WaitFacts | None) -> Content | None:
        """What a letter says now; `None` where there is nothing left to speak of."""
        if letter.notice:
            return Notice(letter.text or "")
        if letter.digest:
            return self._digest(letter.digest, self._wakes(letter) if letter.mention else "")
        if wait is None:
            return None
        open_ = wait.answered_at is None and wait.status is not Status.CANCELLED
        name = self._wakes(letter) if open_ else ""
        alert = self._alert(wait, letter.destination)
        stage = letter.stage if letter.stage == SNOOZE else alert.stage
        return replace(alert, mention=self.whom(name) if name else "", stage=stage)

    def unaddressed(self, letter: Letter, wait: WaitFacts | None) -> Content | None:
        """As `of_letter`, but it wakes nobody, so that no name has to be looked up at the notifier."""
        if letter.notice:
            return Notice(letter.text or "")
        if letter.digest:
            return self._digest(letter.digest, "")
        return None if wait is None else self.of_wait(wait)

    def of_wait(self, wait: WaitFacts) -> Alert:
        """How a wait stands now; it wakes nobody."""
        return self._alert(wait, "")

    def of_living(self, living: Living) -> Content | None:
        """What a message that stands has to show now."""
        if living.wait < outbox.NOTICE:
            return self._digest(-living.wait, "")
        with self.line.store.read() as tx:
            waits = [one.wait for one in livings.living_at(tx, living.place, living.ts)]
            found = facts.of_waits(tx, waits)
        alerts = [self._alert(found[wait][0], living.destination) for wait in waits if found.get(wait)]
        return together(alerts) if alerts else None

    def _alert(self, wait: WaitFacts, destination: str) -> Alert:
        world, now = self.line.world, self.line.world.now()
        with self.line.store.read() as tx:
            handled = handling_of(tx, wait, now)
            last = sharing.last_of_conversation(tx, wait.id, destination) if destination else None
        alert = build(wait, world.rules().of(wait.channel), now, "", handled)
        return replace(alert, shift_ends_at=self._shift_ends_at(destination), previous=self._link(last))

    def _shift_ends_at(self, destination: str) -> Instant | None:
        world = self.line.world
        reader = next((one for one in world.audiences.values() if one.destination == destination), None)
        return reader.shift_ends_at(world.now()) if reader else None

    def _link(self, message: tuple[str, str] | None) -> str:
        try:
            return self.line.notifier.link(Receipt(*message)) if message else ""
        except SendError:
            return ""  # what it leads to is told of in this message anyway

    def _digest(self, number: int, mention: str) -> Content | None:
        world = self.line.world
        with self.line.store.read() as tx:
            found = stored.of(tx, number)
            if found is None:
                return None
            said = digests.build(tx, found, View(world.now(), world.rules()))
        return replace(said, mention=self.whom(mention)) if mention and said.open else said

    def _wakes(self, letter: Letter) -> str:
        """Whom, as written: by the shift that it is now, since a letter may have waited for hours."""
        audience, repeat = self.line.world.audiences.get(letter.audience), letter.repeat
        now = self.line.world.now()
        return letter.mention if audience is None else audience.wakes(now, 0 if letter.stage == SNOOZE else repeat)

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
            known = places.place_of(tx, destination)
        if known is not None:
            return known
        found = self.line.notifier.resolve(destination)
        with store.write() as tx:
            places.set_place(tx, destination, found)
        return found


def asked_at(tx: Connection, letter: Letter) -> Instant:
    """When the snooze was asked for whose end a letter tells."""
    return next((done.at for done in actions.of_wait(tx, letter.wait) if done.id == letter.repeat), 0)
