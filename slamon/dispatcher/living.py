"""Living messages: each shows its subject as it stands now, edited in place and not too often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.dispatcher.line import pause_after
from slamon.events import AlertSent
from slamon.model import SECOND, Millis
from slamon.notifiers.base import Outcome, Receipt, SendError
from slamon.store import livings, outbox

if TYPE_CHECKING:
    from slamon.dispatcher.content import Contents
    from slamon.dispatcher.line import Line
    from slamon.store.livings import Living

DEBOUNCE: Millis = 2 * SECOND
"""Between two edits of one message: what changes meanwhile is shown by one."""


class Keeper:
    """Keeps what stands true."""

    def __init__(self, line: Line, contents: Contents) -> None:
        self.line = line
        self.contents = contents

    def refresh(self, living: Living) -> None:
        """Show the subject as it stands now; rendered when it is sent, so that an old retry never overwrites news."""
        line, began = self.line, self.line.world.seconds()
        with line.store.read() as tx:
            version = livings.wanted(tx, living)
        outcome, code = "sent", ""
        try:
            if content := self.contents.of_living(living):
                line.notifier.edit(Receipt(living.place, living.ts), content)
            with line.store.write() as tx:
                livings.shown(tx, living, version, line.world.now() + DEBOUNCE)
        except SendError as error:
            self._unedited(living, error)
            outcome, code = error.outcome.value, error.code
        seconds = line.world.seconds() - began
        wait = living.wait if living.wait > outbox.NOTICE else None
        line.world.hear(AlertSent(line.notifier.name, "", "edit", outcome, seconds, wait=wait, code=code))

    def _unedited(self, living: Living, error: SendError) -> None:
        line, now = self.line, self.line.world.now()
        if error.outcome is Outcome.PACE:
            line.hold(living.destination, error)
        if error.outcome is Outcome.BAD_CREDENTIAL:
            line.distrust()
        with line.store.write() as tx:
            if error.outcome is Outcome.GONE:
                livings.deleted(tx, living)
            elif error.outcome is Outcome.UNKNOWN:  # the lost edit may still land: show the truth again after it
                livings.hold_edit(tx, living, now + line.settle)
            else:
                livings.hold_edit(tx, living, now + pause_after(error))
