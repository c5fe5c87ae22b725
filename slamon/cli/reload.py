"""`slamon reload`: have the running daemon read its rules again."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from slamon.cli._options import config_option, configured, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPEN_WAITS = {
    "all": "every open wait is matched anew",
    "some": "open waits whose deadline or stages moved are decided anew",
    "none": "open waits stay as they are",
}


@click.command("reload")
@config_option
@json_option
def command(config: Path, *, as_json: bool) -> None:
    """Have the running daemon read its rules again, over its socket, and say what changed.

    Exit code 0: the rules on disk are in force; 1: they have faults, and those before stay; 2: no daemon runs.
    """
    from slamon.control import ask
    from slamon.loading import socket_path
    from slamon.logs import escape

    report = ask(socket_path(configured(config)), "reload")
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        click.echo("\n".join(escape(line) for line in _lines(report)))
    sys.exit(1 if "faults" in report else 0)


def _lines(report: dict[str, Any]) -> Iterator[str]:
    if "faults" in report:
        yield from report["faults"]
        yield f"the rules before stay in force: version {report['version']}"
    elif report["outcome"] == "unchanged":
        yield f"nothing changed: version {report['version']}"
    else:
        yield f"version {report['version']} is in force, in place of {report['before']}"
        for name, change in report["channels"].items():
            yield from _channel(name, change)
    if "note" in report:
        yield report["note"]


def _channel(name: str, change: dict[str, Any]) -> Iterator[str]:
    parts = [f"{word} {', '.join(names)}" for word, names in change["policies"].items() if word != "reordered"]
    parts += ["other order of policies"] if "reordered" in change["policies"] else []
    parts += [f"settings {', '.join(change['settings'])}"] if "settings" in change else []
    yield f"  {name}: {'; '.join(parts)}; {OPEN_WAITS[change['open_waits']]}"
