"""`slamon snooze WAIT`: hear of it again later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slamon.cli._acting import act, span, wait_option
from slamon.cli._options import config_option, json_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("snooze")
@wait_option
@click.option("--for", "length", metavar="SPAN", callback=span, help="How long: 15m, 1h, 2d. Left out, one hour.")
@click.option("--until-shift-ends", is_flag=True, help="Until the shift of those who were told ends.")
@config_option
@json_option
def command(wait: str, length: str | None, config: Path, *, until_shift_ends: bool, as_json: bool) -> None:
    """Hear nothing of WAIT for a while, and then again if it still waits. Whom nobody told yet is told all the same.

    WAIT is a wait's number, or anything that `slamon explain` takes and that names one open wait. The running slamon
    does it; where none runs, this command does.

    Exit code 0: done; 1: no such wait, several of that name, or one that is over, or faults in configuration or rules;
    2: no database, another process writes it, or wrong usage.
    """
    if length and until_shift_ends:
        raise click.UsageError("--for or --until-shift-ends, not both")
    said = {"for": length, "until_shift_ends": until_shift_ends or None}
    act("snooze", wait, said, config, as_json=as_json)
