"""What becomes of a letter whose send, or whose look, did not simply succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.dispatcher.line import MENDABLE, backoff, pause_after
from slamon.notifiers.base import Outcome, SendError
from slamon.store import outbox

if TYPE_CHECKING:
    from slamon.dispatcher.line import Line
    from slamon.store.outbox import Letter, Living

MAY_NOT_LOOK = "missing_scope"


def failed(line: Line, letter: Letter, error: SendError, living: Living | None, *, tried: bool) -> None:
    """Decide what becomes of it; what failed before it was tried, while names were resolved, surely never left."""
    reason = f"{error.outcome.value}: {error}"
    match error.outcome:
        case Outcome.PACE:  # it may have been accepted all the same: seen at receivers under load
            pause = line.hold(letter.destination, error)
            line.put_off(letter, "unknown" if tried else "pending", reason, max(pause, line.settle * tried))
        case Outcome.UNKNOWN if tried:
            line.put_off(letter, "unknown", reason, line.settle)
        case Outcome.NOT_SENT | Outcome.UNKNOWN:
            line.put_off(letter, "pending", reason, backoff(letter.attempt))
        case Outcome.BAD_PLACE:
            with line.store.write() as tx:
                outbox.forget_place(tx, letter.destination)
            line.put_off(letter, "pending", reason, MENDABLE)
        case Outcome.BAD_CREDENTIAL:
            line.distrust()
            line.put_off(letter, "pending", reason, MENDABLE)
        case Outcome.BAD_CONTENT:
            line.close(letter, "failed", reason)
        case Outcome.GONE:
            if living:
                with line.store.write() as tx:
                    outbox.deleted(tx, living)
            line.put_off(letter, "pending", reason, 0)


def unseen(line: Line, letter: Letter, error: SendError) -> None:
    """Looking failed. A token that may not look never will: then at most one duplicate an unknown outcome."""
    if error.code == MAY_NOT_LOOK:
        line.put_off(letter, "pending", f"sent again unseen: {error}", 0)
    else:
        line.put_off(letter, "unknown", f"could not look: {error}", pause_after(error), letter.looks)
