"""What a simulation found, as people read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slamon.history.comparison import Effect
from slamon.logs import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.history.comparison import Change, Stand
    from slamon.history.judge import Judged
    from slamon.model import Instant
    from slamon.simulate import Counts, Pair, Simulated

HEADINGS = ("channel", "target", "count", "met", "missed", "open", "past due", "cancelled", "in time")
TEXTS = 2
"""So many columns are text, set to the left; the others are numbers, set to the right."""
TEXT_WIDTH = 60
TO = " → "
NONE = "-"
EFFECTS = {
    Effect.BECOMES_LATE: "late instead of in time",
    Effect.NO_WAIT: "no wait any more",
    Effect.UNWATCHED: "held to nothing any more",
    Effect.NEW_WAIT: "a wait that was none",
    Effect.WATCHED: "held to a promise that had none",
    Effect.BECOMES_IN_TIME: "in time instead of late",
    Effect.STATUS: "another start, answer or status",
    Effect.TARGETS: "other targets",
    Effect.DUE: "another due instant",
    Effect.POLICY: "another policy, the same instants",
}


def table(result: Simulated) -> str:
    """Figures by channel and target, before → after; then the changed waits."""
    named = [*result.channels.items(), ("total", result.total)]
    lines = [HEADINGS, *(row for name, pair in named for row in _rows(escape(name), pair))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    figures = [_line(line, widths) for line in lines]
    apart = [line for name, pair in result.channels.items() if (line := _apart(escape(name), pair))]
    return "\n".join([*figures, *apart, "", *_changes(result), _counted(result)])


def _rows(name: str, pair: Pair) -> Iterator[tuple[str, ...]]:
    for target, before, after in pair.targets():
        counts = ("count", "met", "missed", "open", "past_due", "cancelled")
        shown = [_both(f"{getattr(before, what):,}", f"{getattr(after, what):,}") for what in counts]
        yield (name, target.value, *shown, _both(_share(before), _share(after)))


def _both(before: str, after: str) -> str:
    return before if before == after else f"{before}{TO}{after}"


def _share(counts: Counts) -> str:
    return NONE if counts.in_time is None else f"{counts.in_time:.1%}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [cell.ljust(width) for cell, width in zip(cells[:TEXTS], widths[:TEXTS], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[TEXTS:], widths[TEXTS:], strict=True)]
    return "  ".join([*texts, *numbers])


def _apart(name: str, pair: Pair) -> str:
    """Waits that no policy covers, and messages that need no reply, where there are any."""
    words = {"unmatched": "waits that no policy matches", "no_reply": "messages that need no reply"}
    said = [f"{_of(pair, what)} {meant}" for what, meant in words.items() if _of(pair, what) != "0"]
    return f"{name}: {', '.join(said)}" if said else ""


def _of(pair: Pair, what: str) -> str:
    before, after = (f"{getattr(side, what):,}" for side in (pair.before, pair.after))
    return _both(before, after)


def _changes(result: Simulated) -> Iterator[str]:
    for change in result.changes:
        yield from map(escape, _change(change))
    if result.changes:
        yield ""
    hidden = result.changed - len(result.changes)
    if hidden:
        yield f"and {hidden:,} more: see them with --limit"


def _change(change: Change) -> Iterator[str]:
    number = "" if change.number is None else f"wait {change.number}, "
    who = f"{change.channel}, thread {change.thread}, @{change.handle} ({change.customer})"
    yield f"{EFFECTS[change.effect]}: {number}{who}, from {_instant(change.started_at)}"
    text = " ".join(change.text.split())
    yield f"    {text if len(text) <= TEXT_WIDTH else text[: TEXT_WIDTH - 1] + '…'}"
    yield f"    before: {_stand(change.before, change)}"
    yield f"    after:  {_stand(change.after, change)}"


def _stand(stand: Stand | None, change: Change) -> str:
    if stand is None:
        return f"needs no reply: {change.reason}" if change.reason else "no wait of its own"
    if stand.unmatched:
        return "no policy matches"
    if not stand.timers:
        return "its policy watches none of its targets"
    return f"{stand.policy}: {'; '.join(map(_timer, stand.timers))}"


def _timer(timer: Judged) -> str:
    answered = "" if timer.answered_at is None else f", answered {_instant(timer.answered_at)}"
    later = "" if timer.started_at == timer.wait.started_at else f" from {_instant(timer.started_at)}"
    return f"{timer.target.value}{later} {timer.status.value}, due {_instant(timer.due_at)}{answered}"


def _counted(result: Simulated) -> str:
    kinds = ", ".join(f"{result.effects[e]:,} {words}" for e, words in EFFECTS.items() if e in result.effects)
    judged = f"{result.waits:,} waits, {result.changed:,} judged otherwise"
    return f"{judged}{': ' if kinds else ''}{kinds}"


def _instant(at: Instant) -> str:
    return f"{datetime.fromtimestamp(at / 1_000, UTC):%Y-%m-%d %H:%M:%S} UTC"
