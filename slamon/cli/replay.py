"""`slamon replay FILE`: how fast a recorded history was answered, by the rules or by one hour around the clock."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slamon.cli._options import json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.model import Instant
    from slamon.replay import Progress
    from slamon.sla.policy import RuleSet


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

    judged_at, rules = _instant(at), _rules(folder)
    with _progress() as progress:
        result = replay(file, rules, judged_at, progress)
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=2))
    else:
        from slamon.cli._replay_table import table

        click.echo(table(result))


def _instant(at: str | None) -> Instant | None:
    from slamon.errors import UsageError
    from slamon.replay import instant

    try:
        return instant(at) if at else None
    except ValueError as error:
        raise UsageError(f"--at {at} {error}; write 2026-11-21T15:45:00+01:00, or Z for UTC") from None


def _rules(folder: Path | None) -> RuleSet:
    """The rules in a folder. Which channels and audiences there are is not asked: a history may have had others."""
    from slamon.errors import UsageError
    from slamon.rules import load_rules
    from slamon.sla.policy import RuleSet

    if folder is None:
        return RuleSet("built in")
    if not folder.is_dir():
        raise UsageError(f"--rules {folder} is no folder")
    return load_rules(folder)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar on the terminal; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="reading", file=sys.stderr) as bar:

        def show(done: int, size: int) -> None:
            bar.length = size
            bar.update(done - bar.pos)

        yield show
