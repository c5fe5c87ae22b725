"""What was done, in one sentence for the person who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import BY_HAND, Mark
from slamon.notifiers.text import clock, duration, zone_name
from slamon.sla.handling import Verb
from slamon.sla.orders import AUTHOR, THREAD, WAIT

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.store.actions import Action
    from slamon.store.subjects import Subject

HOW = {
    Mark.DISMISSED: "no reply needed",
    Mark.ELSEWHERE: "answered elsewhere",
    Mark.MUTED: "muted",
    Mark.STATEMENT: "answered by a statement",
}
COMING = {AUTHOR: "what this author writes on the channel", THREAD: "what comes in this thread"}


def done(action: Action, waits: int, zone: ZoneInfo) -> str:
    """What an action did; `waits`: how many waits it ended."""
    verb = Verb(action.verb)
    if not verb.closes:
        held = "snoozed" if verb is Verb.SNOOZE else "acknowledged"
        return f"{subject(action.wait)} is {held}{_until(action, zone)}"
    how = HOW[verb.mark]
    if action.scope == WAIT:
        return f"{subject(action.wait)} is closed: {how}"
    coming = COMING.get(action.scope, "what fits the pattern")
    closed = "1 wait is" if waits == 1 else f"{waits} waits are"
    return f"{closed} closed: {how}. So is {coming}{_until(action, zone)}"


def undone(action: Action, waits: int) -> str:
    """What taking it back did."""
    verb = Verb(action.verb)
    if not verb.closes:
        held = "snoozed" if verb is Verb.SNOOZE else "acknowledged"
        return f"Taken back: {_inner(subject(action.wait))} is no longer {held}"
    if action.scope == WAIT:
        return f"Taken back: {_inner(subject(action.wait))} waits again"
    return f"Taken back: {'1 wait is' if waits == 1 else f'{waits} waits are'} open again, and messages to come count"


def subject(number: int | None) -> str:
    """A wait, or a digest, as a sentence begins."""
    return f"Digest {-number}" if number is not None and number < 0 else f"Wait {number}"


def closed(wait: Subject) -> str:
    """Why nothing can be done about a wait any more."""
    if wait.reason in BY_HAND:
        return f"wait {wait.id} is closed already: {HOW[Mark(wait.reason)]}"
    state = {"answered": "it is answered", "merged": "nothing of it waits any more"}.get(wait.state, wait.state)
    return f"wait {wait.id} is closed already: {state}"


def _inner(words: str) -> str:
    return words[0].lower() + words[1:]


def _until(action: Action, zone: ZoneInfo) -> str:
    if action.until is None:
        return ""
    end = f"{clock(action.until, zone, action.at)} {zone_name(action.until, zone)}"
    return f" for {duration(action.until - action.at)}, until {end}"
