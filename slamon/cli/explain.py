"""`slamon explain CONVERSATION`: messages, policy and why the others did not match, sums, what was told and why."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from slamon.cli._options import config_option, json_option, opened
from slamon.cli.waiting import iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.explain import Explained, Told
    from slamon.model import Message
    from slamon.store.facts import WaitFacts

TEXT_WIDTH = 100


@click.command("explain")
@click.argument("conversation")
@config_option
@json_option
def command(conversation: str, config: Path, *, as_json: bool) -> None:
    """Explain every wait that CONVERSATION may mean.

    CONVERSATION is a wait's number, or the id of a message, a thread or a customer, or a handle.

    Exit code 0: explained; 1: nothing of that name, or faults in configuration or rules; 2: no database.
    """
    from slamon.app import wall_clock
    from slamon.explain import explain
    from slamon.logs import escape

    _, rules, store = opened(config)
    try:
        found = explain(store, rules, conversation, wall_clock())
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps({"waits": [_as_json(one) for one in found]}, indent=2, ensure_ascii=False))
    elif found:
        click.echo("\n\n".join("\n".join(escape(line) for line in _lines(one)) for one in found))
    else:
        click.echo(escape(f"Nothing is known of {conversation}: try a number from `slamon waiting`."), err=True)
    sys.exit(0 if found else 1)


def _lines(one: Explained) -> Iterator[str]:
    wait = one.wait
    yield f"wait {wait.id}: {wait.status.value}, {wait.channel}, thread {wait.thread}, customer {wait.customer}"
    yield from _messages(one)
    yield from _policy(one)
    yield from _sums(one)
    yield "  told:" if one.told else "  told: nobody"
    for told in one.told:
        yield f"    {_told(told)}"


def _messages(one: Explained) -> Iterator[str]:
    waiting = {said.id for said in one.wait.messages}
    yield "  messages (* waits for an answer):"
    for said in one.thread:
        mark = "*" if said.id in waiting else " "
        gone = ", deleted" if said.gone_at is not None else ""
        text = " ".join(said.text.split())[:TEXT_WIDTH]
        who = said.author.handle or said.author.id
        yield f"   {mark}{iso(said.created_at)}  {said.side.value:<5}  @{who}{gone}: {text}"


def _policy(one: Explained) -> Iterator[str]:
    wait = one.wait
    yield f"  policy: {wait.policy or 'none matches, the wait is only counted'}"
    for name, words in one.match.failed:
        yield f"    not {name}: {words} does not hold"
    if one.match.policy and one.match.policy.name != wait.policy:
        yield f"    under the rules in force now it would be {one.match.policy.name}"


def _sums(one: Explained) -> Iterator[str]:
    from slamon.notifiers.text import duration

    wait = one.wait
    if not wait.policy:
        return
    yield f"  {wait.target.value}: {duration(wait.length)} from {iso(wait.started_at)}, due {iso(wait.due_at)}"
    yield f"  {_outcome(one)}"
    yield f"  counted: {_counted(wait)}"
    yield f"  last read: {iso(wait.read_at) if wait.read_at else 'never'}"
    for name, at in one.stages:
        yield f"    stage {name} at {iso(at)}"


def _outcome(one: Explained) -> str:
    from slamon.notifiers.text import duration

    wait = one.wait
    if wait.answered_at is not None:
        open_time = f", {duration(wait.elapsed)} of it in open hours" if wait.elapsed is not None else ""
        return f"answered {iso(wait.answered_at)} by @{wait.answered_by}, after {duration(one.waited)}{open_time}"
    if wait.cancelled_at is not None:
        return f"cancelled {iso(wait.cancelled_at)}, after {duration(one.waited)}: all that waited was deleted"
    if wait.state == "merged":
        return "part of another wait by now"
    return f"waiting for {duration(one.waited)}"


def _counted(wait: WaitFacts) -> str:
    if wait.settled:
        return wait.settled.replace("_", " ")
    if wait.history:
        return "no, it is history"
    return "no, it was cancelled" if wait.state in {"cancelled", "merged"} else "not yet"


def _told(told: Told) -> str:
    how = "" if told.verified else ", not verified"
    sent = f" at {iso(told.sent_at)}" if told.sent_at else ""
    why = f" ({told.reason})" if told.reason else ""
    return f"{told.stage} to {told.audience} ({told.destination}): {told.state}{sent}{why}{how}"


def _as_json(one: Explained) -> dict[str, Any]:
    wait = one.wait
    return {
        "wait": wait.id,
        "channel": wait.channel,
        "conversation": wait.thread,
        "customer": wait.customer,
        "number": wait.number,
        "turn": wait.turn,
        "target": wait.target.value,
        "status": wait.status.value,
        "settled": wait.settled,
        "history": wait.history and bool(wait.policy),
        "policy": wait.policy or None,
        "failed": [{"policy": name, "condition": words} for name, words in one.match.failed],
        "started_at": iso(wait.started_at),
        "due_at": iso(wait.due_at) if wait.policy else None,
        "answered_at": iso(wait.answered_at) if wait.answered_at is not None else None,
        "cancelled_at": iso(wait.cancelled_at) if wait.cancelled_at is not None else None,
        "elapsed_seconds": one.waited / 1_000,
        "open_seconds": wait.elapsed / 1_000 if wait.elapsed is not None else None,
        "stages": [{"stage": name, "at": iso(at)} for name, at in one.stages],
        "messages": [_message(said) for said in one.thread],
        "told": [{"stage": t.stage, "to": t.audience, "state": t.state, "reason": t.reason} for t in one.told],
    }


def _message(said: Message) -> dict[str, Any]:
    return {
        "id": said.id,
        "at": iso(said.created_at),
        "side": said.side.value,
        "author": said.author.handle or said.author.id,
        "text": said.text,
        "gone_at": iso(said.gone_at) if said.gone_at is not None else None,
    }
