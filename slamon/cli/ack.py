"""`slamon ack WAIT`: somebody has it in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slamon.cli._acting import act, wait_option
from slamon.cli._options import config_option, json_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("ack")
@wait_option
@config_option
@json_option
def command(wait: str, config: Path, *, as_json: bool) -> None:
    """Say that you have WAIT in hand: repetitions stop, later stages do not.

    It holds until your shift ends, or for four hours; a later message of the customer and the next stage end it.
    WAIT is a wait's number, or anything that `slamon explain` takes and that names one open wait. The running slamon
    does it; where none runs, this command does.

    Exit code 0: done; 1: no such wait, several of that name, or one that is over, or faults in configuration or rules;
    2: no database, another process writes it, or wrong usage.
    """
    act("acknowledge", wait, {}, config, as_json=as_json)
