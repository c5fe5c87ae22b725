"""`slamon status`: what the running daemon says of itself."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from slamon.cli._options import config_option, configured, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@click.command("status")
@config_option
@json_option
def command(config: Path, *, as_json: bool) -> None:
    """Ask the running daemon how it is, over its socket beside the database.

    Exit code 0: ready; 1: not ready, or faults in the configuration; 2: no daemon runs.
    """
    from slamon.control import ask
    from slamon.loading import socket_path
    from slamon.logs import escape

    status = ask(socket_path(configured(config)), "status")
    if as_json:
        click.echo(json.dumps(status, indent=2))
    else:
        click.echo("\n".join(escape(line) for line in _lines(status)))
    sys.exit(0 if status["ready"] else 1)


def _lines(status: dict[str, Any]) -> Iterator[str]:
    ready = "ready" if status["ready"] else "not ready: " + ", ".join(status["reasons"])
    yield f"slamon {status['version']}, pid {status['pid']}, {status['url']}: {ready}"
    refused = "; those on disk have faults and are not in force: run `slamon check`" if status["rules_refused"] else ""
    yield f"rules {status['rules']}{refused}"
    if socket := status.get("slack_socket"):
        since = socket["connected_since"]
        yield f"Slack: buttons and emoji {f'are heard since {since}' if since else 'are not heard'}"
    for channel in status["channels"]:
        yield f"  {channel['name']}: last read {channel['read_at'] or 'never'}{', blind' if channel['blind'] else ''}"
