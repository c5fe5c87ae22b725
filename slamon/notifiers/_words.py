"""What is said of a wait, in words, whatever it is sent with: one verdict and a few facts. Pure; nothing is escaped."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from slamon.model import MINUTE, SECOND, Status
from slamon.notifiers.text import TARGETS, clock, duration, lines, one_line, zone_name

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.model import Instant, Millis
    from slamon.notifiers.base import Alert

NAME_ROOM = 60
PERSON_ROOM = 30
REASON_ROOM = 200
CUT_ROOM = 200
FULL_ROOM = 2_000
SHORT_TARGET: Millis = 10 * MINUTE


class State(Enum):
    """How late it is; the value is the mark that stands in front while nobody has it in hand."""

    ON_TRACK = "⏳"
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


OPEN = (State.ON_TRACK, State.WAITING, State.BREACHED, State.UNVERIFIED)
CLOSED = {Status.MET: State.IN_TIME, Status.MISSED: State.LATE, Status.CANCELLED: State.CANCELLED}
ACKNOWLEDGED = "🔵"
SNOOZED = "💤"
BY_HAND = {
    "dismissed": "No reply needed",
    "answered_elsewhere": "Answered elsewhere",
    "muted": "Muted",
    "answered_by_statement": "Answered by a statement",
}
"""How people end waits, by `Alert.closed_how`."""


def state_of(alert: Alert) -> State:
    """Where the wait stands for a reader. Nobody is accused on a channel that was not read since."""
    if alert.cancelled:
        return State.CANCELLED
    if alert.status in CLOSED:
        return CLOSED[alert.status]
    due = alert.status in {Status.BREACHED, Status.UNVERIFIED} or alert.now > alert.due_at
    if not due:
        return State.ON_TRACK if alert.status is Status.ON_TRACK else State.WAITING
    return State.BREACHED if alert.verified and alert.status is not Status.UNVERIFIED else State.UNVERIFIED


def mark_of(alert: Alert) -> str:
    """What the reader should feel, in one sign: somebody has it in hand, or how late it is."""
    state = state_of(alert)
    if state.open and alert.acknowledged_by:
        return ACKNOWLEDGED
    return SNOOZED if state.open and alert.snoozed_by else state.value


def verdict(alert: Alert, zone: ZoneInfo) -> str:
    """How late against which limit, or how it ended: `12 min over the limit of 1 h`. No name is in it."""
    limit = limit_of(alert)
    match state_of(alert):
        case State.ON_TRACK | State.WAITING:
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
            return BY_HAND.get(alert.closed_how, "Cancelled, nothing is left to answer")


def summary(alert: Alert, zone: ZoneInfo) -> str:
    """The mark, the verdict, and who has it in hand or ended it: `🔵 12 min over the limit of 1 h, Ann has it`."""
    parts = [f"{mark_of(alert)} {verdict(alert, zone)}"]
    if state_of(alert).open:
        if alert.acknowledged_by:
            parts.append(f"{person(alert.acknowledged_by)} has it")
        if alert.snoozed_by:
            parts.append(f"snoozed{_until(alert, alert.snoozed_until, zone)}")
    elif by_hand(alert):
        parts.append(f"{'by' if alert.closed_how == 'muted' else 'says'} {person(alert.closed_by)}")
    return ", ".join(parts)


def by_hand(alert: Alert) -> bool:
    """Whether a person ended it without an answer that slamon saw."""
    return state_of(alert) is State.CANCELLED and bool(alert.closed_by)


def person(name: str) -> str:
    """What somebody of the team is called, in one short line."""
    return _short(one_line(name), PERSON_ROOM) or "somebody"


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


def cut(alert: Alert) -> str:
    """As `said`, but short."""
    return _short(said(alert), CUT_ROOM)


def in_a_row(alert: Alert, zone: ZoneInfo) -> str:
    """One wait among others: `🟡 Due in 12 min, limit 1 h: Anna Becker on acme-x, since 13:32`."""
    where = f"{name_of(alert)} on {one_line(alert.channel)}"
    return f"{summary(alert, zone)}: {where}, since {moment(alert, alert.started_at, zone)}"


def facts(alert: Alert, zone: ZoneInfo) -> list[tuple[str, str]]:
    """The numbers behind the verdict, and what people did, as (label, value)."""
    return [
        ("Limit", f"{limit_of(alert)} for the {TARGETS[alert.target]}"),
        ("Due", due(alert, zone)),
        ("Waiting since", moment(alert, alert.started_at, zone)),
        ("Policy", one_line(alert.policy)),
        *_ending(alert, zone),
        *_handling(alert, zone),
        *_doubt(alert, zone),
    ]


def due(alert: Alert, zone: ZoneInfo) -> str:
    """When it is due, with what the zone is called then: `14:32 CET`."""
    return f"{moment(alert, alert.due_at, zone)} {zone_name(alert.due_at, zone)}"


def _ending(alert: Alert, zone: ZoneInfo) -> list[tuple[str, str]]:
    if by_hand(alert):
        why = _short(one_line(alert.closed_why), REASON_ROOM)
        return [("Ended by", person(alert.closed_by)), *([("Reason", why)] if why else [])]
    if alert.answered_at is None or state_of(alert).open:
        return []
    by = at_handle(alert.answered_by)
    return [("Answered", moment(alert, alert.answered_at, zone) + (f" by {by}" if by else ""))]


def _handling(alert: Alert, zone: ZoneInfo) -> list[tuple[str, str]]:
    if not state_of(alert).open:
        return []
    acknowledged = person(alert.acknowledged_by) + _until(alert, alert.acknowledged_until, zone)
    snoozed = f"by {person(alert.snoozed_by)}{_until(alert, alert.snoozed_until, zone)}"
    rows = [("Acknowledged", f"by {acknowledged}")] if alert.acknowledged_by else []
    return rows + ([("Snoozed", snoozed)] if alert.snoozed_by else [])


def _doubt(alert: Alert, zone: ZoneInfo) -> list[tuple[str, str]]:
    state = state_of(alert)
    doubtful = state is State.UNVERIFIED or (state in {State.ON_TRACK, State.WAITING} and not alert.verified)
    return [("Careful", f"An answer may be there: {not_read(alert, zone)}")] if doubtful else []


def _until(alert: Alert, at: Instant | None, zone: ZoneInfo) -> str:
    return "" if at is None else f" until {moment(alert, at, zone)}"


def _over(late: Millis, limit: str) -> str:
    return f"{duration(late)} over the limit of {limit}" if late >= SECOND else f"limit of {limit} reached"


def _after(alert: Alert) -> str:
    return "" if alert.answered_at is None else f" after {duration(alert.answered_at - alert.started_at)}"


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"
