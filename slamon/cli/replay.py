"""`slamon replay FILE`: how fast a recorded history was answered, by the rules or by one hour around the clock."""

from __future__ import annotations

import json
from pathlib import Path

import click

from slamon.cli._history import judged_at, progress, rules_in
from slamon.cli._options import json_option


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rules", "folder", type=click.Path(path_type=Path), help="The folder of rules; without it, one hour.")
@click.option("--at", metavar="TIME", help="The instant to judge at, in ISO 8601 with a zone.")
@json_option
def command(file: Path, folder: Path | None, at: str | None, *, as_json: bool) -> None:
    """Measure how fast the messages in FILE (JSONL or CSV) were answered.

    Exit code 0: measured; 1: faults in the file or the rules; 2: one of them cannot be read.
    """
    from slamon.replay import replay

    instant, rules = judged_at(at), rules_in(folder)
    with progress("reading") as show:
        result = replay(file, rules, instant, show)
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=2))
    else:
        from slamon.cli._replay_table import table

        click.echo(table(result))
