"""Waits for programs: in the queue, and explained. Instants are ISO 8601, spans are seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slamon.explain import Explained, Held, Quiet, Said
    from slamon.model import Instant, Millis
    from slamon.store.actions import Action
    from slamon.store.explained import Told
    from slamon.store.facts import WaitFacts
    from slamon.tellings import Telling


def iso(at: Instant) -> str:
    """An instant as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds")


def waiting_data(wait: WaitFacts) -> dict[str, Any]:
    """A wait as it stands in the queue."""
    newest = wait.messages[-1] if wait.messages else None
    return {
        "wait": wait.id,
        "channel": wait.channel,
        "conversation": wait.thread,
        "customer": (newest.author.handle or newest.author.name or newest.author.id) if newest else wait.customer,
        "target": wait.target.value,
        "policy": wait.policy or None,
        "status": wait.status.value,
        "history": wait.history,
        "started_at": iso(wait.started_at),
        "due_at": iso(wait.due_at) if wait.policy else None,
        "messages": [said.id for said in wait.messages],
        "text": newest.text if newest else "",
        "permalink": wait.messages[0].permalink if wait.messages else "",
    }


def as_data(one: Explained) -> dict[str, Any]:
    """A wait. What stands at its top about a target is about the answer."""
    wait, matched = one.stored, one.matched
    main = one.targets[0] if one.targets else None
    return {
        "wait": wait.id,
        "channel": one.channel.name,
        "conversation": wait.thread,
        "customer": wait.customer,
        "number": wait.number,
        "turn": wait.turn,
        "episode": wait.episode,
        "state": wait.state,
        "reason": wait.reason or None,
        "suspected": wait.suspected,
        **_main(main, one),
        "policy": matched.policy or None,
        "failed": [{"policy": f.policy, "condition": f.condition, "note": f.note} for f in matched.failed],
        "rules": {"matched": matched.rules, "in_force": matched.in_force, "policy_in_force": matched.now or None},
        "started_at": iso(wait.started_at),
        "answered_at": _iso(wait.answered_at),
        "cancelled_at": _iso(wait.cancelled_at),
        "acknowledged_at": _iso(wait.acknowledged_at),
        "promised_at": _iso(wait.holding_at),
        "followed_up_at": _iso(wait.followed_up_at),
        "bot_at": _iso(wait.bot_at),
        "merged_into": wait.merged_into,
        "read_at": _iso(wait.read_at),
        "elapsed_seconds": one.waited / 1_000,
        "targets": [_target(held) for held in one.targets],
        "messages": [_message(said) for said in one.thread],
        "told": [_told(told) for told in one.told],
        "actions": [_action(done) for done in one.actions],
    }


def quiet_data(thread: Quiet) -> dict[str, Any]:
    """A thread in which nobody ever waited."""
    return {
        "channel": thread.channel.name,
        "conversation": thread.thread,
        "messages": [_message(said) for said in thread.messages],
    }


def _main(held: Held | None, one: Explained) -> dict[str, Any]:
    if held is None:
        unmatched = one.targets_seen[0] if one.targets_seen else None
        return {
            "target": unmatched.target.value if unmatched else None,
            "status": unmatched.status.value if unmatched else one.stored.state,
            "settled": None,
            "history": False,
            "due_at": None,
            "open_seconds": None,
            "stages": [],
        }
    timer = held.timer
    return {
        "target": timer.target.value,
        "status": timer.status.value,
        "settled": timer.settled,
        "history": timer.history,
        "due_at": iso(timer.due_at),
        "open_seconds": _seconds(timer.elapsed),
        "stages": [{"stage": step.stage, "at": iso(step.at)} for step in held.tellings if not step.repeat],
    }


def _target(held: Held) -> dict[str, Any]:
    timer = held.timer
    return {
        "target": timer.target.value,
        "policy": timer.policy,
        "status": timer.status.value,
        "settled": timer.settled,
        "history": timer.history,
        "calendar": held.calendar or None,
        "length_seconds": timer.length / 1_000,
        "started_at": iso(timer.started_at),
        "due_at": iso(timer.due_at),
        "answered_at": _iso(timer.answered_at),
        "wall_seconds": held.wall / 1_000,
        "open_seconds": _seconds(held.open),
        "stages": [_step(step) for step in held.tellings],
    }


def _step(step: Telling) -> dict[str, Any]:
    return {
        "stage": step.stage,
        "repeat": step.repeat,
        "at": iso(step.at),
        "to": step.audience,
        "told": [_told(told) for told in step.letters],
        "note": step.note or None,
    }


def _told(told: Told) -> dict[str, Any]:
    return {
        "target": told.target,
        "stage": told.stage,
        "repeat": told.repeat,
        "episode": told.episode,
        "to": told.audience,
        "destination": told.destination,
        "state": told.state,
        "reason": told.reason,
        "sent_at": _iso(told.sent_at),
        "held_until": _iso(told.not_before if told.state == "held" else None),
        "digest": told.digest,
        "verified": told.verified,
    }


def _action(done: Action) -> dict[str, Any]:
    return {
        "action": done.id,
        "verb": done.verb,
        "wait": done.wait,
        "scope": done.scope,
        "subject": done.subject or None,
        "reason": done.reason or None,
        "at": iso(done.at),
        "until": _iso(done.until),
        "by": done.by,
        "by_id": done.by_id,
        "via": done.via,
        "undone_at": _iso(done.undone_at),
        "undone_by": done.undone_by,
    }


def _message(said: Said) -> dict[str, Any]:
    message = said.message
    return {
        "id": message.id,
        "at": iso(message.created_at),
        "side": message.side.value,
        "role": said.role.value,
        "author": message.author.handle or message.author.id,
        "text": message.text,
        "gone_at": _iso(message.gone_at),
        "marks": sorted(message.marks),
        "no_reply": said.no_reply or None,
        "wait": said.wait,
        "slow_patterns": list(said.slow),
    }


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso(at)


def _seconds(span: Millis | None) -> float | None:
    return None if span is None else span / 1_000
