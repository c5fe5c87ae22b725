"""`slamon dismiss WAIT --reason TEXT`: no reply is needed, here or for all that is alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slamon.cli._acting import act, span, wait_option
from slamon.cli._options import config_option, json_option

if TYPE_CHECKING:
    from pathlib import Path

WAYS = ("elsewhere", "mute", "statement")
SCOPES = ("wait", "author", "thread", "match")


@click.command("dismiss")
@wait_option
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is kept and shown.")
@click.option(
    "--as",
    "way",
    type=click.Choice(WAYS),
    help="It was answered elsewhere, or by a statement to all; or the post is muted. Left out: no reply is needed.",
)
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    help="This wait, or also all of its author on that channel, of its thread, or all that match a pattern, now and "
    "to come. Left out: the wait; with mute and statement, the thread.",
)
@click.option("--pattern", metavar="RE", help="With --scope match: the regular expression.")
@click.option("--for", "length", metavar="SPAN", callback=span, help="How long a wider scope holds: 24h, 7d.")
@config_option
@json_option
def command(wait: str, *, config: Path, as_json: bool, **said: str | None) -> None:
    """End WAIT without a reply. It counts as cancelled, never as met, and can be taken back: `slamon undo`.

    WAIT is a wait's number, or anything that `slamon explain` takes and that names one open wait. A wider scope also
    holds for messages to come, until its end. The running slamon does it; where none runs, this command does.

    Exit code 0: done; 1: no such wait, several of that name, or one that is over, or faults in configuration or rules;
    2: no database, another process writes it, or wrong usage.
    """
    if (said["scope"] == "match") is not bool(said["pattern"]):
        raise click.UsageError("--scope match and --pattern belong together")
    names = {"way": "as", "length": "for"}
    act("dismiss", wait, {names.get(key, key): value for key, value in said.items()}, config, as_json=as_json)
