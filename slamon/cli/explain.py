"""`slamon explain CONVERSATION`: messages, policy and why the others did not match, sums, what was told and why."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from slamon.cli._options import config_option, json_option, opened

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from slamon.config import Config
    from slamon.explain import Explained, Quiet


@click.command("explain")
@click.argument("conversation")
@config_option
@json_option
def command(conversation: str, config: Path, *, as_json: bool) -> None:
    """Explain every wait that CONVERSATION may mean, or why nobody waits there.

    CONVERSATION is a wait's number, or the id of a message, a thread or a customer, or a handle.

    Exit code 0: explained; 1: nothing of that name, or faults in configuration or rules; 2: no database.
    """
    from slamon.app import wall_clock
    from slamon.explain import explain, quiet
    from slamon.logs import escape

    loaded, rules, store = opened(config)
    try:
        found = explain(store, rules, conversation, wall_clock(), _audiences(loaded))
        silent = quiet(store, rules, conversation)
    finally:
        store.close()
    if as_json:
        _print_json(found, silent)
    elif found or silent:
        _print(found, silent)
    else:
        click.echo(escape(f"Nothing is known of {conversation}: try a number from `slamon waiting`."), err=True)
    sys.exit(0 if found or silent else 1)


def _print(found: list[Explained], silent: list[Quiet]) -> None:
    from slamon.cli._explain_text import lines, quiet_lines
    from slamon.logs import escape

    blocks = [*map(lines, found), *map(quiet_lines, silent)]
    click.echo("\n\n".join("\n".join(map(escape, block)) for block in blocks))


def _print_json(found: list[Explained], silent: list[Quiet]) -> None:
    from slamon.explaining import as_data, quiet_data

    data = {"waits": list(map(as_data, found)), "no_wait": list(map(quiet_data, silent))}
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def _audiences(config: Config) -> Collection[str | None]:
    """Those that anybody hears of, as the daemon has it."""
    if config.notify.slack is None:
        return ()
    audiences = config.notify.audiences
    default = any(audience.default for audience in audiences.values())
    return {*audiences, None} if default else set(audiences)
