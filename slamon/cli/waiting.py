"""`slamon waiting`: who waits, how long, due when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from slamon.cli._options import config_option, json_option, stored
from slamon.explaining import waiting_data

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.model import Instant
    from slamon.store.facts import WaitFacts

TEXT_WIDTH = 60


@click.command("waiting")
@config_option
@json_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many waits.")
def command(config: Path, limit: int, *, as_json: bool) -> None:
    """Print the open queue, nearest deadline first. Reads only; works beside a running daemon.

    Exit code 0: printed, also when nobody waits; 1: faults in the configuration; 2: no database.
    """
    from slamon.app import wall_clock
    from slamon.store import facts

    store = stored(config)
    try:
        with store.read() as tx:
            waits = facts.queue(tx, limit)
    finally:
        store.close()
    now = wall_clock()
    if as_json:
        click.echo(json.dumps({"waiting": [waiting_data(wait) for wait in waits]}, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_line(wait, now) for wait in waits) if waits else "Nobody waits.")


def _line(wait: WaitFacts, now: Instant) -> str:
    from slamon.logs import escape
    from slamon.model import RESPONSES
    from slamon.notifiers.text import called, duration

    newest = wait.messages[-1] if wait.messages else None
    who = called(newest.author) if newest else f"@{wait.customer}"
    text = " ".join(newest.text.split()) if newest else ""
    left = wait.due_at - now
    due = (f"due in {duration(left)}" if left >= 0 else f"late by {duration(-left)}") if wait.policy else "no policy"
    due = "history" if wait.history and wait.policy else due
    cut = text if len(text) <= TEXT_WIDTH else text[: TEXT_WIDTH - 1] + "…"
    head = f"{wait.id:>6}  {wait.status.value:<10}  {due:<18}  waits {duration(now - wait.started_at):<12}"
    beside = "" if wait.target in RESPONSES else f" {wait.target.value}"
    return escape(f"{head}  {wait.channel}  {wait.policy or '-'}{beside}  {who}  {cut}")
