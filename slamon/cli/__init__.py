"""The command line: one file a command, found by its name, loaded when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import cast

import click

COMMANDS = {
    "run": "Watch all channels until stopped.",
    "once": "One poll, one sweep, one dispatch, then exit.",
    "check": "Check configuration and rules, and say every promise in words.",
    "probe": "Try a channel's credentials, and say what is missing.",
    "notify": "Send a test message of each kind, and say what arrived.",
    "connectors": "Which platforms can be watched, and what each one needs.",
    "status": "What the running daemon says of itself.",
    "reload": "Have the running daemon read its rules again.",
    "waiting": "The open queue, nearest deadline first.",
    "explain": "Why a conversation stands where it stands.",
    "ack": "Say that you have a wait in hand.",
    "snooze": "Hear of a wait again later.",
    "dismiss": "Say that a wait needs no reply, and why.",
    "undo": "What people did about waits, and how to take it back.",
    "no-reply": "Messages that were dropped because they need no reply.",
    "schema": "What may stand in the YAML files, for editors.",
    "generate": "Make the rules for Prometheus from the YAML.",
    "test-rules": "Try the rules on cases that say what is to come of them.",
    "replay": "Measure a recorded history.",
    "report": "The figures of a span of time: shares, times, where everything went.",
    "simulate": "What candidate rules would change, on the stored or a recorded history.",
    "demo": "Watch slamon at work on a practice range.",
}
"""Each with its line in the help, so that `--help` loads none of them."""


def module(name: str) -> str:
    """The file of a command: a dash in its name is an underscore there."""
    return name.replace("-", "_")


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        return cast("click.Command", import_module(f"slamon.cli.{module(cmd_name)}").command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="slamon")
def group() -> None:
    """Watch how long customers wait for an answer, and tell someone before a promise breaks.

    Exit codes: 0 good, 1 findings, 2 usage or environment.
    """


def main() -> None:
    """Run the command line; a user's mistake is one line, never a traceback."""
    from slamon.errors import FaultsError, SlamonError
    from slamon.logs import escape

    try:
        group(prog_name="slamon")
    except FaultsError as error:
        click.echo("\n".join(escape(str(fault)) for fault in error.faults), err=True)
        sys.exit(1)
    except SlamonError as error:
        click.echo(f"slamon: {escape(str(error))}", err=True)
        sys.exit(2)
    except OSError as error:
        what = "the output cannot be written" if error.filename is None else escape(str(error.filename))
        click.echo(f"slamon: {what}: {error.strerror}", err=True)
        # What is left in the buffer would fail a second time when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(2)
