"""What is said of a wait, in words, whatever it is sent with: one verdict and a few facts. Pure; nothing is escaped."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from slamon.model import MINUTE, SECOND, Status, Target
from slamon.notifiers.text import clock, duration, lines, one_line, zone_name

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.model import Instant, Millis
    from slamon.notifiers.base import Alert

NAME_ROOM = 60
CUT_ROOM = 200
FULL_ROOM = 2_000
SHORT_TARGET: Millis = 10 * MINUTE
TARGETS = {
    Target.FIRST_RESPONSE: "first response",
    Target.NEXT_RESPONSE: "next response",
    Target.ACKNOWLEDGEMENT: "sign of arrival",
    Target.FOLLOW_UP: "answer that was announced",
    Target.REPLY_WINDOW: "platform's window for an answer",
}


class State(Enum):
    """What the reader should feel; the value is the mark that stands in front."""

    WAITING = "🟡"
    BREACHED = "🔴"
    UNVERIFIED = "🟠"
    IN_TIME = "🟢"
    LATE = "🟤"
    CANCELLED = "⚪"

    @property
    def open(self) -> bool:
        """Whether somebody still has to answer."""
        return self in OPEN


OPEN = (State.WAITING, State.BREACHED, State.UNVERIFIED)
CLOSED = {Status.MET: State.IN_TIME, Status.MISSED: State.LATE, Status.CANCELLED: State.CANCELLED}


def state_of(alert: Alert) -> State:
    """Where the wait stands for a reader. Nobody is accused on a channel that was not read since."""
    if alert.cancelled:
        return State.CANCELLED
    if alert.status in CLOSED:
        return CLOSED[alert.status]
    due = alert.status in {Status.BREACHED, Status.UNVERIFIED} or alert.now > alert.due_at
    if not due:
        return State.WAITING
    return State.BREACHED if alert.verified and alert.status is not Status.UNVERIFIED else State.UNVERIFIED


def verdict(alert: Alert, zone: ZoneInfo) -> str:
    """How late against which limit, or how it ended: `12 min over the limit of 1 h`."""
    limit = limit_of(alert)
    match state_of(alert):
        case State.WAITING:
            return f"Due in {duration(alert.due_at - alert.now)}, limit {limit}"
        case State.BREACHED:
            return _over(alert.now - alert.due_at, limit).capitalize()
        case State.UNVERIFIED:
            return f"Perhaps {_over(alert.now - alert.due_at, limit)}, {not_read(alert, zone)}"
        case State.IN_TIME:
            return f"Answered in time{_after(alert)}, limit {limit}"
        case State.LATE:
            return f"Answered late{_after(alert)}, {_over((alert.answered_at or alert.now) - alert.due_at, limit)}"
        case State.CANCELLED:
            return "Cancelled, nothing is left to answer"


def not_read(alert: Alert, zone: ZoneInfo) -> str:
    """Why the verdict may be wrong: `not read since 14:02`."""
    if alert.last_read_at is None:
        return "not read yet"
    return f"not read since {moment(alert, alert.last_read_at, zone)}"


def limit_of(alert: Alert) -> str:
    """The promise, in open time of its calendar."""
    return duration(alert.target_length, days=False)


def moment(alert: Alert, at: Instant, zone: ZoneInfo) -> str:
    """An instant as this wait's message tells it: with seconds where the promise is short."""
    return clock(at, zone, alert.now, seconds=alert.target_length < SHORT_TARGET)


def name_of(alert: Alert) -> str:
    """Who waits, in one line."""
    return _short(one_line(alert.customer) or one_line(alert.handle) or "somebody", NAME_ROOM)


def who(alert: Alert) -> str:
    """`Anna Becker (@anna, 12,340 followers)`."""
    name, handle = name_of(alert), at_handle(alert.handle)
    known = [handle] if handle and handle.lstrip("@") != name.lstrip("@") else []
    if alert.followers is not None:
        known.append(f"{alert.followers:,} follower{'' if alert.followers == 1 else 's'}")
    return f"{name} ({', '.join(known)})" if known else name


def at_handle(handle: str) -> str:
    """A handle with its @, in one line; empty when there is none."""
    plain = _short(one_line(handle).lstrip("@"), NAME_ROOM)
    return f"@{plain}" if plain else ""


def said(alert: Alert) -> str:
    """The customer's words as far as the channel shows them, line breaks kept; empty when it shows none."""
    if alert.show_text == "none":
        return ""
    return _short(lines(alert.text), CUT_ROOM if alert.show_text == "cut" else FULL_ROOM)


def facts(alert: Alert, zone: ZoneInfo) -> list[tuple[str, str]]:
    """The numbers behind the verdict, as (label, value)."""
    due = f"{moment(alert, alert.due_at, zone)} {zone_name(alert.due_at, zone)}"
    rows = [
        ("Limit", f"{limit_of(alert)} for the {TARGETS[alert.target]}"),
        ("Due", due),
        ("Waiting since", moment(alert, alert.started_at, zone)),
        ("Policy", one_line(alert.policy)),
    ]
    if alert.answered_at is not None and not state_of(alert).open:
        by = at_handle(alert.answered_by)
        rows.append(("Answered", moment(alert, alert.answered_at, zone) + (f" by {by}" if by else "")))
    if state_of(alert) is State.UNVERIFIED or (state_of(alert) is State.WAITING and not alert.verified):
        rows.append(("Careful", f"An answer may be there: {not_read(alert, zone)}"))
    return rows


def _over(late: Millis, limit: str) -> str:
    return f"{duration(late)} over the limit of {limit}" if late >= SECOND else f"limit of {limit} reached"


def _after(alert: Alert) -> str:
    return "" if alert.answered_at is None else f" after {duration(alert.answered_at - alert.started_at)}"


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"
