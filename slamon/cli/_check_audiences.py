"""Who is told, in words: where, whom that wakes now, and when nobody is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from slamon.audiences import build
from slamon.hours import DAYS, window_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from slamon.audiences import Audience
    from slamon.config import Config
    from slamon.model import Instant
    from slamon.sla.policy import Policy
    from slamon.sla.shifts import Quiet


def audience_lines(config: Config, now: Instant) -> Iterator[str]:
    """A line an audience: `oncall: #social-oncall; wakes ann now, until 2026-11-25 16:00 CET`."""
    for configured in config.notify.audiences.values():
        audience = build(configured)
        default = " (the default)" if configured.default else ""
        parts = [f"{audience.name}{default}: {audience.destination}", _woken(audience, now), *_quiet(audience, now)]
        yield "; ".join(parts)


def audience_data(config: Config, now: Instant) -> dict[str, Any]:
    """The same for programs; instants are epoch seconds."""
    found = {name: build(configured) for name, configured in config.notify.audiences.items()}
    return {
        name: {
            "destination": audience.destination,
            "default": config.notify.audiences[name].default,
            "wakes_now": list(audience.persons(now)),
            "shift_ends_at": _seconds(audience.shift_ends_at(now)),
            "quiet_until": _seconds(audience.quiet_until(now)),
        }
        for name, audience in found.items()
    }


def untold(config: Config, policy: Policy, default: str | None) -> Iterator[str]:
    """A breach that is not told at once although the clock of its policy never stops, a line an audience."""
    quiet = {name for name, audience in config.notify.audiences.items() if audience.quiet}
    stages = [stage for stage in policy.stages if stage.accuses and not stage.ignores_quiet]
    if policy.calendar.closes or not any(policy.targets.values()):
        return
    for name in dict.fromkeys(stage.audience or default for stage in stages):
        if name in quiet:
            yield f"{policy.name}: its clock runs on in the quiet hours of {name}, who hears of a breach after them"


def _woken(audience: Audience, now: Instant) -> str:
    first, *others = audience.persons(now) or ("nobody",)
    further = f", a repetition {', then '.join(others)}" if others else ""
    ends_at = audience.shift_ends_at(now)
    until = f", until {_time(ends_at, audience.shifts.zone)}" if audience.shifts and ends_at is not None else ""
    return f"wakes {first} now{further}{until}"


def _quiet(audience: Audience, now: Instant) -> Iterator[str]:
    if audience.quiet:
        until = audience.quiet_until(now)
        now_too = "" if until is None else f", now until {_time(until, audience.quiet.zone)}"
        yield f"quiet {', '.join(_windows(audience.quiet))}{now_too}"


def _windows(quiet: Quiet) -> Iterator[str]:
    """Days and hours, those with the same hours together: `sat sun 00:00-24:00`."""
    days: dict[tuple[int, int], list[str]] = {}
    for day, begin, end in sorted(quiet.windows):
        days.setdefault((begin, end), []).append(DAYS[day])
    for (begin, end), names in days.items():
        yield f"{'every day' if len(names) == len(DAYS) else ' '.join(names)} {window_words(begin, end)}"


def _time(at: Instant, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(at / 1_000, UTC).astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _seconds(at: Instant | None) -> float | None:
    return None if at is None else at / 1_000
