"""`slamon once`: one round, for cron and for trying things out."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from slamon.cli._options import config_option, json_option, log_level_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("once")
@config_option
@json_option
@log_level_option
def command(config: Path, log_level: str, *, as_json: bool) -> None:
    """Poll each channel once, decide what is due, send what is to be sent, then exit.

    Exit code 0: every channel was read; 1: one could not be read, or faults in configuration or rules; 2: the
    environment, or another slamon writes the database.
    """
    from slamon import logs
    from slamon.app import App
    from slamon.loading import load

    logs.configure(log_level)
    app = App(*load(config))
    try:
        outcomes = app.once()
    finally:
        app.stop()
    if as_json:
        click.echo(json.dumps({"channels": outcomes}, indent=2))
    else:
        for name, outcome in outcomes.items():
            click.echo(f"{name}: {outcome}")
    sys.exit(0 if all(outcome in {"ok", "partial"} for outcome in outcomes.values()) else 1)
