"""What a simulation found, for programs. Instants are ISO 8601, shares are fractions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.explaining import iso

if TYPE_CHECKING:
    from slamon.history.comparison import Change, Stand
    from slamon.simulate import Counts, Figures, Pair, Simulated


def as_data(result: Simulated) -> dict[str, Any]:
    """Figures before and after by channel, and the changed waits."""
    return {
        "judged_at": iso(result.judged_at),
        "messages": result.messages,
        "threads": result.threads,
        "waits": result.waits,
        "changed": result.changed,
        "effects": {effect.value: n for effect, n in result.effects.items()},
        "channels": {name: _pair(pair) for name, pair in result.channels.items()},
        "total": _pair(result.total),
        "changes": [_change(change) for change in result.changes],
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {"before": _figures(pair.before), "after": _figures(pair.after)}


def _figures(figures: Figures) -> dict[str, Any]:
    counts = {name: getattr(figures, name) for name in ("waits", "unmatched", "no_reply")}
    return counts | {"targets": {target.value: _counts(found) for target, found in figures.targets.items()}}


def _counts(counts: Counts) -> dict[str, Any]:
    names = ("count", "met", "missed", "open", "past_due", "cancelled")
    return {name: getattr(counts, name) for name in names} | {"share_in_time": counts.in_time}


def _change(change: Change) -> dict[str, Any]:
    return {
        "effect": change.effect.value,
        "wait": change.number,
        "channel": change.channel,
        "conversation": change.thread,
        "customer": change.customer,
        "handle": change.handle,
        "started_at": iso(change.started_at),
        "text": change.text,
        "reason": change.reason or None,
        "before": _stand(change.before),
        "after": _stand(change.after),
    }


def _stand(stand: Stand | None) -> dict[str, Any] | None:
    if stand is None:
        return None
    return {
        "policy": stand.policy or None,
        "unmatched": stand.unmatched,
        "targets": {
            timer.target.value: {
                "status": timer.status.value,
                "started_at": iso(timer.started_at),
                "due_at": iso(timer.due_at),
                "answered_at": None if timer.answered_at is None else iso(timer.answered_at),
            }
            for timer in stand.timers
        },
    }
