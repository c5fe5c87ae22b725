"""What an explained wait is called: how it ended, what a message was taken for, what became of a telling.

For the terminal and for pages, which say instants differently: `when` is how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import Mark
from slamon.notifiers.text import called, duration
from slamon.sla.fold import AUTOMATION, BOT_CLOSED, DELETED, HANDED_OVER
from slamon.sla.handling import Verb
from slamon.sla.orders import AUTHOR, MATCH, THREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from slamon.explain import Explained, Failed, Held, Said
    from slamon.model import Instant
    from slamon.store.actions import Action
    from slamon.store.explained import StoredWait, Told
    from slamon.tellings import Telling

    When: TypeAlias = Callable[[Instant], str]
    """How an instant is said."""

MARKS = {
    Mark.AUTOMATION: "automatic: the rules list it",
    Mark.HAND_OVER: "hands over",
    Mark.HOLDING: "only promises an answer",
    Mark.REPEATED: "a text that was used before",
    Mark.KEPT: "needs a reply: a person took back that it needs none",
}
BY_PEOPLE = {
    Mark.DISMISSED: "dismissed: no reply is needed",
    Mark.ELSEWHERE: "answered elsewhere",
    Mark.MUTED: "muted",
    Mark.STATEMENT: "answered by a statement",
}
DONE = {
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.SNOOZE: "snoozed",
    Verb.DISMISS: "dismissed",
    Verb.ELSEWHERE: "answered elsewhere",
    Verb.MUTE: "muted",
    Verb.STATEMENT: "answered by a statement",
}
REACH = {AUTHOR: "whatever its author writes here", THREAD: "the whole thread", MATCH: "whatever fits"}
ENDS = {
    HANDED_OVER: "handed over: the answer asks the customer to go on elsewhere",
    AUTOMATION: "by a machine, which its policy takes for an answer",
    DELETED: "all that waited was deleted",
    "unwatched": "its channel is not watched any more",
}


def ending(one: Explained, when: When) -> str:
    """How the wait ended, or that it did not."""
    wait = one.stored
    after = f"after {duration(one.waited)}"
    why = f": {ENDS[wait.reason]}" if wait.reason in ENDS else ""
    if wait.state == "merged":
        return _merged(wait, after, when)
    if wait.answered_at is not None:
        by = next((_who(said) for said in one.thread if said.message.id == wait.answered_by), "")
        how = f", {ENDS[wait.reason]}" if wait.reason in ENDS else ""
        return f"answered {when(wait.answered_at)}{by}, {after}{how}{_suspected(wait)}"
    if wait.cancelled_at is not None:
        return f"cancelled {when(wait.cancelled_at)}, {after}{why}"
    if wait.state == BOT_CLOSED and wait.bot_at is not None:
        return f"closed by the answer of a bot, {when(wait.bot_at)}, which the customer left standing"
    if wait.state == "abandoned":
        return f"abandoned: waiting for {duration(one.waited)}, and the customer fell silent"
    return f"waiting for {duration(one.waited)}"


def _merged(wait: StoredWait, after: str, when: When) -> str:
    if wait.reason in BY_PEOPLE:
        return f"closed {when(wait.cancelled_at or 0)} by hand, {after}: {BY_PEOPLE[Mark(wait.reason)]}"
    return "part of another wait by now" if wait.merged_into is None else f"part of wait {wait.merged_into} by now"


def further(wait: StoredWait, when: When) -> Iterator[str]:
    """What else happened to it on the way."""
    if wait.acknowledged_at is not None and wait.acknowledged_at != wait.answered_at:
        yield f"first sign of life: {when(wait.acknowledged_at)}"
    if wait.holding_at is not None:
        kept = when(wait.followed_up_at) if wait.followed_up_at is not None else "not yet"
        yield f"an answer was promised {when(wait.holding_at)}, and given: {kept}"
    if wait.bot_at is not None and wait.state == "open":
        yield f"a bot answered {when(wait.bot_at)}, which does not end it"
    if wait.episode > 1:
        yield f"episode {wait.episode}: an answer that had ended it was deleted"
    if wait.partial:
        yield "its thread was cut off when it was read: answers may be missing"


def taken_for(one: Explained | None, said: Said, when: When) -> list[str]:
    """What a message was taken for, and what became of it."""
    message = said.message
    own = None if one is None else one.stored
    facts = {
        f"needs no reply: {said.no_reply}": bool(said.no_reply),
        "automatic: its platform says so": message.automated,
        **{words: mark in message.marks for mark, words in MARKS.items()},
        "the answer": own is not None and message.id == own.answered_by,
        f"wait {said.wait}": said.wait is not None and own is not None and said.wait != own.id,
        "it did not arrive": message.failed,
        "hidden from the start": message.filtered,
        "hidden": message.hidden and not message.filtered,
        "edited": message.edited_at is not None,
        f"surfaced {when(message.surfaced_at or 0)}": message.surfaced_at is not None,
        f"deleted {when(message.gone_at or 0)}": message.gone_at is not None,
        **{f"a pattern took too long: {words}": True for words in said.slow},
    }
    return [words for words, holds in facts.items() if holds]


def counted(held: Held, wait: StoredWait) -> str:
    """Whether it stands in the figures."""
    if held.timer.settled:
        return held.timer.settled.replace("_", " ")
    if held.timer.history:
        return "no, it is history"
    return "no, it was cancelled" if wait.state in {"cancelled", "merged"} else "not yet"


def action(done: Action, one: Explained, when: When) -> Iterator[str]:
    """What a person did: who, when, how far and how long; whether it was taken back; what was told at its end."""
    elsewhere = f", about wait {done.wait}" if done.wait != one.stored.id else ""
    how = f"({done.via}, action {done.id}{elsewhere})"
    yield f"{when(done.at)}  {DONE[Verb(done.verb)]} by {done.by} {how}{_reach(done, when)}{_why(done)}"
    if done.undone_at is not None:
        yield f"  taken back {when(done.undone_at)} by {done.undone_by}"
    yield from (f"  its end: {letter(told, when)}" for told in one.ends_of(done))


def _reach(done: Action, when: When) -> str:
    reach = f", for {REACH[done.scope]}" if done.scope in REACH else ""
    pattern = f" `{done.subject}`" if done.scope == MATCH else ""
    until = f", until {when(done.until)}" if done.until is not None else ""
    return reach + pattern + until


def _why(done: Action) -> str:
    return f": {done.reason}" if done.reason else ""


def telling(step: Telling, when: When) -> str:
    """A stage: when, and what was sent of it or why nothing was."""
    again = f", again {step.repeat}" if step.repeat else ""
    said = "; ".join(letter(told, when) for told in step.letters) or step.note
    return f"{step.stage}{again} at {when(step.at)}: {said}"


def letter(told: Told, when: When) -> str:
    """To whom, and what became of it."""
    how = "" if told.verified else ", not verified"
    sent = f" {when(told.sent_at)}" if told.sent_at is not None else ""
    sent = f" until {when(told.not_before)}" if told.state == "held" else sent
    why = f" ({told.reason})" if told.reason else ""
    return f"{told.audience} ({told.destination}) {told.state}{sent}{why}{how}"


def _who(said: Said) -> str:
    return f" by {called(said.message.author)}"


def _suspected(wait: StoredWait) -> str:
    return "; a machine is suspected" if wait.suspected else ""


def failed(one: Failed) -> str:
    """Why a policy above the one that was matched is not the one."""
    if not one.condition:
        return f"{one.policy}: it holds as well, but promises nothing earlier"
    note = f" ({one.note})" if one.note else ""
    return f"{one.policy}: {one.condition} does not hold{note}"
