"""`slamon no-reply`: the messages that were dropped because they need no reply, and how to take that back."""

from __future__ import annotations

import getpass
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from slamon.cli._options import config_option, configured, json_option, stored
from slamon.explaining import iso

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.store.noreply import Named

TEXT_WIDTH = 60


@click.command("no-reply")
@click.argument("message", nargs=-1)
@click.option("--undo", is_flag=True, help="Take it back for these messages: they wait, from when they were written.")
@click.option("--channel", metavar="NAME", help="Only messages of this channel.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@config_option
@json_option
def command(
    message: tuple[str, ...], channel: str | None, limit: int, config: Path, *, undo: bool, as_json: bool
) -> None:
    """List the messages that start no wait because they need no reply, newest first, each with its reason.

    With --undo, MESSAGE are ids of the list: what they were dropped for is taken back for good, and whoever wrote them
    waits again. The running slamon does it; where none runs, this command does.

    Exit code 0: listed, or all taken back; 1: an id that is unknown or was not dropped, or faults in configuration or
    rules; 2: no database, another process writes it, or wrong usage.
    """
    if bool(message) is not undo:
        raise click.UsageError("ids belong to --undo, and --undo needs at least one")
    if undo:
        _undo(message, channel, config, as_json=as_json)
    else:
        _list(channel, limit, config, as_json=as_json)


def _list(channel: str | None, limit: int, config: Path, *, as_json: bool) -> None:
    from slamon.store.noreply import dropped

    store = stored(config)
    try:
        with store.read() as tx:
            found = dropped(tx, limit, channel)
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps({"no_reply": [_as_json(said) for said in found]}, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(map(_line, found)) if found else "No message was dropped.")


def _line(said: Named) -> str:
    from slamon.logs import escape

    text = " ".join(said.text.split())
    cut = text if len(text) <= TEXT_WIDTH else text[: TEXT_WIDTH - 1] + "…"
    return escape(f"{iso(said.at)}  {said.channel_name}  {said.id}  {said.reason}  @{said.author}  {cut}")


def _as_json(said: Named) -> dict[str, Any]:
    return {
        "message": said.id,
        "channel": said.channel_name,
        "conversation": said.thread,
        "at": iso(said.at),
        "reason": said.reason,
        "author": said.author,
        "text": said.text,
        "permalink": said.permalink,
    }


def _undo(messages: tuple[str, ...], channel: str | None, config: Path, *, as_json: bool) -> None:
    from slamon.logs import escape

    undone = _undone({"messages": list(dict.fromkeys(messages)), "channel": channel, "by": _by()}, config)
    if as_json:
        click.echo(json.dumps(undone, indent=2, ensure_ascii=False))
    else:
        for name, waits in undone["waits"].items():
            click.echo(escape(f"{name} waits for a reply: wait {', '.join(map(str, waits)) or '-'}"))
        for name, why in undone["refused"].items():
            click.echo(escape(f"{name}: {why}"), err=True)
    sys.exit(1 if undone["refused"] else 0)


def _undone(asked: dict[str, Any], config: Path) -> dict[str, Any]:
    """By the daemon that holds the database, else here, with the writer's lock."""
    from slamon.app import wall_clock
    from slamon.control import NobodyListensError, ask
    from slamon.loading import load, socket_path
    from slamon.noreply import Asked, undo
    from slamon.store.store import Store

    loaded = configured(config)
    question = Asked(**asked)
    try:
        answer: dict[str, Any] = ask(socket_path(loaded), "no-reply-undo", **asked)
    except NobodyListensError:
        _, rules = load(config, unsealed=False)
        store = Store(loaded.database_url)
        try:
            return undo(store, rules, question, wall_clock()).plain()
        finally:
            store.close()
    return answer


def _by() -> str:
    """Who asks: behind sudo, the person and not root."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
