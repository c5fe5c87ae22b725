"""What becomes of a letter whose send, or whose look, did not simply succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.dispatcher.line import MENDABLE, backoff, pause_after
from slamon.model import DAY, SECOND, Millis
from slamon.notifiers.base import Outcome, SendError
from slamon.store import livings, outbox, places

if TYPE_CHECKING:
    from slamon.dispatcher.line import Line
    from slamon.store.livings import Living
    from slamon.store.outbox import Letter

MAY_NOT_LOOK = "missing_scope"
NO_ANSWER = (Outcome.UNKNOWN, Outcome.NOT_SENT)
LEAVE_IN_PEACE: Millis = 2 * SECOND
"""Between two looks at one destination while looking fails; once it succeeds, all that is unknown is looked for."""


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
            misplaced(line, letter, reason)
        case Outcome.BAD_CREDENTIAL:
            line.distrust()
            line.put_off(letter, "pending", reason, MENDABLE)
        case Outcome.BAD_CONTENT:
            line.close(letter, "failed", reason)
        case Outcome.GONE:
            if living:
                with line.store.write() as tx:
                    livings.deleted(tx, living)
            line.put_off(letter, "pending", reason, 0)


def misplaced(line: Line, letter: Letter, reason: str) -> None:
    """It cannot stand there: it is told at the fallback, where there is one, else tried again."""
    with line.store.write() as tx:
        places.forget_place(tx, letter.destination)
    if line.fallback(letter.destination) is not None:
        line.shun(letter.destination)
    moved(line, letter, reason)


def moved(line: Line, letter: Letter, reason: str) -> None:
    """Close it, and write it anew for the fallback, with one notice a day of what has to be mended.

    Its destination is part of what makes it the only one of its kind, so it cannot simply go elsewhere.
    """
    fallback, now = line.fallback(letter.destination), line.world.now()
    if fallback is None:
        line.put_off(letter, "pending", reason, MENDABLE)
        return
    with line.store.write() as tx:
        outbox.finish(tx, letter.id, "failed", f"told at {fallback.destination} instead: {reason}"[:500], now)
        key = f"bad-place:{letter.destination}:{now // DAY}"
        outbox.notify(tx, key, _mend(letter, reason), [outbox.Reader(fallback.name, fallback.destination)], now)
        outbox.move(tx, letter.id, fallback.destination)


def _mend(letter: Letter, reason: str) -> str:
    return (
        f"slamon cannot write to {letter.destination} ({letter.audience}), and tells it here until that is mended.\n"
        f"Why: {reason}\n"
        "To do: invite the app there (/invite @slamon), unarchive the channel, or give the audience another place in "
        "config.yaml and restart slamon."
    )


def unseen(line: Line, letter: Letter, error: SendError) -> None:
    """Looking failed. A token that may not look never will: then at most one duplicate an unknown outcome."""
    if error.outcome is Outcome.BAD_PLACE and line.fallback(letter.destination) is not None:
        misplaced(line, letter, f"could not look whether it arrived: {error}")
    elif error.code == MAY_NOT_LOOK:
        line.put_off(letter, "pending", f"sent again unseen: {error}", 0)
    elif error.outcome in NO_ANSWER:  # with hundreds of letters to look for, a Slack that is down is left in peace
        line.paces.hold(letter.destination, LEAVE_IN_PEACE / SECOND)
        line.put_off(letter, "unknown", f"could not look: {error}", LEAVE_IN_PEACE, letter.looks)
    else:
        line.put_off(letter, "unknown", f"could not look: {error}", pause_after(error), letter.looks)
