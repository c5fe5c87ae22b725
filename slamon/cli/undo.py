"""`slamon undo`: what people did about waits, and how to take it back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from slamon.cli._acting import carried_out, told, who
from slamon.cli._options import config_option, json_option, stored
from slamon.explaining import iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.store.actions import Action


@click.command("undo")
@click.argument("action", type=click.IntRange(1, 10**15 - 1), required=False)
@click.option("--standing", is_flag=True, help="List only what holds for messages to come.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="List at most so many.")
@config_option
@json_option
def command(action: int | None, limit: int, config: Path, *, standing: bool, as_json: bool) -> None:
    """Take ACTION back, by its number; without one, list what people did, newest first.

    What was dismissed waits again, from when it began. The running slamon does it; where none runs, this command does.

    Exit code 0: listed or taken back; 1: no such action, or it was taken back before, or faults in configuration or
    rules; 2: no database, another process writes it, or wrong usage.
    """
    if action is None:
        _list(config, limit, standing=standing, as_json=as_json)
    elif standing:
        raise click.UsageError("--standing belongs to the list")
    else:
        told(carried_out("undo", {"action": action, "by": who()}, config), as_json=as_json)


def _list(config: Path, limit: int, *, standing: bool, as_json: bool) -> None:
    from slamon.app import wall_clock
    from slamon.logs import escape
    from slamon.store import acted

    store = stored(config)
    try:
        with store.read() as tx:
            found = acted.standing(tx, limit, wall_clock()) if standing else acted.recent(tx, limit)
    finally:
        store.close()
    if as_json:
        actions = [_as_json(action, channel) for action, channel in found]
        click.echo(json.dumps({"actions": actions}, indent=2, ensure_ascii=False))
    else:
        lines = [escape("  ".join(_parts(action, channel))) for action, channel in found]
        click.echo("\n".join(lines) or "Nobody did anything.")


def _parts(action: Action, channel: str) -> Iterator[str]:
    yield f"{action.id:>6}"
    yield iso(action.at)
    yield f"{action.verb} {_subject(action)}" + (f" on {channel}" if channel else "")
    yield f"by {action.by} ({action.via})"
    if action.until is not None:
        yield f"until {iso(action.until)}"
    if action.undone_at is not None:
        yield f"taken back {iso(action.undone_at)} by {action.undone_by}"
    if action.reason:
        yield " ".join(action.reason.split())


def _subject(action: Action) -> str:
    if action.scope != "wait":
        return f"{action.scope} {action.subject}"
    if action.wait is None:
        return "-"
    return f"wait {action.wait}" if action.wait > 0 else f"digest {-action.wait}"


def _as_json(action: Action, channel: str) -> dict[str, Any]:
    return {
        "action": action.id,
        "at": iso(action.at),
        "verb": action.verb,
        "wait": action.wait,
        "channel": channel or None,
        "scope": action.scope,
        "subject": action.subject,
        "reason": action.reason,
        "until": None if action.until is None else iso(action.until),
        "by": action.by,
        "by_id": action.by_id,
        "via": action.via,
        "undone_at": None if action.undone_at is None else iso(action.undone_at),
        "undone_by": action.undone_by,
    }
