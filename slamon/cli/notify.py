"""`slamon notify`: try the ways by which people are told."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from slamon.cli._options import config_option, json_option

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.drill import Tried


@click.command("notify")
@click.option("--test", is_flag=True, help="Send one of each kind of message, marked as a test.")
@click.option("--to", help="Only to this audience; by default to each, and on each second route.")
@config_option
@json_option
def command(to: str | None, config: Path, *, test: bool, as_json: bool) -> None:
    """Send a test message of each kind to the audiences and the second routes, and say what arrived.

    Writes nothing to the database, and works beside a running daemon.

    Exit code 0: all arrived; 1: something did not, or faults in the configuration; 2: nobody can be told, or no such
    audience.
    """
    import time

    from slamon import logs
    from slamon.app import wall_clock
    from slamon.config import load_config
    from slamon.drill import chosen, drill
    from slamon.loading import connector_infos
    from slamon.notifiers.slack import Slack

    if not test:
        raise click.UsageError("say what to do: slamon notify --test")
    logs.configure("warning")
    notify = load_config(config, connector_infos()).notify
    audiences = chosen(notify, to)
    slack = notify.slack
    if slack is None:
        raise AssertionError  # pragma: no cover - there is no audience without it
    notifier = Slack(slack.token.get(), slack.api_url, notify.timezone)
    tried = []
    for each in drill(notify, audiences, notifier, wall_clock, time.sleep):
        tried.append(each)
        if not as_json:
            click.echo(_line(each))
    good = not any(each.error for each in tried)
    if as_json:
        click.echo(json.dumps({"good": good, "tried": [asdict(each) for each in tried]}, indent=2))
    sys.exit(0 if good else 1)


def _line(each: Tried) -> str:
    from slamon.logs import escape

    return escape(f"{'FAILED ' if each.error else 'arrived'}  {each.to} ({each.where}): {each.what}") + (
        f"\n         {escape(each.error)}" if each.error else ""
    )
